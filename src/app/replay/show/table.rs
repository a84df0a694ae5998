//! What was found, as text for people.

use super::columns::{columns, count, minutes, percent, span, stamp};
use crate::app::replay::outcome::{Accuracy, DecisionTold, Outcome, Score, SignalTold};
use crate::domain::model::reading::Number;

/// Most refusals and incidents that are listed; the rest is counted.
const LISTED_MAX: usize = 30;

/// The whole outcome.
pub fn table(outcome: &Outcome) -> String {
    let parts = [
        head(outcome),
        decisions(outcome),
        tiers(outcome),
        budgets(outcome),
        refusals(outcome),
        signals(outcome),
        outcome.accuracy.as_ref().map(accuracy).unwrap_or_default(),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn head(outcome: &Outcome) -> String {
    let policies: Vec<String> = outcome
        .policies
        .iter()
        .map(|told| {
            format!("{} ({} services, every {} s)", told.policy, told.services, told.interval_seconds)
        })
        .collect();
    let mut out = format!(
        "Replay of {}\n{} to {} ({}), {} readings\nPolicies: {}\n",
        outcome.source,
        stamp(outcome.from),
        stamp(outcome.to),
        span(outcome.to - outcome.from),
        count(outcome.readings),
        policies.join(", ")
    );
    outcome.assumes.iter().for_each(|assumed| out.push_str(&format!("Assumed: {assumed}\n")));
    out
}

fn decisions(outcome: &Outcome) -> String {
    if outcome.decisions.is_empty() {
        return "No Decision: no tier's `when` was ever True.\n".to_string();
    }
    let labelled = outcome.accuracy.is_some();
    let mut headings = vec!["STARTED", "SERVICE", "TIER", "DID", " LASTED", " HELD", "OUTCOME"];
    headings.extend(labelled.then_some("INCIDENT"));
    let rows: Vec<Vec<String>> = outcome.decisions.iter().map(|told| row(told, labelled)).collect();
    let table = columns(&headings, &rows);
    let mut lines = table.lines();
    let mut out = format!("{}\n", lines.next().unwrap_or_default());
    for (line, told) in lines.zip(&outcome.decisions) {
        out.push_str(&format!("{line}\n{}", reasons(told)));
    }
    out
}

fn row(told: &DecisionTold, labelled: bool) -> Vec<String> {
    let flags = told.flags.join(",");
    let did = match (told.acted, told.held_minutes > 0.0) {
        (_, true) => format!("cut {flags}"),
        (true, false) => format!("would cut {flags}"),
        (false, false) => format!("refused {flags}"),
    };
    let mut row = vec![
        stamp(told.started),
        format!("{}/{}", told.namespace, told.service),
        told.tier.clone(),
        did,
        minutes(told.minutes),
        if told.held_minutes > 0.0 { minutes(told.held_minutes) } else { "-".to_string() },
        told.outcome.clone().unwrap_or_else(|| format!("{} at the end", told.phase)),
    ];
    let incidents = told.incidents.as_ref().filter(|_| labelled);
    row.extend(incidents.map(|of| if of.is_empty() { "false alarm".to_string() } else { of.join(", ") }));
    row
}

/// Why it began, and each step after it.
fn reasons(told: &DecisionTold) -> String {
    let steps = told.transitions.iter().map(|step| {
        format!("    {}  {:<9}  {}\n", step.at.format("%H:%M:%S"), step.phase, step.reasons.join("; "))
    });
    steps.collect()
}

fn tiers(outcome: &Outcome) -> String {
    let labelled = outcome.accuracy.is_some();
    let mut headings = vec![
        "POLICY",
        "TIER",
        "LEVEL",
        "MODE",
        " DECISIONS",
        " REFUSED",
        " SERVICES",
        " TOTAL",
        " LONGEST",
        " HELD",
        " RELAPSES",
        " SLA GIVEN UP",
    ];
    headings.extend(labelled.then_some(" FALSE"));
    let rows: Vec<Vec<String>> = outcome
        .tiers
        .iter()
        .map(|told| {
            let mut row = vec![
                told.policy.clone(),
                told.tier.clone(),
                told.level.clone(),
                told.mode.clone(),
                told.decisions.to_string(),
                told.blocked.to_string(),
                told.services.to_string(),
                minutes(told.minutes),
                minutes(told.longest_minutes),
                minutes(told.held_minutes),
                told.relapses.to_string(),
                told.sla_minutes.map_or("-".to_string(), |given| format!("{} min", Number(given))),
            ];
            row.extend(told.false_alarms.filter(|_| labelled).map(|count| count.to_string()));
            row
        })
        .collect();
    if rows.is_empty() { String::new() } else { columns(&headings, &rows) }
}

fn budgets(outcome: &Outcome) -> String {
    let rows: Vec<Vec<String>> = outcome
        .budgets
        .iter()
        .map(|told| vec![told.budget.clone(), told.decisions.to_string(), told.never_acted.to_string()])
        .collect();
    match rows.is_empty() {
        true => "No budget was hit.\n".to_string(),
        false => columns(&["BUDGET HIT", " DECISIONS", " NEVER ACTED"], &rows),
    }
}

fn refusals(outcome: &Outcome) -> String {
    if outcome.refusals.is_empty() {
        return String::new();
    }
    let listed = outcome.refusals.iter().take(LISTED_MAX);
    let rows: Vec<Vec<String>> = listed
        .map(|told| {
            vec![
                stamp(told.from),
                span(told.to - told.from),
                format!("{}/{}", told.namespace, told.service),
                told.tier.clone(),
                told.reasons.join("; "),
            ]
        })
        .collect();
    let more = outcome.refusals.len().saturating_sub(LISTED_MAX);
    let more = if more > 0 { format!("and {more} more; -o json lists all\n") } else { String::new() };
    columns(&["REFUSED AT ONCE", " FOR", "SERVICE", "TIER", "WHY"], &rows) + &more
}

fn signals(outcome: &Outcome) -> String {
    let rows: Vec<Vec<String>> = outcome.signals.iter().map(signal).collect();
    let mut out =
        columns(&["POLICY", "SIGNAL", " SERVICES", " KNOWN", " UNKNOWN", " SHARE", "WHY UNKNOWN"], &rows);
    for told in outcome.signals.iter().filter(|told| told.failure.is_some()) {
        let failure = told.failure.as_deref().unwrap_or_default();
        out.push_str(&format!("{} {}: {failure}\n", told.policy, told.signal));
    }
    out
}

fn signal(told: &SignalTold) -> Vec<String> {
    let why: Vec<String> = told.why.iter().map(|(why, n)| format!("{why} {}", count(*n))).collect();
    let why = match (told.why.is_empty(), told.fresh + told.idle) {
        (true, 0) => "no service was ever seen with it".to_string(),
        _ => why.join(", "),
    };
    vec![
        told.policy.clone(),
        told.signal.clone(),
        told.services.to_string(),
        count(told.fresh + told.idle),
        minutes(told.unknown_minutes),
        percent(told.unknown_percent),
        why,
    ]
}

fn accuracy(told: &Accuracy) -> String {
    let side = |name: &str, score: &Score| {
        vec![
            name.to_string(),
            score.alarms.to_string(),
            format!("{} ({})", score.false_alarms, percent(score.false_alarm_percent)),
            format!("{} of {}", score.found, score.found + score.missed),
            score.missed.to_string(),
            score.median_delay_minutes.map_or("-".to_string(), signed),
        ]
    };
    let rows = [side("flyball", &told.flyball), side("static threshold", &told.threshold)];
    let mut out = columns(&["LABELS", " ALARMS", " FALSE", " FOUND", " MISSED", " MEDIAN DELAY"], &rows);
    let incidents: Vec<Vec<String>> = told
        .incidents
        .iter()
        .take(LISTED_MAX)
        .map(|incident| {
            let seen = |delay: Option<f64>| delay.map_or("missed".to_string(), signed);
            vec![
                incident.name.clone(),
                incident.service.clone().unwrap_or_else(|| "any".to_string()),
                stamp(incident.start),
                span(incident.end - incident.start),
                seen(incident.flyball_minutes),
                seen(incident.threshold_minutes),
                incident.lead_minutes.map_or("-".to_string(), signed),
            ]
        })
        .collect();
    let headings = ["INCIDENT", "SERVICE", "START", " LASTED", " FLYBALL", " THRESHOLD", " LEAD"];
    out.push('\n');
    out.push_str(&columns(&headings, &incidents));
    let more = told.incidents.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        out.push_str(&format!("and {more} more; -o json lists all\n"));
    }
    if told.skipped > 0 {
        out.push_str(&format!("{} labels lie outside the span or the services seen\n", told.skipped));
    }
    out + &thresholds(told)
}

fn thresholds(told: &Accuracy) -> String {
    let hindsight = told.thresholds.iter().filter(|t| t.origin.contains("hindsight")).count();
    format!(
        "The static threshold of a signal is its declared limit ({}) or, without one, the value that fits \
         the labels best in hindsight ({hindsight}); a plain alert could hardly do better.\n",
        told.thresholds.len() - hindsight
    )
}

/// Minutes with their sign: `+3m`, `-1m30s`.
fn signed(delay: f64) -> String {
    let sign = if delay < 0.0 { "-" } else { "+" };
    format!("{sign}{}", minutes(delay.abs()))
}
