//! The parts of a text that come from what is known: tables, charts, links, each one variable.

use super::escape::{code, fence, prose};
use crate::domain::model::evidence::{Evidence, Row, SignalEvidence, Trace};
use crate::domain::model::issue::Story;
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::reading::Number;
use crate::domain::model::sparkline::{self, Glyphs};
use std::collections::BTreeMap;

/// What stands where there is nothing.
const NONE: &str = "_none_";
/// Longest chart or query, in bytes.
const BLOCK: usize = 4096;

/// The service, or how many there are.
pub fn subject(story: &Story) -> String {
    match story.total {
        0 | 1 => story.service.to_string(),
        many => format!("{many} services"),
    }
}

/// Why the tier acts, and for whom.
pub fn reasons(story: &Story) -> String {
    let mut lines: Vec<String> = story.reasons.iter().map(|reason| format!("- {}", prose(reason))).collect();
    if lines.is_empty() {
        lines.push(NONE.to_string());
    }
    if story.total > 1 {
        let named: Vec<String> = story.services.iter().map(|service| code(service)).collect();
        let others = story.total.saturating_sub(named.len());
        let more = if others > 0 { format!(" and {others} more") } else { String::new() };
        lines.push(format!(
            "\n**{} services at once**, of which one is shown here: {}{more}.",
            story.total,
            named.join(", ")
        ));
    }
    lines.join("\n")
}

/// Each signal with its newest value, its band and its limit; a sentence where nothing is known.
pub fn signals(evidence: Option<&Evidence>) -> String {
    if evidence.is_none() {
        return "_Nothing was found out yet._".to_string();
    }
    let rows = |signal: &SignalEvidence| {
        let newest = signal.trail.readings.iter().rev().find_map(|mark| mark.value);
        let band = signal.trail.readings.iter().rev().find_map(|mark| mark.band);
        let number = |value: Option<f64>| value.map_or("-".to_string(), |value| Number(value).to_string());
        let usual =
            band.map_or("-".to_string(), |(low, high)| format!("{} to {}", Number(low), Number(high)));
        let cells = [code(&signal.signal), number(newest), usual, number(signal.limit), code(&signal.unit)];
        format!("| {} |", cells.join(" | "))
    };
    table("| Signal | Now | Usual | Limit | Unit |\n|---|---|---|---|---|", evidence, |evidence| {
        evidence.signals.iter().map(rows).collect()
    })
}

/// What the evidence queries answered; empty where nothing is known.
pub fn evidence(evidence: Option<&Evidence>) -> String {
    if evidence.is_none() {
        return String::new();
    }
    let row = |row: &Row| {
        let value = format!("{} {}", Number(row.value), code(&row.unit));
        format!("| {} | {} | {} |", code(&row.query), labels(&row.labels), value.trim_end())
    };
    let mut text = table("| Evidence | Where | Value |\n|---|---|---|", evidence, |evidence| {
        evidence.signals.iter().flat_map(|signal| signal.rows.iter().map(row)).collect()
    });
    for trouble in evidence.iter().flat_map(|evidence| &evidence.troubles) {
        text.push_str(&format!("\n\nNot to be had: {}", prose(trouble)));
    }
    text
}

/// Each signal against its band; empty where nothing is known.
pub fn chart(evidence: Option<&Evidence>) -> String {
    if evidence.is_none() {
        return String::new();
    }
    let one = |signal: &SignalEvidence| {
        let drawn = sparkline::chart(&signal.trail, signal.limit, Glyphs::Unicode);
        let caption = format!("{}: {}", signal.signal, sparkline::caption(&signal.trail, &signal.unit));
        fence("text", &cut(&format!("{}\n{drawn}", caption.replace('\n', " "))))
    };
    blocks(evidence, |evidence| evidence.signals.iter().map(one).collect())
}

/// The PromQL of each signal, with a link where one is known.
pub fn queries(evidence: Option<&Evidence>, link: Option<&LinkTemplate>) -> String {
    let one = |signal: &SignalEvidence| {
        let shown = fence("promql", &cut(&signal.query));
        match link {
            Some(link) => {
                format!(
                    "{shown}\n[look at {}]({})",
                    code(&signal.signal),
                    link.render(|_| signal.query.clone())
                )
            }
            None => shown,
        }
    };
    blocks(evidence, |evidence| evidence.signals.iter().map(one).collect())
}

/// Traces of requests behind the signals.
pub fn traces(evidence: Option<&Evidence>) -> String {
    let one = |trace: &Trace| {
        let id = match &trace.link {
            Some(link) => format!("[{}](<{}>)", code(&trace.id), link.replace(['<', '>'], "")),
            None => code(&trace.id),
        };
        format!("- {id} at {} with {}", trace.at.format("%FT%TZ"), Number(trace.value))
    };
    let lines = |evidence: &Evidence| -> Vec<String> {
        evidence.signals.iter().flat_map(|signal| signal.traces.iter().map(one)).collect()
    };
    let lines = evidence.map(lines).unwrap_or_default();
    if lines.is_empty() { NONE.to_string() } else { lines.join("\n") }
}

/// What is cut at the same time.
pub fn actions(story: &Story) -> String {
    let flags: Vec<String> = story.flags.iter().map(|flag| code(flag)).collect();
    match flags.as_slice() {
        [] => "Nothing was cut: this asks for a change, and changes nothing.".to_string(),
        flags => format!("While this lasts, these flags are held at their fallback: {}.", flags.join(", ")),
    }
}

/// How people have their peace, in a tracker of this kind.
pub fn silence(kind: &str) -> String {
    let how = match kind {
        "github" => "Close it as *not planned*, or close it with the label `wontfix`",
        "jira" => "Resolve it as *Won't Do*, or close it with the label `wontfix`",
        _ => "Close it with the label `wontfix`",
    };
    format!(
        "{how}: it then stays closed until the trouble is twice as bad. Closed as done, it is reopened if the \
         trouble comes back within the tracker's `reopenWithin`. Left open, it is closed once the service was healthy \
         for the tracker's `closeAfter`."
    )
}

fn labels(labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = labels.iter().map(|(name, value)| code(&format!("{name}={value}"))).collect();
    if pairs.is_empty() { "-".to_string() } else { pairs.join(" ") }
}

fn table(head: &str, evidence: Option<&Evidence>, rows: impl Fn(&Evidence) -> Vec<String>) -> String {
    match evidence.map(rows).unwrap_or_default() {
        rows if rows.is_empty() => NONE.to_string(),
        rows => format!("{head}\n{}", rows.join("\n")),
    }
}

fn blocks(evidence: Option<&Evidence>, blocks: impl Fn(&Evidence) -> Vec<String>) -> String {
    match evidence.map(blocks).unwrap_or_default() {
        blocks if blocks.is_empty() => NONE.to_string(),
        blocks => blocks.join("\n\n"),
    }
}

/// At most [`BLOCK`] bytes.
fn cut(text: &str) -> String {
    let mut end = text.len().min(BLOCK);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_string()
}
