//! `flyball run --standalone`: the loop on real time, until it is told to stop.
//!
//! Owns the waiting, the reloading of changed policies, the log of what happened, and the truth on
//! /livez and /readyz. Stopping neither restores nor forgets anything: the holds are stored, and
//! flagd cuts end by themselves.

use super::load::{self, Loaded};
use super::wire::{self, Paths, WireError};
use crate::app::clock::Clock;
use crate::app::cycle::due::Due;
use crate::app::cycle::make;
use crate::app::drive::show::measure::Gauges;
use crate::app::drive::show::tell::Teller;
use crate::app::drive::state::Drive;
use crate::app::telemetry::history::{History, HistoryError};
use crate::app::telemetry::server::{Server, ServerError, Shown};
use crate::edge::crd::accept::governor::Retention;
use crate::edge::store::shelf::Shelf;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Longest time without a finished cycle, in intervals of the slowest policy, plus a minute for
/// reading a long history.
const LATE_CYCLES: u32 = 10;
const LATE_FLOOR: Duration = Duration::from_secs(60);
/// Folder of the baselines' checkpoint, in that of the objects.
const BASELINES: &str = "baselines";
/// How often it looks for policies while there are none.
const IDLE: Duration = Duration::from_secs(1);

/// Why it could not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("--listen {address}")]
    Listen { address: String, source: ServerError },
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// Where it tells of itself.
#[derive(Debug, Clone)]
pub struct Outlets {
    /// Address of /metrics, /livez and /readyz.
    pub listen: String,
    /// File of every step of every Decision; None: none is kept.
    pub history: Option<PathBuf>,
}

/// Governs until `shutdown` turns true.
///
/// # Errors
/// Something it needs from the start is missing: the policies' path, the flag file, the state
/// directory, the listen address.
pub async fn run(
    paths: &Paths,
    url: &str,
    outlets: &Outlets,
    shutdown: watch::Receiver<bool>,
) -> Result<(), RunError> {
    let listen = outlets.listen.as_str();
    let history = outlets.history.as_deref().map(History::open).transpose()?;
    let clock = Arc::new(Clock::system());
    let bound = Server::bind(listen).await;
    let server = bound.map_err(|source| RunError::Listen { address: listen.to_string(), source })?;
    tracing::info!(address = %server.address(), "serving /metrics, /livez and /readyz");
    let loaded = load::load(&paths.policies).map_err(WireError::from)?;
    let mut drive =
        wire::wire(clock.now(), paths, wire::live(url, &loaded)?, &loaded, make::seasonal()).await?;
    drive.keep_baselines(Shelf::new(&paths.state.join(BASELINES))).await;
    let mut program = Program::new(clock.clone(), drive, history);
    let timed = clock.clone();
    program.gauges.listen(&mut program.drive.observer, move || timed.elapsed());
    program.take(&loaded);
    let shown = Arc::new(Shown {
        metrics: program.gauges.metrics.clone(),
        health: program.gauges.health.clone(),
        elapsed: Box::new(move || clock.elapsed()),
    });
    let serving = tokio::spawn(server.serve(shown, shutdown.clone()));
    program.govern(paths, loaded.fingerprint, shutdown).await;
    program.drive.keep_last(program.clock.now()).await;
    // The server stops by the same signal; a failure of its task has nothing to add here.
    let _ = serving.await;
    tracing::info!("stopped; holds stay as they are stored");
    Ok(())
}

/// The running program.
struct Program {
    clock: Arc<Clock>,
    drive: Drive,
    gauges: Gauges,
    teller: Teller,
    retention: Retention,
}

impl Program {
    fn new(clock: Arc<Clock>, drive: Drive, history: Option<History>) -> Self {
        let gauges = Gauges::default();
        gauges.require();
        gauges.health.require_live("cycle", LATE_FLOOR, clock.elapsed());
        Self { clock, drive, gauges, teller: Teller::new(history), retention: Retention::default() }
    }

    /// Takes over what was loaded: accepted policies, and what is wrong with the others.
    fn take(&mut self, loaded: &Loaded) {
        for (origin, problem) in &loaded.problems {
            tracing::error!(file = %origin, "not accepted: {problem}");
        }
        for policy in &loaded.policies {
            for tier in policy.tiers.iter().filter(|tier| !tier.issues.is_empty()) {
                let (policy, tier) = (&policy.key, &tier.name);
                tracing::warn!(%policy, %tier, "it asks for issues, and none is opened: run in a cluster for them");
            }
        }
        let governing = loaded.governor.as_ref().map(|(_, governing)| governing);
        self.retention = governing.map(|governing| governing.retention).unwrap_or_default();
        let refused: BTreeSet<&String> = loaded.problems.iter().map(|(origin, _)| origin).collect();
        self.gauges.metrics.set_policies(loaded.policies.len(), refused.len());
        let slowest = loaded.policies.iter().map(|policy| policy.interval).max().unwrap_or(IDLE);
        self.gauges.health.set_max_age("cycle", slowest * LATE_CYCLES + LATE_FLOOR);
        match loaded.policies.is_empty() {
            true => self.gauges.health.fail("policies", "no policy is accepted"),
            false => self.gauges.health.beat("policies", self.clock.elapsed()),
        }
    }

    async fn govern(&mut self, paths: &Paths, mut fingerprint: u64, mut shutdown: watch::Receiver<bool>) {
        loop {
            let now = self.clock.now();
            let due = self.drive.next(now);
            let wake = due.as_ref().map_or(now + IDLE, |due| due.wake);
            tokio::select! {
                () = self.clock.sleep_until(wake) => {}
                // A sender that is gone is an order to stop, too.
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
            if let Some(jump) = self.clock.check_jump() {
                tracing::warn!(
                    seconds = jump.num_seconds(),
                    "the clock jumped; observing anew before acting"
                );
                self.drive.observe_first(self.clock.now());
            }
            fingerprint = self.reload(paths, fingerprint).await;
            match due {
                Some(due) => self.tick(&due).await,
                // What a policy that is gone left behind is still to be given back.
                None => self.tick(&Due::nobody(self.clock.now())).await,
            }
        }
    }

    /// Reads the policies again if any of their files changed.
    async fn reload(&mut self, paths: &Paths, known: u64) -> u64 {
        let Ok(seen) = load::fingerprint(&paths.policies) else { return known };
        if seen == known {
            return known;
        }
        match load::load(&paths.policies) {
            Ok(loaded) => {
                tracing::info!(policies = loaded.policies.len(), "policies read again");
                wire::rewire(self.clock.now(), &mut self.drive, &loaded).await;
                self.take(&loaded);
            }
            Err(error) => tracing::error!("policies could not be read again: {error}"),
        }
        seen
    }

    async fn tick(&mut self, due: &Due) {
        let begun = self.clock.elapsed();
        let now = self.clock.now();
        let tick = self.drive.tick(now, due).await;
        self.teller.tell(now, &tick);
        self.gauges.measure(&self.drive, &tick, self.clock.now());
        self.gauges.judge(&self.drive, &tick, self.clock.elapsed());
        let lateness = (now - due.wake).to_std().unwrap_or_default();
        self.gauges.metrics.cycle_finished(self.clock.elapsed().saturating_sub(begun), lateness);
        self.gauges.health.beat("cycle", self.clock.elapsed());
        let Retention { ended_for, per_service } = self.retention;
        for trouble in self.drive.objects.forget_old(now, ended_for, per_service as usize).await {
            tracing::warn!("an old Decision could not be removed: {trouble}");
        }
    }
}
