//! From rows to readings: pure, with the instant passed in and memory passed in and out.

mod age;
pub mod evidence;
pub mod identity;
pub mod look;
mod reading;
mod rows;
pub mod seen;
#[cfg(test)]
mod tests;
