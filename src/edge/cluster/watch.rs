//! One watch, for ever: list, follow, and list again where the API server has forgotten.
//!
//! Each kind has its own task, its own version and its own pauses: one that fails delays no other.

use super::backoff;
use super::mirror::{Mirror, Name};
use crate::edge::kube::client::Kube;
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use crate::edge::kube::stream::Event;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// Pause between two looks at an object that cannot be watched.
const VISIT: Duration = Duration::from_secs(3);

/// Monotonic time since the program started.
pub type Elapsed = Arc<dyn Fn() -> Duration + Send + Sync>;

/// What one watch follows.
#[derive(Debug, Clone)]
pub struct Subject {
    pub place: Place,
    /// Leave out spec and status.
    pub metadata_only: bool,
}

/// Keeps `mirror` like the place, until the task is dropped.
pub async fn follow<T>(kube: Kube, subject: Subject, mirror: Mirror<T>, elapsed: Elapsed)
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let mut version = None;
    let mut failures = 0;
    loop {
        let before = mirror.heard();
        let round = round(&kube, &subject, &mirror, &elapsed, &mut version).await;
        if mirror.heard() != before {
            failures = 0;
        }
        if let Err(error) = round {
            if matches!(error, KubeError::Expired { .. } | KubeError::NotServed { .. }) {
                version = None;
            }
            failures += 1;
            fail(&mirror, &error);
        }
        tokio::time::sleep(backoff::pause(failures, backoff::random())).await;
    }
}

/// Keeps `mirror` like the one object `name` of a place by looking at it again and again: for what we
/// may get and not list. Ends with the task.
pub async fn visit<T>(kube: Kube, (place, name): (Place, Name), mirror: Mirror<T>, elapsed: Elapsed)
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let mut failures = 0;
    loop {
        match kube.get::<serde_json::Value>(&place, &name.1).await {
            Ok(object) => {
                failures = 0;
                mirror.visited(&name, Some(object), elapsed());
            }
            Err(error) if error.is_not_found() => mirror.visited(&name, None, elapsed()),
            Err(error) => {
                failures += 1;
                fail(&mirror, &error);
            }
        }
        tokio::time::sleep(VISIT + backoff::pause(failures, backoff::random())).await;
    }
}

fn fail<T>(mirror: &Mirror<T>, error: &KubeError) {
    match error {
        KubeError::Forbidden { .. } => mirror.refused(sentence(error)),
        error => mirror.failed(sentence(error)),
    }
}

/// One list, if need be, and one watch to its end.
async fn round<T: DeserializeOwned>(
    kube: &Kube,
    subject: &Subject,
    mirror: &Mirror<T>,
    elapsed: &Elapsed,
    version: &mut Option<String>,
) -> Result<(), KubeError> {
    let from = match version.take() {
        Some(known) => known,
        None => {
            let listed = kube.list(&subject.place, subject.metadata_only).await?;
            mirror.listed(listed.items, elapsed());
            listed.version
        }
    };
    let from = version.insert(from);
    let mut watch = kube.watch(&subject.place, from, subject.metadata_only).await?;
    mirror.alive(elapsed());
    while let Some(event) = watch.next().await? {
        match event {
            Event::Applied(object) => {
                note(from, &object);
                mirror.applied(object, elapsed());
            }
            Event::Deleted(object) => {
                note(from, &object);
                mirror.deleted(&object, elapsed());
            }
            Event::Bookmark(seen) => {
                *from = seen;
                mirror.alive(elapsed());
            }
        }
    }
    Ok(())
}

fn note(version: &mut String, object: &serde_json::Value) {
    if let Some(seen) = object["metadata"]["resourceVersion"].as_str() {
        *version = seen.to_string();
    }
}

/// An error with its causes, in one line.
pub fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
