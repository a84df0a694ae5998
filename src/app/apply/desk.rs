//! Issues brought about beside the loop: a tracker that is slow, away or full delays no tick and no cut.
//!
//! Owns what is asked of trackers and when: at once where the plan is news, now and then where it is
//! not, after a growing rest where it failed. One writer at a time. Whatever is asked was stored
//! before; who hands it over sees to that.

use crate::domain::model::issue::{Answer, IssuePlan, IssueTarget, IssueView};
use crate::edge::issues::tracker::{May, Tracker};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use tokio::task::JoinHandle;

/// How often an issue that is as it shall be is looked at: people may have closed it.
const LOOK: TimeDelta = TimeDelta::minutes(10);
/// Rest after the first failure; doubled by each further one.
const FIRST: TimeDelta = TimeDelta::seconds(10);
/// Longest rest.
const LONGEST: TimeDelta = TimeDelta::minutes(30);
/// Issues that are looked after in one go.
const BATCH: usize = 16;
/// Most issues of which anything is kept in mind.
const KEPT: usize = 4096;

/// What trackers showed, and the work under way. It ends with it.
#[derive(Debug, Default)]
pub struct Desk {
    known: BTreeMap<String, Known>,
    running: Option<JoinHandle<Vec<Done>>>,
    written: Vec<Done>,
}

/// The last look at one issue.
#[derive(Debug, Clone)]
struct Known {
    view: IssueView,
    /// What was shown: evidence comes later than the issue.
    told: bool,
    at: DateTime<Utc>,
    failures: u32,
}

/// One look that was made.
#[derive(Debug, Clone)]
pub struct Done {
    pub fingerprint: String,
    pub tracker: String,
    pub repository: String,
    pub view: IssueView,
    /// The words of what was written.
    pub written: Vec<&'static str>,
    told: bool,
    at: DateTime<Utc>,
}

impl Desk {
    /// Takes in what was finished meanwhile; waits for nothing.
    pub async fn gather(&mut self) {
        if !self.running.as_ref().is_some_and(JoinHandle::is_finished) {
            return;
        }
        let Some(running) = self.running.take() else { return };
        // A task of ours that panicked has said so; its issues are looked at again.
        for done in running.await.unwrap_or_default() {
            let failed = matches!(done.view.answer, Answer::Trouble(_));
            let before = self.known.get(&done.fingerprint).map_or(0, |known| known.failures);
            let failures = if failed { before.saturating_add(1) } else { 0 };
            let known = Known { view: done.view.clone(), told: done.told, at: done.at, failures };
            self.known.insert(done.fingerprint.clone(), known);
            self.written.push(done);
        }
        while self.known.len() > KEPT {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.at).map(|(name, _)| name.clone());
            oldest.map(|name| self.known.remove(&name));
        }
    }

    /// What was made since the last time, for the log and metrics.
    pub fn news(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.written)
    }

    /// What trackers showed last, by fingerprint.
    pub fn views(&self) -> BTreeMap<String, IssueView> {
        self.known.iter().map(|(fingerprint, known)| (fingerprint.clone(), known.view.clone())).collect()
    }

    /// Begins what is due of `plans`, unless something is under way.
    pub fn take_up(
        &mut self,
        now: DateTime<Utc>,
        plans: Vec<IssuePlan>,
        trackers: &BTreeMap<String, Tracker>,
        may: &May,
    ) {
        trackers.values().for_each(|tracker| tracker.begin(now));
        if self.running.is_some() {
            return;
        }
        let due = plans.into_iter().filter(|plan| self.is_due(now, plan));
        let mut due: Vec<(IssuePlan, Tracker)> = due
            .filter_map(|plan| trackers.get(&plan.issue.tracker).cloned().map(|tracker| (plan, tracker)))
            .collect();
        due.sort_by_key(|(plan, _)| self.known.get(&plan.issue.fingerprint).map(|known| known.at));
        due.truncate(BATCH);
        if due.is_empty() {
            return;
        }
        let may = may.clone();
        self.running = Some(tokio::spawn(async move {
            let mut done = Vec::new();
            for (plan, tracker) in due {
                let looked = tracker.look_after(now, &plan, &may).await;
                done.push(Done {
                    fingerprint: plan.issue.fingerprint.clone(),
                    tracker: plan.issue.tracker.clone(),
                    repository: plan.issue.repository.clone(),
                    view: looked.view,
                    written: looked.written,
                    told: plan.story.evidence.is_some(),
                    at: now,
                });
            }
            done
        }));
    }

    fn is_due(&self, now: DateTime<Utc>, plan: &IssuePlan) -> bool {
        let Some(known) = self.known.get(&plan.issue.fingerprint) else { return true };
        let view = &known.view;
        let asked = plan.target == IssueTarget::Keep || view.target == plan.target;
        let same = asked && view.occasion == plan.issue.occasion && view.weight >= plan.issue.weight;
        if !same || (plan.story.evidence.is_some() && !known.told) {
            return known.failures == 0 || now - known.at >= FIRST;
        }
        let rest = match known.failures {
            0 => LOOK,
            failures => (FIRST * 2i32.pow(failures.saturating_sub(1).min(10))).min(LONGEST),
        };
        // A clock that went back leaves nothing in the future that counts.
        now < known.at || now - known.at >= rest - spread(&plan.issue.fingerprint, rest)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

/// Up to a fifth, so that many issues of one tracker do not come back together.
fn spread(fingerprint: &str, rest: TimeDelta) -> TimeDelta {
    let share = fingerprint.bytes().fold(0i32, |sum, byte| (sum + i32::from(byte)) % 20);
    rest * share / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::evidence::Evidence;
    use crate::edge::crd::accept::issue_tracker::issue_tracker;
    use crate::edge::issues::declared::terms;
    use crate::edge::issues::memory::{Fault, Memory};
    use crate::edge::issues::tracker::Kind;
    use serde_json::json;
    use std::sync::Arc;
    use std::time::Duration;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn plan(weight: u32) -> IssuePlan {
        IssuePlan::example("d", weight)
    }

    struct House {
        desk: Desk,
        memory: Memory,
        trackers: BTreeMap<String, Tracker>,
    }

    impl House {
        fn new() -> Self {
            let spec =
                json!({"gitea": {"url": "http://t", "auth": {"bearer": {"secretRef": {"name": "t"}}}}});
            let accepted = issue_tracker(&serde_json::from_value(spec).unwrap()).unwrap();
            let memory = Memory::default();
            let tracker = Tracker::new(Kind::Memory(memory.clone()), terms("code", &accepted));
            Self { desk: Desk::default(), memory, trackers: [("code".to_string(), tracker)].into() }
        }

        /// Hands a plan over and waits for what comes of it; false: it is not due.
        async fn look(&mut self, second: i64, plan: &IssuePlan) -> bool {
            let may: May = Arc::new(|| true);
            self.desk.take_up(at(second), vec![plan.clone()], &self.trackers, &may);
            let begun = self.desk.running.is_some();
            let done = async {
                while self.desk.running.is_some() {
                    tokio::task::yield_now().await;
                    self.desk.gather().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(10), done).await.expect("it ends");
            begun
        }
    }

    #[tokio::test]
    async fn what_is_news_is_looked_at_at_once_and_the_rest_now_and_then() {
        let mut house = House::new();
        assert!(house.look(0, &plan(1)).await);
        assert_eq!((house.memory.issues("shop/cart").len(), house.desk.news().len()), (1, 1));
        for (second, plan, due) in
            [(1, plan(1), false), (100, plan(1), false), (101, plan(2), true), (102, plan(2), false)]
        {
            assert_eq!(house.look(second, &plan).await, due, "second {second}");
        }
        let mut found_out = plan(2);
        found_out.story.evidence = Some(Evidence::missing(at(0), "why"));
        assert_eq!([house.look(103, &found_out).await, house.look(104, &found_out).await], [true, false]);
        let writes = house.memory.writes();
        assert!(house.look(800, &found_out).await, "people may have closed it");
        assert_eq!(house.memory.writes(), writes);
    }

    #[tokio::test]
    async fn what_fails_is_tried_after_a_growing_rest() {
        let mut house = House::new();
        let mut tries = Vec::new();
        for second in 0..200 {
            house.memory.fail(vec![Fault::Away]);
            if house.look(second, &plan(1)).await {
                tries.push(second);
            }
        }
        let rests: Vec<i64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(rests.len() >= 3 && rests.windows(2).all(|pair| pair[1] >= pair[0] * 3 / 2), "{rests:?}");
        house.memory.fail(Vec::new());
        assert!(house.look(1000, &plan(1)).await);
        assert_eq!(house.memory.issues("shop/cart").len(), 1);
    }
}
