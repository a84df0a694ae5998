//! GitHub: a stub that keeps issues as its documentation of the REST API says (docs.github.com/rest/issues:
//! `labels` and `state` of a list, `state_reason`, labels made with the issue, pull requests in lists,
//! limits by `retry-after` and `x-ratelimit-reset`). Each request of ours is also asked of Prism, which holds
//! it against GitHub's own description of its API.

use super::description::Description;
use super::stand::{CANARY, Shown, Stand};
use crate::servers::wire::{self, Reply, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Inner {
    repositories: BTreeMap<String, Vec<Value>>,
    rotations: u32,
}

/// The stub.
pub struct Hub {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    description: Arc<Description>,
}

impl Hub {
    pub fn start() -> Self {
        let path = "/repos/a/b/issues";
        let wrong = Request::json("POST", path, &json!({"title": "x", "labels": 5}));
        let description = Arc::new(Description::start("FLYBALL_GITHUB", &Request::get(path), &wrong));
        let inner = Arc::new(Mutex::new(Inner::default()));
        let (shared, held) = (inner.clone(), description.clone());
        let address = wire::serve(move |request| {
            let mut inner = shared.lock().expect("no panics");
            if request.header("authorization") != format!("Bearer {CANARY}-{}", inner.rotations) {
                return Some(Reply::new(401, json!({"message": "Bad credentials"}).to_string()));
            }
            held.hold(request);
            Some(answer(&mut inner, request))
        });
        Self { address, inner, description }
    }

    fn change(&self, repository: &str, number: u64, change: impl FnOnce(&mut Value)) {
        let mut inner = self.inner.lock().expect("no panics");
        let issues = inner.repositories.get_mut(repository).expect("the repository is there");
        change(issues.iter_mut().find(|issue| issue["number"] == number).expect("the issue is there"));
    }
}

fn answer(inner: &mut Inner, request: &Request) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let not_found = || Reply::new(404, json!({"message": "Not Found"}).to_string());
    if path == "/rate_limit" {
        return Reply::new(200, "{}");
    }
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let [_, owner, name, "issues", rest @ ..] = &parts[..] else { return not_found() };
    let key = format!("{owner}/{name}");
    let Some(issues) = inner.repositories.get_mut(&key) else { return not_found() };
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    match (request.method.as_str(), rest) {
        ("GET", []) => Reply::new(200, listed(issues, query).to_string()),
        ("POST", []) => Reply::new(201, made(issues, &key, &body).to_string()),
        (method, [number]) => {
            let found = issues.iter_mut().find(|issue| issue["number"].as_u64() == number.parse().ok());
            match (method, found) {
                ("GET", Some(issue)) => Reply::new(200, issue.to_string()),
                ("PATCH", Some(issue)) => {
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
    let (label, state) = (of("labels").unwrap_or_default(), of("state").unwrap_or_else(|| "open".into()));
    let number = |name: &str, usual: usize| of(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (per, page) = (number("per_page", 30), number("page", 1));
    let has = |issue: &&Value| {
        let labels = issue["labels"].as_array().into_iter().flatten();
        let labelled = label.is_empty() || labels.clone().any(|own| own["name"] == label.as_str());
        labelled && (state == "all" || issue["state"] == state.as_str())
    };
    let found: Vec<Value> = issues.iter().rev().filter(has).cloned().collect();
    Value::Array(found.into_iter().skip(per * (page - 1)).take(per).collect())
}

fn made(issues: &mut Vec<Value>, repository: &str, body: &Value) -> Value {
    let number = issues.len() + 1;
    let labels = body["labels"].as_array().into_iter().flatten().map(|label| json!({"name": label}));
    let issue = json!({
        "number": number, "html_url": format!("https://github.com/{repository}/issues/{number}"),
        "state": "open", "state_reason": null, "title": body["title"], "body": body["body"],
        "labels": labels.collect::<Vec<_>>(), "closed_at": null, "comments": 0,
    });
    issues.push(issue.clone());
    issue
}

fn change(issue: &mut Value, body: &Value) {
    for field in ["title", "body"] {
        if !body[field].is_null() {
            issue[field] = body[field].clone();
        }
    }
    if let Some(state) = body["state"].as_str() {
        let closes = state == "closed" && issue["state"] == "open";
        issue["state"] = json!(state);
        issue["state_reason"] = body["state_reason"].clone();
        if closes {
            issue["closed_at"] = json!(chrono::Utc::now().to_rfc3339());
        } else if state == "open" {
            issue["closed_at"] = Value::Null;
        }
    }
}

impl Stand for Hub {
    fn name(&self) -> &'static str {
        "github"
    }

    fn proved(&self) -> &'static str {
        "description + stub"
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
        let key = format!("acme/{name}");
        // A pull request is an issue to lists, and none of ours whatever it is labelled.
        let request = json!({"number": 1, "html_url": "u", "state": "open", "title": "pull", "body": null,
            "labels": [{"name": "flyball-0123456789abcdef"}], "pull_request": {"url": "u"}, "closed_at": null, "comments": 0});
        self.inner.lock().expect("no panics").repositories.insert(key.clone(), vec![request]);
        key
    }

    fn issues(&self, repository: &str) -> Vec<Shown> {
        let inner = self.inner.lock().expect("no panics");
        let all = inner.repositories.get(repository).expect("the repository is there");
        all.iter().filter(|issue| issue["pull_request"].is_null()).map(shown).collect()
    }

    fn close(&self, repository: &str, number: u64, wont_fix: bool) {
        let reason = if wont_fix { "not_planned" } else { "completed" };
        self.change(repository, number, |issue| {
            change(issue, &json!({"state": "closed", "state_reason": reason}))
        });
    }

    fn comment(&self, repository: &str, number: u64, _: &str) {
        self.change(repository, number, |issue| {
            issue["comments"] = json!(issue["comments"].as_u64().unwrap_or(0) + 1)
        });
    }

    fn rewrite(&self, repository: &str, number: u64, title: &str, body: &str) {
        self.change(repository, number, |issue| change(issue, &json!({"title": title, "body": body})));
    }

    fn label(&self, repository: &str, number: u64, label: &str) {
        let add =
            |issue: &mut Value| issue["labels"].as_array_mut().expect("a list").push(json!({"name": label}));
        self.change(repository, number, add);
    }

    fn open(&self, repository: &str, title: &str, body: &str, labels: &[&str]) {
        let mut inner = self.inner.lock().expect("no panics");
        let issues = inner.repositories.get_mut(repository).expect("the repository is there");
        made(issues, repository, &json!({"title": title, "body": body, "labels": labels}));
    }

    fn limits(&self) -> Vec<Reply> {
        let secondary =
            Reply::new(403, json!({"message": "You have exceeded a secondary rate limit"}).to_string());
        let primary = Reply::new(403, "{}")
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-reset", "1793000060")
            .with("date", "Mon, 26 Oct 2026 04:26:40 GMT");
        vec![secondary.with("retry-after", "60"), primary, Reply::new(429, "{}")]
    }

    fn judge(&self) {
        self.description.judge();
    }
}

fn shown(issue: &Value) -> Shown {
    let labels = issue["labels"].as_array().into_iter().flatten();
    Shown {
        number: issue["number"].as_u64().expect("a number"),
        open: issue["state"] == "open",
        title: issue["title"].as_str().unwrap_or_default().to_string(),
        body: issue["body"].as_str().unwrap_or_default().to_string(),
        labels: labels.map(|label| label["name"].as_str().unwrap_or_default().to_string()).collect(),
        comments: issue["comments"].as_u64().unwrap_or(0),
    }
}
