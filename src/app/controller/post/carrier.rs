//! Carrying letters to one receiver: one at a time, no faster than it wants them, again where that
//! may help.
//!
//! Owns the pace and the bound of tries. It sends only while the lease outlasts a call.

use super::line::Line;
use crate::app::apply::effect::chain;
use crate::app::clock::Clock;
use crate::domain::model::message::Message;
use crate::edge::notify::compose::compose;
use crate::edge::notify::error::{Advice, NotifyError};
use crate::edge::notify::letter::Letter;
use crate::edge::notify::receiver::who::Receiver;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// Most tries of one message: for five minutes, unless the receiver asks for longer pauses.
const TRIES: u32 = 10;
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// How often it is looked whether we may send again.
const FENCED: Duration = Duration::from_secs(1);

/// What came of one try.
#[derive(Debug)]
pub struct Outcome {
    pub notifier: String,
    /// The kind of receiver.
    pub kind: &'static str,
    pub what: What,
}

/// What came of it.
#[derive(Debug)]
pub enum What {
    /// The letters are told; where the receiver keeps them, if it can be asked to change that.
    Delivered { letters: Vec<Letter>, handle: Option<String> },
    /// It is tried again.
    Failed { why: String },
    /// It is not.
    Dropped { letters: Vec<Letter>, why: String },
}

/// What a carrier needs.
pub struct Carrier {
    pub notifier: String,
    pub line: Line,
    pub clock: Arc<Clock>,
    /// Asked before anything is sent: whether our lease outlasts a call.
    pub may_send: Arc<dyn Fn() -> bool + Send + Sync>,
    pub outcomes: mpsc::Sender<Outcome>,
    /// Told after each outcome, so that the loop takes note at once.
    pub bell: Arc<Notify>,
}

impl Carrier {
    /// Carries until it is aborted, or nobody listens any more.
    pub async fn carry(self) {
        let mut tries = 0;
        let mut reminded = self.clock.elapsed();
        loop {
            if !(self.may_send)() {
                tokio::time::sleep(FENCED).await;
                continue;
            }
            self.remind(&mut reminded).await;
            let next = self.next();
            let Some((receiver, version, message, letters)) = next else {
                self.rest().await;
                continue;
            };
            let handle = letters.first().and_then(Letter::handle);
            let sent = receiver.deliver(self.clock.now(), &message, handle).await;
            let advice = sent.as_ref().err().map(NotifyError::advice);
            let given_up = advice == Some(Advice::GiveUp) || tries + 1 >= TRIES;
            tries = if sent.is_err() && !given_up { tries + 1 } else { 0 };
            let pause = match advice {
                Some(Advice::Again(after)) if !given_up => pause(tries, after),
                _ => self.pace(&receiver),
            };
            if self.report(&receiver, sent, letters, given_up).await.is_err() {
                return;
            }
            self.wait(pause, &version).await;
        }
    }

    /// The next message and to whom it goes.
    fn next(&self) -> Option<(Receiver, String, Message, Vec<Letter>)> {
        let mut inner = self.line.look();
        if inner.closed {
            return None;
        }
        let letters = inner.queue.begin()?;
        let Some(message) = compose(inner.mailbox.language, &letters) else {
            inner.queue.end(None);
            return None;
        };
        Some((inner.mailbox.receiver.clone(), inner.version.clone(), message, letters))
    }

    /// Takes note of what came of a try, on the line and to the loop. Err: nobody listens.
    async fn report(
        &self,
        receiver: &Receiver,
        sent: Result<Option<String>, NotifyError>,
        letters: Vec<Letter>,
        given_up: bool,
    ) -> Result<(), ()> {
        let what = match sent {
            Ok(handle) => {
                let mut inner = self.line.look();
                inner.queue.end(handle.as_deref());
                inner.trouble = None;
                What::Delivered { letters, handle }
            }
            Err(error) => {
                let why = chain(&error);
                let mut inner = self.line.look();
                inner.trouble = Some(why.clone());
                match given_up {
                    true => {
                        inner.queue.end(None);
                        What::Dropped { letters, why }
                    }
                    false => {
                        inner.queue.keep();
                        What::Failed { why }
                    }
                }
            }
        };
        let outcome = Outcome { notifier: self.notifier.clone(), kind: receiver.kind(), what };
        let told = self.outcomes.send(outcome).await.map_err(drop);
        self.bell.notify_one();
        told
    }

    /// Tells a receiver that forgets what stands, when it is time to.
    async fn remind(&self, reminded: &mut Duration) {
        let (receiver, standing) = {
            let inner = self.line.look();
            (inner.mailbox.receiver.clone(), inner.standing.clone())
        };
        let now = self.clock.elapsed();
        let due = receiver.forgets().is_some_and(|every| now.saturating_sub(*reminded) >= every);
        if !due || standing.is_empty() {
            return;
        }
        *reminded = now;
        if let Err(error) = receiver.remind(self.clock.now(), &standing).await {
            self.line.look().trouble = Some(chain(&error));
        }
    }

    /// Until something is new, or a receiver that forgets is to be reminded.
    async fn rest(&self) {
        let every = self.line.look().mailbox.receiver.forgets().unwrap_or(Duration::from_secs(600));
        // A late word is looked for now and then: nothing rests on it.
        let _ = tokio::time::timeout(every.min(Duration::from_secs(15)), self.line.changed()).await;
    }

    fn pace(&self, receiver: &Receiver) -> Duration {
        let per_minute = self.line.look().mailbox.per_minute.max(1);
        receiver.gap().max(Duration::from_secs(60) / per_minute)
    }

    /// Waits, but not for a receiver that was declared anew meanwhile.
    async fn wait(&self, pause: Duration, version: &str) {
        let mut rest = std::pin::pin!(tokio::time::sleep(pause));
        loop {
            tokio::select! {
                () = &mut rest => return,
                () = self.line.changed() => {
                    if self.line.look().version != version {
                        return;
                    }
                }
            }
        }
    }
}

/// How long after failure number `tries` it is tried again: between half and all of a doubling
/// pause, so that many do not come back at once, and never before the receiver wants it.
fn pause(tries: u32, after: Option<Duration>) -> Duration {
    let whole = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(LONGEST);
    let half = whole / 2;
    let spread = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1);
    let own = half + Duration::from_millis(RandomState::new().hash_one(tries) % spread);
    match after {
        Some(after) => after + own / 4,
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_spread_and_keep_to_what_the_receiver_asks_for() {
        for _ in 0..100 {
            assert!((500..1000).contains(&pause(1, None).as_millis()));
            assert!((1000..2000).contains(&pause(2, None).as_millis()));
            assert!((30_000..60_000).contains(&pause(30, None).as_millis()));
            assert!((7_000..8_000).contains(&pause(1, Some(Duration::from_secs(7))).as_millis()));
        }
    }
}
