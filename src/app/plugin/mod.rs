//! `kubectl flyball`: what the objects say, in sentences, and the orders that people give.
//!
//! Owns both sides of the conversation with a person at a terminal. Reading is `gather`'s, the sentences are
//! pure (`explain`), their looks are `show`'s; `order` writes what a person may write with kubectl, too,
//! and nothing else. Decides nothing: whatever is done is done by the governor.

pub mod cluster;
pub mod door;
pub mod error;
pub mod explain;
pub mod gather;
pub mod history;
pub mod init;
pub mod order;
pub mod plain;
pub mod scene;
pub mod show;
pub mod told;
pub mod top;
