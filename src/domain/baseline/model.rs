//! The interface that every model of what is normal stands behind.

use crate::domain::model::judgement::Judgement;
use chrono::{DateTime, Utc};

/// One series' model.
pub trait Baseline: Send {
    /// Judges `value`, then learns from it if `learn` (no hold on the service, no NoLearn
    /// window) and if the model's own alarm allows it. Instants must rise; one that does not is
    /// judged and not learned. Constant time, no allocation.
    fn observe(&mut self, at: DateTime<Utc>, value: f64, learn: bool) -> Judgement;
}
