//! Letters on their way: a carrier before a real server, with faults in between.

use super::stand::{Provided, Stand, runtime};
use crate::letters::lives;
use crate::live::wait::{throughout, until};
use crate::servers::front::Fault;
use crate::servers::wire::Reply;
use flyball::app::clock::Clock;
use flyball::app::controller::declare::notifiers::Mailbox;
use flyball::app::controller::post::carrier::{Carrier, Outcome, What};
use flyball::app::controller::post::line::Line;
use flyball::domain::model::news::Language;
use flyball::domain::model::provider::Access;
use flyball::edge::notify::letter::Letter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// A carrier at work.
struct Work {
    provided: Provided,
    line: Line,
    outcomes: mpsc::Receiver<Outcome>,
    leads: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Work {
    fn begin(stand: &'static dyn Stand) -> Self {
        let provided = Provided::open(stand);
        let mailbox = Mailbox {
            receiver: provided.receiver.clone(),
            language: Language::English,
            per_minute: 600,
            access: Access::Everyone,
        };
        let line = Line::new(mailbox, "1".to_string());
        let (sender, outcomes) = mpsc::channel(64);
        let leads = Arc::new(AtomicBool::new(true));
        let carrier = Carrier {
            notifier: "house".to_string(),
            line: line.clone(),
            clock: Arc::new(Clock::system()),
            may_send: Arc::new({
                let leads = leads.clone();
                move || leads.load(Ordering::SeqCst)
            }),
            outcomes: sender,
            bell: Arc::new(Notify::new()),
        };
        let task = runtime().spawn(carrier.carry());
        Self { provided, line, outcomes, leads, task }
    }

    fn taken(&self) -> usize {
        self.provided.stand.taken().len()
    }

    /// The next outcome, in a word, with the number of its letters.
    fn outcome(&mut self) -> (&'static str, usize) {
        let mut next = None;
        until("something came of a message", 60, || {
            next = self.outcomes.try_recv().ok();
            if next.is_some() { Ok(()) } else { Err("nothing yet".to_string()) }
        });
        match next.expect("it was waited for").what {
            What::Delivered { letters, .. } => ("delivered", letters.len()),
            What::Failed { .. } => ("failed", 0),
            What::Dropped { letters, .. } => ("dropped", letters.len()),
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn push(work: &Work, letters: Vec<Letter>) {
    let left = work.line.push(letters);
    assert!(left.is_empty(), "there is room");
}

pub fn once_although_it_failed(stand: &'static dyn Stand) {
    let mut work = Work::begin(stand);
    let before = work.taken();
    work.provided.front.set(Fault::Answer(Reply::new(503, "")));
    push(&work, lives::cut());
    assert_eq!(work.outcome(), ("failed", 0));
    assert!(work.line.look().trouble.is_some(), "the Notifier says so");
    work.provided.front.set(Fault::None);
    assert_eq!(work.outcome(), ("delivered", 1));
    assert_eq!(work.taken(), before + 1);
    assert!(work.line.look().trouble.is_none());
}

pub fn what_gathers_is_told_together(stand: &'static dyn Stand) {
    let mut work = Work::begin(stand);
    let before = work.taken();
    work.provided.front.set(Fault::HoldWrite);
    push(&work, lives::cut());
    until("the first is on its way", 30, || {
        if work.provided.front.held() { Ok(()) } else { Err("not yet".to_string()) }
    });
    // Nobody waits for the first: whoever pushes is done at once.
    lives::many(200).into_iter().for_each(|letter| push(&work, vec![letter]));
    work.provided.front.set(Fault::None);
    let first = work.outcome();
    assert!(first == ("failed", 0) || first == ("delivered", 1), "{first:?}");
    if first.0 == "failed" {
        assert_eq!(work.outcome(), ("delivered", 1));
    }
    assert_eq!(work.outcome(), ("delivered", 200));
    assert_eq!(work.taken(), before + 2);
}

pub fn what_is_refused_is_given_up(stand: &'static dyn Stand) {
    let mut work = Work::begin(stand);
    work.provided.front.set(Fault::Answer(Reply::new(400, "")));
    push(&work, lives::cut());
    assert_eq!(work.outcome(), ("dropped", 1));
    work.provided.front.set(Fault::None);
    push(&work, lives::many(2));
    assert_eq!(work.outcome(), ("delivered", 2), "the next is not in its way");
}

pub fn nothing_is_sent_without_the_lease(stand: &'static dyn Stand) {
    let mut work = Work::begin(stand);
    work.leads.store(false, Ordering::SeqCst);
    work.provided.front.set(Fault::None);
    push(&work, lives::cut());
    throughout("nothing is sent", 2, || match work.provided.front.seen() {
        seen if seen.is_empty() => Ok(()),
        seen => Err(format!("{seen:?}")),
    });
    work.leads.store(true, Ordering::SeqCst);
    assert_eq!(work.outcome(), ("delivered", 1));
}
