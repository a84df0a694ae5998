//! Reading the Fleet: stored holds, and how the flags of holds and wishes stand right now.

use super::news::Tick;
use super::state::Drive;
use crate::app::apply::effect::chain;
use crate::domain::model::flag::{FlagTarget, FlagView};
use crate::domain::model::fleet::Fleet;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::proposal::{Proposal, TierProposal};
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// How often marks without a hold are looked for.
const SWEEP: TimeDelta = TimeDelta::minutes(10);

impl Drive {
    /// Everything shared, as it is now.
    pub(super) async fn fleet(&mut self, now: DateTime<Utc>, proposals: &[Proposal]) -> Fleet {
        let providers: BTreeMap<_, _> =
            self.providers.iter().map(|(name, provider)| (name.clone(), provider.facts())).collect();
        let holds = self.objects.holds();
        let mut fleet = Fleet {
            installation: self.installation.clone(),
            governor: self.governor.clone(),
            providers,
            flags: BTreeMap::new(),
            holding: self.cycle.holding(),
            verdicts: self.cycle.verdicts(now),
            ledger: self.objects.ledger(),
            starting_up: self.starting_up(now),
            namespaces: self.namespaces.clone(),
            pauses: self.pauses.clone(),
            no_act: self.cycle.no_act(now),
            breaker: self.objects.breaker(),
            approvals: self.objects.approvals().await,
            uids: self.objects.uids(),
            blocked: self.cycle.blocked(),
            holds,
        };
        for (target, fallback) in asked(&fleet, proposals) {
            let name = target.hold_name();
            let view = self.view(now, &fleet, &target, &fallback).await;
            fleet.flags.insert(name, view);
        }
        self.missing = still_missing(&self.missing, &mut fleet);
        fleet
    }

    async fn view(&self, now: DateTime<Utc>, fleet: &Fleet, target: &FlagTarget, fallback: &str) -> FlagView {
        match self.providers.get(&target.provider) {
            Some(provider) => {
                provider.read(target, fallback, fleet.holds.get(&target.hold_name()), now).await
            }
            None => FlagView::Unreadable(Reason::new(
                Code::ProviderChanged,
                format!("FlagProvider {} is not declared any more", target.provider),
            )),
        }
    }

    /// Marks of ours that no hold knows: each becomes a hold without claims, and so is restored.
    pub(super) async fn sweep(&mut self, now: DateTime<Utc>, tick: &mut Tick) {
        let lost = self.objects.notice_lost_holds().await.unwrap_or_else(|trouble| {
            tick.troubles.push(trouble);
            false
        });
        let rested = self.swept.is_some_and(|last| now - last < SWEEP);
        if rested && !lost {
            return;
        }
        let known: BTreeSet<String> = self.objects.holds().into_keys().collect();
        for provider in self.providers.values() {
            match provider.orphans(&known).await {
                Ok(orphans) => {
                    for hold in orphans {
                        let stored = self.objects.put_hold(now, &hold.target.hold_name(), &hold).await;
                        tick.troubles.extend(stored.err());
                    }
                    self.swept = Some(now);
                }
                Err(error) => tick.troubles.push(chain(&error)),
            }
        }
    }
}

/// The flags that a plan may have to do with: those held, those of live episodes, and those that
/// somebody wants to cut.
fn asked(fleet: &Fleet, proposals: &[Proposal]) -> BTreeMap<FlagTarget, String> {
    let held = fleet.holds.values().map(|hold| (hold.target.clone(), hold.fallback.clone()));
    let mut all: BTreeMap<FlagTarget, String> = held.collect();
    let tiers: Vec<(&ServiceKey, &TierProposal)> =
        proposals.iter().flat_map(|p| p.tiers.iter().map(move |tier| (&p.service, tier))).collect();
    let wishes = tiers.iter().flat_map(|(service, tier)| {
        tier.terms.wishes.iter().map(move |w| (*service, &w.provider, &w.key, &w.fallback))
    });
    let episodes = tiers.iter().filter_map(|(service, tier)| Some((*service, tier.memory.episode.as_ref()?)));
    let flags = episodes.flat_map(|(service, episode)| {
        episode.flags.iter().map(move |f| (service, &f.provider, &f.key, &f.fallback))
    });
    for (service, provider, key, fallback) in wishes.chain(flags) {
        if let Some(facts) = fleet.providers.get(provider) {
            all.entry(facts.target(service, key)).or_insert_with(|| fallback.clone());
        }
    }
    all
}

/// Since when flags have been away, as `before` has it: one answer that a flag is not there is not
/// the end of it. A store that cannot be read says nothing, so the time goes on.
fn still_missing(
    before: &BTreeMap<String, DateTime<Utc>>,
    fleet: &mut Fleet,
) -> BTreeMap<String, DateTime<Utc>> {
    let mut missing = BTreeMap::new();
    for (name, view) in &mut fleet.flags {
        let known = before.get(name).copied();
        match (view, known) {
            (FlagView::Gone { since }, known) => {
                *since = known.map_or(*since, |known| known.min(*since));
                missing.insert(name.clone(), *since);
            }
            (FlagView::Unreadable(_), Some(known)) => drop(missing.insert(name.clone(), known)),
            (FlagView::Unreadable(_) | FlagView::Seen(_), _) => {}
        }
    }
    missing
}
