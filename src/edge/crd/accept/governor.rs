//! The Governor: what it orders and allows.

use super::problems::Problems;
use super::window::windows;
use crate::domain::model::fleet::{Breaker, Budgets, Governor};
use crate::domain::model::news::Notice;
use crate::domain::model::problem::Problem;
use crate::domain::policy::window::Window;
use crate::edge::crd::kind::governor::GovernorSpec;
use chrono::DateTime;
use std::time::Duration;

const BREAKER_PERCENT: u32 = 30;
const HOUR: Duration = Duration::from_secs(3600);
const RETAINED: Duration = Duration::from_secs(336 * 3600);
const RETAINED_COUNT: u32 = 50;

/// A Governor as the core sees it, and how long it observes after a start.
#[derive(Debug, Clone, PartialEq)]
pub struct Governing {
    pub governor: Governor,
    /// None: two intervals of the slowest policy, at least a minute.
    pub startup: Option<Duration>,
    /// Times of the whole fleet; their schedules go by UTC.
    pub windows: Vec<Window>,
    pub retention: Retention,
    /// Who is told of what concerns the whole fleet, and of policies that name nobody.
    pub notices: Vec<Notice>,
}

/// How long ended Decisions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub ended_for: Duration,
    /// Most of one service.
    pub per_service: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { ended_for: RETAINED, per_service: RETAINED_COUNT }
    }
}

/// Accepts a Governor.
///
/// # Errors
/// Every problem found.
pub fn governor(spec: &GovernorSpec) -> Result<Governing, Vec<Problem>> {
    let mut problems = Problems::default();
    let paused = spec.paused.clone().unwrap_or_default();
    let window = spec.budgets.per_window.as_ref().map(|window| {
        let length = problems.duration("spec.budgets.perWindow.window", Some(&window.window), HOUR);
        (window.count, length)
    });
    let startup = spec.startup_observation.as_ref();
    let startup =
        startup.map(|text| problems.duration("spec.startupObservation", Some(text), Duration::ZERO));
    let windows = windows(&mut problems, "spec.windows", &spec.windows, chrono_tz::UTC);
    let kept = spec.retention.clone().unwrap_or_default();
    let retention = Retention {
        ended_for: problems.duration("spec.retention.endedFor", kept.ended_for.as_ref(), RETAINED),
        per_service: kept.per_service.unwrap_or(RETAINED_COUNT),
    };
    let breaker = spec.breaker.clone().unwrap_or_default();
    let governor = Governor {
        pause_act: paused.act.unwrap_or(false),
        pause_restore: paused.restore.unwrap_or(false),
        release_all: spec.release_all.unwrap_or(false),
        confirm_time: spec.confirm_time.map(DateTime::from),
        budgets: Budgets {
            per_service: spec.budgets.per_service,
            per_namespace: spec.budgets.per_namespace,
            per_cluster: spec.budgets.per_cluster,
            per_window: window,
        },
        breaker: Breaker { max_breaching_percent: breaker.max_breaching_percent.unwrap_or(BREAKER_PERCENT) },
    };
    let notices = spec.notifications.iter().map(Notice::from).collect();
    problems.finish(Some(Governing { governor, startup, windows, retention, notices }))
}
