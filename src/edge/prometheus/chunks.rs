//! A long range in chunks that a server accepts, and their replies as one.

use crate::domain::model::series::{Labels, Matrix, Series};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

/// Most points of one series that a server returns.
pub const POINTS_MAX: i64 = 11_000;

/// Chunks are not made smaller than this, however large their replies.
const POINTS_MIN: i64 = 16;

/// The chunks still to be asked. Times are epoch milliseconds.
pub struct Chunks {
    next: i64,
    end: i64,
    step: i64,
    points: i64,
}

impl Chunks {
    /// Instants `start`, `start + step`, ... up to `end`. A step below 1 ms counts as 1 ms.
    pub fn new(start: i64, end: i64, step: Duration) -> Self {
        let step = i64::try_from(step.as_millis()).unwrap_or(i64::MAX).max(1);
        Self { next: start, end, step, points: POINTS_MAX }
    }

    /// The distance of instants, in milliseconds.
    pub fn step_millis(&self) -> i64 {
        self.step
    }

    /// The first and last instant of the next chunk.
    pub fn next_chunk(&mut self) -> Option<(i64, i64)> {
        if self.next > self.end {
            return None;
        }
        let from = self.next;
        let left = self.end.saturating_sub(from) / self.step;
        let to = from.saturating_add(left.min(self.points - 1).saturating_mul(self.step));
        self.next = to.saturating_add(self.step);
        (self.next > to).then_some((from, to))
    }

    /// Goes back to `from` with chunks half as long; false if they are short already.
    pub fn halve(&mut self, from: i64) -> bool {
        let asked = (self.next - from) / self.step;
        self.points = asked.min(self.points) / 2;
        self.next = from;
        self.points >= POINTS_MIN
    }
}

/// The chunks' replies, put together by labels.
pub struct Whole {
    series: BTreeMap<Labels, Vec<(i64, f64)>>,
    max_series: usize,
    partial: bool,
    truncated: bool,
}

impl Whole {
    /// Series beyond `max_series` are cut off.
    pub fn new(max_series: usize) -> Self {
        Self { series: BTreeMap::new(), max_series, partial: false, truncated: false }
    }

    /// Adds a reply; chunks come oldest first.
    pub fn append(&mut self, chunk: Matrix) {
        self.partial |= chunk.partial;
        self.truncated |= chunk.truncated;
        for Series { labels, mut points } in chunk.series {
            let room = self.series.len() < self.max_series;
            match self.series.entry(labels) {
                Entry::Occupied(mut earlier) => earlier.get_mut().append(&mut points),
                Entry::Vacant(empty) if room => {
                    empty.insert(points);
                }
                Entry::Vacant(_) => self.truncated = true,
            }
        }
    }

    /// All of it, by labels.
    pub fn finish(self) -> Matrix {
        let series = self.series.into_iter().map(|(labels, points)| Series { labels, points }).collect();
        Matrix { series, partial: self.partial, truncated: self.truncated }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(pod: &str) -> Labels {
        Labels::from([("pod".to_string(), pod.to_string())])
    }

    #[test]
    fn replies_are_joined_by_their_labels_and_flags_stay() {
        let series = |pod: &str, t: i64| Series { labels: labels(pod), points: vec![(t, 1.0)] };
        let mut whole = Whole::new(2);
        whole.append(Matrix { series: vec![series("a", 1)], partial: true, truncated: false });
        whole.append(Matrix {
            series: vec![series("b", 2), series("a", 2), series("c", 2)],
            ..Matrix::default()
        });
        let joined = whole.finish();
        assert_eq!(joined.series.len(), 2);
        assert_eq!(joined.series[0].points, [(1, 1.0), (2, 1.0)]);
        assert!(joined.partial && joined.truncated);
    }

    proptest! {
        #[test]
        fn chunks_cover_every_instant_once_also_after_halving(
            start in -1_000_000i64..1_000_000, count in 0i64..60_000, step in 1i64..100_000, extra in 0i64..100_000, halvings in 0usize..4,
        ) {
            let end = start + count * step + extra % step;
            let mut chunks = Chunks::new(start, end, Duration::from_millis(step as u64));
            let (mut expected, mut halvings) = (start, halvings);
            while let Some((from, to)) = chunks.next_chunk() {
                prop_assert_eq!(from, expected);
                prop_assert!(to >= from && to <= end && (to - from) / step < POINTS_MAX);
                if halvings > 0 {
                    halvings -= 1;
                    if chunks.halve(from) {
                        continue;
                    }
                    break;
                }
                expected = to + step;
            }
            prop_assert!(halvings > 0 || expected > end || chunks.points < POINTS_MIN);
        }
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let mut chunks = Chunks::new(i64::MIN, i64::MAX, Duration::MAX);
        assert!(chunks.next_chunk().is_some());
        assert!(chunks.next_chunk().is_some() || chunks.next > chunks.end);
        let mut chunks = Chunks::new(i64::MAX - 1, i64::MAX, Duration::from_secs(1));
        while chunks.next_chunk().is_some() {}
        assert!(Chunks::new(5, 4, Duration::ZERO).next_chunk().is_none());
    }
}
