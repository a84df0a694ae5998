//! IssueTrackers: which tracker, on which terms, with which texts, and who may open issues where.
//!
//! Owns the variables that texts of people's own may use: what is not known here is refused here, not
//! when an issue is due.

use super::allow::access;
use super::problems::Problems;
use super::slots::Slots;
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::problem::Problem;
use crate::domain::model::provider::Access;
use crate::edge::crd::field::endpoint::Endpoint;
use crate::edge::crd::kind::issue_tracker::{IssueTemplate, IssueTrackerSpec, JiraTracker};
use std::collections::BTreeMap;
use std::time::Duration;

const REOPEN_WITHIN: Duration = Duration::from_secs(336 * 3600);
const CLOSE_AFTER: Duration = Duration::from_secs(168 * 3600);
const PER_HOUR: u32 = 120;
const SEARCH_LAG: Duration = Duration::from_secs(300);
const ISSUE_TYPE: &str = "Task";

/// Variables of a title.
pub const TITLE: [&str; 6] = ["subject", "service", "namespace", "policy", "tier", "level"];
/// Variables of a body.
pub const BODY: [&str; 16] = [
    "subject",
    "service",
    "namespace",
    "policy",
    "tier",
    "level",
    "decision",
    "started",
    "reasons",
    "signals",
    "evidence",
    "chart",
    "queries",
    "traces",
    "actions",
    "silence",
];
/// Variables of the link to a query.
const QUERY: [&str; 1] = ["query"];

/// An accepted IssueTracker.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    pub forge: Forge,
    pub endpoint: Endpoint,
    /// Where in the manifest the endpoint stands: `spec.gitea`.
    pub field: String,
    pub labels: Vec<String>,
    /// Texts of people's own, by name.
    pub templates: BTreeMap<String, Text>,
    pub query_link: Option<LinkTemplate>,
    pub reopen_within: Duration,
    pub close_after: Duration,
    /// Most requests an hour that create content.
    pub per_hour: u32,
    pub access: Access,
}

/// Which tracker it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forge {
    Github,
    Gitlab,
    Gitea,
    Jira(AcceptedJira),
}

/// What Jira needs beside an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedJira {
    pub issue_type: String,
    /// Names of transitions; empty: by the category of the status.
    pub close: Vec<String>,
    pub reopen: Vec<String>,
    pub search_lag: Duration,
    /// Where people look at issues; None: at the endpoint.
    pub site: Option<String>,
}

/// A text with its title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub title: Slots,
    pub body: Slots,
}

impl Forge {
    /// The word in manifests.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Gitea => "gitea",
            Self::Jira(_) => "jira",
        }
    }

    /// Where in a manifest its endpoint stands.
    fn field(&self) -> String {
        match self {
            Self::Jira(_) => "spec.jira.endpoint".to_string(),
            forge => format!("spec.{}", forge.as_str()),
        }
    }
}

/// Accepts an IssueTracker.
///
/// # Errors
/// Every problem found.
pub fn issue_tracker(spec: &IssueTrackerSpec) -> Result<Accepted, Vec<Problem>> {
    let mut problems = Problems::default();
    let forge = forge(&mut problems, spec);
    let templates = templates(&mut problems, &spec.templates);
    let query_link = spec
        .query_url_template
        .as_ref()
        .and_then(|text| problems.take("spec.queryUrlTemplate", text, LinkTemplate::parse(text, &QUERY)));
    let reopen = problems.duration("spec.reopenWithin", spec.reopen_within.as_ref(), REOPEN_WITHIN);
    let close = problems.duration("spec.closeAfter", spec.close_after.as_ref(), CLOSE_AFTER);
    labels(&mut problems, "spec.labels", &spec.labels);
    let access = access(&mut problems, spec.allow.as_deref());
    let accepted = forge.map(|(forge, endpoint)| Accepted {
        field: forge.field(),
        forge,
        endpoint,
        labels: spec.labels.clone(),
        templates,
        query_link,
        reopen_within: reopen,
        close_after: close,
        per_hour: spec.per_hour.unwrap_or(PER_HOUR),
        access,
    });
    problems.finish(accepted)
}

fn forge(problems: &mut Problems, spec: &IssueTrackerSpec) -> Option<(Forge, Endpoint)> {
    let named = [(Forge::Github, &spec.github), (Forge::Gitlab, &spec.gitlab), (Forge::Gitea, &spec.gitea)];
    let mut all: Vec<(Forge, &Endpoint)> =
        named.into_iter().filter_map(|(forge, endpoint)| Some((forge, endpoint.as_ref()?))).collect();
    all.extend(
        spec.jira.as_ref().map(|jira| (Forge::Jira(accepted_jira(problems, spec, jira)), &jira.endpoint)),
    );
    let [(forge, endpoint)] = all.as_slice() else {
        let words: Vec<&str> = all.iter().map(|(forge, _)| forge.as_str()).collect();
        let fix = "write exactly one of github, gitlab, gitea and jira";
        problems.add(Problem::new("spec", words.join(", "), "it does not name exactly one tracker", fix));
        return None;
    };
    let auth = endpoint.auth.as_ref();
    let by_password = matches!(forge, Forge::Jira(_)) && auth.is_some_and(|auth| auth.basic.is_some());
    let known = by_password || auth.is_some_and(|auth| auth.bearer.is_some());
    if !known {
        let field = format!("{}.auth", forge.field());
        let fix = match forge {
            Forge::Jira(_) => {
                "put the account's address and an API token into a Secret of the governor's namespace, under \
                 username and password, and name it in auth.basic.secretRef"
            }
            _ => {
                "put a token into a Secret of the governor's namespace, and name it in auth.bearer.secretRef"
            }
        };
        problems.add(Problem::new(field, "", "the tracker takes a token, and none is named", fix));
    }
    known.then(|| (forge.clone(), (*endpoint).clone()))
}

fn accepted_jira(problems: &mut Problems, spec: &IssueTrackerSpec, jira: &JiraTracker) -> AcceptedJira {
    for (i, label) in spec.labels.iter().enumerate().filter(|(_, label)| label.contains(' ')) {
        let fix = "write a hyphen in the place of the space";
        problems.add(Problem::new(format!("spec.labels[{i}]"), label, "a label in Jira has no space", fix));
    }
    AcceptedJira {
        issue_type: jira.issue_type.clone().unwrap_or_else(|| ISSUE_TYPE.to_string()),
        close: jira.close_transitions.clone(),
        reopen: jira.reopen_transitions.clone(),
        search_lag: problems.duration("spec.jira.searchLag", jira.search_lag.as_ref(), SEARCH_LAG),
        site: jira.site_url.clone(),
    }
}

/// A comma parts labels in every tracker's queries.
pub fn labels(problems: &mut Problems, field: &str, labels: &[String]) {
    for (i, label) in labels.iter().enumerate().filter(|(_, label)| label.contains(',')) {
        let fix = "leave the comma out, or write two labels";
        problems.add(Problem::new(format!("{field}[{i}]"), label, "a label has no comma", fix));
    }
}

fn templates(problems: &mut Problems, written: &[IssueTemplate]) -> BTreeMap<String, Text> {
    let read = written.iter().enumerate().filter_map(|(i, template)| {
        let at = |part: &str| format!("spec.templates[{i}].{part}");
        let title = problems.take(&at("title"), &template.title, Slots::parse(&template.title, &TITLE));
        let body = problems.take(&at("body"), &template.body, Slots::parse(&template.body, &BODY));
        Some((template.name.clone(), Text { title: title?, body: body? }))
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(spec: Value) -> Result<Accepted, Vec<Problem>> {
        issue_tracker(&serde_json::from_value(spec).unwrap())
    }

    fn endpoint() -> Value {
        json!({"url": "https://git.example", "auth": {"bearer": {"secretRef": {"name": "git"}}}})
    }

    #[test]
    fn what_is_not_written_has_its_default() {
        let accepted = read(json!({"gitea": endpoint()})).unwrap();
        assert_eq!((accepted.forge, accepted.field.as_str()), (Forge::Gitea, "spec.gitea"));
        assert_eq!((accepted.reopen_within, accepted.close_after), (REOPEN_WITHIN, CLOSE_AFTER));
        assert_eq!((accepted.per_hour, &accepted.access), (120, &Access::Unsaid));
        let accepted =
            read(json!({"github": endpoint(), "closeAfter": "1h", "perHour": 3, "allow": []})).unwrap();
        assert_eq!((accepted.close_after, accepted.per_hour), (Duration::from_secs(3600), 3));
        assert_eq!(accepted.access, Access::Rules(Vec::new()));
        let basic =
            json!({"url": "https://x.atlassian.net", "auth": {"basic": {"secretRef": {"name": "jira"}}}});
        let accepted = read(json!({"jira": {"endpoint": basic}})).unwrap();
        let Forge::Jira(jira) = &accepted.forge else { panic!("{:?}", accepted.forge) };
        assert_eq!((jira.issue_type.as_str(), jira.search_lag), ("Task", SEARCH_LAG));
        assert_eq!(accepted.field, "spec.jira.endpoint");
    }

    #[test]
    fn every_problem_is_told_with_field_and_fix() {
        let bare = json!({"url": "https://git.example"});
        let template = |title: &str, body: &str| json!([{"name": "own", "title": title, "body": body}]);
        for (spec, parts) in [
            (json!({}), vec!["spec:", "exactly one"]),
            (json!({"gitea": endpoint(), "github": endpoint()}), vec!["github, gitea", "exactly one"]),
            (json!({"gitea": bare}), vec!["spec.gitea.auth", "takes a token"]),
            (json!({"jira": {"endpoint": bare}}), vec!["spec.jira.endpoint.auth", "auth.basic.secretRef"]),
            (
                json!({"gitea": endpoint(), "jira": {"endpoint": endpoint()}}),
                vec!["gitea, jira", "exactly one"],
            ),
            (
                json!({"jira": {"endpoint": endpoint()}, "labels": ["from flyball"]}),
                vec!["spec.labels[0]", "no space", "hyphen"],
            ),
            (
                json!({"jira": {"endpoint": endpoint(), "searchLag": "1d"}}),
                vec!["spec.jira.searchLag", "24h"],
            ),
            (
                json!({"gitea": endpoint(), "templates": template("{{pod}}", "{{evidence}}")}),
                vec!["spec.templates[0].title", "`{{pod}}` is not known", "{{service}}"],
            ),
            (
                json!({"gitea": endpoint(), "templates": template("{{service}}", "{{evidense}}")}),
                vec!["spec.templates[0].body", "`{{evidense}}` is not known", "{{evidence}}"],
            ),
            (json!({"gitea": endpoint(), "labels": ["a,b"]}), vec!["spec.labels[0]", "no comma"]),
            (json!({"gitea": endpoint(), "closeAfter": "7d"}), vec!["spec.closeAfter", "168h"]),
            (
                json!({"gitea": endpoint(), "queryUrlTemplate": "https://p/graph?e={{expr}}"}),
                vec!["spec.queryUrlTemplate", "{{query}}"],
            ),
        ] {
            let problems = read(spec.clone()).unwrap_err();
            let told = problems.iter().map(ToString::to_string).collect::<String>();
            assert!(parts.iter().all(|part| told.contains(part)), "{spec}: {told}");
        }
    }
}
