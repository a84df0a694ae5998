//! Field types that several kinds share.
//!
//! Owns their shape in the schema: pattern, bounds, CEL rules. Must not know any kind, and
//! carries stored text as it is, so that nothing is lost by reading and writing an object.

pub mod condition;
pub mod duration;
pub mod endpoint;
pub mod notification;
pub mod reference;
pub mod rule;
pub mod selector;
pub mod stamp;
pub mod told;
pub mod window;
pub mod word;
