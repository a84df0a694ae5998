//! `flyball run`: watch, have the Lease, govern, until told to stop.
//!
//! Owns the order of things: who is told first, what waits for what. While another governor has
//! the Lease, it watches and stands by. Stopping neither restores nor forgets anything.

use super::reign::{Reign, keep};
use super::session::{Ground, Session};
use super::sight::Sight;
use crate::app::clock::Clock;
use crate::app::cycle::due::Due;
use crate::app::drive::show::measure::Gauges;
use crate::app::drive::show::tell::Teller;
use crate::app::telemetry::history::{History, HistoryError};
use crate::app::telemetry::server::{Server, ServerError, Shown};
use crate::edge::cluster::election::Candidate;
use crate::edge::cluster::lease::{Lease, Tenure};
use crate::edge::cluster::watch::Elapsed;
use crate::edge::kube::client::{Kube, TIMEOUT};
use crate::edge::kube::connect::{ConnectError, connect};
use crate::edge::kube::fence::Fence;
use crate::edge::kube::realm::Realm;
use crate::edge::store::shelf::Shelf;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// Longest time without a pass of the loop.
const LATE: Duration = Duration::from_secs(300);
/// How often it passes at least, to bring the checks up to date.
const BEAT: TimeDelta = TimeDelta::seconds(5);
/// How long after a change of what people declare others may still come.
const GATHER: Duration = Duration::from_millis(100);

/// How long a stop waits for what is under way; kubelets wait for 30 s.
const FAREWELL: Duration = Duration::from_secs(15);

/// How the loop ended.
enum Ended {
    /// Between two passes.
    Wholly,
    /// In the midst of one.
    Cut,
}

/// How it is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// None: `KUBECONFIG`, the home directory's, or the pod's own identity.
    pub kubeconfig: Option<PathBuf>,
    /// The governor's own namespace.
    pub namespace: String,
    /// The namespaces that it governs.
    pub realm: Realm,
    /// Who we are in the Lease; no two running governors may be the same.
    pub identity: String,
    /// How long the Lease lasts.
    pub lease: Duration,
    pub listen: String,
    /// File of every step of every Decision; None: none is kept.
    pub history: Option<PathBuf>,
    /// Folder of the baselines' checkpoints; None: after a start they are learned anew from history.
    pub checkpoints: Option<PathBuf>,
}

/// Why it could not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("--listen {address}")]
    Listen { address: String, source: ServerError },
}

/// Governs a cluster until `shutdown` turns true.
///
/// # Errors
/// There is no identity to govern with, or no address to listen on. A cluster that is out of reach
/// is waited for.
pub async fn run(options: Options, shutdown: watch::Receiver<bool>) -> Result<(), RunError> {
    let clock = Arc::new(Clock::system());
    let bound = Server::bind(&options.listen).await;
    let server = bound.map_err(|source| RunError::Listen { address: options.listen.clone(), source })?;
    let history = options.history.as_deref().map(History::open).transpose()?;
    let connection = connect(options.kubeconfig.as_deref()).await?;
    tracing::info!(address = %server.address(), "serving /metrics, /livez and /readyz");
    let (server_url, namespace) = (&connection.url, &options.namespace);
    let watches = options.realm.describe();
    tracing::info!(cluster = %server_url, %namespace, identity = %options.identity, %watches, "governing a cluster");
    if !options.realm.is_cluster() {
        tracing::info!(
            "policies of the cluster and other namespaces are left alone; sources and stores have no status from here"
        );
    }
    // A write may last half a lease at most, or none would ever be sure to end within one.
    let kube = Kube::new(&connection).within(TIMEOUT.min(options.lease / 2));
    // With connections and turns of its own: nothing that we do may delay a renewal.
    let lease = lease(&options, &Kube::new(&connection));
    let tenure = lease.tenure();
    let mut watches = JoinSet::new();
    let ground = ground(&options, &clock, (&kube, &tenure), &mut watches);
    let mut program = Program::new(ground, tenure, history);
    let shown = program.shown();
    let serving = tokio::spawn(server.serve(shown, shutdown.clone()));
    let (told, reign) = watch::channel(Reign::Unknown("nothing was asked yet".to_string()));
    let (stop, stopped) = watch::channel(false);
    let keeping = tokio::spawn(keep(lease, clock, (options.lease, told), stopped));
    match program.govern(reign, shutdown).await {
        // The loop has ended and with it every write, so the lease may go.
        Ended::Wholly => {
            program.keep_last().await;
            stop.send_replace(true);
        }
        // A write may still be under way, so the lease must run out by itself.
        Ended::Cut => keeping.abort(),
    }
    // Both tasks end by themselves; a failure of theirs has nothing to add here.
    let _ = keeping.await;
    let _ = serving.await;
    tracing::info!("stopped; holds stay as they are stored");
    Ok(())
}

fn lease(options: &Options, kube: &Kube) -> Lease {
    let candidate = Candidate::new(&options.identity, options.lease);
    Lease::new(kube.within(options.lease / 4), &options.namespace, candidate)
}

fn ground(
    options: &Options,
    clock: &Arc<Clock>,
    (kube, tenure): (&Kube, &Tenure),
    watches: &mut JoinSet<()>,
) -> Ground {
    let elapsed: Elapsed = Arc::new({
        let clock = clock.clone();
        move || clock.elapsed()
    });
    let fence = Fence::new({
        let (clock, tenure) = (clock.clone(), tenure.clone());
        move |longest| tenure.epoch(clock.elapsed(), longest).is_some()
    });
    Ground {
        clock: clock.clone(),
        kube: kube.fenced(fence),
        home: options.namespace.clone(),
        realm: options.realm.clone(),
        identity: options.identity.clone(),
        bell: Arc::new(Notify::new()),
        sight: Sight::open(kube, (&options.namespace, &options.realm), &elapsed, watches),
        shelf: options.checkpoints.as_deref().map(Shelf::new),
    }
}

/// The running program.
struct Program {
    ground: Ground,
    tenure: Tenure,
    gauges: Gauges,
    teller: Teller,
    session: Option<Session>,
    due: Option<Due>,
    /// Namespaces that may not be watched, as the log has it.
    closed: BTreeSet<String>,
}

impl Program {
    fn new(ground: Ground, tenure: Tenure, history: Option<History>) -> Self {
        let gauges = Gauges::default();
        let now = ground.clock.elapsed();
        gauges.health.require_live("loop", LATE, now);
        gauges.health.require_ready("lease", None, "it is not known yet who has the lease");
        ground.sight.declare(&gauges.health, now);
        Self {
            ground,
            tenure,
            gauges,
            teller: Teller::new(history),
            session: None,
            due: None,
            closed: BTreeSet::new(),
        }
    }

    fn shown(&self) -> Arc<Shown> {
        let clock = self.ground.clock.clone();
        Arc::new(Shown {
            metrics: self.gauges.metrics.clone(),
            health: self.gauges.health.clone(),
            elapsed: Box::new(move || clock.elapsed()),
        })
    }

    async fn govern(
        &mut self,
        mut reign: watch::Receiver<Reign>,
        mut shutdown: watch::Receiver<bool>,
    ) -> Ended {
        loop {
            if let Some(ended) = self.whole_pass(&mut reign, &mut shutdown).await {
                return ended;
            }
            let wake = self.wake();
            let (clock, bell) = (self.ground.clock.clone(), self.ground.bell.clone());
            let news = &mut self.ground.sight.news;
            tokio::select! {
                () = clock.sleep_until(wake) => {}
                _ = reign.changed() => {}
                () = bell.notified() => {}
                _ = news.changed() => tokio::time::sleep(GATHER).await,
                // A sender that is gone is an order to stop, too.
                _ = shutdown.wait_for(|stop| *stop) => return Ended::Wholly,
            }
        }
    }

    /// Keeps the baselines a last time, and notes what people were told.
    async fn keep_last(&mut self) {
        if let Some(session) = &mut self.session {
            session.drive.keep_last(self.ground.clock.now()).await;
            let troubles = session.close_post(&self.ground).await;
            troubles.iter().for_each(|trouble| tracing::warn!("{trouble}"));
        }
    }

    /// One pass; a stop meanwhile lets it finish, if that does not take too long.
    async fn whole_pass(
        &mut self,
        reign: &mut watch::Receiver<Reign>,
        shutdown: &mut watch::Receiver<bool>,
    ) -> Option<Ended> {
        let mut pass = std::pin::pin!(self.pass(reign));
        tokio::select! {
            () = &mut pass => return None,
            _ = shutdown.wait_for(|stop| *stop) => {}
        }
        let finished = tokio::time::timeout(FAREWELL, pass).await;
        Some(if finished.is_ok() { Ended::Wholly } else { Ended::Cut })
    }

    fn wake(&self) -> DateTime<Utc> {
        let more =
            self.session.as_ref().is_some_and(Session::has_more_to_say) && self.ground.kube.may_write();
        let beat = self.ground.clock.now() + if more { TimeDelta::zero() } else { BEAT };
        self.due.as_ref().map_or(beat, |due| due.wake.min(beat))
    }

    /// One pass: who governs, what is declared, what is due, and what is to be said.
    async fn pass(&mut self, reign: &mut watch::Receiver<Reign>) {
        let clock = self.ground.clock.clone();
        if let (Some(jump), Some(session)) = (clock.check_jump(), &mut self.session) {
            tracing::warn!(seconds = jump.num_seconds(), "the clock jumped; observing anew before acting");
            session.drive.observe_first(clock.now());
        }
        let reign = reign.borrow_and_update().clone();
        self.rule(&reign).await;
        if let Some(session) = &mut self.session {
            let mut troubles = session.declare(&self.ground).await;
            let due = self.due.take_if(|due| due.wake <= clock.now());
            let mut made = None;
            if let Some(due) = due.or_else(|| session.orders(clock.now())) {
                let begun = (clock.now(), clock.elapsed());
                let tick = session.tick(&self.ground, &due).await;
                self.teller.tell(begun.0, &tick);
                self.gauges.measure(&session.drive, &tick, clock.now());
                let lateness = (begun.0 - due.wake).to_std().unwrap_or_default();
                self.gauges.metrics.cycle_finished(clock.elapsed().saturating_sub(begun.1), lateness);
                made = Some(tick);
            }
            if self.ground.kube.may_write() {
                troubles.extend(session.post(&self.ground, made.as_ref()).await);
                let counts = session.office.take_counts();
                counts.into_iter().for_each(|(kind, result)| self.gauges.metrics.message(kind, result));
                self.gauges.metrics.set_messages_waiting(session.office.waiting());
                troubles.extend(session.say(&self.ground).await);
            }
            troubles.iter().for_each(|trouble| tracing::warn!("{trouble}"));
            self.due = session.drive.next(clock.now());
        }
        self.report(&reign);
    }

    /// Begins or ends a session with the Lease. One that we lost and have again, with nobody in
    /// between, goes on; meanwhile it only looks.
    async fn rule(&mut self, reign: &Reign) {
        let epoch = self.tenure.epoch(self.ground.clock.elapsed(), Duration::ZERO);
        let lost = match (&self.session, epoch, reign) {
            (Some(session), Some(epoch), _) => session.epoch != epoch,
            (Some(_), None, Reign::Theirs { .. }) => true,
            _ => false,
        };
        let outgrown = self.session.as_ref().is_some_and(|session| session.is_outgrown(&self.ground.sight));
        if lost || outgrown {
            let why = if lost { "another governor had the lease" } else { "a namespace can be watched now" };
            tracing::warn!("{why}: everything is read anew");
            (self.session, self.due) = (None, None);
        }
        let (None, Some(epoch), true) = (&self.session, epoch, self.ground.sight.synced()) else { return };
        match Session::open(&self.ground, epoch).await {
            Ok(mut session) => {
                let clock = self.ground.clock.clone();
                self.gauges.listen(&mut session.drive.observer, move || clock.elapsed());
                self.session = Some(session);
            }
            Err(trouble) => tracing::warn!("what is stored cannot be taken up yet: {trouble}"),
        }
    }

    fn report(&mut self, reign: &Reign) {
        let closed = self.ground.sight.closed();
        if closed != self.closed {
            let names = closed.iter().cloned().collect::<Vec<_>>().join(", ");
            tracing::warn!("namespaces that may not be watched, and of which nothing is known: [{names}]");
            self.closed = closed;
        }
        let (health, now) = (&self.gauges.health, self.ground.clock.elapsed());
        self.ground.sight.report(health, now);
        if let Some(session) = &self.session {
            let (accepted, refused) = session.policies();
            self.gauges.metrics.set_policies(accepted, refused);
        }
        match (&self.session, reign) {
            (None, Reign::Ours { .. }) => health.fail("reign", "what is stored is not taken up yet"),
            _ => health.beat("reign", now),
        }
        match reign {
            Reign::Unknown(why) => health.fail("lease", why.clone()),
            Reign::Ours { .. } | Reign::Theirs { .. } => health.beat("lease", now),
        }
        health.beat("loop", now);
    }
}
