//! The pause that a store asked for: until it is over, the store is not asked.

use futures::FutureExt;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Sleep;

/// Longest pause that is kept; a store that asks for more is asked again after it.
const LONGEST: Duration = Duration::from_secs(600);
/// The pause of a store that names none.
const USUAL: Duration = Duration::from_secs(30);

/// Whether a store may be asked. Clones share it.
#[derive(Clone, Default)]
pub struct Gate {
    closed: Arc<Mutex<Option<Pin<Box<Sleep>>>>>,
}

impl Gate {
    /// Whether the store may be asked now.
    pub fn is_open(&self) -> bool {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let over = closed.as_mut().is_none_or(|pause| pause.as_mut().now_or_never().is_some());
        if over {
            *closed = None;
        }
        over
    }

    /// Closes it for as long as `retry_after` says, in seconds; returns for how long.
    pub fn close(&self, retry_after: Option<&str>) -> Duration {
        let asked = retry_after.and_then(|text| text.trim().parse::<u64>().ok()).map(Duration::from_secs);
        let pause = asked.unwrap_or(USUAL).clamp(Duration::from_secs(1), LONGEST);
        let sleep = Box::pin(tokio::time::sleep(pause));
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = Some(sleep);
        pause
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_opens_when_the_pause_is_over() {
        let gate = Gate::default();
        assert!(gate.is_open());
        for (said, expected) in [
            (Some("1"), 1),
            (Some("0"), 1),
            (None, 30),
            (Some("Wed, 21 Oct 2026 07:28:00 GMT"), 30),
            (Some("99999"), 600),
        ] {
            assert_eq!(gate.close(said), Duration::from_secs(expected), "{said:?}");
            assert!(!gate.is_open() && !gate.clone().is_open());
        }
        gate.close(Some("1"));
        let opened = async {
            while !gate.is_open() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), opened).await.expect("it opens");
    }
}
