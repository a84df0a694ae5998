//! What is asked of a store's text: which flag, for which cut, by whom.

use crate::domain::model::hold::FlagHold;
use chrono::{DateTime, Utc};

/// One question about one flag.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub key: &'a str,
    /// What a cut would serve, where there is no hold to say so.
    pub fallback: &'a str,
    pub hold: Option<&'a FlagHold>,
    /// Id of this installation: marks of others are left alone.
    pub installation: &'a str,
    pub now: DateTime<Utc>,
}
