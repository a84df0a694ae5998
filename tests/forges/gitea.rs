//! A real Gitea on SQLite, with two people in it: anna, whose repositories they are, and the governor's
//! own user, whom she lets write there.

use super::stand::{CANARY, Shown, Stand};
use crate::live::process::{Process, folder_for_now, free_port};
use crate::live::tools::find;
use crate::live::wait::until;
use crate::servers::wire::{self, Reply, Request};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// A running Gitea.
pub struct Server {
    address: SocketAddr,
    program: PathBuf,
    folder: PathBuf,
    anna: String,
    /// The governor's tokens so far; the last one is valid.
    tokens: Mutex<Vec<String>>,
    _process: Process,
}

impl Server {
    pub fn start() -> Self {
        let program = find("FLYBALL_GITEA").unwrap_or_else(|sentence| panic!("{sentence}"));
        let folder = folder_for_now();
        let port = free_port();
        std::fs::write(folder.join("app.ini"), config(&folder, port)).expect("a file can be written");
        let mut web = command(&program, &folder);
        web.arg("web");
        let mut process = Process::start("gitea", &folder.join("gitea.log"), &mut web);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        until("Gitea is well", 120, || {
            assert!(process.ended().is_none(), "it ended: {}", process.last_words());
            match wire::ask(address, &Request::get("/api/healthz")) {
                Some(reply) if reply.status == 200 => Ok(()),
                other => Err(format!("{other:?}: {}", process.last_words())),
            }
        });
        for (name, admin) in [("anna", true), ("flyball", false)] {
            let mail = format!("{name}@example.com");
            let mut create = command(&program, &folder);
            create.args(["admin", "user", "create", "--username", name, "--email", &mail]);
            create.args(["--password", &format!("{CANARY}-long-enough"), "--must-change-password=false"]);
            if admin {
                create.arg("--admin");
            }
            run(&mut create);
        }
        let anna = token(&program, &folder, "anna", "people");
        let first = token(&program, &folder, "flyball", "token-0");
        let tokens = Mutex::new(vec![first]);
        Self { address, program, folder, anna, tokens, _process: process }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let reply = self.said(method, path, body);
        assert!(
            reply.status < 300,
            "{method} {path}: {} {}",
            reply.status,
            String::from_utf8_lossy(&reply.body)
        );
        reply.json()
    }

    fn said(&self, method: &str, path: &str, body: &Value) -> Reply {
        let request = Request::json(method, &format!("/api/v1{path}"), body);
        let request = request.with("authorization", &format!("token {}", self.anna));
        wire::ask(self.address, &request).expect("Gitea answers")
    }

    fn named(&self, repository: &str, names: &[&str]) -> Vec<Value> {
        let all = self.ask("GET", &format!("/repos/{repository}/labels?limit=50"), &Value::Null);
        let known =
            |name: &str| all.as_array().into_iter().flatten().find(|label| label["name"] == name).cloned();
        let made = |name: &str| {
            self.ask(
                "POST",
                &format!("/repos/{repository}/labels"),
                &json!({"name": name, "color": "#00aabb"}),
            )
        };
        names.iter().map(|name| known(name).unwrap_or_else(|| made(name))["id"].clone()).collect()
    }
}

impl Stand for Server {
    fn name(&self) -> &'static str {
        "gitea"
    }

    fn proved(&self) -> &'static str {
        "real 1.26.0"
    }

    fn guards_texts(&self) -> bool {
        true
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn token(&self) -> String {
        self.tokens.lock().expect("no panics").last().expect("there is one").clone()
    }

    fn rotate(&self) {
        let mut tokens = self.tokens.lock().expect("no panics");
        let last = tokens.len() - 1;
        let next = token(&self.program, &self.folder, "flyball", &format!("token-{}", last + 1));
        // Only the person himself may delete tokens, with his password.
        let pair = format!("flyball:{CANARY}-long-enough");
        let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair);
        let path = format!("/api/v1/users/flyball/tokens/token-{last}");
        let request = Request::new("DELETE", &path).with("authorization", &format!("Basic {basic}"));
        let reply = wire::ask(self.address, &request).expect("Gitea answers");
        assert_eq!(reply.status, 204, "{}", String::from_utf8_lossy(&reply.body));
        tokens.push(next);
    }

    fn repository(&self, name: &str) -> String {
        self.ask("POST", "/user/repos", &json!({"name": name}));
        let path = format!("/repos/anna/{name}/collaborators/flyball");
        self.ask("PUT", &path, &json!({"permission": "write"}));
        format!("anna/{name}")
    }

    fn issues(&self, repository: &str) -> Vec<Shown> {
        let all = self.ask(
            "GET",
            &format!("/repos/{repository}/issues?state=all&type=issues&limit=50"),
            &Value::Null,
        );
        let mut all: Vec<Shown> = all.as_array().into_iter().flatten().map(shown).collect();
        all.sort_by_key(|issue| issue.number);
        all
    }

    fn close(&self, repository: &str, number: u64, wont_fix: bool) {
        if wont_fix {
            self.label(repository, number, "wontfix");
        }
        self.ask("PATCH", &format!("/repos/{repository}/issues/{number}"), &json!({"state": "closed"}));
    }

    fn comment(&self, repository: &str, number: u64, text: &str) {
        self.ask("POST", &format!("/repos/{repository}/issues/{number}/comments"), &json!({"body": text}));
    }

    fn rewrite(&self, repository: &str, number: u64, title: &str, body: &str) {
        let change = json!({"title": title, "body": body});
        let path = format!("/repos/{repository}/issues/{number}");
        // Whoever is told that somebody else was quicker saves once more.
        let mut replies = (0..20).map(|_| self.said("PATCH", &path, &change));
        let reply = replies.find(|reply| reply.status != 409).expect("somebody else is not always quicker");
        assert!(reply.status < 300, "{path}: {}", reply.status);
    }

    fn label(&self, repository: &str, number: u64, label: &str) {
        let labels = self.named(repository, &[label]);
        self.ask("POST", &format!("/repos/{repository}/issues/{number}/labels"), &json!({"labels": labels}));
    }

    fn open(&self, repository: &str, title: &str, body: &str, labels: &[&str]) {
        let labels = self.named(repository, labels);
        let draft = json!({"title": title, "body": body, "labels": labels});
        self.ask("POST", &format!("/repos/{repository}/issues"), &draft);
    }

    fn limits(&self) -> Vec<Reply> {
        vec![Reply::new(429, "{}").with("retry-after", "60"), Reply::new(429, "{}")]
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

fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--config").arg(folder.join("app.ini")).current_dir(folder).env("HOME", folder);
    command.env("GITEA_WORK_DIR", folder).env("USER", "root");
    command
}

fn run(command: &mut Command) -> String {
    let done = command.output().expect("Gitea can be run");
    let (said, erred) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}{erred}");
    said.trim().to_string()
}

fn token(program: &Path, folder: &Path, user: &str, name: &str) -> String {
    let mut generate = command(program, folder);
    generate.args(["admin", "user", "generate-access-token", "--username", user, "--token-name", name]);
    generate.args(["--scopes", "all", "--raw"]);
    let said = run(&mut generate);
    said.lines().last().unwrap_or_default().trim().to_string()
}

fn config(folder: &Path, port: u16) -> String {
    let root = folder.display();
    let pages = find_root();
    format!(
        "APP_NAME = Issues\nRUN_MODE = prod\nRUN_USER = root\nI_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true\nWORK_PATH = {root}\n\
         [server]\nHTTP_ADDR = 127.0.0.1\nHTTP_PORT = {port}\nROOT_URL = http://127.0.0.1:{port}/\nSTATIC_ROOT_PATH = {pages}\nDISABLE_SSH = true\nOFFLINE_MODE = true\n\
         [database]\nDB_TYPE = sqlite3\nPATH = {root}/gitea.db\n\
         [security]\nINSTALL_LOCK = true\nPASSWORD_HASH_ALGO = pbkdf2_v2\n\
         [repository]\nROOT = {root}/repositories\nDEFAULT_BRANCH = main\n\
         [log]\nMODE = console\nLEVEL = Warn\n[indexer]\nISSUE_INDEXER_TYPE = db\n[mailer]\nENABLED = false\n[session]\nPROVIDER = memory\n[cron]\nENABLED = false\n[actions]\nENABLED = false\n"
    )
}

/// The folder with its pages, beside the program.
fn find_root() -> String {
    let program = find("FLYBALL_GITEA").unwrap_or_else(|sentence| panic!("{sentence}"));
    let version =
        program.file_name().and_then(|name| name.to_str()).expect("the program has a name").to_string();
    let bin = program.parent().and_then(Path::parent).expect("it lies in the cache");
    bin.join(version).display().to_string()
}
