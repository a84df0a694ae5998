//! One receiver with what waits for it, shared by the loop, which fills it, and its carrier.

use super::queue::Queue;
use crate::app::controller::declare::notifiers::Mailbox;
use crate::domain::model::message::Message;
use crate::edge::notify::letter::Letter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// One receiver and what waits for it. Clones share it.
#[derive(Debug, Clone)]
pub struct Line {
    inner: Arc<Mutex<Inner>>,
    wake: Arc<Notify>,
}

/// What both sides see.
#[derive(Debug)]
pub struct Inner {
    pub mailbox: Mailbox,
    /// Changes whenever the mailbox does.
    pub version: String,
    pub queue: Queue,
    /// What stands, for receivers that forget.
    pub standing: Vec<Message>,
    /// Nothing more is to be begun.
    pub closed: bool,
    /// Why the last try failed; None if it did not.
    pub trouble: Option<String>,
}

impl Line {
    /// An empty line.
    pub fn new(mailbox: Mailbox, version: String) -> Self {
        let (queue, standing) = (Queue::default(), Vec::new());
        let inner = Inner { mailbox, version, queue, standing, closed: false, trouble: None };
        Self { inner: Arc::new(Mutex::new(inner)), wake: Arc::new(Notify::new()) }
    }

    /// What both sides see, for a moment: nobody waits while holding it.
    pub fn look(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the receiver as it is declared now; what waits is told to that one.
    pub fn reopen(&self, mailbox: &Mailbox, version: String) {
        let mut inner = self.look();
        if inner.version != version {
            (inner.mailbox, inner.version) = (mailbox.clone(), version);
            drop(inner);
            self.wake.notify_one();
        }
    }

    /// Adds letters; returns those that there is no room for.
    pub fn push(&self, letters: Vec<Letter>) -> Vec<Letter> {
        let mut left = Vec::new();
        {
            let mut inner = self.look();
            for letter in letters {
                if !inner.queue.push(letter.clone()) {
                    left.push(letter);
                }
            }
        }
        self.wake.notify_one();
        left
    }

    /// Lets what is on its way arrive, and begins nothing more.
    pub fn close(&self) {
        self.look().closed = true;
        self.wake.notify_one();
    }

    /// Whether nothing is on its way.
    pub fn is_at_rest(&self) -> bool {
        !self.look().queue.is_sending()
    }

    /// Ends when something is new.
    pub async fn changed(&self) {
        self.wake.notified().await;
    }
}
