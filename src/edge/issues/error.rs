//! What can go wrong with an issue: naming the tracker, the repository and what to do.

use crate::domain::model::problem::Problem;
use crate::domain::model::reason::{Code, Reason};
use std::error::Error;
use std::fmt;

/// Whom an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub tracker: String,
    pub repository: String,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssueTracker {}, repository {}", self.tracker, self.repository)
    }
}

/// Why an issue is not as it shall be.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Nothing was written.
    #[error("{0} is not found; create it, let our user see it, or correct the action's repository")]
    NotFound(Subject),
    /// Nothing was written.
    #[error("{subject} cannot be used: {message}; correct the action's repository")]
    Misnamed { subject: Subject, message: &'static str },
    /// The tracker does not know us. Nothing was written.
    #[error(
        "{0} is refused to us: the tracker does not take our credentials; put valid ones into the Secret \
         that the tracker names"
    )]
    Unauthorized(Subject),
    /// The tracker knows us, and refuses. Nothing was written.
    #[error(
        "{subject} is refused by the tracker: {message}; give our user the right to write issues and labels there"
    )]
    Refused { subject: Subject, message: String },
    /// Somebody changed the issue between our look and our write. Nothing was written.
    #[error("{subject} was changed by somebody else while it was written; it is looked at again")]
    Conflict { subject: Subject },
    /// The tracker asked for a pause. Nothing was written.
    #[error("{subject} is not asked now, for the tracker's limit on calls is reached: {message}")]
    RateLimited { subject: Subject, message: String },
    /// It may have been created already, and not show yet. Nothing was written.
    #[error(
        "{subject} may have an issue already that its search does not show yet; unless it turns up, one is \
         created in {seconds} s"
    )]
    Waiting { subject: Subject, seconds: i64 },
    /// Our own limit. Nothing was written.
    #[error(
        "{subject} is not written now: spec.perHour of the tracker ({most}) is used up; it is tried again"
    )]
    Spent { subject: Subject, most: u32 },
    /// Nothing was sent.
    #[error("{subject} is not written: our lease does not outlast it")]
    NotOurs { subject: Subject },
    #[error("{subject} cannot be understood: {detail}")]
    Malformed { subject: Subject, detail: String },
    /// What was written does not show. Nothing is repeated until the next look.
    #[error("{subject} does not show yet what was written; it is looked at again")]
    Unsettled { subject: Subject },
    /// After a write, whether it took place is not known: look again.
    #[error("{subject} could not be reached")]
    Unavailable {
        subject: Subject,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The tracker is declared in a way that cannot be used.
    #[error("{0}")]
    Declared(Box<Problem>),
}

impl IssueError {
    /// Whether it is known that nothing was written.
    pub fn wrote_nothing(&self) -> bool {
        !matches!(self, Self::Malformed { .. } | Self::Unsettled { .. } | Self::Unavailable { .. })
    }

    /// The same for status, Events and metrics, causes included.
    pub fn reason(&self) -> Reason {
        let code = match self {
            Self::NotFound(_) | Self::Misnamed { .. } | Self::Unauthorized(_) | Self::Refused { .. } => {
                Code::ProviderRefused
            }
            _ => Code::ProviderUnavailable,
        };
        let mut message = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        Reason::new(code, message)
    }
}
