//! A source of answers: live, or a recording of one.

use crate::domain::model::series::{Exemplars, Matrix, Vector};
use crate::edge::prometheus::client::Client;
use crate::edge::prometheus::error::Error as LiveError;
use crate::edge::recording::kept::{Kept, NotKept, Part};
use crate::edge::recording::recorded::{Recording, UnknownQuery};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Where answers come from. Cloning is cheap.
#[derive(Debug, Clone)]
pub enum Source {
    Prometheus(Client),
    Recording(Arc<Recording>),
    /// Answers about the past that were fetched before; it is never asked for the present.
    Kept(Arc<Kept>),
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum Error {
    #[error(transparent)]
    Prometheus(#[from] LiveError),
    #[error(transparent)]
    Recording(#[from] UnknownQuery),
    #[error(transparent)]
    Kept(#[from] NotKept),
}

impl Source {
    /// The answer at one instant.
    ///
    /// # Errors
    /// The source failed, or the recording does not hold the question.
    pub async fn instant(&self, query: &str, at: DateTime<Utc>) -> Result<Vector, Error> {
        match self {
            Self::Prometheus(client) => Ok(client.instant(query, at).await?),
            Self::Recording(recording) => Ok(recording.instant(query, at)?),
            Self::Kept(_) => Err(NotKept::Missing { query: query.to_string(), from: at }.into()),
        }
    }

    /// The answers at `start`, `start + step`, ... up to `end`.
    ///
    /// # Errors
    /// The source failed, or the recording does not hold the question.
    pub async fn range(
        &self,
        query: &str,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        step: Duration,
    ) -> Result<Matrix, Error> {
        match self {
            Self::Prometheus(client) => Ok(client.range(query, start, end, step).await?),
            Self::Recording(recording) => Ok(recording.range(query, start, end, step)?),
            Self::Kept(kept) => Ok(kept.read(&Part { query: query.to_string(), start, end, step })?),
        }
    }
    /// The exemplars behind `query` from `start` to `end`; what was recorded has none.
    ///
    /// # Errors
    /// The source failed.
    pub async fn exemplars(
        &self,
        query: &str,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<Vec<Exemplars>, Error> {
        match self {
            Self::Prometheus(client) => Ok(client.exemplars(query, start, end).await?),
            Self::Recording(_) | Self::Kept(_) => Ok(Vec::new()),
        }
    }

    /// The same source for questions that nobody waits for: they take no turn from a look.
    pub fn aside(&self) -> Self {
        match self {
            Self::Prometheus(client) => Self::Prometheus(client.aside()),
            other => other.clone(),
        }
    }
}
