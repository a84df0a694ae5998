//! The interface that every model of what is normal stands behind.

use crate::domain::model::judgement::Judgement;
use chrono::{DateTime, Utc};

/// One series' model.
pub trait Baseline: Send {
    /// Judges `value`, then learns from it if `learn` (no hold on the service, no NoLearn
    /// window) and if the model's own alarm allows it. Instants must rise; one that does not is
    /// judged and changes nothing. Constant time, no allocation.
    fn observe(&mut self, at: DateTime<Utc>, value: f64, learn: bool) -> Judgement;

    /// The last instant that was observed.
    fn latest(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// Appends what was learned, to be given to [`Baseline::unpack`] of a fresh model of the same
    /// spec; false if the model keeps nothing.
    fn pack(&self, _into: &mut Vec<u8>) -> bool {
        false
    }

    /// Takes up what an earlier model packed; false if these bytes are not of this model, which
    /// is then unchanged.
    fn unpack(&mut self, _bytes: &[u8]) -> bool {
        false
    }
}
