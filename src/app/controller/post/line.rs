//! One receiver with what waits for it, shared by the loop, which fills it, and its carrier.

use super::queue::Queue;
use crate::app::controller::declare::notifiers::Opened;
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
    pub opened: Opened,
    pub queue: Queue,
    /// What stands, for receivers that forget.
    pub standing: Vec<Message>,
    /// Nothing more is to be begun.
    pub closed: bool,
    /// Why the last try failed; None if it did not.
    pub trouble: Option<String>,
    /// Messages that were given up.
    pub dropped: u64,
}

impl Line {
    /// An empty line.
    pub fn new(opened: Opened) -> Self {
        let queue = Queue::default();
        let inner = Inner { opened, queue, standing: Vec::new(), closed: false, trouble: None, dropped: 0 };
        Self { inner: Arc::new(Mutex::new(inner)), wake: Arc::new(Notify::new()) }
    }

    /// What both sides see, for a moment: nobody waits while holding it.
    pub fn look(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the receiver as it is declared now; what waits is told to that one.
    pub fn reopen(&self, opened: &Opened) {
        let mut inner = self.look();
        if inner.opened.version != opened.version {
            inner.opened = opened.clone();
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
