//! IssueTracker: where issues go, one-of per kind of tracker.

use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::crd::field::duration::Duration;
use crate::edge::crd::field::endpoint::{Endpoint, URL};
use crate::edge::crd::field::rule::{one_of, rule};
use crate::edge::crd::field::selector::AllowRule;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where issues go. Exactly one kind of tracker.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "flyball.dev",
    version = "v1alpha1",
    kind = "IssueTracker",
    plural = "issuetrackers",
    shortname = "itrk",
    category = "flyball",
    status = "ConfigStatus",
    derive = "PartialEq",
    doc = "Where issues are opened, and for which repositories.",
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
#[x_kube(validation = one_of("an IssueTracker", &["github", "gitlab", "gitea", "jira"]))]
#[x_kube(validation = rule(
    "!has(self.jira) || !has(self.labels) || self.labels.all(label, !label.contains(' '))",
    "'labels in Jira have no spaces, write hyphens in their place: it is ' + (self.labels[0].contains(' ') ? self.labels[0] : 'another than ' + self.labels[0])"
))]
pub struct IssueTrackerSpec {
    /// GitHub or GitHub Enterprise, by its REST endpoint. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github: Option<Endpoint>,
    /// GitLab. Experimental: proved on a stub of its documented API. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gitlab: Option<Endpoint>,
    /// Gitea or Forgejo. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gitea: Option<Endpoint>,
    /// Jira Cloud. Experimental: proved on a stub of its documented API, and each request against
    /// Atlassian's own description. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jira: Option<JiraTracker>,
    /// Labels of every issue. Default: none but our own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 63)), extend("x-kubernetes-list-type" = "set"))]
    pub labels: Vec<String>,
    /// Texts of issues by name, beside the built-in ones `default`, `hot-lock`, `pool-saturation`,
    /// `goroutine-leak`, `missing-timeout` and `gc-pressure`; one of the same name stands for it.
    /// Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub templates: Vec<IssueTemplate>,
    /// Template of a link to a query, with `{{query}}` for the encoded PromQL. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub query_url_template: Option<String>,
    /// A closed issue is reopened rather than followed by a new one within this time: a duration.
    /// Default: 336h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopen_within: Option<Duration>,
    /// An issue is closed after the service was healthy for so long: a duration. Default: 168h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_after: Option<Duration>,
    /// Most requests that create content. Unit: requests per hour. Default: 120.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000))]
    pub per_hour: Option<u32>,
    /// Which namespaces' policies may open issues in which repositories. Default: only
    /// ClusterHealthPolicies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "atomic"))]
    pub allow: Option<Vec<AllowRule>>,
}

/// A site of Jira Cloud. A project is what an action names as `repository`, by its key: `SHOP`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JiraTracker {
    /// Where it is: `https://SITE.atlassian.net`, or `https://api.atlassian.com/ex/jira/CLOUDID` for tokens
    /// with scopes. Credentials are `basic` (username: the account's address, password: an API token) or
    /// `bearer` (an access token). Required.
    pub endpoint: Endpoint,
    /// Type of the issues. Default: Task.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub issue_type: Option<String>,
    /// Names of transitions, or of the statuses that they lead to, by which an issue is closed: the
    /// first that there is. Default: one to a status of the category Done that does not say that it
    /// was not done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 255)), extend("x-kubernetes-list-type" = "set"))]
    pub close_transitions: Vec<String>,
    /// The same for opening one again. Default: one to a status of the category To Do, else In
    /// Progress. Where there is none, a new issue follows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 255)), extend("x-kubernetes-list-type" = "set"))]
    pub reopen_transitions: Vec<String>,
    /// How long the search may not show a new issue: after a lost answer, and after the governor's
    /// start, one is created no earlier. A duration. Default: 5m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_lag: Option<Duration>,
    /// Where people look at issues, if not at the endpoint: `https://SITE.atlassian.net`. Default: the
    /// endpoint's URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), regex(pattern = URL))]
    pub site_url: Option<String>,
}

/// A text of issues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssueTemplate {
    /// Name of the template. Required.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Title, with `{{subject}}` (the service, or how many there are), `{{service}}`,
    /// `{{namespace}}`, `{{policy}}`, `{{tier}}` and `{{level}}`. Required.
    #[schemars(length(min = 1, max = 256))]
    pub title: String,
    /// Text in Markdown, with the same variables, `{{decision}}`, `{{started}}` and the blocks
    /// `{{reasons}}`, `{{signals}}`, `{{evidence}}`, `{{chart}}`, `{{queries}}`, `{{traces}}`,
    /// `{{actions}}` and `{{silence}}`. Required.
    #[schemars(length(min = 1, max = 16384))]
    pub body: String,
}
