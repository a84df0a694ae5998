//! Why a command could not be done.

use crate::domain::model::problem::Problem;
use crate::edge::kube::connect::ConnectError;
use crate::edge::kube::error::KubeError;
use thiserror::Error;

/// Why a command could not be done; every message says what to do instead.
#[derive(Debug, Error)]
pub enum PluginError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the API server did not do it")]
    Kube(#[from] KubeError),
    /// The arguments name something that is not there, or the wrong thing.
    #[error("{0}")]
    NotSo(String),
    #[error("the source cannot be used: {0}")]
    Source(Problem),
    #[error("the source cannot be asked: {0}")]
    Asked(String),
}

impl PluginError {
    /// Something that the arguments say is not so.
    pub fn not_so(message: impl Into<String>) -> Self {
        Self::NotSo(message.into())
    }
}
