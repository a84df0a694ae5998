//! Labelled incidents, and how well Decisions and a static threshold fit them.

pub mod accuracy;
pub mod alarm;
pub mod csv;
pub mod heights;
pub mod incident;
pub mod threshold;
