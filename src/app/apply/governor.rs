//! The Governor, and what we remember of our own: the ledger, the breaker's word, who was told.
//!
//! Owns where that lies: in the Governor's status, or, for a governor of single namespaces, in a notebook of
//! its own. The spec is never ours to write, but where there is no cluster.

use super::effect::chain;
use super::objects::Objects;
use super::store::Trouble;
use crate::domain::model::fleet::LedgerEntry;
use crate::edge::cluster::notebook::Notebook;
use crate::edge::crd::kind::governor::{Governor, GovernorSpec, GovernorStatus};
use chrono::{DateTime, Utc};

impl Objects {
    /// The stored budget ledger.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        let status = self.governor.as_ref().and_then(|governor| governor.status.as_ref());
        status.map_or_else(Vec::new, |status| status.ledger.iter().map(LedgerEntry::from).collect())
    }

    /// Stores the Governor's spec as it is declared, keeping its status.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn put_governor(&mut self, now: DateTime<Utc>, spec: GovernorSpec) -> Result<(), String> {
        let mut next = Governor::new("default", spec);
        next.status = self.governor.as_ref().and_then(|governor| governor.status.clone());
        if let Some(stored) = self.store.put(self.governor.as_ref(), next, now).await? {
            self.governor = Some(stored);
        }
        Ok(())
    }

    /// The id of this installation: the stored Governor's uid, and what tells apart those that share it.
    pub fn installation(&self) -> Option<String> {
        let uid = self.governor.as_ref().and_then(|governor| governor.metadata.uid.as_deref())?;
        Some(self.store.realm().installation(uid, &self.home))
    }

    /// Reads the Governor again; whether there is one.
    ///
    /// # Errors
    /// The store could not be read: what was known stays.
    pub async fn refresh_governor(&mut self) -> Result<bool, String> {
        let governor = self.store.get::<Governor>(None, "default").await?;
        if let Some(notebook) = &mut self.notebook {
            notebook.refresh().await.map_err(|error| chain(&error))?;
        }
        self.governor = governor;
        self.remember();
        Ok(self.governor.is_some())
    }

    /// Takes what we remember to be the Governor's status.
    pub(super) fn remember(&mut self) {
        if let (Some(governor), Some(notebook)) = (&mut self.governor, &self.notebook) {
            governor.status = Some(notebook.status().clone());
        }
    }

    /// The version of what we remember, where it lies in no Governor.
    pub fn notebook_version(&self) -> Option<&str> {
        self.notebook.as_ref().and_then(Notebook::version)
    }

    /// Whether this installation alone is to give everything back. Who asks obeys.
    pub fn obey_release(&mut self) -> bool {
        self.notebook.as_mut().is_some_and(Notebook::obey)
    }

    /// The Governor as it is known.
    pub fn governor(&self) -> Option<&Governor> {
        self.governor.as_ref()
    }

    /// Stores the ledger.
    ///
    /// # Errors
    /// It could not be stored, or there is no Governor to store it in.
    pub async fn put_ledger(&mut self, ledger: &[LedgerEntry]) -> Result<(), String> {
        let lines: Vec<_> = ledger.iter().map(Into::into).collect();
        self.put_governor_status(|status| status.ledger.clone_from(&lines)).await
    }

    /// Changes the Governor's status; one that is so already is not written. A write that met
    /// somebody else's is repeated once on what is there now: the spec is never ours to write.
    ///
    /// # Errors
    /// It could not be stored, or there is no Governor.
    pub async fn put_governor_status(&mut self, change: impl Fn(&mut GovernorStatus)) -> Result<(), String> {
        for again in [false, true] {
            let known = self.governor.as_ref().ok_or("there is no Governor to keep the ledger in")?;
            let mut next = known.clone();
            change(next.status.get_or_insert_default());
            let put = match &mut self.notebook {
                Some(notebook) => {
                    let put = notebook.put(next.status.clone().unwrap_or_default()).await;
                    put.map(|()| next).map_err(Trouble::from)
                }
                None if next.status == known.status => return Ok(()),
                None => self.store.replace(&next, known).await,
            };
            match put {
                Ok(stored) => {
                    self.governor = Some(stored);
                    return Ok(());
                }
                Err(trouble) if again => return Err(trouble.into()),
                Err(_) => drop(self.refresh_governor().await?),
            }
        }
        Ok(())
    }
}
