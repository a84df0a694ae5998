//! What a site of Jira keeps and answers: projects with issues, their workflow, and a search whose index
//! can be kept from learning.

use crate::servers::wire::{Reply, Request};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use url::form_urlencoded;

/// Issues of a page of the search, whatever is asked for: it may give fewer.
const PAGE: usize = 2;

#[derive(Default)]
pub struct Site {
    pub projects: BTreeMap<String, Vec<Value>>,
    pub rotations: u32,
    /// The index learns nothing.
    pub frozen: bool,
    /// Projects without a way back from Done.
    pub one_way: BTreeSet<String>,
    /// Issues as the search knows them, by id.
    index: BTreeMap<u64, Value>,
    made: u64,
}

impl Site {
    pub fn answer(&mut self, request: &Request, body: &Value) -> Reply {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let Some(rest) = path.strip_prefix("/rest/api/3/") else { return errors(404, "no such path") };
        let parts: Vec<&str> = rest.split('/').collect();
        match (request.method.as_str(), &parts[..]) {
            ("GET", ["myself"]) => Reply::new(200, json!({"accountId": "5b10"}).to_string()),
            ("GET", ["project", key]) => match self.projects.contains_key(*key) {
                true => Reply::new(200, json!({"key": key}).to_string()),
                false => errors(404, "No project could be found with that key."),
            },
            ("GET", ["search", "jql"]) => self.search(&query),
            ("POST", ["issue"]) => self.create(body),
            (method, ["issue", key, rest @ ..]) => {
                let Some((project, number)) = self.locate(key) else { return missing() };
                match (method, rest) {
                    ("GET", []) => {
                        let found = self.issue(&project, number).cloned();
                        found.map_or_else(missing, |issue| {
                            Reply::new(200, self.told(&issue, &query).to_string())
                        })
                    }
                    ("PUT", []) => self.update(&project, number, body),
                    ("GET", ["transitions"]) => {
                        let fields =
                            of(&query, "expand").is_some_and(|expand| expand.contains("transitions.fields"));
                        let found = self.issue(&project, number).cloned();
                        let ways = found.map(|issue| self.ways(&issue, fields));
                        ways.map_or_else(missing, |ways| {
                            Reply::new(200, json!({"transitions": ways}).to_string())
                        })
                    }
                    ("POST", ["transitions"]) => self.transition(&project, number, body),
                    _ => missing(),
                }
            }
            _ => missing(),
        }
    }

    pub fn thaw(&mut self) {
        self.frozen = false;
        for issue in self.projects.values().flatten() {
            self.index.insert(id(issue), issue.clone());
        }
    }

    pub fn make(
        &mut self,
        project: &str,
        title: &str,
        text: Value,
        labels: Value,
        properties: Value,
    ) -> Value {
        self.made += 1;
        let number = self.projects.get(project).map_or(0, Vec::len) + 1;
        let issue = json!({
            "id": (10_000 + self.made).to_string(), "key": format!("{project}-{number}"),
            "fields": {"summary": title, "description": text, "labels": labels, "resolution": null, "resolutiondate": null,
                "status": status("To Do", "new"), "statuscategorychangedate": now()},
            "properties": properties, "comments": 0,
        });
        self.projects.entry(project.to_string()).or_default().push(issue.clone());
        self.learn(&issue);
        issue
    }

    pub fn change(&mut self, project: &str, number: u64, change: impl FnOnce(&mut Value)) {
        let issues = self.projects.get_mut(project).expect("the project is there");
        let issue = issues.get_mut(number as usize - 1).expect("the issue is there");
        change(issue);
        let issue = issue.clone();
        self.learn(&issue);
    }

    pub fn transition(&mut self, project: &str, number: u64, body: &Value) -> Reply {
        let Some(issue) = self.issue(project, number).cloned() else { return missing() };
        let ways = self.ways(&issue, true);
        let Some(way) = ways.iter().find(|way| way["id"] == body["transition"]["id"]) else {
            return errors(
                400,
                "It seems that you have tried to perform a workflow operation that is not valid.",
            );
        };
        let resolution = &body["fields"]["resolution"];
        let asked = &way["fields"]["resolution"];
        let allowed = asked["allowedValues"].as_array().into_iter().flatten();
        if asked["required"] == true && !allowed.clone().any(|one| one["name"] == resolution["name"]) {
            return errors(400, "Resolution is required.");
        }
        let done = way["to"]["statusCategory"]["key"] == "done";
        self.change(project, number, |issue| {
            let fields = &mut issue["fields"];
            fields["status"] = way["to"].clone();
            fields["statuscategorychangedate"] = json!(now());
            fields["resolution"] = if done { resolution.clone() } else { Value::Null };
            fields["resolutiondate"] = if done { json!(now()) } else { Value::Null };
        });
        Reply::new(204, "")
    }

    fn create(&mut self, body: &Value) -> Reply {
        let fields = &body["fields"];
        let project = fields["project"]["key"].as_str().unwrap_or_default().to_string();
        if !self.projects.contains_key(&project) || fields["issuetype"]["name"] != "Task" {
            return errors(400, "Specify a valid project ID or key, and a type of issue");
        }
        let properties = properties(&body["properties"], json!({}));
        let title = fields["summary"].as_str().unwrap_or_default();
        let issue =
            self.make(&project, title, fields["description"].clone(), fields["labels"].clone(), properties);
        Reply::new(201, json!({"id": issue["id"], "key": issue["key"], "self": "https://"}).to_string())
    }

    fn update(&mut self, project: &str, number: u64, body: &Value) -> Reply {
        if self.issue(project, number).is_none() {
            return missing();
        }
        self.change(project, number, |issue| {
            for (name, value) in body["fields"].as_object().into_iter().flatten() {
                issue["fields"][name] = value.clone();
            }
            issue["properties"] = properties(&body["properties"], issue["properties"].take());
        });
        Reply::new(204, "")
    }

    fn search(&self, query: &[(String, String)]) -> Reply {
        let jql = of(query, "jql").unwrap_or_default();
        let words: Vec<&str> = jql.split('"').collect();
        let ["project = ", project, " AND labels = ", label, " ORDER BY created ASC"] = words[..] else {
            return errors(400, "Error in the JQL Query");
        };
        let Some(issues) = self.projects.get(project) else {
            return errors(400, &format!("The value '{project}' does not exist for the field 'project'."));
        };
        let named = query.iter().filter(|(name, _)| name == "reconcileIssues");
        let named: BTreeSet<u64> = named.filter_map(|(_, value)| value.parse().ok()).collect();
        let as_known = |issue: &&Value| match named.contains(&id(issue)) {
            true => Some((*issue).clone()),
            false => self.index.get(&id(issue)).cloned(),
        };
        let carries = |issue: &Value| {
            issue["fields"]["labels"].as_array().into_iter().flatten().any(|own| *own == label)
        };
        let found: Vec<Value> = issues.iter().filter_map(|issue| as_known(&issue)).filter(carries).collect();
        let from: usize =
            of(query, "nextPageToken").and_then(|token| token.strip_prefix("at-")?.parse().ok()).unwrap_or(0);
        let page: Vec<Value> =
            found.iter().skip(from).take(PAGE).map(|issue| self.told(issue, query)).collect();
        let last = from + PAGE >= found.len();
        let mut reply = json!({"issues": page, "isLast": last});
        if !last {
            reply["nextPageToken"] = json!(format!("at-{}", from + PAGE));
        }
        Reply::new(200, reply.to_string())
    }

    /// An issue with what was asked for, and nothing else.
    fn told(&self, issue: &Value, query: &[(String, String)]) -> Value {
        let list = |name: &str| of(query, name).unwrap_or_default();
        let fields = list("fields");
        let fields = fields.split(',').map(|name| (name.to_string(), issue["fields"][name].clone()));
        let mut told = json!({"id": issue["id"], "key": issue["key"], "fields": fields.collect::<serde_json::Map<_, _>>()});
        if list("properties") == "flyball" {
            told["properties"] = issue["properties"].clone();
        }
        if list("expand").split(',').any(|one| one == "transitions") {
            told["transitions"] = Value::Array(self.ways(issue, false));
        }
        told
    }

    /// Where an issue may go from where it is.
    fn ways(&self, issue: &Value, fields: bool) -> Vec<Value> {
        let resolutions: Vec<Value> =
            ["Won't Do", "Duplicate", "Done"].iter().map(|name| json!({"name": name})).collect();
        let screen =
            json!({"resolution": {"required": true, "name": "Resolution", "allowedValues": resolutions}});
        let way = |number: &str, name: &str, to: Value, asks: bool| {
            let mut way = json!({"id": number, "name": name, "to": to});
            if fields {
                way["fields"] = if asks { screen.clone() } else { json!({}) };
            }
            way
        };
        let project = issue["key"].as_str().and_then(|key| key.split('-').next()).unwrap_or_default();
        if issue["fields"]["status"]["statusCategory"]["key"] != "done" {
            return vec![
                way("31", "Decline", status("Won't Do", "done"), true),
                way("11", "Start", status("In Progress", "indeterminate"), false),
                way("21", "Finish", status("Done", "done"), true),
            ];
        }
        match self.one_way.contains(project) {
            true => Vec::new(),
            false => vec![way("41", "Reopen", status("To Do", "new"), false)],
        }
    }

    fn locate(&self, key: &str) -> Option<(String, u64)> {
        let (project, number) = key.rsplit_once('-')?;
        Some((project.to_string(), number.parse().ok()?))
    }

    fn issue(&self, project: &str, number: u64) -> Option<&Value> {
        self.projects.get(project)?.get((number as usize).checked_sub(1)?)
    }

    fn learn(&mut self, issue: &Value) {
        if !self.frozen {
            self.index.insert(id(issue), issue.clone());
        }
    }
}

/// What a document shows, near enough to Markdown to be compared.
pub fn shown_text(node: &Value) -> String {
    let children = || node["content"].as_array().into_iter().flatten();
    match node["type"].as_str().unwrap_or_default() {
        "text" => {
            let text = node["text"].as_str().unwrap_or_default();
            let has =
                |mark: &str| node["marks"].as_array().into_iter().flatten().any(|own| own["type"] == mark);
            if has("code") { format!("`{text}`") } else { text.replace('<', "\\<") }
        }
        "paragraph" | "heading" | "codeBlock" => children().map(shown_text).collect(),
        "rule" => "---".to_string(),
        "tableRow" => children().map(shown_text).collect::<Vec<_>>().join(" | "),
        _ => children().map(shown_text).collect::<Vec<_>>().join("\n"),
    }
}

fn properties(written: &Value, mut known: Value) -> Value {
    for property in written.as_array().into_iter().flatten() {
        known[property["key"].as_str().unwrap_or_default()] = property["value"].clone();
    }
    known
}

fn status(name: &str, category: &str) -> Value {
    json!({"name": name, "statusCategory": {"key": category}})
}

fn now() -> String {
    chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

fn id(issue: &Value) -> u64 {
    issue["id"].as_str().and_then(|text| text.parse().ok()).expect("a number")
}

fn of(query: &[(String, String)], name: &str) -> Option<String> {
    query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

fn errors(status: u16, message: &str) -> Reply {
    Reply::new(status, json!({"errorMessages": [message], "errors": {}}).to_string())
}

fn missing() -> Reply {
    errors(404, "Issue does not exist or you do not have permission to see it.")
}
