//! What is known of one service under one policy: the last readings of all its signals.
//!
//! Owns the window of frames that streaks are counted on. It is rebuilt from history after a
//! restart, so nothing here is memory.

use super::id::ServiceKey;
use super::judgement::Judgement;
use super::reading::Reading;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// One signal at one grid instant, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub reading: Reading,
    /// Present while the reading is Fresh.
    pub judgement: Option<Judgement>,
}

/// All signals of a policy at one grid instant, in the policy's order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub at: DateTime<Utc>,
    pub points: Vec<Point>,
    /// 0-100; None when too little was known.
    pub score: Option<f64>,
}

/// The last grid frames of one service, oldest first; the newest is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub service: ServiceKey,
    pub frames: VecDeque<Frame>,
}

impl Observation {
    pub fn new(service: ServiceKey) -> Self {
        Self { service, frames: VecDeque::new() }
    }

    /// Adds a frame and forgets the oldest beyond `keep`. A frame not newer than the last
    /// is ignored: the grid never runs backwards.
    pub fn push(&mut self, frame: Frame, keep: usize) {
        if self.frames.back().is_some_and(|last| last.at >= frame.at) {
            return;
        }
        self.frames.push_back(frame);
        while self.frames.len() > keep.max(1) {
            self.frames.pop_front();
        }
    }

    /// The newest frame.
    pub fn latest(&self) -> Option<&Frame> {
        self.frames.back()
    }

    /// The newest point of the signal with index `signal`.
    pub fn point(&self, signal: usize) -> Option<&Point> {
        self.latest().and_then(|frame| frame.points.get(signal))
    }
}
