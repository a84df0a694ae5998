//! Atlassian's document format, in which Jira keeps texts: a tree of nodes, without Markdown and
//! without hidden comments.
//!
//! Owns both ways: our Markdown becomes nodes, and a document becomes a body as the rest knows it,
//! our part between its marks and every node of people's own kept as it is.

pub mod body;
pub mod markdown;
pub mod node;
