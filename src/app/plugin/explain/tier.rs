//! One tier: what it does or why it does not, what is missing, what comes next, and what a person can do.

use super::advice::{self, About};
use super::next::{Course, asks};
use super::time::instant;
use super::{condition, issue, signal};
use crate::app::drive::show::columns::age;
use crate::app::plugin::plain::plain;
use crate::app::plugin::scene::{PolicyView, Scene};
use crate::app::plugin::told::{Order, Said, ToldTier};
use crate::domain::decide::truth::Truth;
use crate::domain::model::episode::{Episode, Phase, TierMemory};
use crate::domain::model::id::PolicyKey;
use crate::domain::model::observation::Frame;
use crate::domain::model::proposal::Mode;
use crate::domain::model::reason::Code;
use crate::domain::policy::spec::{Policy, Tier};
use crate::edge::crd::kind::flag_hold::FlagHold;
use crate::edge::crd::kind::reason_entry::ReasonEntry;
use crate::edge::crd::kind::service_health::{PolicyHealth, TierHealth};

/// A tier of an accepted policy, with what was stored of it.
pub struct Case<'a> {
    pub scene: &'a Scene,
    pub view: &'a PolicyView,
    pub policy: &'a Policy,
    pub tier: &'a Tier,
    pub health: Option<&'a PolicyHealth>,
}

impl Case<'_> {
    /// Everything that is said of it.
    pub fn told(&self) -> ToldTier {
        let stored = self.stored();
        let memory = stored.map(TierMemory::from).unwrap_or_default();
        let live = self.scene.live(&self.view.key, &self.tier.name);
        let episode = live.map(Episode::from);
        let course = Course {
            now: self.scene.now,
            interval: self.policy.interval,
            service: &self.scene.service,
            tier: self.tier,
            memory: &memory,
        };
        let why = self.why(stored, episode.as_ref());
        let next = match &episode {
            Some(episode) => course.of(episode),
            None => course.at_rest(),
        };
        ToldTier {
            name: plain(&self.tier.name),
            headline: self.headline(stored, episode.as_ref()),
            phase: episode.as_ref().map(|episode| episode.phase.as_str().to_string()),
            decision: episode.as_ref().map(|episode| plain(&episode.name)),
            you_can: self.you_can(&why, episode.as_ref(), &memory),
            why,
            issues: issue::lines(stored, live),
            condition: condition::lines(
                self.policy,
                &self.tier.when,
                self.health.map(|_| self.frame()).as_ref(),
            ),
            next,
        }
    }

    fn stored(&self) -> Option<&TierHealth> {
        self.health?.tiers.iter().find(|stored| stored.name == self.tier.name)
    }

    /// The readings that were stored last.
    fn frame(&self) -> Frame {
        let stored = |name: &str| self.health?.signals.iter().find(|stored| stored.name == name);
        Frame {
            at: self.scene.now,
            points: self.policy.signals.iter().map(|spec| signal::point(stored(&spec.name))).collect(),
            score: self.health.and_then(|health| health.score),
        }
    }

    fn holds(&self) -> Truth {
        condition::holds(self.policy, &self.tier.when, &self.frame())
    }

    fn headline(&self, stored: Option<&TierHealth>, episode: Option<&Episode>) -> String {
        let (level, mode) = (self.tier.level.as_str(), self.tier.mode);
        let head = format!("Tier {} ({level}, {mode:?})", plain(&self.tier.name));
        match episode {
            Some(episode) => format!("{head}: {}", self.stands(episode)),
            None if self.health.is_none() => format!("{head}: has not looked at this service yet"),
            None => format!("{head}: does nothing, {}", self.because(stored)),
        }
    }

    /// How a live episode stands, in words.
    fn stands(&self, episode: &Episode) -> String {
        let flags: Vec<String> =
            episode.flags.iter().map(|f| format!("{}={}", plain(&f.key), plain(&f.fallback))).collect();
        let flags = if flags.is_empty() { "nothing".to_string() } else { flags.join(", ") };
        let what = match episode.phase {
            Phase::WouldAct => format!("would set {flags}, and only observes"),
            Phase::Blocked if !asks(episode) => {
                format!("does not ask for {flags} just now, and was refused")
            }
            Phase::Blocked => format!("wants to set {flags} and is refused"),
            Phase::AwaitingApproval => format!("asks whether it may set {flags}"),
            Phase::Acting if episode.relapses > 0 => format!("is setting {flags} again"),
            Phase::Acting => format!("is setting {flags}"),
            Phase::Holding => format!("holds {flags}"),
            Phase::Probing => format!("has given {flags} back on trial"),
            Phase::Restoring => format!("is giving {flags} back"),
            Phase::Latched => format!("keeps {flags} (latched)"),
            Phase::Open => "says that its condition holds; it has no flags".to_string(),
            Phase::Ended => "has ended".to_string(),
        };
        let now = self.scene.now;
        format!(
            "{what}, {} since {} ({})",
            episode.phase.as_str(),
            instant(episode.since, now),
            age(now - episode.since)
        )
    }

    /// Why nothing is done, in a few words: by the governor's own reason, else by what is seen.
    fn because(&self, stored: Option<&TierHealth>) -> &'static str {
        let code = stored.and_then(|tier| tier.reasons.last()).map(|reason| reason.code.as_str());
        let known = code.and_then(|code| Code::ALL.iter().copied().find(|known| known.as_str() == code));
        match known {
            Some(Code::ConditionFalse) => match self.holds() {
                Truth::True => "its condition holds at the last readings, and not for long enough yet",
                _ => "its condition does not hold",
            },
            Some(Code::ConditionUnknown) => {
                "whether its condition holds is not known, which starts nothing and ends nothing"
            }
            Some(Code::ConditionTrue) => "its condition holds since just now",
            Some(Code::NotUserFacing) => "its condition holds, and nothing of it is felt by users",
            Some(Code::NoTraffic) => "there is no traffic now",
            Some(Code::Cooldown) => "its condition holds, and it rests after its last action",
            Some(Code::LockedOut) => "its condition holds, and it is locked out",
            Some(_) => "its condition holds, and it is refused",
            None => match self.holds() {
                Truth::True => "its condition holds at the last readings",
                Truth::False => "its condition does not hold",
                Truth::Unknown => "whether its condition holds is not known",
            },
        }
    }

    /// The governor's reasons: those of the Decision, else those of the tier.
    fn why(&self, stored: Option<&TierHealth>, episode: Option<&Episode>) -> Vec<Said> {
        let about = self.about(episode);
        let mut entries: Vec<ReasonEntry> = Vec::new();
        entries.extend(episode.into_iter().flat_map(|episode| episode.reasons.iter().map(ReasonEntry::from)));
        // What is stored of the service is older than what its Decision says.
        if entries.is_empty() {
            entries.extend(stored.into_iter().flat_map(|tier| tier.reasons.iter().cloned()));
        }
        let said = |entry: &ReasonEntry| Said {
            message: plain(&entry.message),
            code: Some(plain(&entry.code)),
            you_can: advice::orders(&entry.code, &about),
        };
        let mut why: Vec<Said> = entries.iter().map(said).collect();
        why.extend(refused(episode).into_iter().map(|entry| Said {
            message: format!("it was refused when it began: {}", plain(&entry.message)),
            code: Some(plain(&entry.code)),
            you_can: advice::orders(&entry.code, &about),
        }));
        why.extend(self.void(episode));
        why.extend(self.held_by_others(episode));
        let live = self.scene.live(&self.view.key, &self.tier.name);
        why.extend(issue::troubles(stored, live));
        why
    }

    /// Flags of this tier that another Decision holds, too: until that ends they stay cut.
    fn held_by_others(&self, episode: Option<&Episode>) -> Vec<Said> {
        let own = episode.map(|episode| episode.name.as_str());
        let mut said = Vec::new();
        for action in &self.tier.actions {
            let key = action.key.render(&self.scene.service);
            let on_flag =
                self.scene.holds.iter().filter(|hold| self.is_on(hold, &action.provider, &key, episode));
            for (hold, claim) in on_flag.flat_map(|hold| hold.spec.claims.iter().map(move |c| (hold, c))) {
                if own == Some(claim.decision.as_str()) {
                    continue;
                }
                let policy = PolicyKey::from(&claim.policy_ref);
                let end = match claim.keep {
                    true => "a person ends it".to_string(),
                    false => format!("at the latest at {}", instant(claim.deadline.into(), self.scene.now)),
                };
                said.push(Said::just(format!(
                    "flag {} is held at {} for Decision {} of policy {}, and stays so until that has ended, {end}",
                    plain(&key),
                    plain(&hold.spec.fallback),
                    plain(&claim.decision),
                    plain(&policy.to_string())
                )));
            }
        }
        said
    }

    /// Whether it is a hold on the tier's flag: the one that its Decision names, else one of the store's that
    /// is not in an object of another namespace; a flag of the same key there is another flag.
    fn is_on(&self, hold: &FlagHold, provider: &str, key: &str, episode: Option<&Episode>) -> bool {
        let target = &hold.spec.target;
        if target.provider != provider || target.key != key {
            return false;
        }
        let flags = episode.into_iter().flat_map(|episode| &episode.flags);
        match flags.into_iter().find(|flag| flag.provider == provider && flag.key == key) {
            Some(flag) => hold.metadata.name.as_ref() == Some(&flag.hold),
            None => {
                target.object.as_ref().is_none_or(|object| object.namespace == self.scene.service.namespace)
            }
        }
    }

    /// An answer to another proposal than the one that is asked about now.
    fn void(&self, episode: Option<&Episode>) -> Option<Said> {
        let episode = episode.filter(|episode| episode.phase == Phase::AwaitingApproval)?;
        let hash = episode.ask.as_ref().map(|ask| ask.hash.as_str()).filter(|hash| !hash.is_empty())?;
        let of = self.scene.approvals.iter().filter(|a| a.spec.decision_ref.name == episode.name);
        let other = of.map(|approval| &approval.spec).find(|spec| spec.proposal_hash != hash)?;
        let message = format!(
            "{} answered an earlier proposal, which has changed since: the answer is void",
            plain(&other.by)
        );
        Some(Said::just(message))
    }

    fn about<'a>(&'a self, episode: Option<&'a Episode>) -> About<'a> {
        let service = &self.scene.service;
        let flag = self.tier.actions.first().map(|a| (a.provider.clone(), a.key.render(service)));
        let held =
            episode.and_then(|e| e.flags.first()).map(|held| (held.provider.clone(), held.key.clone()));
        About {
            now: self.scene.now,
            namespace: &self.scene.service.namespace,
            policy: &self.view.key,
            tier: &self.tier.name,
            flag: held.or(flag),
            decision: episode.map(|episode| episode.name.as_str()),
        }
    }

    fn you_can(&self, why: &[Said], episode: Option<&Episode>, memory: &TierMemory) -> Vec<Order> {
        let about = self.about(episode);
        let mut orders: Vec<Order> = why.iter().flat_map(|said| said.you_can.clone()).collect();
        if let Some(episode) = episode {
            let approval = matches!(episode.phase, Phase::AwaitingApproval);
            orders.extend(
                approval
                    .then(|| advice::orders(Code::ApprovalAwaited.as_str(), &about))
                    .into_iter()
                    .flatten(),
            );
            orders.extend((episode.phase == Phase::Latched).then(|| advice::unlatch(&about)).flatten());
            let what = match episode.phase {
                Phase::Restoring => None,
                Phase::Probing => Some("end the trial, the flag stays with its original"),
                phase if phase.holds() => Some("give the flag back now"),
                _ => Some("end this record"),
            };
            orders.extend(what.and_then(|what| advice::release(&about, what)));
        } else if memory.lock_out.is_some() {
            orders.extend(advice::unlatch(&about));
        }
        if self.tier.mode == Mode::Observe && episode.is_some_and(|e| e.phase == Phase::WouldAct) {
            orders.extend(advice::orders(Code::Observing.as_str(), &about));
        }
        let mut seen = std::collections::BTreeSet::new();
        orders.retain(|order| seen.insert(order.command.clone()));
        orders
    }
}

/// Why an episode was refused that does not ask any more.
fn refused(episode: Option<&Episode>) -> Vec<ReasonEntry> {
    let Some(episode) = episode.filter(|e| e.phase == Phase::Blocked && !asks(e)) else { return Vec::new() };
    let step = episode.transitions.iter().rev().find(|step| step.phase == Phase::Blocked);
    let reasons = step.map(|step| step.reasons.as_slice()).unwrap_or_default();
    let refusals = reasons.iter().filter(|reason| reason.code != Code::ConditionTrue);
    refusals.map(ReasonEntry::from).collect()
}

/// A tier that is in the stored memory and not in the policy any more.
pub fn gone(stored: &TierHealth) -> Option<ToldTier> {
    let decision = stored.decision.as_ref()?;
    Some(ToldTier {
        name: plain(&stored.name),
        headline: format!("Tier {}: is not in the policy any more", plain(&stored.name)),
        phase: stored.phase.clone().map(|phase| plain(&phase)),
        decision: Some(plain(decision)),
        why: stored
            .reasons
            .iter()
            .map(|r| Said { code: Some(plain(&r.code)), ..Said::just(plain(&r.message)) })
            .collect(),
        issues: issue::lines(Some(stored), None),
        condition: Vec::new(),
        next: vec!["what it holds is given back without a trial".to_string()],
        you_can: Vec::new(),
    })
}
