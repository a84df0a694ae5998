//! CEL rules of policies: what the API server itself can refuse, with the fix.
//!
//! Every list is bounded and every rule linear in it, so that the server's cost estimate stays
//! far below its budget. `accept` checks the same again, more finely.

use crate::edge::crd::field::duration::PATTERN as DURATION;
use crate::edge::crd::field::rule::rule;
use kube::core::Rule;

/// `interval` is at least a second and at most an hour.
pub fn interval() -> Rule {
    rule(
        format!(
            "!has(self.interval) || !self.interval.matches('{DURATION}') || \
             (duration(self.interval) >= duration('1s') && duration(self.interval) <= duration('1h'))"
        ),
        "'interval ' + self.interval + ' is not between 1s and 1h: write such as 30s'",
    )
    .field_path(".interval")
}

/// A test of every tier, whatever its nesting; `x` is the test.
fn every_test(condition: &str) -> String {
    let group = |g: &str| format!("(!has(x.{g}) || x.{g}.all(y, {}))", condition.replace("x.", "y."));
    let terms = |list: &str| {
        format!(
            "(!has(t.when.{list}) || t.when.{list}.all(x, ({condition}) && {} && {}))",
            group("all"),
            group("any")
        )
    };
    format!("{} && {}", terms("all"), terms("any"))
}

/// A rule about every test of every tier, whose complaint names the first tier that breaks it.
/// (The server's cost estimate knows the size of `self.tiers[i].name` only in this form.)
fn tiers(condition: &str, complaint: &str) -> Rule {
    let tests = every_test(condition);
    rule(
        format!("!has(self.tiers) || self.tiers.all(t, {tests})"),
        format!(
            "'the `when` of tier ' + self.tiers[self.tiers.map(t, {tests}).indexOf(false)].name + ' {complaint}'"
        ),
    )
    .field_path(".tiers")
}

/// A `when` names only declared signals.
pub fn declared() -> Rule {
    tiers(
        "!has(x.signal) || self.signals.exists(s, s.name == x.signal)",
        "names a signal that spec.signals does not have: declare it there, or correct the name",
    )
}

/// `beyondLimit` needs a `limit`.
pub fn limited() -> Rule {
    tiers(
        "!has(x.beyondLimit) || !has(x.signal) || !self.signals.exists(s, s.name == x.signal && !has(s.limit))",
        "uses beyondLimit on a signal without a limit: give the signal a limit, or use above",
    )
}

/// `times` readings fit into `within`.
pub fn countable() -> Rule {
    let span = |field: &str| {
        format!(
            "(!has(x.{field}) || !has(x.{field}.within) || !has(x.{field}.times) || \
             !x.{field}.within.matches('{DURATION}') || \
             duration(x.{field}.within).getSeconds() + (x.{field}.within.contains('ms') ? 1 : 0) > \
             (x.{field}.times - 1) * (!has(self.interval) ? 30 : self.interval.matches('{DURATION}') ? \
             duration(self.interval).getSeconds() : 0))"
        )
    };
    tiers(
        &format!("{} && {} && {}", span("above"), span("below"), span("beyondLimit")),
        "counts more `times` than the interval takes readings in `within`: ask for fewer, a longer `within` \
         or a shorter interval",
    )
}

/// `verify.signal` names a declared signal.
pub fn verified() -> Rule {
    let ok = "!has(t.verify) || !has(t.verify.signal) || self.signals.exists(s, s.name == t.verify.signal)";
    rule(
        format!("!has(self.tiers) || self.tiers.all(t, {ok})"),
        format!(
            "'verify.signal of tier ' + self.tiers[self.tiers.map(t, {ok}).indexOf(false)].name + \
             ' is not in spec.signals: declare it there, or correct the name'"
        ),
    )
    .field_path(".tiers")
}

/// Overrides name declared signals.
pub fn overridden() -> Rule {
    let ok = "o.signals.all(n, self.signals.exists(s, s.name == n.name))";
    rule(
        format!("!has(self.overrides) || self.overrides.all(o, {ok})"),
        "'an override names a signal that spec.signals does not have: declare it there, or correct the name'",
    )
    .field_path(".overrides")
}

/// `passing` is not below `warning`.
pub fn ordered_score() -> Rule {
    let passing = "(has(self.passing) ? double(self.passing) : 85.0)";
    let warning = "(has(self.warning) ? double(self.warning) : 70.0)";
    rule(
        format!("{passing} >= {warning}"),
        "'score.passing is below score.warning: raise passing (85 unless set) or lower warning (70 unless set)'",
    )
}

/// `onMissing: Zero` needs `activity`.
pub fn zero_needs_activity() -> Rule {
    rule(
        "!has(self.onMissing) || self.onMissing != 'Zero' || has(self.activity)",
        "'signal ' + self.name + ' has onMissing: Zero and no activity: add activity, whose query tells \
         a silent service from a broken one'",
    )
}

/// `fromLabel` and `pattern` come together.
pub fn identity_whole() -> Rule {
    rule(
        "has(self.fromLabel) == has(self.pattern)",
        "'identity has ' + (has(self.fromLabel) ? 'fromLabel without pattern' : 'pattern without fromLabel') \
         + ': the two come together'",
    )
}

/// An identity is of one kind.
pub fn identity_one() -> Rule {
    rule(
        "has(self.fromLabel) ? !(has(self.serviceLabel) || has(self.namespaceLabel) || has(self.__namespace__)) \
         : !(has(self.namespaceLabel) && has(self.__namespace__))",
        "has(self.fromLabel) ? 'identity has fromLabel ' + self.fromLabel + ' and labels besides: pattern \
         gives both service and namespace' : 'identity has both namespaceLabel and namespace: remove one'",
    )
}

/// `maxDuration` is at most a day.
pub fn max_duration() -> Rule {
    rule(
        format!(
            "!has(self.maxDuration) || !self.maxDuration.matches('{DURATION}') || \
             (duration(self.maxDuration) > duration('0s') && duration(self.maxDuration) <= duration('24h'))"
        ),
        "'maxDuration ' + self.maxDuration + ' of tier ' + self.name + ' is not above 0s and at most 24h: \
         write such as 1h'",
    )
    .field_path(".maxDuration")
}

/// An action is a flag or an issue.
pub fn one_action() -> Rule {
    rule(
        "has(self.flag) != has(self.issue)",
        "'action ' + self.name + ' needs exactly one of flag and issue, and has ' \
         + (has(self.flag) ? 'both: make two actions of it' : 'none')",
    )
}

/// A `when` is `all` or `any`.
pub fn all_or_any() -> Rule {
    rule(
        "has(self.all) != has(self.any)",
        "has(self.all) ? 'when has both all and any: nest one group in the other' \
         : 'when has neither all nor any: write such as any: [{signal: name, beyondLimit: {for: 2m}}]'",
    )
}

/// A test checks one thing.
pub fn one_check(grouping: bool) -> Rule {
    let mut checks = vec!["above", "below", "beyondLimit", "anomalous", "score"];
    if grouping {
        checks.extend(["all", "any"]);
    }
    let has: Vec<String> = checks.iter().map(|check| format!("has(self.{check})")).collect();
    let list = checks.join(", ");
    rule(
        format!("[{}].exists_one(x, x)", has.join(", ")),
        format!(
            "'a test has exactly one of {list}' + (has(self.signal) ? ', and the one of signal ' + self.signal \
             + ' has not' : '') + ': write one test per check'"
        ),
    )
}

/// A test of a signal names it, and only such a test does.
pub fn signal_where_due() -> Rule {
    rule(
        "has(self.signal) == (has(self.above) || has(self.below) || has(self.beyondLimit) || has(self.anomalous))",
        "has(self.signal) ? 'signal ' + self.signal + ' is named beside a test that takes none: remove signal, \
         or add above, below, beyondLimit or anomalous' : 'above, below, beyondLimit and anomalous need a \
         signal: add signal with a name of spec.signals'",
    )
}

/// Either `for`, or `times` with `within`.
pub fn one_span() -> Rule {
    rule(
        "has(self.times) == has(self.within) && !(has(self.__for__) && has(self.times))",
        "has(self.__for__) && (has(self.times) || has(self.within)) ? 'for ' + self.__for__ + ' and times with \
         within exclude each other: keep one' : 'times and within come together: add ' \
         + (has(self.times) ? 'within' : 'times')",
    )
}

/// A source's identity is of one kind.
pub fn source_identity_one() -> Rule {
    rule(
        "!has(self.fromLabel) || !(has(self.serviceLabel) || has(self.namespaceLabel))",
        "'identity has fromLabel ' + self.fromLabel + ' and labels besides: pattern gives both service and \
         namespace'",
    )
}
