//! Rows of an evidence query that speak of one service.

use crate::app::observe::classify::identity::identify;
use crate::domain::model::evidence::{ROWS_MAX, Row};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::series::{Labels, Vector};
use crate::domain::policy::signal::{EvidenceQuery, Identity};

/// The service's rows, the largest first, at most [`ROWS_MAX`].
pub fn rows(query: &EvidenceQuery, identity: &Identity, service: &ServiceKey, vector: &Vector) -> Vec<Row> {
    let mine = vector.samples.iter().filter(|sample| {
        sample.value.is_finite() && identify(identity, &sample.labels).as_ref() == Some(service)
    });
    let row = |sample: &crate::domain::model::series::Sample| Row {
        query: query.name.clone(),
        labels: others(identity, &sample.labels),
        value: sample.value,
        unit: query.unit.clone(),
    };
    let mut rows: Vec<Row> = mine.map(row).collect();
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    rows.truncate(ROWS_MAX);
    rows
}

/// The labels that do not only say whose row it is.
pub fn others(identity: &Identity, labels: &Labels) -> Labels {
    let own = identity.labels();
    let other = |name: &String| name != "__name__" && !own.contains(&name.as_str());
    labels.iter().filter(|(name, _)| other(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
