//! Every reading around Decisions, so that a reader can look closely where it matters.
//!
//! Bounded: the last readings of each service are at hand, and what is kept of them has a budget.

use super::thin::Bucket;
use std::collections::VecDeque;

/// Readings kept before a Decision, and after it.
const BEFORE: usize = 60;
const AFTER: usize = 30;
/// Most readings of one stretch.
const LENGTH_MAX: usize = 600;
/// Most points of all stretches.
const BUDGET: usize = 700_000;

/// A stretch of all signals of one service under one policy.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// Epoch milliseconds of the first frame.
    pub start: i64,
    /// By frame, by signal.
    pub frames: Vec<Vec<Bucket>>,
}

/// What is at hand and what is kept of one service under one policy.
#[derive(Debug, Default)]
pub struct Tape {
    ring: VecDeque<(i64, Vec<Bucket>)>,
    open: Option<Stretch>,
    left: usize,
    pub kept: Vec<Stretch>,
}

impl Tape {
    /// One frame; `live` says whether a Decision lives.
    pub fn put(&mut self, at: i64, frame: Vec<Bucket>, live: bool, budget: &mut Budget) {
        if live {
            self.left = AFTER;
            let ring = &mut self.ring;
            self.open.get_or_insert_with(|| {
                let start = ring.front().map_or(at, |(at, _)| *at);
                Stretch { start, frames: ring.drain(..).map(|(_, frame)| frame).collect() }
            });
        }
        match &mut self.open {
            Some(stretch) => {
                stretch.frames.push(frame);
                self.left = self.left.saturating_sub(usize::from(!live));
                if self.left == 0 || stretch.frames.len() >= LENGTH_MAX {
                    self.close(budget);
                }
            }
            None => {
                self.ring.push_back((at, frame));
                if self.ring.len() > BEFORE {
                    self.ring.pop_front();
                }
            }
        }
    }

    /// Keeps what is open.
    pub fn close(&mut self, budget: &mut Budget) {
        if let Some(stretch) = self.open.take()
            && budget.take(stretch.frames.iter().map(Vec::len).sum())
        {
            self.kept.push(stretch);
        }
    }
}

/// Points that may still be kept.
#[derive(Debug)]
pub struct Budget {
    left: usize,
    /// Stretches that were not kept.
    pub refused: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: BUDGET, refused: 0 }
    }
}

impl Budget {
    fn take(&mut self, points: usize) -> bool {
        match self.left.checked_sub(points) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.refused += 1;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_before_and_after_a_decision_are_kept() {
        let (mut tape, mut budget) = (Tape::default(), Budget::default());
        for i in 0..400i64 {
            tape.put(i, vec![Bucket::number(Some(i as f64))], (200..210).contains(&i), &mut budget);
        }
        assert_eq!(tape.kept.len(), 1);
        let stretch = &tape.kept[0];
        assert_eq!(stretch.start, 200 - BEFORE as i64);
        let values: Vec<f32> = stretch.frames.iter().map(|frame| frame[0].max).collect();
        let expected: Vec<f32> = (140..240).map(|i| i as f32).collect();
        assert_eq!(values, expected);
    }

    #[test]
    fn a_long_decision_is_kept_in_pieces_and_the_budget_ends_it() {
        let (mut tape, mut budget) = (Tape::default(), Budget { left: 2 * LENGTH_MAX, refused: 0 });
        for i in 0..5 * LENGTH_MAX as i64 {
            tape.put(i, vec![Bucket::EMPTY], true, &mut budget);
        }
        assert_eq!((tape.kept.len(), budget.refused), (2, 3));
    }
}
