//! The life of a Decision as a table: which phase may follow which, and what takes it there.
//!
//! Owns the table, which is also in `docs/decisions.md`; tests hold the code to it both ways.

use super::episode::Phase::{self, *};

/// What takes a Decision from one phase to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// `when` is True, rails allow it.
    Evidence,
    /// The signals are well again.
    Recovery,
    /// Time: a deadline or a timeout. Needs no evidence.
    Time,
    /// A person: an order, an answer, an edit, a change of the policy. Needs no evidence.
    Person,
    /// A rail refused, or did not refuse any more.
    Rail,
    /// A store was read back, or failed.
    Store,
    /// The effect was judged.
    Effect,
}

impl Cause {
    /// The word in the documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Recovery => "recovery",
            Self::Time => "time",
            Self::Person => "a person",
            Self::Rail => "a rail",
            Self::Store => "the store",
            Self::Effect => "the effect",
        }
    }
}

/// One row: a phase (None: no Decision), one that may follow, what for, and what takes it there.
pub struct Row {
    pub from: Option<Phase>,
    pub to: Phase,
    pub causes: &'static [Cause],
    pub what: &'static str,
}

const fn row(from: Option<Phase>, to: Phase, causes: &'static [Cause], what: &'static str) -> Row {
    Row { from, to, causes, what }
}

use Cause::{Effect, Evidence, Person, Rail, Recovery, Store, Time};

/// Every transition there is.
pub const ROWS: &[Row] = &[
    row(None, WouldAct, &[Evidence], "mode Observe: it says what it would do"),
    row(None, Blocked, &[Evidence, Rail], "a budget or the flag itself refuses"),
    row(None, AwaitingApproval, &[Evidence], "mode Approve: a person is asked"),
    row(None, Acting, &[Evidence], "mode Enforce: the intent is stored, the first flag is cut"),
    row(None, Open, &[Evidence], "a tier without flags"),
    row(Some(WouldAct), Ended, &[Recovery, Time, Person], "Passed"),
    row(Some(Open), Ended, &[Recovery, Time, Person], "Passed"),
    row(Some(Blocked), Acting, &[Evidence, Rail], "the rail refuses no more"),
    row(Some(Blocked), AwaitingApproval, &[Evidence, Rail], "the rail refuses no more; a person is asked"),
    row(Some(Blocked), Open, &[Evidence, Rail], "the same, and the tier asks for no flags any more"),
    row(Some(Blocked), Ended, &[Recovery, Time, Person], "Passed"),
    row(
        Some(AwaitingApproval),
        Acting,
        &[Person, Time],
        "approved, or `onTimeout: Act`; `when` is still True",
    ),
    row(Some(AwaitingApproval), Open, &[Person, Time], "the same, of a tier without flags"),
    row(Some(AwaitingApproval), Ended, &[Person, Time, Recovery], "Denied, or Passed"),
    row(Some(Acting), Holding, &[Store], "every flag was read back at its fallback"),
    row(Some(Acting), Latched, &[Store], "the same, after `latchAfter` relapses"),
    row(Some(Acting), Restoring, &[Time, Person, Recovery, Store], "given up, or an action failed"),
    row(Some(Acting), Ended, &[Time, Person, Recovery, Store], "the same, and nothing of ours is on a flag"),
    row(Some(Holding), Probing, &[Recovery], "well for `recover.for`: the feature is tried"),
    row(Some(Holding), Latched, &[Time], "the deadline of `onDeadline: Keep`"),
    row(Some(Holding), Restoring, &[Time, Person, Effect], "the flags are given back for good"),
    row(Some(Holding), Ended, &[Person], "Superseded or FlagGone: nothing of ours is on the flags"),
    row(Some(Probing), Acting, &[Evidence], "a relapse: cut again, hold longer"),
    row(Some(Probing), Restoring, &[Recovery, Time, Person], "a store is not read back yet"),
    row(Some(Probing), Ended, &[Recovery, Time, Person], "Restored, Expired, Superseded, Released"),
    row(Some(Latched), Restoring, &[Time, Person], "the deadline, or `flyball.dev/unlatch`"),
    row(Some(Latched), Ended, &[Person], "Superseded or FlagGone: nothing of ours is on the flags"),
    row(Some(Restoring), Restoring, &[Time, Person], "another order while it waits for a store"),
    row(Some(Restoring), Ended, &[Store, Person], "every flag was read back, or a person took it"),
];

/// The row of a transition, if there is such.
pub fn find(from: Option<Phase>, to: Phase) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.from == from && row.to == to)
}

/// The table in Markdown, as `docs/decisions.md` has it.
pub fn markdown() -> String {
    let mut text = "| from | to | by | what |\n|---|---|---|---|\n".to_string();
    for row in ROWS {
        let from = row.from.map_or("-", Phase::as_str);
        let causes: Vec<&str> = row.causes.iter().map(|cause| cause.as_str()).collect();
        let cells = [from, row.to.as_str(), &causes.join(", "), row.what];
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_phase_but_the_last_has_an_exit_by_time_or_by_a_person() {
        for phase in Phase::ALL.into_iter().filter(|phase| *phase != Ended) {
            let out = ROWS.iter().filter(|row| row.from == Some(phase) && row.to != phase);
            let causes: BTreeSet<Cause> = out.flat_map(|row| row.causes).copied().collect();
            assert!(causes.contains(&Time) || causes.contains(&Person), "{}", phase.as_str());
        }
        assert!(ROWS.iter().all(|row| row.from != Some(Ended)));
    }

    #[test]
    fn no_transition_is_listed_twice_and_every_phase_is_reached() {
        let pairs: BTreeSet<_> = ROWS.iter().map(|row| (row.from, row.to)).collect();
        assert_eq!(pairs.len(), ROWS.len());
        assert!(Phase::ALL.into_iter().all(|phase| ROWS.iter().any(|row| row.to == phase)));
    }
}
