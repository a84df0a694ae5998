//! Properties over generated lives: policies, services that fall ill, faults, deaths at every write,
//! people who meddle. Each test is named after the invariant it holds; for each invariant and rail a
//! mutation of the rule shows that the same checks would tell.
//!
//! `FLYBALL_SEED=N` plays one life and tells what is wrong with it.

#[path = "invariants/check.rs"]
mod check;
#[path = "invariants/dice.rs"]
mod dice;
#[path = "invariants/generate.rs"]
mod generate;
#[path = "invariants/mutants.rs"]
mod mutants;
#[path = "invariants/play.rs"]
mod play;
#[path = "invariants/pure.rs"]
mod pure;
#[allow(dead_code)]
mod world;

use check::Checker;
use flyball::domain::model::episode::{Outcome, Phase};
use flyball::domain::model::life;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::LazyLock;
use world::tick::Rules;

/// Lives that are played; `FLYBALL_LIVES=N` plays more or fewer.
const LIVES: u64 = 500;
/// How often everything that can happen must have happened.
const ENOUGH: u64 = 50;
/// Seeds that once showed something: always played.
const REGRESSIONS: &str = include_str!("invariants/regressions.txt");

#[derive(Default)]
struct Report {
    broken: BTreeMap<String, Vec<String>>,
    reached: BTreeMap<String, u64>,
}

static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let seeds = seeds();
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    let part = seeds.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = seeds.chunks(part).map(|part| scope.spawn(|| reported(part))).collect();
        parts.into_iter().map(|part| part.join().unwrap()).fold(Report::default(), Report::plus)
    })
});

fn reported(seeds: &[u64]) -> Report {
    let mut report = Report::default();
    for seed in seeds {
        match catch_unwind(|| play::play(*seed, Rules::default())) {
            Ok(checker) => report.take(*seed, checker),
            Err(panic) => {
                let why = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                report
                    .broken
                    .entry("i9".into())
                    .or_default()
                    .push(format!("seed {seed}: it panicked: {why}"));
            }
        }
    }
    report
}

fn seeds() -> Vec<u64> {
    if let Ok(seed) = std::env::var("FLYBALL_SEED") {
        return vec![seed.parse().expect("FLYBALL_SEED is a number")];
    }
    let lines = REGRESSIONS.lines().filter(|line| !line.starts_with('#'));
    let known: Vec<u64> = lines.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
    let lives = std::env::var("FLYBALL_LIVES").ok().and_then(|text| text.parse().ok()).unwrap_or(LIVES);
    known.into_iter().chain(0..lives).collect()
}

impl Report {
    fn plus(mut self, other: Self) -> Self {
        other.broken.into_iter().for_each(|(name, what)| self.broken.entry(name).or_default().extend(what));
        other.reached.into_iter().for_each(|(what, times)| *self.reached.entry(what).or_default() += times);
        self
    }

    fn take(&mut self, seed: u64, checker: Checker) {
        for (invariant, what) in checker.broken {
            self.broken.entry(invariant.into()).or_default().push(format!("seed {seed}: {what}"));
        }
        for (what, times) in checker.reached {
            *self.reached.entry(what).or_default() += times;
        }
    }

    fn holds(&self, invariant: &str) {
        let broken: Vec<&String> = self
            .broken
            .iter()
            .filter(|(name, _)| name.starts_with(invariant))
            .flat_map(|(_, what)| what)
            .collect();
        let shown: Vec<&str> = broken.iter().take(5).map(|what| what.as_str()).collect();
        assert!(broken.is_empty(), "{} times, for example\n{}", broken.len(), shown.join("\n"));
    }
}

macro_rules! invariants {
    ($($test:ident: $name:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            REPORT.holds($name);
        })*
    };
}

invariants! {
    i2_nothing_outside_changes_without_its_intent_stored_before: "i2",
    i3_no_engagement_on_data_that_is_not_fresh: "i3",
    i5_once_faults_end_the_state_converges: "i5",
    i6_a_persons_edit_wins_and_stays: "i6",
    i9_nothing_panics: "i9",
    i10_the_original_of_every_held_flag_can_be_restored_at_any_time: "i10",
    i11_the_same_input_gives_the_same_plan_and_a_plan_that_holds_has_no_effects: "i11",
    i12_unknown_evidence_never_relaxes: "i12",
    i15_no_hold_outlives_its_deadline: "i15",
    no_rail_is_passed: "rail",
    every_transition_is_in_the_table: "table",
}

#[test]
fn everything_that_can_happen_happened_often_enough() {
    if std::env::var("FLYBALL_SEED").is_ok() {
        return;
    }
    let reached = &REPORT.reached;
    for (what, times) in reached {
        println!("{times:>8} {what}");
    }
    let phases = Phase::ALL.map(|phase| format!("phase {}", phase.as_str()));
    let outcomes = Outcome::ALL.map(|outcome| format!("outcome {}", outcome.as_str()));
    let rows = life::ROWS
        .iter()
        .map(|row| format!("step {} {}", row.from.map_or("-", Phase::as_str), row.to.as_str()));
    let refusals = [
        "NoGovernor",
        "ReleaseAll",
        "ClockWentBack",
        "Paused",
        "StartingUp",
        "BreakerOpen",
        "NoActWindow",
        "MemoryLost",
        "AlreadyAtFallback",
    ];
    // Refusals that a Decision shows, in its phase Blocked or AwaitingApproval.
    let shown = [
        "BudgetExceeded",
        "BudgetMissing",
        "ClaimConflict",
        "NotShared",
        "FlagMissing",
        "FlagRefused",
        "ProviderUnavailable",
        "ProviderRefused",
        "ProviderChanged",
        "Denied",
        "ApprovalVoid",
        "ApprovalTimedOut",
    ];
    let others = [
        "Approved",
        "Improved",
        "Ineffective",
        "Inconclusive",
        "Unlatched",
        "ActionFailed",
        "Relapsed",
        "ProbeIdle",
        "TooManyRelapses",
        "PolicyGone",
        "TierGone",
        "ModeChanged",
        "DecisionDeleted",
        "ForeignEdit",
        "FlagGone",
    ];
    let often = phases
        .into_iter()
        .chain(outcomes)
        .chain(refusals.map(|code| format!("refusal {code}")))
        .chain(shown.map(|code| format!("reason {code}")));
    let once = rows.chain(others.map(|code| format!("reason {code}")));
    let wanted = often.map(|what| (what, ENOUGH)).chain(once.map(|what| (what, 1)));
    let times = |what: &String| reached.get(what).copied().unwrap_or(0);
    let rare: Vec<String> = wanted
        .filter(|(what, enough)| times(what) < *enough)
        .map(|(what, enough)| format!("{what}: {} of {enough}", times(&what)))
        .collect();
    assert!(rare.is_empty(), "seldom reached:\n{}", rare.join("\n"));
}
