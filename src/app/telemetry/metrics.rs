//! The governor's own metrics, and their OpenMetrics text.
//!
//! Owns names, help and buckets. Every label is a fixed word, and every series exists from the
//! start, so that an alert on a counter sees its first step. Must not carry names of objects.

use super::family::{By, Timed, number, set};
use super::process::Process;
use super::words::{
    self, CAME_OF_IT, EFFECTS, LEVELS, MATURITIES, MessageResult, READINGS, STORES, SourceResult,
    WriteResult, live_phases,
};
use crate::domain::model::effect::Counts;
use crate::domain::model::episode::{Outcome, Phase};
use crate::domain::model::fleet::Verdict;
use crate::domain::model::issue::IssueState;
use crate::domain::model::judgement::Maturity;
use crate::domain::model::plan::FlagEffect;
use crate::domain::model::reading::{Reading, Rejection};
use crate::edge::notify::receiver::who::Receiver;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Upper bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Upper bounds of the buckets of scores, in points.
const SCORES: [f64; 10] = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0];
/// The same of what clients of flag stores take to be served a write.
const PROPAGATION: [f64; 9] = [0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 90.0, 300.0];
/// The words for what is written to issue trackers.
const ISSUE_WRITES: [&str; 6] = ["create", "update", "reopen", "close", "leave", "twin"];

/// Everything the governor counts of itself. Shared by reference; all methods are cheap.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    cycles: Counter,
    cycle_duration: Histogram,
    cycle_lateness: Histogram,
    services: By<1, Gauge>,
    scores: Histogram,
    lowest_score: Gauge<f64, AtomicU64>,
    decisions: By<1, Gauge>,
    decisions_ended: By<1, Counter>,
    levels: By<2, Gauge>,
    levels_ended: By<2, Counter>,
    readings: By<1, Counter>,
    samples_rejected: By<1, Counter>,
    source_requests: By<1, Counter>,
    source_request_duration: Histogram,
    flag_writes: By<2, Counter>,
    flag_write_duration: Histogram,
    messages: By<2, Counter>,
    messages_waiting: Gauge,
    flag_served: Timed,
    issues: By<1, Gauge>,
    issue_writes: By<1, Counter>,
    issue_looks: By<1, Counter>,
    effects: By<1, Gauge>,
    held: Gauge,
    lost: Gauge,
    holds: Gauge,
    policies: By<1, Gauge>,
    baselines: By<1, Gauge>,
}

impl Metrics {
    /// All metrics at zero. `version` is shown by `flyball_build_info`.
    pub fn new(version: &'static str) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process));
        let mut ours = Ours(registry.sub_registry_with_prefix("flyball"));
        ours.0.register("build", "The version that runs", Info::new([("version", version)]));
        Self {
            cycles: ours.add("cycles", "Cycles finished", Counter::default()),
            cycle_duration: ours.seconds("cycle_duration", "How long a cycle took, observing to applying"),
            cycle_lateness: ours.seconds("cycle_lateness", "How long after it was due a cycle began"),
            services: ours.by("services", "Governed services", "verdict", Verdict::ALL.map(Verdict::as_str)),
            scores: ours.add(
                "scores",
                "Scores, one per service and policy and cycle, where one is known",
                Histogram::new(SCORES),
            ),
            lowest_score: ours.lowest(),
            decisions: ours.by("decisions", "Live decisions", "phase", live_phases()),
            decisions_ended: ours.by(
                "decisions_ended",
                "Decisions that ended",
                "outcome",
                Outcome::ALL.map(Outcome::as_str),
            ),
            levels: ours.by_two(
                "decisions_by_level",
                "Live decisions",
                ("level", &LEVELS),
                ("phase", &live_phases()),
            ),
            levels_ended: ours.by_two(
                "decisions_ended_by_level",
                "Decisions that ended",
                ("level", &LEVELS),
                ("outcome", &Outcome::ALL.map(Outcome::as_str)),
            ),
            readings: ours.by(
                "readings",
                "Readings taken, one per signal, service and cycle",
                "kind",
                READINGS,
            ),
            samples_rejected: ours.by(
                "samples_rejected",
                "Samples that could not be trusted, rows without identity among them",
                "reason",
                Rejection::ALL.map(Rejection::as_str),
            ),
            source_requests: ours.by(
                "source_requests",
                "Requests to metrics sources",
                "result",
                SourceResult::ALL.map(SourceResult::as_str),
            ),
            source_request_duration: ours
                .seconds("source_request_duration", "How long a metrics source took to answer"),
            flag_writes: ours.by_two(
                "flag_writes",
                "Writes to flag stores",
                ("effect", &EFFECTS),
                ("result", &WriteResult::ALL.map(WriteResult::as_str)),
            ),
            flag_write_duration: ours.seconds("flag_write_duration", "How long a write to a flag store took"),
            messages: ours.by_two(
                "messages",
                "Tries to deliver messages to people",
                ("receiver", &Receiver::KINDS),
                ("result", &MessageResult::ALL.map(MessageResult::as_str)),
            ),
            messages_waiting: ours.add("messages_waiting", "Messages to people that wait", Gauge::default()),
            issues: ours.by(
                "issues",
                "Issues that are remembered of governed services",
                "state",
                IssueState::ALL.map(IssueState::as_str),
            ),
            issue_writes: ours.by("issue_writes", "Writes to issue trackers", "kind", ISSUE_WRITES),
            issue_looks: ours.by(
                "issue_looks",
                "Looks at issues in their trackers",
                "result",
                ["Seen", "Failed"],
            ),
            flag_served: ours.flag_served(),
            effects: ours.by(
                "decision_effects",
                "Decisions by what came of their cut, as remembered of the governed services",
                "effect",
                CAME_OF_IT,
            ),
            held: ours.add(
                "held_seconds",
                "How long ended decisions kept a feature away, as remembered",
                Gauge::default(),
            ),
            lost: ours.add(
                "lost_milliseconds",
                "Availability that they gave up: the time held times slaImpact",
                Gauge::default(),
            ),
            holds: ours.add("holds", "Flags held", Gauge::default()),
            policies: ours.by("policies", "Policies read", "state", ["Accepted", "Refused"]),
            baselines: ours.by("baselines", "Baselines, one per signal and service", "maturity", MATURITIES),
            registry,
        }
    }

    /// The OpenMetrics text.
    ///
    /// # Errors
    /// Only where a metric cannot be written as text, which none of ours can cause.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }

    /// A cycle came to its end; `lateness` is how long after its due instant it began.
    pub fn cycle_finished(&self, duration: Duration, lateness: Duration) {
        self.cycles.inc();
        self.cycle_duration.observe(duration.as_secs_f64());
        self.cycle_lateness.observe(lateness.as_secs_f64());
    }

    /// The verdicts of all governed services, as they are now.
    pub fn set_services(&self, verdicts: impl IntoIterator<Item = Verdict>) {
        let words = verdicts.into_iter().map(Verdict::as_str);
        set(&self.services, "verdict", &Verdict::ALL.map(Verdict::as_str), words);
    }

    /// The phases of all live decisions, as they are now. Ended ones are not counted.
    pub fn set_decisions(&self, phases: impl IntoIterator<Item = Phase>) {
        let words = phases.into_iter().filter(|phase| *phase != Phase::Ended).map(Phase::as_str);
        set(&self.decisions, "phase", &live_phases(), words);
    }

    /// A decision of a tier of this level ended so.
    pub fn decision_ended(&self, level: &str, outcome: Outcome) {
        self.decisions_ended.get_or_create(&[("outcome", outcome.as_str())]).inc();
        let level = ("level", words::level(level));
        self.levels_ended.get_or_create(&[level, ("outcome", outcome.as_str())]).inc();
    }

    /// The levels and phases of all live decisions, as they are now. Ended ones are not counted.
    pub fn set_levels<'a>(&self, decisions: impl IntoIterator<Item = (&'a str, Phase)>) {
        let mut counts: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for (level, phase) in decisions {
            *counts.entry((words::level(level), phase.as_str())).or_default() += 1;
        }
        for level in LEVELS {
            for phase in live_phases() {
                let count = counts.get(&(level, phase)).copied().unwrap_or(0);
                self.levels.get_or_create(&[("level", level), ("phase", phase)]).set(count);
            }
        }
    }

    /// The scores that were known at a cycle.
    pub fn scores(&self, scores: impl IntoIterator<Item = f64>) {
        let mut lowest = f64::NAN;
        for score in scores {
            self.scores.observe(score);
            lowest = lowest.min(score);
        }
        self.lowest_score.set(lowest);
    }

    /// One signal of one service was read. A rejected reading is a rejected sample, too.
    pub fn reading(&self, reading: &Reading) {
        self.readings.get_or_create(&[("kind", words::reading(reading))]).inc();
        if let Reading::Rejected(reason) = reading {
            self.sample_rejected(*reason);
        }
    }

    /// A row was rejected that belongs to no service, so that there is no reading of it.
    pub fn sample_rejected(&self, reason: Rejection) {
        self.samples_rejected.get_or_create(&[("reason", reason.as_str())]).inc();
    }

    /// A request to a metrics source ended so.
    pub fn source_request(&self, result: SourceResult, duration: Duration) {
        self.source_requests.get_or_create(&[("result", result.as_str())]).inc();
        self.source_request_duration.observe(duration.as_secs_f64());
    }

    /// A write to a flag ended so. `LeaveAlone` writes nothing and is not counted.
    pub fn flag_write(&self, effect: &FlagEffect, result: WriteResult, took: Duration) {
        self.flag_write_duration.observe(took.as_secs_f64());
        if let Some(effect) = words::effect(effect) {
            self.flag_writes.get_or_create(&[("effect", effect), ("result", result.as_str())]).inc();
        }
    }

    /// A try to deliver a message through a kind of receiver ended so.
    pub fn message(&self, receiver: &'static str, result: MessageResult) {
        self.messages.get_or_create(&[("receiver", receiver), ("result", result.as_str())]).inc();
    }

    /// How many messages wait to be delivered.
    pub fn set_messages_waiting(&self, count: usize) {
        self.messages_waiting.set(number(count));
    }

    /// The states of all issues that are remembered, as they are now.
    pub fn set_issues(&self, states: impl IntoIterator<Item = IssueState>) {
        let words = states.into_iter().map(IssueState::as_str);
        set(&self.issues, "state", &IssueState::ALL.map(IssueState::as_str), words);
    }

    /// An issue was looked at, and this was written meanwhile.
    pub fn issue_looked(&self, seen: bool, written: &[&'static str]) {
        self.issue_looks.get_or_create(&[("result", if seen { "Seen" } else { "Failed" })]).inc();
        let known = written.iter().filter_map(|word| ISSUE_WRITES.iter().find(|known| *known == word));
        for word in known {
            self.issue_writes.get_or_create(&[("kind", *word)]).inc();
        }
    }

    /// Clients were served a cut so long after it was seen on the flag.
    pub fn flag_served(&self, store: &str, after: Duration) {
        if let Some(store) = STORES.into_iter().find(|word| *word == store) {
            self.flag_served.get_or_create(&[("store", store)]).observe(after.as_secs_f64());
        }
    }

    /// What came of decisions, how long their features were away in seconds, and what that cost in
    /// milliseconds of full outage.
    pub fn set_effects(&self, counts: Counts, held_seconds: u64, lost_millis: u64) {
        let Counts { improved, ineffective, inconclusive, relapsed, superseded } = counts;
        let numbers = [improved, ineffective, inconclusive, relapsed, superseded];
        for (word, number) in CAME_OF_IT.into_iter().zip(numbers) {
            self.effects.get_or_create(&[("effect", word)]).set(i64::from(number));
        }
        self.held.set(i64::try_from(held_seconds).unwrap_or(i64::MAX));
        self.lost.set(i64::try_from(lost_millis).unwrap_or(i64::MAX));
    }

    /// How many flags are held now.
    pub fn set_holds(&self, count: usize) {
        self.holds.set(number(count));
    }

    /// How many policies were accepted and how many refused.
    pub fn set_policies(&self, accepted: usize, refused: usize) {
        self.policies.get_or_create(&[("state", "Accepted")]).set(number(accepted));
        self.policies.get_or_create(&[("state", "Refused")]).set(number(refused));
    }

    /// The maturity of all baselines, as they are now.
    pub fn set_baselines(&self, maturities: impl IntoIterator<Item = Maturity>) {
        set(&self.baselines, "maturity", &MATURITIES, maturities.into_iter().map(words::maturity));
    }
}

/// Registers metrics under our prefix.
struct Ours<'a>(&'a mut Registry);

impl Ours<'_> {
    fn add<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }

    fn seconds(&mut self, name: &str, help: &str) -> Histogram {
        let histogram = Histogram::new(BUCKETS);
        self.0.register_with_unit(name, help, Unit::Seconds, histogram.clone());
        histogram
    }

    fn by<M: Metric + Clone + Default, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        words: [&'static str; N],
    ) -> By<1, M>
    where
        By<1, M>: Metric,
    {
        let family = By::<1, M>::default();
        for word in words {
            drop(family.get_or_create(&[(label, word)]));
        }
        self.add(name, help, family)
    }

    /// NaN until a score is known: 0 would be the worst one.
    fn lowest(&mut self) -> Gauge<f64, AtomicU64> {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(f64::NAN);
        self.add("lowest_score", "The lowest score of any service, NaN while none is known", gauge)
    }

    fn by_two<M: Metric + Clone + Default>(
        &mut self,
        name: &str,
        help: &str,
        (one, words): (&'static str, &[&'static str]),
        (other, others): (&'static str, &[&'static str]),
    ) -> By<2, M>
    where
        By<2, M>: Metric,
    {
        let family = By::<2, M>::default();
        for word in words {
            for second in others {
                drop(family.get_or_create(&[(one, *word), (other, *second)]));
            }
        }
        self.add(name, help, family)
    }

    fn flag_served(&mut self) -> Timed {
        let family = Family::new_with_constructor((|| Histogram::new(PROPAGATION)) as fn() -> Histogram);
        for store in STORES {
            drop(family.get_or_create(&[("store", store)]));
        }
        let help = "How long after a cut stood on its flag clients were served it";
        self.0.register_with_unit("flag_served", help, Unit::Seconds, family.clone());
        family
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of one series, as a scraper would read it.
    fn value(metrics: &Metrics, series: &str) -> Option<f64> {
        let text = metrics.encode().unwrap();
        text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    #[test]
    fn every_series_exists_before_anything_happened() {
        let metrics = Metrics::new("1.2.3");
        for (series, expected) in [
            ("flyball_build_info{version=\"1.2.3\"}", 1.0),
            ("flyball_cycles_total", 0.0),
            ("flyball_cycle_duration_seconds_count", 0.0),
            ("flyball_cycle_lateness_seconds_count", 0.0),
            ("flyball_services{verdict=\"Unknown\"}", 0.0),
            ("flyball_decisions{phase=\"Holding\"}", 0.0),
            ("flyball_decisions_ended_total{outcome=\"Superseded\"}", 0.0),
            ("flyball_decisions_by_level{level=\"Degrade\",phase=\"Latched\"}", 0.0),
            ("flyball_decisions_ended_by_level_total{level=\"Fuse\",outcome=\"Restored\"}", 0.0),
            ("flyball_scores_count", 0.0),
            ("flyball_flag_write_duration_seconds_count", 0.0),
            ("flyball_readings_total{kind=\"NotApplicable\"}", 0.0),
            ("flyball_samples_rejected_total{reason=\"NoIdentity\"}", 0.0),
            ("flyball_source_requests_total{result=\"TimedOut\"}", 0.0),
            ("flyball_source_request_duration_seconds_sum", 0.0),
            ("flyball_flag_writes_total{effect=\"Original\",result=\"Conflict\"}", 0.0),
            ("flyball_messages_total{receiver=\"slack\",result=\"Dropped\"}", 0.0),
            ("flyball_messages_waiting", 0.0),
            ("flyball_issues{state=\"Silenced\"}", 0.0),
            ("flyball_issue_writes_total{kind=\"twin\"}", 0.0),
            ("flyball_issue_looks_total{result=\"Failed\"}", 0.0),
            ("flyball_holds", 0.0),
            ("flyball_policies{state=\"Refused\"}", 0.0),
            ("flyball_baselines{maturity=\"Learning\"}", 0.0),
        ] {
            assert_eq!(value(&metrics, series), Some(expected), "{series}");
        }
        assert_eq!(value(&metrics, "flyball_decisions{phase=\"Ended\"}"), None, "only live ones");
        assert!(metrics.encode().unwrap().ends_with("# EOF\n"));
    }

    #[test]
    fn the_number_of_series_does_not_grow_with_what_happens() {
        let metrics = Metrics::new("1");
        let count = |metrics: &Metrics| metrics.encode().unwrap().lines().count();
        let before = count(&metrics);
        for verdict in Verdict::ALL {
            metrics.set_services([verdict, verdict]);
        }
        metrics.set_decisions(Phase::ALL);
        Outcome::ALL.into_iter().for_each(|outcome| metrics.decision_ended("Fuse", outcome));
        metrics.decision_ended("a word of a newer version", Outcome::Passed);
        metrics.set_levels(Phase::ALL.map(|phase| ("Degrade", phase)));
        metrics.scores([99.0, 12.5]);
        metrics.scores([]);
        Rejection::ALL.into_iter().for_each(|reason| metrics.reading(&Reading::Rejected(reason)));
        let readings = [Reading::Fresh(f64::NAN), Reading::Idle, Reading::Stale(None), Reading::Absent];
        readings.iter().chain([&Reading::NotApplicable]).for_each(|reading| metrics.reading(reading));
        for result in SourceResult::ALL {
            metrics.source_request(result, Duration::from_millis(20));
        }
        for effect in [FlagEffect::Cut, FlagEffect::Original, FlagEffect::LeaveAlone] {
            WriteResult::ALL
                .into_iter()
                .for_each(|result| metrics.flag_write(&effect, result, Duration::from_millis(3)));
        }
        metrics.set_issues(IssueState::ALL);
        metrics.issue_looked(true, &["create", "what nobody knows"]);
        metrics.issue_looked(false, &[]);
        metrics.set_baselines([Maturity::Mature, Maturity::Learning(Duration::MAX)]);
        metrics.set_policies(3, usize::MAX);
        metrics.cycle_finished(Duration::MAX, Duration::ZERO);
        assert_eq!(count(&metrics), before);
    }

    #[test]
    fn gauges_follow_what_is_and_counters_what_was() {
        let metrics = Metrics::new("1");
        metrics.set_services([Verdict::Healthy, Verdict::Breaching, Verdict::Healthy]);
        assert_eq!(value(&metrics, "flyball_services{verdict=\"Healthy\"}"), Some(2.0));
        metrics.set_services([Verdict::Unknown]);
        assert_eq!(value(&metrics, "flyball_services{verdict=\"Healthy\"}"), Some(0.0));
        assert_eq!(value(&metrics, "flyball_services{verdict=\"Unknown\"}"), Some(1.0));
        metrics.scores([99.0, 42.0]);
        assert_eq!(value(&metrics, "flyball_lowest_score"), Some(42.0));
        assert_eq!(value(&metrics, "flyball_scores_bucket{le=\"50.0\"}"), Some(1.0));
        metrics.set_levels([("Fuse", Phase::Holding), ("Fuse", Phase::Ended)]);
        assert_eq!(
            value(&metrics, "flyball_decisions_by_level{level=\"Fuse\",phase=\"Holding\"}"),
            Some(1.0)
        );
        metrics.reading(&Reading::Rejected(Rejection::Doubled));
        metrics.sample_rejected(Rejection::NoIdentity);
        metrics.sample_rejected(Rejection::NoIdentity);
        assert_eq!(value(&metrics, "flyball_readings_total{kind=\"Rejected\"}"), Some(1.0));
        assert_eq!(value(&metrics, "flyball_samples_rejected_total{reason=\"Doubled\"}"), Some(1.0));
        assert_eq!(value(&metrics, "flyball_samples_rejected_total{reason=\"NoIdentity\"}"), Some(2.0));
        metrics.cycle_finished(Duration::from_secs(2), Duration::from_millis(5));
        assert_eq!(value(&metrics, "flyball_cycle_duration_seconds_bucket{le=\"2.5\"}"), Some(1.0));
        assert_eq!(value(&metrics, "flyball_cycle_duration_seconds_bucket{le=\"1.0\"}"), Some(0.0));
    }

    #[test]
    fn the_process_is_shown_where_the_system_tells_of_it() {
        let metrics = Metrics::new("1");
        if std::path::Path::new("/proc/self/status").exists() {
            assert!(value(&metrics, "process_resident_memory_bytes").unwrap() > 100_000.0);
            assert!(value(&metrics, "process_open_fds").unwrap() >= 3.0);
        }
    }
}
