//! The report: one HTML file to be read in a browser, with nothing to fetch.
//!
//! Owns what is drawn (series thinned without losing extremes, full readings around Decisions)
//! and the page itself, whose template stands beside it as HTML, CSS and JavaScript.

pub mod base64;
pub mod collect;
pub mod detail;
pub mod page;
pub mod thin;
