//! The looks of one policy in the order of its grid, read from the source in windows.
//!
//! Owns how much of the past is in memory: the answers of one window while they are read, and the
//! readings made of them. Windows lie on a grid of their own, so that a later replay of an
//! overlapping span asks for the same ones.

use crate::app::observe::classify::look::PolicyLook;
use crate::app::observe::classify::seen::PolicySeen;
use crate::app::observe::observer::Observer;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;

/// Instants of a window: six hours at 30 s.
pub const WINDOW: i32 = 720;

/// What one policy saw, from some instant on.
pub struct Feed {
    policy: Policy,
    ready: VecDeque<(DateTime<Utc>, PolicyLook)>,
    seen: PolicySeen,
    next: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Feed {
    /// The looks at `start`, `start + interval`, ... up to `end`.
    pub fn new(policy: Policy, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self { policy, ready: VecDeque::new(), seen: PolicySeen::default(), next: start, end }
    }

    /// The next look, unless it lies after `until`.
    pub async fn next(
        &mut self,
        observer: &Observer,
        until: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, PolicyLook)> {
        if self.ready.is_empty() {
            self.read(observer).await;
        }
        let (at, _) = self.ready.front()?;
        if *at > until { None } else { self.ready.pop_front() }
    }

    async fn read(&mut self, observer: &Observer) {
        if self.next > self.end {
            return;
        }
        let last = window_end(&self.policy, self.next).min(self.end);
        let (ready, seen) = (&mut self.ready, &mut self.seen);
        let keep = |at, look| ready.push_back((at, look));
        observer.stretch(&self.policy, (self.next, last), seen, keep).await;
        self.next = self.ready.back().map_or(last, |(at, _)| *at) + interval(&self.policy);
    }
}

/// The windows of a policy from `start` to `end`: first and last instant of each.
pub fn windows(
    policy: &Policy,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut windows = Vec::new();
    let mut next = start;
    while next <= end {
        let last = window_end(policy, next).min(end);
        let steps = (last - next).num_milliseconds() / interval(policy).num_milliseconds().max(1);
        let steps = i32::try_from(steps).unwrap_or(0);
        windows.push((next, last));
        next += interval(policy) * (steps + 1);
    }
    windows
}

/// The last instant of the window that `at` lies in.
fn window_end(policy: &Policy, at: DateTime<Utc>) -> DateTime<Utc> {
    let interval = interval(policy).num_milliseconds().max(1);
    let length = interval * i64::from(WINDOW);
    let into = at.timestamp_millis().rem_euclid(length);
    at + TimeDelta::milliseconds((length - into - 1) / interval * interval)
}

fn interval(policy: &Policy) -> TimeDelta {
    TimeDelta::from_std(policy.interval).unwrap_or(TimeDelta::MAX)
}
