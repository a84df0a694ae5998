//! A flag in a server beside the cluster, from policy to restore, with a governor that dies between a
//! write and its record, and a secret that is changed meanwhile and shown nowhere.
//!
//! The judge is the server itself.

use crate::kubernetes::address;
use crate::kubernetes::api::Api;
use crate::kubernetes::governor::Governor;
use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::Rig;
use crate::kubernetes::scenario::people::People;
use crate::live::policy::Terms;
use crate::live::stage::Scene;
use crate::live::wait::{epoch, until, until_true};
use crate::servers::front::{Fault, Front};
use crate::servers::house::House;
use crate::servers::stand::Stand;
use crate::servers::unleash::Server;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const KEY: &str = "catalog-strong-check";

pub fn run(rig: &Rig) {
    rig.ungoverned();
    let people = People::declare(rig);
    one(rig, "outer-http", &House::start(), Some(&people));
    one(rig, "outer-unleash", &Server::start(), None);
}

fn one(rig: &Rig, namespace: &'static str, stand: &dyn Stand, people: Option<&People>) {
    let (plane, front) = (rig.plane, Front::before(stand.address()));
    stand.create(KEY);
    let original = stand.content(KEY);
    plane.make_namespace(namespace);
    put_secret(rig, stand);
    let mut governor = rig.replica(namespace).up();
    declare(rig, stand, &front, None);
    let policy = Terms { namespace, ..Terms::default() }.yaml();
    let policy = if people.is_some() { People::named_in(&policy) } else { policy };
    plane.apply(
        &policy.replace("providerRef: {name: flags}", &format!("providerRef: {{name: {}}}", stand.name())),
    );
    let lab = Lab { plane, namespace, key: KEY, document: Value::Null };

    // Without `allow`, no policy of a namespace may use it.
    until("the policy says that it may not use it", 90, || {
        let policy = plane.admin.get(&lab.policy())?;
        let said = policy["status"]["conditions"].to_string();
        if said.contains("ProviderRefused") && said.contains("says no `allow`") { Ok(()) } else { Err(said) }
    });
    declare(rig, stand, &front, Some(namespace));
    if let Some(people) = people {
        people.refuses_then_allows(rig, &lab, namespace);
        people.hang();
    }
    lab.await_condition("Ready", "True");
    for (kind, name) in [("FlagProvider", stand.name()), ("MetricSource", "default")] {
        is_ready(rig, kind, name);
    }
    is_checked(rig, stand);

    // It dies after the store cut, and before it hears of that.
    front.set(Fault::HoldAnswer);
    rig.incident(true);
    until_true("the cut is under way", 120, || front.held());
    governor.kill();
    let cut = stand.content(KEY);
    assert_ne!(cut, original, "the store has done it");
    front.set(Fault::None);
    governor.start();
    governor.await_ready();
    lab.await_decision("Holding/");
    if stand.clients().is_some() {
        is_served(&lab, &governor, stand);
    }
    assert_eq!((stand.content(KEY), front.writes()), (cut, 0), "what is done is not done again");
    if let Some(people) = people {
        is_told(&lab, people, &mut governor);
    }

    // The secret is changed in the store and in the cluster; nobody restarts anything.
    let old = stand.token();
    stand.rotate();
    put_secret(rig, stand);
    let changed = epoch();
    rig.incident(false);
    until(&format!("{} has its original", stand.name()), 240, || match stand.content(KEY) {
        content if content == original => Ok(()),
        content => Err(content),
    });
    lab.await_decision("Ended/Restored");
    if let Some(people) = people {
        people.hear(&lab, 2, "【已恢复】", true);
    }
    println!("{}: given back {:.0} s after its secret was changed", stand.name(), epoch() - changed);
    assert_eq!(stand.content(KEY), original);

    let shown = everything(&plane.admin, namespace) + &read(rig, namespace) + &metrics(&governor);
    assert!(shown.contains(KEY) && shown.contains(&front.url()), "it was not looked where it would be");
    let theirs = people.map(People::secrets).unwrap_or_default();
    for secret in
        [old, stand.token()].into_iter().chain(theirs).chain(stand.clients().map(|(_, token)| token))
    {
        assert!(!shown.contains(&secret), "a secret is shown");
        assert!(!shown.contains(&STANDARD.encode(&secret)), "a secret is shown");
    }
    lab.close();
    governor.kill();
}

/// Clients were asked, and the Decision and the metrics say since when they are served the cut.
fn is_served(lab: &Lab, governor: &Governor, stand: &dyn Stand) {
    let served = until("the Decision says since when clients are served the cut", 60, || {
        let decision = lab.decision()?.0;
        let at = decision["spec"]["flags"][0]["servedAt"]
            .as_str()
            .or(decision["status"]["flags"][0]["servedAt"].as_str());
        at.map(str::to_string).ok_or(decision.to_string())
    });
    println!("{}: clients are served the cut since {served}", stand.name());
    let counted = format!("flyball_flag_served_seconds_count{{store=\"{}\"}} 1", stand.name());
    // Metrics are brought up to date at the end of the tick that stored the Decision.
    until("a metric counts it", 30, || {
        let metrics = governor.get("/metrics")?.body;
        if metrics.contains(&counted) { Ok(()) } else { Err(metrics) }
    });
}

/// The governor has tried it by itself, and says so on the object.
fn is_ready(rig: &Rig, kind: &str, name: &str) {
    until(&format!("{kind} {name} is ready"), 60, || {
        let object = rig.plane.admin.get(&address::one(kind, "", name))?;
        let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let well =
            |one: &Value| one["type"] == "Ready" && one["status"] == "True" && one["reason"] == "Ready";
        let current = |one: &Value| one["observedGeneration"] == object["metadata"]["generation"];
        match conditions.iter().any(|one| well(one) && current(one)) {
            true => Ok(()),
            false => Err(format!("{conditions:?}")),
        }
    });
}

/// What could not be told before a crash is told after it, and what was is not told again.
fn is_told(lab: &Lab, people: &People, governor: &mut Governor) {
    people.hang_while_it_holds(lab);
    governor.kill();
    people.answer();
    governor.start();
    governor.await_ready();
    people.hear(lab, 1, "【已熔断】", false);
    governor.kill();
    governor.start();
    governor.await_ready();
}

/// `flyball check` says that it can be used, and with another token that and why it cannot.
fn is_checked(rig: &Rig, stand: &dyn Stand) {
    let check = || {
        let mut command = std::process::Command::new(&rig.tools.flyball);
        command.arg("check").env("KUBECONFIG", rig.plane.governor_kubeconfig());
        let done = command.output().expect("the program can be run");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(!said.contains(&stand.token()), "a secret is shown");
        (said, done.status.success())
    };
    let (said, _) = check();
    assert!(said.contains(&format!("FlagProvider {}: can be used", stand.name())), "{said}");
    assert!(said.contains("MetricSource default: can be used"), "{said}");
    put_token(rig, stand, "another-token");
    let (said, well) = check();
    assert!(said.contains(&format!("FlagProvider {}: cannot be used", stand.name())), "{said}");
    assert!(said.contains("does not take our credentials") && !said.contains("another-token"), "{said}");
    assert!(!well, "an unusable provider is no success");
    put_secret(rig, stand);
}

fn metrics(governor: &Governor) -> String {
    let paths = ["/metrics", "/livez?verbose", "/readyz?verbose"];
    paths.map(|path| governor.get(path).map(|answer| answer.body).unwrap_or_default()).concat()
}

/// The log of the replica.
fn read(rig: &Rig, name: &str) -> String {
    let log = rig.folder_of(name).join(format!("{name}.log"));
    std::fs::read_to_string(log).expect("the replica has a log")
}

/// Every object of ours and every Event, as a person with all rights reads them.
fn everything(admin: &Api, namespace: &str) -> String {
    let mut text = String::new();
    for kind in
        ["FlagProvider", "Notifier", "Governor", "HealthPolicy", "Decision", "ServiceHealth", "FlagHold"]
    {
        let namespace = if kind == "FlagHold" { "" } else { namespace };
        let all = admin.list(&address::all(kind, namespace)).expect("the kind can be listed");
        text.push_str(&Value::Array(all).to_string());
    }
    for path in ["/api/v1/events", "/apis/events.k8s.io/v1/events"] {
        text.push_str(&admin.text(path).expect("Events can be listed"));
    }
    text
}

fn declare(rig: &Rig, stand: &dyn Stand, front: &Front, allowed: Option<&str>) {
    let mut spec = stand.spec(&front.url());
    spec["propagation"] = json!("1s");
    if let Some((served, token)) = stand.clients() {
        spec[stand.name()]["served"] = served;
        put(rig, "unleash-client", &token);
    }
    if let Some(namespace) = allowed {
        let chosen = json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}});
        spec["allow"] = json!([{"namespaceSelector": chosen, "keys": ["{{service}}-*"]}]);
    }
    let object = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "FlagProvider",
        "metadata": {"name": stand.name()}, "spec": spec});
    rig.plane.apply(&object.to_string());
}

/// The token that is valid now, where the provider looks for it.
fn put_secret(rig: &Rig, stand: &dyn Stand) {
    put_token(rig, stand, &stand.token());
}

fn put_token(rig: &Rig, stand: &dyn Stand, token: &str) {
    let spec = stand.spec("http://flags");
    let name = spec[stand.name()]["endpoint"]["auth"]["bearer"]["secretRef"]["name"].as_str();
    put(rig, name.expect("it takes a token"), token);
}

fn put(rig: &Rig, name: &str, token: &str) {
    let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "flyball"},
        "stringData": {"token": token}});
    rig.plane.apply(&object.to_string());
}
