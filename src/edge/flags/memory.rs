//! A flagd document in memory: the fake of tests, and what a dry run and a replay cut instead.
//!
//! The same pure code as a file, with a true precondition: an edit and its check are one step.

use super::asked::Asked;
use super::error::{Fault, FlagError, Subject};
use super::format::Format;
use crate::domain::model::flag::FlagState;
use crate::domain::model::provider::ProviderFacts;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One document of flags. Clones share it.
#[derive(Debug, Clone)]
pub struct Memory {
    facts: ProviderFacts,
    installation: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    text: String,
    writes: u64,
    failing: bool,
}

impl Memory {
    /// A store with the flagd document `text`. `facts` says which store it stands in for, so that
    /// holds have the names they would have there.
    pub fn new(facts: ProviderFacts, text: &str, installation: &str) -> Self {
        let inner = Inner { text: text.to_string(), writes: 0, failing: false };
        Self { facts, installation: installation.to_string(), inner: Arc::new(Mutex::new(inner)) }
    }

    /// What may be said of it.
    pub fn facts(&self) -> &ProviderFacts {
        &self.facts
    }

    /// Always a flagd document.
    pub fn format(&self) -> Format {
        Format::Flagd
    }

    /// Id of the installation whose marks are ours.
    pub fn installation(&self) -> &str {
        &self.installation
    }

    /// Replaces the document, as a person would.
    pub fn put(&self, text: &str) {
        self.inner().text = text.to_string();
    }

    /// From now on every read and write fails, or none does.
    pub fn fail(&self, failing: bool) {
        self.inner().failing = failing;
    }

    /// How often [`Memory::edit`] changed the document.
    pub fn writes(&self) -> u64 {
        self.inner().writes
    }

    /// The whole text.
    ///
    /// # Errors
    /// Unavailable, if told to fail.
    pub fn text(&self) -> Result<String, FlagError> {
        let inner = self.inner();
        self.reachable(&inner, None)?;
        Ok(inner.text.clone())
    }

    /// How a flag stands; None if it is not there.
    ///
    /// # Errors
    /// Malformed, or unavailable if told to fail.
    pub fn look(&self, asked: &Asked<'_>) -> Result<Option<FlagState>, FlagError> {
        let inner = self.inner();
        self.reachable(&inner, Some(asked.key))?;
        let found = Format::Flagd.look(&inner.text, asked);
        found.map_err(|fault| FlagError::of(self.subject(Some(asked.key)), fault))
    }

    /// Keeps what `edit` makes of the text, if it makes anything of it.
    ///
    /// # Errors
    /// Those of `edit`; unavailable if told to fail.
    pub fn edit(
        &self,
        key: &str,
        edit: impl FnOnce(&str) -> Result<Option<String>, Fault>,
    ) -> Result<(), FlagError> {
        let mut inner = self.inner();
        self.reachable(&inner, Some(key))?;
        let made = edit(&inner.text).map_err(|fault| FlagError::of(self.subject(Some(key)), fault))?;
        if let Some(text) = made {
            inner.text = text;
            inner.writes += 1;
        }
        Ok(())
    }

    fn reachable(&self, inner: &Inner, key: Option<&str>) -> Result<(), FlagError> {
        match inner.failing {
            true => Err(FlagError::Unavailable {
                subject: self.subject(key),
                source: "the store in memory was told to fail".into(),
            }),
            false => Ok(()),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // An edit that panics has not touched the text: what stands there is still whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subject(&self, key: Option<&str>) -> Subject {
        Subject { provider: self.facts.name.clone(), key: key.map(str::to_string) }
    }
}
