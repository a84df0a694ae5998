//! Reading the Fleet: stored holds, and how the flags of holds and wishes stand right now.

use super::news::Tick;
use super::refused::Refusal;
use super::state::Drive;
use crate::app::apply::effect::{Kind, chain};
use crate::app::cycle::asked::asked;
use crate::domain::model::flag::{FlagTarget, FlagView, Standing};
use crate::domain::model::fleet::Fleet;
use crate::domain::model::proposal::Proposal;
use crate::domain::model::reason::{Code, Reason};
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt};
use std::collections::{BTreeMap, BTreeSet};

/// How often marks without a hold are looked for.
const SWEEP: TimeDelta = TimeDelta::minutes(10);
/// Flags that are read at once.
const READS: usize = 16;

impl Drive {
    /// Everything shared, as it is now.
    pub(super) async fn fleet(&mut self, now: DateTime<Utc>, proposals: &[Proposal]) -> Fleet {
        let providers: BTreeMap<_, _> =
            self.providers.iter().map(|(name, provider)| (name.clone(), provider.facts())).collect();
        let holds = self.objects.holds();
        // Nobody else reads them, so they are asked for only while somebody is awaited.
        let approvals = match self.cycle.awaits_approval() {
            true => self.objects.approvals().await,
            false => Vec::new(),
        };
        let mut fleet = Fleet {
            installation: self.installation.clone(),
            governor: self.governor.clone(),
            providers,
            flags: BTreeMap::new(),
            served: BTreeMap::new(),
            holding: self.cycle.holding(),
            verdicts: self.cycle.verdicts(now),
            ledger: self.objects.ledger(),
            starting_up: self.starting_up(now),
            namespaces: self.namespaces.clone(),
            pauses: self.pauses.clone(),
            no_act: self.cycle.no_act(now),
            breaker: self.objects.breaker(),
            approvals,
            uids: self.objects.uids(),
            blocked: self.cycle.blocked(),
            trackers: self.trackers.iter().map(|(name, tracker)| (name.clone(), tracker.facts())).collect(),
            issues: self.desk.views(),
            holds,
        };
        let asked = asked(&fleet, proposals);
        let views = asked.iter().map(|(target, fallback)| {
            let view = self.view(now, &fleet, target, fallback);
            async move { (target.hold_name(), view.await) }
        });
        let views: Vec<_> = stream::iter(views).buffer_unordered(READS).collect().await;
        fleet.flags.extend(views);
        self.missing = still_missing(&self.missing, &mut fleet);
        self.tell_refused(&mut fleet);
        if let Some(watch) = &mut self.watch {
            self.propagated.extend(watch.gather());
            watch.enter(&mut fleet, &self.providers);
        }
        fleet
    }

    /// Says of each flag what its last write was answered, unless it stands as that one meant it.
    fn tell_refused(&mut self, fleet: &mut Fleet) {
        self.refused.retain(|name, Refusal { kind, reason, .. }| match fleet.flags.get_mut(name) {
            Some(FlagView::Seen(state)) => {
                let is_cut = matches!(state.standing, Standing::Cut { .. } | Standing::CutAndEdited(_));
                let is_open = *kind == Kind::Extend || is_cut != kind.cuts();
                state.trouble = is_open.then(|| reason.clone());
                is_open
            }
            Some(FlagView::Unreadable(_)) => true,
            Some(FlagView::Gone { .. }) | None => false,
        });
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
        let mut known: BTreeSet<String> = self.objects.holds().into_keys().collect();
        for provider in self.providers.values() {
            match provider.orphans(&known).await {
                Ok(orphans) => {
                    tick.troubles.extend(orphans.lost);
                    for hold in orphans.holds {
                        let name = hold.target.hold_name();
                        tick.troubles.extend(self.objects.put_hold(now, &name, &hold).await.err());
                        // Two providers may name one object: it is given back once.
                        known.insert(name);
                    }
                    self.swept = Some(now);
                }
                Err(error) => tick.troubles.push(chain(&error)),
            }
        }
    }
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
