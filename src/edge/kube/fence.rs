//! The fence: whether a write that begins now is over before another governor may write.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Asked before every write, with the longest time that the write may take.
#[derive(Clone)]
pub struct Fence {
    outlasts: Arc<dyn Fn(Duration) -> bool + Send + Sync>,
}

impl Fence {
    /// A fence that lets every write pass: for the lease itself, and for programs that write
    /// nothing of the governor's.
    pub fn open() -> Self {
        Self::new(|_| true)
    }

    /// A fence that asks `outlasts`.
    pub fn new(outlasts: impl Fn(Duration) -> bool + Send + Sync + 'static) -> Self {
        Self { outlasts: Arc::new(outlasts) }
    }

    /// Whether a write that takes at most `longest` may begin now.
    pub fn passes(&self, longest: Duration) -> bool {
        (self.outlasts)(longest)
    }
}

impl fmt::Debug for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fence")
    }
}
