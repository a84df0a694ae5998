//! The picture: values, band and alarms of a series, as SVG that any browser shows.
//!
//! Owns what is drawn and how it looks; scales are a child's. Long series are drawn by columns,
//! each with its least and largest value, so that no spike is lost.

pub mod scale;

use crate::app::baseline::row::Judged;
use scale::{Scale, Times};
use std::fmt::Write;

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 40.0;
/// Most columns that values are drawn by.
const COLUMNS: usize = 1200;

/// Rows that are drawn as one.
struct Column {
    x: f64,
    low: f64,
    high: f64,
    expected: f64,
    lower: f64,
    upper: f64,
    alarm: bool,
}

/// Draws `rows`, oldest first.
pub fn svg(rows: &[Judged]) -> String {
    let times = Times::over(rows.iter().map(|row| row.at), LEFT, WIDTH - RIGHT);
    let scale = Scale::over(rows, TOP, HEIGHT - BOTTOM);
    let columns: Vec<Column> =
        rows.chunks(rows.len().div_ceil(COLUMNS).max(1)).map(|rows| column(rows, &times)).collect();
    let mut out = head(rows);
    axes(&mut out, &times, &scale);
    band(&mut out, &columns, &scale);
    alarms(&mut out, &columns);
    line(&mut out, "expected", columns.iter().map(|c| (c.x, scale.y(c.expected))));
    line(&mut out, "value", columns.iter().flat_map(|c| [(c.x, scale.y(c.low)), (c.x, scale.y(c.high))]));
    out.push_str("</g></svg>\n");
    out
}

fn column(rows: &[Judged], times: &Times) -> Column {
    let fold =
        |of: fn(&Judged) -> f64, by: fn(f64, f64) -> f64| rows.iter().map(of).reduce(by).unwrap_or(0.0);
    let count = rows.len().max(1) as f64;
    Column {
        x: rows.first().map_or(0.0, |row| times.x(row.at)),
        low: fold(|row| row.value, f64::min),
        high: fold(|row| row.value, f64::max),
        expected: rows.iter().map(|row| row.expected / count).sum(),
        lower: rows.iter().map(|row| row.lower / count).sum(),
        upper: rows.iter().map(|row| row.upper / count).sum(),
        alarm: rows.iter().any(|row| row.alarm),
    }
}

fn head(rows: &[Judged]) -> String {
    let alarms = rows.iter().zip(std::iter::once(false).chain(rows.iter().map(|row| row.alarm)));
    let alarms = alarms.filter(|(row, before)| row.alarm && !before).count();
    let span = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) => {
            format!("{} to {}", first.at.format("%F %H:%M"), last.at.format("%F %H:%M UTC"))
        }
        _ => "no rows".to_string(),
    };
    let plural = if alarms == 1 { "" } else { "s" };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <style>.value{{fill:none;stroke:#1f2937;stroke-width:1}}.expected{{fill:none;stroke:#2563eb;stroke-width:1}}\
         .band{{fill:#bfdbfe}}.alarm{{fill:#ef4444;fill-opacity:.45}}.grid{{stroke:#e5e7eb}}text{{fill:#374151}}</style>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"20\">{span}: {} rows, {alarms} alarm{plural}</text>\n{}<g clip-path=\"inset(0)\">\n",
        rows.len(),
        legend()
    )
}

fn legend() -> String {
    let mut out = String::new();
    let words =
        [("value", "#1f2937"), ("expected", "#2563eb"), ("usual band", "#bfdbfe"), ("alarm", "#f49b9b")];
    for (index, (word, colour)) in words.into_iter().enumerate() {
        let x = LEFT + index as f64 * 110.0;
        let swatch = format!("<rect x=\"{x}\" y=\"29\" width=\"12\" height=\"10\" fill=\"{colour}\"/>");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{swatch}<text x=\"{}\" y=\"38\">{word}</text>", x + 18.0);
    }
    out
}

fn axes(out: &mut String, times: &Times, scale: &Scale) {
    for value in scale.ticks() {
        let y = scale.y(value);
        let line = format!(
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
            WIDTH - RIGHT
        );
        let (x, y) = (LEFT - 8.0, y + 4.0);
        let _ = writeln!(
            out,
            "{line}<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{}</text>",
            scale::short(value)
        );
    }
    for (at, text) in times.ticks() {
        let (x, y) = (times.x(at), HEIGHT - BOTTOM);
        let line = format!("<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{y}\"/>");
        let _ =
            writeln!(out, "{line}<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", y + 18.0);
    }
}

fn band(out: &mut String, columns: &[Column], scale: &Scale) {
    let above = columns.iter().map(|c| (c.x, scale.y(c.upper)));
    let below = columns.iter().rev().map(|c| (c.x, scale.y(c.lower)));
    let _ = writeln!(out, "<polygon class=\"band\" points=\"{}\"/>", points(above.chain(below)));
}

fn alarms(out: &mut String, columns: &[Column]) {
    let last = WIDTH - RIGHT;
    for (index, column) in columns.iter().enumerate().filter(|(_, column)| column.alarm) {
        let next = columns.get(index + 1).map_or(last, |next| next.x);
        let (x, width, height) = (column.x, (next - column.x).max(1.5), HEIGHT - TOP - BOTTOM);
        let place = format!("x=\"{x:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height}\"");
        let _ = writeln!(out, "<rect class=\"alarm\" {place}/>");
    }
}

fn line(out: &mut String, class: &str, way: impl Iterator<Item = (f64, f64)>) {
    let _ = writeln!(out, "<polyline class=\"{class}\" points=\"{}\"/>", points(way));
}

fn points(way: impl Iterator<Item = (f64, f64)>) -> String {
    way.map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}
