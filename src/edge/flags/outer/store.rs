//! The steps of reading, cutting and giving back, the same for every store beside the cluster.
//!
//! Owns that a write is made only onto what was read, once, and that its outcome is read back. How
//! a store is asked, and what a flag of it means, is its own module's.

use super::flipt::Flipt;
use super::found::{Found, Way};
use super::launch_darkly::LaunchDarkly;
use super::unleash::Unleash;
use super::web::Web;
use crate::domain::model::flag::{FlagState, Standing};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::provider::ProviderFacts;
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::{Fault, FlagError, Subject};
use crate::edge::flags::served::Served;
use chrono::DateTime;
use std::future::Future;
use std::time::Duration;

/// One store. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Outer {
    facts: ProviderFacts,
    installation: String,
    kind: Kind,
    /// Longest that all steps of one operation may take.
    within: Duration,
    served: Option<Box<Served>>,
}

/// Which store it is.
#[derive(Debug, Clone)]
pub enum Kind {
    Unleash(Unleash),
    Web(Web),
    LaunchDarkly(LaunchDarkly),
    Flipt(Flipt),
}

/// The deadline of an operation passed.
#[derive(Debug, thiserror::Error)]
#[error("not done within {0:?}")]
struct Late(Duration);

impl Outer {
    /// A store of `kind`, of which `facts` may be said without asking it.
    pub fn new(facts: ProviderFacts, kind: Kind, installation: &str, within: Duration) -> Self {
        Self { facts, installation: installation.to_string(), kind, within, served: None }
    }

    /// The same, whose clients' side can be asked.
    #[must_use]
    pub fn asking(self, served: Served) -> Self {
        Self { served: Some(Box::new(served)), ..self }
    }

    /// Who can be asked what clients are served.
    pub fn served(&self) -> Option<&Served> {
        self.served.as_deref()
    }

    /// What may be said of it without asking.
    pub fn facts(&self) -> &ProviderFacts {
        &self.facts
    }

    /// Id of this installation.
    pub fn installation(&self) -> &str {
        &self.installation
    }

    /// Takes over from the same store with other secrets: what that one knew of us.
    pub fn succeed(&self, former: &Self) {
        if self.facts.endpoint != former.facts.endpoint {
            return;
        }
        if let (Kind::Unleash(mine), Kind::Unleash(theirs)) = (&self.kind, &former.kind) {
            mine.succeed(theirs);
        }
    }

    /// How a flag stands; None if it is not there.
    ///
    /// # Errors
    /// Unauthorized, rate limited, refused by the store, malformed, unavailable.
    pub async fn look(&self, asked: &Asked<'_>) -> Result<Option<FlagState>, FlagError> {
        let found = self.in_time(asked.key, self.found(asked)).await?;
        Ok(found.map(|found| found.state))
    }

    /// Cuts the flag of `hold`, which was last read as `expected`.
    ///
    /// # Errors
    /// As [`Outer::look`]; not found, refused, a conflict, somebody else's edit.
    pub async fn cut(&self, hold: &FlagHold, expected: &str) -> Result<(), FlagError> {
        self.in_time(&hold.target.key, self.bring(Way::Cut, hold, expected)).await
    }

    /// Gives the flag of `hold` its original.
    ///
    /// # Errors
    /// As [`Outer::cut`].
    pub async fn restore(&self, hold: &FlagHold, expected: &str) -> Result<(), FlagError> {
        self.in_time(&hold.target.key, self.bring(Way::Restore, hold, expected)).await
    }

    /// Reads, writes once if what was read is what is expected, and reads back.
    async fn bring(&self, way: Way, hold: &FlagHold, expected: &str) -> Result<(), FlagError> {
        let key = &hold.target.key;
        let fail = |fault| Err(FlagError::of(self.subject(key), fault));
        // The standing of a held flag does not depend on the hour.
        let now = DateTime::UNIX_EPOCH;
        let asked =
            Asked { key, fallback: &hold.fallback, hold: Some(hold), installation: &self.installation, now };
        let Some(before) = self.found(&asked).await? else { return fail(Fault::Absent) };
        if hold.uid.is_some() && before.state.uid.is_some() && hold.uid != before.state.uid {
            return fail(Fault::Conflict("it was deleted and made anew".to_string()));
        }
        if is_done(way, &before.state.standing) {
            return Ok(());
        }
        match (way, before.state.standing.clone()) {
            (Way::Cut, Standing::Free) => {}
            (Way::Restore, Standing::Cut { .. } | Standing::CutAndEdited(_)) => {}
            (_, Standing::Foreign(what) | Standing::CutAndEdited(what)) => return self.foreign(key, what),
            (_, Standing::Refused(reason)) => return fail(Fault::Refused(reason)),
            (_, other) => return fail(Fault::Conflict(format!("it stands as {other:?}"))),
        }
        if before.state.document != expected {
            return fail(Fault::Conflict("it was changed since it was read".to_string()));
        }
        let written = self.write(way, hold, &before).await;
        if written.as_ref().is_err_and(|error| !error.is_uncertain()) {
            return written;
        }
        // Whether an uncertain write took place, and what came after a certain one, is read.
        match self.found(&asked).await {
            Ok(Some(after)) if is_done(way, &after.state.standing) => Ok(()),
            Ok(Some(after)) => match (written, after.state.standing) {
                (Err(uncertain), _) => Err(uncertain),
                (Ok(()), Standing::Foreign(what)) => self.foreign(key, what),
                (Ok(()), _) => fail(Fault::Conflict("others changed it while it was written".to_string())),
            },
            Ok(None) => fail(Fault::Absent),
            Err(error) => Err(written.err().unwrap_or(error)),
        }
    }

    async fn found(&self, asked: &Asked<'_>) -> Result<Option<Found>, FlagError> {
        match &self.kind {
            Kind::Unleash(unleash) => unleash.look(asked).await,
            Kind::Web(web) => web.look(asked).await,
            Kind::LaunchDarkly(store) => store.look(asked).await,
            Kind::Flipt(store) => store.look(asked).await,
        }
    }

    async fn write(&self, way: Way, hold: &FlagHold, before: &Found) -> Result<(), FlagError> {
        match &self.kind {
            Kind::Unleash(unleash) => unleash.write(way, hold, before).await,
            Kind::Web(web) => web.write(way, hold, before).await,
            Kind::LaunchDarkly(store) => store.write(way, hold, before).await,
            Kind::Flipt(store) => store.write(way, hold, before).await,
        }
    }

    async fn in_time<T>(
        &self,
        key: &str,
        work: impl Future<Output = Result<T, FlagError>>,
    ) -> Result<T, FlagError> {
        let late = |_| {
            let source = Box::new(Late(self.within));
            Err(FlagError::Unavailable { subject: self.subject(key), source })
        };
        tokio::time::timeout(self.within, work).await.unwrap_or_else(late)
    }

    fn foreign(&self, key: &str, what: String) -> Result<(), FlagError> {
        Err(FlagError::Foreign { subject: self.subject(key), detail: what })
    }

    fn subject(&self, key: &str) -> Subject {
        Subject { provider: self.facts.name.clone(), key: Some(key.to_string()) }
    }
}

fn is_done(way: Way, standing: &Standing) -> bool {
    match way {
        Way::Cut => matches!(standing, Standing::Cut { .. }),
        Way::Restore => matches!(standing, Standing::Free),
    }
}
