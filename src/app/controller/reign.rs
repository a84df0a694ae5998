//! Keeping the Lease: a task of its own, so that no slow cycle lets it run out.

use crate::app::clock::Clock;
use crate::edge::cluster::lease::{Lease, Now, Standing};
use crate::edge::cluster::watch::sentence;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often a lease is renewed in its own time.
const RENEWALS: u32 = 6;

/// How we stand, as of the last attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reign {
    /// Nothing is known yet, or the last attempt failed; an earlier lease lasts as long as it lasts.
    Unknown(String),
    Ours {
        epoch: u32,
    },
    Theirs {
        holder: String,
    },
}

/// Keeps the Lease until `stop` turns true, then lets it go.
pub async fn keep(
    mut lease: Lease,
    clock: Arc<Clock>,
    (duration, told): (Duration, watch::Sender<Reign>),
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let reign = match lease.keep(now(&clock)).await {
            Ok(Standing::Ours { epoch }) => Reign::Ours { epoch },
            Ok(Standing::Theirs { holder }) => Reign::Theirs { holder },
            Err(error) => Reign::Unknown(sentence(&error)),
        };
        tell(&told, reign);
        tokio::select! {
            () = tokio::time::sleep(duration / RENEWALS) => {}
            // A sender that is gone is an order to stop, too.
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    match lease.release(now(&clock)).await {
        Ok(()) => tracing::info!("the lease is let go"),
        Err(error) => tracing::warn!("the lease could not be let go and runs out: {}", sentence(&error)),
    }
}

fn now(clock: &Clock) -> Now {
    Now { wall: clock.now(), running: clock.elapsed() }
}

/// Logs and passes on what is new.
fn tell(told: &watch::Sender<Reign>, reign: Reign) {
    if *told.borrow() == reign {
        return;
    }
    match &reign {
        Reign::Ours { epoch } => tracing::info!(epoch, "the lease is ours: this governor acts"),
        Reign::Theirs { holder } => tracing::info!(%holder, "another governor has the lease: standing by"),
        Reign::Unknown(why) => tracing::warn!("the lease could not be kept: {why}"),
    }
    told.send_replace(reign);
}
