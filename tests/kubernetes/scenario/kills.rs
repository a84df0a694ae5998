//! Killed around every write, and at random times: the end is that of a run that nobody disturbed.
//!
//! An undisturbed episode is lived through behind a proxy that counts its writes to the API
//! server. In a second one the governor dies before each of them gets through, and after
//! each of them is done and before it hears of it; every time it is started again. Then it is
//! killed twenty times at random.

use crate::kubernetes::governor::Governor;
use crate::kubernetes::lab::Lab;
use crate::kubernetes::proxy::Proxy;
use crate::kubernetes::rig::Rig;
use crate::kubernetes::write::{Plan, Write};
use crate::live::history::Chance;
use crate::live::policy::Terms;
use crate::live::stage::Scene;
use crate::live::wait::{epoch, until};

/// Kills at random times.
const RANDOM: usize = 20;
/// Longest time between two of them, in seconds.
const APART: f64 = 5.0;

/// A governor behind a proxy, started again whenever it dies.
struct Victim {
    governor: Governor,
    proxy: Proxy,
    deaths: usize,
}

/// What an episode consists of: every write of these is died at. Statuses that tell the same again
/// after a restart, and Events, which are told once or never, need not all come again.
const ESSENTIAL: [&str; 3] = ["decisions", "flagholds", "featureflags"];

pub fn run(rig: &Rig) {
    rig.ungoverned();
    let mut victim = Victim::start(rig);
    let (undisturbed, writes) = count_the_writes(rig, &victim);
    let plan = Plan::around(&writes);
    let planned = plan.left();
    victim.proxy.follow(plan);

    let lab = Lab::open(rig.plane, "killed", &Terms::default());
    rig.incident(true);
    victim.until("a governor that dies at every write cuts", 400, || lab.cut().map(|_| ()));
    victim.until("it holds", 200, || match lab.decision()?.standing().as_str() {
        "Holding/" => Ok(()),
        standing => Err(standing.to_string()),
    });
    rig.incident(false);
    victim.until("it ends as an undisturbed one", 400, || ends_as(&lab, &undisturbed));
    let left = victim.proxy.plan();
    println!("{} deaths of {planned} planned around {} writes; left: {left:?}", victim.deaths, writes.len());
    assert_eq!(left.left_at(&ESSENTIAL), 0, "not every write of the episode was died at: {left:?}");
    assert!(left.left() * 2 <= planned, "too few writes were died at: {left:?} of {planned}");
    victim.proxy.follow(Plan::default());

    lab.forget();
    at_random(rig, &lab, &mut victim, &undisturbed);
    victim.governor.kill();
    lab.close();
}

/// Lives through one episode; how it ended, and its writes from its policy on.
fn count_the_writes(rig: &Rig, victim: &Victim) -> (String, Vec<Write>) {
    let before = victim.proxy.writes().len();
    let lab = Lab::open(rig.plane, "undisturbed", &Terms::default());
    lab.await_condition("Accepted", "True");
    rig.incident(true);
    lab.await_cut();
    rig.incident(false);
    let standing = lab.await_restored().standing();
    let writes = victim.proxy.writes().split_off(before);
    let list: Vec<String> = writes.iter().map(|write| format!("{} {}", write.status, write.what)).collect();
    println!("an undisturbed episode makes {} writes:\n{}", writes.len(), list.join("\n"));
    assert!(writes.len() >= 12, "too few writes: {list:?}");
    lab.close();
    (standing, writes)
}

/// Killed at times drawn from a printed seed, through an incident and its end.
fn at_random(rig: &Rig, lab: &Lab, victim: &mut Victim, undisturbed: &str) {
    let seed = std::env::var("FLYBALL_LIVE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or(epoch() as u64);
    println!("random kills: FLYBALL_LIVE_SEED={seed}");
    let mut chance = Chance(seed);
    rig.incident(true);
    for kill in 1..=RANDOM {
        let next = epoch() + APART * chance.next();
        victim.until("the next random kill is due", 60, || match epoch() >= next {
            true => Ok(()),
            false => Err(format!("{:.1} s are left", next - epoch())),
        });
        victim.governor.kill();
        victim.governor.start_behind(&victim.proxy);
        if kill == RANDOM / 2 {
            victim.until("it cuts between the kills", 200, || lab.cut().map(|_| ()));
            rig.incident(false);
        }
    }
    victim.until("it ends as an undisturbed one", 200, || ends_as(lab, undisturbed));
}

/// One Decision that ended so, no hold, and the flags as they were.
fn ends_as(lab: &Lab, standing: &str) -> Result<(), String> {
    let decision = lab.decision()?;
    let holds = lab.holds()?;
    match decision.standing() == standing && holds.is_empty() && lab.flags() == lab.document {
        true => Ok(()),
        false => Err(format!("{}, holds {holds:?}, flags {}", decision.text(), lab.flags())),
    }
}

impl Victim {
    fn start(rig: &Rig) -> Self {
        let folder = rig.folder_of("kills");
        let proxy = Proxy::open(rig.plane, &folder);
        let mut governor = Governor::prepare(&rig.tools.flyball, &proxy.kubeconfig, &folder, "victim");
        governor.start_behind(&proxy);
        governor.await_ready();
        Self { governor, proxy, deaths: 0 }
    }

    /// Waits until `so`, starting the governor again whenever it has died.
    fn until(&mut self, what: &str, limit: u64, mut so: impl FnMut() -> Result<(), String>) {
        until(what, limit, || {
            if let Some(status) = self.governor.ended() {
                use std::os::unix::process::ExitStatusExt;
                assert_eq!(status.signal(), Some(9), "the governor ended by itself: {status}");
                self.deaths += 1;
                self.governor.start_behind(&self.proxy);
            }
            so()
        });
    }
}
