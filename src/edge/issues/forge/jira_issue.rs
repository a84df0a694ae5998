//! An issue as Jira answers it, and what it means.

use super::draft::Listed;
use super::workflow::{Flow, Way};
use crate::edge::issues::adf::body;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The property of an issue that says what the hidden mark says elsewhere.
pub const PROPERTY: &str = "flyball";
/// What is read of an issue.
pub const FIELDS: &str = "description,labels,status,resolution,resolutiondate,statuscategorychangedate";
/// How Jira writes times: no colon in the offset.
const TIME: &str = "%Y-%m-%dT%H:%M:%S%.f%z";

/// An issue, with what is asked of it.
#[derive(Deserialize)]
pub struct Issue {
    pub id: String,
    pub key: String,
    fields: Fields,
    #[serde(default)]
    properties: BTreeMap<String, Value>,
    /// Where it may go from where it is; None: it is not told.
    #[serde(default)]
    transitions: Option<Vec<Way>>,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    description: Option<Value>,
    #[serde(default)]
    labels: Vec<String>,
    status: Status,
    #[serde(default)]
    resolution: Option<Named>,
    #[serde(default)]
    resolutiondate: Option<String>,
    #[serde(default)]
    statuscategorychangedate: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    name: String,
    #[serde(rename = "statusCategory")]
    category: Category,
}

#[derive(Deserialize)]
struct Category {
    key: String,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Issue {
    /// As all trackers answer one; None: it is of another project now.
    pub fn listed(self, project: &str, url: String, flow: &Flow) -> Option<Listed> {
        let Fields { description, labels, status, resolution, resolutiondate, statuscategorychangedate } =
            self.fields;
        let open = status.category.key != "done";
        let mark = self.properties.get(PROPERTY).and_then(|value| value["mark"].as_str());
        let resolution = resolution.map(|resolution| resolution.name);
        let closed_at = statuscategorychangedate.or(resolutiondate).filter(|_| !open);
        Some(Listed {
            number: number(project, &self.key)?,
            url,
            open,
            refused: !open && flow.refuses(&status.name, resolution.as_deref()),
            closed_at: closed_at.and_then(|text| time(&text)),
            labels,
            body: body::read(description.as_ref(), mark),
            version: None,
            sealed: !open && self.transitions.is_some_and(|ways| !flow.leads_back(&ways)),
        })
    }
}

/// The number in a key of this project.
pub fn number(project: &str, key: &str) -> Option<u64> {
    key.strip_prefix(project)?.strip_prefix('-')?.parse().ok()
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    let read = DateTime::parse_from_str(text, TIME).or_else(|_| DateTime::parse_from_rfc3339(text));
    read.ok().map(|at| at.with_timezone(&Utc))
}
