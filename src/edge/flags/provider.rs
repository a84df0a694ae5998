//! One FlagProvider, whatever its kind of store: read, cut, restore, find orphans.
//!
//! Owns the choice of the store and the guard that a flag held in one store is never looked for in
//! another. How a cut looks is each store's own business.

use super::asked::Asked;
use super::error::{FlagError, Subject};
use super::file::FlagFile;
use super::format::Format;
use super::memory::Memory;
use super::object::store::FlagObjects;
use super::outer::store::Outer;
use super::served::Served;
use crate::domain::model::flag::{FlagState, FlagTarget, FlagView};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::provider::ProviderFacts;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// A declared FlagProvider, ready to be used. Clones share the store.
#[derive(Debug, Clone)]
pub enum Provider {
    File(FlagFile),
    Object(FlagObjects),
    Outer(Box<Outer>),
    Memory(Memory),
}

/// Cuts of ours that no FlagHold is on.
#[derive(Debug, Default)]
pub struct Orphans {
    /// Each as the hold it must have had: without claims, its pre-image the original. Stored, such
    /// a hold is restored like any other without a claim.
    pub holds: Vec<FlagHold>,
    /// Sentences about those that cannot be given back.
    pub lost: Vec<String>,
}

impl Provider {
    /// What may be said of the store without asking it.
    pub fn facts(&self) -> ProviderFacts {
        self.known().clone()
    }

    /// Who can be asked what clients are served; None: nobody.
    pub fn served(&self) -> Option<&Served> {
        match self {
            Self::Object(objects) => objects.served(),
            Self::Outer(outer) => outer.served(),
            Self::File(_) | Self::Memory(_) => None,
        }
    }

    /// Takes over from the same provider with other secrets.
    pub fn succeed(&self, former: &Self) {
        if let (Self::Outer(mine), Self::Outer(theirs)) = (self, former) {
            mine.succeed(theirs);
        }
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
        self.is_home_of(&hold.target)?;
        let (held, known, key) = (hold.clone(), expected.to_string(), &hold.target.key);
        match self {
            Self::Object(objects) => objects.cut(hold, expected).await,
            Self::Outer(outer) => outer.cut(hold, expected).await,
            Self::File(file) => {
                let format = file.format();
                file.edit(key, move |text| format.cut(text, &held, &known)).await
            }
            Self::Memory(memory) => memory.edit(key, |text| memory.format().cut(text, hold, expected)),
        }
    }

    /// Gives the flag its original, edits of others kept. `expected` is the `document` last read.
    ///
    /// # Errors
    /// Nothing was written, except that after [`FlagError::Unavailable`] this is not known.
    pub async fn restore(&self, hold: &FlagHold, expected: &str) -> Result<(), FlagError> {
        self.is_home_of(&hold.target)?;
        let (held, known, key) = (hold.clone(), expected.to_string(), &hold.target.key);
        match self {
            Self::Object(objects) => objects.restore(hold, expected).await,
            Self::Outer(outer) => outer.restore(hold, expected).await,
            Self::File(file) => {
                let format = file.format();
                file.edit(key, move |text| format.restore(text, &held, &known)).await
            }
            Self::Memory(memory) => memory.edit(key, |text| memory.format().restore(text, hold, expected)),
        }
    }

    /// What a flag that reads `document` will read once [`Provider::restore`] is through. It is
    /// not the hold's pre-image where a person edited the flag meanwhile; storing it there before
    /// the restore lets the flag read as free, not as foreign, after it.
    ///
    /// # Errors
    /// A conflict if the cut is not on it; refused if the result is too large to be kept.
    pub fn original(&self, hold: &FlagHold, document: &str) -> Result<String, FlagError> {
        let original = match self {
            Self::File(file) => file.format().original(document, hold),
            Self::Object(objects) => objects.original(document, hold),
            Self::Outer(_) => Ok(hold.pre_image.clone()),
            Self::Memory(memory) => memory.format().original(document, hold),
        };
        original.map_err(|fault| FlagError::of(self.subject(&hold.target.key), fault))
    }

    /// Cuts with our mark that no hold of `known` (names) is on.
    ///
    /// # Errors
    /// Unavailable or malformed.
    pub async fn orphans(&self, known: &BTreeSet<String>) -> Result<Orphans, FlagError> {
        let (mut holds, lost) = match self {
            Self::File(file) => (self.marked(file.format(), &file.text().await?)?, Vec::new()),
            Self::Object(objects) => objects.orphans().await?,
            // Such stores have no place for a mark.
            Self::Outer(_) => (Vec::new(), Vec::new()),
            Self::Memory(memory) => (self.marked(memory.format(), &memory.text()?)?, Vec::new()),
        };
        holds.retain(|hold| !known.contains(&hold.target.hold_name()));
        Ok(Orphans { holds, lost })
    }

    fn marked(&self, format: Format, text: &str) -> Result<Vec<FlagHold>, FlagError> {
        if format != Format::Flagd {
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
        let found = super::flagd::orphans(text, self.installation(), target);
        let subject = Subject { provider: facts.name.clone(), key: None };
        found.map_err(|fault| FlagError::of(subject, fault))
    }

    async fn look(&self, target: &FlagTarget, asked: &Asked<'_>) -> Result<Option<FlagState>, FlagError> {
        self.is_home_of(target)?;
        match self {
            Self::File(file) => file.look(asked).await,
            Self::Object(objects) => objects.look(target, asked).await,
            Self::Outer(outer) => outer.look(asked).await,
            Self::Memory(memory) => memory.look(asked),
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
            Self::Object(objects) => objects.facts(),
            Self::Outer(outer) => outer.facts(),
            Self::Memory(memory) => memory.facts(),
        }
    }

    fn installation(&self) -> &str {
        match self {
            Self::File(file) => file.installation(),
            Self::Object(objects) => objects.installation(),
            Self::Outer(outer) => outer.installation(),
            Self::Memory(memory) => memory.installation(),
        }
    }
}

fn place(store: &str, endpoint: &str, project: Option<&str>) -> String {
    let project = project.map(|project| format!(", project {project}")).unwrap_or_default();
    format!("{store} {endpoint}{project}")
}

#[cfg(test)]
mod tests;
