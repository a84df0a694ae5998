//! Alarms against incidents: what was found, missed and false, and how early.
//!
//! An alarm belongs to an incident of its service if it begins from half an hour before it to five
//! readings after it, and reaches it; or if it belongs to an earlier one and still goes on.

use super::alarm::Alarm;
use super::heights::Heights;
use super::incident::Incident;
use super::threshold;
use crate::app::replay::outcome::{Accuracy, IncidentTold, Outcome, Score, ServiceTold};
use crate::app::replay::tell::chronicle::minutes;
use crate::domain::model::id::ServiceKey;
use chrono::TimeDelta;

/// Readings before and after an incident that still belong to it.
const EARLY: i32 = 2;
const LATE: i32 = 5;

/// How long before an incident an alarm may begin to be a warning of it.
const WARNING: TimeDelta = TimeDelta::minutes(30);

/// Which alarm belongs to which incident.
#[derive(Debug, Default)]
pub struct Fit {
    /// By incident, how long after its start the first alarm began.
    pub delays: Vec<Option<TimeDelta>>,
    /// By alarm, the incidents it belongs to.
    pub of_alarm: Vec<Vec<usize>>,
}

impl Fit {
    /// Matches `alarms` with `incidents`; `slack` is the time before and after an incident.
    pub fn of(incidents: &[Incident], alarms: &[Alarm], slack: (TimeDelta, TimeDelta)) -> Self {
        let mut fit = Self { delays: vec![None; incidents.len()], of_alarm: vec![Vec::new(); alarms.len()] };
        let mut in_time: Vec<usize> = (0..incidents.len()).collect();
        in_time.sort_by_key(|index| incidents[*index].start);
        for index in in_time {
            let incident = &incidents[index];
            let early = slack.0.max(WARNING);
            for (number, alarm) in alarms.iter().enumerate().filter(|(_, a)| incident.concerns(&a.service)) {
                let begins = alarm.from >= incident.start - early && alarm.from <= incident.end + slack.1;
                let reaches = alarm.to >= incident.start - slack.0;
                let goes_on = alarm.from <= incident.start && !fit.of_alarm[number].is_empty();
                if !(reaches && (begins || goes_on)) {
                    continue;
                }
                fit.of_alarm[number].push(index);
                // What was said before for another reason did not see this one coming.
                let delay = if begins { alarm.from - incident.start } else { TimeDelta::zero() };
                fit.delays[index] = Some(fit.delays[index].map_or(delay, |first| first.min(delay)));
            }
        }
        fit
    }

    fn score(&self) -> Score {
        let alarms = self.of_alarm.len();
        let false_alarms = self.of_alarm.iter().filter(|incidents| incidents.is_empty()).count();
        let found = self.delays.iter().flatten().count();
        let share = if alarms == 0 { 0.0 } else { 1000.0 * false_alarms as f64 / alarms as f64 };
        Score {
            alarms,
            false_alarms,
            false_alarm_percent: share.round() / 10.0,
            found,
            missed: self.delays.len() - found,
            median_delay_minutes: median(self.delays.iter().flatten().copied().collect()),
        }
    }
}

/// Judges the outcome by labels, and writes into each Decision which incidents it belongs to.
pub fn judge(outcome: &mut Outcome, heights: &Heights, labels: &[Incident]) {
    let slowest = outcome.policies.iter().map(|policy| policy.interval_seconds).fold(1.0, f64::max);
    let interval = TimeDelta::milliseconds((slowest * 1000.0) as i64);
    let slack = (interval * EARLY, interval * LATE);
    let incidents: Vec<Incident> = labels.iter().filter(|label| is_judged(label, outcome)).cloned().collect();
    let alarms: Vec<Alarm> = outcome
        .decisions
        .iter()
        .map(|decision| Alarm {
            service: ServiceKey::new(&decision.namespace, &decision.service),
            from: decision.started,
            to: decision.ended.unwrap_or(outcome.to),
        })
        .collect();
    let fit = Fit::of(&incidents, &alarms, slack);
    let (static_alarms, thresholds) = threshold::alarms(heights, &incidents, slack);
    let static_fit = Fit::of(&incidents, &static_alarms, slack);
    for (decision, of) in outcome.decisions.iter_mut().zip(&fit.of_alarm) {
        decision.incidents = Some(of.iter().map(|index| incidents[*index].name.clone()).collect());
    }
    for tier in &mut outcome.tiers {
        let mine = outcome.decisions.iter().filter(|d| d.policy == tier.policy && d.tier == tier.tier);
        let known = mine.filter_map(|decision| decision.incidents.as_ref());
        tier.false_alarms = Some(known.filter(|incidents| incidents.is_empty()).count());
    }
    let told = incidents.iter().enumerate().map(|(index, incident)| {
        let (ours, theirs) = (fit.delays[index], static_fit.delays[index]);
        let first = outcome.decisions.iter().zip(&fit.of_alarm).find(|(_, of)| of.contains(&index));
        IncidentTold {
            name: incident.name.clone(),
            service: incident.whose(),
            start: incident.start,
            end: incident.end,
            flyball_minutes: ours.map(minutes),
            threshold_minutes: theirs.map(minutes),
            lead_minutes: ours.zip(theirs).map(|(ours, theirs)| minutes(theirs - ours)),
            decision: first.map(|(decision, _)| decision.name.clone()),
        }
    });
    outcome.accuracy = Some(Accuracy {
        skipped: labels.len() - incidents.len(),
        flyball: fit.score(),
        threshold: static_fit.score(),
        thresholds,
        incidents: told.collect(),
    });
}

/// Whether an incident lies in the span and in a service that was seen.
fn is_judged(label: &Incident, outcome: &Outcome) -> bool {
    let seen = |told: &ServiceTold| label.concerns(&ServiceKey::new(&told.namespace, &told.service));
    label.start <= outcome.to && label.end >= outcome.from && outcome.services.iter().any(seen)
}

fn median(mut delays: Vec<TimeDelta>) -> Option<f64> {
    delays.sort();
    let middle = delays.len() / 2;
    match delays.len() {
        0 => None,
        count if count % 2 == 1 => Some(minutes(delays[middle])),
        _ => Some(minutes((delays[middle - 1] + delays[middle]) / 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    fn incident(service: Option<&str>, start: i64, end: i64) -> Incident {
        let service = service.map(str::to_string);
        Incident { name: "i".into(), namespace: None, service, start: at(start), end: at(end) }
    }

    fn alarm(service: &str, from: i64, to: i64) -> Alarm {
        Alarm { service: ServiceKey::new("shop", service), from: at(from), to: at(to) }
    }

    const SLACK: (TimeDelta, TimeDelta) = (TimeDelta::minutes(2), TimeDelta::minutes(5));

    #[test]
    fn alarms_are_found_late_or_false() {
        let incidents =
            [incident(Some("a"), 100, 120), incident(None, 200, 210), incident(Some("b"), 300, 310)];
        let alarms = [
            alarm("a", 103, 130),
            alarm("a", 110, 111),
            alarm("b", 103, 130),
            alarm("b", 199, 250),
            alarm("b", 316, 320),
        ];
        let fit = Fit::of(&incidents, &alarms, SLACK);
        let minutes: Vec<_> = fit.delays.iter().map(|delay| delay.map(|d| d.num_minutes())).collect();
        assert_eq!(minutes, [Some(3), Some(-1), None]);
        let score = fit.score();
        assert_eq!((score.alarms, score.false_alarms, score.found, score.missed), (5, 2, 2, 1));
        assert_eq!((score.false_alarm_percent, score.median_delay_minutes), (40.0, Some(1.0)));
    }

    #[test]
    fn an_alarm_that_began_long_before_belongs_only_if_it_goes_on_from_another() {
        let incidents = [incident(None, 200, 210), incident(None, 300, 310)];
        let score = |alarms: &[Alarm]| {
            let fit = Fit::of(&incidents, alarms, SLACK);
            fit.delays.iter().map(|delay| delay.map(|d| d.num_minutes())).collect::<Vec<_>>()
        };
        assert_eq!(score(&[alarm("a", 0, 1000)]), [None, None]);
        assert_eq!(score(&[alarm("a", 203, 1000)]), [Some(3), Some(0)]);
        assert_eq!(score(&[alarm("a", 180, 190)]), [None, None], "it must reach the incident");
    }
}
