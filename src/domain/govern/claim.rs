//! Claims: a Decision's wishes on flags, one hold per flag.
//!
//! Owns how claims come into a hold and leave it. What becomes of the flag follows from the
//! claims, in `work`.

use super::stand::{self, Stand};
use super::work::Work;
use crate::domain::model::episode::{Episode, HeldFlag, Phase};
use crate::domain::model::flag::Standing;
use crate::domain::model::hold::{Claim, FlagHold};

/// Which of an episode's flags its claims want cut.
#[derive(Clone, Copy, PartialEq)]
pub enum Want {
    /// All of them.
    Cut,
    /// None: the claims stay, the flags go back.
    Original,
    /// Those that are cut already, and the next one in the tier's order: each is read back before
    /// the one after it.
    CutNext,
    /// Those that are cut already.
    AsItStands,
}

/// Enters the episode's claims into the holds of its flags, creating what is missing. `keep`:
/// the cut has no end of its own.
pub fn enter(work: &mut Work, episode: &mut Episode, keep: bool, want: Want) {
    let mut in_order = want == Want::CutNext;
    for index in 0..episode.flags.len() {
        let held = &episode.flags[index];
        let is_cut = work.stand(&episode.key.service, held) == Stand::Cut;
        let cut = match want {
            Want::Cut => true,
            Want::Original => false,
            Want::CutNext | Want::AsItStands => is_cut || in_order,
        };
        in_order &= is_cut;
        enter_one(work, episode, index, keep, cut);
    }
}

fn enter_one(work: &mut Work, episode: &mut Episode, index: usize, keep: bool, cut: bool) {
    let claim = Claim {
        decision: episode.name.clone(),
        key: episode.key.clone(),
        deadline: episode.deadline.unwrap_or(work.now),
        keep,
        cut,
    };
    let service = &episode.key.service;
    let held = &mut episode.flags[index];
    let Some(facts) = work.fleet.providers.get(&held.provider) else { return };
    let Ok(target) = stand::target_of(work.fleet, work.holds.get(&held.hold), service, held) else { return };
    if !facts.is_home_of(&target) {
        return;
    }
    if let Some(hold) = work.holds.get(&held.hold) {
        held.before = hold.pre_image.clone();
    } else if let Some(state) = work.state(&held.hold).filter(|state| state.standing == Standing::Free) {
        held.before = state.document.clone();
    }
    let uid = work.state(&held.hold).and_then(|state| state.uid.clone());
    let hold = work.holds.entry(held.hold.clone()).or_insert_with(|| FlagHold {
        target,
        installation: work.fleet.installation.clone(),
        pre_image: held.before.clone(),
        uid,
        fallback: held.fallback.clone(),
        deadline: None,
        claims: Vec::new(),
        created: None,
    });
    hold.claims.retain(|other| other.decision != claim.decision);
    hold.claims.push(claim);
    hold.claims.sort();
    if cut && episode.phase == Phase::Acting {
        work.cutting.insert(held.hold.clone());
    }
}

/// Takes the episode's claim out of one hold, or out of all.
pub fn leave(work: &mut Work, decision: &str, hold: Option<&str>) {
    for (name, stored) in &mut work.holds {
        if hold.is_none_or(|only| only == name) {
            stored.claims.retain(|claim| claim.decision != decision);
        }
    }
}

/// Whether another Decision wants this flag cut.
pub fn cut_by_another(work: &Work, held: &HeldFlag, decision: &str) -> bool {
    work.holds.get(&held.hold).is_some_and(|hold| hold.claims.iter().any(|c| c.cut && c.decision != decision))
}

/// Claims that nothing stands behind any more: those past their deadline, whether their policy
/// was looked at or not, and those of Decisions that live no more. The flag goes back; a claim
/// without a Decision goes once that was read back.
pub fn relax(work: &mut Work) {
    let settled: Vec<bool> =
        work.holds.iter().map(|(name, hold)| work.stand_of(name, hold).is_off()).collect();
    let (now, live) = (work.now, &work.live);
    for (hold, settled) in work.holds.values_mut().zip(settled) {
        hold.claims.retain(|claim| live.contains(&claim.decision) || !settled);
        for claim in &mut hold.claims {
            let over = claim.deadline <= now && !claim.keep;
            claim.cut &= live.contains(&claim.decision) && !over;
        }
    }
}
