//! Each rule turned round or switched off, and the invariant or rail whose check must tell.

use super::check::Checker;
use super::play::play;
use super::world::apply::Order;
use super::world::tick::Rules;
use chrono::TimeDelta;
use flyball::domain::model::fleet::{Budgets, Fleet, Verdict};
use flyball::domain::model::plan::{FlagEffect, Plan};
use flyball::domain::model::proposal::{Mode, Proposal, Want};
use flyball::domain::model::rail::{Pause, Pauses};
use flyball::domain::model::reading::Reading;
use std::panic::catch_unwind;
use std::time::Duration;

/// Lives after which a mutation counts as not caught.
const LIVES: u64 = 400;

fn rules() -> Rules {
    Rules::default()
}

/// Plays lives under a mutation until the check named `expected` tells.
fn caught(expected: &str, mutated: impl Fn() -> Rules + std::panic::RefUnwindSafe) {
    for seed in 0..LIVES {
        let played: Result<Checker, _> = catch_unwind(|| play(seed, mutated()));
        match played {
            Ok(checker) if checker.broken.iter().any(|(name, _)| *name == expected) => return,
            Ok(_) => {}
            Err(_) if expected == "i9" => return,
            Err(_) => {}
        }
    }
    panic!("no life of {LIVES} shows that {expected} is broken");
}

fn tiers(proposals: &mut [Proposal], change: impl Fn(&mut flyball::domain::model::proposal::TierProposal)) {
    proposals.iter_mut().flat_map(|proposal| &mut proposal.tiers).for_each(change);
}

#[test]
fn i2_an_effect_before_its_intent_is_told() {
    caught("i2", || Rules { order: Order::EffectFirst, ..rules() });
}

#[test]
fn i3_taking_what_is_not_fresh_for_bad_is_told() {
    caught("i3", || Rules {
        look: |looks| {
            for readings in looks.values_mut() {
                readings.iter_mut().filter(|r| !r.is_known()).for_each(|r| *r = Reading::Fresh(500.0));
            }
        },
        ..rules()
    });
}

#[test]
fn i12_taking_what_is_unknown_for_well_is_told() {
    caught("i12", || Rules {
        look: |looks| {
            for readings in looks.values_mut() {
                readings.iter_mut().filter(|r| !r.is_known()).for_each(|r| *r = Reading::Fresh(0.0));
            }
        },
        ..rules()
    });
}

#[test]
fn i5_a_wish_that_is_never_recovery_is_told() {
    caught("i5", || Rules {
        proposals: |proposals| {
            tiers(proposals, |tier| {
                if matches!(tier.want, Want::Probe | Want::Restore(_) | Want::Pass) {
                    tier.want = Want::Stay;
                }
                tier.terms.keep = true;
            });
        },
        ..rules()
    });
}

#[test]
fn i6_cutting_again_what_people_took_is_told() {
    caught("i6", || Rules {
        plan: |plan: &mut Plan, _: &Fleet| {
            let held = plan.flags.iter_mut().filter(|flag| !flag.hold.claims.is_empty() && !flag.release);
            held.for_each(|flag| flag.effect = FlagEffect::Cut);
        },
        ..rules()
    });
}

#[test]
fn i9_a_panic_is_told() {
    caught("i9", || Rules { plan: |plan: &mut Plan, _: &Fleet| assert!(plan.flags.is_empty()), ..rules() });
}

#[test]
fn i10_a_cut_that_forgets_the_original_is_told() {
    caught("i10", || Rules { order: Order::OriginalForgotten, ..rules() });
}

#[test]
fn i11_a_plan_that_never_settles_is_told() {
    caught("i11", || Rules {
        plan: |plan: &mut Plan, fleet: &Fleet| {
            let news = fleet.ledger.len() + plan.decisions.len();
            let mut ledger = fleet.ledger.clone();
            ledger.push(flyball::domain::model::fleet::LedgerEntry {
                at: chrono::DateTime::UNIX_EPOCH,
                decision: format!("d{news}"),
            });
            plan.ledger = Some(ledger);
        },
        ..rules()
    });
}

#[test]
fn i15_a_deadline_that_is_put_off_is_told() {
    caught("i15", || Rules {
        proposals: |proposals| tiers(proposals, |tier| tier.terms.keep = true),
        ..rules()
    });
}

#[test]
fn a_governor_that_is_made_up_is_told() {
    caught("rail NoGovernor", || Rules {
        fleet: |fleet| {
            let made = super::world::make::governing(&super::generate::calm_governor()).governor;
            fleet.governor.get_or_insert(made);
        },
        ..rules()
    });
}

#[test]
fn a_release_all_that_is_ignored_is_told() {
    caught("rail ReleaseAll", || Rules {
        fleet: |fleet| fleet.governor.iter_mut().for_each(|governor| governor.release_all = false),
        ..rules()
    });
}

#[test]
fn a_pause_that_is_ignored_is_told() {
    caught("rail Paused", || Rules {
        fleet: |fleet| {
            fleet.pauses = Pauses::default();
            fleet.governor.iter_mut().for_each(|governor| {
                governor.pause_act = false;
                governor.pause_restore = false;
            });
        },
        proposals: |proposals| proposals.iter_mut().for_each(|proposal| proposal.pause = Pause::default()),
        ..rules()
    });
}

#[test]
fn a_start_without_observation_is_told() {
    caught("rail StartingUp", || Rules { fleet: |fleet| fleet.starting_up = false, ..rules() });
}

#[test]
fn a_ledger_of_tomorrow_that_is_ignored_is_told() {
    caught("rail ClockWentBack", || Rules {
        fleet: |fleet| fleet.ledger.retain(|entry| entry.decision != "of tomorrow"),
        ..rules()
    });
}

#[test]
fn a_breaker_that_is_off_is_told() {
    caught("rail BreakerOpen", || Rules {
        fleet: |fleet| {
            fleet.breaker = None;
            fleet.verdicts.values_mut().for_each(|verdict| *verdict = Verdict::Healthy);
            fleet.governor.iter_mut().for_each(|governor| governor.breaker.max_breaching_percent = 100);
        },
        ..rules()
    });
}

#[test]
fn a_window_that_is_ignored_is_told() {
    caught("rail NoActWindow", || Rules {
        fleet: |fleet| fleet.no_act = None,
        proposals: |proposals| proposals.iter_mut().for_each(|proposal| proposal.no_act = None),
        ..rules()
    });
}

#[test]
fn a_budget_that_is_never_used_up_is_told() {
    caught("rail Budget", || Rules {
        fleet: |fleet| {
            let wide = Some(1000);
            let per_window = Some((1000, Duration::from_secs(3600)));
            let budgets = Budgets { per_service: wide, per_namespace: wide, per_cluster: wide, per_window };
            fleet.governor.iter_mut().for_each(|governor| governor.budgets = budgets);
        },
        ..rules()
    });
}

#[test]
fn acting_without_asking_is_told() {
    caught("rail Approval", || Rules {
        proposals: |proposals| {
            tiers(proposals, |tier| {
                if tier.terms.mode == Mode::Approve {
                    tier.terms.mode = Mode::Enforce;
                }
            });
        },
        ..rules()
    });
}

#[test]
fn an_answer_to_another_proposal_that_counts_is_told() {
    caught("rail Approval", || Rules {
        fleet: |fleet| fleet.approvals.iter_mut().for_each(|answer| answer.approve = true),
        ..rules()
    });
}

#[test]
fn a_deadline_that_no_claim_carries_is_told() {
    caught("i15", || Rules {
        plan: |plan: &mut Plan, _: &Fleet| {
            for flag in &mut plan.flags {
                if flag.effect == FlagEffect::Original {
                    flag.effect = FlagEffect::LeaveAlone;
                }
                flag.hold.deadline = flag.hold.deadline.map(|deadline| deadline + TimeDelta::days(9));
            }
        },
        ..rules()
    });
}
