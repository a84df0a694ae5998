//! What is normal for one series, learned as it goes by.
//!
//! Owns the interface every model stands behind, and the model that ships. A model sees one
//! value at a time, in time order, and judges it before it learns from it.

pub mod ewma;
pub mod model;
