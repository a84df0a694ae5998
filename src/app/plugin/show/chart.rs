//! A signal over time against its band and limit, drawn with characters.

use chrono::{DateTime, Utc};

/// Rows of the drawing.
const ROWS: usize = 10;
/// What the characters mean, beside the title or below it.
const LEGEND: &str = "   █ value   ░ usual   ─ limit";
/// Characters that the scale on the left takes.
const SCALE: usize = 10;

/// What is drawn: values at equal distances; None is a gap.
#[derive(Debug, Clone)]
pub struct Plot<'a> {
    pub title: &'a str,
    pub values: &'a [Option<f64>],
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// The band at each value.
    pub bands: &'a [Option<(f64, f64)>],
    pub limit: Option<f64>,
}

/// From the least to the largest value that is shown.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub low: f64,
    pub high: f64,
}

impl Span {
    /// Over all finite values; None without any.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let span = finite.fold(None, |span: Option<Self>, value| {
            let span = span.unwrap_or(Self { low: value, high: value });
            Some(Self { low: span.low.min(value), high: span.high.max(value) })
        })?;
        Some(if span.high > span.low { span } else { Self { low: span.low - 1.0, high: span.high + 1.0 } })
    }

    /// A little room above.
    pub fn widen(&mut self, share: f64) {
        let high = self.high + (self.high / 2.0 - self.low / 2.0) * 2.0 * share;
        self.high = if high.is_finite() { high } else { self.high };
    }

    /// The cell of `count` that `value` falls into, the nearest one where it lies outside.
    pub fn cell(&self, value: f64, count: usize) -> usize {
        let share = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        ((share.clamp(0.0, 1.0) * (count - 1) as f64).round()) as usize
    }
}

/// Draws it, `width` characters wide.
pub fn chart(plot: &Plot, width: usize) -> String {
    let known = || plot.values.iter().flatten().copied();
    let band = plot.bands.iter().flatten().flat_map(|(lower, upper)| [*lower, *upper]);
    let Some(span) = known().next().and_then(|_| Span::of(known().chain(band).chain(plot.limit))) else {
        return format!("{}: the source has no value of it in this time\n", plot.title);
    };
    let columns = width.saturating_sub(SCALE + 2).clamp(20, 200).min(plot.values.len().max(1));
    let mut rows = vec![vec![' '; columns]; ROWS];
    let row = |value: f64| ROWS - 1 - span.cell(value, ROWS);
    for (column, part) in parts(plot.bands, columns).enumerate() {
        let edges = part.iter().flatten().copied().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        if let Some((lower, upper)) = edges.filter(|(lower, upper)| lower <= upper) {
            (row(upper)..=row(lower)).for_each(|at| rows[at][column] = '░');
        }
    }
    if let Some(limit) = plot.limit {
        rows[row(limit)].fill('─');
    }
    for (column, part) in parts(plot.values, columns).enumerate() {
        let (low, high) =
            part.iter().flatten().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(*value), high.max(*value))
            });
        if low <= high {
            (row(high)..=row(low)).for_each(|at| rows[at][column] = '█');
        }
    }
    let room = plot.title.chars().count() + LEGEND.chars().count() < width;
    drawn(plot, &span, &rows, if room { "" } else { "\n" })
}

/// The values in as many parts as there are columns.
fn parts<T>(values: &[T], columns: usize) -> impl Iterator<Item = &[T]> {
    let at = move |column: usize| column * values.len() / columns;
    (0..columns).map(move |column| &values[at(column)..at(column + 1)])
}

fn drawn(plot: &Plot, span: &Span, rows: &[Vec<char>], between: &str) -> String {
    let mut out = format!("{}{between}{LEGEND}\n", plot.title);
    for (index, row) in rows.iter().enumerate() {
        let share = (ROWS - 1 - index) as f64 / (ROWS - 1) as f64;
        let value = span.low * (1.0 - share) + span.high * share;
        let label = if index % 3 == 0 { short(value) } else { String::new() };
        let row: String = row.iter().collect();
        out.push_str(format!("{label:>SCALE$} ┤{row}").trim_end());
        out.push('\n');
    }
    let form = if plot.start.date_naive() == plot.end.date_naive() { "%H:%M" } else { "%m-%d %H:%M" };
    let (start, end) = (plot.start.format(form).to_string(), plot.end.format(form).to_string());
    let gap = rows[0].len().saturating_sub(start.chars().count() + end.chars().count() + 1).max(1);
    out.push_str(&format!("{:>SCALE$}  {start}{}{end}Z\n", "", " ".repeat(gap)));
    out
}

/// A value in few characters.
pub fn short(value: f64) -> String {
    let size = value.abs();
    match () {
        () if size == 0.0 => "0".to_string(),
        () if !(1e-3..1e6).contains(&size) => format!("{value:.1e}"),
        () => {
            let text = format!("{value:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(values: &[Option<f64>]) -> Plot<'_> {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        Plot {
            title: "s",
            values,
            start: at(0),
            end: at(3600),
            bands: &[Some((1.0, 2.0)); 200],
            limit: Some(5.0),
        }
    }

    #[test]
    fn a_spike_a_gap_a_band_and_a_limit_are_seen() {
        let mut values = vec![Some(1.5); 200];
        values[150] = Some(9.0);
        values[..20].fill(None);
        let drawn = chart(&plot(&values), 60);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), ROWS + 2, "{drawn}");
        assert!(lines[1].contains('█'), "the spike reaches the top: {drawn}");
        assert!(drawn.contains('░') && drawn.contains('─'), "{drawn}");
        assert!(
            lines[1..=ROWS].iter().all(|line| line.chars().nth(SCALE + 2) != Some('█')),
            "the gap: {drawn}"
        );
        assert!(
            lines.last().unwrap().contains("00:00") && lines.last().unwrap().ends_with("01:00Z"),
            "{drawn}"
        );
        assert!(lines.iter().all(|line| line.chars().count() <= 60), "{drawn}");
    }

    #[test]
    fn nothing_that_a_source_answers_stops_it() {
        assert!(chart(&plot(&[]), 60).contains("no value"));
        assert!(chart(&plot(&[None, None]), 60).contains("no value"));
        for odd in [f64::MAX, f64::MIN, 1e-300, 0.0, -5.0] {
            assert!(chart(&plot(&[Some(odd), Some(1.0)]), 0).contains('█'), "{odd}");
        }
    }
}
