//! A signal against its band, drawn with characters: one line, or a small chart.
//!
//! Owns the drawing alone: same trail, same text. The width is the number of readings, so that
//! each column is one look; nothing is averaged away.

use super::evidence::{Mark, Trail};
use super::reading::Number;

/// Lines of a chart.
const HEIGHT: usize = 7;

/// Which characters may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    Unicode,
    Ascii,
}

impl Glyphs {
    /// From the lowest to the highest value.
    fn levels(self) -> [char; 8] {
        match self {
            Self::Unicode => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Self::Ascii => ['_', '.', '-', '~', '=', '+', '*', '#'],
        }
    }

    /// Value inside the band, value outside it, band, limit, axis.
    fn chart(self) -> [char; 5] {
        match self {
            Self::Unicode => ['•', '●', '░', '╌', '┤'],
            Self::Ascii => ['o', '@', ':', '-', '|'],
        }
    }
}

/// The values in one line; a look without one is a space. Empty where there is no value at all.
pub fn line(trail: &Trail, glyphs: Glyphs) -> String {
    let values = || trail.readings.iter().filter_map(|mark| mark.value);
    let Some(scale) = Scale::over(values()) else { return String::new() };
    let levels = glyphs.levels();
    let draw = |mark: &Mark| mark.value.map_or(' ', |value| levels[scale.row(value, levels.len())]);
    trail.readings.iter().map(draw).collect()
}

/// Values, band and limit over several lines, the scale on the left; no line ends with spaces.
/// Empty where there is no value at all.
pub fn chart(trail: &Trail, limit: Option<f64>, glyphs: Glyphs) -> String {
    let Some(scale) = scale(trail, limit) else { return String::new() };
    let limit = limit.filter(|limit| scale.contains(*limit)).map(|limit| scale.row(limit, HEIGHT));
    let names: Vec<String> = (0..HEIGHT).map(|row| scale.name(row)).collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for row in (0..HEIGHT).rev() {
        let cells: String =
            trail.readings.iter().map(|mark| cell(mark, row, limit, &scale, glyphs)).collect();
        let told = if limit == Some(row) { "  limit" } else { "" };
        let line = format!("{:>width$} {}{cells}{told}", names[row], glyphs.chart()[4]);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The newest value, what is usual, and the grid, in words: `0.94 ratio; usual 0.01 to 0.05; 60
/// looks, one every 10 s`.
pub fn caption(trail: &Trail, unit: &str) -> String {
    let Some(last) = trail.readings.iter().rev().find_map(|mark| mark.value) else {
        return "no fresh reading".to_string();
    };
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let usual = trail.readings.iter().rev().find_map(|mark| mark.band);
    let usual = usual.map_or_else(
        || "what is usual is not known yet".to_string(),
        |(lower, upper)| format!("usual {} to {}", Number(lower), Number(upper)),
    );
    let (looks, step) = (trail.readings.len(), trail.step_seconds);
    format!("{}{unit}; {usual}; {looks} looks, one every {step} s", Number(last))
}

fn cell(mark: &Mark, row: usize, limit: Option<usize>, scale: &Scale, glyphs: Glyphs) -> char {
    let [inside, outside, band, dash, _] = glyphs.chart();
    let in_band = |value: f64| mark.band.is_none_or(|(lower, upper)| (lower..=upper).contains(&value));
    let rows = mark.band.map(|(lower, upper)| scale.row(lower, HEIGHT)..=scale.row(upper, HEIGHT));
    match mark.value {
        Some(value) if scale.row(value, HEIGHT) == row => {
            if in_band(value) {
                inside
            } else {
                outside
            }
        }
        _ if limit == Some(row) => dash,
        _ if rows.is_some_and(|rows| rows.contains(&row)) => band,
        _ => ' ',
    }
}

/// Everything that is drawn; a limit that lies further away than what is drawn is tall would make
/// the rest flat, and is left out.
fn scale(trail: &Trail, limit: Option<f64>) -> Option<Scale> {
    Scale::over(trail.readings.iter().filter_map(|mark| mark.value))?;
    let bands = trail.readings.iter().filter_map(|mark| mark.band).flat_map(|(lower, upper)| [lower, upper]);
    let all: Vec<f64> = trail.readings.iter().filter_map(|mark| mark.value).chain(bands).collect();
    let drawn = Scale::over(all.iter().copied())?;
    let near = |limit: &f64| (drawn.low - drawn.height()..=drawn.high + drawn.height()).contains(limit);
    Scale::over(all.into_iter().chain(limit.filter(near)))
}

/// The values between which lines are drawn; `low < high`.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// None where there is no finite value. A flat line is drawn in the middle.
    fn over(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return None;
        }
        let half = if low < high { 0.0 } else { (low.abs() * 0.1).max(0.5) };
        Some(Self { low: low - half, high: high + half })
    }

    fn height(&self) -> f64 {
        self.high - self.low
    }

    fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The line of `value`, 0 the lowest; beyond the ends it is the last.
    fn row(&self, value: f64, rows: usize) -> usize {
        let share = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        let last = rows.saturating_sub(1);
        ((share * last as f64).round().max(0.0) as usize).min(last)
    }

    /// What the axis says at a line: the ends and the middle.
    fn name(&self, row: usize) -> String {
        match row {
            0 => Number(self.low).to_string(),
            row if row == HEIGHT - 1 => Number(self.high).to_string(),
            row if row == HEIGHT / 2 => Number(self.low / 2.0 + self.high / 2.0).to_string(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trail(values: &[Option<f64>], band: Option<(f64, f64)>) -> Trail {
        let readings = values.iter().map(|value| Mark { value: *value, band }).collect();
        Trail { start: None, step_seconds: 10, readings }
    }

    /// Calm, a gap, then far beyond.
    fn incident() -> Trail {
        let calm = [0.02, 0.03, 0.02, 0.04, 0.03, 0.02, 0.03].map(Some);
        let ill = [0.08, 0.16, 0.27, 0.38, 0.41, 0.4, 0.42].map(Some);
        trail(&[&calm[..], &[None, None], &ill[..]].concat(), Some((0.01, 0.05)))
    }

    #[test]
    fn an_incident_is_seen_in_one_line() {
        assert_eq!(line(&incident(), Glyphs::Unicode), "▁▁▁▁▁▁▁  ▂▃▅▇███");
        assert_eq!(line(&incident(), Glyphs::Ascii), "_______  .-=*###");
        assert_eq!(caption(&incident(), "ratio"), "0.42 ratio; usual 0.01 to 0.05; 16 looks, one every 10 s");
    }

    #[test]
    fn a_chart_shows_values_band_and_limit() {
        let unicode = [
            " 0.42 ┤             ●●●",
            "      ┤            ●",
            "      ┤           ●",
            "0.215 ┤",
            "      ┤╌╌╌╌╌╌╌╌╌╌●╌╌╌╌╌  limit",
            "      ┤░░░░░░░░░●░░░░░░",
            " 0.01 ┤•••••••░░░░░░░░░",
        ];
        let ascii = [
            " 0.42 |             @@@",
            "      |            @",
            "      |           @",
            "0.215 |",
            "      |----------@-----  limit",
            "      |:::::::::@::::::",
            " 0.01 |ooooooo:::::::::",
        ];
        for (glyphs, lines) in [(Glyphs::Unicode, unicode), (Glyphs::Ascii, ascii)] {
            let drawn = chart(&incident(), Some(0.15), glyphs);
            assert_eq!(drawn.lines().collect::<Vec<_>>(), lines);
        }
    }

    #[test]
    fn a_flat_line_lies_in_the_middle_and_a_far_limit_is_left_out() {
        let flat = trail(&[Some(3.0); 5], None);
        assert_eq!(line(&flat, Glyphs::Unicode), "▅▅▅▅▅");
        let drawn = chart(&flat, Some(1e12), Glyphs::Unicode);
        assert_eq!(drawn, "3.5 ┤\n    ┤\n    ┤\n  3 ┤•••••\n    ┤\n    ┤\n2.5 ┤\n");
        assert_eq!(caption(&flat, ""), "3; what is usual is not known yet; 5 looks, one every 10 s");
    }

    #[test]
    fn where_nothing_is_fresh_nothing_is_drawn() {
        let blind = trail(&[None, None], Some((0.0, 1.0)));
        for text in [line(&blind, Glyphs::Unicode), chart(&blind, Some(1.0), Glyphs::Ascii)] {
            assert_eq!(text, "");
        }
        assert_eq!(caption(&blind, "s"), "no fresh reading");
    }

    proptest! {
        #[test]
        fn any_trail_is_drawn_within_its_width(
            readings in prop::collection::vec((prop::option::of(any::<f64>()), prop::option::of(any::<(f64, f64)>())), 0..70),
            limit in prop::option::of(any::<f64>()),
        ) {
            let readings: Vec<Mark> =
                readings.into_iter().map(|(value, band)| Mark { value, band }).collect();
            let width = readings.len();
            let trail = Trail { start: None, step_seconds: 1, readings };
            for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
                let line = line(&trail, glyphs);
                prop_assert!(line.is_empty() || line.chars().count() == width);
                let drawn = chart(&trail, limit, glyphs);
                prop_assert!(drawn.is_empty() || drawn.lines().count() == HEIGHT);
                prop_assert!(drawn.lines().all(|line| line.chars().count() <= width + 40), "{}", drawn);
                prop_assert!(glyphs == Glyphs::Unicode || (line.is_ascii() && drawn.is_ascii()));
            }
            let _ = caption(&trail, "");
        }
    }
}
