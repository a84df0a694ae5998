//! Notifiers: which receiver, where it is, and which Secrets open it.

use super::allow::access;
use super::problems::Problems;
use crate::domain::model::news::Language;
use crate::domain::model::problem::Problem;
use crate::domain::model::provider::Access;
use crate::edge::crd::field::endpoint::{Auth, Ca, Endpoint, GuardedAddress};
use crate::edge::crd::field::reference::KeyRef;
use crate::edge::crd::kind::notifier::{ChatRoom, NotifierSpec, WebhookServer};

const PER_MINUTE: u32 = 20;
/// Slack's Web API, where bots write.
const SLACK: &str = "https://slack.com/api";

/// An accepted Notifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    pub form: Form,
    pub place: Place,
    pub language: Language,
    pub per_minute: u32,
    pub access: Access,
}

/// What kind of receiver it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    SlackBot { channel: String },
    SlackWebhook,
    Feishu,
    DingTalk,
    Webhook,
    Alertmanager,
}

/// Where it is, and what it is opened with. Secrets are named, never held.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Where in the manifest it stands: `spec.slack`.
    pub field: &'static str,
    pub url: Address,
    pub auth: Option<Auth>,
    pub token: Option<KeyRef>,
    pub sign: Option<KeyRef>,
    pub ca: Option<Ca>,
    pub allow_addresses: Vec<GuardedAddress>,
}

/// A URL, or where one is kept that is a secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Written(String),
    Secret(KeyRef),
}

impl Form {
    /// The field of the spec.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::SlackBot { .. } | Self::SlackWebhook => "slack",
            Self::Feishu => "feishu",
            Self::DingTalk => "dingTalk",
            Self::Webhook => "webhook",
            Self::Alertmanager => "alertmanager",
        }
    }
}

/// Accepts a Notifier.
///
/// # Errors
/// Every problem found.
pub fn notifier(spec: &NotifierSpec) -> Result<Accepted, Vec<Problem>> {
    let mut problems = Problems::default();
    let found = receiver(&mut problems, spec);
    let access = access(&mut problems, spec.allow.as_deref());
    let language = spec.language.unwrap_or_default().into();
    let per_minute = spec.per_minute.unwrap_or(PER_MINUTE);
    problems.finish(found.map(|(form, place)| Accepted { form, place, language, per_minute, access }))
}

fn receiver(problems: &mut Problems, spec: &NotifierSpec) -> Option<(Form, Place)> {
    let given = [
        spec.slack.is_some(),
        spec.feishu.is_some(),
        spec.ding_talk.is_some(),
        spec.webhook.is_some(),
        spec.alertmanager.is_some(),
    ];
    if given.iter().filter(|given| **given).count() != 1 {
        let fix = "give exactly one of slack, feishu, dingTalk, webhook, alertmanager";
        problems.add(Problem::new("spec", "", "it is one receiver, no more and no less", fix));
        return None;
    }
    if let Some(room) = &spec.slack {
        return slack(problems, room);
    }
    if let Some(room) = &spec.feishu {
        return Some((Form::Feishu, bot(problems, "spec.feishu", room)?));
    }
    if let Some(room) = &spec.ding_talk {
        return Some((Form::DingTalk, bot(problems, "spec.dingTalk", room)?));
    }
    if let Some(WebhookServer { endpoint, sign_secret_ref }) = &spec.webhook {
        let place = Place { sign: sign_secret_ref.clone(), ..server("spec.webhook", endpoint) };
        return Some((Form::Webhook, place));
    }
    let endpoint = spec.alertmanager.as_ref()?;
    Some((Form::Alertmanager, server("spec.alertmanager", endpoint)))
}

fn server(field: &'static str, endpoint: &Endpoint) -> Place {
    Place {
        field,
        url: Address::Written(endpoint.url.clone()),
        auth: endpoint.auth.clone(),
        token: None,
        sign: None,
        ca: endpoint.ca.clone(),
        allow_addresses: endpoint.allow_addresses.clone(),
    }
}

fn room(field: &'static str, room: &ChatRoom, url: Address) -> Place {
    Place {
        field,
        url,
        auth: None,
        token: room.token_secret_ref.clone(),
        sign: room.sign_secret_ref.clone(),
        ca: room.ca.clone(),
        allow_addresses: room.allow_addresses.clone(),
    }
}

/// A bot with a token writes to its channel; a webhook has both in its URL.
fn slack(problems: &mut Problems, given: &ChatRoom) -> Option<(Form, Place)> {
    let field = "spec.slack";
    unused(problems, field, &[("signSecretRef", given.sign_secret_ref.is_some())], "Slack signs nothing");
    let url = given.url_secret_ref.clone().map(Address::Secret);
    match (&given.token_secret_ref, &given.channel, url) {
        (Some(_), Some(channel), url) => {
            let url = url.unwrap_or_else(|| Address::Written(SLACK.to_string()));
            Some((Form::SlackBot { channel: channel.clone() }, room(field, given, url)))
        }
        (Some(_), None, _) => {
            let fix = "name the channel that the bot writes to, such as C0123ABC or oncall";
            problems.add(Problem::new("spec.slack.channel", "", "a bot needs a channel", fix));
            None
        }
        (None, channel, Some(url)) => {
            let why = "an incoming webhook has a channel of its own";
            unused(problems, field, &[("channel", channel.is_some())], why);
            Some((Form::SlackWebhook, room(field, given, url)))
        }
        (None, _, None) => {
            let fix = "name a Secret with a webhook's URL in urlSecretRef, or one with a bot's token in \
                       tokenSecretRef and a channel";
            problems.add(Problem::new(field, "", "it does not say how to write to Slack", fix));
            None
        }
    }
}

/// A custom bot of a group, whose URL is its secret.
fn bot(problems: &mut Problems, field: &'static str, given: &ChatRoom) -> Option<Place> {
    let others = [("tokenSecretRef", given.token_secret_ref.is_some()), ("channel", given.channel.is_some())];
    unused(problems, field, &others, "a custom bot has its token and its group in its URL");
    let Some(url) = given.url_secret_ref.clone() else {
        let fix = "put the bot's webhook URL into a Secret of the governor's namespace, and name it";
        problems.add(Problem::new(format!("{field}.urlSecretRef"), "", "no URL is named", fix));
        return None;
    };
    Some(room(field, given, Address::Secret(url)))
}

fn unused(problems: &mut Problems, field: &str, given: &[(&str, bool)], why: &str) {
    for (name, _) in given.iter().filter(|(_, given)| *given) {
        problems.add(Problem::new(format!("{field}.{name}"), "", why, "leave it out"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn accepted(spec: Value) -> Result<Accepted, Vec<String>> {
        let spec: NotifierSpec = serde_json::from_value(spec).unwrap();
        notifier(&spec).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_kind_of_receiver_is_read_with_its_defaults() {
        let secret = json!({"name": "room"});
        let endpoint = json!({"url": "https://hooks.example/x", "signSecretRef": {"name": "sign"}});
        let bot = Form::SlackBot { channel: "oncall".into() };
        for (spec, form) in [
            (json!({"slack": {"tokenSecretRef": secret, "channel": "oncall"}}), bot),
            (json!({"slack": {"urlSecretRef": secret}}), Form::SlackWebhook),
            (json!({"feishu": {"urlSecretRef": secret, "signSecretRef": secret}}), Form::Feishu),
            (json!({"dingTalk": {"urlSecretRef": secret}}), Form::DingTalk),
            (json!({"webhook": endpoint}), Form::Webhook),
            (json!({"alertmanager": {"url": "http://alertmanager:9093"}}), Form::Alertmanager),
        ] {
            let found = accepted(spec.clone()).unwrap();
            assert_eq!((&found.form, found.per_minute, found.language), (&form, 20, Language::English));
            assert_eq!(found.access, Access::Unsaid);
            assert_eq!(found.place.sign.is_some(), matches!(form, Form::Feishu | Form::Webhook));
            assert_eq!(found.place.field, format!("spec.{}", form.as_str()));
        }
        let chinese = json!({"slack": {"urlSecretRef": secret}, "language": "zh-CN", "perMinute": 5});
        let found = accepted(chinese).unwrap();
        assert_eq!((found.language, found.per_minute), (Language::Chinese, 5));
    }

    #[test]
    fn what_cannot_be_written_to_is_refused_with_field_and_fix() {
        let secret = json!({"name": "room"});
        for (spec, parts) in [
            (json!({}), &["exactly one of slack"][..]),
            (json!({"slack": {}}), &["spec.slack: ", "urlSecretRef", "tokenSecretRef"]),
            (json!({"slack": {"tokenSecretRef": secret}}), &["spec.slack.channel", "C0123ABC"]),
            (
                json!({"slack": {"urlSecretRef": secret, "channel": "x"}}),
                &["spec.slack.channel", "leave it out"],
            ),
            (json!({"feishu": {}}), &["spec.feishu.urlSecretRef"]),
            (
                json!({"dingTalk": {"urlSecretRef": secret, "tokenSecretRef": secret}}),
                &["dingTalk.tokenSecretRef"],
            ),
        ] {
            let told = accepted(spec.clone()).unwrap_err().join("\n");
            assert!(parts.iter().all(|part| told.contains(part)), "{spec}: {told}");
        }
    }
}
