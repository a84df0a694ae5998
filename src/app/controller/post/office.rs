//! The post office of one reign: looks what is owed, hands it to the carriers, and takes note of what
//! they delivered.
//!
//! Owns the order: what arrived is stored before anything else is handed over. What could not be
//! handed over, or is lost with a receiver, is owed again at the next look.

use super::addressees::{fleet_notices, governors, notices};
use super::carrier::{Carrier, Outcome};
use super::debts::{Debt, Wish, debts, standing};
use super::fleet::{Alarm, FleetPage, Watch};
use super::ledger::Page;
use super::line::Line;
use crate::app::clock::Clock;
use crate::app::controller::declare::declared::Declared;
use crate::app::drive::news::Tick;
use crate::app::drive::state::Drive;
use crate::app::telemetry::words::MessageResult;
use crate::domain::model::episode::{Episode, Phase};
use crate::domain::model::evidence::SignalEvidence;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::message::Message;
use crate::domain::model::reason::{Code, Reason};
use crate::domain::policy::spec::Policy;
use crate::edge::cluster::events::Happening;
use crate::edge::kube::client::Kube;
use crate::edge::notify::compose::compose;
use crate::edge::notify::letter::{Hot, Letter};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};
use tokio::task::{AbortHandle, JoinSet};

/// Outcomes that wait to be noted; carriers wait beyond that.
const OUTCOMES: usize = 256;
/// How long the beginning of a Decision waits to be told for what is found out about it.
const EVIDENCE: TimeDelta = TimeDelta::seconds(15);
/// How long evidence is missing before people are told.
const BLIND: TimeDelta = TimeDelta::minutes(3);
/// How long after its end a Decision is looked at for sure.
const SOON: TimeDelta = TimeDelta::minutes(1);
/// How long after its end a Decision is looked at at most.
const LATE: TimeDelta = TimeDelta::hours(24);

/// What is counted of one try.
pub type Count = (&'static str, MessageResult);

/// The office.
pub struct Office {
    pub(super) clock: Arc<Clock>,
    pub(super) kube: Kube,
    pub(super) bell: Arc<Notify>,
    pub(super) lines: BTreeMap<String, (Line, AbortHandle)>,
    pub(super) carriers: JoinSet<()>,
    pub(super) sender: mpsc::Sender<Outcome>,
    pub(super) outcomes: mpsc::Receiver<Outcome>,
    /// By Decision, who was told of what.
    pub(super) pages: BTreeMap<String, Page>,
    pub(super) fleet: FleetPage,
    pub(super) watch: Watch,
    /// Decisions that have ended and whose end somebody may be owed.
    pub(super) ended: BTreeMap<String, Episode>,
    /// Since when the evidence of live holds has been missing.
    pub(super) blind: BTreeMap<String, DateTime<Utc>>,
    /// Decisions whose note is not stored yet; None is the fleet's.
    pub(super) unstored: BTreeSet<Option<String>>,
    /// What the log said of each receiver last.
    pub(super) said: BTreeMap<String, String>,
    pub(super) counts: Vec<Count>,
    pub(super) happenings: Vec<Happening>,
    /// What is stored was looked through.
    pub(super) begun: bool,
}

impl Office {
    /// An office without a receiver yet. The fence of `kube` is asked before anything is sent; `bell` is
    /// rung when something came of a message.
    pub fn new(clock: Arc<Clock>, kube: Kube, bell: Arc<Notify>) -> Self {
        let (sender, outcomes) = mpsc::channel(OUTCOMES);
        Self {
            clock,
            kube,
            bell,
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
        self.lines.values().map(|(line, _)| line.look().queue.waiting()).sum()
    }

    /// Why a receiver did not take the last message; None: it did.
    pub fn trouble(&self, notifier: &str) -> Option<Reason> {
        let (line, _) = self.lines.get(notifier)?;
        let why = line.look().trouble.clone()?;
        Some(Reason::new(Code::NotDelivered, format!("the last message was not delivered: {why}")))
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
                may_send: Arc::new({
                    let kube = self.kube.clone();
                    move || kube.may_write()
                }),
                outcomes: self.sender.clone(),
                bell: self.bell.clone(),
            };
            let carrier = self.carriers.spawn(carrier.carry());
            self.lines.insert(name.clone(), (line, carrier));
        }
        while self.carriers.try_join_next().is_some() {}
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
            let (traces, rows) = (traces(drive, &episode.name), rows(drive, &episode.name));
            let wish = Wish { notices: &notices, traces: &traces, rows: &rows, timezone };
            let mut debts = debts(now, &wish, page, (episode, blind));
            // Evidence is being asked for; who is told of the beginning shall have it, if it comes soon.
            let waits = drive.objects.evidence(&episode.name).is_none();
            debts.retain(|debt| !waits || debt.owed.closes || now - debt.owed.what.at >= EVIDENCE);
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
                let rows = rows(drive, &episode.name);
                standing(name, self.pages.get(&episode.name)?, (episode, blind), (rows, timezone))
            });
            let fleet = self.fleet.standing(now, name, alarms);
            let all: Vec<Message> =
                lives.chain(fleet).filter_map(|letter| compose(language, &[letter])).collect();
            line.look().standing = all;
        }
    }
}

/// What is hot behind a Decision, as far as it is known by now.
fn rows(drive: &Drive, decision: &str) -> Vec<Hot> {
    let signals = drive.objects.evidence(decision).map(|evidence| evidence.signals).unwrap_or_default();
    let hot = |signal: SignalEvidence| {
        let name = signal.signal;
        signal.rows.into_iter().map(move |row| Hot { signal: name.clone(), row })
    };
    signals.into_iter().flat_map(hot).collect()
}

/// Traces of requests behind a Decision, as far as they are known by now.
fn traces(drive: &Drive, decision: &str) -> Vec<(String, Option<String>)> {
    let signals = drive.objects.evidence(decision).map(|evidence| evidence.signals).unwrap_or_default();
    signals.into_iter().flat_map(|signal| signal.traces).map(|trace| (trace.id, trace.link)).collect()
}
