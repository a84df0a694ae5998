//! What the governor says in the cluster: conditions and columns on what others declared, Events.
//!
//! Owns the words and how rarely they are written. Nothing rests on them.

pub mod events;
pub mod standing;
pub mod statuses;
pub mod voice;
