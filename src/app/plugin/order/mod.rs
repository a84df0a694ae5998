//! Orders that people give: what they write is what kubectl could write, too, and the governor obeys it.
//!
//! Client required. Nothing here touches a flag or a status; whether an order is followed is the governor's.

pub mod answer;
pub mod pause;
pub mod release;
pub mod target;
pub mod unlatch;
