//! What a language must be able to say, and what it is told for that.

use crate::domain::model::effect::EffectVerdict;
use crate::domain::model::message::Labels;
use crate::domain::model::news::Event;
use crate::domain::model::reason::Reason;

/// What is said of one Decision, or of several that are told together.
#[derive(Debug, Clone)]
pub struct View {
    pub event: Event,
    /// It ends what was told before.
    pub closes: bool,
    /// `Fuse`, `Degrade` or `Optimize`.
    pub level: String,
    pub tier: String,
    pub policy: String,
    /// `kubectl` name of the policy's kind, and its namespace where it has one.
    pub policy_place: String,
    /// `namespace/service` of each Decision.
    pub services: Vec<String>,
    /// (key, fallback) of the flags, of a single Decision alone.
    pub flags: Vec<(String, String)>,
    /// Whether the flags were, or are to be, touched at all.
    pub cut: bool,
    /// Words of commands: nothing in them means anything to a shell.
    pub namespace: String,
    pub decision: String,
    pub tier_word: String,
    /// Hash of what a person is asked to approve.
    pub hash: Option<String>,
    /// When it ends at the latest.
    pub deadline: Option<String>,
    /// When this happened.
    pub at: String,
}

/// A heading of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    Service,
    Services,
    Policy,
    Tier,
    Time,
    Deadline,
    Held,
    Effect,
    Decision,
}

/// One language.
pub trait Tongue: Sync {
    /// The headline.
    fn title(&self, view: &View) -> String;
    /// What happened, and what may be done about it.
    fn sentences(&self, view: &View) -> Vec<String>;
    /// The headline and the sentences of news of the whole fleet.
    fn fleet(&self, event: Event, closes: bool) -> (String, String);
    /// One reason.
    fn reason(&self, reason: &Reason) -> String;
    /// What came of a cut, and the numbers behind it.
    fn effect(&self, verdict: EffectVerdict, message: &str) -> String;
    /// A sentence of the governor's.
    fn sentence(&self, message: &str) -> String;
    /// A length of time.
    fn duration(&self, seconds: u64) -> String;
    /// A tier with its level.
    fn tier(&self, tier: &str, level: &str) -> String;
    /// Names, and how many more there are.
    fn names(&self, names: &[String], more: usize) -> String;
    /// What a flag has before its cut, where that is no short value.
    fn original(&self) -> &'static str;
    fn heading(&self, heading: Heading) -> &'static str;
    fn labels(&self) -> Labels;
}

impl Heading {
    /// The word in every language, for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Services => "services",
            Self::Policy => "policy",
            Self::Tier => "tier",
            Self::Time => "time",
            Self::Deadline => "deadline",
            Self::Held => "held",
            Self::Effect => "effect",
            Self::Decision => "decision",
        }
    }
}

impl View {
    /// Whether several Decisions are told of together.
    pub fn is_group(&self) -> bool {
        self.services.len() > 1
    }
}
