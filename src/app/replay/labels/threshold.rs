//! A static threshold on the same signals: what a plain alert would have done.
//!
//! Owns its choice: the declared limit where there is one, else the value that, in hindsight and
//! with the labels at hand, fits this series' incidents best. No plain alert could do better.

use super::accuracy::{Alarm, Fit};
use super::heights::{Height, Heights};
use super::incident::Incident;
use crate::app::replay::outcome::ThresholdTold;
use chrono::TimeDelta;

/// How many values are tried in hindsight.
const TRIED: usize = 64;

/// Every series' threshold, and the alarms that all of them give.
pub fn alarms(
    heights: &Heights,
    incidents: &[Incident],
    slack: (TimeDelta, TimeDelta),
) -> (Vec<Alarm>, Vec<ThresholdTold>) {
    let (mut all, mut told) = (Vec::new(), Vec::new());
    for height in heights.all() {
        let (value, origin) = match height.limit {
            Some(limit) => (limit as f32, "the declared limit"),
            None => (best(heights, height, incidents, slack), "the best in hindsight"),
        };
        all.extend(beyond(heights, height, value));
        told.push(ThresholdTold {
            policy: height.policy.to_string(),
            service: height.service.to_string(),
            signal: height.signal.clone(),
            side: if height.sign > 0.0 { "above" } else { "below" },
            value: f64::from(value) * height.sign,
            origin,
        });
    }
    (joined(all), told)
}

/// The threshold with the best F1; of equals, the highest.
fn best(heights: &Heights, height: &Height, incidents: &[Incident], slack: (TimeDelta, TimeDelta)) -> f32 {
    let mut values: Vec<f32> = height.worst.iter().copied().filter(|value| !value.is_nan()).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    let Some(highest) = values.first().copied() else { return f32::INFINITY };
    let mine: Vec<Incident> = incidents.iter().filter(|i| i.concerns(&height.service)).cloned().collect();
    let mut best = (0.0, highest);
    let (mut rank, mut step) = (0.0, 1.0);
    for _ in 0..TRIED {
        let Some(value) = values.get(rank as usize) else { break };
        let fit = Fit::of(&mine, &beyond(heights, height, *value), slack);
        if fit.f1() > best.0 {
            best = (fit.f1(), *value);
        }
        step *= 1.15;
        rank += step;
    }
    best.1
}

/// Runs of buckets beyond `value`, close ones joined.
fn beyond(heights: &Heights, height: &Height, value: f32) -> Vec<Alarm> {
    let mut alarms: Vec<(usize, usize)> = Vec::new();
    for (bucket, _) in height.worst.iter().enumerate().filter(|(_, worst)| **worst > value) {
        match alarms.last_mut() {
            Some((_, last)) if bucket - *last <= heights.gap() => *last = bucket,
            _ => alarms.push((bucket, bucket)),
        }
    }
    let alarm = |(first, last): (usize, usize)| Alarm {
        service: height.service.clone(),
        from: heights.at(first),
        to: heights.at(last),
    };
    alarms.into_iter().map(alarm).collect()
}

/// Alarms of one service that overlap are one.
fn joined(mut alarms: Vec<Alarm>) -> Vec<Alarm> {
    alarms.sort_by(|a, b| (&a.service, a.from).cmp(&(&b.service, b.from)));
    let mut joined: Vec<Alarm> = Vec::new();
    for alarm in alarms {
        match joined.last_mut() {
            Some(last) if last.service == alarm.service && alarm.from <= last.to => {
                last.to = last.to.max(alarm.to);
            }
            _ => joined.push(alarm),
        }
    }
    joined
}
