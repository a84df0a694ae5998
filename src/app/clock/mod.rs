//! The clock: the one place that reads it.
//!
//! Owns what time it is, how long the program runs, waiting for an instant, and noticing that
//! the wall clock jumped. Must not know what happens at an instant; which instants there are
//! is `grid`'s to say.
#![allow(clippy::disallowed_methods)]

pub mod grid;
pub mod jump;

use chrono::{DateTime, TimeDelta, Utc};
use jump::Mark;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Longest uninterrupted sleep: how late a wall clock that was set forward is noticed.
const SLICE: Duration = Duration::from_secs(1);

/// Tells the time: the system's, or one that is moved by hand for the demo, replay and tests.
#[derive(Debug)]
pub struct Clock {
    source: Source,
    /// What both clocks showed when a jump was last looked for.
    last: Mutex<Mark>,
}

#[derive(Debug)]
enum Source {
    /// The wall clock, and a monotonic one since the clock was made.
    System {
        started: Instant,
    },
    Simulated(watch::Receiver<Mark>),
}

/// Moves a simulated clock. Time stands still unless it is told to move, and for ever once
/// the hand is gone.
#[derive(Debug)]
pub struct Hand {
    shown: watch::Sender<Mark>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::of(Source::System { started: Instant::now() })
    }

    /// A clock that shows `start` until its hand moves it.
    pub fn simulated(start: DateTime<Utc>) -> (Self, Hand) {
        let (shown, seen) = watch::channel(Mark { wall: start, running: Duration::ZERO });
        (Self::of(Source::Simulated(seen)), Hand { shown })
    }

    fn of(source: Source) -> Self {
        let last = Mutex::new(source.mark());
        Self { source, last }
    }

    /// What the wall clock shows. May jump either way.
    pub fn now(&self) -> DateTime<Utc> {
        self.source.mark().wall
    }

    /// How long this clock has been running. Never jumps and never runs backwards.
    pub fn elapsed(&self) -> Duration {
        self.source.mark().running
    }

    /// Waits until the wall clock shows `instant`; at once if it does already. A system clock
    /// that is set back meanwhile does not prolong the wait, one that is set forward shortens
    /// it: the caller looks for a jump afterwards.
    pub async fn sleep_until(&self, instant: DateTime<Utc>) {
        match &self.source {
            Source::Simulated(seen) => simulated_sleep(seen.clone(), instant).await,
            Source::System { .. } => self.system_sleep(instant).await,
        }
    }

    async fn system_sleep(&self, instant: DateTime<Utc>) {
        let begun = self.source.mark();
        let longest = (instant - begun.wall).to_std().unwrap_or(Duration::ZERO);
        loop {
            let mark = self.source.mark();
            let waited = mark.running.saturating_sub(begun.running);
            let by_wall = (instant - mark.wall).to_std().unwrap_or(Duration::ZERO);
            let rest = by_wall.min(longest.saturating_sub(waited));
            if rest.is_zero() {
                return;
            }
            tokio::time::sleep(rest.min(SLICE)).await;
        }
    }

    /// How far the wall clock jumped (positive: forward) since this was last asked, if by more
    /// than [`jump::TOLERANCE`]: then streaks counted on the grid are worth nothing and the
    /// caller starts looking anew. For one caller, the loop.
    pub fn check_jump(&self) -> Option<TimeDelta> {
        let now = self.source.mark();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let jump = jump::between(*last, now);
        *last = now;
        jump
    }
}

impl Source {
    fn mark(&self) -> Mark {
        match self {
            Self::System { started } => Mark { wall: Utc::now(), running: started.elapsed() },
            Self::Simulated(seen) => *seen.borrow(),
        }
    }
}

async fn simulated_sleep(mut seen: watch::Receiver<Mark>, instant: DateTime<Utc>) {
    if seen.wait_for(|mark| mark.wall >= instant).await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl Hand {
    /// Lets `duration` pass.
    pub fn advance(&self, duration: Duration) {
        let by = TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
        self.shown.send_modify(|mark| {
            mark.wall = mark.wall.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC);
            mark.running = mark.running.saturating_add(duration);
        });
    }

    /// Lets time pass until `instant`; nothing if that is past.
    pub fn advance_to(&self, instant: DateTime<Utc>) {
        let rest = instant - self.shown.borrow().wall;
        self.advance(rest.to_std().unwrap_or(Duration::ZERO));
    }

    /// Sets the wall clock to `instant` without time passing, as an administrator would.
    pub fn set(&self, instant: DateTime<Utc>) {
        self.shown.send_modify(|mark| mark.wall = instant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn a_simulated_clock_moves_only_when_told() {
        let (clock, hand) = Clock::simulated(at(100));
        assert_eq!((clock.now(), clock.elapsed()), (at(100), Duration::ZERO));
        hand.advance(Duration::from_secs(7));
        assert_eq!((clock.now(), clock.elapsed()), (at(107), Duration::from_secs(7)));
        hand.advance_to(at(110));
        hand.advance_to(at(50));
        assert_eq!((clock.now(), clock.elapsed()), (at(110), Duration::from_secs(10)));
        hand.advance(Duration::MAX);
        assert_eq!(clock.now(), DateTime::<Utc>::MAX_UTC);
    }

    #[test]
    fn a_wall_clock_that_was_set_is_a_jump_and_passing_time_is_none() {
        let (clock, hand) = Clock::simulated(at(1_000));
        hand.advance(Duration::from_secs(3_600));
        assert_eq!(clock.check_jump(), None);
        hand.set(at(1_000));
        assert_eq!(clock.check_jump(), Some(TimeDelta::seconds(-3_600)));
        assert_eq!(clock.check_jump(), None, "a jump is told once");
        assert_eq!(clock.elapsed(), Duration::from_secs(3_600), "the running time does not jump");
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_hand_reaches_its_instant() {
        let (clock, hand) = Clock::simulated(at(0));
        let clock = std::sync::Arc::new(clock);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(at(30)).await;
                clock.now()
            }
        });
        hand.advance_to(at(29));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        hand.advance_to(at(31));
        assert_eq!(sleeper.await.unwrap(), at(31));
    }

    #[tokio::test]
    async fn the_system_clock_runs_and_sleeps_until_an_instant() {
        let clock = Clock::system();
        let (now, running) = (clock.now(), clock.elapsed());
        clock.sleep_until(now + TimeDelta::milliseconds(30)).await;
        assert!(clock.now() >= now + TimeDelta::milliseconds(30));
        assert!(clock.elapsed() >= running + Duration::from_millis(25));
        clock.sleep_until(now - TimeDelta::days(1)).await;
        assert_eq!(clock.check_jump(), None);
    }
}
