//! The trackers that are spoken to over HTTP, each by its own API.

pub mod draft;
pub mod gitea;
pub mod github;
pub mod gitlab;
pub mod jira;
pub mod jira_issue;
pub mod workflow;
