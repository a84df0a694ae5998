//! What is normal for one series, learned as it goes by.
//!
//! Owns the interface every model stands behind, and the model that ships: `seasonal` puts the
//! steps in order, `usual` learns what is normal, `breach` says how far from it is too far.
//! A model sees one value at a time, in time order, and judges it before it learns from it.
//! The equations, each constant's reason and what was measured stand in `docs/baseline.md`.

pub mod breach;
pub mod model;
pub mod packed;
pub mod seasonal;
pub mod usual;
