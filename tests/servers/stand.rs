//! What a store must offer to be put through the cases, and the provider in front of it.

use super::front::Front;
use chrono::Utc;
use flyball::domain::model::flag::{FlagState, FlagView};
use flyball::domain::model::hold::FlagHold;
use flyball::domain::model::id::ServiceKey;
use flyball::domain::model::reason::Reason;
use flyball::edge::crd::accept::flag_provider::{Place, flag_provider};
use flyball::edge::flags::declared::{self, Home, open};
use flyball::edge::flags::error::FlagError;
use flyball::edge::flags::provider::Provider;
use flyball::edge::http::header::Header;
use flyball::edge::http::line::Keys;
use flyball::edge::kube::realm::Realm;
use serde_json::Value;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::OnceLock;
use tokio::runtime::Runtime;

/// Every secret of these tests has it in its midst; it must be shown nowhere.
pub const CANARY: &str = "canary7f3a";

/// A kind of store with a server behind it.
pub trait Stand: Sync {
    /// Its column in the table.
    fn name(&self) -> &'static str;
    /// What it was proved against, as the table says it.
    fn proved(&self) -> &'static str;
    fn address(&self) -> SocketAddr;
    /// The FlagProvider's spec, for an endpoint.
    fn spec(&self, url: &str) -> Value;
    /// The spec of who is asked what clients are served, and the token for that.
    fn clients(&self) -> Option<(Value, String)> {
        None
    }
    /// What is presented: with a token, the header that carries it.
    fn header(&self, token: &str) -> Header;
    /// The token that is valid now.
    fn token(&self) -> String;
    /// Makes that one invalid, and another one valid.
    fn rotate(&self);
    /// Makes a flag that serves its original.
    fn create(&self, key: &str);
    fn delete(&self, key: &str);
    /// What a person does to a flag that is, or is about to be, cut.
    fn edit(&self, key: &str);
    /// Everything of a flag that a person can see.
    fn content(&self, key: &str) -> String;
    fn fallback(&self) -> &'static str {
        "off"
    }
}

/// A provider behind a front.
pub struct Provided {
    pub stand: &'static dyn Stand,
    pub front: Front,
    pub provider: Provider,
}

impl Provided {
    /// Opens one with the token that is valid now.
    pub fn open(stand: &'static dyn Stand) -> Self {
        let front = Front::before(stand.address());
        let provider = provider(stand, &front.url(), &stand.token());
        Self { stand, front, provider }
    }

    /// The same store, with nothing remembered.
    pub fn anew(&self) -> Self {
        let provider = provider(self.stand, &self.front.url(), &self.stand.token());
        Self { stand: self.stand, front: self.front.clone(), provider }
    }

    pub fn view(&self, key: &str, hold: Option<&FlagHold>) -> FlagView {
        let target = self.provider.facts().target(&ServiceKey::new("shop", "inventory"), key);
        let view = runtime().block_on(self.provider.read(&target, self.stand.fallback(), hold, Utc::now()));
        if let FlagView::Unreadable(reason) = &view {
            keeps_secrets(&reason.to_string());
        }
        view
    }

    pub fn see(&self, key: &str, hold: Option<&FlagHold>) -> FlagState {
        match self.view(key, hold) {
            FlagView::Seen(state) => state,
            other => panic!("{} {key}: {other:?}", self.stand.name()),
        }
    }

    pub fn unreadable(&self, key: &str, hold: Option<&FlagHold>) -> Reason {
        match self.view(key, hold) {
            FlagView::Unreadable(reason) => reason,
            other => panic!("{} {key}: {other:?}", self.stand.name()),
        }
    }

    /// The hold that a governor stores before it cuts the flag.
    pub fn hold(&self, key: &str) -> FlagHold {
        let state = self.see(key, None);
        FlagHold {
            target: self.provider.facts().target(&ServiceKey::new("shop", "inventory"), key),
            installation: "here".into(),
            pre_image: state.document,
            uid: state.uid,
            fallback: self.stand.fallback().into(),
            deadline: None,
            claims: Vec::new(),
            created: Some(Utc::now()),
        }
    }

    pub fn cut(&self, hold: &FlagHold) -> Result<(), FlagError> {
        told(runtime().block_on(self.provider.cut(hold, &hold.pre_image)))
    }

    /// Gives back what is read right now.
    pub fn restore(&self, hold: &FlagHold) -> Result<(), FlagError> {
        let document = self.see(&hold.target.key, Some(hold)).document;
        self.restore_from(hold, &document)
    }

    pub fn restore_from(&self, hold: &FlagHold, document: &str) -> Result<(), FlagError> {
        told(runtime().block_on(self.provider.restore(hold, document)))
    }
}

/// A provider of the store at `url`.
pub fn provider(stand: &dyn Stand, url: &str, token: &str) -> Provider {
    declared_so(stand, stand.spec(url), token)
}

/// A provider with this spec.
pub fn declared_so(stand: &dyn Stand, spec: Value, token: &str) -> Provider {
    let spec = serde_json::from_value(spec).expect("the spec has its fields");
    let mut accepted = flag_provider(&spec).unwrap_or_else(|problems| panic!("{problems:?}"));
    // Secrets are read by the governor; here they are handed over.
    if let Place::Server(server) = &mut accepted.place {
        server.endpoint.auth = None;
    }
    let home = Home { installation: "here".to_string(), kube: None, realm: Realm::Cluster };
    let keys = Keys { headers: vec![stand.header(token)], ca: None };
    runtime().block_on(open("flags", &accepted, &home, keys)).expect("the provider can be opened")
}

/// The same provider, whose clients' side is asked.
pub fn with_clients(stand: &dyn Stand, url: &str) -> Option<Provider> {
    let (served, token) = stand.clients()?;
    let mut spec = stand.spec(url);
    spec[stand.name()]["served"] = served;
    let spec = serde_json::from_value(spec).expect("the spec has its fields");
    let accepted = flag_provider(&spec).unwrap_or_else(|problems| panic!("{problems:?}"));
    let home = Home { installation: "here".to_string(), kube: None, realm: Realm::Cluster };
    let keys = Keys { headers: vec![stand.header(&token)], ca: None };
    let own = provider(stand, url, &stand.token());
    Some(declared::with_clients(own, &accepted, &home, keys).expect("its clients' side can be asked"))
}

/// An outcome whose error, to its last cause, shows no secret.
pub fn told(outcome: Result<(), FlagError>) -> Result<(), FlagError> {
    if let Err(error) = &outcome {
        let mut text = format!("{error:?} {error} {}", error.reason());
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(&format!(" {inner}"));
            cause = inner.source();
        }
        keeps_secrets(&text);
    }
    outcome
}

fn keeps_secrets(text: &str) {
    assert!(!text.contains(CANARY), "a secret is told: {text}");
}

pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime can be made"))
}
