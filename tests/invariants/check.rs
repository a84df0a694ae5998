//! What must hold of every life, by the name of its invariant, judged from outside: from what people
//! did, what the signals showed, and what is stored; and how often everything was reached.

use super::world::flags::INSTALLATION;
use super::world::history::Step;
use super::world::make;
use super::world::tick::{Looks, World};
use chrono::{DateTime, TimeDelta, Utc};
use flyball::domain::model::episode::{Episode, Outcome, Phase};
use flyball::domain::model::flag::FlagView;
use flyball::domain::model::fleet::Fleet;
use flyball::domain::model::life;
use flyball::domain::model::rail::Pause;
use flyball::domain::model::reading::Reading;
use serde_json::Value;
use std::collections::BTreeMap;

/// Looks after a fault that things may take to be put right.
const GRACE: usize = 3;

/// What was seen in one life.
pub struct Checker {
    /// Broken invariants: name and story.
    pub broken: Vec<(&'static str, String)>,
    /// How often what was reached.
    pub reached: BTreeMap<String, u64>,
    keep: bool,
    seen: usize,
    refusals: usize,
    written: usize,
    sound_for: usize,
    released_for: usize,
    unintended: usize,
    unsettled: u64,
}

impl Checker {
    pub fn new(keep: bool) -> Self {
        Self {
            broken: Vec::new(),
            reached: BTreeMap::new(),
            keep,
            seen: 0,
            refusals: 0,
            written: 0,
            sound_for: 0,
            released_for: 0,
            unintended: 0,
            unsettled: 0,
        }
    }

    fn count(&mut self, what: String) {
        *self.reached.entry(what).or_default() += 1;
    }

    fn broke(&mut self, invariant: &'static str, what: String) {
        if self.broken.len() < 20 {
            self.broken.push((invariant, what));
        }
    }

    pub fn restarted(&mut self) {
        self.sound_for = 0;
        self.released_for = 0;
        self.count("a restart".into());
    }

    /// After one tick: `looks` is what the signals really showed.
    pub fn tick(&mut self, world: &mut World, looks: &Looks, lived: bool) {
        let sound = lived
            && !world.flags.unwritable
            && !world.unreachable
            && !world.stored.failing
            && !world.moved
            && !world.undeclared;
        self.sound_for = if sound { self.sound_for + 1 } else { 0 };
        let released = world.governing.as_ref().is_some_and(|g| g.governor.release_all);
        self.released_for = if released && sound { self.released_for + 1 } else { 0 };
        self.steps(world, looks);
        self.writes(world);
        self.flags(world);
        self.plans(world, lived);
    }

    fn steps(&mut self, world: &World, looks: &Looks) {
        let steps: Vec<Step> = world.history.steps[self.seen..].to_vec();
        self.seen = world.history.steps.len();
        for step in &steps {
            self.count(format!("phase {}", step.to.as_str()));
            if let (Phase::Ended, Some(outcome)) = (step.to, step.outcome) {
                self.count(format!("outcome {}", outcome.as_str()));
            }
            let from = step.from.map_or("-", Phase::as_str);
            self.count(format!("step {from} {}", step.to.as_str()));
            step.codes.iter().for_each(|code| self.count(format!("reason {}", code.as_str())));
            if life::find(step.from, step.to).is_none() {
                self.broke("table", format!("{from} -> {} is not in the table: {step:?}", step.to.as_str()));
            }
            // What a crash hid was judged by what was seen and shared then.
            let told_now = step.at == world.now;
            let readings = readings(looks, step);
            let first = step.to == Phase::Acting && step.from != Some(Phase::Probing);
            if step.to == Phase::Acting
                && told_now
                && !readings.iter().any(|reading| reading.fresh().is_some())
            {
                self.broke("i3", format!("it engaged on {readings:?}: {step:?}"));
            }
            if relaxes(step) && told_now && !readings.iter().any(Reading::is_known) {
                self.broke("i12", format!("it relaxed on {readings:?}: {step:?}"));
            }
            if step.to == Phase::Acting && told_now {
                self.engaged(world, step, first);
            }
            if step.to == Phase::Probing && told_now {
                self.probed(world, step);
            }
        }
        let refusals = world.history.refusals[self.refusals..].to_vec();
        self.refusals = world.history.refusals.len();
        for (_, _, codes) in refusals {
            codes.iter().for_each(|code| self.count(format!("refusal {}", code.as_str())));
        }
        for episode in world.live() {
            episode.reasons.iter().for_each(|reason| self.count(format!("reason {}", reason.code.as_str())));
        }
    }

    /// No rail that refuses may be passed.
    fn engaged(&mut self, world: &World, step: &Step, first: bool) {
        let Some((fleet, _, _)) = &world.last else { return };
        let Some(episode) = world.stored.episode(&step.decision).cloned() else { return };
        let told = |what: &str| format!("{what}: {step:?}");
        let Some(governor) = &fleet.governor else {
            return self.broke("rail NoGovernor", told("there is no Governor"));
        };
        if governor.release_all {
            self.broke("rail ReleaseAll", told("everything is to be released"));
        }
        if governor.pause_act || paused(world, fleet, &episode, |pause| pause.act) {
            self.broke("rail Paused", told("a person paused it"));
        }
        if fleet.starting_up {
            self.broke("rail StartingUp", told("it only observes"));
        }
        if !first {
            return;
        }
        if fleet.ledger.iter().any(|entry| entry.at > world.now + TimeDelta::seconds(10)) {
            self.broke("rail ClockWentBack", told("the ledger lies in the future"));
        }
        if storm(fleet) {
            self.broke("rail BreakerOpen", told("too many breach"));
        }
        if windowed(world, &episode) || world.cycle.no_act(world.now).is_some() {
            self.broke("rail NoActWindow", told("a window is open"));
        }
        self.budgets(world, fleet, &episode, step);
        self.approved(world, &episode, step);
    }

    fn budgets(&mut self, world: &World, fleet: &Fleet, episode: &Episode, step: &Step) {
        let Some(governor) = &fleet.governor else { return };
        let live: Vec<Episode> = world.live().into_iter().filter(|e| e.phase.holds()).collect();
        let own = live.iter().filter(|e| e.key.service == episode.key.service).count();
        let budgets = &governor.budgets;
        let over = |limit: Option<u32>, used: usize| limit.is_none_or(|limit| used > limit as usize);
        let recent = budgets.per_window.map(|(limit, length)| {
            let since = world.now - TimeDelta::from_std(length).unwrap();
            (
                limit as usize,
                world.stored.ledger.iter().filter(|entry| entry.at > since && entry.at <= world.now).count(),
            )
        });
        let window = recent.is_none_or(|(limit, used)| used > limit);
        if over(budgets.per_service, own) || over(budgets.per_cluster, live.len()) || window {
            self.broke(
                "rail Budget",
                format!("{own} of the service, {} in all, {recent:?}: {step:?}", live.len()),
            );
        }
    }

    fn approved(&mut self, world: &World, episode: &Episode, step: &Step) {
        let Some(written) = world.policies.get(&episode.key.policy) else { return };
        let policy = make::accepted(written);
        let Some(tier) = policy.tier(&episode.key.tier) else { return };
        if tier.mode != flyball::domain::model::proposal::Mode::Approve || tier.approval.act_on_timeout {
            return;
        }
        let hash = episode.ask.as_ref().map(|ask| ask.hash.clone()).unwrap_or_default();
        let answers = world.stored.approvals.iter().filter(|a| a.decision == episode.name && a.hash == hash);
        let (yes, no): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.approve);
        if hash.is_empty() || yes.is_empty() || !no.is_empty() {
            self.broke("rail Approval", format!("nobody approved {hash}: {step:?}"));
        }
    }

    /// A pause of either direction stops a probe.
    fn probed(&mut self, world: &World, step: &Step) {
        let Some((fleet, _, _)) = &world.last else { return };
        let Some(episode) = world.stored.episode(&step.decision).cloned() else { return };
        let either = |pause: &Pause| pause.act || pause.restore;
        let whole = fleet.governor.as_ref().is_some_and(|g| g.pause_act || g.pause_restore);
        if whole || paused(world, fleet, &episode, either) {
            self.broke("rail Paused", format!("it probed while paused: {step:?}"));
        }
    }

    /// What we wrote never changes what is people's, and nothing is cut but what is being engaged.
    fn writes(&mut self, world: &World) {
        if world.flags.written.len() == self.written && world.unintended.len() == self.unintended {
            return;
        }
        let live = world.stored.episodes();
        for (key, before, after) in &world.flags.written[self.written..] {
            if bare(before) != bare(after) {
                self.broke("i6", format!("flag {key} of people was changed: {before} -> {after}"));
            }
            let (was, is) = (marked(before), marked(after));
            self.reached.entry(format!("write {was}->{is}")).and_modify(|n| *n += 1).or_insert(1);
            let wanted =
                live.iter().any(|e| e.flags.iter().any(|held| held.key == *key) && recently(e, world.now));
            if !was && is && !wanted {
                self.broke("i6", format!("flag {key} was cut again although nothing is engaging: {before}"));
            }
        }
        self.written = world.flags.written.len();
        if world.unintended.len() > self.unintended {
            self.broke(
                "i2",
                format!("flag {} was written without an intent", world.unintended[self.unintended]),
            );
            self.unintended = world.unintended.len();
        }
    }

    /// Every cut flag can be given back, and none outlives its deadline.
    fn flags(&mut self, world: &mut World) {
        let holds = world.stored.holds();
        if holds.is_empty() && world.flags.written.is_empty() {
            return;
        }
        let keys: Vec<String> = world.flags.people.keys().cloned().collect();
        let now = world.flags.all();
        for key in keys.into_iter().filter(|key| now.get(key).is_some_and(marked)) {
            let known = holds.values().find(|hold| hold.target.key == key).cloned();
            let orphan = || {
                let orphans = world.flags.orphans(&Default::default()).unwrap_or_default();
                orphans.into_iter().find(|hold| hold.target.key == key)
            };
            let hold = known.clone().or_else(orphan);
            let Some(hold) = hold else {
                self.broke("i10", format!("flag {key} is cut and nothing knows how it was"));
                continue;
            };
            let view = world.flags.view(&hold.target, &hold.fallback, Some(&hold), world.now);
            let FlagView::Seen(state) = view else { continue };
            let back = world.flags.provider.original(&hold, &state.document).ok();
            let back: Option<Value> = back.and_then(|text| serde_json::from_str(&text).ok());
            if back.as_ref() != world.flags.people.get(&key) {
                self.broke("i10", format!("flag {key} would come back as {back:?}, not as people have it"));
            }
            let due = known.iter().flat_map(|hold| &hold.claims).map(|claim| claim.deadline).max();
            let late = due.is_none_or(|due| due + TimeDelta::seconds(10 * GRACE as i64) < world.now);
            if !self.keep && late && self.sound_for > GRACE {
                self.broke("i15", format!("flag {key} is cut although its deadline was {due:?}"));
            }
            if self.released_for > GRACE {
                self.broke("rail ReleaseAll", format!("flag {key} is still cut"));
            }
        }
    }

    fn plans(&mut self, world: &mut World, lived: bool) {
        if world.unsettled > self.unsettled {
            self.unsettled = world.unsettled;
            self.broke("i11", "a tick did not settle: plans went on having effects".to_string());
        }
        let Some((fleet, proposals, _)) = &world.last else { return };
        if lived
            && world.cycle.plan(world.now, fleet, proposals) != world.cycle.plan(world.now, fleet, proposals)
        {
            self.broke("i11", "the same input gave another plan".to_string());
        }
    }

    /// After quiet times nothing of ours is left, and all is as people want it.
    pub fn end(&mut self, world: &World) {
        for episode in world.live() {
            self.broke(
                "i5",
                format!("{} is still {:?} because {:?}", episode.name, episode.phase, episode.reasons),
            );
        }
        for hold in world.stored.holds().values() {
            self.broke("i5", format!("flag {} is still held by {:?}", hold.target.key, hold.claims));
        }
        for (key, wanted) in &world.flags.people {
            let found = world.flags.get(key);
            if found.as_ref() != Some(wanted) {
                self.broke("i6", format!("flag {key} is {found:?}, people left it as {wanted}"));
            }
        }
        let storms = world.storms;
        *self.reached.entry("reason Storm".into()).or_default() += storms;
    }
}

fn readings(looks: &Looks, step: &Step) -> Vec<Reading> {
    let all = looks.values().flatten();
    let mine = all.filter(|(service, _)| step.who.starts_with(&format!("{service}/")));
    mine.flat_map(|(_, readings)| readings.clone()).collect()
}

/// Whether a step gives a feature back because the service was seen to be well.
fn relaxes(step: &Step) -> bool {
    let evident = matches!(step.from, Some(Phase::Holding | Phase::Probing));
    let restored = step.outcome == Some(Outcome::Restored);
    step.to == Phase::Probing || (evident && restored && matches!(step.to, Phase::Restoring | Phase::Ended))
}

fn paused(world: &World, fleet: &Fleet, episode: &Episode, set: impl Fn(&Pause) -> bool) -> bool {
    let written = world.policies.get(&episode.key.policy);
    let text = written.and_then(|written| written["annotations"]["flyball.dev/paused"].as_str());
    let own = text.map(|text| Pause::parse(text).unwrap()).unwrap_or_default();
    let service = &episode.key.service;
    let above = [fleet.pauses.namespaces.get(&service.namespace), fleet.pauses.workloads.get(service)];
    set(&own) || above.into_iter().flatten().any(set)
}

/// Whether a window of the policy is open in which nothing is done.
fn windowed(world: &World, episode: &Episode) -> bool {
    let Some(written) = world.policies.get(&episode.key.policy) else { return false };
    let windows = make::accepted(written).windows;
    flyball::domain::policy::window::no_act(&windows, world.now).is_some()
}

/// Whether so many services breach that the cause is not theirs.
fn storm(fleet: &Fleet) -> bool {
    use flyball::domain::model::fleet::Verdict;
    let Some(governor) = &fleet.governor else { return false };
    let all = fleet.verdicts.len();
    let ill = fleet.verdicts.values().filter(|verdict| **verdict == Verdict::Breaching).count();
    let unknown = fleet.verdicts.values().filter(|verdict| **verdict == Verdict::Unknown).count();
    let many = ill >= 3 && ill * 100 > all * governor.breaker.max_breaching_percent as usize;
    many || unknown * 2 > all
}

fn recently(episode: &Episode, now: DateTime<Utc>) -> bool {
    let acting = episode.transitions.iter().rev().find(|step| step.phase == Phase::Acting);
    episode.phase == Phase::Acting || acting.is_some_and(|step| step.at == now || episode.since == now)
}

fn marked(flag: &Value) -> bool {
    flag["metadata"]["flyball.dev/installation"] == INSTALLATION
}

/// A flag less everything of ours.
fn bare(flag: &Value) -> Value {
    let mut bare = flag.clone();
    if !marked(flag) {
        return bare;
    }
    let original = flag["targeting"]["if"].get(2).cloned();
    match original {
        Some(original) => bare["targeting"] = original,
        None => drop(bare.as_object_mut().map(|flag| flag.remove("targeting"))),
    }
    let metadata = bare["metadata"].as_object_mut().unwrap();
    metadata.retain(|name, _| !name.starts_with("flyball.dev/"));
    if metadata.is_empty() {
        bare.as_object_mut().unwrap().remove("metadata");
    }
    bare
}
