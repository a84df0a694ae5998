//! Asking: each question once for all the episodes of a policy that want its answer.

use super::rows::rows;
use super::traces::traces;
use crate::app::observe::observer::chain;
use crate::app::observe::source::{Error, Source};
use crate::domain::model::evidence::{Evidence, SignalEvidence, Trail};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::series::{Exemplars, Vector};
use crate::domain::policy::promql::Query;
use crate::domain::policy::signal::{Identity, Signal};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// Longest that all questions of one inquiry may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How far back exemplars are asked for at least.
const EXEMPLARS: TimeDelta = TimeDelta::minutes(5);
/// And at most.
const EXEMPLARS_MAX: TimeDelta = TimeDelta::hours(1);

/// One episode that wants evidence.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Name of the Decision.
    pub decision: String,
    pub service: ServiceKey,
    pub signals: Vec<Shown>,
}

/// A signal that is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Index in the policy.
    pub signal: usize,
    /// The limit that holds for the service.
    pub limit: Option<f64>,
    pub trail: Trail,
}

/// What is to be found out for some episodes of one policy.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// The instant that is asked for: that of the look which began the episodes.
    pub at: DateTime<Utc>,
    /// Where it is asked; None: the source is not there.
    pub source: Option<Source>,
    /// Where traces can be looked at.
    pub traces: Option<LinkTemplate>,
    /// The policy's.
    pub signals: Vec<Signal>,
    pub subjects: Vec<Subject>,
}

/// Answers to the questions of one signal, or sentences saying why there are none.
#[derive(Default)]
struct Answers {
    /// In the order of the signal's evidence queries.
    evidence: Vec<Result<Vector, String>>,
    exemplars: Option<Result<Vec<Exemplars>, String>>,
}

impl Inquiry {
    /// Asks, and gives the evidence of each Decision by its name. It takes no longer than `patience`.
    pub async fn ask(self, patience: Duration) -> Vec<(String, Evidence)> {
        let answers = self.answers(patience).await;
        let one = |subject: &Subject| (subject.decision.clone(), self.evidence(subject, &answers));
        self.subjects.iter().map(one).collect()
    }

    async fn answers(&self, patience: Duration) -> BTreeMap<usize, Answers> {
        let mut answers: BTreeMap<usize, Answers> = BTreeMap::new();
        let Some(source) = self.source.as_ref().map(Source::aside) else { return answers };
        let deadline = Instant::now() + patience;
        // Rows first, for every signal: they name what is hot, and traces only show it.
        let mut asked: BTreeMap<&str, Result<Vector, String>> = BTreeMap::new();
        for index in self.wanted() {
            let Some(signal) = self.signals.get(index) else { continue };
            for evidence in &signal.evidence {
                let text = evidence.query.text();
                if !asked.contains_key(text) {
                    asked.insert(text, within(deadline, patience, source.instant(text, self.at)).await);
                }
                answers.entry(index).or_default().evidence.extend(asked.get(text).cloned());
            }
        }
        for index in self.wanted() {
            let Some(signal) = self.signals.get(index) else { continue };
            let query = self.narrowed(index, signal);
            let start = self.at - window(signal);
            let answer = within(deadline, patience, source.exemplars(query.text(), start, self.at)).await;
            answers.entry(index).or_default().exemplars = Some(answer);
        }
        answers
    }

    /// The signals that any subject shows.
    fn wanted(&self) -> BTreeSet<usize> {
        self.subjects.iter().flat_map(|subject| &subject.signals).map(|shown| shown.signal).collect()
    }

    /// The signal's query; where one service alone wants to know, held to that service, so that a
    /// server of many need not tell of all.
    fn narrowed(&self, index: usize, signal: &Signal) -> Query {
        let shows = |subject: &&Subject| subject.signals.iter().any(|shown| shown.signal == index);
        let mut services = self.subjects.iter().filter(shows).map(|subject| &subject.service);
        match (services.next(), services.next(), &signal.identity) {
            (Some(one), None, Identity::Labels { service, namespace }) => {
                let matchers = [(namespace, &one.namespace), (service, &one.service)];
                signal.query.with_matchers(&matchers.map(|(label, value)| (label.clone(), value.clone())))
            }
            (Some(one), None, Identity::Fixed { service, .. }) => {
                signal.query.with_matchers(&[(service.clone(), one.service.clone())])
            }
            _ => signal.query.clone(),
        }
    }

    fn evidence(&self, subject: &Subject, answers: &BTreeMap<usize, Answers>) -> Evidence {
        let mut evidence = Evidence { at: self.at, signals: Vec::new(), troubles: Vec::new() };
        if self.source.is_none() {
            evidence.troubles.push("evidence: its source is not there any more".to_string());
        }
        for shown in &subject.signals {
            let Some(signal) = self.signals.get(shown.signal) else { continue };
            let mut seen = SignalEvidence {
                signal: signal.name.clone(),
                unit: signal.unit.clone(),
                query: signal.query.text().to_string(),
                limit: shown.limit,
                trail: shown.trail.clone(),
                rows: Vec::new(),
                traces: Vec::new(),
            };
            if let Some(answers) = answers.get(&shown.signal) {
                self.fill(&mut seen, (signal, answers), &subject.service, &mut evidence.troubles);
            }
            evidence.signals.push(seen);
        }
        evidence.bounded()
    }

    fn fill(
        &self,
        seen: &mut SignalEvidence,
        (signal, answers): (&Signal, &Answers),
        service: &ServiceKey,
        troubles: &mut Vec<String>,
    ) {
        for (query, answer) in signal.evidence.iter().zip(&answers.evidence) {
            match answer {
                Ok(vector) if vector.partial => {
                    troubles.push(format!("evidence {}: the reply came with warnings", query.name));
                    seen.rows.extend(rows(query, &signal.identity, service, vector));
                }
                Ok(vector) => seen.rows.extend(rows(query, &signal.identity, service, vector)),
                Err(why) => troubles.push(format!("evidence {}: {why}", query.name)),
            }
        }
        match &answers.exemplars {
            Some(Ok(series)) => {
                seen.traces = traces(series, &signal.identity, service, self.traces.as_ref());
            }
            Some(Err(why)) => troubles.push(format!("evidence: trace ids of {}: {why}", signal.name)),
            None => {}
        }
    }
}

/// How far back the signal looks, so that exemplars are of what it saw.
fn window(signal: &Signal) -> TimeDelta {
    let window = TimeDelta::from_std(signal.query.window()).unwrap_or(EXEMPLARS_MAX);
    window.clamp(EXEMPLARS, EXEMPLARS_MAX)
}

/// The answer, if it comes before `deadline`.
async fn within<T>(
    deadline: Instant,
    patience: Duration,
    question: impl Future<Output = Result<T, Error>>,
) -> Result<T, String> {
    match tokio::time::timeout_at(deadline, question).await {
        Ok(answer) => answer.map_err(|error| chain(&error)),
        Err(_) => Err(format!("no answer within {patience:?}")),
    }
}
