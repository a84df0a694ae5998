//! GitLab: a stub that keeps issues as its documentation says (docs.gitlab.com/api/issues: `labels` with
//! commas, `state_event`, `iid`, a project's path as one encoded segment), and proves no more than that.

use super::stand::{CANARY, Shown, Stand};
use crate::servers::wire::{self, Reply, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Inner {
    projects: BTreeMap<String, Vec<Value>>,
    rotations: u32,
}

/// The stub.
pub struct Lab {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

impl Lab {
    pub fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = inner.clone();
        let address = wire::serve(move |request| {
            let mut inner = shared.lock().expect("no panics");
            let valid = request.header("authorization") == format!("Bearer {CANARY}-{}", inner.rotations);
            Some(match valid {
                true => answer(&mut inner, request),
                false => Reply::new(401, json!({"message": "401 Unauthorized"}).to_string()),
            })
        });
        Self { address, inner }
    }

    fn change(&self, project: &str, number: u64, change: impl FnOnce(&mut Value)) {
        let mut inner = self.inner.lock().expect("no panics");
        let issues = inner.projects.get_mut(project).expect("the project is there");
        change(issues.iter_mut().find(|issue| issue["iid"] == number).expect("the issue is there"));
    }
}

fn answer(inner: &mut Inner, request: &Request) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let not_found = || Reply::new(404, json!({"message": "404 Project Not Found"}).to_string());
    if path == "/api/v4/user" {
        return Reply::new(200, "{}");
    }
    let Some(rest) = path.strip_prefix("/api/v4/projects/") else { return not_found() };
    let parts: Vec<&str> = rest.split('/').collect();
    let [project, "issues", rest @ ..] = &parts[..] else { return not_found() };
    let project = project.replace("%2F", "/");
    let Some(issues) = inner.projects.get_mut(&project) else { return not_found() };
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    match (request.method.as_str(), rest) {
        ("GET", []) => Reply::new(200, listed(issues, query).to_string()),
        ("POST", []) => Reply::new(201, made(issues, &project, &body).to_string()),
        (method, [number]) => {
            let found = issues.iter_mut().find(|issue| issue["iid"].as_u64() == number.parse().ok());
            match (method, found) {
                ("GET", Some(issue)) => Reply::new(200, issue.to_string()),
                ("PUT", Some(issue)) => {
                    change(issue, &body);
                    Reply::new(200, issue.to_string())
                }
                _ => not_found(),
            }
        }
        _ => not_found(),
    }
}

fn listed(issues: &[Value], query: &str) -> Value {
    let of = |name: &str| {
        query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")).map(str::to_string))
    };
    let label = of("labels").unwrap_or_default();
    assert_eq!(of("state").as_deref(), Some("all"), "closed ones are wanted, too");
    let number = |name: &str, usual: usize| of(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (per, page) = (number("per_page", 20), number("page", 1));
    let has =
        |issue: &&Value| issue["labels"].as_array().into_iter().flatten().any(|own| *own == label.as_str());
    let found: Vec<Value> = issues.iter().rev().filter(has).cloned().collect();
    Value::Array(found.into_iter().skip(per * (page - 1)).take(per).collect())
}

fn made(issues: &mut Vec<Value>, project: &str, body: &Value) -> Value {
    let number = issues.len() + 1;
    let labels: Vec<&str> = body["labels"].as_str().unwrap_or_default().split(',').collect();
    let issue = json!({
        "iid": number, "web_url": format!("https://gitlab.com/{project}/-/issues/{number}"), "state": "opened",
        "title": body["title"], "description": body["description"], "labels": labels, "closed_at": null,
        "user_notes_count": 0,
    });
    issues.push(issue.clone());
    issue
}

fn change(issue: &mut Value, body: &Value) {
    for field in ["title", "description"] {
        if !body[field].is_null() {
            issue[field] = body[field].clone();
        }
    }
    match body["state_event"].as_str() {
        Some("close") if issue["state"] == "opened" => {
            issue["state"] = json!("closed");
            issue["closed_at"] = json!(chrono::Utc::now().to_rfc3339());
        }
        Some("reopen") => {
            issue["state"] = json!("opened");
            issue["closed_at"] = Value::Null;
        }
        _ => {}
    }
}

impl Stand for Lab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn proved(&self) -> &'static str {
        "stub"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn token(&self) -> String {
        format!("{CANARY}-{}", self.inner.lock().expect("no panics").rotations)
    }

    fn rotate(&self) {
        self.inner.lock().expect("no panics").rotations += 1;
    }

    fn repository(&self, name: &str) -> String {
        let project = format!("acme/{name}");
        self.inner.lock().expect("no panics").projects.insert(project.clone(), Vec::new());
        project
    }

    fn issues(&self, repository: &str) -> Vec<Shown> {
        let inner = self.inner.lock().expect("no panics");
        inner.projects.get(repository).expect("the project is there").iter().map(shown).collect()
    }

    fn close(&self, repository: &str, number: u64, wont_fix: bool) {
        if wont_fix {
            self.label(repository, number, "wontfix");
        }
        self.change(repository, number, |issue| change(issue, &json!({"state_event": "close"})));
    }

    fn comment(&self, repository: &str, number: u64, _: &str) {
        let count = |issue: &mut Value| {
            issue["user_notes_count"] = json!(issue["user_notes_count"].as_u64().unwrap_or(0) + 1);
        };
        self.change(repository, number, count);
    }

    fn rewrite(&self, repository: &str, number: u64, title: &str, body: &str) {
        self.change(repository, number, |issue| change(issue, &json!({"title": title, "description": body})));
    }

    fn label(&self, repository: &str, number: u64, label: &str) {
        let add = |issue: &mut Value| issue["labels"].as_array_mut().expect("a list").push(json!(label));
        self.change(repository, number, add);
    }

    fn open(&self, repository: &str, title: &str, body: &str, labels: &[&str]) {
        let mut inner = self.inner.lock().expect("no panics");
        let issues = inner.projects.get_mut(repository).expect("the project is there");
        made(issues, repository, &json!({"title": title, "description": body, "labels": labels.join(",")}));
    }
}

fn shown(issue: &Value) -> Shown {
    let labels = issue["labels"].as_array().into_iter().flatten();
    Shown {
        number: issue["iid"].as_u64().expect("a number"),
        open: issue["state"] == "opened",
        title: issue["title"].as_str().unwrap_or_default().to_string(),
        body: issue["description"].as_str().unwrap_or_default().to_string(),
        labels: labels.map(|label| label.as_str().unwrap_or_default().to_string()).collect(),
        comments: issue["user_notes_count"].as_u64().unwrap_or(0),
    }
}
