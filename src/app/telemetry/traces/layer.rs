//! The collecting end: spans of the program as they open and close.

use super::span::{Attribute, Now, Span};
use crate::domain::model::problem::shorten;
use chrono::{DateTime, Utc};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Most characters of an attribute.
const TEXT_MAX: usize = 512;

/// Collects spans into the queue.
pub struct Spans {
    queue: mpsc::Sender<Span>,
    now: Now,
    dropped: Arc<AtomicU64>,
    random: RandomState,
    made: AtomicU64,
}

/// A span that has not ended.
struct Open {
    trace: u128,
    id: u64,
    parent: Option<u64>,
    start: DateTime<Utc>,
    fields: Fields,
}

#[derive(Default)]
struct Fields(Vec<(&'static str, Attribute)>);

impl Spans {
    /// Into `queue`; what does not fit is counted in `dropped`.
    pub fn new(queue: mpsc::Sender<Span>, now: Now, dropped: Arc<AtomicU64>) -> Self {
        Self { queue, now, dropped, random: RandomState::new(), made: AtomicU64::new(0) }
    }

    /// A number that is no other span's, and never 0.
    fn number(&self) -> u64 {
        self.random.hash_one(self.made.fetch_add(1, Ordering::Relaxed)).max(1)
    }
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let parent = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            extensions.get::<Open>().map(|open| (open.trace, open.id))
        });
        let trace = parent
            .map_or_else(|| u128::from(self.number()) << 64 | u128::from(self.number()), |(trace, _)| trace);
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let parent = parent.map(|(_, id)| id);
        let open = Open { trace, id: self.number(), parent, start: (self.now)(), fields };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut open.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        let Open { trace, id, parent, start, fields } = open;
        let ended =
            Span { name: span.name(), trace, id, parent, start, end: (self.now)(), attributes: fields.0 };
        if self.queue.try_send(ended).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Fields {
    fn set(&mut self, field: &Field, value: Attribute) {
        self.0.retain(|(name, _)| *name != field.name());
        self.0.push((field.name(), value));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, Attribute::Text(shorten(&format!("{value:?}"), TEXT_MAX)));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Attribute::Text(shorten(value, TEXT_MAX)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, Attribute::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, Attribute::Int(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, Attribute::Bool(value));
    }
}
