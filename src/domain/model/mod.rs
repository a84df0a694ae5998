//! The nouns every floor shares: readings, bands, reasons, episodes, holds, plans.
//!
//! Owns plain data and what follows from it alone. Must not know policies, stores or the
//! network, read the clock, or decide anything.

pub mod baseline;
pub mod capability;
pub mod chain;
pub mod effect;
pub mod episode;
pub mod evidence;
pub mod flag;
pub mod fleet;
pub mod hold;
pub mod id;
pub mod issue;
pub mod judgement;
pub mod life;
pub mod link;
pub mod message;
pub mod news;
pub mod observation;
pub mod plan;
pub mod problem;
pub mod proposal;
pub mod provider;
pub mod rail;
pub mod reading;
pub mod reason;
pub mod selector;
pub mod series;
pub mod served;
pub mod sparkline;
pub mod template;
pub mod tracker;
pub mod upkeep;
