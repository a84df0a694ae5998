//! Showing what was found: tables for people, JSON and YAML for programs, exit codes for scripts.

pub mod columns;
pub mod compare;
pub mod fail_on;
pub mod table;
