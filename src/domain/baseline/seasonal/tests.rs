//! The model as a whole: what it must do on series of every kind.

use super::*;
use chrono::TimeDelta;
use proptest::prelude::*;

pub fn spec(season: Season, warmup_hours: u64) -> BaselineSpec {
    BaselineSpec {
        season,
        timezone: chrono_tz::UTC,
        confidence_percent: 95.0,
        min_deviation_absolute: 0.0,
        min_deviation_percent: 0.0,
        warmup: Duration::from_secs(warmup_hours * 3600),
        worse: Worse::Higher,
        interval: Duration::from_secs(60),
    }
}

fn minute(n: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_577_600 + n * 60, 0).unwrap()
}

/// A number between -1 and 1 that looks random.
fn noise(n: i64) -> f64 {
    let mixed = (n as u64).wrapping_add(0x9e37).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn wave(n: i64) -> f64 {
    20.0 + 10.0 * (n as f64 / 1440.0 * std::f64::consts::TAU).sin() + 0.5 * noise(n)
}

fn taught(spec: &BaselineSpec, minutes: i64, value: impl Fn(i64) -> f64) -> SeasonalModel {
    let mut model = SeasonalModel::new(spec);
    for n in 0..minutes {
        model.observe(minute(n), value(n), true);
    }
    model
}

#[test]
fn it_is_learning_until_its_warm_up_and_raises_no_alarm_before() {
    let mut model = SeasonalModel::new(&spec(Season::None, 1));
    for n in 0..60 {
        let value = if n == 59 { 1e6 } else { 5.0 };
        let judged = model.observe(minute(n), value, true);
        assert_eq!(judged.maturity, Maturity::Learning(Duration::from_secs((60 - n as u64) * 60)));
        assert!(!judged.alarm);
    }
    assert_eq!(model.observe(minute(60), 5.0, true).maturity, Maturity::Mature);
}

#[test]
fn a_daily_curve_is_inside_the_band_and_its_peak_at_night_is_an_alarm() {
    let mut model = SeasonalModel::new(&spec(Season::Day, 48));
    let mut inside = 0;
    for n in 0..6 * 1440 {
        let judged = model.observe(minute(n), wave(n), true);
        if n >= 4 * 1440 {
            inside += usize::from(judged.contains(wave(n)));
            assert!(!judged.alarm, "minute {n}: {judged:?} for {}", wave(n));
        }
    }
    assert!((2650..2830).contains(&inside), "{inside} of 2880 inside");
    let night = 6 * 1440 + 1080;
    let mut late = taught(&spec(Season::Day, 48), night, wave);
    assert!(late.observe(minute(night), 30.0, true).alarm, "the day's peak at the day's low");
    let mut plain = taught(&spec(Season::None, 48), night, wave);
    let width = |judged: &Judgement| judged.upper - judged.lower;
    let (with, without) =
        (late.observe(minute(night + 1), 10.0, true), plain.observe(minute(night), 10.0, true));
    assert!(width(&with) < 0.5 * width(&without), "a season narrows the band");
}

#[test]
fn a_week_knows_its_sunday() {
    let sunday = |n: i64| (n / 1440) % 7 == 6;
    let busy = |n: i64| if sunday(n) { 50.0 } else { 100.0 } + 5.0 * noise(n);
    let expected = |season| {
        let mut model = taught(&spec(season, 24), 6 * 7 * 1440 + 6 * 1440 + 90, busy);
        model.observe(minute(6 * 7 * 1440 + 6 * 1440 + 90), 50.0, true).expected
    };
    let (week, day) = (expected(Season::Week), expected(Season::Day));
    assert!(week < day - 10.0, "{week} with the week, {day} without");
}

#[test]
fn the_incident_is_not_learned_while_it_alarms_or_is_held() {
    let value = |n: i64| 5.0 + 0.3 * noise(n);
    let mut model = taught(&spec(Season::None, 2), 3000, value);
    let before = model.observe(minute(3000), 50.0, true);
    assert!(before.alarm);
    let mut held = model.clone();
    for n in 3001..3150 {
        let judged = model.observe(minute(n), 50.0, true);
        assert!(judged.alarm, "it lasts while the value is outside");
        assert_eq!((judged.expected, judged.upper), (before.expected, before.upper), "minute {n}");
    }
    for n in 3001..9000 {
        assert_eq!(held.observe(minute(n), 50.0, false).upper, before.upper, "a hold has no end");
    }
    let back = held.observe(minute(9000), 5.0, true);
    assert!(back.contains(5.0) && !back.alarm);
}

#[test]
fn a_lasting_change_is_accepted_within_six_hours_when_nothing_holds() {
    for (from, to) in [(5.0, 50.0), (100.0, 150.0), (100.0, 30.0)] {
        let noisy = |at: f64, n: i64| at * (1.0 + 0.03 * noise(n));
        let mut model = taught(&spec(Season::Day, 24), 8 * 1440, |n| noisy(from, n));
        let start = 8 * 1440;
        let mut inside = 0;
        for n in start..start + 7 * 60 {
            let value = noisy(to, n);
            let judged = model.observe(minute(n), value, true);
            if n >= start + 360 {
                inside += usize::from(judged.contains(value));
            }
        }
        assert!(inside >= 50, "{from} to {to}: {inside} of the seventh hour's 60 inside");
    }
}

#[test]
fn a_deviation_below_the_minimum_is_never_out_of_band() {
    let wide = BaselineSpec { min_deviation_absolute: 10.0, ..spec(Season::None, 1) };
    let mut model = taught(&wide, 3000, |_| 5.0);
    let judged = model.observe(minute(3000), 14.9, false);
    assert!(judged.severity == 0.0 && !judged.alarm && judged.contains(14.9));
    assert!(model.observe(minute(3001), 500.0, false).alarm);
    assert!(!model.observe(minute(3002), -500.0, false).alarm, "only the bad side counts");
    let relative = BaselineSpec { min_deviation_percent: 50.0, ..spec(Season::None, 1) };
    let judged = taught(&relative, 3000, |_| 10.0).observe(minute(3000), 10.0, true);
    assert!((judged.upper - 15.0).abs() < 0.1, "{judged:?}");
}

#[test]
fn the_band_follows_the_confidence_that_is_asked_for() {
    for percent in [80.0, 95.0, 99.0] {
        let asked = BaselineSpec { confidence_percent: percent, ..spec(Season::Day, 24) };
        let mut model = SeasonalModel::new(&asked);
        let mut inside = 0;
        for n in 0..20 * 1440 {
            let judged = model.observe(minute(n), wave(n), true);
            inside += usize::from(n >= 5 * 1440 && judged.contains(wave(n)));
        }
        let share = 100.0 * inside as f64 / (15.0 * 1440.0);
        assert!((share - percent).abs() < 1.0, "{share} of {percent}");
    }
}

#[test]
fn constant_zero_sparse_and_stepwise_series_are_quiet() {
    type Series = (&'static str, fn(i64) -> f64);
    let all: [Series; 5] = [
        ("constant", |_| 42.0),
        ("zero", |_| 0.0),
        ("sparse", |n| if noise(n) > 0.96 { 1.0 } else { 0.0 }),
        ("steps", |n| 3.0 + ((n / 720) % 2) as f64),
        ("huge", |n| 1e18 * (1.0 + 0.01 * noise(n))),
    ];
    for (name, value) in all {
        let mut model = SeasonalModel::new(&BaselineSpec { worse: Worse::Either, ..spec(Season::Week, 24) });
        let (mut alarms, mut inside, mut before) = (0, 0, false);
        for n in 0..14 * 1440 {
            let judged = model.observe(minute(n), value(n), true);
            alarms += usize::from(judged.alarm && !before);
            before = judged.alarm;
            inside += usize::from(n >= 7 * 1440 && judged.contains(value(n)));
        }
        assert!(alarms <= 2, "{name}: {alarms} alarms in two weeks");
        assert!(inside > 9200, "{name}: {inside} of 10080 inside");
    }
}

#[test]
fn any_interval_and_irregular_times_give_the_same_picture() {
    for (seconds, jitter) in [(1, 0), (10, 3), (60, 25), (300, 0), (3600, 600)] {
        let asked = BaselineSpec { interval: Duration::from_secs(seconds as u64), ..spec(Season::Day, 24) };
        let mut model = SeasonalModel::new(&asked);
        let (count, mut inside, mut counted, mut alarms) = (8 * 86_400 / seconds, 0, 0, 0);
        for n in 0..count {
            let at = minute(0) + TimeDelta::seconds(n * seconds + (noise(n) * jitter as f64) as i64);
            let curve = ((at - minute(0)).num_seconds() as f64 / 86_400.0 * std::f64::consts::TAU).sin();
            let value = 20.0 + 8.0 * curve + noise(n);
            let judged = model.observe(at, value, true);
            if n > count / 2 {
                counted += 1;
                inside += usize::from(judged.contains(value));
                alarms += usize::from(judged.alarm);
            }
        }
        let share = f64::from(inside as u32) / f64::from(counted as u32);
        assert!((0.90..0.995).contains(&share), "every {seconds} s: {share}");
        assert_eq!(alarms, 0, "every {seconds} s");
    }
}

#[test]
fn a_gap_ages_the_state_and_an_instant_that_does_not_rise_changes_nothing() {
    let mut model = taught(&spec(Season::Day, 24), 4 * 1440, wave);
    let before = model.clone();
    for at in [minute(4 * 1440 - 1), minute(17)] {
        let judged = model.observe(at, 1e6, true);
        assert!(judged.severity > 0.0);
    }
    let bytes = |model: &SeasonalModel| {
        let mut bytes = Vec::new();
        model.pack(&mut bytes);
        bytes
    };
    assert_eq!(bytes(&model), bytes(&before));
    let at = minute(4 * 1440 + 3 * 1440);
    let known = model.level.slow;
    let (mut aged, mut young) = (model.clone(), model);
    let off = wave(0) + 0.4;
    aged.observe(at, off, true);
    young.observe(minute(4 * 1440), off, true);
    let moved = |model: &SeasonalModel| (model.level.slow - known).abs();
    assert!(moved(&aged) > 10.0 * moved(&young), "after three days one value says more");
}

#[test]
fn what_was_packed_goes_on_as_if_nothing_had_happened() {
    let mut model = taught(&spec(Season::Week, 24), 5 * 1440, wave);
    model.observe(minute(5 * 1440), 90.0, true);
    let mut bytes = Vec::new();
    assert!(model.pack(&mut bytes));
    let mut restored = SeasonalModel::new(&spec(Season::Week, 24));
    assert!(restored.unpack(&bytes));
    for n in 5 * 1440 + 1..6 * 1440 {
        assert_eq!(model.observe(minute(n), wave(n), true), restored.observe(minute(n), wave(n), true));
    }
    for broken in [&bytes[1..], &bytes[..bytes.len() - 1], &[255; 40], &[]] {
        let before = restored.samples;
        assert!(!restored.unpack(broken));
        assert_eq!(restored.samples, before);
    }
}

proptest! {
    #[test]
    fn i14_a_band_is_never_nan_and_never_of_zero_width(
        values in proptest::collection::vec(prop_oneof![
            Just(0.0), Just(1e300), Just(-1e300), Just(f64::NAN), Just(1e30), Just(1e-300), -1e3..1e3, any::<f64>()
        ], 1..300),
        gaps in proptest::collection::vec(-5i64..100_000, 300),
        seconds in prop_oneof![Just(1u64), Just(60), Just(3600)],
        season in prop_oneof![Just(Season::None), Just(Season::Day), Just(Season::Week)],
        learn in any::<bool>(),
    ) {
        let asked = BaselineSpec { interval: Duration::from_secs(seconds), ..spec(season, 1) };
        let mut model = SeasonalModel::new(&asked);
        let mut at = minute(0);
        for (n, (value, gap)) in values.iter().zip(gaps).enumerate() {
            at += TimeDelta::seconds(gap);
            let judged = model.observe(at, *value, learn || n % 3 > 0);
            prop_assert!(judged.lower.is_finite() && judged.upper.is_finite() && judged.expected.is_finite());
            prop_assert!(judged.lower < judged.upper, "{judged:?}");
            prop_assert!(judged.lower <= judged.expected && judged.expected <= judged.upper);
            prop_assert!(judged.severity >= 0.0 && judged.severity.is_finite());
        }
        let mut bytes = Vec::new();
        model.pack(&mut bytes);
        prop_assert!(SeasonalModel::new(&asked).unpack(&bytes), "what is packed is sound");
    }

    #[test]
    fn i13_more_deviation_is_never_less_severe_and_never_ends_an_alarm(
        hours in 30i64..200, at in 0.0..100.0f64, more in 0.0..1000.0f64, either in any::<bool>(),
    ) {
        let worse = if either { Worse::Either } else { Worse::Higher };
        let model = taught(&BaselineSpec { worse, ..spec(Season::Day, 1) }, hours * 60, wave);
        let look = |value: f64| model.clone().observe(minute(hours * 60), value, true);
        let usual = look(wave(hours * 60)).expected;
        let (near, far) = (look(usual + at), look(usual + at + more));
        prop_assert!(far.severity >= near.severity);
        prop_assert!(far.alarm || !near.alarm);
    }
}

#[test]
fn youth_excuses_nothing_far_beyond_a_declared_deviation() {
    let alarms = |absolute: f64, value: f64| {
        let spec = BaselineSpec { min_deviation_absolute: absolute, ..spec(Season::Week, 1) };
        let mut young = taught(&spec, 120, |n| 0.02 + 0.002 * noise(n));
        young.observe(minute(120), value, true).alarm
    };
    assert!(alarms(0.1, 1.5), "thirteen times what was declared to matter");
    assert!(!alarms(0.1, 0.2), "hardly more than that is left to the malus of the young");
    assert!(!alarms(0.0, 0.2), "nothing was declared, so youth counts");
}

#[test]
fn beyond_a_declared_deviation_only_what_surprises_alarms() {
    let spec = BaselineSpec { min_deviation_absolute: 0.1, ..spec(Season::None, 1) };
    let mut wild = taught(&spec, 600, |n| 10.0 + 4.0 * noise(n));
    let alarms = (600..1200).filter(|n| wild.observe(minute(*n), 10.0 + 4.0 * noise(*n), true).alarm);
    assert_eq!(alarms.count(), 0, "its own usual noise is no news, however little was declared");
}

#[test]
fn the_first_burst_of_a_series_of_zeros_is_an_alarm_and_usual_events_are_none() {
    for absolute in [0.0, 0.01] {
        let spec = BaselineSpec { min_deviation_absolute: absolute, ..spec(Season::Week, 24) };
        let mut calm = taught(&spec, 4 * 1440, |_| 0.0);
        let burst: Vec<bool> =
            (0..30).map(|n| calm.observe(minute(4 * 1440 + n), 50.0, true).alarm).collect();
        assert!(burst.iter().all(|alarm| *alarm), "{absolute}: {burst:?}");
    }
    let mut sparse = SeasonalModel::new(&spec(Season::Week, 24));
    let event = |n: i64| if n % 90 == 13 { 4.0 + noise(n) } else { 0.0 };
    let alarms = (0..7 * 1440).filter(|n| sparse.observe(minute(*n), event(*n), true).alarm).count();
    assert_eq!(alarms, 0, "an event every hour and a half is its rhythm");
}
