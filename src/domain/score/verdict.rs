//! How a service does, in one word.

use super::parts::Score;
use super::penalty::Standing;
use crate::domain::model::fleet::Verdict;
use crate::domain::policy::spec::ScoreSpec;

/// The verdict from the score and from whether a tier's `when` is True.
pub fn verdict(score: &Score, spec: &ScoreSpec, engaged: bool) -> Verdict {
    if engaged {
        return Verdict::Breaching;
    }
    if score.contributions.iter().all(|c| c.standing == Standing::LeftOut) {
        return Verdict::Idle;
    }
    match score.value {
        Some(value) if value >= spec.passing => Verdict::Healthy,
        Some(value) if value >= spec.warning => Verdict::Warning,
        Some(_) => Verdict::Breaching,
        None if score.contributions.iter().any(|c| c.standing == Standing::Unknown) => Verdict::Unknown,
        None => Verdict::Learning,
    }
}
