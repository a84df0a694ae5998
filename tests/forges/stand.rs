//! What a tracker must offer to be put through the cases, and the one of ours in front of it.

use crate::servers::front::Front;
use chrono::{DateTime, TimeDelta, Utc};
use flyball::domain::model::id::{PolicyKey, ServiceKey, TierKey};
use flyball::domain::model::issue::{
    Answer, Issue, IssuePlan, IssueStanding, IssueState, IssueTarget, Seen, Story,
};
use flyball::domain::model::reason::Reason;
use flyball::edge::crd::accept::issue_tracker::issue_tracker;
use flyball::edge::http::header::Header;
use flyball::edge::http::line::Keys;
use flyball::edge::issues::declared::open;
use flyball::edge::issues::tracker::{Looked, May, Tracker};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Every secret of these tests has it in its midst; it must be shown nowhere.
pub const CANARY: &str = "canary7f3a";
/// Within it a closed issue is reopened.
pub const WINDOW: Duration = Duration::from_secs(14 * 24 * 3600);

/// A kind of tracker with a server behind it.
pub trait Stand: Sync {
    /// Its column in the table, and its field in the spec.
    fn name(&self) -> &'static str;
    /// What it was proved against, as the table says it.
    fn proved(&self) -> &'static str;
    fn address(&self) -> SocketAddr;
    /// The token that is valid now.
    fn token(&self) -> String;
    /// Makes that one invalid, and another one valid.
    fn rotate(&self);
    /// What its field in the spec says, given an endpoint.
    fn declared(&self, endpoint: Value) -> Value {
        endpoint
    }
    /// Whether a write onto a text that somebody changed meanwhile is refused.
    fn guards_texts(&self) -> bool {
        false
    }
    /// Whether issues are found by a search, for want of a list.
    fn searches(&self) -> bool {
        false
    }
    /// How long a new issue is waited with if one may be there that does not show.
    fn patience(&self) -> TimeDelta {
        TimeDelta::zero()
    }
    /// How an action would name a repository that is not there.
    fn nowhere(&self, repository: &str) -> String {
        format!("{repository}-not")
    }
    /// Makes a repository; returns how an action names it.
    fn repository(&self, name: &str) -> String;
    /// Every issue of a repository as a person sees it, oldest first.
    fn issues(&self, repository: &str) -> Vec<Shown>;
    /// A person closes an issue; as not to be fixed, as people say that there.
    fn close(&self, repository: &str, number: u64, wont_fix: bool);
    /// A person writes a comment, another title, another text, a label.
    fn comment(&self, repository: &str, number: u64, text: &str);
    fn rewrite(&self, repository: &str, number: u64, title: &str, body: &str);
    fn label(&self, repository: &str, number: u64, label: &str);
    /// A person opens an issue that carries labels.
    fn open(&self, repository: &str, title: &str, body: &str, labels: &[&str]);
    /// What the tracker answers when it limits us.
    fn limits(&self) -> Vec<crate::servers::wire::Reply> {
        vec![crate::servers::wire::Reply::new(429, "{}").with("retry-after", "60")]
    }
    /// Fails if anything was asked of it in another way than it describes.
    fn judge(&self) {}
}

/// An issue as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub number: u64,
    pub open: bool,
    pub title: String,
    pub body: String,
    pub labels: Vec<String>,
    pub comments: u64,
}

/// A tracker of ours behind a front.
pub struct Opened {
    pub stand: &'static dyn Stand,
    pub front: Front,
    pub tracker: Tracker,
    pub repository: String,
}

impl Opened {
    /// Opens one with the token that is valid now, and a new repository.
    pub fn open(stand: &'static dyn Stand, name: &str) -> Self {
        let front = Front::before(stand.address());
        let tracker = tracker(stand, &spec(stand, &front.url()), &stand.token());
        Self { stand, front, tracker, repository: stand.repository(name) }
    }

    /// The same with another spec or token, and nothing remembered but that it was there all along.
    pub fn with(&self, spec: &Value, token: &str) -> Self {
        let tracker = tracker(self.stand, spec, token);
        Self { stand: self.stand, front: self.front.clone(), tracker, repository: self.repository.clone() }
    }

    /// One that comes after it: nothing is remembered.
    pub fn anew(&self) -> Self {
        let tracker = made(self.stand, &spec(self.stand, &self.front.url()), &self.stand.token());
        Self { stand: self.stand, front: self.front.clone(), tracker, repository: self.repository.clone() }
    }

    /// What is wanted of the one issue of these tests.
    pub fn plan(&self, target: IssueTarget, occasion: &str, weight: u32) -> IssuePlan {
        plan(&self.repository, target, occasion, weight)
    }

    pub fn look(&self, plan: &IssuePlan) -> Looked {
        self.look_at(Utc::now(), plan)
    }

    /// What the tracker shows, at an hour of its own.
    pub fn look_at(&self, now: DateTime<Utc>, plan: &IssuePlan) -> Looked {
        let looked = runtime().block_on(self.tracker.look_after(now, plan, &may()));
        let told = format!("{looked:?}");
        assert!(!told.contains(CANARY), "a secret is told: {told}");
        looked
    }

    pub fn seen(&self, plan: &IssuePlan) -> Seen {
        self.seen_at(Utc::now(), plan)
    }

    pub fn seen_at(&self, now: DateTime<Utc>, plan: &IssuePlan) -> Seen {
        match self.look_at(now, plan).view.answer {
            Answer::Seen(seen) => seen,
            Answer::Trouble(reason) => panic!("{}: {reason}", self.stand.name()),
        }
    }

    pub fn trouble(&self, plan: &IssuePlan) -> Reason {
        match self.look(plan).view.answer {
            Answer::Trouble(reason) => reason,
            Answer::Seen(seen) => panic!("{}: {seen:?}", self.stand.name()),
        }
    }

    /// Opens the issue of `occasion`, and returns the plan that knows its number.
    pub fn opened(&self, occasion: &str, weight: u32) -> IssuePlan {
        let mut plan = self.plan(IssueTarget::Open, occasion, weight);
        let seen = self.seen(&plan);
        assert_eq!(seen.standing, IssueStanding::Open);
        (plan.issue.number, plan.issue.url) = (Some(seen.number), seen.url);
        plan
    }

    pub fn issues(&self) -> Vec<Shown> {
        self.stand.issues(&self.repository)
    }

    /// Numbers of the open ones.
    pub fn open_ones(&self) -> Vec<u64> {
        self.issues().into_iter().filter(|issue| issue.open).map(|issue| issue.number).collect()
    }
}

/// A tracker at `url` that everybody may use.
pub fn spec(stand: &dyn Stand, url: &str) -> Value {
    spec_allowing(stand, url, &["Loopback"])
}

/// The same that may be reached at these guarded addresses.
pub fn spec_allowing(stand: &dyn Stand, url: &str, addresses: &[&str]) -> Value {
    let endpoint = json!({"url": url, "allowAddresses": addresses,
        "auth": {"bearer": {"secretRef": {"name": "tracker"}}}});
    json!({stand.name(): stand.declared(endpoint), "labels": ["from-tracker"], "allow": [{"namespaceSelector": {}}]})
}

/// One of ours with this spec, that has been there for long.
pub fn tracker(stand: &dyn Stand, spec: &Value, token: &str) -> Tracker {
    let tracker = made(stand, spec, token);
    tracker.begin(Utc::now() - TimeDelta::days(1));
    tracker
}

fn made(stand: &dyn Stand, spec: &Value, token: &str) -> Tracker {
    let read = serde_json::from_value(spec.clone()).expect("the spec has its fields");
    let accepted = issue_tracker(&read).unwrap_or_else(|problems| panic!("{}: {problems:?}", stand.name()));
    // Secrets are read by the governor; here they are handed over.
    let header = Header::new("auth", "Authorization", &format!("Bearer {token}")).expect("a header");
    open("code", &accepted, Keys { headers: vec![header], ca: None }, &[]).expect("it can be opened")
}

pub fn plan(repository: &str, target: IssueTarget, occasion: &str, weight: u32) -> IssuePlan {
    let service = ServiceKey::new("shop", "inventory");
    let policy = PolicyKey { namespace: Some("shop".into()), name: "inventory".into() };
    let started = Utc::now() - TimeDelta::minutes(5);
    let issue = Issue {
        action: "ask".into(),
        tracker: "code".into(),
        repository: repository.to_string(),
        fingerprint: "0123456789abcdef".into(),
        grouped: false,
        occasion: occasion.to_string(),
        state: IssueState::Wanted,
        claimed: started,
        weight,
        number: None,
        url: String::new(),
        well_since: None,
        blind_since: None,
        trouble: None,
    };
    let story = Story {
        service: service.clone(),
        policy: policy.to_string(),
        tier: "split-lock".into(),
        level: "Optimize".into(),
        decision: occasion.to_string(),
        started,
        reasons: vec![format!("lock-wait of @everyone <b>is</b> {weight} times its limit")],
        flags: Vec::new(),
        services: Vec::new(),
        total: 1,
        evidence: None,
    };
    IssuePlan {
        key: TierKey { policy, service, tier: "split-lock".into() },
        decision: Some(occasion.to_string()),
        issue,
        target,
        labels: vec!["concurrency".into()],
        template: "hot-lock".into(),
        reopen_within: WINDOW,
        story,
    }
}

pub fn may() -> May {
    Arc::new(|| true)
}

pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime can be made"))
}
