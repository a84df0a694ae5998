//! The post office of one reign: looks what is owed, hands it to the carriers, and takes note of what
//! they delivered.
//!
//! Owns the order: what arrived is stored before anything else is handed over. What could not be
//! handed over, or is lost with a receiver, is owed again at the next look.

use super::carrier::{Carrier, Outcome, What};
use super::debts::{Debt, Wish, debts, standing};
use super::fleet::{Alarm, FleetPage, Watch};
use super::ledger::Page;
use super::line::Line;
use crate::app::apply::objects::Objects;
use crate::app::clock::Clock;
use crate::app::controller::declare::declared::Declared;
use crate::app::controller::declare::notifiers::KIND;
use crate::app::controller::session::Ground;
use crate::app::drive::news::Tick;
use crate::app::drive::state::Drive;
use crate::app::telemetry::words::MessageResult;
use crate::domain::model::episode::{Episode, Phase};
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::message::Message;
use crate::domain::model::news::{Event, Notice};
use crate::domain::model::provider::{Request, undeclared};
use crate::domain::model::reason::{Code, Reason};
use crate::domain::policy::spec::Policy;
use crate::edge::cluster::events::{About, Happening};
use crate::edge::kube::client::Kube;
use crate::edge::notify::compose::compose;
use crate::edge::notify::letter::Letter;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::{AbortHandle, JoinSet};

/// Outcomes that wait to be noted; carriers wait beyond that.
const OUTCOMES: usize = 256;
/// Decisions whose note is stored in one pass: what the loop waits for.
const NOTES: usize = 20;
/// How long evidence is missing before people are told.
const BLIND: TimeDelta = TimeDelta::minutes(3);
/// How long after its end a Decision is looked at for sure.
const SOON: TimeDelta = TimeDelta::minutes(1);
/// How long after its end a Decision is looked at at most.
const LATE: TimeDelta = TimeDelta::hours(24);
/// How long a stop waits for what is on its way.
const FAREWELL: Duration = Duration::from_secs(3);

/// What is counted of one try.
pub type Count = (&'static str, MessageResult);

/// The office.
pub struct Office {
    clock: Arc<Clock>,
    kube: Kube,
    bell: Arc<Notify>,
    lines: BTreeMap<String, (Line, AbortHandle)>,
    carriers: JoinSet<()>,
    sender: mpsc::Sender<Outcome>,
    outcomes: mpsc::Receiver<Outcome>,
    /// By Decision, who was told of what.
    pages: BTreeMap<String, Page>,
    fleet: FleetPage,
    watch: Watch,
    /// Decisions that have ended and whose end somebody may be owed.
    ended: BTreeMap<String, Episode>,
    /// Since when the evidence of live holds has been missing.
    blind: BTreeMap<String, DateTime<Utc>>,
    /// Decisions whose note is not stored yet; None is the fleet's.
    unstored: BTreeSet<Option<String>>,
    /// What the log said of each receiver last.
    said: BTreeMap<String, String>,
    counts: Vec<Count>,
    happenings: Vec<Happening>,
    /// What is stored was looked through.
    begun: bool,
}

impl Office {
    /// An office without a receiver yet.
    pub fn new(ground: &Ground) -> Self {
        let (sender, outcomes) = mpsc::channel(OUTCOMES);
        Self {
            clock: ground.clock.clone(),
            kube: ground.kube.clone(),
            bell: ground.bell.clone(),
            lines: BTreeMap::new(),
            carriers: JoinSet::new(),
            sender,
            outcomes,
            pages: BTreeMap::new(),
            fleet: FleetPage::default(),
            watch: Watch::default(),
            ended: BTreeMap::new(),
            blind: BTreeMap::new(),
            unstored: BTreeSet::new(),
            said: BTreeMap::new(),
            counts: Vec::new(),
            happenings: Vec::new(),
            begun: false,
        }
    }

    /// One look: what arrived is noted and stored, and what is owed is handed over. `tick` is the one
    /// that was just made, if any. What could not be stored is said.
    pub async fn look(
        &mut self,
        now: DateTime<Utc>,
        declared: &Declared,
        (drive, tick): (&mut Drive, Option<&Tick>),
    ) -> Vec<String> {
        self.begin(now, drive);
        self.hear(now, declared, &drive.objects);
        let troubles = self.store(drive).await;
        self.open(declared);
        if let Some(tick) = tick {
            let ended = tick.stored().filter(|episode| episode.phase == Phase::Ended);
            self.ended.extend(ended.map(|episode| (episode.name.clone(), episode.clone())));
        }
        self.see_blind(now, drive);
        let alarms = self.alarms(now, drive, tick);
        let owed = self.owed(now, declared, drive, alarms.as_deref());
        self.hand_over(owed);
        self.remind(now, declared, drive, alarms.as_deref().unwrap_or_default());
        troubles
    }

    /// Whether more is to be stored than was.
    pub fn has_more(&self) -> bool {
        !self.unstored.is_empty()
    }

    /// What was counted since the last time.
    pub fn take_counts(&mut self) -> Vec<Count> {
        std::mem::take(&mut self.counts)
    }

    /// What is to be told in Events since the last time.
    pub fn take_happenings(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happenings)
    }

    /// How many messages wait.
    pub fn waiting(&self) -> usize {
        self.lines.values().map(|(line, _)| line.look().queue.len()).sum()
    }

    /// Why a receiver did not take the last message; None: it did.
    pub fn trouble(&self, notifier: &str) -> Option<Reason> {
        let (line, _) = self.lines.get(notifier)?;
        let why = line.look().trouble.clone()?;
        Some(Reason::new(Code::NotDelivered, format!("the last message was not delivered: {why}")))
    }

    /// Begins nothing more, and notes what arrives within a short time.
    pub async fn close(&mut self, now: DateTime<Utc>, declared: &Declared, drive: &mut Drive) -> Vec<String> {
        self.lines.values().for_each(|(line, _)| line.close());
        let at_rest = async {
            while !self.lines.values().all(|(line, _)| line.is_at_rest()) {
                self.bell.notified().await;
            }
        };
        // What is on its way for longer is told again by the next governor.
        let _ = tokio::time::timeout(FAREWELL, at_rest).await;
        self.hear(now, declared, &drive.objects);
        self.store(drive).await
    }

    /// Takes up what is stored, once.
    fn begin(&mut self, now: DateTime<Utc>, drive: &Drive) {
        if self.begun {
            return;
        }
        self.begun = true;
        let status = drive.objects.governor().and_then(|governor| governor.status.as_ref());
        self.fleet = FleetPage::of(status.map(|status| status.told.as_slice()).unwrap_or_default());
        let ended = drive.objects.episodes().into_iter();
        let ended = ended.filter(|it| it.phase == Phase::Ended && now - it.since < LATE);
        self.ended.extend(ended.map(|episode| (episode.name.clone(), episode)));
    }

    /// Has a line for each receiver that is open, and none for others.
    fn open(&mut self, declared: &Declared) {
        let usable: BTreeMap<&String, _> =
            declared.notifiers.all().iter().filter(|(_, known)| known.verdict.is_ok()).collect();
        let gone: Vec<String> =
            self.lines.keys().filter(|name| !usable.contains_key(name)).cloned().collect();
        for name in gone {
            if let Some((_, carrier)) = self.lines.remove(&name) {
                carrier.abort();
            }
            self.pages.values_mut().for_each(|page| page.lost(&name));
            self.fleet.lost(&name);
        }
        for (name, known) in usable {
            let Ok(mailbox) = &known.verdict else { continue };
            if let Some((line, _)) = self.lines.get(name) {
                line.reopen(mailbox, known.version());
                continue;
            }
            let line = Line::new(mailbox.clone(), known.version());
            let carrier = Carrier {
                notifier: name.clone(),
                line: line.clone(),
                clock: self.clock.clone(),
                kube: self.kube.clone(),
                outcomes: self.sender.clone(),
                bell: self.bell.clone(),
            };
            let carrier = self.carriers.spawn(carrier.carry());
            self.lines.insert(name.clone(), (line, carrier));
        }
        while self.carriers.try_join_next().is_some() {}
    }

    /// Takes note of what came of tries.
    fn hear(&mut self, now: DateTime<Utc>, declared: &Declared, objects: &Objects) {
        while let Ok(Outcome { notifier, kind, what }) = self.outcomes.try_recv() {
            match what {
                What::Delivered { letters, handle } => {
                    self.counts.push((kind, MessageResult::Delivered));
                    if self.said.remove(&notifier).is_some() {
                        tracing::info!(%notifier, "messages are delivered again");
                    }
                    for letter in &letters {
                        self.arrived((now, objects), &notifier, letter, handle.as_deref());
                    }
                }
                What::Failed { why } => {
                    self.counts.push((kind, MessageResult::Failed));
                    self.say(&notifier, &why, "a message is not delivered yet");
                }
                What::Dropped { letters, why } => {
                    self.counts.push((kind, MessageResult::Dropped));
                    self.say(&notifier, &why, "a message is given up");
                    let uid = declared.notifiers.all().get(&notifier).map(|known| known.uid.clone());
                    self.happenings.push(given_up(&notifier, uid.unwrap_or_default(), letters.len(), &why));
                }
            }
        }
    }

    /// Logs a trouble of a receiver, unless it was the last that was logged.
    fn say(&mut self, notifier: &str, why: &str, what: &str) {
        let said = format!("{what}: {why}");
        if self.said.get(notifier) != Some(&said) {
            tracing::warn!(%notifier, "{said}");
            self.said.insert(notifier.to_string(), said);
        }
    }

    fn arrived(
        &mut self,
        (now, objects): (DateTime<Utc>, &Objects),
        notifier: &str,
        letter: &Letter,
        handle: Option<&str>,
    ) {
        match letter {
            Letter::Life(life) => {
                let name = life.episode.name.clone();
                let page = self.pages.entry(name.clone()).or_insert_with(|| Page::of(objects.told(&name)));
                page.arrived(notifier, &life.owed, handle.map(str::to_string), now);
                self.unstored.insert(Some(name));
            }
            Letter::Fleet(fleet) => {
                self.fleet.arrived(notifier, fleet.event, fleet.closes, now);
                self.unstored.insert(None);
            }
        }
    }

    /// Stores the notes of some Decisions, and of the fleet.
    async fn store(&mut self, drive: &mut Drive) -> Vec<String> {
        let mut troubles = Vec::new();
        for note in self.unstored.iter().take(NOTES).cloned().collect::<Vec<_>>() {
            let stored = match &note {
                Some(decision) => {
                    let entries = self.pages.get(decision).map(Page::entries).unwrap_or_default();
                    drive.objects.put_told(decision, entries).await
                }
                None => {
                    let entries = self.fleet.entries();
                    drive.objects.put_governor_status(|status| status.told.clone_from(&entries)).await
                }
            };
            match stored {
                Ok(()) => drop(self.unstored.remove(&note)),
                Err(trouble) => troubles.push(trouble),
            }
        }
        troubles
    }

    /// Takes note of which live holds have lost their evidence.
    fn see_blind(&mut self, now: DateTime<Utc>, drive: &Drive) {
        let is_blind = |episode: &&Episode| {
            episode.phase.holds() && episode.reasons.iter().any(|reason| reason.code == Code::Blind)
        };
        let blind: BTreeSet<String> =
            drive.cycle.episodes().filter(is_blind).map(|episode| episode.name.clone()).collect();
        self.blind.retain(|name, _| blind.contains(name));
        for name in blind {
            self.blind.entry(name).or_insert(now);
        }
    }

    fn blind_since(&self, now: DateTime<Utc>, decision: &str) -> Option<DateTime<Utc>> {
        self.blind.get(decision).copied().filter(|since| now - *since >= BLIND)
    }

    /// What is the matter with the fleet; None while nobody can say.
    fn alarms(&mut self, now: DateTime<Utc>, drive: &Drive, tick: Option<&Tick>) -> Option<Vec<Alarm>> {
        let governor = drive.governor.as_ref()?;
        let storm = tick.and_then(|tick| tick.storm.as_ref());
        Some(self.watch.look(now, drive.objects.breaker().as_ref(), governor.release_all, storm))
    }

    fn owed(
        &mut self,
        now: DateTime<Utc>,
        declared: &Declared,
        drive: &Drive,
        alarms: Option<&[Alarm]>,
    ) -> Vec<Debt> {
        let governors = governors(declared);
        let policies: BTreeMap<&PolicyKey, &Policy> =
            drive.cycle.policies().map(|policy| (&policy.key, policy)).collect();
        let mut owed = Vec::new();
        if let Some(alarms) = alarms {
            owed.extend(self.fleet.debts(now, alarms, &fleet_notices(declared, governors, &policies)));
        }
        let live: Vec<&Episode> = drive.cycle.episodes().collect();
        let names: BTreeSet<&str> = live.iter().map(|episode| episode.name.as_str()).collect();
        let unstored = |name: &String| self.unstored.contains(&Some(name.clone()));
        self.pages.retain(|name, _| {
            names.contains(name.as_str()) || self.ended.contains_key(name) || unstored(name)
        });
        let ended: Vec<Episode> = self.ended.values().cloned().collect();
        for episode in live.into_iter().chain(&ended) {
            let policy = policies.get(&episode.key.policy).copied();
            let notices = notices(declared, policy, &episode.key.service, governors);
            let timezone = policy.map_or(chrono_tz::UTC, |policy| policy.timezone);
            let blind = self.blind_since(now, &episode.name);
            let page = self.pages.entry(episode.name.clone());
            let page = page.or_insert_with(|| Page::of(drive.objects.told(&episode.name)));
            let traces = traces(drive, &episode.name);
            let wish = Wish { notices: &notices, traces: &traces, timezone };
            let debts = debts(now, &wish, page, (episode, blind));
            let over = debts.is_empty() && page.is_at_rest() && now - episode.since >= SOON;
            if over || now - episode.since >= LATE {
                self.ended.remove(&episode.name);
            }
            owed.extend(debts);
        }
        owed.retain(|debt| self.lines.contains_key(&debt.notifier));
        owed
    }

    /// Hands letters to their lines, all of one line at once, so that what belongs together is told so.
    fn hand_over(&mut self, owed: Vec<Debt>) {
        let mut by_line: BTreeMap<String, Vec<Debt>> = BTreeMap::new();
        for debt in owed {
            self.take(&debt);
            by_line.entry(debt.notifier.clone()).or_default().push(debt);
        }
        for (notifier, debts) in by_line {
            let Some((line, _)) = self.lines.get(&notifier) else { continue };
            let left = line.push(debts.iter().map(|debt| debt.letter.clone()).collect());
            for debt in debts.iter().filter(|debt| left.contains(&debt.letter)) {
                match &debt.letter {
                    Letter::Life(life) => {
                        if let Some(page) = self.pages.get_mut(&life.episode.name) {
                            page.give_back(&notifier, &debt.owed);
                        }
                    }
                    Letter::Fleet(fleet) => self.fleet.give_back(&notifier, fleet.event, fleet.closes),
                }
            }
        }
    }

    fn take(&mut self, debt: &Debt) {
        match &debt.letter {
            Letter::Life(life) => {
                let page = self.pages.entry(life.episode.name.clone()).or_default();
                page.take(&debt.notifier, &debt.owed);
            }
            Letter::Fleet(fleet) => self.fleet.take(&debt.notifier, fleet.event, fleet.closes),
        }
    }

    /// Brings what stands to the receivers that forget.
    fn remind(&self, now: DateTime<Utc>, declared: &Declared, drive: &Drive, alarms: &[Alarm]) {
        for (name, (line, _)) in &self.lines {
            let language = {
                let inner = line.look();
                if inner.mailbox.receiver.forgets().is_none() {
                    continue;
                }
                inner.mailbox.language
            };
            let policies = &declared.policies;
            let lives = drive.cycle.episodes().filter_map(|episode| {
                let verdict = policies.all().get(&episode.key.policy).map(|judged| &judged.verdict);
                let timezone =
                    verdict.and_then(|it| it.as_ref().ok()).map_or(chrono_tz::UTC, |it| it.timezone);
                let blind = self.blind_since(now, &episode.name);
                standing(name, self.pages.get(&episode.name)?, (episode, blind), timezone)
            });
            let fleet = self.fleet.standing(now, name, alarms);
            let all: Vec<Message> =
                lives.chain(fleet).filter_map(|letter| compose(language, &[letter])).collect();
            line.look().standing = all;
        }
    }
}

/// Traces of requests behind a Decision, as far as they are known by now.
fn traces(drive: &Drive, decision: &str) -> Vec<(String, Option<String>)> {
    let signals = drive.objects.evidence(decision).map(|evidence| evidence.signals).unwrap_or_default();
    signals.into_iter().flat_map(|signal| signal.traces).map(|trace| (trace.id, trace.link)).collect()
}

/// What the Governor says.
fn governors(declared: &Declared) -> &[Notice] {
    let governing = declared.governor.as_ref().and_then(|governor| governor.as_ref().ok());
    governing.map(|governing| governing.notices.as_slice()).unwrap_or_default()
}

/// Who is to be told of a service under a policy: whom the policy names and may, else whom the
/// Governor names.
fn notices(
    declared: &Declared,
    policy: Option<&Policy>,
    service: &ServiceKey,
    governors: &[Notice],
) -> Vec<Notice> {
    match policy {
        None => Vec::new(),
        Some(policy) if policy.notices.is_empty() => governors.to_vec(),
        Some(policy) => {
            let allowed = policy.notices.iter().filter(|it| permits(declared, policy, service, it).is_ok());
            allowed.cloned().collect()
        }
    }
}

/// Who is to be told of the fleet: whom the Governor names, and policies that ask for it.
fn fleet_notices(
    declared: &Declared,
    governors: &[Notice],
    policies: &BTreeMap<&PolicyKey, &Policy>,
) -> Vec<Notice> {
    let asks = |notice: &&Notice| notice.events.iter().any(|event| Event::FLEET.contains(event));
    let mut all = governors.to_vec();
    for (key, policy) in policies {
        let own = ServiceKey::new(key.namespace.clone().unwrap_or_default(), "");
        let theirs = policy.notices.iter().filter(asks);
        all.extend(theirs.filter(|notice| permits(declared, policy, &own, notice).is_ok()).cloned());
    }
    all
}

/// Whether a policy may have a receiver told of a service.
///
/// # Errors
/// Why not, and who can change that.
pub fn permits(
    declared: &Declared,
    policy: &Policy,
    service: &ServiceKey,
    notice: &Notice,
) -> Result<(), Reason> {
    let known = declared.notifiers.all().get(&notice.notifier);
    let mailbox = known.and_then(|known| known.verdict.as_ref().ok());
    let mailbox = mailbox.ok_or_else(|| undeclared(KIND, &notice.notifier))?;
    let labels = declared.namespaces.get(&service.namespace);
    let name = notice.notifier.as_str();
    let asked = Request { kind: KIND, name, policy: &policy.key, service, labels, item: None };
    mailbox.access.permits(&asked)
}

fn given_up(notifier: &str, uid: String, letters: usize, why: &str) -> Happening {
    Happening {
        about: About { kind: KIND.to_string(), namespace: None, name: notifier.to_string(), uid },
        related: None,
        warning: true,
        reason: "NotDelivered".to_string(),
        action: "Notify",
        note: format!("a message about {letters} news was given up: {why}"),
    }
}
