//! What policies ask: the text that is sent, and the text it is recorded under.
//!
//! Owns that both are found together, so that an answer never stands under another's name.

use crate::domain::model::problem::Problem;
use crate::domain::policy::promql::Query;
use crate::domain::policy::signal::Signal;
use crate::domain::policy::spec::Policy;
use std::collections::BTreeMap;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// As the policy asks it.
    pub recorded: String,
    /// As it is sent: the same on the source's faster clock.
    pub asked: String,
    /// It answers with time stamps.
    pub age: bool,
}

/// Every question of `policies` once, by the text it is recorded under.
///
/// # Errors
/// Every query whose durations cannot be divided by `stretch`, or that there is none.
pub fn all(policies: &[Policy], stretch: u32) -> Result<Vec<Question>, Vec<Problem>> {
    let mut questions: BTreeMap<String, Question> = BTreeMap::new();
    let mut problems = Vec::new();
    for (policy, signal) in policies.iter().flat_map(|policy| policy.signals.iter().map(move |s| (policy, s)))
    {
        for (field, query) in queries(signal) {
            match of(query, &signal.identity.labels(), stretch) {
                Ok(found) => found.into_iter().for_each(|question| keep(&mut questions, question)),
                Err(why) => {
                    let field =
                        format!("{} {}: signals[{}].{field}", policy.key.kind(), policy.key, signal.name);
                    problems.push(Problem::new(field, query.text(), why, "or record with another stretch"));
                }
            }
        }
    }
    if questions.is_empty() && problems.is_empty() {
        problems.push(Problem::new("policies", "", "ask nothing", "give at least one policy with a signal"));
    }
    if problems.is_empty() { Ok(questions.into_values().collect()) } else { Err(problems) }
}

fn queries(signal: &Signal) -> impl Iterator<Item = (&'static str, &Query)> {
    let activity = signal.activity.iter().map(|activity| ("activity.query", &activity.query));
    std::iter::once(("query", &signal.query)).chain(activity)
}

/// A query and the ages of its selectors.
fn of(query: &Query, labels: &[&str], stretch: u32) -> Result<Vec<Question>, String> {
    let fast = match stretch {
        1 => query.clone(),
        _ => query.shrunk(stretch)?,
    };
    let question = |recorded, asked, age| Question { recorded, asked, age };
    let value = question(query.text().to_string(), fast.text().to_string(), false);
    // Ages are asked of bare selectors, which have no durations: there are as many on both
    // clocks, and in the same order.
    let ages = query.age_queries(labels).into_iter().zip(fast.age_queries(labels));
    Ok(std::iter::once(value).chain(ages.map(|(recorded, asked)| question(recorded, asked, true))).collect())
}

/// A signal may ask in so many words for what is the age of another: it is a time stamp too.
fn keep(questions: &mut BTreeMap<String, Question>, question: Question) {
    let age = question.age;
    questions.entry(question.recorded.clone()).or_insert(question).age |= age;
}
