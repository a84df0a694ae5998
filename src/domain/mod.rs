//! The pure floors: same arguments, same answer.
pub mod baseline;
pub mod decide;
pub mod govern;
pub mod model;
pub mod policy;
pub mod score;
