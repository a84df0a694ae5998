//! `kubectl flyball` as people run it: the real kubectl finds the program by its name on the PATH.
//!
//! One Decision is asked about, approved, explained, and released against its policy; the next one is denied and
//! the lock-out lifted. Judged by the objects that the API server has, not by what the plugin says of itself.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::{LABS, Rig};
use crate::live::policy::Terms;
use crate::live::stage::Part;
use crate::live::stored::Decision;
use crate::live::tools::find;
use crate::live::wait::{throughout, until};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// A person with a kubeconfig and the plugin on the PATH.
struct Person {
    kubectl: PathBuf,
    kubeconfig: PathBuf,
    path: String,
    folder: PathBuf,
}

/// What a command said.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Person {
    fn at(rig: &Rig) -> Self {
        let program = std::path::absolute(&rig.tools.flyball).expect("the program's path");
        let folder = rig.folder.join("person");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let link = folder.join("kubectl-flyball");
        if !link.exists() {
            std::os::unix::fs::symlink(program, link).expect("a link can be made");
        }
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let kubectl = find("FLYBALL_KUBECTL").expect("kubectl is there, or the control plane would not be");
        Self { kubectl, kubeconfig: rig.plane.folder.join("kubeconfig"), path, folder }
    }

    fn says(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(&self.kubectl);
        command.arg("flyball").args(arguments);
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .env("PATH", &self.path)
            .env("XDG_CACHE_HOME", &self.folder);
        let output = command.output().expect("kubectl can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// What a command that goes well prints.
    fn does(&self, arguments: &[&str]) -> String {
        let said = self.says(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
        assert!(!said.out.contains('\u{1b}'), "colour although it is no terminal: {said:?}");
        said.out
    }

    fn reads(&self, arguments: &[&str]) -> Value {
        let text = self.does(&[arguments, &["-o", "json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }
}

pub fn run(rig: &Rig, part: &Part) {
    let person = Person::at(rig);
    let lab = Lab::open(rig.plane, "plugin", &Terms { mode: "Approve", ..Terms::default() });
    lab.await_condition("Accepted", "True");
    before_an_incident(rig, &person);
    part.incident_begins();
    approved_and_released(rig, &person, &lab);
    denied_and_unlatched(&person, &lab);
    part.incident_ends();
}

fn before_an_incident(rig: &Rig, person: &Person) {
    let nothing = person.does(&["history", "-n", "plugin"]);
    assert!(nothing.contains("no Decisions"), "{nothing}");
    let unknown = person.does(&["explain", "nobody", "-n", "plugin"]);
    assert!(unknown.contains("includes only catalog"), "{unknown}");
    let url = rig.prometheus.url();
    let drafted = person.does(&["init", "--prometheus", &url]);
    let file = person.folder.join("first.yaml");
    std::fs::write(&file, &drafted).expect("a file can be written");
    let file = file.to_str().expect("the path is text");
    let seen = format!("reject-rate: {} rows", LABS.len() + 1);
    for part in [
        "no MetricSource is written: http://127.0.0.1",
        "kind: ClusterHealthPolicy",
        "mode: Observe",
        "http_requests_total is not there",
        &seen,
    ] {
        assert!(drafted.contains(part), "{part} is not in the draft:\n{drafted}");
    }
    person.does(&["lint", "-f", file]);
    let replayed = person.does(&["simulate", "-f", file, "--since", "1m"]);
    assert!(replayed.contains("Prometheus at 127.0.0.1"), "{replayed}");
}

/// Asked, approved by a name that the server gave, held, explained, released by order; paused, it stays away.
fn approved_and_released(rig: &Rig, person: &Person, lab: &Lab) {
    let asked = await_asked(lab);
    let name = name(&asked);
    let told = person.does(&["explain", name, "-n", "plugin"]);
    for part in ["AwaitingApproval", "kubectl flyball approve", "reject-rate beyond its limit 0.15"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    person.does(&["approve", name, "-n", "plugin", "--reason", "seen it"]);
    lab.await_decision("Holding/");
    let approvals =
        lab.plane.admin.list(&address::all("DecisionApproval", "plugin")).expect("they can be listed");
    let [approval] = &approvals[..] else { panic!("one approval: {approvals:?}") };
    assert_eq!(approval["spec"]["proposalHash"], asked.0["status"]["proposalHash"]);
    assert_eq!(approval["spec"]["by"], whoami(lab.plane), "it is in the name that the server gives");
    assert_eq!(approval["metadata"]["annotations"]["flyball.dev/reason"], "seen it");

    until("the service is explained with its hold", 60, || {
        let told = person.reads(&["explain", "catalog", "-n", "plugin"]);
        let tier = &told["policies"][0]["tiers"][0];
        match (tier["phase"].as_str(), told["policies"][0]["signals"][0]["value"].as_f64()) {
            (Some("Holding"), Some(value)) if value > 0.15 => Ok(()),
            _ => Err(told.to_string()),
        }
    });
    is_drawn(rig, person);
    let history = person.does(&["history", "catalog", "-n", "plugin", "-o", "wide"]);
    assert!(history.contains(name) && history.contains("Holding"), "{history}");
    // ServiceHealth is written once a minute at most; the row is there from the first look on.
    let top = person.does(&["top", "--once", "-A"]);
    assert!(top.contains("catalog") && top.contains("governed by"), "{top}");

    let refused = person.says(&["release", name, "-n", "plugin"]);
    assert_eq!(refused.code, Some(2), "nobody was asked: {refused:?}");
    assert!(refused.err.contains("--yes"), "{refused:?}");
    lab.await_decision("Holding/");
    person.does(&["pause", "policy/rejects", "--act", "-n", "plugin"]);
    person.does(&["release", &name[..name.len() - 2], "-n", "plugin", "--yes"]);
    lab.await_document();
    // Deleting it was the order; its end is a record again.
    lab.await_decision("Ended/Released");
    throughout("a paused policy asks nobody", 3, || lab.decision().map(drop));
    until("it is explained why", 90, || {
        let told = person.does(&["explain", "catalog", "-n", "plugin"]);
        match told.contains("[Paused]") && told.contains("kubectl flyball resume policy/rejects -n plugin") {
            true => Ok(()),
            false => Err(told),
        }
    });
}

/// The past of a bad signal, as the real Prometheus has it: calm at first, then above the line of its limit, which
/// may share a row with what is calm.
fn is_drawn(rig: &Rig, person: &Person) {
    let url = rig.prometheus.url();
    let asked = [
        "explain",
        "catalog",
        "-n",
        "plugin",
        "--prometheus",
        &url,
        "--signal",
        "reject-rate",
        "--since",
        "5m",
    ];
    let told = person.does(&asked);
    assert!(!told.contains("is held at"), "flags of that key in other namespaces are others: {told}");
    let (_, chart) = told.split_once("\nreject-rate of plugin/catalog").unwrap_or_else(|| panic!("{told}"));
    assert!(chart.contains("─ limit"), "{told}");
    let rows: Vec<&str> = chart.lines().filter_map(|line| line.split_once('┤')).map(|(_, row)| row).collect();
    let limit = rows.iter().position(|row| row.contains('─')).unwrap_or_else(|| panic!("no limit: {told}"));
    let values = |rows: &[&str]| rows.iter().any(|row| row.contains('█'));
    assert!(values(&rows[..limit]) && values(&rows[limit..]), "{told}");
}

/// A no locks the tier out until a person lifts it.
fn denied_and_unlatched(person: &Person, lab: &Lab) {
    lab.forget();
    person.does(&["resume", "policy/rejects", "-n", "plugin"]);
    let asked = await_asked(lab);
    let name = name(&asked).to_string();
    person.does(&["deny", &name, "-n", "plugin"]);
    lab.await_decision("Ended/Denied");
    let again = person.says(&["approve", &name, "-n", "plugin"]);
    assert!(again.code == Some(1) && again.err.contains("not AwaitingApproval"), "{again:?}");
    let over = person.says(&["release", &name, "-n", "plugin", "--yes"]);
    assert!(over.code == Some(1) && over.err.contains("has ended (Denied)"), "{over:?}");
    let wrong = person.says(&["unlatch", "policy/rejects", "--tier", "cut", "-n", "plugin"]);
    assert!(wrong.code == Some(1) && wrong.err.contains("it has: strong-check"), "{wrong:?}");
    person.does(&["unlatch", &name, "-n", "plugin"]);
    until("it asks anew once the lock-out is lifted", 60, || {
        let all = lab.decisions()?;
        match all.iter().any(|decision| decision.phase() == "AwaitingApproval") {
            true => Ok(()),
            false => Err(format!("{all:?}")),
        }
    });
}

/// Everything at once: the Governor is paused, releases, and goes on.
pub fn stops_everything(rig: &Rig) {
    let (person, plane) = (Person::at(rig), rig.plane);
    let spec =
        || plane.admin.get(&address::one("Governor", "", "default")).expect("it is there")["spec"].clone();
    let before = spec();
    person.does(&["pause", "--all", "--act"]);
    assert_eq!(spec()["paused"], json!({"act": true}));
    let refused = person.says(&["release", "--all"]);
    assert!(refused.code == Some(2) && spec()["releaseAll"].is_null(), "{refused:?}");
    person.does(&["release", "--all", "--yes"]);
    assert_eq!(spec()["releaseAll"], true);
    let top = person.reads(&["top", "-A"]);
    let fleet = top["fleet"].to_string();
    assert!(fleet.contains("releaseAll is set") && fleet.contains("acting is paused"), "{fleet}");
    person.does(&["resume", "--all"]);
    let mut after = spec();
    if after["paused"] == json!({}) {
        after.as_object_mut().expect("a spec is a map").remove("paused");
    }
    assert_eq!(after, before, "resume --all leaves the Governor as it was");
    let context = person.says(&["top", "--context", "elsewhere"]);
    assert!(context.code == Some(1) && context.err.contains("--context elsewhere"), "{context:?}");
    assert_eq!(person.says(&["explode"]).code, Some(2));
}

fn name(decision: &Decision) -> &str {
    decision.0["metadata"]["name"].as_str().expect("it has a name")
}

/// The only Decision, asking, with the hash of what it asks.
fn await_asked(lab: &Lab) -> Decision {
    until("a person is asked", 90, || {
        let decision = lab.decision()?;
        let hash = decision.0["status"]["proposalHash"].is_string();
        if decision.phase() == "AwaitingApproval" && hash { Ok(decision) } else { Err(decision.text()) }
    })
}

/// Who the server says that the suite's person is.
fn whoami(plane: &ControlPlane) -> Value {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = plane.admin.send("POST", path, "application/json", review.to_string());
    answer.and_then(|answer| answer.ok()).expect("the server says who one is")["status"]["userInfo"]["username"].clone()
}
