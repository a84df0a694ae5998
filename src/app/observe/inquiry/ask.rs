//! Asking: each question once for all the episodes of a policy that want its answer.

use super::rows::rows;
use super::traces::traces;
use crate::app::observe::observer::chain;
use crate::app::observe::source::Source;
use crate::domain::model::evidence::{Evidence, Row, SignalEvidence, Trace, Trail};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::series::{Exemplars, Vector};
use crate::domain::policy::promql::Query;
use crate::domain::policy::signal::{Identity, Signal};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

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
    pub link: Option<LinkTemplate>,
    /// The policy's.
    pub signals: Vec<Signal>,
    pub subjects: Vec<Subject>,
}

/// Answers, or sentences saying why there are none.
struct Answers {
    /// By text of the evidence query.
    evidence: BTreeMap<String, Result<Vector, String>>,
    /// By signal.
    exemplars: BTreeMap<usize, Result<Vec<Exemplars>, String>>,
}

impl Inquiry {
    /// Asks, and gives the evidence of each Decision by its name. It takes no longer than `patience`.
    pub async fn ask(self, patience: Duration) -> Vec<(String, Evidence)> {
        let mut answers = self.unanswered(&format!("no answer within {patience:?}"));
        // What is missing after the deadline stays a failure.
        let _ = tokio::time::timeout(patience, self.gather(&mut answers)).await;
        let one = |subject: &Subject| (subject.decision.clone(), self.evidence(subject, &answers));
        self.subjects.iter().map(one).collect()
    }

    /// Every question, with `why` it has no answer.
    fn unanswered(&self, why: &str) -> Answers {
        let mut answers = Answers { evidence: BTreeMap::new(), exemplars: BTreeMap::new() };
        for (index, signal) in self.wanted() {
            answers.exemplars.insert(index, Err(why.to_string()));
            for evidence in &signal.evidence {
                answers.evidence.insert(evidence.query.text().to_string(), Err(why.to_string()));
            }
        }
        answers
    }

    /// Rows first, of every signal: they name what is hot, and traces only show it.
    async fn gather(&self, answers: &mut Answers) {
        let Some(source) = self.source.as_ref().map(Source::aside) else { return };
        for (text, answer) in &mut answers.evidence {
            *answer = source.instant(text, self.at).await.map_err(|error| chain(&error));
        }
        for (index, signal) in self.wanted() {
            let query = self.narrowed(index, signal);
            let found = source.exemplars(query.text(), self.at - window(signal), self.at).await;
            answers.exemplars.insert(index, found.map_err(|error| chain(&error)));
        }
    }

    /// The signals that any subject shows.
    fn wanted(&self) -> impl Iterator<Item = (usize, &Signal)> {
        let shown = self.subjects.iter().flat_map(|subject| &subject.signals).map(|shown| shown.signal);
        let shown: BTreeSet<usize> = shown.collect();
        self.signals.iter().enumerate().filter(move |(index, _)| shown.contains(index))
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

    fn evidence(&self, subject: &Subject, answers: &Answers) -> Evidence {
        let mut troubles = Vec::new();
        if self.source.is_none() {
            troubles.push("evidence: its source is not there any more".to_string());
        }
        let mut signals = Vec::new();
        for shown in &subject.signals {
            let Some(signal) = self.signals.get(shown.signal) else { continue };
            signals.push(SignalEvidence {
                signal: signal.name.clone(),
                unit: signal.unit.clone(),
                query: signal.query.text().to_string(),
                limit: shown.limit,
                trail: shown.trail.clone(),
                rows: self.rows(signal, &subject.service, answers, &mut troubles),
                traces: self.traces(shown.signal, signal, &subject.service, answers, &mut troubles),
            });
        }
        Evidence { at: self.at, signals, troubles }.bounded()
    }

    fn rows(
        &self,
        signal: &Signal,
        service: &ServiceKey,
        answers: &Answers,
        troubles: &mut Vec<String>,
    ) -> Vec<Row> {
        let mut found = Vec::new();
        for query in signal.evidence.iter().filter(|_| self.source.is_some()) {
            match answers.evidence.get(query.query.text()) {
                Some(Ok(vector)) => {
                    if vector.partial {
                        troubles.push(format!("evidence {}: the reply came with warnings", query.name));
                    }
                    found.extend(rows(query, &signal.identity, service, vector));
                }
                Some(Err(why)) => troubles.push(format!("evidence {}: {why}", query.name)),
                None => {}
            }
        }
        found
    }

    fn traces(
        &self,
        index: usize,
        signal: &Signal,
        service: &ServiceKey,
        answers: &Answers,
        troubles: &mut Vec<String>,
    ) -> Vec<Trace> {
        match answers.exemplars.get(&index).filter(|_| self.source.is_some()) {
            Some(Ok(series)) => traces(series, &signal.identity, service, self.link.as_ref()),
            Some(Err(why)) => {
                troubles.push(format!("evidence: trace ids of {}: {why}", signal.name));
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}

/// How far back the signal looks, so that exemplars are of what it saw.
fn window(signal: &Signal) -> TimeDelta {
    let window = TimeDelta::from_std(signal.query.window()).unwrap_or(EXEMPLARS_MAX);
    window.clamp(EXEMPLARS, EXEMPLARS_MAX)
}
