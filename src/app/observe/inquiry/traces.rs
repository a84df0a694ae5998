//! Traces behind a signal of one service, from the exemplars of its series.

use super::rows::others;
use crate::app::observe::classify::identity::identify;
use crate::domain::model::evidence::{TRACES_MAX, Trace};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::series::{Exemplar, Exemplars, Labels};
use crate::domain::policy::signal::Identity;
use chrono::DateTime;
use std::collections::BTreeSet;

/// Labels that hold a trace id, as instrumentation libraries name them.
const IDS: [&str; 3] = ["trace_id", "traceID", "traceId"];
/// Longest id; what is longer is none.
const ID_MAX: usize = 64;

/// The service's traces, each once: those with the largest value first, then the newest; at most
/// [`TRACES_MAX`].
pub fn traces(
    series: &[Exemplars],
    identity: &Identity,
    service: &ServiceKey,
    link: Option<&LinkTemplate>,
) -> Vec<Trace> {
    let mine = series.iter().filter(|row| identify(identity, &row.labels).as_ref() == Some(service));
    let mut found: Vec<Trace> = mine
        .flat_map(|row| {
            row.exemplars.iter().filter_map(|exemplar| trace(&row.labels, exemplar, identity, link))
        })
        .collect();
    found.sort_by(|a, b| b.value.total_cmp(&a.value).then(b.at.cmp(&a.at)));
    let mut known = BTreeSet::new();
    found.retain(|trace| known.insert(trace.id.clone()));
    found.truncate(TRACES_MAX);
    found
}

fn trace(
    series: &Labels,
    exemplar: &Exemplar,
    identity: &Identity,
    link: Option<&LinkTemplate>,
) -> Option<Trace> {
    let id = IDS.iter().find_map(|name| exemplar.labels.get(*name)).filter(|id| is_id(id))?;
    let own = exemplar.labels.iter().filter(|(name, _)| !IDS.contains(&name.as_str()));
    let mut labels = others(identity, series);
    // Which bucket it fell into says less than its value.
    labels.remove("le");
    labels.extend(own.map(|(name, value)| (name.clone(), value.clone())));
    Some(Trace {
        id: id.clone(),
        at: DateTime::from_timestamp_millis(exemplar.at)?,
        value: Some(exemplar.value).filter(|value| value.is_finite())?,
        labels,
        link: link.map(|link| link.render(|_| id.clone())),
    })
}

/// Ids are hexadecimal or, in some systems, words with dashes; anything else is not shown as one.
fn is_id(id: &str) -> bool {
    (1..=ID_MAX).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
