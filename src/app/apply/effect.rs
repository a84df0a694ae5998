//! The effect on one flag: whether one is needed, and performing it.

use crate::app::clock::Clock;
use crate::domain::model::flag::{FlagView, Standing};
use crate::domain::model::fleet::Fleet;
use crate::domain::model::hold::FlagHold;
use crate::domain::model::plan::{FlagEffect, FlagPlan};
use crate::domain::model::reason::Reason;
use crate::edge::flags::error::FlagError;
use crate::edge::flags::flagd::wrapper;
use crate::edge::flags::provider::Provider;
use std::time::Duration;
use tracing::field::Empty;
use tracing::{Instrument, trace_span};

/// A write that is needed to make a plan true.
pub struct Step {
    pub hold: FlagHold,
    kind: Kind,
    /// The document that the write replaces.
    expected: String,
}

impl Step {
    /// Whether it takes the feature away, or keeps it away.
    pub fn cuts(&self) -> bool {
        self.kind.cuts()
    }
}

/// What a write does to the flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Cut,
    /// The cut's deadline is moved.
    Extend,
    Restore,
}

impl Kind {
    /// Whether it takes the feature away, or keeps it away.
    pub fn cuts(self) -> bool {
        matches!(self, Self::Cut | Self::Extend)
    }

    /// The word in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Extend => "extend",
            Self::Restore => "restore",
        }
    }
}

/// A write that was tried.
#[derive(Debug, Clone)]
pub struct Done {
    pub kind: Kind,
    /// Name of the FlagHold.
    pub hold: String,
    pub provider: String,
    pub key: String,
    pub fallback: String,
    /// How long the store took.
    pub took: Duration,
    /// None: written, to be read back by the next look.
    pub trouble: Option<String>,
    /// The same for the Decision; None where somebody else wrote first, which the next look shows.
    pub reason: Option<Reason>,
}

/// The write that makes `flag` true; None where it is true already or may not be touched.
///
/// # Errors
/// A sentence, where what a restore would write cannot be told.
pub fn wanted(flag: &FlagPlan, fleet: &Fleet, provider: &Provider) -> Result<Option<Step>, String> {
    let Some(FlagView::Seen(state)) = fleet.flags.get(&flag.name) else { return Ok(None) };
    let kind = match (&flag.effect, &state.standing) {
        (FlagEffect::Cut, Standing::Free) => Kind::Cut,
        (FlagEffect::Cut, Standing::Cut { until, .. }) if *until != wrapper::written(flag.hold.deadline) => {
            match provider.facts().capabilities.self_ending {
                true => Kind::Extend,
                false => return Ok(None),
            }
        }
        (FlagEffect::Original, Standing::Cut { .. } | Standing::CutAndEdited(_)) => Kind::Restore,
        _ => return Ok(None),
    };
    let mut hold = flag.hold.clone();
    if kind == Kind::Restore {
        // What people edited inside our cut is theirs: it is the original from now on.
        hold.pre_image = provider.original(&hold, &state.document).map_err(|error| error.to_string())?;
    }
    Ok(Some(Step { hold, kind, expected: state.document.clone() }))
}

/// Performs a write. A failed one leaves the flag as it was, or is found out by the next look.
pub async fn perform(step: Step, provider: &Provider) -> Done {
    let watch = Clock::system();
    let target = &step.hold.target;
    let (effect, provider_name, key) = (step.kind.as_str(), target.provider.as_str(), target.key.as_str());
    let span = trace_span!(target: "flyball::trace", "flag_write", effect, provider = provider_name, key, error = Empty);
    let write = async {
        match step.kind {
            Kind::Cut | Kind::Extend => provider.cut(&step.hold, &step.expected).await,
            Kind::Restore => provider.restore(&step.hold, &step.expected).await,
        }
    };
    let written = write.instrument(span.clone()).await;
    if let Err(error) = &written {
        span.record("error", chain(error));
    }
    let reason = match &written {
        Ok(()) | Err(FlagError::Conflict { .. } | FlagError::Foreign { .. }) => None,
        Err(error) => Some(error.reason()),
    };
    Done {
        kind: step.kind,
        took: watch.elapsed(),
        hold: step.hold.target.hold_name(),
        reason,
        provider: step.hold.target.provider.clone(),
        key: step.hold.target.key.clone(),
        fallback: step.hold.fallback.clone(),
        trouble: written.err().map(|error| chain(&error)),
    }
}

/// An error with its sources, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
