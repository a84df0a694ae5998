//! One IssueTracker, whatever its kind: brings an issue to what its plan says.
//!
//! Owns the loop of looking and doing one step, its bounds, and what is never done: a step twice, one
//! after an answer that was lost, one that our lease does not outlast, one beyond the budget.

use super::budget::Budget;
use super::change;
use super::error::{IssueError, Subject};
use super::forge::draft::{Draft, Edit, Listed, Turn};
use super::forge::gitea::Gitea;
use super::forge::github::Github;
use super::forge::gitlab::Gitlab;
use super::forge::jira::Jira;
use super::lag::Lag;
use super::memory::Memory;
use super::text::render::Texts;
use crate::domain::model::issue::{Answer, IssuePlan, IssueView, Seen};
use crate::domain::model::tracker::TrackerFacts;
use crate::domain::model::upkeep::{Found, Step, next};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Most steps of one look: a write and the look after it, and some twins.
const STEPS: usize = 12;
/// The label of all issues of ours.
const OURS: &str = "flyball";

/// A declared IssueTracker, ready to be used. Clones share its connections and its budget.
#[derive(Debug, Clone)]
pub struct Tracker {
    facts: TrackerFacts,
    kind: Kind,
    texts: Texts,
    labels: Vec<String>,
    budget: Budget,
    lag: Lag,
    /// Repositories that drop the labels that we set, so that nothing would be found again.
    barred: Arc<Mutex<BTreeSet<String>>>,
    /// Longest that all steps of one look may take.
    within: Duration,
}

/// How it is spoken to.
#[derive(Debug, Clone)]
pub enum Kind {
    Gitea(Gitea),
    Github(Github),
    Gitlab(Gitlab),
    Jira(Jira),
    Memory(Memory),
}

/// What one look came to.
#[derive(Debug, Clone)]
pub struct Looked {
    pub view: IssueView,
    /// The words of what was written, for metrics.
    pub written: Vec<&'static str>,
}

/// Whether a call that begins now may be made.
pub type May = Arc<dyn Fn() -> bool + Send + Sync>;

/// The deadline of a look passed.
#[derive(Debug, thiserror::Error)]
#[error("not done within {0:?}")]
struct Late(Duration);

/// What a tracker is made of beside its connections.
#[derive(Debug, Clone)]
pub struct Terms {
    pub facts: TrackerFacts,
    pub texts: Texts,
    pub labels: Vec<String>,
    pub per_hour: u32,
    /// How long its lists may not show what was created.
    pub lag: Duration,
    pub within: Duration,
}

impl Tracker {
    /// Takes up a tracker; nothing is asked.
    pub fn new(kind: Kind, terms: Terms) -> Self {
        let Terms { facts, texts, labels, per_hour, lag, within } = terms;
        let (budget, lag) = (Budget::new(per_hour), Lag::new(lag));
        Self { facts, kind, texts, labels, budget, lag, barred: Arc::default(), within }
    }

    /// We write there from `now` on, unless we did before.
    pub fn begin(&self, now: DateTime<Utc>) {
        self.lag.begin(now);
    }

    /// What may be said of it without asking.
    pub fn facts(&self) -> TrackerFacts {
        self.facts.clone()
    }

    /// Takes over from the same tracker with other secrets.
    pub fn succeed(&self, former: &Self) {
        self.budget.succeed(&former.budget);
        self.lag.succeed(&former.lag);
        if let (Kind::Jira(jira), Kind::Jira(former)) = (&self.kind, &former.kind) {
            jira.succeed(former);
        }
    }

    /// The text that an issue would have: its title, and its body.
    pub fn text(&self, plan: &IssuePlan) -> (String, String) {
        (self.texts.title(plan), self.texts.block(plan))
    }

    /// Brings one issue to what its plan says, and says how it stands then.
    pub async fn look_after(&self, now: DateTime<Utc>, plan: &IssuePlan, may: &May) -> Looked {
        self.begin(now);
        let mut written = Vec::new();
        let steps = self.steps(now, plan, may, &mut written);
        let answer = match tokio::time::timeout(self.within, steps).await {
            Ok(Ok(seen)) => Answer::Seen(seen),
            Ok(Err(error)) => Answer::Trouble(error.reason()),
            Err(_) => {
                let source = Box::new(Late(self.within));
                Answer::Trouble(IssueError::Unavailable { subject: self.subject(plan), source }.reason())
            }
        };
        let (occasion, weight) = (plan.issue.occasion.clone(), plan.issue.weight);
        Looked { view: IssueView { occasion, target: plan.target, weight, answer }, written }
    }

    /// Whether it can be reached and takes our credentials.
    ///
    /// # Errors
    /// Why not.
    pub async fn whoami(&self) -> Result<(), IssueError> {
        match &self.kind {
            Kind::Gitea(gitea) => gitea.whoami().await,
            Kind::Github(github) => github.whoami().await,
            Kind::Gitlab(gitlab) => gitlab.whoami().await,
            Kind::Jira(jira) => jira.whoami().await,
            Kind::Memory(_) => Ok(()),
        }
    }

    async fn steps(
        &self,
        now: DateTime<Utc>,
        plan: &IssuePlan,
        may: &May,
        written: &mut Vec<&'static str>,
    ) -> Result<Seen, IssueError> {
        let mut done: Vec<Step> = Vec::new();
        let mut made: Option<(u64, String)> = None;
        for _ in 0..STEPS {
            self.permitted(plan, may)?;
            let found = self.find(plan, made.as_ref().map(|(number, _)| *number)).await?;
            let known = made.as_ref().map(|(number, url)| (*number, url.as_str()));
            let step = next(now, plan, &found, known);
            if let Step::Rest(seen) = step {
                return Ok(seen);
            }
            if done.contains(&step) {
                break;
            }
            self.permitted(plan, may)?;
            if step == Step::Create {
                self.patient(now, plan)?;
            }
            if !self.budget.spend(now) {
                return Err(IssueError::Spent { subject: self.subject(plan), most: self.budget.most() });
            }
            if let Some(created) = self.take(now, plan, &step, &found).await? {
                made = Some(created);
            }
            written.push(word(&step));
            done.push(step);
        }
        Err(IssueError::Unsettled { subject: self.subject(plan) })
    }

    /// All that carries our label, and those that are known by number if they do not.
    async fn find(&self, plan: &IssuePlan, made: Option<u64>) -> Result<Vec<Found>, IssueError> {
        let mut listed = self.list(plan).await?;
        for number in [plan.issue.number, made].into_iter().flatten() {
            if listed.iter().all(|issue| issue.number != number) {
                listed.extend(self.get(plan, number).await?);
            }
        }
        Ok(listed.into_iter().map(|issue| issue.found(&plan.issue.fingerprint)).collect())
    }

    /// Takes one step; gives number and URL of what was created.
    async fn take(
        &self,
        now: DateTime<Utc>,
        plan: &IssuePlan,
        step: &Step,
        found: &[Found],
    ) -> Result<Option<(u64, String)>, IssueError> {
        if *step == Step::Create {
            return self.try_create(now, plan).await.map(Some);
        }
        match change::of(step, plan, found, &self.texts) {
            Some(edit) => self.edit(plan, &edit).await.map(|()| None),
            None => Ok(None),
        }
    }

    /// Whether none can be there that the list does not show yet.
    fn patient(&self, now: DateTime<Utc>, plan: &IssuePlan) -> Result<(), IssueError> {
        match self.lag.wait(now, &plan.issue.fingerprint) {
            Some(left) => {
                Err(IssueError::Waiting { subject: self.subject(plan), seconds: left.num_seconds().max(1) })
            }
            None => Ok(()),
        }
    }

    /// Creates, and keeps in mind when that may have taken place: even what we heard of may not show yet.
    async fn try_create(&self, now: DateTime<Utc>, plan: &IssuePlan) -> Result<(u64, String), IssueError> {
        let fingerprint = &plan.issue.fingerprint;
        self.lag.trying(now, fingerprint);
        let created = self.create(plan).await;
        if created.as_ref().is_err_and(IssueError::wrote_nothing) {
            self.lag.untried(fingerprint);
        }
        created
    }

    async fn create(&self, plan: &IssuePlan) -> Result<(u64, String), IssueError> {
        let (repository, subject) = (&plan.issue.repository, self.subject(plan));
        let message =
            "labels that our user sets are dropped there, so nothing would be found again".to_string();
        if self.barred.lock().unwrap_or_else(PoisonError::into_inner).contains(repository) {
            return Err(IssueError::Refused { subject, message });
        }
        let label = label(plan);
        let others = [OURS.to_string()].into_iter().chain(self.labels.clone()).chain(plan.labels.clone());
        let mut labels = vec![label.clone()];
        others.for_each(|one| {
            if !labels.contains(&one) {
                labels.push(one)
            }
        });
        let draft = Draft { title: self.texts.title(plan), body: self.texts.block(plan), labels };
        let created = match &self.kind {
            Kind::Gitea(gitea) => gitea.create(repository, &draft).await,
            Kind::Github(github) => github.create(repository, &draft).await,
            Kind::Gitlab(gitlab) => gitlab.create(repository, &draft).await,
            Kind::Jira(jira) => jira.create(repository, &draft).await,
            Kind::Memory(memory) => {
                memory.turn().await;
                memory.create(subject.clone(), &draft)
            }
        }?;
        if created.has(&label) {
            return Ok((created.number, created.url));
        }
        self.barred.lock().unwrap_or_else(PoisonError::into_inner).insert(repository.clone());
        let edit = Edit { number: created.number, body: None, turn: Some(Turn::Drop), version: None };
        self.edit(plan, &edit).await?;
        Err(IssueError::Refused { subject, message })
    }

    fn permitted(&self, plan: &IssuePlan, may: &May) -> Result<(), IssueError> {
        if may() { Ok(()) } else { Err(IssueError::NotOurs { subject: self.subject(plan) }) }
    }

    fn list(&self, plan: &IssuePlan) -> impl Future<Output = Result<Vec<Listed>, IssueError>> + Send {
        let (kind, subject, label) = (self.kind.clone(), self.subject(plan), label(plan));
        async move {
            let repository = subject.repository.clone();
            match kind {
                Kind::Gitea(gitea) => gitea.list(&repository, &label).await,
                Kind::Github(github) => github.list(&repository, &label).await,
                Kind::Gitlab(gitlab) => gitlab.list(&repository, &label).await,
                Kind::Jira(jira) => jira.list(&repository, &label).await,
                Kind::Memory(memory) => {
                    memory.turn().await;
                    memory.list(subject, &label)
                }
            }
        }
    }

    async fn get(&self, plan: &IssuePlan, number: u64) -> Result<Option<Listed>, IssueError> {
        let repository = &plan.issue.repository;
        match &self.kind {
            Kind::Gitea(gitea) => gitea.get(repository, number).await,
            Kind::Github(github) => github.get(repository, number).await,
            Kind::Gitlab(gitlab) => gitlab.get(repository, number).await,
            Kind::Jira(jira) => jira.get(repository, number).await,
            Kind::Memory(memory) => memory.get(self.subject(plan), number),
        }
    }

    async fn edit(&self, plan: &IssuePlan, edit: &Edit) -> Result<(), IssueError> {
        let repository = &plan.issue.repository;
        match &self.kind {
            Kind::Gitea(gitea) => gitea.edit(repository, edit).await,
            Kind::Github(github) => github.edit(repository, edit).await,
            Kind::Gitlab(gitlab) => gitlab.edit(repository, edit).await,
            Kind::Jira(jira) => jira.edit(repository, edit).await,
            Kind::Memory(memory) => {
                memory.turn().await;
                memory.edit(self.subject(plan), edit)
            }
        }
    }

    fn subject(&self, plan: &IssuePlan) -> Subject {
        Subject { tracker: self.facts.name.clone(), repository: plan.issue.repository.clone() }
    }
}

/// The label by which one issue is found again.
pub fn label(plan: &IssuePlan) -> String {
    format!("{OURS}-{}", plan.issue.fingerprint)
}

fn word(step: &Step) -> &'static str {
    match step {
        Step::Create => "create",
        Step::Update(_) => "update",
        Step::Reopen(_) => "reopen",
        Step::Close(_) => "close",
        Step::Leave(_) => "leave",
        Step::Twin { .. } => "twin",
        Step::Rest(_) => "rest",
    }
}
