//! The program in a cluster: objects in the API server, flags in its objects or outside.
//!
//! Owns what is watched, who governs, what the manifests declare, and what is said on them. The
//! loop itself is `drive`'s, the same as without a cluster; nothing here decides about services.

pub mod check;
pub mod declare;
pub mod orders;
pub mod post;
pub mod reign;
pub mod run;
pub mod say;
pub mod session;
pub mod sight;
