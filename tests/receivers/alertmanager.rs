//! A real Alertmanager, whose one route leads to a pager of these tests.

use super::stand::{Provided, Stand, message, now, runtime, told};
use crate::letters::lives;
use crate::live::process::{Process, folder_for_now, free_port};
use crate::live::tools::find;
use crate::live::wait::until;
use crate::servers::wire::{self, Reply, Request};
use flyball::domain::model::message::Message;
use flyball::domain::model::news::Event;
use flyball::edge::notify::declared::Keys;
use flyball::edge::notify::letter::Letter;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The real thing.
pub struct Server {
    address: SocketAddr,
    pages: Pages,
    _process: Process,
}

/// What the pager was told: alerts as Alertmanager routed them.
#[derive(Clone, Default)]
pub struct Pages(Arc<Mutex<Vec<Value>>>);

impl Pages {
    /// The states of the alerts of this name and service, in the order in which they were told.
    fn of(&self, alert: &str, service: &str) -> Vec<String> {
        let pages = self.0.lock().expect("no panics");
        let alerts = pages.iter().flat_map(|page| page["alerts"].as_array().cloned().unwrap_or_default());
        let ours = alerts
            .filter(|it| it["labels"]["alertname"] == alert && it["labels"]["service"] == service)
            .map(|it| it["status"].as_str().unwrap_or_default().to_string());
        ours.collect()
    }
}

impl Server {
    pub fn start() -> Self {
        let program = find("FLYBALL_ALERTMANAGER").unwrap_or_else(|sentence| panic!("{sentence}"));
        let pages = Pages::default();
        let kept = pages.clone();
        let pager = wire::serve(move |request| {
            let page = serde_json::from_slice(&request.body).unwrap_or_default();
            kept.0.lock().expect("no panics").push(page);
            Some(Reply::new(200, ""))
        });
        let folder = folder_for_now();
        let config = json!({
            "route": {
                "receiver": "pager", "group_by": ["alertname", "service"],
                "group_wait": "100ms", "group_interval": "1s", "repeat_interval": "1h",
            },
            "receivers": [{"name": "pager", "webhook_configs": [
                {"url": format!("http://{pager}/"), "send_resolved": true},
            ]}],
        });
        let file = folder.join("alertmanager.yml");
        std::fs::write(&file, config.to_string()).expect("a file can be written");
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut command = Command::new(program);
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=");
        let mut process = Process::start("alertmanager", &folder.join("log"), &mut command);
        until("Alertmanager is ready", 60, || {
            assert!(process.ended().is_none(), "it ended: {}", process.last_words());
            match wire::ask(address, &Request::get("/-/ready")) {
                Some(reply) if reply.status == 200 => Ok(()),
                other => Err(format!("{other:?}")),
            }
        });
        Self { address, pages, _process: process }
    }

    pub fn reached(&self) -> Pages {
        self.pages.clone()
    }
}

impl Stand for Server {
    fn name(&self) -> &'static str {
        "`alertmanager`"
    }

    fn proved(&self) -> &'static str {
        "Alertmanager 0.25"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn spec(&self, base: &str) -> Value {
        json!({"alertmanager": {"url": base}})
    }

    fn keys(&self, _: &str) -> Keys {
        Keys::default()
    }

    fn strange_keys(&self, _: &str) -> Keys {
        Keys::default()
    }

    fn rotate(&self) {}

    fn taken(&self) -> Vec<(String, String)> {
        listed(self).into_iter().map(|alert| ("/api/v2/alerts".to_string(), alert.to_string())).collect()
    }

    fn no_in_the_body(&self) -> Option<Reply> {
        None
    }

    fn too_much(&self) -> (Reply, Duration) {
        (Reply::new(429, "").with("Retry-After", "7"), Duration::from_secs(7))
    }

    fn merges(&self) -> bool {
        true
    }

    fn has_secrets(&self) -> bool {
        false
    }
}

/// The alerts that fire, as Alertmanager lists them.
fn listed(stand: &dyn Stand) -> Vec<Value> {
    let reply = wire::ask(stand.address(), &Request::get("/api/v2/alerts")).expect("it answers");
    reply.json().as_array().cloned().unwrap_or_default()
}

/// A life under the name of a service of its own.
fn renamed(mut letters: Vec<Letter>, service: &str) -> Vec<Letter> {
    for letter in &mut letters {
        let Letter::Life(life) = letter else { continue };
        life.episode.key.service.service = service.to_string();
        life.episode.name = format!("{service}-strong-check-0123456789");
    }
    letters
}

fn example(name: &str, service: &str) -> Vec<Letter> {
    let found = lives::all().into_iter().find(|(known, _)| known == name);
    renamed(found.unwrap_or_else(|| panic!("no example {name}")).1, service)
}

/// The same, which happened just now.
fn today(mut letters: Vec<Letter>) -> Vec<Letter> {
    for letter in &mut letters {
        let Letter::Life(life) = letter else { continue };
        life.owed.what.at = now();
        life.past.iter_mut().for_each(|(_, at)| *at = now() - chrono::TimeDelta::minutes(1));
    }
    letters
}

fn await_listed(stand: &dyn Stand, alert: &str, service: &str, yes: bool) {
    until(&format!("{alert} of {service} is listed: {yes}"), 30, || {
        let all = listed(stand);
        let ours = |it: &&Value| it["labels"]["alertname"] == alert && it["labels"]["service"] == service;
        match all.iter().any(|it| ours(&it)) == yes {
            true => Ok(()),
            false => Err(json!(all).to_string()),
        }
    });
}

fn await_paged(pages: &Pages, alert: &str, service: &str, expected: &[&str]) {
    until(&format!("the pager hears {expected:?} of {alert}"), 60, || match pages.of(alert, service) {
        found if found == expected => Ok(()),
        found => Err(format!("{found:?}")),
    });
}

pub fn an_alert_fires_and_resolves(stand: &'static dyn Stand, pages: &Pages) {
    let provided = Provided::open(stand);
    provided.tell(&today(renamed(lives::cut(), "fires"))).expect("it is taken");
    await_listed(stand, "FlyballActed", "fires", true);
    await_paged(pages, "FlyballActed", "fires", &["firing"]);
    // Told again, it is the same alert.
    provided.tell(&today(renamed(lives::cut(), "fires"))).expect("it is taken");
    provided.tell(&today(example("Restored", "fires"))).expect("it is taken");
    await_listed(stand, "FlyballActed", "fires", false);
    await_paged(pages, "FlyballActed", "fires", &["firing", "resolved"]);
}

pub fn an_alert_that_is_not_sent_again_resolves_itself(stand: &'static dyn Stand, pages: &Pages) {
    let provided = Provided::open(stand);
    let letters = today(renamed(lives::cut(), "left"));
    // As if it had been sent so long ago that it has three seconds left.
    let long_ago = now() - chrono::TimeDelta::minutes(5) + chrono::TimeDelta::seconds(3);
    let standing: Vec<Message> = vec![message(&letters)];
    told(runtime().block_on(provided.receiver.remind(long_ago, &standing))).expect("it is taken");
    await_paged(pages, "FlyballActed", "left", &["firing", "resolved"]);
}

pub fn a_bad_end_is_an_alert_of_its_own(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    provided.tell(&today(renamed(lives::cut(), "taken"))).expect("it is taken");
    await_listed(stand, "FlyballActed", "taken", true);
    let end = today(example("Superseded", "taken"));
    assert_eq!(lives::event(&end), Event::Superseded);
    provided.tell(&end).expect("it is taken");
    await_listed(stand, "FlyballActed", "taken", false);
    await_listed(stand, "FlyballSuperseded", "taken", true);
}
