//! What the policies of a file ask a source: values, activity, ages and evidence.

use flyball::app::standalone::load::load;
use flyball::edge::crd::manifest::{self, Object};
use std::path::Path;

/// One question.
pub struct Question {
    /// For people: the signal and which of its questions it is.
    pub what: String,
    pub query: String,
    /// The labels of namespace and service.
    pub identity: [String; 2],
}

/// Every question of the file's policies, as the program asks it. Evidence is asked as it is written.
pub fn of(file: &Path) -> Vec<Question> {
    let loaded = load(file).expect("the file can be read");
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let signals = loaded.policies.iter().flat_map(|policy| &policy.signals);
    let mut questions = Vec::new();
    for signal in signals {
        let labels = signal.identity.labels();
        let activity = signal.activity.iter().map(|activity| ("activity", &activity.query));
        for (what, query) in std::iter::once(("query", &signal.query)).chain(activity) {
            let ages = query.age_queries(&labels).into_iter().map(|age| ("age", age));
            for (part, text) in std::iter::once(("value", query.text().to_string())).chain(ages) {
                let what = format!("{} of the {what} of {}", part, signal.name);
                questions.push(Question { what, query: text, identity: identity(&labels) });
            }
        }
    }
    questions.extend(evidence(file));
    questions
}

fn evidence(file: &Path) -> Vec<Question> {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let objects = manifest::read("the library", &text).into_iter().map(|found| found.object);
    let bodies = objects.filter_map(|object| match object {
        Ok(Object::HealthPolicy(policy)) => Some(policy.spec.body),
        Ok(Object::ClusterHealthPolicy(policy)) => Some(policy.spec.body),
        _ => None,
    });
    let signals = bodies.flat_map(|body| body.signals);
    signals
        .flat_map(|signal| signal.evidence.into_iter().map(move |evidence| (signal.name.clone(), evidence)))
        .map(|(signal, evidence)| Question {
            what: format!("evidence {} of {signal}", evidence.name),
            query: evidence.query,
            identity: identity(&["namespace", "service"]),
        })
        .collect()
}

fn identity(labels: &[&str]) -> [String; 2] {
    let [one, other] = labels else { panic!("two labels say whose a row is, not {labels:?}") };
    [one.to_string(), other.to_string()]
}
