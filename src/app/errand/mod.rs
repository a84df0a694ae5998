//! Errands in a cluster: what people and installers have done once, and wait for.
//!
//! Owns commands that are no governing: they hold no Lease, and never touch a flag. What is to
//! become of flags is ordered by objects, and done by the governor that runs.

pub mod ensure;
pub mod order;
pub mod release;
