//! What can go wrong with a flag: naming the provider, the key and what to do.
//!
//! Owns [`Fault`], which the pure code finds in a text, and [`FlagError`], which says it of a
//! provider and turns into a `Reason`.

use crate::domain::model::problem::Problem;
use crate::domain::model::reason::{Code, Reason};
use crate::edge::file::error::FileError;
use std::error::Error;
use std::fmt;

/// What a text says against reading or writing a flag in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The text is fine, and the flag is not in it.
    Absent,
    /// The flag is no longer what was read, or no longer ours.
    Conflict(String),
    /// The flag cannot be cut as it stands.
    Refused(Reason),
    /// The text cannot be understood, so nothing is known of the flag.
    Malformed(String),
}

/// Whom an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub provider: String,
    /// None where it is about the store as a whole.
    pub key: Option<String>,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "flag {key} of provider {}", self.provider),
            None => write!(f, "provider {}", self.provider),
        }
    }
}

/// Why a flag was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FlagError {
    #[error("{0} does not exist; create it, or correct the action's key")]
    NotFound(Subject),
    /// Nothing was written.
    #[error("{subject} is not as it was when it was read: {detail}; read it again")]
    Conflict { subject: Subject, detail: String },
    /// Nothing was written.
    #[error("{subject} cannot be cut as it stands: {}", reason.message)]
    Refused { subject: Subject, reason: Reason },
    /// By RBAC, by admission, or because the store does not take the flag so. Nothing was written.
    #[error(
        "{subject} is refused to us: {message}; let the governor get, list and patch it, or change what refuses"
    )]
    Forbidden { subject: Subject, message: String },
    /// Our hold is on it, and it is not as we left it: it is somebody else's. Nothing was written.
    #[error("{subject} was changed by somebody else: {detail}")]
    Foreign { subject: Subject, detail: String },
    /// The store does not know us. Nothing was written.
    #[error(
        "{subject} is refused to us: the store does not take our credentials; put valid ones into the Secret \
         that the provider names"
    )]
    Unauthorized { subject: Subject },
    /// The store knows us, and refuses. Nothing was written.
    #[error(
        "{subject} is refused by the store: {message}; give our credentials the right to read and change it, or \
         change what refuses"
    )]
    StoreRefused { subject: Subject, message: String },
    /// The store asked for a pause. Nothing was written.
    #[error("{subject} is not asked now, for the store's limit on calls is reached: {message}")]
    RateLimited { subject: Subject, message: String },
    #[error("{subject} cannot be understood: {detail}")]
    Malformed { subject: Subject, detail: String },
    /// The hold was written to another store than this provider names now. Nothing was written.
    #[error("{subject} now lives in {now}, but was held in {then}; point the provider there again")]
    Elsewhere { subject: Subject, then: String, now: String },
    /// The store is in the cluster, and there is none.
    #[error(
        "{0} keeps its flags in the cluster, and no cluster is at hand; declare a file, or run in the cluster"
    )]
    NoCluster(Subject),
    /// The provider is declared in a way that cannot be used.
    #[error("{0}")]
    Declared(Box<Problem>),
    /// The store wants credentials, which lie in the cluster, and there is none.
    #[error("{0} needs credentials from the cluster, and no cluster is at hand; run in the cluster")]
    NoSecrets(Subject),
    /// After a write, whether it took place is not known: read again.
    #[error("{subject} could not be reached")]
    Unavailable {
        subject: Subject,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl FlagError {
    /// `fault`, found in the store of `subject`.
    pub fn of(subject: Subject, fault: Fault) -> Self {
        match fault {
            Fault::Absent => Self::NotFound(subject),
            Fault::Conflict(detail) => Self::Conflict { subject, detail },
            Fault::Refused(reason) => Self::Refused { subject, reason },
            Fault::Malformed(detail) => Self::Malformed { subject, detail },
        }
    }

    /// Whether a write that met it may have taken place.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// A file's error, met while working for `subject`.
    pub fn file(subject: Subject, error: FileError) -> Self {
        match error {
            FileError::Changed { .. } => Self::Conflict { subject, detail: error.to_string() },
            _ => Self::Unavailable { subject, source: Box::new(error) },
        }
    }

    /// The same for status, Events and replay, causes included.
    pub fn reason(&self) -> Reason {
        let code = match self {
            Self::NotFound(_) => Code::FlagMissing,
            Self::Conflict { .. } | Self::Foreign { .. } => Code::ForeignEdit,
            Self::Refused { reason, .. } => reason.code,
            Self::Forbidden { .. } | Self::Unauthorized { .. } | Self::StoreRefused { .. } => {
                Code::ProviderRefused
            }
            Self::Malformed { .. }
            | Self::Unavailable { .. }
            | Self::RateLimited { .. }
            | Self::NoCluster(_)
            | Self::NoSecrets(_)
            | Self::Declared(_) => Code::ProviderUnavailable,
            Self::Elsewhere { .. } => Code::ProviderChanged,
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
