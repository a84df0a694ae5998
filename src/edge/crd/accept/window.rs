//! Windows: once or by a schedule, of a policy or of the Governor.

use super::problems::Problems;
use crate::domain::model::problem::Problem;
use crate::domain::policy::schedule::Schedule;
use crate::domain::policy::window::{Opening, Window};
use crate::edge::crd::field::window::{Window as Written, WindowEffect};
use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use std::time::Duration;

/// Longest window of a schedule: two weeks.
const LONGEST: Duration = Duration::from_secs(336 * 3600);

/// Reads the windows of one object; those with a problem are left out.
pub fn windows(problems: &mut Problems, field: &str, written: &[Written], zone: Tz) -> Vec<Window> {
    let read = written.iter().enumerate();
    read.filter_map(|(i, window)| one(problems, &format!("{field}[{i}]"), window, zone)).collect()
}

fn one(problems: &mut Problems, field: &str, written: &Written, zone: Tz) -> Option<Window> {
    Some(Window {
        name: written.name.clone(),
        span: opening(problems, field, written, zone)?,
        no_learn: written.effects.contains(&WindowEffect::NoLearn),
        no_act: written.effects.contains(&WindowEffect::NoAct),
    })
}

fn opening(problems: &mut Problems, field: &str, written: &Written, zone: Tz) -> Option<Opening> {
    match (&written.start, &written.end, &written.schedule, &written.duration) {
        (Some(start), Some(end), None, None) => {
            let (start, end) = (DateTime::from(*start), DateTime::from(*end));
            if start >= end {
                let shown = end.to_rfc3339();
                problems.add(Problem::new(
                    format!("{field}.end"),
                    shown,
                    "it ends before it starts",
                    "put end after start",
                ));
                return None;
            }
            Some(Opening::Once { start, end })
        }
        (None, None, Some(line), Some(text)) => {
            let schedule = problems.take(&format!("{field}.schedule"), line, Schedule::parse(line));
            let at = format!("{field}.duration");
            let length = problems.duration(&at, Some(text), LONGEST);
            if length.is_zero() || length > LONGEST {
                let message = "it is not above 0s and at most 336h";
                problems.add(Problem::new(at, &text.0, message, "write such as 8h"));
                return None;
            }
            let length = TimeDelta::from_std(length).ok()?;
            Some(Opening::Again { schedule: Box::new(schedule?), length, zone })
        }
        _ => {
            let fix = "write start with end, or schedule with duration";
            problems.add(Problem::new(field, &written.name, "it does not say when it is open", fix));
            None
        }
    }
}
