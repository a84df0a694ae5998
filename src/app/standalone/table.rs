//! Tables as kubectl prints them, for the end of a demo.

use crate::app::cycle::state::Cycle;
use crate::app::drive::show::story::action;
use crate::domain::model::episode::Episode;
use crate::domain::model::reading::Number;
use chrono::{DateTime, TimeDelta, Utc};

/// Rows under headings, columns padded by three spaces.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("   ").trim_end().to_string()
    };
    let headings: Vec<String> = headings.iter().map(|h| h.to_string()).collect();
    let mut out = vec![line(&headings)];
    out.extend(rows.iter().map(|row| line(row)));
    out.join("\n") + "\n"
}

/// `kubectl get decisions`, newest last.
pub fn decisions(now: DateTime<Utc>, episodes: &[Episode]) -> String {
    let rows: Vec<Vec<String>> = episodes
        .iter()
        .map(|episode| {
            vec![
                episode.key.service.namespace.clone(),
                episode.name.clone(),
                episode.key.service.service.clone(),
                episode.key.tier.clone(),
                episode.phase.as_str().to_string(),
                episode.outcome.map_or(String::new(), |outcome| outcome.as_str().to_string()),
                action(episode),
                episode.reasons.first().map_or(String::new(), |reason| reason.code.to_string()),
                age(now - episode.started),
            ]
        })
        .collect();
    let headings = ["NAMESPACE", "NAME", "SERVICE", "TIER", "PHASE", "OUTCOME", "ACTION", "REASON", "AGE"];
    table(&headings, &rows)
}

/// `kubectl get servicehealths`.
pub fn services(now: DateTime<Utc>, cycle: &Cycle) -> String {
    let rows: Vec<Vec<String>> = cycle
        .tracks()
        .filter_map(|(key, policy, service, track)| {
            let policy = policy?;
            let score = track.score().and_then(|score| score.value);
            let worst = track.score().and_then(|score| {
                let parts = score.contributions.iter().filter(|part| part.penalty > 0.0);
                let worst = parts.max_by(|a, b| a.penalty.total_cmp(&b.penalty))?;
                Some(policy.signals[worst.signal].name.clone())
            });
            let tier = track.memory.episodes().next();
            Some(vec![
                service.namespace.clone(),
                service.service.clone(),
                key.name.clone(),
                score.map_or("-".to_string(), |score| Number(score.round()).to_string()),
                track.verdict(policy, now).as_str().to_string(),
                tier.map_or(String::new(), |episode| episode.key.tier.clone()),
                worst.unwrap_or_default(),
            ])
        })
        .collect();
    table(&["NAMESPACE", "SERVICE", "POLICY", "SCORE", "VERDICT", "TIER", "WORST SIGNAL"], &rows)
}

/// An age as kubectl writes it: `45s`, `7m12s`, `3h5m`, `2d4h`.
pub fn age(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, unit: &str, small: i64, smaller: &str| match small {
        0 => format!("{large}{unit}"),
        small => format!("{large}{unit}{small}{smaller}"),
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if hours < 3 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => two(days, "d", hours % 24, "h"),
        () => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_like_kubectls() {
        for (seconds, text) in
            [(45, "45s"), (119, "119s"), (432, "7m12s"), (1800, "30m"), (11_100, "3h5m"), (187_200, "2d4h")]
        {
            assert_eq!(age(TimeDelta::seconds(seconds)), text);
        }
    }

    #[test]
    fn columns_line_up() {
        let text = table(
            &["NAME", "PHASE"],
            &[vec!["a-long-name".into(), "Ended".into()], vec!["b".into(), "".into()]],
        );
        assert_eq!(text, "NAME          PHASE\na-long-name   Ended\nb\n");
    }
}
