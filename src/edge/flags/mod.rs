//! Flag stores: reading a flag, cutting it to its fallback, giving it back.
//!
//! Owns how a cut looks in each kind of store. Level-triggered and keyed: a write that finds its
//! target true does nothing, and one that finds a flag other than was read writes nothing. Must
//! not decide whether to cut, nor store the intent: a FlagHold exists before the first write.

pub mod asked;
pub mod error;
pub mod file;
pub mod flagd;
pub mod format;
pub mod key_value;
pub mod memory;

#[cfg(test)]
mod provider_test;

use crate::domain::model::flag::{FlagState, FlagTarget, FlagView};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::provider::ProviderFacts;
use asked::Asked;
use chrono::{DateTime, Utc};
use error::{Fault, FlagError, Subject};
use file::FlagFile;
use format::Format;
use memory::Memory;
use std::collections::BTreeSet;

/// A declared FlagProvider, ready to be used. Clones share the store.
#[derive(Debug, Clone)]
pub enum Provider {
    File(FlagFile),
    Memory(Memory),
}

impl Provider {
    /// What may be said of the store without asking it.
    pub fn facts(&self) -> ProviderFacts {
        self.known().clone()
    }

    /// How the flag stands. `fallback` is what a cut would serve, where no `hold` says so.
    /// Whatever goes wrong is a view, too: nothing may follow from a store that cannot be read.
    pub async fn read(
        &self,
        target: &FlagTarget,
        fallback: &str,
        hold: Option<&FlagHold>,
        now: DateTime<Utc>,
    ) -> FlagView {
        let asked = Asked { key: &target.key, fallback, hold, installation: self.installation(), now };
        match self.look(target, &asked).await {
            Ok(Some(state)) => FlagView::Seen(state),
            Ok(None) => FlagView::Gone { since: now },
            Err(error) => FlagView::Unreadable(error.reason()),
        }
    }

    /// Makes the flag serve the hold's fallback until the hold's deadline, in whole seconds,
    /// rounded up. `expected` is the `document` last read.
    ///
    /// # Errors
    /// Nothing was written, except that after [`FlagError::Unavailable`] this is not known.
    pub async fn cut(&self, hold: &FlagHold, expected: &str) -> Result<(), FlagError> {
        let (format, held, expected) = (self.format(), hold.clone(), expected.to_string());
        self.edit(&hold.target, move |text| format.cut(text, &held, &expected)).await
    }

    /// Gives the flag its original, edits of others kept. `expected` is the `document` last read.
    ///
    /// # Errors
    /// Nothing was written, except that after [`FlagError::Unavailable`] this is not known.
    pub async fn restore(&self, hold: &FlagHold, expected: &str) -> Result<(), FlagError> {
        let (format, held, expected) = (self.format(), hold.clone(), expected.to_string());
        self.edit(&hold.target, move |text| format.restore(text, &held, &expected)).await
    }

    /// What a flag that reads `document` will read once [`Provider::restore`] is through. It is
    /// not the hold's pre-image where a person edited the flag meanwhile; storing it there before
    /// the restore lets the flag read as free, not as foreign, after it.
    ///
    /// # Errors
    /// A conflict if the cut is not on it; refused if the result is too large to be kept.
    pub fn original(&self, hold: &FlagHold, document: &str) -> Result<String, FlagError> {
        let original = self.format().original(document, hold);
        original.map_err(|fault| FlagError::of(self.subject(&hold.target.key), fault))
    }

    /// Cuts with our mark that no hold of `known` (names) is on, each as the hold it must have
    /// had: without claims, its pre-image what is inside the wrapper. Stored, such a hold is
    /// restored like any other without a claim.
    ///
    /// # Errors
    /// Unavailable or malformed.
    pub async fn orphans(&self, known: &BTreeSet<String>) -> Result<Vec<FlagHold>, FlagError> {
        let text = match self {
            Self::File(file) => file.text().await?,
            Self::Memory(memory) => memory.text()?,
        };
        if self.format() != Format::Flagd {
            return Ok(Vec::new());
        }
        let facts = self.known();
        let target = |key: &str| FlagTarget {
            provider: facts.name.clone(),
            store: facts.store.clone(),
            endpoint: facts.endpoint.clone(),
            project: facts.project.clone(),
            object: None,
            key: key.to_string(),
        };
        let found = flagd::orphans(&text, self.installation(), target);
        let subject = Subject { provider: facts.name.clone(), key: None };
        let mut holds = found.map_err(|fault| FlagError::of(subject, fault))?;
        holds.retain(|hold| !known.contains(&hold.target.hold_name()));
        Ok(holds)
    }

    async fn look(&self, target: &FlagTarget, asked: &Asked<'_>) -> Result<Option<FlagState>, FlagError> {
        self.is_home_of(target)?;
        match self {
            Self::File(file) => file.look(asked).await,
            Self::Memory(memory) => memory.look(asked),
        }
    }

    async fn edit<E>(&self, target: &FlagTarget, edit: E) -> Result<(), FlagError>
    where
        E: FnOnce(&str) -> Result<Option<String>, Fault> + Send + 'static,
    {
        self.is_home_of(target)?;
        match self {
            Self::File(file) => file.edit(&target.key, edit).await,
            Self::Memory(memory) => memory.edit(&target.key, edit),
        }
    }

    /// A flag that was held in one store is not looked for in another.
    fn is_home_of(&self, target: &FlagTarget) -> Result<(), FlagError> {
        let facts = self.known();
        if facts.is_home_of(target) {
            return Ok(());
        }
        Err(FlagError::Elsewhere {
            subject: self.subject(&target.key),
            then: place(&target.store, &target.endpoint, target.project.as_deref()),
            now: place(&facts.store, &facts.endpoint, facts.project.as_deref()),
        })
    }

    fn subject(&self, key: &str) -> Subject {
        Subject { provider: self.known().name.clone(), key: Some(key.to_string()) }
    }

    fn known(&self) -> &ProviderFacts {
        match self {
            Self::File(file) => file.facts(),
            Self::Memory(memory) => memory.facts(),
        }
    }

    fn format(&self) -> Format {
        match self {
            Self::File(file) => file.format(),
            Self::Memory(memory) => memory.format(),
        }
    }

    fn installation(&self) -> &str {
        match self {
            Self::File(file) => file.installation(),
            Self::Memory(memory) => memory.installation(),
        }
    }
}

fn place(store: &str, endpoint: &str, project: Option<&str>) -> String {
    let project = project.map(|project| format!(", project {project}")).unwrap_or_default();
    format!("{store} {endpoint}{project}")
}
