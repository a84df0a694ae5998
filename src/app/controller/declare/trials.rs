//! Trying what is declared outside, now and then, beside the loop and without changing anything.
//!
//! Owns how often, and how many at once: each when it was opened anew, then after a rest. Nobody waits
//! for a trial; what it said is read at a later pass.

use super::opened::{Known, Opened};
use super::outside::{Outside, Trial};
use crate::domain::model::reason::{Code, Reason};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Longest that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long after a trial the same one is tried again.
const REST: Duration = Duration::from_secs(300);
/// Trials at once.
const TURNS: usize = 4;

/// What came of a trial.
pub type Said = Result<(), Reason>;

/// Kind and name of an object.
type Key = (&'static str, String);

/// All trials, those under way among them; these end with it.
pub struct Trials {
    running: JoinSet<(Key, String, Said)>,
    turns: Arc<Semaphore>,
    known: BTreeMap<Key, Tried>,
}

/// The trials of one object in one version.
struct Tried {
    version: String,
    /// When the last one began, in monotonic time.
    begun: Duration,
    /// None until the first one ended.
    said: Option<Said>,
}

impl Default for Trials {
    fn default() -> Self {
        let turns = Arc::new(Semaphore::new(TURNS));
        Self { running: JoinSet::new(), turns, known: BTreeMap::new() }
    }
}

/// Tries one, and waits no longer than is sensible.
///
/// # Errors
/// Why it cannot be used.
pub async fn ask<T: Outside>(it: &T, trial: &Trial) -> Said {
    let late = |_| {
        let message = format!("it did not answer within {} s; it is asked again", PATIENCE.as_secs());
        Err(Reason::new(Code::ProviderUnavailable, message))
    };
    tokio::time::timeout(PATIENCE, it.answer(trial)).await.unwrap_or_else(late)
}

impl Trials {
    /// Begins the trials of one kind that are due. `trial`: how the one of a name is tried.
    pub fn begin<T: Outside>(&mut self, opened: &Opened<T>, now: Duration, trial: impl Fn(&str) -> Trial) {
        self.known.retain(|(kind, name), _| *kind != T::KIND || opened.all().contains_key(name));
        for (name, known) in opened.all() {
            let Ok(it) = &known.verdict else { continue };
            let (key, version) = ((T::KIND, name.clone()), known.version());
            let former = self.known.get(&key).filter(|tried| tried.version == version);
            if former.is_some_and(|tried| now.saturating_sub(tried.begun) < REST) {
                continue;
            }
            let said = former.and_then(|tried| tried.said.clone());
            self.known.insert(key.clone(), Tried { version: version.clone(), begun: now, said });
            let (it, trial, turns) = (it.clone(), trial(name), self.turns.clone());
            self.running.spawn(async move {
                let _turn = turns.acquire_owned().await;
                (key, version, ask(&it, &trial).await)
            });
        }
    }

    /// Takes note of the trials that ended.
    pub fn gather(&mut self) {
        while let Some(ended) = self.running.try_join_next() {
            let Ok((key, version, said)) = ended else { continue };
            if let Some(tried) = self.known.get_mut(&key).filter(|tried| tried.version == version) {
                tried.said = Some(said);
            }
        }
    }

    /// What the last trial of this very version said; None if none ended yet.
    pub fn said<T: Outside>(&self, name: &str, known: &Known<T>) -> Option<&Said> {
        let tried = self.known.get(&(T::KIND, name.to_string()))?;
        tried.said.as_ref().filter(|_| tried.version == known.version())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::controller::declare::vault::{Credentials, Vault};
    use crate::domain::model::problem::Problem;
    use crate::edge::crd::field::condition::ConfigStatus;
    use crate::edge::crd::kind::notifier::Notifier;
    use crate::edge::flags::declared::Home;
    use chrono::{DateTime, Utc};
    use std::sync::Mutex;
    use tokio::sync::mpsc::UnboundedSender;

    /// Something that answers when it is told to, and not before: what no real one can be made to do.
    #[derive(Clone)]
    struct Told {
        asked: UnboundedSender<()>,
        answer: Arc<Mutex<Option<Said>>>,
    }

    impl Outside for Told {
        type Object = Notifier;
        type Accepted = ();

        const KIND: &'static str = "Notifier";
        const WITHOUT: &'static str = "nobody is told";
        const MARKS: bool = false;

        fn accept(_: &Notifier) -> Result<(), Vec<Problem>> {
            Ok(())
        }

        fn status(_: &Notifier) -> Option<ConfigStatus> {
            None
        }

        async fn credentials((): &(), _: &Vault) -> Option<Result<Credentials, Vec<Problem>>> {
            None
        }

        async fn open(_: &str, (): &(), _: &Home, _: Credentials) -> Result<Self, Vec<Problem>> {
            Err(Vec::new())
        }

        async fn answer(&self, _: &Trial) -> Said {
            let _ = self.asked.send(());
            loop {
                let answer = self.answer.lock().unwrap().clone();
                match answer {
                    Some(answer) => return answer,
                    None => tokio::task::yield_now().await,
                }
            }
        }

        fn words(&self) -> Vec<String> {
            Vec::new()
        }
    }

    fn trial(_: &str) -> Trial {
        Trial { namespace: "flyball".to_string(), now: DateTime::<Utc>::UNIX_EPOCH }
    }

    fn said(trials: &Trials, opened: &Opened<Told>) -> Option<Said> {
        trials.said("room", &opened.all()["room"]).cloned()
    }

    #[tokio::test]
    async fn nobody_waits_for_a_trial_and_none_is_made_again_before_its_rest() {
        let (asked, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let answer = Arc::new(Mutex::new(None));
        let opened = Opened::holding("room", 1, Told { asked, answer: answer.clone() });
        let mut trials = Trials::default();
        let within = Duration::from_secs(10);
        let at = Duration::from_secs;
        for second in [0, 5, 10] {
            trials.gather();
            trials.begin(&opened, at(second), trial);
            assert_eq!(said(&trials, &opened), None);
        }
        tokio::time::timeout(within, heard.recv()).await.expect("it is asked");
        let refused = Err(Reason::new(Code::ProviderRefused, "no"));
        *answer.lock().unwrap() = Some(refused.clone());
        let told = async {
            while said(&trials, &opened).is_none() {
                tokio::task::yield_now().await;
                trials.gather();
            }
        };
        tokio::time::timeout(within, told).await.expect("it answers");
        assert_eq!(said(&trials, &opened), Some(refused.clone()));
        trials.begin(&opened, at(299), trial);
        assert!(trials.running.is_empty() && heard.try_recv().is_err(), "it was asked once");

        trials.begin(&opened, at(300), trial);
        assert_eq!((trials.running.len(), said(&trials, &opened)), (1, Some(refused)));
        let it = opened.all()["room"].verdict.clone().unwrap();
        let changed = Opened::holding("room", 2, it);
        trials.begin(&changed, at(301), trial);
        assert_eq!((trials.running.len(), said(&trials, &changed)), (2, None), "another version");
        trials.begin(&Opened::<Told>::default(), at(302), trial);
        assert!(trials.known.is_empty(), "what is gone is forgotten");
    }
}
