//! Waiting: for conditions, never for a time.
//!
//! Owns polling under a deadline. Deadlines are about ten times what is normal, because the
//! machine is shared: they catch what never comes, and say nothing about speed.

use std::thread::sleep;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(50);

/// What `look` gives once it does. Its error is what was seen instead, and is told when the
/// `limit` in seconds is over.
pub fn until<T>(what: &str, limit: u64, mut look: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if start.elapsed() > Duration::from_secs(limit) => {
                panic!("waited {limit} s in vain until {what}; last seen: {seen}")
            }
            Err(_) => sleep(PAUSE),
        }
    }
}

/// Waits until `holds` is true.
pub fn until_true(what: &str, limit: u64, mut holds: impl FnMut() -> bool) {
    until(what, limit, || if holds() { Ok(()) } else { Err("it was not so".to_string()) });
}

/// Looks on for `seconds` and fails as soon as `look` gives an error: for what must not happen.
pub fn throughout(what: &str, seconds: u64, mut look: impl FnMut() -> Result<(), String>) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(seconds) {
        if let Err(seen) = look() {
            panic!("{what}, but after {:.1} s: {seen}", start.elapsed().as_secs_f64());
        }
        sleep(PAUSE);
    }
}

/// Seconds since the epoch.
pub fn epoch() -> f64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).expect("the clock stands after 1970").as_secs_f64()
}
