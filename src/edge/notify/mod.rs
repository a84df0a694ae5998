//! Messages to people: what is said in which language, and how each receiver is spoken to.
//!
//! Owns words, forms and deliveries. Whom to tell of what is decided elsewhere, and so is when to
//! try again. What comes from metrics is escaped for its receiver; what opens a receiver, its URL
//! often among it, is shown nowhere.

pub mod compose;
pub mod declared;
pub mod error;
pub mod escape;
pub mod letter;
pub mod receiver;
pub mod words;
