//! A reading against its band and its limit, in one line.

use super::chart::{Span, short};
use crate::app::plugin::told::ToldSignal;

/// Characters of the bar itself.
const CELLS: usize = 40;

/// `0 ░░▒▒▒▒▒▒░░░░┃░░● 0.21`: the usual band, the limit, the value; None where there is no value.
pub fn bar(signal: &ToldSignal) -> Option<String> {
    let value = signal.value.filter(|value| value.is_finite())?;
    let (lower, upper) = (signal.lower?, signal.upper?);
    let mut span = Span::of([value, lower, upper, 0.0].into_iter().chain(signal.limit))?;
    span.widen(0.05);
    let cell = |at: f64| span.cell(at, CELLS);
    let mut cells = vec!['·'; CELLS];
    cells[cell(lower)..=cell(upper)].fill('▒');
    if let Some(limit) = signal.limit {
        cells[cell(limit)] = '┃';
    }
    cells[cell(value)] = '●';
    let cells: String = cells.into_iter().collect();
    Some(format!("{} {cells} {}", short(span.low), short(span.high)))
}

/// What the signs of a bar mean.
pub const LEGEND: &str = "▒ usual   ┃ limit   ● now";

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(value: f64, band: (f64, f64), limit: Option<f64>) -> ToldSignal {
        ToldSignal {
            name: "s".into(),
            sentence: String::new(),
            value: Some(value),
            lower: Some(band.0),
            upper: Some(band.1),
            limit,
            penalty: None,
            bad: false,
        }
    }

    #[test]
    fn value_band_and_limit_stand_in_their_order() {
        let drawn = bar(&signal(0.21, (0.0, 0.05), Some(0.15))).unwrap();
        let place = |sign: char| drawn.chars().position(|c| c == sign).unwrap();
        assert!(place('▒') < place('┃') && place('┃') < place('●'), "{drawn}");
        assert_eq!(drawn.chars().filter(|c| "·▒┃●".contains(*c)).count(), CELLS, "{drawn}");
    }

    #[test]
    fn nothing_is_drawn_of_what_is_not_known() {
        let blind = ToldSignal { value: None, ..signal(0.0, (0.0, 1.0), None) };
        assert_eq!(bar(&blind), None);
        assert_eq!(bar(&signal(f64::NAN, (0.0, 1.0), None)), None);
        assert!(bar(&signal(5.0, (5.0, 5.0), Some(5.0))).is_some(), "a flat series has a bar, too");
        assert!(bar(&signal(1e300, (-1e300, 1e300), None)).is_some());
    }
}
