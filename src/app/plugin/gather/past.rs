//! The past of a signal, asked of its source, for the chart.

use crate::app::observe::classify::identity::identify;
use crate::app::plugin::error::PluginError;
use crate::app::plugin::plain::plain_error;
use crate::domain::model::id::ServiceKey;
use crate::domain::policy::signal::Signal;
use crate::edge::prometheus::client::Client;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// Values that a chart is made of.
pub const POINTS: u32 = 160;

/// The values of one signal of one service at equal distances; None where there was none.
#[derive(Debug, Clone)]
pub struct Past {
    pub values: Vec<Option<f64>>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// Asks for the last `length` up to `now`.
///
/// # Errors
/// The source did not answer.
pub async fn past(
    client: &Client,
    now: DateTime<Utc>,
    (service, signal): (&ServiceKey, &Signal),
    length: Duration,
) -> Result<Past, PluginError> {
    let step = Duration::from_secs((length.as_secs() / u64::from(POINTS)).max(1));
    let count = (length.as_secs() / step.as_secs()).max(1);
    let back = TimeDelta::seconds(i64::try_from(count * step.as_secs()).unwrap_or(i64::MAX / 1000));
    let end = DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now);
    let start = end - back;
    let answer = client.range(signal.query.text(), start, end, step).await;
    let matrix = answer.map_err(|error| PluginError::Asked(plain_error(&error)))?;
    let mut values = vec![None; usize::try_from(count).unwrap_or(0) + 1];
    let ours =
        matrix.series.iter().filter(|row| identify(&signal.identity, &row.labels).as_ref() == Some(service));
    for (at, value) in ours.flat_map(|row| &row.points) {
        let index = (at - start.timestamp_millis()) / i64::try_from(step.as_millis()).unwrap_or(1).max(1);
        if let Some(cell) = usize::try_from(index).ok().and_then(|index| values.get_mut(index)) {
            *cell = Some(*value).filter(|value| value.is_finite());
        }
    }
    Ok(Past { values, start, end })
}
