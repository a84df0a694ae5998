//! What the objects in the cluster declare: policies, sources, providers, the Governor.
//!
//! Each object is judged once per version of what it depends on; what is wrong with one is kept
//! beside it, for its conditions, and stops no other.

pub mod declared;
pub mod notifiers;
pub mod opened;
pub mod outside;
pub mod policies;
pub mod providers;
pub mod sound;
pub mod sources;
pub mod trackers;
pub mod trials;
pub mod users;
pub mod vault;
