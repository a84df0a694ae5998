//! Why: the one form in which status, Events, logs, replay and the demo say their reasons.
//!
//! Owns the codes. Must not decide: who decides returns reasons, and who shows them renders them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One reason: a stable code to search for, and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    pub code: Code,
    pub message: String,
}

impl Reason {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        /// A stable, documented word per reason.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code { $($(#[doc = $doc])* $name),* }

        impl Code {
            /// Every code, for metrics and for the documentation check.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The word itself.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

codes! {
    /// A tier's `when` is True.
    ConditionTrue,
    /// A tier's `when` is False.
    ConditionFalse,
    /// A tier's `when` cannot be known.
    ConditionUnknown,
    /// A tier's `when` is True by earlier readings, and none of its signals has a fresh one now.
    NoTraffic,
    /// `requires: UserFacing`, and no signal that users feel is True.
    NotUserFacing,
    /// Mode Observe: this is what would have been done.
    Observing,
    /// The tier rests after its last action.
    Cooldown,
    /// The tier does not engage again until its `when` has been False, or a person unlatches it.
    LockedOut,
    /// The governor is looking, and does not act yet.
    StartingUp,
    /// No Governor object: nothing may be engaged.
    NoGovernor,
    /// A person paused acting.
    Paused,
    /// A person ordered everything released.
    ReleaseAll,
    /// A NoAct window is open.
    NoActWindow,
    /// Too many services breach at once, or too few are known.
    BreakerOpen,
    /// The ledger lies in the future: a clock went back, and a person has to say what time it is.
    ClockWentBack,
    /// A hold exists that no ledger entry or live Decision stands behind: memory was lost.
    MemoryLost,
    /// Many engagements were refused at once: one reason with their count.
    Storm,
    /// The budget of live holds is used up.
    BudgetExceeded,
    /// A budget is not declared, so nothing is allowed.
    BudgetMissing,
    /// The flag is claimed with another fallback.
    ClaimConflict,
    /// One flag for several services needs `shared: true`.
    NotShared,
    /// The flag is already at its fallback: nothing to cut, nothing to restore.
    AlreadyAtFallback,
    /// The flag does not exist.
    FlagMissing,
    /// The flag cannot be cut as it stands.
    FlagRefused,
    /// The store could not be read or written.
    ProviderUnavailable,
    /// The provider is not declared, or does not allow this.
    ProviderRefused,
    /// The store is not the one that the hold was written to.
    ProviderChanged,
    /// The flag's object belongs to a GitOps tool, which may undo the cut.
    OwnedElsewhere,
    /// The original is too large to be kept.
    PreImageTooLarge,
    /// A person must say yes first.
    ApprovalAwaited,
    /// A person said yes to this very proposal.
    Approved,
    /// A person said no.
    Denied,
    /// A person's word is about another proposal than this one.
    ApprovalVoid,
    /// Nobody answered in time.
    ApprovalTimedOut,
    /// An action of the tier could not be done.
    ActionFailed,
    /// The cut is written and read back.
    CutVerified,
    /// Clients are served the fallback.
    CutServed,
    /// The signals are well again.
    Recovered,
    /// A live action waits for its signals to be well.
    NotRecovered,
    /// The evidence is missing: nothing is relaxed.
    Blind,
    /// The feature was given back, and is being watched.
    ProbeStarted,
    /// The probe went well.
    ProbePassed,
    /// The probe ended without traffic.
    ProbeIdle,
    /// The signals fell ill again during the probe.
    Relapsed,
    /// Too many relapses: the cut stays until a person or the deadline ends it.
    TooManyRelapses,
    /// The signal improved after the cut.
    Improved,
    /// The signal did not improve after the cut.
    Ineffective,
    /// Whether the cut helped cannot be told.
    Inconclusive,
    /// A person set `flyball.dev/unlatch`.
    Unlatched,
    /// `maxDuration` is over.
    DeadlineReached,
    /// A person or another controller changed the flag; it is theirs.
    ForeignEdit,
    /// The flag was deleted or re-created.
    FlagGone,
    /// The flag has its original again.
    RestoreVerified,
    /// The policy is gone.
    PolicyGone,
    /// The tier or its action is gone.
    TierGone,
    /// The tier's mode no longer acts.
    ModeChanged,
    /// The service is gone.
    ServiceGone,
    /// The Decision was deleted: an order to release.
    DecisionDeleted,
    /// Nothing had been changed when the action was given up.
    NothingChanged,
    /// A message could not be delivered.
    NotDelivered,
    /// The stored record says something that this version does not know: it is only restored.
    NewerVersion,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
