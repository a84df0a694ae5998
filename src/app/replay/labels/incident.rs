//! Incidents as people labelled them, from a CSV file of either of two forms.
//!
//! `start,end[,namespace][,service][,name]` has a row an incident; `timestamp,label[,...]` has a
//! row a reading, 1 where it is part of an incident, as published series are labelled.

use super::csv;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::problem::Problem;
use chrono::{DateTime, NaiveDateTime, Utc};

/// Rows between two labelled ones that still are the same incident.
const GAP: usize = 3;
/// Most problems that are told.
const PROBLEMS_MAX: usize = 20;
/// What to write for an instant.
const INSTANT: &str = "write epoch seconds, or an instant such as 2026-11-24T04:00:00Z";

/// One labelled incident. Without a service it is everybody's.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    pub name: String,
    pub namespace: Option<String>,
    pub service: Option<String>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl Incident {
    /// Whether it may be seen in this service.
    pub fn concerns(&self, service: &ServiceKey) -> bool {
        self.namespace.as_ref().is_none_or(|namespace| *namespace == service.namespace)
            && self.service.as_ref().is_none_or(|name| *name == service.service)
    }

    /// `namespace/service`, as far as it says.
    pub fn whose(&self) -> Option<String> {
        match (&self.namespace, &self.service) {
            (None, None) => None,
            (Some(namespace), None) => Some(format!("{namespace}/*")),
            (None, Some(service)) => Some(service.clone()),
            (Some(namespace), Some(service)) => Some(format!("{namespace}/{service}")),
        }
    }
}

/// Reads incidents.
///
/// # Errors
/// Every problem found: line, value and fix.
pub fn read(text: &str) -> Result<Vec<Incident>, Vec<Problem>> {
    let rows = csv::rows(text);
    let Some(((_, head), rows)) = rows.split_first() else {
        let fix = "write a heading `start,end` and a row for each incident";
        return Err(vec![Problem::new("line 1", "", "the file is empty", fix)]);
    };
    let columns = Columns { head: head.iter().map(|name| name.to_lowercase()).collect() };
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    match (
        columns.find(&["start", "from"]),
        columns.find(&["end", "to"]),
        columns.find(&["timestamp", "time"]),
    ) {
        (Some(start), Some(end), _) => windows(&columns, rows, (start, end), &mut found, &mut problems),
        (_, _, Some(time)) => match columns.find(&["label", "is_anomaly", "anomaly"]) {
            Some(label) => points(&columns, rows, (time, label), &mut found, &mut problems),
            None => problems.push(columns.missing("label")),
        },
        (None, ..) => problems.push(columns.missing("start")),
        (_, None, _) => problems.push(columns.missing("end")),
    }
    problems.truncate(PROBLEMS_MAX);
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// The heading.
struct Columns {
    head: Vec<String>,
}

type Rows<'a> = &'a [(usize, Vec<String>)];

impl Columns {
    fn find(&self, names: &[&str]) -> Option<usize> {
        self.head.iter().position(|head| names.contains(&head.as_str()))
    }

    fn missing(&self, name: &str) -> Problem {
        let fix = "name the columns start,end[,namespace][,service][,name], or timestamp,label";
        Problem::new("line 1", self.head.join(","), format!("there is no column {name}"), fix)
    }

    /// Namespace and service of a row; `service` may be `namespace/service`.
    fn whose(&self, row: &[String]) -> (Option<String>, Option<String>) {
        let cell = |name: &str| {
            let cell = self.find(&[name]).and_then(|column| row.get(column));
            cell.filter(|cell| !cell.is_empty()).cloned()
        };
        match (cell("namespace"), cell("service")) {
            (None, Some(both)) => match both.split_once('/') {
                Some((namespace, service)) => (Some(namespace.to_string()), Some(service.to_string())),
                None => (None, Some(both)),
            },
            both => both,
        }
    }
}

fn windows(
    columns: &Columns,
    rows: Rows<'_>,
    (start, end): (usize, usize),
    found: &mut Vec<Incident>,
    problems: &mut Vec<Problem>,
) {
    for (line, row) in rows {
        let mut at = |column: usize| {
            let text = row.get(column).map_or("", String::as_str);
            let read = instant(text);
            if read.is_none() {
                let field = format!("line {line}: {}", columns.head[column]);
                problems.push(Problem::new(field, text, "it is no instant", INSTANT));
            }
            read
        };
        let (Some(from), Some(to)) = (at(start), at(end)) else { continue };
        if to < from {
            let message = "the incident ends before it starts";
            problems.push(Problem::new(format!("line {line}"), row.join(","), message, "swap start and end"));
            continue;
        }
        let (namespace, service) = columns.whose(row);
        let name = columns.find(&["name", "incident", "id"]).and_then(|column| row.get(column));
        let name = name.filter(|name| !name.is_empty()).cloned();
        let name = name.unwrap_or_else(|| format!("incident {}", found.len() + 1));
        found.push(Incident { name, namespace, service, start: from, end: to });
    }
}

fn points(
    columns: &Columns,
    rows: Rows<'_>,
    (time, label): (usize, usize),
    found: &mut Vec<Incident>,
    problems: &mut Vec<Problem>,
) {
    let mut normal = GAP + 1;
    for (line, row) in rows {
        let text = row.get(time).map_or("", String::as_str);
        let Some(at) = instant(text) else {
            problems.push(Problem::new(format!("line {line}: timestamp"), text, "it is no instant", INSTANT));
            continue;
        };
        if !matches!(row.get(label).map(|cell| cell.to_lowercase()).as_deref(), Some("1" | "1.0" | "true")) {
            normal += 1;
            continue;
        }
        let (namespace, service) = columns.whose(row);
        let last = found.last_mut().filter(|last| {
            normal <= GAP && last.namespace == namespace && last.service == service && last.end <= at
        });
        match last {
            Some(last) => last.end = at,
            None => {
                let name = format!("incident {}", found.len() + 1);
                found.push(Incident { name, namespace, service, start: at, end: at });
            }
        }
        normal = 0;
    }
}

/// Epoch seconds, RFC 3339, or a date and time in UTC.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.abs() < 1e11);
    if let Some(seconds) = seconds {
        return DateTime::from_timestamp_millis((seconds * 1000.0).round() as i64);
    }
    let plain = |format| NaiveDateTime::parse_from_str(text, format).ok().map(|at| at.and_utc());
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| at.to_utc())
        .or_else(|| plain("%Y-%m-%d %H:%M:%S"))
        .or_else(|| plain("%Y-%m-%d %H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_row_an_incident() {
        let text =
            "name,start,end,service\nslow,1000,2026-11-04T14:00:00Z,shop/inventory\n,1000,1060,catalog\n";
        let found = read(text).unwrap();
        assert_eq!(found[0].whose().as_deref(), Some("shop/inventory"));
        assert_eq!((found[0].name.as_str(), found[0].start), ("slow", at(1000)));
        assert_eq!((found[1].name.as_str(), found[1].end), ("incident 2", at(1060)));
        assert!(found[1].concerns(&ServiceKey::new("any", "catalog")));
        assert!(!found[1].concerns(&ServiceKey::new("any", "inventory")));
    }

    #[test]
    fn a_row_a_reading_joins_what_lies_close() {
        let labels = [0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1];
        let rows: String =
            labels.iter().enumerate().map(|(i, label)| format!("{},5.0,{label}\n", 60 * i)).collect();
        let found = read(&format!("timestamp,value,label\n{rows}")).unwrap();
        let spans: Vec<_> = found.iter().map(|i| (i.start.timestamp(), i.end.timestamp())).collect();
        assert_eq!(spans, [(60, 360), (660, 660)]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, expected) in [
            ("", "empty"),
            ("a,b\n1,2\n", "no column start"),
            ("start\n1\n", "no column end"),
            ("timestamp,value\n1,2\n", "no column label"),
            ("start,end\nsoon,60\n", "line 2: start: \"soon\""),
            ("start,end\n60,0\n", "ends before it starts"),
        ] {
            let problems = read(text).unwrap_err();
            assert!(problems[0].to_string().contains(expected), "{text}: {}", problems[0]);
        }
    }
}
