//! Notifier: where messages go, one-of per kind of receiver.

use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::crd::field::endpoint::{Ca, Endpoint, GuardedAddress};
use crate::edge::crd::field::notification::LanguageWord;
use crate::edge::crd::field::reference::KeyRef;
use crate::edge::crd::field::rule::one_of;
use crate::edge::crd::field::selector::AllowRule;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where messages go. Exactly one kind of receiver.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "Notifier",
    plural = "notifiers",
    shortname = "ntf",
    category = "flyball",
    status = "ConfigStatus",
    derive = "PartialEq",
    doc = "Where messages go.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = one_of("a Notifier", &["slack", "feishu", "dingTalk", "webhook", "alertmanager"]))]
pub struct NotifierSpec {
    /// Slack: a bot's token with a channel, or an incoming webhook. A bot changes its message as the
    /// Decision goes on, a webhook cannot. Experimental: tried against its description only.
    /// Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack: Option<ChatRoom>,
    /// A Feishu (Lark) custom bot. Experimental: tried against its description only. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feishu: Option<ChatRoom>,
    /// A DingTalk custom bot. Experimental: tried against its description only. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ding_talk: Option<ChatRoom>,
    /// A server that takes our JSON. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookServer>,
    /// A Prometheus Alertmanager, whose v2 API is told of alerts. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alertmanager: Option<Endpoint>,
    /// The language of the messages: `en` or `zh-CN`. Default: en.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageWord>,
    /// Most messages. Unit: messages per minute. Default: 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub per_minute: Option<u32>,
    /// Which namespaces' policies may send here. Default: only ClusterHealthPolicies and the
    /// Governor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "atomic"))]
    pub allow: Option<Vec<AllowRule>>,
}

/// A room of a chat service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatRoom {
    /// Secret with the webhook's URL, by default under the key `url`; beside a bot's token, that of
    /// Slack's Web API. Default: none, for a bot `https://slack.com/api`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_secret_ref: Option<KeyRef>,
    /// Secret with a bot's token, by default under the key `token`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_secret_ref: Option<KeyRef>,
    /// Secret that messages are signed with, by default under the key `secret`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_secret_ref: Option<KeyRef>,
    /// Channel that a bot writes to. Default: the webhook's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub channel: Option<String>,
    /// Certificates that are trusted. Default: the public ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<Ca>,
    /// Kinds of addresses that the URL may resolve to although they are refused otherwise:
    /// `Loopback`, `LinkLocal`, `ApiServer`. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), extend("x-kubernetes-list-type" = "set"))]
    pub allow_addresses: Vec<GuardedAddress>,
}

/// A server that takes our JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookServer {
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// Secret that messages are signed with, by default under the key `secret`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_secret_ref: Option<KeyRef>,
}
