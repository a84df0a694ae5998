//! Counting readings of the grid: how long something has been so.
//!
//! Owns streaks and counts over per-reading truths, newest first. An Unknown reading freezes a
//! streak; a run of them longer than `maxAge` resets it.

use super::truth::Truth;
use crate::domain::policy::condition::Span;

/// Whether `span` is met by `readings` (newest first). `patience` is how many Unknown readings in
/// a row a streak survives. The newest reading decides first: Unknown is Unknown, whatever came
/// before it.
pub fn met(span: Span, readings: impl IntoIterator<Item = Truth>, patience: u32) -> Truth {
    match span {
        Span::Consecutive(wanted) => consecutive(wanted, readings, patience),
        Span::Count { times, of } => count(times, of, readings),
    }
}

/// How far towards `span` the readings are: so many of the readings that it asks for.
pub fn so_far(span: Span, readings: impl IntoIterator<Item = Truth>, patience: u32) -> u32 {
    match span {
        Span::Consecutive(wanted) => streak(readings, patience, wanted).count(),
        Span::Count { of, .. } => {
            let yes = readings.into_iter().take(of as usize).filter(|reading| *reading == Truth::True);
            u32::try_from(yes.count()).unwrap_or(u32::MAX)
        }
    }
}

fn consecutive(wanted: u32, readings: impl IntoIterator<Item = Truth>, patience: u32) -> Truth {
    match streak(readings, patience, wanted) {
        Streak::Blind => Truth::Unknown,
        Streak::Broken(count) | Streak::Open(count) if count >= wanted => Truth::True,
        Streak::Broken(_) => Truth::False,
        Streak::Open(_) => Truth::Unknown,
    }
}

/// How long the newest readings have been True.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streak {
    /// The newest reading is Unknown.
    Blind,
    /// So many, then a False one, or the newest is False (0).
    Broken(u32),
    /// So many, and before them nothing is known.
    Open(u32),
}

impl Streak {
    /// The count, whatever came before; 0 when blind.
    pub fn count(self) -> u32 {
        match self {
            Self::Blind => 0,
            Self::Broken(count) | Self::Open(count) => count,
        }
    }
}

/// Counts True readings from the newest back, up to `enough`.
pub fn streak(readings: impl IntoIterator<Item = Truth>, patience: u32, enough: u32) -> Streak {
    let mut count = 0;
    let mut blind = 0;
    for (age, reading) in readings.into_iter().enumerate() {
        match reading {
            Truth::True => {
                count += 1;
                blind = 0;
            }
            Truth::False => return Streak::Broken(count),
            Truth::Unknown if age == 0 => return Streak::Blind,
            Truth::Unknown => blind += 1,
        }
        if count >= enough || blind > patience {
            break;
        }
    }
    Streak::Open(count)
}

fn count(times: u32, of: u32, readings: impl IntoIterator<Item = Truth>) -> Truth {
    let (mut yes, mut open, mut seen) = (0, 0, 0);
    for (age, reading) in readings.into_iter().take(of as usize).enumerate() {
        seen += 1;
        match reading {
            Truth::True => yes += 1,
            Truth::Unknown if age == 0 => return Truth::Unknown,
            Truth::Unknown => open += 1,
            Truth::False => {}
        }
    }
    open += of - seen;
    match (yes >= times, yes + open >= times) {
        (true, _) => Truth::True,
        (false, true) => Truth::Unknown,
        (false, false) => Truth::False,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<Truth> {
        text.chars()
            .map(|c| match c {
                't' => Truth::True,
                'f' => Truth::False,
                _ => Truth::Unknown,
            })
            .collect()
    }

    #[test]
    fn a_streak_counts_freezes_and_resets() {
        // Newest first; patience of two Unknown readings.
        for (readings, wanted, expected) in [
            ("ttt", 3, Truth::True),
            ("ttf", 3, Truth::False),
            ("ftt", 1, Truth::False),
            ("utt", 1, Truth::Unknown),
            ("tt", 3, Truth::Unknown),
            ("tut", 3, Truth::Unknown),
            ("tutt", 3, Truth::True),
            ("tuutt", 3, Truth::True),
            ("tuuutt", 3, Truth::Unknown),
            ("tuf", 2, Truth::False),
            ("", 1, Truth::Unknown),
        ] {
            assert_eq!(met(Span::Consecutive(wanted), read(readings), 2), expected, "{readings} {wanted}");
        }
    }

    #[test]
    fn a_count_looks_at_the_last_readings_only() {
        for (readings, times, of, expected) in [
            ("tftft", 3, 5, Truth::True),
            ("fffttt", 3, 5, Truth::False),
            ("ftttf", 3, 5, Truth::True),
            ("utttt", 3, 5, Truth::Unknown),
            ("tfuff", 2, 5, Truth::Unknown),
            ("tf", 2, 5, Truth::Unknown),
            ("ffff", 2, 5, Truth::False),
        ] {
            assert_eq!(
                met(Span::Count { times, of }, read(readings), 9),
                expected,
                "{readings} {times}/{of}"
            );
        }
    }

    #[test]
    fn how_far_a_test_has_come_is_counted_as_it_is_judged() {
        for (span, readings, expected) in [
            (Span::Consecutive(5), "ttft", 2),
            (Span::Consecutive(5), "fttt", 0),
            (Span::Consecutive(5), "tut", 2),
            (Span::Count { times: 3, of: 4 }, "fttft", 2),
        ] {
            assert_eq!(so_far(span, read(readings), 2), expected, "{span:?} {readings}");
        }
    }

    proptest! {
        #[test]
        fn i12_turning_any_reading_unknown_never_makes_true_of_what_was_not(
            text in "[tfu]{1,30}", at in 0usize..30, wanted in 1u32..8, patience in 0u32..4
        ) {
            let mut readings = read(&text);
            let spans = [Span::Consecutive(wanted), Span::Count { times: wanted, of: wanted + 3 }];
            let before = spans.map(|span| met(span, readings.clone(), patience));
            let at = at % readings.len();
            if readings[at] != Truth::False {
                readings[at] = Truth::Unknown;
                let after = spans.map(|span| met(span, readings.clone(), patience));
                for (before, after) in before.into_iter().zip(after) {
                    prop_assert!(after != Truth::True || before == Truth::True, "{text} at {at}");
                }
            }
        }
    }
}
