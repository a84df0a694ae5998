//! An alarm, whoever raised it.

use crate::domain::model::id::ServiceKey;
use chrono::{DateTime, Utc};

/// Something said that a service was ill.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    pub service: ServiceKey,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}
