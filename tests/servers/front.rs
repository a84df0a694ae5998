//! A server in front of a store, which passes everything on until it is told a fault.
//!
//! Faults are what a real server cannot be made to show when it is wanted.

use super::wire::{self, Reply, Request};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

type Hook = Arc<dyn Fn() + Send + Sync>;

/// What is wrong.
#[derive(Clone)]
pub enum Fault {
    None,
    /// Everything is answered with this.
    Answer(Reply),
    /// Before each write is passed on, this happens.
    BeforeWrite(Hook),
    /// Writes are passed on, and their answers are lost.
    LostAnswer,
    /// Writes are neither passed on nor answered; the connection breaks.
    LostWrite,
    /// Writes are passed on, and answered with this.
    AnswerAfter(Reply),
    /// Reads are answered with this.
    Reads(Reply),
    /// Writes are kept, and dropped once another fault is set.
    HoldWrite,
    /// Writes are passed on, and their answers are kept until another fault is set.
    HoldAnswer,
    /// The same of writes to paths that end so; others are passed on.
    HoldAnswerTo(&'static str),
}

/// A server in front of another.
#[derive(Clone)]
pub struct Front {
    address: SocketAddr,
    state: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    fault: Fault,
    /// How often a fault was set.
    age: usize,
    /// A write is being kept.
    held: bool,
    seen: Vec<String>,
}

impl Default for State {
    fn default() -> Self {
        Self { fault: Fault::None, age: 0, held: false, seen: Vec::new() }
    }
}

impl Front {
    /// Stands in front of the server at `store`.
    pub fn before(store: SocketAddr) -> Self {
        let state = Arc::new(Shared::default());
        let inner = Arc::clone(&state);
        let address = wire::serve(move |request| answer(store, &inner, request));
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on this is wrong, and what was seen is forgotten.
    pub fn set(&self, fault: Fault) {
        let mut state = self.state.state.lock().expect("no holder panics");
        *state = State { fault, age: state.age + 1, ..State::default() };
        self.state.changed.notify_all();
    }

    /// Every request since the last fault was set: method and path.
    pub fn seen(&self) -> Vec<String> {
        self.state.state.lock().expect("no holder panics").seen.clone()
    }

    /// Whether a write is being kept right now.
    pub fn held(&self) -> bool {
        self.state.state.lock().expect("no holder panics").held
    }

    /// Those that write.
    pub fn writes(&self) -> usize {
        self.seen().iter().filter(|line| !line.starts_with("GET ")).count()
    }
}

fn answer(store: SocketAddr, shared: &Shared, request: &Request) -> Option<Reply> {
    let fault = {
        let mut state = shared.state.lock().expect("no holder panics");
        state.seen.push(format!("{} {}", request.method, request.path));
        state.fault.clone()
    };
    match fault {
        Fault::Answer(reply) => Some(reply),
        Fault::BeforeWrite(hook) if !request.is_read() => {
            hook();
            wire::ask(store, request)
        }
        Fault::LostAnswer if !request.is_read() => {
            wire::ask(store, request).expect("the store answers");
            None
        }
        Fault::AnswerAfter(reply) if !request.is_read() => {
            wire::ask(store, request).expect("the store answers");
            Some(reply)
        }
        Fault::Reads(reply) if request.is_read() => Some(reply),
        Fault::LostWrite if !request.is_read() => None,
        Fault::HoldWrite if !request.is_read() => keep(shared),
        Fault::HoldAnswer if !request.is_read() => {
            wire::ask(store, request).expect("the store answers");
            keep(shared)
        }
        Fault::HoldAnswerTo(end) if !request.is_read() && request.path.ends_with(end) => {
            wire::ask(store, request).expect("the store answers");
            keep(shared)
        }
        _ => wire::ask(store, request),
    }
}

/// Waits until another fault is set, and closes the connection.
fn keep(shared: &Shared) -> Option<Reply> {
    let mut state = shared.state.lock().expect("no holder panics");
    state.held = true;
    let age = state.age;
    let kept = shared.changed.wait_timeout_while(state, PATIENCE, |state| state.age == age);
    drop(kept.expect("no holder panics"));
    None
}
