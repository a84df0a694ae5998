//! Jira Cloud, by its REST API version 3.
//!
//! A repository is a project, by its key. The search by which ours are found shows what was written only
//! after a while: issues that are known are named in it (`reconcileIssues`), and are then shown as they
//! are. Texts are documents; what the hidden mark of our part says lies in a property of the issue.

use super::draft::{Draft, Edit, Listed, Turn};
use super::jira_issue::{FIELDS, Issue, PROPERTY, number};
use super::workflow::{Flow, Way};
use crate::edge::http::call::{Call, JSON};
use crate::edge::issues::adf::body;
use crate::edge::issues::error::IssueError;
use crate::edge::issues::reach::{PAGES, Reach};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// Items of a page.
const PAGE: usize = 50;
/// Most issues that a search shows as they are.
const RECONCILED: usize = 50;
/// Looks until nothing new turns up: more would mean that issues are made under our eyes.
const LOOKS: usize = 4;
/// Most labels of which issues are kept in mind.
const KEPT: usize = 4096;

/// How issues are made, shown and moved.
#[derive(Debug, Clone)]
pub struct Terms {
    pub issue_type: String,
    /// Where people look at issues.
    pub site: String,
    pub flow: Flow,
}

/// One site. Clones share connections and which issues are known.
#[derive(Debug, Clone)]
pub struct Jira {
    reach: Reach,
    terms: Terms,
    /// Ids of issues that carried a label, by label.
    known: Arc<Mutex<BTreeMap<String, BTreeSet<u64>>>>,
}

#[derive(Deserialize)]
struct Page {
    issues: Vec<Issue>,
    #[serde(default, rename = "nextPageToken")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    key: String,
}

impl Jira {
    /// Takes up a site; nothing is asked.
    pub fn new(reach: Reach, terms: Terms) -> Self {
        Self { reach, terms, known: Arc::default() }
    }

    /// Takes over which issues are known to the same site with other secrets.
    pub fn succeed(&self, former: &Self) {
        let known = former.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// Every issue that carries `label`, as far as the search knows it, and as it is now.
    ///
    /// # Errors
    /// Those of [`Reach::read`]; not found, misnamed.
    pub async fn list(&self, project: &str, label: &str) -> Result<Vec<Listed>, IssueError> {
        self.key(project)?;
        for _ in 0..LOOKS {
            let before = self.known(label);
            let found = match self.search(project, label, &before).await {
                Err(error @ IssueError::Refused { .. }) => {
                    return Err(self.whether_there(project, error).await);
                }
                found => found?,
            };
            let ids: BTreeSet<u64> = found.iter().filter_map(|issue| issue.id.parse().ok()).collect();
            if ids.is_subset(&before) {
                // What was named and is not shown carries the label no more.
                self.keep(label, ids);
                let listed = found.into_iter().filter_map(|issue| self.listed(project, issue));
                return Ok(listed.filter(|issue| issue.has(label)).collect());
            }
            self.keep(label, before.into_iter().chain(ids).collect());
        }
        Err(IssueError::Unsettled { subject: self.reach.subject(project) })
    }

    /// One issue; None: it is not there, or was moved to another project.
    ///
    /// # Errors
    /// Those of [`Reach::read`]; unauthorized, where a stranger is told that it is not there.
    pub async fn get(&self, project: &str, number: u64) -> Result<Option<Listed>, IssueError> {
        let mut url = self.issue(project, number, &[])?;
        url.query_pairs_mut()
            .append_pair("fields", FIELDS)
            .append_pair("properties", PROPERTY)
            .append_pair("expand", "transitions");
        let found: Option<Issue> = self.reach.read(project, url).await?;
        if found.is_none() {
            self.whoami().await?;
        }
        Ok(found.and_then(|issue| self.listed(project, issue)))
    }

    /// Makes an issue.
    ///
    /// # Errors
    /// Those of [`Reach::write`].
    pub async fn create(&self, project: &str, draft: &Draft) -> Result<Listed, IssueError> {
        let labels: Vec<String> = draft.labels.iter().map(|label| label.replace(' ', "-")).collect();
        let mut content = json!({"fields": {
            "project": {"key": self.key(project)?}, "issuetype": {"name": self.terms.issue_type},
            "summary": draft.title, "description": body::written(&draft.body), "labels": labels,
        }});
        if let Some(attributes) = body::attributes(&draft.body) {
            content["properties"] = property(attributes);
        }
        let url = self.url(project, &["issue"])?;
        let made: Made =
            self.reach.write(project, Method::POST, url, &content).await.map_err(|error| match error {
                IssueError::Refused { subject, message } => IssueError::Refused {
                    subject,
                    message: format!(
                        "{message} to a new {}; the project must have that type of issue, with labels and \
                         description on its screen and without other fields that are required",
                        self.terms.issue_type
                    ),
                },
                error => error,
            })?;
        if let (Some(label), Ok(id)) = (labels.first(), made.id.parse()) {
            self.keep(label, self.known(label).into_iter().chain([id]).collect());
        }
        let number = number(project, &made.key).ok_or_else(|| IssueError::Malformed {
            subject: self.reach.subject(project),
            detail: "the key of the new issue is not one of the project's".to_string(),
        })?;
        Ok(Listed {
            number,
            url: self.page(&made.key),
            open: true,
            refused: false,
            closed_at: None,
            labels,
            body: draft.body.clone(),
            version: None,
            sealed: false,
        })
    }

    /// Changes an issue: text and state are two writes. The one that goes first leaves, on its own,
    /// what the next look brings to an end. There is no precondition for texts.
    ///
    /// # Errors
    /// Those of [`Reach::write`]; refused, if its workflow has no way there.
    pub async fn edit(&self, project: &str, edit: &Edit) -> Result<(), IssueError> {
        if edit.turn == Some(Turn::Reopen) {
            self.turn(project, edit.number, Turn::Reopen).await?;
        }
        if let Some(text) = &edit.body {
            let mut content = json!({"fields": {"description": body::written(text)}});
            if let Some(attributes) = body::attributes(text) {
                content["properties"] = property(attributes);
            }
            let url = self.issue(project, edit.number, &[])?;
            self.send(project, Method::PUT, url, &content).await?;
        }
        match edit.turn {
            None | Some(Turn::Reopen) => Ok(()),
            Some(turn) => self.turn(project, edit.number, turn).await,
        }
    }

    /// Whether it can be reached and takes our credentials.
    ///
    /// # Errors
    /// Those of [`Reach::read`].
    pub async fn whoami(&self) -> Result<(), IssueError> {
        let url = self.url("", &["myself"])?;
        let found: Option<Value> = self.reach.read("", url).await?;
        found.map(drop).ok_or_else(|| IssueError::NotFound(self.reach.subject("")))
    }

    async fn search(
        &self,
        project: &str,
        label: &str,
        known: &BTreeSet<u64>,
    ) -> Result<Vec<Issue>, IssueError> {
        let jql = format!("project = \"{project}\" AND labels = \"{label}\" ORDER BY created ASC");
        let (mut all, mut token) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let mut url = self.url(project, &["search", "jql"])?;
            {
                let mut query = url.query_pairs_mut();
                query.append_pair("jql", &jql).append_pair("maxResults", &PAGE.to_string());
                query.append_pair("fields", FIELDS).append_pair("properties", PROPERTY);
                query.append_pair("expand", "transitions");
                for id in known.iter().rev().take(RECONCILED) {
                    query.append_pair("reconcileIssues", &id.to_string());
                }
                if let Some(token) = &token {
                    query.append_pair("nextPageToken", token);
                }
            }
            let found: Option<Page> = self.reach.read(project, url).await?;
            let found = found.ok_or_else(|| IssueError::NotFound(self.reach.subject(project)))?;
            all.extend(found.issues);
            token = found.next;
            if token.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// A search in a project that is not there is refused as a wrong question.
    async fn whether_there(&self, project: &str, error: IssueError) -> IssueError {
        let Ok(url) = self.url(project, &["project", project]) else { return error };
        match self.reach.read::<Value>(project, url).await {
            Ok(None) => IssueError::NotFound(self.reach.subject(project)),
            _ => error,
        }
    }

    async fn turn(&self, project: &str, number: u64, turn: Turn) -> Result<(), IssueError> {
        let mut url = self.issue(project, number, &["transitions"])?;
        url.query_pairs_mut().append_pair("expand", "transitions.fields");
        #[derive(Deserialize)]
        struct Ways {
            transitions: Vec<Way>,
        }
        let found: Option<Ways> = self.reach.read(project, url).await?;
        let found = found.ok_or_else(|| IssueError::NotFound(self.reach.subject(project)))?;
        let content = self.terms.flow.choose(&found.transitions, turn).map_err(|message| {
            IssueError::Refused { subject: self.reach.subject(project), message: message.to_string() }
        })?;
        let url = self.issue(project, number, &["transitions"])?;
        self.send(project, Method::POST, url, &content).await
    }

    /// Writes what is answered without a body.
    async fn send(&self, project: &str, method: Method, url: Url, content: &Value) -> Result<(), IssueError> {
        let call = Call::write(method, url).body(JSON, content.to_string());
        let reply = self.reach.send(project, call).await?;
        reply.map(drop).ok_or_else(|| IssueError::NotFound(self.reach.subject(project)))
    }

    /// An issue as all trackers answer it; None: it is of another project now.
    fn listed(&self, project: &str, issue: Issue) -> Option<Listed> {
        let url = self.page(&issue.key);
        issue.listed(project, url, &self.terms.flow)
    }

    fn known(&self, label: &str) -> BTreeSet<u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(label).cloned().unwrap_or_default()
    }

    fn keep(&self, label: &str, ids: BTreeSet<u64>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT && !known.contains_key(label) {
            known.pop_first();
        }
        known.insert(label.to_string(), ids);
    }

    /// Where people look at an issue.
    fn page(&self, key: &str) -> String {
        format!("{}/browse/{key}", self.terms.site.trim_end_matches('/'))
    }

    fn issue(&self, project: &str, number: u64, rest: &[&str]) -> Result<Url, IssueError> {
        let key = format!("{}-{number}", self.key(project)?);
        let path: Vec<&str> = ["issue", key.as_str()].into_iter().chain(rest.iter().copied()).collect();
        self.url(project, &path)
    }

    fn url(&self, project: &str, rest: &[&str]) -> Result<Url, IssueError> {
        let path = ["rest", "api", "3"].into_iter().chain(rest.iter().copied());
        self.reach.url(project, &path.collect::<Vec<_>>())
    }

    fn key<'p>(&self, project: &'p str) -> Result<&'p str, IssueError> {
        let first = project.chars().next().is_some_and(|c| c.is_ascii_uppercase());
        let rest = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if first && project.chars().all(rest) {
            return Ok(project);
        }
        let message = "it is not the key of a project, such as SHOP";
        Err(IssueError::Misnamed { subject: self.reach.subject(project), message })
    }
}

fn property(attributes: &str) -> Value {
    json!([{"key": PROPERTY, "value": {"mark": attributes}}])
}
