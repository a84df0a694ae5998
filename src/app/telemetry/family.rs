//! Metrics of one kind, told apart by fixed words.

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

/// Metrics of one kind told apart by `N` fixed words.
pub type By<const N: usize, M> = Family<[(&'static str, &'static str); N], M>;

/// Durations told apart by one fixed word.
pub type Timed = Family<[(&'static str, &'static str); 1], Histogram, fn() -> Histogram>;

/// Sets each word's gauge to how often it occurs, and to 0 where it does not.
pub fn set(
    family: &By<1, Gauge>,
    label: &'static str,
    words: &[&'static str],
    found: impl Iterator<Item = &'static str>,
) {
    let mut counts = vec![0; words.len()];
    for word in found {
        if let Some(index) = words.iter().position(|known| *known == word) {
            counts[index] += 1;
        }
    }
    for (word, count) in words.iter().zip(counts) {
        family.get_or_create(&[(label, word)]).set(count);
    }
}

/// A count as a gauge holds it.
pub fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
