//! People who are told of a cut, in a chat that hangs while the flag is cut and by a governor that dies
//! before it could tell them, and again before the end: each piece of news arrives once.
//!
//! The chat is the stub of the notifiers' suite; its URL is a secret itself. The judge is what it took.

use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::Rig;
use crate::live::wait::{until, until_true};
use crate::receivers::chats::{Chat, Like};
use crate::receivers::stand::Stand;
use crate::servers::front::{Fault, Front};
use serde_json::json;

/// Name of the Notifier.
const NAME: &str = "people";

/// The chat, and what stands in front of it.
pub struct People {
    chat: Chat,
    front: Front,
}

impl People {
    /// Declares the chat, which no policy of a namespace may use yet.
    pub fn declare(rig: &Rig) -> Self {
        let chat = Chat::start(Like::Feishu);
        let people = Self { front: Front::before(chat.address()), chat };
        let keys = people.chat.keys(&people.front.url());
        let shown = |secret: Option<flyball::edge::notify::receiver::sign::Secret>| {
            secret.map(|secret| secret.expose().to_string())
        };
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "room", "namespace": "flyball"},
            "stringData": {"url": shown(keys.url), "secret": shown(keys.sign)}});
        rig.plane.apply(&secret.to_string());
        people.allow(rig, None);
        people
    }

    /// Lets a namespace use it.
    pub fn allow(&self, rig: &Rig, namespace: Option<&str>) {
        let mut spec = self.chat.spec("");
        spec["feishu"]["allowAddresses"] = json!(["Loopback"]);
        (spec["language"], spec["perMinute"]) = (json!("zh-CN"), json!(600));
        if let Some(namespace) = namespace {
            let chosen = json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}});
            spec["allow"] = json!([{"namespaceSelector": chosen}]);
        }
        let object = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "Notifier",
            "metadata": {"name": NAME}, "spec": spec});
        rig.plane.apply(&object.to_string());
    }

    /// A policy that tells them, of the cut alone, with what is hot.
    pub fn named_in(policy: &str) -> String {
        let query = "topk(2, sum by (namespace, service, instance) (rate(rejected_total[8s])))";
        let evidence = format!("    unit: ratio\n    evidence: [{{name: by-instance, query: \"{query}\"}}]");
        let policy = policy.replacen("    unit: ratio", &evidence, 1);
        let told = format!("notifications: [{{notifierRef: {{name: {NAME}}}, events: [Acted]}}]");
        policy.replacen("  interval: 1s", &format!("  {told}\n  interval: 1s"), 1)
    }

    /// The policy says that they would not be told; then it may tell them.
    pub fn refuses_then_allows(&self, rig: &Rig, lab: &Lab, namespace: &str) {
        until("the policy says that people would not be told", 90, || {
            let policy = rig.plane.admin.get(&lab.policy())?;
            let said = policy["status"]["conditions"].to_string();
            let refused =
                said.contains("NotifierRefused") && said.contains("Notifier people says no `allow`");
            if refused { Ok(()) } else { Err(said) }
        });
        self.allow(rig, Some(namespace));
    }

    /// From now on no message is answered.
    pub fn hang(&self) {
        self.front.set(Fault::HoldWrite);
    }

    /// A message hangs, and nobody was told; the flag is cut all the same.
    pub fn hang_while_it_holds(&self, lab: &Lab) {
        until_true("a message hangs", 60, || self.front.held());
        let decision = lab.decision().expect("there is one Decision");
        assert_eq!(decision.standing(), "Holding/", "the cut did not wait for people");
        assert_eq!(self.chat.taken().len(), 0);
        assert!(decision.0["status"]["told"].is_null(), "nobody was told: {}", decision.text());
    }

    /// Messages are answered again.
    pub fn answer(&self) {
        self.front.set(Fault::None);
    }

    /// The last of `count` messages has `words`, and the Decision knows that they were told.
    pub fn hear(&self, lab: &Lab, count: usize, words: &str, closed: bool) {
        until(&format!("people hear {words}"), 90, || {
            let taken = self.chat.taken();
            let told = lab.decision()?.0["status"]["told"][0].clone();
            let noted =
                told["notifier"] == NAME && told["events"] == json!(["Acted"]) && told["closed"] == closed;
            let heard = taken.last().is_some_and(|(_, body)| body.contains(words));
            match heard && noted {
                true => Ok(()),
                false => Err(format!("{told} {taken:?}")),
            }
        });
        let taken = self.chat.taken();
        assert_eq!(taken.len(), count, "each piece of news arrives once");
        assert!(taken[0].1.contains("by-instance"), "the first one shows what is hot: {}", taken[0].1);
    }

    /// What must be shown nowhere.
    pub fn secrets(&self) -> Vec<String> {
        let keys = self.chat.keys(&self.front.url());
        let url = keys.url.map(|url| url.expose().to_string()).expect("it has a URL");
        let token = url.rsplit('/').next().expect("it ends with a token").to_string();
        [Some(token), keys.sign.map(|sign| sign.expose().to_string())].into_iter().flatten().collect()
    }
}
