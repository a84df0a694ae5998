//! `--fail-on`: what makes a replay fail, for scripts.

use crate::app::replay::outcome::Outcome;
use crate::domain::model::reading::Number;

/// One thing that there must not be more of than a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailOn {
    what: What,
    most: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Decisions,
    /// Percent of alarms.
    FalseAlarms,
    Missed,
    /// Percent of the readings of any signal.
    Unknown,
}

/// What may be written.
const HELP: &str = "write decisions, false-alarms, missed or unknown, each with `=MOST` if some are \
                    allowed (false-alarms and unknown in percent): false-alarms=20";

impl FailOn {
    /// Reads `decisions`, `false-alarms=20`, `missed`, `unknown=10`.
    ///
    /// # Errors
    /// A sentence that says what may be written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, most) = text.split_once('=').unwrap_or((text, "0"));
        let what = match name {
            "decisions" => What::Decisions,
            "false-alarms" => What::FalseAlarms,
            "missed" => What::Missed,
            "unknown" => What::Unknown,
            _ => return Err(HELP.to_string()),
        };
        let most = most.trim_end_matches('%').parse::<f64>().ok();
        let most = most.filter(|most| *most >= 0.0 && most.is_finite()).ok_or_else(|| HELP.to_string())?;
        Ok(Self { what, most })
    }

    /// Whether it can only be judged with labels.
    pub fn needs_labels(self) -> bool {
        matches!(self.what, What::FalseAlarms | What::Missed)
    }

    /// A sentence if there is more of it than allowed.
    pub fn judge(self, outcome: &Outcome) -> Option<String> {
        let score = outcome.accuracy.as_ref().map(|accuracy| accuracy.flyball);
        let (found, what) = match self.what {
            What::Decisions => (outcome.decisions.len() as f64, "decisions".to_string()),
            What::FalseAlarms => (score?.false_alarm_percent, "% of alarms are false".to_string()),
            What::Missed => (score?.missed as f64, "incidents were missed".to_string()),
            What::Unknown => {
                let worst =
                    outcome.signals.iter().max_by(|a, b| a.unknown_percent.total_cmp(&b.unknown_percent))?;
                let what = format!("% of signal {} of {} is Unknown", worst.signal, worst.policy);
                (worst.unknown_percent, what)
            }
        };
        (found > self.most).then(|| format!("{} {what}; {} at most", Number(found), Number(self.most)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::replay::outcome::{Accuracy, Score};

    #[test]
    fn what_is_not_known_is_told_what_there_is() {
        for text in ["", "alarms", "missed=x", "missed=-1", "unknown=NaN", "decisions=inf"] {
            assert!(FailOn::parse(text).unwrap_err().contains("false-alarms=20"), "{text}");
        }
        assert!(FailOn::parse("missed").unwrap().needs_labels());
        assert!(!FailOn::parse("unknown=10%").unwrap().needs_labels());
    }

    #[test]
    fn more_than_allowed_fails() {
        let flyball =
            Score { alarms: 4, false_alarms: 1, false_alarm_percent: 25.0, found: 3, ..Score::default() };
        let accuracy = Some(Accuracy { flyball, ..Accuracy::default() });
        let outcome = Outcome { accuracy, ..Outcome::default() };
        for (text, fails) in
            [("false-alarms=25", false), ("false-alarms=20", true), ("missed", false), ("decisions", false)]
        {
            assert_eq!(FailOn::parse(text).unwrap().judge(&outcome).is_some(), fails, "{text}");
        }
    }
}
