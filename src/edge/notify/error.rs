//! Why a message was not delivered, and whether trying again may help.
//!
//! No error repeats what was sent, what came back or where it went: all of these may hold secrets.

use crate::domain::model::problem::Problem;
use crate::edge::http::answer::Error as HttpError;
use std::time::Duration;
use thiserror::Error;

/// What went wrong.
#[derive(Debug, Error)]
pub enum NotifyError {
    /// It is not declared so that it could be used.
    #[error("{0}")]
    Declared(Box<Problem>),
    /// Our credentials or our signature are not taken.
    #[error("the receiver does not take our credentials ({0}); correct the Secret that the Notifier names")]
    Unauthorized(&'static str),
    /// It wants fewer messages, or a pause.
    #[error("the receiver takes no more messages for now")]
    RateLimited { after: Option<Duration> },
    /// This message will never be taken.
    #[error("the receiver refuses the message: {0}")]
    Refused(String),
    /// Nothing came back, or something that is no answer to a message.
    #[error("the receiver is not available")]
    Unavailable(#[source] Box<HttpError>),
    /// The server, or something before it, does not do its work.
    #[error("the receiver is not available: it answers {0}")]
    Failing(u16),
    /// What came back is not what such a receiver answers.
    #[error("the answer is not what such a receiver answers; check the URL")]
    Malformed,
}

/// What to do with the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// It will not be taken however often it is sent.
    GiveUp,
    /// Send it again, not before this if it is told.
    Again(Option<Duration>),
}

impl NotifyError {
    /// What to do with the message.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Declared(_) | Self::Refused(_) => Advice::GiveUp,
            Self::RateLimited { after } => Advice::Again(*after),
            // Secrets are changed by people, and servers come back.
            Self::Unauthorized(_) | Self::Unavailable(_) | Self::Failing(_) | Self::Malformed => {
                Advice::Again(None)
            }
        }
    }
}
