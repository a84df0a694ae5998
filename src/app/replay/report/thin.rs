//! Series thinned to buckets that keep their extremes.
//!
//! Bounded in total: when there are too many series for the buckets, buckets are joined in pairs.

use crate::domain::model::judgement::Maturity;
use crate::domain::model::observation::Point;

/// Most buckets of one series.
const BUCKETS_MAX: usize = 6_000;
/// Most buckets of all series while they are gathered, and as they are written.
const GATHERED_MAX: usize = 2_400_000;
const WRITTEN_MAX: usize = 560_000;

/// The baseline raised its alarm.
pub const ALARM: u8 = 1;
/// A reading was stale, absent or rejected.
pub const UNKNOWN: u8 = 2;

/// What one bucket holds; NaN where there was nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    pub min: f32,
    pub max: f32,
    pub lower: f32,
    pub upper: f32,
    pub flags: u8,
}

/// All series on one grid of buckets.
#[derive(Debug)]
pub struct Thin {
    /// Epoch milliseconds of the first bucket.
    pub start: i64,
    /// Width of a bucket, in milliseconds.
    pub width: i64,
    pub series: Vec<Vec<Bucket>>,
}

impl Bucket {
    /// Nothing.
    pub const EMPTY: Self = Self { min: f32::NAN, max: f32::NAN, lower: f32::NAN, upper: f32::NAN, flags: 0 };

    /// A point of a signal.
    pub fn of(point: &Point) -> Self {
        let value = point.reading.fresh().map_or(f32::NAN, |value| value as f32);
        let mature = point.judgement.filter(|judged| judged.maturity == Maturity::Mature);
        let alarm = if mature.is_some_and(|judged| judged.alarm) { ALARM } else { 0 };
        let unknown = if point.reading.is_known() { 0 } else { UNKNOWN };
        Self {
            min: value,
            max: value,
            lower: mature.map_or(f32::NAN, |judged| judged.lower as f32),
            upper: mature.map_or(f32::NAN, |judged| judged.upper as f32),
            flags: alarm | unknown,
        }
    }

    /// A bare number, such as a score.
    pub fn number(value: Option<f64>) -> Self {
        let value = value.map_or(f32::NAN, |value| value as f32);
        Self { min: value, max: value, ..Self::EMPTY }
    }

    /// Both: the extremes, and whatever either of them says.
    pub fn join(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            lower: self.lower.min(other.lower),
            upper: self.upper.max(other.upper),
            flags: self.flags | other.flags,
        }
    }
}

impl Thin {
    /// No series yet, on a span in epoch milliseconds that is read every `interval` milliseconds.
    pub fn new((start, end): (i64, i64), interval: i64) -> Self {
        let most = i64::try_from(BUCKETS_MAX).unwrap_or(i64::MAX);
        let interval = interval.max(1);
        let width = ((end - start) / interval / most + 1) * interval;
        Self { start, width, series: Vec::new() }
    }

    /// A new series; gives its number.
    pub fn add(&mut self) -> usize {
        self.series.push(Vec::new());
        self.series.len() - 1
    }

    /// Puts a bucket's worth into series `number` at epoch millisecond `at`.
    pub fn put(&mut self, number: usize, at: i64, bucket: Bucket) {
        let Ok(index) = usize::try_from((at - self.start).div_euclid(self.width)) else { return };
        let Some(series) = self.series.get_mut(number) else { return };
        if series.len() <= index {
            series.resize(index + 1, Bucket::EMPTY);
        }
        series[index] = series[index].join(bucket);
        if index % 64 == 0 && self.size() > GATHERED_MAX {
            self.coarsen();
        }
    }

    /// As it is to be written.
    pub fn finish(&mut self) {
        while self.size() > WRITTEN_MAX {
            self.coarsen();
        }
    }

    fn size(&self) -> usize {
        self.series.iter().map(Vec::len).sum()
    }

    fn coarsen(&mut self) {
        self.width *= 2;
        for series in &mut self.series {
            *series =
                series.chunks(2).map(|pair| pair.iter().fold(Bucket::EMPTY, |a, b| a.join(*b))).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_span_keeps_every_reading() {
        let mut thin = Thin::new((0, 600_000), 60_000);
        let number = thin.add();
        (0..10).for_each(|i| thin.put(number, i * 60_000, Bucket::number(Some(i as f64))));
        let values: Vec<f32> = thin.series[number].iter().map(|bucket| bucket.max).collect();
        assert_eq!(values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    }

    proptest! {
        #[test]
        fn extremes_survive_thinning(values in prop::collection::vec(-1e6f64..1e6, 1..200), halvings in 0usize..5) {
            let mut thin = Thin::new((0, 200_000), 1_000);
            let number = thin.add();
            for (i, value) in values.iter().enumerate() {
                thin.put(number, 1_000 * i as i64, Bucket::number(Some(*value)));
            }
            (0..halvings).for_each(|_| thin.coarsen());
            let fold = |by: fn(f32, f32) -> f32, of: fn(&Bucket) -> f32| {
                thin.series[number].iter().map(of).fold(f32::NAN, by)
            };
            prop_assert_eq!(fold(f32::max, |b| b.max), values.iter().fold(f32::NAN, |m, v| m.max(*v as f32)));
            prop_assert_eq!(fold(f32::min, |b| b.min), values.iter().fold(f32::NAN, |m, v| m.min(*v as f32)));
        }
    }
}
