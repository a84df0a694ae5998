//! A static threshold on the same signals: what a plain alert would have done.
//!
//! Owns its choice: the declared limit where there is one, else the value that, in hindsight and
//! with the labels at hand, fits this series' incidents best: a plain alert could hardly do better.

use super::alarm::Alarm;
use super::heights::{Height, Heights};
use super::incident::Incident;
use crate::app::replay::outcome::ThresholdTold;
use crate::domain::model::id::ServiceKey;
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// How many values are tried in hindsight.
const TRIED: usize = 64;

/// Every series' threshold, and the alarms that they give together. Of thresholds found in
/// hindsight only those are set that help their service's others.
pub fn alarms(
    heights: &Heights,
    incidents: &[Incident],
    slack: (TimeDelta, TimeDelta),
) -> (Vec<Alarm>, Vec<ThresholdTold>) {
    let mut by_service: BTreeMap<&ServiceKey, Vec<&Height>> = BTreeMap::new();
    heights.all().for_each(|height| by_service.entry(&height.service).or_default().push(height));
    let (mut all, mut told) = (Vec::new(), Vec::new());
    for (service, series) in by_service {
        let mine: Vec<Incident> = incidents.iter().filter(|i| i.concerns(service)).cloned().collect();
        let worth = |alarms: &[Alarm]| Worth { incidents: &mine, slack }.of(alarms);
        let declared = series.iter().filter_map(|height| Some((*height, height.limit? as f32)));
        let mut alarms = Vec::new();
        for (height, limit) in declared {
            alarms.extend(beyond(heights, height, limit));
            told.push(say(height, limit, "the declared limit"));
        }
        let free = series.iter().filter(|height| height.limit.is_none());
        let mut found: Vec<_> = free.map(|height| (*height, best(heights, height, &worth))).collect();
        found.sort_by(|(_, (a, _)), (_, (b, _))| b.total_cmp(a));
        for (height, (_, value)) in found {
            let more: Vec<Alarm> =
                joined(alarms.iter().cloned().chain(beyond(heights, height, value)).collect());
            if worth(&more) > worth(&alarms) {
                alarms = more;
                told.push(say(height, value, "the best in hindsight"));
            }
        }
        all.extend(joined(alarms));
    }
    (all, told)
}

fn say(height: &Height, value: f32, origin: &'static str) -> ThresholdTold {
    ThresholdTold {
        policy: height.policy.to_string(),
        service: height.service.to_string(),
        signal: height.signal.clone(),
        side: if height.sign > 0.0 { "above" } else { "below" },
        value: f64::from(value) * height.sign,
        origin,
    }
}

/// What alarms are worth: the harmonic mean of the share of incidents found and the share of alarm
/// time that falls into incidents. One alarm that never ends is worth little.
struct Worth<'a> {
    incidents: &'a [Incident],
    slack: (TimeDelta, TimeDelta),
}

impl Worth<'_> {
    fn of(&self, alarms: &[Alarm]) -> f64 {
        let second = TimeDelta::seconds(1);
        let all: i64 = alarms.iter().map(|alarm| (alarm.to - alarm.from + second).num_seconds()).sum();
        let (mut right, mut found) = (0, 0);
        for incident in self.incidents {
            let (start, end) = (incident.start - self.slack.0, incident.end + self.slack.1);
            let inside =
                |alarm: &Alarm| (alarm.to.min(end) - alarm.from.max(start) + second).num_seconds().max(0);
            let here: i64 = alarms.iter().map(inside).sum();
            right += here;
            found += usize::from(here > 0);
        }
        if right == 0 || all == 0 {
            return 0.0;
        }
        let precision = (right as f64 / all as f64).min(1.0);
        let recall = found as f64 / self.incidents.len() as f64;
        2.0 * precision * recall / (precision + recall)
    }
}

/// The worth of the best threshold of a series, and its value; of equals, the highest. Without
/// anything to find it is the highest value, beyond which there is nothing.
fn best(heights: &Heights, height: &Height, worth: &impl Fn(&[Alarm]) -> f64) -> (f64, f32) {
    let mut values: Vec<f32> = height.worst.iter().copied().filter(|value| !value.is_nan()).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    let mut best = (0.0, values.first().copied().unwrap_or(f32::INFINITY));
    let (mut rank, mut step) = (0.0, 1.0);
    for _ in 0..TRIED {
        let Some(value) = values.get(rank as usize) else { break };
        let found = worth(&beyond(heights, height, *value));
        if found > best.0 {
            best = (found, *value);
        }
        step *= 1.15;
        rank += step;
    }
    best
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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    #[test]
    fn an_alarm_that_never_ends_is_worth_less_than_one_that_fits() {
        let service = ServiceKey::new("shop", "a");
        let incident = |start| Incident {
            name: "i".into(),
            namespace: None,
            service: None,
            start: at(start),
            end: at(start + 10),
        };
        let incidents = [incident(1000), incident(5000)];
        let alarm = |from, to| Alarm { service: service.clone(), from: at(from), to: at(to) };
        let worth = Worth { incidents: &incidents, slack: (TimeDelta::minutes(2), TimeDelta::minutes(5)) };
        let endless = worth.of(&[alarm(0, 10_000)]);
        let half = worth.of(&[alarm(1001, 1009)]);
        let both = worth.of(&[alarm(1001, 1009), alarm(5003, 5008)]);
        assert!(endless < half && half < both, "{endless} {half} {both}");
        assert_eq!((both, worth.of(&[]), worth.of(&[alarm(1, 2)])), (1.0, 0.0, 0.0));
    }
}
