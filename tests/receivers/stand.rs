//! What a receiver must offer to be put through the cases, and the receiver in front of it.

use crate::live::wait::epoch;
use crate::servers::front::Front;
use crate::servers::wire::Reply;
use chrono::{DateTime, Utc};
use flyball::domain::model::message::Message;
use flyball::domain::model::news::Language;
use flyball::edge::crd::accept::notifier::notifier;
use flyball::edge::notify::compose::compose;
use flyball::edge::notify::declared::{Keys, open};
use flyball::edge::notify::error::NotifyError;
use flyball::edge::notify::letter::Letter;
use flyball::edge::notify::receiver::who::Receiver;
use serde_json::Value;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Every secret of these tests has it in its midst; it must be shown nowhere.
pub const CANARY: &str = "canary7f3a";
/// Longest that a call of these tests may take.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A kind of receiver with a server behind it.
pub trait Stand: Sync {
    /// Its column in the table.
    fn name(&self) -> &'static str;
    /// What it was proved against, as the table says it.
    fn proved(&self) -> &'static str;
    fn address(&self) -> SocketAddr;
    /// The Notifier's spec for a base URL.
    fn spec(&self, base: &str) -> Value;
    /// What opens it now, at a base URL.
    fn keys(&self, base: &str) -> Keys;
    /// What does not open it.
    fn strange_keys(&self, base: &str) -> Keys;
    /// Makes what opens it now invalid, and other keys valid.
    fn rotate(&self);
    /// Everything that was taken, as it was sent: path with query, and body.
    fn taken(&self) -> Vec<(String, String)>;
    /// An answer with status 200 that takes nothing; None where every 200 is a delivery.
    fn no_in_the_body(&self) -> Option<Reply>;
    /// The answer of one that is told too much, and the shortest pause that it means.
    fn too_much(&self) -> (Reply, Duration);
    /// The signature of the last message that was taken, and what it is of.
    fn signature(&self) -> Option<Signature> {
        None
    }
    /// Whether the same news again is not taken for another.
    fn merges(&self) -> bool {
        false
    }
    /// Whether anything but an address opens it.
    fn has_secrets(&self) -> bool {
        true
    }
}

/// A signature as it was received.
pub struct Signature {
    pub key: String,
    pub signed: String,
    /// `base64` or `hex`.
    pub form: &'static str,
    pub given: String,
}

/// A receiver behind a front.
pub struct Provided {
    pub stand: &'static dyn Stand,
    pub front: Front,
    pub receiver: Receiver,
}

impl Provided {
    /// Opens one with the keys that are valid now.
    pub fn open(stand: &'static dyn Stand) -> Self {
        let front = Front::before(stand.address());
        let receiver = receiver(stand, &front.url(), stand.keys(&front.url()), true);
        Self { stand, front, receiver }
    }

    /// Tells `letters`, which belong together.
    pub fn tell(&self, letters: &[Letter]) -> Result<Option<String>, NotifyError> {
        self.tell_again(letters, None)
    }

    pub fn tell_again(
        &self,
        letters: &[Letter],
        handle: Option<&str>,
    ) -> Result<Option<String>, NotifyError> {
        deliver(&self.receiver, &message(letters), handle)
    }
}

/// The message of letters in English.
pub fn message(letters: &[Letter]) -> Message {
    compose(Language::English, letters).expect("there is a letter")
}

pub fn deliver(
    receiver: &Receiver,
    message: &Message,
    handle: Option<&str>,
) -> Result<Option<String>, NotifyError> {
    told(runtime().block_on(receiver.deliver(now(), message, handle)))
}

/// A receiver at `base`; `loopback`: whether it may be on this machine.
pub fn receiver(stand: &dyn Stand, base: &str, keys: Keys, loopback: bool) -> Receiver {
    let mut spec = stand.spec(base);
    if loopback {
        let kind = spec.as_object().expect("an object").keys().next().expect("one kind").clone();
        spec[kind]["allowAddresses"] = serde_json::json!(["Loopback"]);
    }
    let spec = serde_json::from_value(spec).expect("the spec has its fields");
    let mut accepted = notifier(&spec).unwrap_or_else(|problems| panic!("{problems:?}"));
    // Secrets are read by the governor; here they are handed over.
    accepted.place.auth = None;
    open(&accepted, keys, &[], PATIENCE).expect("it can be opened")
}

/// An outcome whose error, to its last cause, shows no secret.
pub fn told<T>(outcome: Result<T, NotifyError>) -> Result<T, NotifyError> {
    if let Err(error) = &outcome {
        let mut text = format!("{error:?} {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(&format!(" {inner}"));
            cause = inner.source();
        }
        assert!(!text.contains(CANARY), "a secret is told: {text}");
    }
    outcome
}

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(epoch() as i64, 0).expect("it is a time")
}

pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime can be made"))
}
