//! A FeatureFlag of our own beside one that a GitOps tool keeps, on the real API server, as flagd's
//! engine serves the two: whatever the tool writes, the cut stands, and nobody's write is lost.

use crate::kubernetes::address;
use crate::kubernetes::api::runtime;
use crate::kubernetes::control_plane::ControlPlane;
use crate::kubernetes::rig::FLAGS;
use crate::kubernetes::store::{INSTALLATION, now, opened};
use crate::live::flags::{CATALOG, DOCUMENT};
use crate::live::ofrep::Ofrep;
use crate::live::tools::Tools;
use crate::live::wait::{throughout, until};
use flyball::domain::model::flag::{FlagState, FlagTarget, FlagView, Standing};
use flyball::domain::model::hold::FlagHold;
use flyball::domain::model::id::ServiceKey;
use flyball::edge::flags::provider::Provider;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// Our object.
const OURS: &str = "flags-cut";

/// A namespace with the object of others, and a provider that cuts beside it.
struct Lab<'a> {
    plane: &'a ControlPlane,
    namespace: &'static str,
    /// Of what speaks OFREP.
    port: u16,
    written: AtomicU64,
}

pub fn stands_whatever_others_write(plane: &ControlPlane, tools: &Tools) {
    let (namespace, folder) = ("overlay", plane.folder.join("overlay"));
    plane.open_shop(namespace);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let objects = (namespace, [FLAGS, OURS].as_slice());
    let ofrep = Ofrep::of_objects(tools, &folder, objects, &plane.folder.join("kubeconfig"));
    let lab = Lab { plane, namespace, port: ofrep.port, written: AtomicU64::new(0) };
    let mut first = lab.provider();
    let asked = first.served().cloned().expect("flagd can be asked");
    let clients = |fallback| runtime().block_on(asked.serves(CATALOG, fallback)).expect("flagd answers");
    let serves = |value: bool| {
        until(&format!("{CATALOG} is {value}"), 30, || match ofrep.ask(CATALOG)? {
            served if served == value => Ok(()),
            served => Err(format!("it is {served}")),
        });
    };
    serves(true);
    assert!(clients("on") && !clients("off"), "it is not cut yet");
    let hold = lab.hold(&first);
    let document = lab.see(&first, Some(&hold)).document;
    runtime().block_on(first.cut(&hold, &document)).expect("it can be cut");
    serves(false);
    assert!(clients("off"), "clients are not served what they are");

    // The governor that wrote it is killed before it records anything: the next one finds it done.
    let version = lab.version(OURS);
    first = lab.provider();
    let state = lab.see(&first, Some(&hold));
    assert!(is_cut_until(&state, &hold), "{state:?}");
    runtime().block_on(first.cut(&hold, &state.document)).expect("it is cut");
    assert_eq!(lab.version(OURS), version, "what is done was done again");

    throughout("the cut stands while a tool writes what it keeps", 2, || {
        lab.sync(&document_of_others());
        let state = lab.see(&first, Some(&hold));
        match (ofrep.ask(CATALOG)?, is_cut_until(&state, &hold)) {
            (false, true) => Ok(()),
            other => Err(format!("{other:?} {state:?}")),
        }
    });
    assert_eq!(lab.version(OURS), version, "a tool that writes the same again is no news");

    // It keeps something new: the copy is made of that.
    let mut edited = document_of_others();
    edited["flags"][CATALOG]["targeting"] = json!({"if": [true, "pilot"]});
    lab.sync(&edited);
    let state = lab.see(&first, Some(&hold));
    assert!(!is_cut_until(&state, &hold), "the old copy is taken for the new one");
    runtime().block_on(first.cut(&hold, &state.document)).expect("it can be written anew");
    assert!(is_cut_until(&lab.see(&first, Some(&hold)), &hold));
    assert_eq!(lab.copy()["targeting"]["if"][2], json!({"if": [true, "pilot"]}));
    serves(false);

    let theirs = lab.version(FLAGS);
    let state = lab.see(&first, Some(&hold));
    runtime().block_on(first.restore(&hold, &state.document)).expect("it can be given back");
    serves(true);
    assert_eq!(lab.copy(), Value::Null);
    assert_eq!(lab.version(FLAGS), theirs, "the object of others was written");

    a_lost_hold_is_found(&lab, &first, &hold);
    an_edit_of_the_copy_stays(&lab, &first, &hold);
}

fn a_lost_hold_is_found(lab: &Lab, provider: &Provider, hold: &FlagHold) {
    let state = lab.see(provider, Some(hold));
    runtime().block_on(provider.cut(hold, &state.document)).expect("it can be cut");
    let found = runtime().block_on(provider.orphans(&BTreeSet::new())).expect("objects can be listed");
    let [orphan] = found.holds.try_into().expect("it is the only one");
    assert_eq!(orphan.target, hold.target);
    let state = lab.see(provider, Some(&orphan));
    runtime().block_on(provider.restore(&orphan, &state.document)).expect("it can be given back");
    assert_eq!(lab.copy(), Value::Null);
}

fn an_edit_of_the_copy_stays(lab: &Lab, provider: &Provider, hold: &FlagHold) {
    let state = lab.see(provider, Some(hold));
    runtime().block_on(provider.cut(hold, &state.document)).expect("it can be cut");
    let edit = json!({"spec": {"flagSpec": {"flags": {CATALOG: {"defaultVariant": "pilot"}}}}});
    let path = format!("{}?fieldManager=kubectl-edit", lab.path(OURS));
    lab.plane.admin.merge(&path, &edit).expect("a person may edit it");
    let state = lab.see(provider, Some(hold));
    assert!(matches!(&state.standing, Standing::Foreign(what) if what.contains("ours alone")), "{state:?}");
    assert!(runtime().block_on(provider.restore(hold, &state.document)).is_err());
    assert_eq!(lab.copy()["defaultVariant"], "pilot");
    let found = runtime().block_on(provider.orphans(&BTreeSet::new())).expect("objects can be listed");
    assert!(found.holds.is_empty() && found.lost[0].contains("somebody edited"), "{found:?}");
}

fn document_of_others() -> Value {
    serde_json::from_str(DOCUMENT).expect("it is JSON")
}

fn is_cut_until(state: &FlagState, hold: &FlagHold) -> bool {
    let whole =
        |at: chrono::DateTime<chrono::Utc>| at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0);
    matches!(&state.standing, Standing::Cut { fallback, until: Some(until) }
        if fallback == "off" && Some(until.timestamp()) == hold.deadline.map(whole))
}

impl Lab<'_> {
    /// A provider as a governor that has just started opens it.
    fn provider(&self) -> Provider {
        let served = json!({"ofrep": {"url": format!("http://127.0.0.1:{}", self.port), "allowAddresses": ["Loopback"]}});
        let spec = json!({"openFeature": {"object": {"name": OURS}, "overlay": true, "base": {"name": FLAGS},
            "served": served}});
        opened(spec, &self.plane.governor_kubeconfig())
    }

    fn target(&self, provider: &Provider) -> FlagTarget {
        provider.facts().target(&ServiceKey::new(self.namespace, "catalog"), CATALOG)
    }

    fn see(&self, provider: &Provider, hold: Option<&FlagHold>) -> FlagState {
        match runtime().block_on(provider.read(&self.target(provider), "off", hold, now())) {
            FlagView::Seen(state) => state,
            other => panic!("{other:?}"),
        }
    }

    fn hold(&self, provider: &Provider) -> FlagHold {
        let state = self.see(provider, None);
        assert_eq!(state.standing, Standing::Free);
        FlagHold {
            target: self.target(provider),
            installation: INSTALLATION.to_string(),
            pre_image: state.document,
            uid: state.uid,
            fallback: "off".to_string(),
            deadline: Some(now() + chrono::TimeDelta::hours(1)),
            claims: Vec::new(),
            created: Some(now()),
        }
    }

    fn path(&self, object: &str) -> String {
        address::one("FeatureFlag", self.namespace, object)
    }

    fn version(&self, object: &str) -> String {
        let object = self.plane.admin.get(&self.path(object)).expect("the object can be read");
        object["metadata"]["resourceVersion"].to_string()
    }

    /// The flag in our object.
    fn copy(&self) -> Value {
        let ours = self.plane.admin.get(&self.path(OURS)).expect("our object can be read");
        ours["spec"]["flagSpec"]["flags"][CATALOG].clone()
    }

    /// Writes the object of others as a tool does that keeps it so; each time it is a write.
    fn sync(&self, document: &Value) {
        let count = self.written.fetch_add(1, Ordering::Relaxed).to_string();
        let change = json!({"metadata": {"labels": {"synced": count}}, "spec": {"flagSpec": document}});
        let path = format!("{}?fieldManager=argocd-controller", self.path(FLAGS));
        self.plane.admin.merge(&path, &change).expect("a tool may write it");
    }
}
