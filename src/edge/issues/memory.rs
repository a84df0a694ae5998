//! A tracker in memory: the fake of tests, with the faults that a real one shows only when it is not
//! wanted. It lags, loses answers after it wrote, and does not write what it confirms never.

use super::error::{IssueError, Subject};
use super::forge::draft::{Draft, Edit, Listed, Turn};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One tracker. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    repositories: BTreeMap<String, Vec<Listed>>,
    now: DateTime<Utc>,
    writes: u64,
    faults: Vec<Fault>,
    /// How often others come first, call by call, the last first.
    turns: Vec<u8>,
    /// How long lists do not show what was made, and when each was.
    lag: TimeDelta,
    made: BTreeMap<(String, u64), DateTime<Utc>>,
}

/// What goes wrong with the next call that it can go wrong with, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Nothing is read, nothing is written.
    Away,
    /// A write takes place, and its answer is lost.
    LostAnswer,
    /// A write is lost.
    LostWrite,
}

impl Memory {
    /// What its clock shows when something is closed.
    pub fn set_clock(&self, now: DateTime<Utc>) {
        self.inner().now = now;
    }

    /// From now on these go wrong, one a call, the last first.
    pub fn fail(&self, faults: Vec<Fault>) {
        self.inner().faults = faults;
    }

    /// From now on others come first so often, call by call, the last first: two writers at once.
    pub fn give_way(&self, turns: Vec<u8>) {
        self.inner().turns = turns;
    }

    /// From now on lists show what was made only after so long; each issue on its own does at once.
    pub fn lag(&self, lag: TimeDelta) {
        self.inner().lag = lag;
    }

    /// Lets others come first, as it was told to.
    pub async fn turn(&self) {
        let turns = self.inner().turns.pop().unwrap_or(0);
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    }

    /// How often anything was written.
    pub fn writes(&self) -> u64 {
        self.inner().writes
    }

    /// All issues of a repository, oldest first.
    pub fn issues(&self, repository: &str) -> Vec<Listed> {
        self.inner().repositories.get(repository).cloned().unwrap_or_default()
    }

    /// Changes an issue, as a person would.
    pub fn change(&self, repository: &str, number: u64, change: impl FnOnce(&mut Listed)) {
        let mut inner = self.inner();
        let issues = inner.repositories.entry(repository.to_string()).or_default();
        if let Some(issue) = issues.iter_mut().find(|issue| issue.number == number) {
            change(issue);
        }
    }

    /// Every issue that carries `label`.
    ///
    /// # Errors
    /// Unavailable, if it was told to fail.
    pub fn list(&self, subject: Subject, label: &str) -> Result<Vec<Listed>, IssueError> {
        let mut inner = self.inner();
        if inner.fault(&[Fault::Away]).is_some() {
            return Err(away(subject));
        }
        let all = inner.repositories.get(&subject.repository).cloned().unwrap_or_default();
        let shows = |issue: &Listed| {
            let made = inner.made.get(&(subject.repository.clone(), issue.number));
            made.is_none_or(|at| inner.now - *at >= inner.lag)
        };
        Ok(all.into_iter().filter(|issue| issue.has(label) && shows(issue)).collect())
    }

    /// One issue.
    ///
    /// # Errors
    /// Unavailable, if it was told to fail.
    pub fn get(&self, subject: Subject, number: u64) -> Result<Option<Listed>, IssueError> {
        let mut inner = self.inner();
        if inner.fault(&[Fault::Away]).is_some() {
            return Err(away(subject));
        }
        let issues = inner.repositories.get(&subject.repository);
        Ok(issues.into_iter().flatten().find(|issue| issue.number == number).cloned())
    }

    /// Makes an issue.
    ///
    /// # Errors
    /// Unavailable, if it was told to fail.
    pub fn create(&self, subject: Subject, draft: &Draft) -> Result<Listed, IssueError> {
        let mut inner = self.inner();
        let fault = inner.fault(&[Fault::Away, Fault::LostAnswer, Fault::LostWrite]);
        if matches!(fault, Some(Fault::Away | Fault::LostWrite)) {
            return Err(away(subject));
        }
        let issues = inner.repositories.entry(subject.repository.clone()).or_default();
        let number = issues.len() as u64 + 1;
        let issue = Listed {
            number,
            url: format!("memory://{}/issues/{number}", subject.repository),
            open: true,
            refused: false,
            closed_at: None,
            labels: draft.labels.clone(),
            body: draft.body.clone(),
            version: None,
            sealed: false,
        };
        issues.push(issue.clone());
        let now = inner.now;
        inner.made.insert((subject.repository.clone(), number), now);
        inner.writes += 1;
        if fault.is_some() { Err(away(subject)) } else { Ok(issue) }
    }

    /// Changes an issue.
    ///
    /// # Errors
    /// Unavailable, if it was told to fail; not found.
    pub fn edit(&self, subject: Subject, edit: &Edit) -> Result<(), IssueError> {
        let mut inner = self.inner();
        let fault = inner.fault(&[Fault::Away, Fault::LostAnswer, Fault::LostWrite]);
        if matches!(fault, Some(Fault::Away | Fault::LostWrite)) {
            return Err(away(subject));
        }
        let now = inner.now;
        let issues = inner.repositories.entry(subject.repository.clone()).or_default();
        let Some(issue) = issues.iter_mut().find(|issue| issue.number == edit.number) else {
            return Err(IssueError::NotFound(subject));
        };
        if let Some(body) = &edit.body {
            issue.body.clone_from(body);
        }
        if let Some(turn) = edit.turn {
            issue.open = turn == Turn::Reopen;
            issue.refused = turn == Turn::Drop;
            issue.closed_at = (!issue.open).then_some(now);
        }
        inner.writes += 1;
        if fault.is_some() { Err(away(subject)) } else { Ok(()) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked has left whole issues behind.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// The next fault, if it is one of these.
    fn fault(&mut self, of: &[Fault]) -> Option<Fault> {
        self.faults.pop().filter(|fault| of.contains(fault))
    }
}

fn away(subject: Subject) -> IssueError {
    IssueError::Unavailable { subject, source: "the tracker in memory was told to fail".into() }
}
