//! The real Unleash as a stand. The governor is a user of its own with a personal access token; the
//! person who makes and edits flags is another.

use super::lab::Lab;
use super::stand::{CANARY, Stand};
use super::wire::{self, Reply, Request};
use flyball::edge::http::header::Header;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Mutex;

const PROJECT: &str = "/api/admin/projects/default/features";
const ENVIRONMENT: &str = "production";

/// The server.
pub struct Server {
    lab: Lab,
    person: String,
    /// Session of the governor's user, which may make and revoke its tokens.
    session: String,
    /// Id and text of the token that is valid now.
    token: Mutex<(i64, String)>,
}

impl Server {
    pub fn start() -> Self {
        let person = format!("*:*.person-{CANARY}");
        let lab = Lab::up(&person, &client());
        let address = lab.address;
        let user =
            json!({"username": "flyball", "password": "Fly-ball-4711", "rootRole": 2, "sendEmail": false});
        let made = call(address, &person, "POST", "/api/admin/user-admin", Some(user));
        assert_eq!(made.status, 201, "{:?}", made.json());
        let login = json!({"username": "flyball", "password": "Fly-ball-4711"});
        let entered =
            wire::ask(address, &Request::json("POST", "/auth/simple/login", &login)).expect("an answer");
        let cookie =
            entered.header("set-cookie").unwrap_or_else(|| panic!("no session: {:?}", entered.json()));
        let session = cookie.split(';').next().expect("a cookie").to_string();
        let token = Mutex::new(issue(address, &session, "first"));
        Self { lab, person, session, token }
    }

    fn person(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let reply = call(self.lab.address, &self.person, method, path, body);
        assert!(reply.status < 400, "{method} {path}: {} {:?}", reply.status, reply.json());
        reply
    }
}

/// The token of an application in the environment.
fn client() -> String {
    format!("default:{ENVIRONMENT}.client-{CANARY}")
}

impl Stand for Server {
    fn name(&self) -> &'static str {
        "unleash"
    }

    fn proved(&self) -> &'static str {
        "real server"
    }

    fn address(&self) -> SocketAddr {
        self.lab.address
    }

    fn spec(&self, url: &str) -> Value {
        json!({"unleash": {
            "endpoint": {
                "url": url, "allowAddresses": ["Loopback"], "auth": {"bearer": {"secretRef": {"name": "unleash"}}},
            },
            "environment": ENVIRONMENT,
        }})
    }

    fn clients(&self) -> Option<(Value, String)> {
        let url = format!("http://{}", self.lab.address);
        let auth = json!({"bearer": {"secretRef": {"name": "unleash-client"}}});
        Some((json!({"client": {"url": url, "allowAddresses": ["Loopback"], "auth": auth}}), client()))
    }

    fn header(&self, token: &str) -> Header {
        Header::new("token", "Authorization", token).expect("a token is a header")
    }

    fn token(&self) -> String {
        self.token.lock().expect("no holder panics").1.clone()
    }

    fn rotate(&self) {
        let mut token = self.token.lock().expect("no holder panics");
        let next = issue(self.lab.address, &self.session, "next");
        let path = format!("/api/admin/user/tokens/{}", token.0);
        let gone = wire::ask(self.lab.address, &Request::new("DELETE", &path).with("cookie", &self.session));
        assert!(gone.expect("an answer").status < 300);
        *token = next;
    }

    fn create(&self, key: &str) {
        self.person("POST", PROJECT, Some(json!({"name": key, "type": "release"})));
        let strategy = json!({"name": "flexibleRollout", "constraints": [],
            "parameters": {"rollout": "50", "stickiness": "default", "groupId": key}});
        let here = format!("{PROJECT}/{key}/environments/{ENVIRONMENT}");
        self.person("POST", &format!("{here}/strategies"), Some(strategy));
        self.person("POST", &format!("{here}/on"), None);
    }

    fn delete(&self, key: &str) {
        self.person("DELETE", &format!("{PROJECT}/{key}"), None);
        self.person("DELETE", &format!("/api/admin/archive/{key}"), None);
    }

    fn edit(&self, key: &str) {
        let strategy = json!({"name": "default", "constraints": [], "parameters": {}});
        let path = format!("{PROJECT}/{key}/environments/{ENVIRONMENT}/strategies");
        self.person("POST", &path, Some(strategy));
    }

    fn content(&self, key: &str) -> String {
        let reply = self.person("GET", &format!("{PROJECT}/{key}/environments/{ENVIRONMENT}"), None).json();
        let strategies = reply["strategies"].as_array().cloned().unwrap_or_default();
        let each = strategies.iter().map(|strategy| {
            let rollout = strategy["parameters"]["rollout"].as_str().unwrap_or("-");
            format!("{} {rollout}", strategy["name"])
        });
        format!("{} {:?}", reply["enabled"], each.collect::<Vec<_>>())
    }
}

fn issue(address: SocketAddr, session: &str, description: &str) -> (i64, String) {
    let body = json!({"description": description, "expiresAt": "2099-01-01T00:00:00.000Z"});
    let request = Request::json("POST", "/api/admin/user/tokens", &body).with("cookie", session);
    let reply = wire::ask(address, &request).expect("an answer").json();
    let id = reply["id"].as_i64().unwrap_or_else(|| panic!("no token: {reply}"));
    (id, reply["secret"].as_str().expect("a secret").to_string())
}

fn call(address: SocketAddr, token: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
    let request = match &body {
        Some(body) => Request::json(method, path, body),
        None => Request::new(method, path),
    };
    wire::ask(address, &request.with("authorization", token)).expect("an answer")
}
