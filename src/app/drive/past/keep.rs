//! Checkpoints of the baselines: taken up at the start, kept every few minutes.
//!
//! Owns when: not before anything is known, and not only once everything is, since a policy whose
//! source is away must not cost the others theirs. Keeping is never waited for by a tick, and
//! whatever goes wrong with it is told and costs no more than reading history again.

use super::keeping::Keeping;
use crate::app::apply::effect::chain;
use crate::app::cycle::kept::Packed;
use crate::app::drive::news::Tick;
use crate::app::drive::state::Drive;
use crate::edge::store::shelf::{Record, Shelf};
use chrono::{DateTime, TimeDelta, Utc};

/// Time between two checkpoints: with the time to write one, what is lost is less than 5 minutes.
const EVERY: TimeDelta = TimeDelta::minutes(4);

impl Drive {
    /// Takes up what `shelf` holds and keeps checkpoints there from now on. Before the first tick.
    pub async fn keep_baselines(&mut self, shelf: Shelf) {
        match shelf.read().await {
            Ok(records) => {
                tracing::info!(baselines = records.len(), "baselines taken up; the gap comes from history");
                self.cycle.recall(records.into_iter().filter_map(unpacked).collect());
            }
            Err(error) => tracing::error!("stored baselines are not used: {}", chain(&error)),
        }
        self.keeping = Some(Keeping { shelf, kept: None, under_way: None, trouble: None });
    }

    /// Begins a checkpoint if one is due, and tells what became of the last one.
    pub(in crate::app::drive) async fn keep(&mut self, now: DateTime<Utc>, tick: &mut Tick) {
        let ready = self.any_rebuilt();
        let Some(keeping) = &mut self.keeping else { return };
        if let Some(done) = keeping.under_way.take_if(|work| work.is_finished()) {
            keeping.trouble = match done.await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(format!("baselines could not be kept: {}", chain(&error))),
                Err(_) => Some("keeping baselines ended without an answer".to_string()),
            };
        }
        tick.troubles.extend(keeping.trouble.clone());
        let due = keeping.kept.is_none_or(|kept| now - kept >= EVERY || now < kept);
        if !(ready && due && keeping.under_way.is_none()) {
            return;
        }
        keeping.kept = Some(now);
        let (shelf, packed) = (keeping.shelf.clone(), self.cycle.packed(now));
        let records = packed.into_iter().map(recorded).collect();
        keeping.under_way = Some(tokio::spawn(async move { shelf.keep(records).await }));
    }

    /// Keeps a last checkpoint and waits for it: the loop has ended.
    pub async fn keep_last(&mut self, now: DateTime<Utc>) {
        if !self.any_rebuilt() {
            return;
        }
        let Some(keeping) = &mut self.keeping else { return };
        if let Some(work) = keeping.under_way.take() {
            // Its outcome does not matter: a newer one follows.
            let _ = work.await;
        }
        let records = self.cycle.packed(now).into_iter().map(recorded).collect();
        if let Err(error) = keeping.shelf.keep(records).await {
            tracing::error!("baselines could not be kept: {}", chain(&error));
        }
    }
}

fn recorded(packed: Packed) -> Record {
    let Packed { policy, service, identity, latest, bytes } = packed;
    Record { names: [policy, service, identity], latest: latest.timestamp_millis(), bytes }
}

fn unpacked(record: Record) -> Option<Packed> {
    let [policy, service, identity] = record.names;
    let latest = DateTime::from_timestamp_millis(record.latest)?;
    Some(Packed { policy, service, identity, latest, bytes: record.bytes })
}
