//! What an issue says: the texts, their variables, and how what comes from metrics is made harmless.

pub mod built_in;
pub mod escape;
#[cfg(test)]
pub mod example;
#[cfg(test)]
mod golden;
pub mod part;
pub mod render;
