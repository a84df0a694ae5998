//! Jira Cloud: a stub that keeps issues as its documentation says (developer.atlassian.com/cloud/jira/platform:
//! the REST API version 3, "search and reconcile", issue properties, transitions with screens). Each request of
//! ours is also held against Atlassian's own description of the API, and each text against Atlassian's schema
//! of documents.

use super::description::Description;
use super::schema;
use super::site::{Site, shown_text};
use super::stand::{CANARY, Shown, Stand};
use crate::live::tools::find;
use crate::servers::wire::{self, Reply, Request};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

/// The stub.
pub struct Cloud {
    address: SocketAddr,
    site: Arc<Mutex<Site>>,
    description: Arc<Description>,
}

impl Cloud {
    pub fn start() -> Self {
        let wrong = json!({"transition": "5"});
        let description = Arc::new(Description::start(
            "FLYBALL_JIRA",
            &Request::get("/rest/api/3/myself"),
            &Request::json("POST", "/rest/api/3/issue/A-1/transitions", &wrong),
        ));
        let documents = documents();
        let site = Arc::new(Mutex::new(Site::default()));
        let (shared, held) = (site.clone(), description.clone());
        let address = wire::serve(move |request| {
            let mut site = shared.lock().expect("no panics");
            if request.header("authorization") != format!("Bearer {CANARY}-{}", site.rotations) {
                return Some(Reply::new(401, "Client must be authenticated to access this resource."));
            }
            held.hold(request);
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let text = &body["fields"]["description"];
            if let Some(why) =
                (!text.is_null()).then(|| schema::wrong(&documents, &documents, text)).flatten()
            {
                held.blame(format!("{} {}: {why}", request.method, request.path));
            }
            Some(site.answer(request, &body))
        });
        Self { address, site, description }
    }

    /// From now on the search does not learn what is written, until it thaws.
    pub fn freeze(&self) {
        self.site().frozen = true;
    }

    /// The search knows all that was written.
    pub fn thaw(&self) {
        self.site().thaw();
    }

    /// A project whose workflow has no way back from Done.
    pub fn one_way(&self, project: &str) {
        self.site().one_way.insert(project.to_string());
    }

    fn site(&self) -> MutexGuard<'_, Site> {
        self.site.lock().expect("no panics")
    }
}

/// Atlassian's schema of documents, which tells right from wrong.
fn documents() -> Value {
    let file = find("FLYBALL_JIRA").unwrap_or_else(|why| panic!("{why}")).with_file_name("document.json");
    let text = std::fs::read(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let mut schema: Value = serde_json::from_slice(&text).expect("it is JSON");
    schema.as_object_mut().expect("it is an object").remove("$schema");
    let of = |content: Value| json!({"type": "doc", "version": 1, "content": content});
    let text = |text: &str| json!([{"type": "paragraph", "content": [{"type": "text", "text": text}]}]);
    assert_eq!(schema::wrong(&schema, &schema, &of(text("a"))), None);
    for content in [
        text(""),
        json!([{"type": "listItem", "content": []}]),
        json!([{"type": "heading", "attrs": {"level": 7}}]),
    ] {
        assert!(schema::wrong(&schema, &schema, &of(content.clone())).is_some(), "it takes {content}");
    }
    schema
}

impl Stand for Cloud {
    fn name(&self) -> &'static str {
        "jira"
    }

    fn proved(&self) -> &'static str {
        "descriptions + stub"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn token(&self) -> String {
        format!("{CANARY}-{}", self.site().rotations)
    }

    fn rotate(&self) {
        self.site().rotations += 1;
    }

    fn repository(&self, name: &str) -> String {
        let key: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let key = key.to_uppercase();
        self.site().projects.insert(key.clone(), Vec::new());
        key
    }

    fn nowhere(&self, repository: &str) -> String {
        format!("{repository}NOT")
    }

    fn declared(&self, endpoint: Value) -> Value {
        json!({"endpoint": endpoint, "siteUrl": "https://shop.atlassian.net"})
    }

    fn searches(&self) -> bool {
        true
    }

    fn patience(&self) -> TimeDelta {
        TimeDelta::seconds(301)
    }

    fn issues(&self, repository: &str) -> Vec<Shown> {
        self.site().projects.get(repository).expect("the project is there").iter().map(shown).collect()
    }

    fn close(&self, repository: &str, number: u64, wont_fix: bool) {
        let (transition, resolution) = if wont_fix { ("31", "Won't Do") } else { ("21", "Done") };
        let fields =
            json!({"transition": {"id": transition}, "fields": {"resolution": {"name": resolution}}});
        assert_eq!(self.site().transition(repository, number, &fields).status, 204);
    }

    fn comment(&self, repository: &str, number: u64, _: &str) {
        self.site().change(repository, number, |issue| {
            issue["comments"] = json!(issue["comments"].as_u64().unwrap_or(0) + 1);
        });
    }

    /// As people edit in a browser: what they leave standing stays as it is.
    fn rewrite(&self, repository: &str, number: u64, title: &str, body: &str) {
        self.site().change(repository, number, |issue| {
            issue["fields"]["summary"] = json!(title);
            let before = shown_text(&issue["fields"]["description"]);
            let line = |text: &str| {
                let text = text.trim();
                let line = json!({"type": "paragraph", "content": [{"type": "text", "text": text}]});
                (!text.is_empty()).then_some(line)
            };
            let kept = issue["fields"]["description"]["content"].as_array().cloned().unwrap_or_default();
            let content: Vec<Value> = match body.split_once(&before).filter(|_| !before.is_empty()) {
                Some((first, last)) => line(first).into_iter().chain(kept).chain(line(last)).collect(),
                None => line(body).into_iter().collect(),
            };
            issue["fields"]["description"] = json!({"type": "doc", "version": 1, "content": content});
        });
    }

    fn label(&self, repository: &str, number: u64, label: &str) {
        self.site().change(repository, number, |issue| {
            issue["fields"]["labels"].as_array_mut().expect("a list").push(json!(label));
        });
    }

    /// With the text and the property of another issue, if it is its text.
    fn open(&self, repository: &str, title: &str, body: &str, labels: &[&str]) {
        let mut site = self.site();
        let issues = site.projects.get(repository).expect("the project is there");
        let same = issues.iter().find(|issue| shown_text(&issue["fields"]["description"]) == body);
        let plain = json!({"type": "doc", "version": 1,
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": body}]}]});
        let text = same.map_or(plain, |issue| issue["fields"]["description"].clone());
        let properties = same.map_or(json!({}), |issue| issue["properties"].clone());
        site.make(repository, title, text, json!(labels), properties);
    }

    fn judge(&self) {
        self.description.judge();
    }
}

fn shown(issue: &Value) -> Shown {
    let fields = &issue["fields"];
    let labels = fields["labels"].as_array().into_iter().flatten();
    let key = issue["key"].as_str().unwrap_or_default();
    Shown {
        number: key.rsplit('-').next().and_then(|text| text.parse().ok()).expect("a number"),
        open: fields["status"]["statusCategory"]["key"] != "done",
        title: fields["summary"].as_str().unwrap_or_default().to_string(),
        body: shown_text(&fields["description"]),
        labels: labels.map(|label| label.as_str().unwrap_or_default().to_string()).collect(),
        comments: issue["comments"].as_u64().unwrap_or(0),
    }
}
