//! How bad each signal stood along the span: what a static threshold would have seen.
//!
//! Bounded: the worst reading of a bucket is kept, and buckets grow with the span.

use crate::app::observe::classify::look::PolicyLook;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::policy::condition::Test;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Most buckets of one series.
const BUCKETS_MAX: i64 = 20_000;

/// One series on one of its bad sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Height {
    pub policy: PolicyKey,
    pub service: ServiceKey,
    pub signal: String,
    /// 1: higher is worse; -1: lower is, and values are negated.
    pub sign: f64,
    /// The declared limit on this side, negated likewise.
    pub limit: Option<f64>,
    /// The worst of each bucket; NaN where there was no reading.
    pub worst: Vec<f32>,
}

/// The heights of all signals that tiers test.
#[derive(Debug)]
pub struct Heights {
    start: DateTime<Utc>,
    bucket: TimeDelta,
    series: BTreeMap<(PolicyKey, usize, ServiceKey), Vec<Height>>,
}

impl Heights {
    /// Of a span, read every `interval` at most.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>, interval: TimeDelta) -> Self {
        let interval = interval.max(TimeDelta::seconds(1));
        let instants = (end - start).num_milliseconds() / interval.num_milliseconds() + 1;
        let each = i32::try_from(instants / BUCKETS_MAX + 1).unwrap_or(i32::MAX);
        Self { start, bucket: interval * each, series: BTreeMap::new() }
    }

    /// Notes one look.
    pub fn note(&mut self, policy: &Policy, at: DateTime<Utc>, look: &PolicyLook) {
        let millis = (at - self.start).num_milliseconds();
        let Ok(bucket) = usize::try_from(millis / self.bucket.num_milliseconds().max(1)) else { return };
        for (service, readings) in &look.services {
            for (signal, reading) in readings.iter().enumerate() {
                let Some(value) = reading.fresh().filter(|_| is_tested(policy, signal)) else { continue };
                let key = (policy.key.clone(), signal, service.clone());
                let sides = self.series.entry(key).or_insert_with(|| sides(policy, signal, service));
                for side in sides {
                    side.raise(bucket, (value * side.sign) as f32);
                }
            }
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Height> {
        self.series.values().flatten()
    }

    /// When a bucket begins.
    pub fn at(&self, bucket: usize) -> DateTime<Utc> {
        self.start + self.bucket * i32::try_from(bucket).unwrap_or(i32::MAX)
    }

    /// Runs of buckets that begin closer than this are one alarm: three readings, or half an hour.
    pub fn gap(&self) -> usize {
        let half_hour = 1_800_000 / self.bucket.num_milliseconds().max(1);
        usize::try_from(half_hour.max(3)).unwrap_or(3)
    }
}

impl Height {
    fn raise(&mut self, bucket: usize, value: f32) {
        if self.worst.len() <= bucket {
            self.worst.resize(bucket + 1, f32::NAN);
        }
        self.worst[bucket] = self.worst[bucket].max(value);
    }
}

/// Whether any tier, or the score that one tests, looks at the signal.
fn is_tested(policy: &Policy, signal: usize) -> bool {
    let mut tests = policy.tiers.iter().flat_map(|tier| tier.when.tests()).peekable();
    tests.peek().is_none()
        || tests.any(|test| match test {
            Test::Signal { signal: tested, .. } => *tested == signal,
            Test::Score { .. } => true,
        })
}

fn sides(policy: &Policy, signal: usize, service: &ServiceKey) -> Vec<Height> {
    let spec = &policy.meant_for(service).signals[signal];
    let (higher, lower) = spec.worse.sides();
    // A limit of a signal that may be bad on both sides is an upper one.
    let side = |sign: f64, limit: Option<f64>| Height {
        policy: policy.key.clone(),
        service: service.clone(),
        signal: spec.name.clone(),
        sign,
        limit: limit.map(|limit| limit * sign),
        worst: Vec::new(),
    };
    let above = higher.then(|| side(1.0, spec.limit));
    let below = lower.then(|| side(-1.0, spec.limit.filter(|_| !higher)));
    above.into_iter().chain(below).collect()
}
