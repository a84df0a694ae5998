//! The baseline at work: the same judgement on the command line and in the loop, what is kept
//! through changes and restarts, and no allocation while it learns.

use chrono::{DateTime, Utc};
use flyball::app::baseline::run;
use flyball::app::cycle::make::seasonal;
use flyball::app::cycle::state::Cycle;
use flyball::app::observe::classify::look::PolicyLook;
use flyball::app::standalone::load::load_texts;
use flyball::domain::baseline::model::Baseline;
use flyball::domain::baseline::seasonal::SeasonalModel;
use flyball::domain::model::baseline::{BaselineSpec, Worse};
use flyball::domain::model::id::ServiceKey;
use flyball::domain::model::judgement::{Judgement, Maturity};
use flyball::domain::model::reading::Reading;
use flyball::domain::policy::spec::Policy;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

/// Counts this thread's allocations.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is the system allocator's own; counting touches only a thread's own cell.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that is ending has no cell any more, and nobody who counts.
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn policy(extra: &str, spec: &str) -> Policy {
    let text = format!(
        "apiVersion: flyball.dev/v1alpha1\nkind: HealthPolicy\nmetadata: {{name: waits, namespace: shop{extra}}}\n\
         spec:\n  interval: 1m\n  signals:\n{spec}"
    );
    let loaded = load_texts(&[("policy.yaml", &text)]);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded.policies.into_iter().next().unwrap()
}

const SIGNAL: &str = "  - {name: wait, query: 'sum by (namespace, service) (lock_wait)', worse: Either}\n";

fn service() -> ServiceKey {
    ServiceKey { namespace: "shop".to_string(), service: "inventory".to_string() }
}

fn minute(n: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_577_600 + n * 60, 0).unwrap()
}

fn value(n: i64) -> f64 {
    let noise = ((n * 7919) % 1009) as f64 / 1009.0 - 0.5;
    let burst = if n % 4000 > 3970 { 40.0 } else { 0.0 };
    20.0 + 8.0 * (n as f64 / 1440.0 * std::f64::consts::TAU).sin() + 2.0 * noise + burst
}

/// The loop's judgement of minute `n`.
fn look(cycle: &mut Cycle, policy: &Policy, n: i64) -> Judgement {
    let seen = [(service(), vec![Reading::Fresh(value(n))])].into();
    cycle.observe(&policy.key, minute(n), &PolicyLook { services: seen, ..PolicyLook::default() });
    let (_, track) = cycle.services_of(&policy.key).next().unwrap();
    track.observation.latest().unwrap().points[0].judgement.unwrap()
}

fn started(policy: &Policy) -> Cycle {
    let mut cycle = Cycle::new(seasonal());
    cycle.accept(vec![policy.clone()]);
    cycle
}

#[test]
fn the_command_line_and_the_loop_give_equal_bands() {
    let count = 12 * 1440;
    let rows: String = (0..count).map(|n| format!("{},{}\n", minute(n).timestamp(), value(n))).collect();
    let (mut out, mut trouble, mut rows_out) = (Vec::new(), Vec::new(), Vec::new());
    let spec = BaselineSpec::defaults(Worse::Either, Duration::from_secs(60));
    run(spec, None, (rows.as_bytes(), &mut out, &mut trouble), |row| rows_out.push(row)).unwrap();
    let policy = policy("", SIGNAL);
    let mut cycle = started(&policy);
    let mut alarms = 0;
    for (n, row) in rows_out.iter().enumerate() {
        let judged = look(&mut cycle, &policy, n as i64);
        for (ours, theirs) in
            [(judged.lower, row.lower), (judged.upper, row.upper), (judged.expected, row.expected)]
        {
            assert!((ours - theirs).abs() <= 1e-6, "minute {n}: {judged:?} against {row:?}");
        }
        assert_eq!(judged.alarm, row.alarm, "minute {n}");
        alarms += usize::from(row.alarm);
    }
    assert_eq!(rows_out.len(), count as usize);
    assert!(alarms > 0, "the bursts alarm, or nothing was compared");
}

#[test]
fn a_changed_limit_keeps_what_was_learned_and_a_changed_query_does_not() {
    let first = policy("", SIGNAL);
    let mut cycle = started(&first);
    for n in 0..2 * 1440 {
        look(&mut cycle, &first, n);
    }
    let before = look(&mut cycle, &first, 2 * 1440);
    assert_eq!(before.maturity, Maturity::Mature);
    let generation = |policy: Policy, generation| Policy { generation, ..policy };
    let limited =
        policy("", &SIGNAL.replace("worse", "limit: 99, baseline: {minDeviation: {absolute: 30}}, worse"));
    let limited = generation(limited, first.generation + 1);
    cycle.accept(vec![limited.clone()]);
    let after = look(&mut cycle, &limited, 2 * 1440 + 1);
    assert_eq!(after.maturity, Maturity::Mature);
    assert!((after.expected - before.expected).abs() < 1.0);
    assert!(after.upper >= after.expected + 30.0, "the new spec's deviation holds");
    for changed in ["lock_wait_other", "lock_wait"] {
        let text = SIGNAL.replace("lock_wait", changed).replace("worse", "unit: s, worse");
        let other = generation(policy("", &text), limited.generation + 1);
        cycle.accept(vec![other.clone()]);
        let judged = look(&mut cycle, &other, 2 * 1440 + 2);
        assert!(matches!(judged.maturity, Maturity::Learning(_)), "{text}");
        cycle.accept(vec![limited.clone()]);
    }
}

#[test]
fn a_restart_goes_on_where_it_was() {
    let policy = policy("", SIGNAL);
    let mut whole = started(&policy);
    for n in 0..9 * 1440 {
        look(&mut whole, &policy, n);
    }
    let stored = whole.packed(minute(9 * 1440));
    assert_eq!(stored.len(), 1);
    let mut restarted = started(&policy);
    restarted.recall(stored.clone());
    let at = minute(9 * 1440 + 4);
    let from = restarted.past_start(&policy, at);
    assert!(from > minute(9 * 1440 - 120) && from < at, "only the gap and the window are read: {from}");
    assert!(started(&policy).past_start(&policy, at) < minute(3 * 1440), "without it the whole past is");
    for n in 9 * 1440 - 30..9 * 1440 + 500 {
        let (a, b) = (look(&mut whole, &policy, n.max(9 * 1440)), look(&mut restarted, &policy, n));
        if n >= 9 * 1440 {
            assert_eq!((a.lower, a.upper, a.alarm), (b.lower, b.upper, b.alarm), "minute {n}");
        }
    }
    let mut damaged = started(&policy);
    damaged.recall(
        stored
            .into_iter()
            .map(|mut packed| {
                packed.bytes.pop();
                packed
            })
            .collect(),
    );
    assert!(matches!(look(&mut damaged, &policy, 9 * 1440).maturity, Maturity::Learning(_)), "learned anew");
}

#[test]
fn a_person_resets_the_baselines_of_one_signal() {
    let two = format!("{SIGNAL}  - {{name: other, query: 'sum by (namespace, service) (other)'}}\n");
    let first = policy("", &two);
    let both = |cycle: &mut Cycle, policy: &Policy, n: i64| {
        let seen = [(service(), vec![Reading::Fresh(value(n)); 2])].into();
        cycle.observe(&policy.key, minute(n), &PolicyLook { services: seen, ..PolicyLook::default() });
        let (_, track) = cycle.services_of(&policy.key).next().unwrap();
        let points = &track.observation.latest().unwrap().points;
        points.iter().map(|point| point.judgement.unwrap().maturity).collect::<Vec<_>>()
    };
    let mut cycle = started(&first);
    for n in 0..2 * 1440 {
        both(&mut cycle, &first, n);
    }
    let ordered = policy(", annotations: {flyball.dev/reset-baseline: wait}", &two);
    let ordered = Policy { generation: first.generation, ..ordered };
    for n in 0..3 {
        cycle.accept(vec![ordered.clone()]);
        let seen = both(&mut cycle, &ordered, 2 * 1440 + n);
        let left = Duration::from_secs(24 * 3600 - 60 * n as u64);
        assert_eq!(seen, [Maturity::Learning(left), Maturity::Mature], "once, however often it is read");
    }
}

#[test]
fn an_update_allocates_nothing() {
    let mut model = SeasonalModel::new(&BaselineSpec::defaults(Worse::Either, Duration::from_secs(60)));
    let mut alarms = 0;
    let before = ALLOCATIONS.with(Cell::get);
    for n in 0..20_000 {
        alarms += usize::from(model.observe(minute(n), value(n), n % 977 != 0).alarm);
    }
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0);
    assert!(alarms > 0, "alarms are among what was counted");
}
