//! One line: a question, the labels of a row, and its values along the grid.
//!
//! Numbers are written as the shortest text that reads back to the same bits, and read without
//! rounding; `null` is absent, and what JSON cannot write stands in quotes.

use crate::domain::model::series::Labels;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What stands before the values.
#[derive(Serialize)]
struct Row<'a> {
    query: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<&'a Labels>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<&'a RawValue>,
}

/// A line as read. Without labels it only says that the question was asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line<'a> {
    #[serde(borrow)]
    pub query: Cow<'a, str>,
    pub labels: Option<Labels>,
    #[serde(borrow, default)]
    values: Vec<&'a RawValue>,
}

impl Line<'_> {
    /// The values along the grid, absent ones as None.
    ///
    /// # Errors
    /// The position (from 1) of one that is no number.
    pub fn cells(&self) -> Result<Vec<Option<f64>>, usize> {
        let cell = |(index, raw): (usize, &&RawValue)| read(raw.get()).ok_or(index + 1);
        self.values.iter().enumerate().map(cell).collect()
    }
}

/// A line saying that `query` was asked.
pub fn asked(query: &str) -> serde_json::Result<String> {
    serde_json::to_string(&Row { query, labels: None, values: None })
}

/// A line with one row of the answer to `query`.
pub fn row(query: &str, labels: &Labels, cells: &[Option<f64>]) -> serde_json::Result<String> {
    let values: Vec<String> = cells.iter().map(|cell| write(*cell)).collect();
    let values = RawValue::from_string(format!("[{}]", values.join(",")))?;
    serde_json::to_string(&Row { query, labels: Some(labels), values: Some(&values) })
}

fn write(cell: Option<f64>) -> String {
    match cell {
        None => "null".to_string(),
        Some(value) if value.is_nan() => "\"NaN\"".to_string(),
        Some(f64::INFINITY) => "\"+Inf\"".to_string(),
        Some(f64::NEG_INFINITY) => "\"-Inf\"".to_string(),
        Some(value) if value == 0.0 || (1e-5..1e17).contains(&value.abs()) => format!("{value}"),
        Some(value) => format!("{value:e}"),
    }
}

fn read(text: &str) -> Option<Option<f64>> {
    match text {
        "null" => Some(None),
        "\"NaN\"" => Some(Some(f64::NAN)),
        "\"+Inf\"" => Some(Some(f64::INFINITY)),
        "\"-Inf\"" => Some(Some(f64::NEG_INFINITY)),
        number => number.parse().ok().filter(|value: &f64| value.is_finite()).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_reads_back_to_the_same_bits(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            let again = read(&write(Some(value))).flatten().unwrap();
            prop_assert!(again.to_bits() == bits || (again.is_nan() && value.is_nan()));
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(1.0, "1"), (-0.0, "-0"), (0.1, "0.1"), (1e300, "1e300"), (2.5e-9, "2.5e-9")] {
            assert_eq!(write(Some(value)), text);
        }
    }

    #[test]
    fn what_is_no_number_is_told_by_its_position() {
        for (values, position) in [("[1,true]", 2), ("[\"1\"]", 1), ("[1,2,{}]", 3), ("[1e999]", 1)] {
            let text = format!(r#"{{"query":"q","labels":{{}},"values":{values}}}"#);
            let line: Line = serde_json::from_str(&text).unwrap();
            assert_eq!(line.cells(), Err(position));
        }
    }
}
