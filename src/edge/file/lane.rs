//! The lane: blocking file work off the loop, one piece at a time, with a deadline.
//!
//! A hung network file system leaves one thread hanging, not one per cycle: whoever comes next
//! waits for the lane, and gives up at its own deadline. Work that nobody waits for any more is
//! told so and must not change anything from then on.

use super::error::FileError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long file work may take, waiting for the lane included.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// One piece of file work at a time. Clones share the lane.
#[derive(Debug, Clone)]
pub struct Lane {
    turn: Arc<Mutex<()>>,
    deadline: Duration,
}

/// Whether anybody still waits for the work.
#[derive(Debug, Clone)]
pub struct Asker {
    operation: &'static str,
    gone: Arc<AtomicBool>,
}

impl Asker {
    /// To be asked just before anything is changed.
    ///
    /// # Errors
    /// [`FileError::GivenUp`] if nobody waits any more.
    pub fn still_waits(&self) -> Result<(), FileError> {
        match self.gone.load(Ordering::SeqCst) {
            true => Err(FileError::GivenUp { operation: self.operation }),
            false => Ok(()),
        }
    }
}

/// Marks the asker as gone when the future that waits is dropped or ends.
struct Leave(Arc<AtomicBool>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Default for Lane {
    fn default() -> Self {
        Self::new(DEADLINE)
    }
}

impl Lane {
    /// A lane whose work may take `deadline`, at most.
    pub fn new(deadline: Duration) -> Self {
        Self { turn: Arc::default(), deadline }
    }

    /// Runs `work` on a blocking thread once the lane is free.
    ///
    /// # Errors
    /// Those of `work`; [`FileError::Late`] after the deadline.
    pub async fn run<R, E, W>(&self, operation: &'static str, work: W) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<FileError> + Send + 'static,
        W: FnOnce(&Asker) -> Result<R, E> + Send + 'static,
    {
        let gone = Arc::new(AtomicBool::new(false));
        let _leave = Leave(gone.clone());
        let asker = Asker { operation, gone };
        let whole = async {
            let turn = self.turn.clone().lock_owned().await;
            tokio::task::spawn_blocking(move || {
                let _turn = turn;
                work(&asker)
            })
            .await
        };
        match tokio::time::timeout(self.deadline, whole).await {
            Err(_) => Err(FileError::Late { operation, deadline: self.deadline }.into()),
            Ok(Err(_)) => Err(FileError::Ended { operation }.into()),
            Ok(Ok(done)) => done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_hung_disk_costs_one_thread_and_changes_nothing_later() {
        let lane = Lane::new(Duration::from_millis(50));
        let (release, hung) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let late = lane
            .run("write", move |asker| {
                let _ = hung.recv();
                tell.send(asker.still_waits().is_err()).unwrap();
                Ok::<(), FileError>(())
            })
            .await;
        assert!(matches!(late, Err(FileError::Late { operation: "write", .. })));
        let behind = lane.run("read", |_| Ok::<_, FileError>(1)).await;
        assert!(matches!(behind, Err(FileError::Late { operation: "read", .. })), "the lane is taken");
        release.send(()).unwrap();
        assert!(told.recv().unwrap(), "the hung work learns that nobody waits");
        let lane = Lane { deadline: DEADLINE, ..lane };
        assert_eq!(lane.run("read", |_| Ok::<_, FileError>(2)).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn work_that_panics_frees_the_lane() {
        let lane = Lane::default();
        let died = lane.run("read", |_| -> Result<(), FileError> { panic!("on purpose") }).await;
        assert!(matches!(died, Err(FileError::Ended { .. })));
        assert_eq!(lane.run("read", |_| Ok::<_, FileError>(3)).await.unwrap(), 3);
    }
}
