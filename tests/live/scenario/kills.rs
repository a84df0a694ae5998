//! Killed at every write, and at random times: the end is that of a run that nobody disturbed.
//!
//! The first incident is lived through undisturbed and its writes are counted. In the second one
//! as many governors run side by side, each killed just before another of these writes (so also
//! just after the one before it) and started again; some more are killed at random times.

use crate::live::fatal;
use crate::live::flags::{self, CATALOG, DOCUMENT};
use crate::live::governor::Governor;
use crate::live::history::Chance;
use crate::live::policy::Terms;
use crate::live::rig::Rig;
use crate::live::stage::Part;
use crate::live::wait::{epoch, until};
use std::path::Path;

/// Governors killed at random times, and how often each.
const RANDOM: usize = 4;
const KILLS: usize = 3;

/// A governor that will be killed, and what is left to happen to it.
struct Victim {
    governor: Governor,
    /// The write that it dies at.
    call: Option<usize>,
    died: bool,
    /// Epoch seconds at which it is killed from outside, the next one last.
    times: Vec<f64>,
}

pub fn run(rig: &Rig, part: &Part) {
    let library = fatal::build(&rig.tools, &rig.folder_of("kills"));
    let (undisturbed, writes) = count_the_writes(rig, part, &library);
    let mut victims: Vec<Victim> = (1..=writes).map(|call| Victim::at(rig, &library, call)).collect();
    victims.extend(at_random(rig, epoch()));
    await_all(&mut victims, "is ready", |victim| victim.governor.get("/readyz")?.ok().map(|_| ()));
    part.incident_begins();

    await_all(&mut victims, "holds", |victim| {
        let standing = victim.governor.decision()?.standing();
        match standing.as_str() {
            "Holding/" if flags::is_cut(&victim.governor.flags, CATALOG) => Ok(()),
            _ => Err(standing),
        }
    });
    part.incident_ends();

    await_all(&mut victims, "ends as an undisturbed one", |victim| {
        let decision = victim.governor.decision()?;
        match decision.standing() == undisturbed && victim.times.is_empty() {
            true => Ok(()),
            false => Err(format!("{}, {:?} to come", decision.text(), victim.times)),
        }
    });
    for victim in &victims {
        victim.governor.await_restored(DOCUMENT);
    }
    let died = victims.iter().filter(|victim| victim.died).count();
    println!("{died} of {writes} governors died at their write, {RANDOM} at random times {KILLS} times each");
    assert!(died * 10 >= writes * 9, "only {died} of {writes} governors came as far as their write");
}

/// Lives through the first incident; how it ended, and after how many writes.
fn count_the_writes(rig: &Rig, part: &Part, library: &Path) -> (String, usize) {
    let mut governor = Governor::prepare(rig, "kills/undisturbed", &Terms::default());
    fatal::start_counted(&mut governor, library, &rig.tools.strace);
    governor.await_ready();
    part.incident_begins();
    governor.await_cut(CATALOG);
    part.incident_ends();
    let standing = governor.await_restored(DOCUMENT).standing();
    governor.kill();
    let counted = fatal::counted(&governor);
    println!("an undisturbed episode makes {} writes:\n{}", counted.len(), counted.join("\n"));
    assert!(counted.len() >= 8, "the library sees too few writes: is flyball linked statically?");
    let traced = fatal::traced(&governor);
    assert_eq!(traced, counted.len(), "strace saw other writes than the library");
    (standing, counted.len())
}

/// Governors that are killed from outside, at times drawn from a printed seed.
fn at_random(rig: &Rig, now: f64) -> Vec<Victim> {
    let seed = std::env::var("FLYBALL_LIVE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or(now as u64);
    println!("random kills: FLYBALL_LIVE_SEED={seed}");
    let mut chance = Chance(seed);
    let mut times = || {
        let mut times: Vec<f64> = (0..KILLS).map(|_| now + 5.0 + 45.0 * chance.next()).collect();
        times.sort_by(|a, b| b.total_cmp(a));
        times
    };
    let prepare = |number| Governor::prepare(rig, &format!("kills/random-{number}"), &Terms::default());
    (1..=RANDOM)
        .map(|number| {
            let mut governor = prepare(number);
            governor.start();
            Victim { governor, call: None, died: false, times: times() }
        })
        .collect()
}

/// Waits until all victims are `so`, killing and starting them again meanwhile.
fn await_all(victims: &mut [Victim], what: &str, mut so: impl FnMut(&Victim) -> Result<(), String>) {
    until(&format!("every killed governor {what}"), 180, || {
        victims.iter_mut().for_each(Victim::live_on);
        let late: Vec<String> = victims
            .iter()
            .filter_map(|victim| so(victim).err().map(|seen| format!("{}: {seen}", victim.governor.name)))
            .collect();
        match late.first() {
            None => Ok(()),
            Some(first) => Err(format!("{} are not; {first}", late.len())),
        }
    });
}

impl Victim {
    fn at(rig: &Rig, library: &Path, call: usize) -> Self {
        let mut governor = Governor::prepare(rig, &format!("kills/at-{call:03}"), &Terms::default());
        fatal::start(&mut governor, library, call);
        Self { governor, call: Some(call), died: false, times: Vec::new() }
    }

    /// Kills it if its time has come, and starts it again if it is dead.
    fn live_on(&mut self) {
        if self.times.last().is_some_and(|time| *time <= epoch()) {
            self.times.pop();
            self.governor.kill();
            return self.governor.start();
        }
        if let Some(status) = self.governor.ended() {
            use std::os::unix::process::ExitStatusExt;
            let expected = self.call.is_some() && !self.died && status.signal() == Some(9);
            assert!(expected, "{} ended by itself ({status}):\n{}", self.governor.name, self.governor.log());
            self.died = true;
            self.governor.start();
        }
    }
}
