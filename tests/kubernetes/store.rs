//! One kind of flag store on the real API server: its object, and the provider under test.
//!
//! Owns what differs between the kinds, so that one list of cases serves all of them. The object
//! is looked at and edited as a person would, never by the provider.

use super::address;
use super::api::runtime;
use super::control_plane::ControlPlane;
use chrono::{DateTime, Utc};
use flyball::domain::model::flag::{FlagState, FlagTarget, FlagView, Standing};
use flyball::domain::model::hold::FlagHold;
use flyball::domain::model::id::ServiceKey;
use flyball::edge::crd::accept::flag_provider::flag_provider;
use flyball::edge::flags::declared::{self, Home};
use flyball::edge::flags::error::FlagError;
use flyball::edge::flags::provider::{Orphans, Provider};
use flyball::edge::http::line::Keys;
use flyball::edge::kube::client::Kube;
use flyball::edge::kube::connect::connect;
use flyball::edge::kube::realm::Realm;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// Installation whose marks are on the cuts of these tests.
pub const INSTALLATION: &str = "conformance";
const OBJECT: &str = "service-flags";
const DOCUMENT: &str = "flags.json";
/// Numbers that do not survive being read as floats and written again.
const FLAGS: &str = r#"{
  "flags": {
    "check": {
      "state": "ENABLED",
      "variants": {"on": true, "off": false, "third": 118297840.76220097},
      "defaultVariant": "on",
      "targeting": {"if": [{"==": [{"var": "tier"}, "gold"]}, "third"]}
    },
    "other": {"state": "ENABLED", "variants": {"on": 1}, "defaultVariant": "on"}
  }
}
"#;

/// The kinds of stores inside Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    FeatureFlag,
    Document,
    Values,
}

pub const KINDS: [Kind; 3] = [Kind::FeatureFlag, Kind::Document, Kind::Values];

/// One store.
pub struct Store<'a> {
    pub kind: Kind,
    pub plane: &'a ControlPlane,
    pub namespace: String,
    pub provider: Provider,
}

impl Kind {
    fn spec(self) -> Value {
        let object = json!({"name": "{{service}}-flags"});
        match self {
            Self::FeatureFlag => json!({"openFeature": {"object": object}}),
            Self::Document => json!({"configMap": {"object": object, "key": DOCUMENT}}),
            Self::Values => json!({"configMap": {"object": object, "format": "KeyValue"}}),
        }
    }

    fn object(self, namespace: &str) -> Value {
        let metadata =
            json!({"name": OBJECT, "namespace": namespace, "labels": {"flyball.dev/flags": "true"}});
        let map = |data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data});
        match self {
            Self::FeatureFlag => json!({
                "apiVersion": "core.openfeature.dev/v1beta1", "kind": "FeatureFlag", "metadata": metadata,
                "spec": {"flagSpec": "FLAGS"},
            }),
            Self::Document => map(json!({DOCUMENT: FLAGS, "beside": "x"})),
            Self::Values => map(json!({"check": "on", "other": "on"})),
        }
    }
}

impl<'a> Store<'a> {
    /// A namespace with an object of this kind, and a provider with the governor's own rights.
    pub fn open(plane: &'a ControlPlane, kind: Kind, namespace: &str) -> Self {
        plane.make_namespace(namespace);
        let provider = provider(kind, &plane.governor_kubeconfig());
        let store = Self { kind, plane, namespace: namespace.to_string(), provider };
        store.create();
        store
    }

    /// Creates the object, which is not there.
    pub fn create(&self) {
        let text = self.kind.object(&self.namespace).to_string();
        self.plane.create(&text.replace("\"FLAGS\"", FLAGS)).expect("the object can be created");
    }

    /// Deletes the object.
    pub fn delete(&self) {
        self.plane.admin.delete(&self.path()).expect("the object can be deleted");
    }

    pub fn path(&self) -> String {
        let kind = if self.kind == Kind::FeatureFlag { "FeatureFlag" } else { "ConfigMap" };
        address::one(kind, &self.namespace, OBJECT)
    }

    /// What the server holds, without its own notes: text, so that every digit counts.
    pub fn content(&self) -> String {
        let text = self.plane.admin.text(&self.path()).expect("the object can be read");
        let object: Value = serde_json::from_str(&text).expect("it is JSON");
        let meta = &object["metadata"];
        let begin = if self.kind == Kind::FeatureFlag { "\"spec\":" } else { "\"data\":" };
        let at = text.find(begin).expect("it has content");
        format!("{} {} {}", meta["labels"], meta["annotations"], &text[at..])
    }

    /// Changes the object as `kubectl edit` does.
    pub fn edit(&self, change: &Value) {
        let path = format!("{}?fieldManager=kubectl-edit", self.path());
        self.plane.admin.merge(&path, change).expect("a person may edit it");
    }

    /// A merge patch that changes the flag `key`.
    pub fn change(&self, key: &str, flag: &str) -> Value {
        match self.kind {
            Kind::FeatureFlag => {
                let flag: Value = serde_json::from_str(flag).expect("a flag is JSON");
                json!({"spec": {"flagSpec": {"flags": {key: flag}}}})
            }
            Kind::Document => {
                let object = self.plane.admin.get(&self.path()).expect("the object can be read");
                let text = object["data"][DOCUMENT].as_str().expect("the document is there");
                let mut document: Value = serde_json::from_str(text).expect("it is JSON");
                let flag: Value = serde_json::from_str(flag).expect("a flag is JSON");
                merge(&mut document["flags"][key], &flag);
                json!({"data": {DOCUMENT: document.to_string()}})
            }
            Kind::Values => json!({"data": {key: flag}}),
        }
    }

    /// The target of the flag `key`.
    pub fn target(&self, key: &str) -> FlagTarget {
        self.provider.facts().target(&ServiceKey::new(&self.namespace, "service"), key)
    }

    /// How a flag stands.
    pub fn view(&self, key: &str, hold: Option<&FlagHold>) -> FlagView {
        runtime().block_on(self.provider.read(&self.target(key), "off", hold, now()))
    }

    /// How the flag stands, which can be read.
    pub fn see(&self, hold: Option<&FlagHold>) -> FlagState {
        match self.view("check", hold) {
            FlagView::Seen(state) => state,
            other => panic!("{:?}: {other:?}", self.kind),
        }
    }

    /// The intent on the flag as it stands now.
    pub fn hold(&self) -> FlagHold {
        let state = self.see(None);
        assert_eq!(state.standing, Standing::Free, "{:?}", self.kind);
        FlagHold {
            target: self.target("check"),
            installation: INSTALLATION.to_string(),
            pre_image: state.document,
            uid: state.uid,
            fallback: "off".to_string(),
            deadline: Some(now() + chrono::TimeDelta::hours(1)),
            claims: Vec::new(),
            created: Some(now()),
        }
    }

    /// Cuts the flag as it stands.
    pub fn cut(&self, hold: &FlagHold) -> Result<(), FlagError> {
        let expected = self.see(Some(hold)).document;
        runtime().block_on(self.provider.cut(hold, &expected))
    }

    /// Gives the flag back, as the governor does: an edit inside the cut is the original then.
    pub fn restore(&self, hold: &FlagHold) -> Result<FlagHold, FlagError> {
        let document = self.see(Some(hold)).document;
        let pre_image = self.provider.original(hold, &document)?;
        let hold = FlagHold { pre_image, ..hold.clone() };
        runtime().block_on(self.provider.restore(&hold, &document))?;
        Ok(hold)
    }

    /// Cuts of ours that no hold is on.
    pub fn orphans(&self) -> Orphans {
        let mut found =
            runtime().block_on(self.provider.orphans(&BTreeSet::new())).expect("objects can be listed");
        let here =
            |hold: &FlagHold| hold.target.object.as_ref().is_some_and(|o| o.namespace == self.namespace);
        found.holds.retain(here);
        found
    }
}

/// The provider of a kind, with the rights of the user of a kubeconfig.
pub fn provider(kind: Kind, kubeconfig: &Path) -> Provider {
    opened(kind.spec(), kubeconfig)
}

/// A provider that is declared so, with the rights of the user of a kubeconfig.
pub fn opened(spec: Value, kubeconfig: &Path) -> Provider {
    let spec = serde_json::from_value(spec).expect("the spec has its fields");
    let accepted = flag_provider(&spec).expect("the provider is accepted");
    runtime().block_on(async {
        let connection = connect(Some(kubeconfig)).await.expect("the kubeconfig can be used");
        let kube = Some(Kube::new(&connection).within(Duration::from_secs(20)));
        let home = Home { installation: INSTALLATION.to_string(), kube, realm: Realm::Cluster };
        let opened = declared::open("flags", &accepted, &home, Keys::default()).await;
        let opened = opened.expect("the provider can be opened");
        declared::with_clients(opened, &accepted, &home, Keys::default()).expect("its clients can be asked")
    })
}

pub fn now() -> DateTime<Utc> {
    Utc::now()
}

fn merge(into: &mut Value, patch: &Value) {
    match (into.as_object_mut(), patch.as_object()) {
        (Some(into), Some(patch)) => {
            for (name, value) in patch {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        _ => *into = patch.clone(),
    }
}
