//! How what is said looks on a terminal: headings, indents, colours, bars and charts. Pure.

pub mod bar;
pub mod chart;
pub mod fit;
pub mod style;
pub mod text;
