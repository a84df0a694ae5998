//! The loop that controller and standalone share: look, cycle, apply, until nothing changes.
//!
//! Owns one tick: the policies that are due are observed, and then proposal, plan and apply are
//! repeated on the same readings until the world is as planned (a written flag is read back by the
//! next round). It waits for nothing and knows no clock: who calls it says what time it is.

pub mod evidence;
pub mod fleet;
pub mod health;
pub mod inquiries;
pub mod issues;
pub mod news;
pub mod past;
pub mod refused;
pub mod served;
pub mod show;
pub mod state;
pub mod tick;
