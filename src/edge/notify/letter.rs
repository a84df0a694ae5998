//! One piece of news for one receiver, before it is put into words.
//!
//! Owns what makes two letters one message: the same step of the same tier of the same policy.

use crate::domain::model::episode::Episode;
use crate::domain::model::evidence::Row;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::news::{Event, Owed, Told};
use chrono::{DateTime, Utc};

/// One piece of news.
#[derive(Debug, Clone, PartialEq)]
pub enum Letter {
    Life(Box<Life>),
    Fleet(Fleet),
}

/// News of one Decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Life {
    pub episode: Episode,
    pub owed: Owed,
    /// What the receiver was told before.
    pub told: Told,
    /// When what it was told of happened.
    pub past: Vec<(Event, DateTime<Utc>)>,
    /// Traces of requests behind it, and where each can be looked at; the worst first.
    pub traces: Vec<(String, Option<String>)>,
    /// What its evidence queries answered, the largest of each first.
    pub rows: Vec<Hot>,
    /// In which times are told.
    pub timezone: chrono_tz::Tz,
}

/// A row that an evidence query answered with: the lock, the pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Hot {
    /// Name of the signal that the query belongs to.
    pub signal: String,
    pub row: Row,
}

/// News of the whole fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    pub event: Event,
    pub closes: bool,
    /// When it began.
    pub since: DateTime<Utc>,
    pub at: DateTime<Utc>,
    /// Why, in a sentence.
    pub why: String,
    /// What the receiver was told before.
    pub told: Told,
}

/// What letters of one message have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    of: Option<(PolicyKey, String)>,
    event: Event,
    closes: bool,
}

impl Letter {
    /// What it has in common with others of one message.
    pub fn batch(&self) -> Batch {
        match self {
            Self::Life(life) => {
                let key = &life.episode.key;
                let of = Some((key.policy.clone(), key.tier.clone()));
                Batch { of, event: life.owed.what.event, closes: life.owed.closes }
            }
            Self::Fleet(fleet) => Batch { of: None, event: fleet.event, closes: fleet.closes },
        }
    }

    /// Where the receiver keeps its message about this, if it does.
    pub fn handle(&self) -> Option<&str> {
        match self {
            Self::Life(life) => life.told.handle.as_deref(),
            Self::Fleet(fleet) => fleet.told.handle.as_deref(),
        }
    }
}
