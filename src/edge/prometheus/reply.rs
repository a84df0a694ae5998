//! Reading a reply into rows, without building anything that is not kept.
//!
//! Owns the wire format. The result is decoded straight into labels and numbers, and rows beyond
//! the limit are skipped, not stored. An error names a place, never what stood there.

use super::error::Error;
use crate::domain::model::series::{Exemplar, Exemplars, Labels, Matrix, Sample, Series, Vector};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Servers before 2.54 put info-level annotations among the warnings, marked so.
const INFO: &str = "PromQL info:";

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    data: Data<'a>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    /// VictoriaMetrics: some storage nodes did not answer.
    #[serde(default, rename = "isPartial")]
    partial: bool,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "resultType", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    result: &'a RawValue,
}

/// (epoch seconds, value).
#[derive(Deserialize)]
struct Point(f64, Value);

/// A number, which the API writes as a string.
struct Value(f64);

#[derive(Deserialize)]
struct VectorRow {
    metric: Labels,
    /// Missing where the row is a histogram, which is no number.
    value: Option<Point>,
}

#[derive(Deserialize)]
struct MatrixRow {
    metric: Labels,
    #[serde(default)]
    values: Vec<Point>,
    #[serde(default)]
    histograms: Vec<(f64, IgnoredAny)>,
}

#[derive(Deserialize)]
struct ExemplarsEnvelope<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExemplarsRow {
    series_labels: Labels,
    #[serde(default)]
    exemplars: Vec<ExemplarRow>,
}

#[derive(Deserialize)]
struct ExemplarRow {
    labels: Labels,
    value: Value,
    /// Epoch seconds.
    timestamp: f64,
}

/// The answer to an instant query: a vector, or a scalar as one row without labels.
///
/// # Errors
/// [`Error::Malformed`].
pub fn vector(body: &[u8], max_series: usize) -> Result<Vector, Error> {
    let envelope = Envelope::read(body)?;
    let (rows, truncated) = match &*envelope.data.kind {
        "vector" => rows::<VectorRow>(envelope.data.result, max_series)?,
        "scalar" => {
            let point: Point = decode(envelope.data.result.get(), "a scalar")?;
            (vec![VectorRow { metric: Labels::new(), value: Some(point) }], false)
        }
        _ => return Err(malformed("a vector or a scalar", None)),
    };
    let sample = |row: VectorRow| {
        let value = row.value.map_or(f64::NAN, |Point(_, Value(value))| value);
        Sample { labels: row.metric, value }
    };
    let samples = rows.into_iter().map(sample).collect();
    Ok(Vector { samples, partial: envelope.is_partial(), truncated })
}

/// The answer to a range query.
///
/// # Errors
/// [`Error::Malformed`].
pub fn matrix(body: &[u8], max_series: usize) -> Result<Matrix, Error> {
    let envelope = Envelope::read(body)?;
    if envelope.data.kind != "matrix" {
        return Err(malformed("a matrix", None));
    }
    let (rows, truncated) = rows::<MatrixRow>(envelope.data.result, max_series)?;
    let series = rows.into_iter().map(MatrixRow::into_series).collect();
    Ok(Matrix { series, partial: envelope.is_partial(), truncated })
}

/// The answer to a question for exemplars; series beyond `max_series` are left out.
///
/// # Errors
/// [`Error::Malformed`].
pub fn exemplars(body: &[u8], max_series: usize) -> Result<Vec<Exemplars>, Error> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("UTF-8", None))?;
    let envelope: ExemplarsEnvelope = decode(text, "a reply of the HTTP API")?;
    // Servers that keep none answer with null.
    let Some(data) = envelope.data else { return Ok(Vec::new()) };
    let (rows, _) = rows::<ExemplarsRow>(data, max_series)?;
    let exemplar = |row: ExemplarRow| Exemplar {
        at: (row.timestamp * 1000.0).round() as i64,
        value: row.value.0,
        labels: row.labels,
    };
    let series = |row: ExemplarsRow| Exemplars {
        labels: row.series_labels,
        exemplars: row.exemplars.into_iter().map(exemplar).collect(),
    };
    Ok(rows.into_iter().map(series).collect())
}

/// The word of a refusal's `errorType`, if it is one.
pub fn error_word(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "errorType")]
        word: String,
    }
    let Refusal { word } = serde_json::from_slice(body).ok()?;
    let is_word = (1..=32).contains(&word.len()) && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_word.then_some(word)
}

impl<'a> Envelope<'a> {
    fn read(body: &'a [u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).map_err(|_| malformed("UTF-8", None))?;
        decode(text, "a reply of the HTTP API")
    }

    fn is_partial(&self) -> bool {
        let warnings = self.warnings.as_deref().unwrap_or_default();
        self.partial || warnings.iter().any(|warning| !warning.starts_with(INFO))
    }
}

impl MatrixRow {
    fn into_series(self) -> Series {
        let millis = |seconds: f64| (seconds * 1000.0).round() as i64;
        let mut points: Vec<(i64, f64)> =
            self.values.into_iter().map(|Point(at, Value(value))| (millis(at), value)).collect();
        if !self.histograms.is_empty() {
            points.extend(self.histograms.into_iter().map(|(at, _)| (millis(at), f64::NAN)));
            points.sort_by_key(|(at, _)| *at);
        }
        Series { labels: self.metric, points }
    }
}

fn rows<'a, T: Deserialize<'a>>(result: &'a RawValue, max: usize) -> Result<(Vec<T>, bool), Error> {
    let mut decoder = serde_json::Deserializer::from_str(result.get());
    let limited = Limited { max, rows: PhantomData };
    limited.deserialize(&mut decoder).map_err(|error| malformed("rows of labels and values", Some(&error)))
}

fn decode<'a, T: Deserialize<'a>>(text: &'a str, expected: &'static str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| malformed(expected, Some(&error)))
}

fn malformed(expected: &'static str, error: Option<&serde_json::Error>) -> Error {
    let (line, column) = error.map_or((0, 0), |error| (error.line(), error.column()));
    Error::Malformed { expected, line, column }
}

/// A sequence of which at most `max` elements are kept, and whether there were more.
struct Limited<T> {
    max: usize,
    rows: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Limited<T> {
    type Value = (Vec<T>, bool);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Limited<T> {
    type Value = (Vec<T>, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while rows.len() < self.max {
            match seq.next_element()? {
                Some(row) => rows.push(row),
                None => return Ok((rows, false)),
            }
        }
        let mut more = false;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            more = true;
        }
        Ok((rows, more))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number in quotes")
            }

            /// Rust reads `NaN`, `+Inf` and `-Inf` as Go writes them.
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
                text.parse().map(Value).map_err(|_| E::custom("not a number"))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply(kind: &str, result: &str, more: &str) -> String {
        format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":{result}}}{more}}}"#)
    }

    const ROW: &str = r#"{"metric":{"service":"a\nb"},"value":[1700000000.5,"1.5e-3"]}"#;

    #[test]
    fn rows_are_read_with_every_number_go_writes() {
        for (text, value) in [
            ("0", 0.0),
            ("-1.5e-07", -1.5e-7),
            ("+Inf", f64::INFINITY),
            ("-Inf", f64::NEG_INFINITY),
            ("1e+21", 1e21),
        ] {
            let body = reply("vector", &format!(r#"[{{"metric":{{}},"value":[1,"{text}"]}}]"#), "");
            assert_eq!(vector(body.as_bytes(), 10).unwrap().samples[0].value, value);
        }
        let body = reply("vector", r#"[{"metric":{"a":"b"},"value":[1,"NaN"]}]"#, "");
        assert!(vector(body.as_bytes(), 10).unwrap().samples[0].value.is_nan());
        let read = vector(reply("vector", &format!("[{ROW}]"), "").as_bytes(), 10).unwrap();
        assert_eq!(read.samples[0].labels["service"], "a\nb");
    }

    #[test]
    fn a_scalar_is_a_row_without_labels_and_a_histogram_is_not_a_number() {
        let read = vector(reply("scalar", r#"[1700000000,"7"]"#, "").as_bytes(), 10).unwrap();
        assert_eq!(read.samples, [Sample { labels: Labels::new(), value: 7.0 }]);
        let row = r#"[{"metric":{},"histogram":[1,{"count":"3","sum":"1","buckets":[[0,"1","2","3"]]}]}]"#;
        assert!(vector(reply("vector", row, "").as_bytes(), 10).unwrap().samples[0].value.is_nan());
        let row = r#"[{"metric":{},"values":[[1,"1"],[3,"3"]],"histograms":[[2,{"count":"3"}]]}]"#;
        let points = matrix(reply("matrix", row, "").as_bytes(), 10).unwrap().series.remove(0).points;
        assert_eq!(points.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1000, 2000, 3000]);
        assert!(points[1].1.is_nan());
    }

    #[test]
    fn exemplars_are_read_by_series() {
        let row = r#"{"seriesLabels":{"service":"a"},"exemplars":[
            {"labels":{"trace_id":"4bf9"},"value":"0.25","timestamp":1700000000.5}]}"#;
        let body = format!(r#"{{"status":"success","data":[{row},{row}]}}"#);
        let read = exemplars(body.as_bytes(), 1).unwrap();
        assert_eq!(read.len(), 1, "beyond the limit they are left out");
        assert_eq!(read[0].labels["service"], "a");
        let [first] = read[0].exemplars.as_slice() else { panic!("{read:?}") };
        assert_eq!((first.at, first.value), (1_700_000_000_500, 0.25));
        assert_eq!(first.labels["trace_id"], "4bf9");
        for none in [r#"{"status":"success","data":[]}"#, r#"{"status":"success","data":null}"#] {
            assert_eq!(exemplars(none.as_bytes(), 9).unwrap(), []);
        }
        for body in ["", "hunter2", r#"{"data":[{"exemplars":[]}]}"#, r#"{"data":"hunter2"}"#] {
            let error = exemplars(body.as_bytes(), 9).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn warnings_make_a_reply_partial_and_infos_do_not() {
        for (more, partial) in [
            ("", false),
            (r#","warnings":null"#, false),
            (r#","warnings":[]"#, false),
            (r#","warnings":["fetching from store failed"]"#, true),
            (r#","warnings":["PromQL warning: bucket label \"le\" is missing"]"#, true),
            (r#","warnings":["PromQL info: metric might not be a counter: \"x\""]"#, false),
            (r#","warnings":["PromQL info: a","PromQL warning: b"]"#, true),
            (r#","infos":["PromQL info: metric might not be a counter"]"#, false),
            (r#","isPartial":true"#, true),
            (r#","isPartial":false,"stats":{"seriesFetched":"1"}"#, false),
        ] {
            let read = vector(reply("vector", "[]", more).as_bytes(), 10).unwrap();
            assert_eq!(read.partial, partial, "{more}");
            assert_eq!(matrix(reply("matrix", "[]", more).as_bytes(), 10).unwrap().partial, partial);
        }
    }

    #[test]
    fn rows_over_the_limit_are_cut_and_said() {
        for (count, max, kept, truncated) in
            [(3, 3, 3, false), (4, 3, 3, true), (0, 0, 0, false), (1, 0, 0, true)]
        {
            let rows = vec![ROW; count].join(",");
            let read = vector(reply("vector", &format!("[{rows}]"), "").as_bytes(), max).unwrap();
            assert_eq!((read.samples.len(), read.truncated), (kept, truncated));
        }
    }

    #[test]
    fn what_is_not_a_reply_is_refused_without_repeating_it() {
        let cases = [
            "".to_string(),
            "hunter2".to_string(),
            r#"{"status":"success"}"#.to_string(),
            reply("vector", r#"[{"metric":{"a":"b"},"value":[1,"hunter2"]}]"#, ""),
            reply("vector", r#"[{"metric":{"a":1},"value":[1,"2"]}]"#, ""),
            reply("vector", r#"[{"value":[1,"2"]}]"#, ""),
            reply("matrix", "[]", ""),
            reply("hunter2", "[]", ""),
            reply("vector", "hunter2", ""),
        ];
        for body in cases {
            let error = vector(body.as_bytes(), 10).unwrap_err();
            assert!(matches!(error, Error::Malformed { .. }), "{body}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        assert!(vector(b"\xff\xfe", 10).is_err());
    }

    proptest! {
        #[test]
        fn no_damaged_reply_makes_it_panic(at in any::<prop::sample::Index>(), with in any::<Vec<u8>>(), cut in 0..9usize) {
            let mut body = reply("vector", &format!("[{ROW},{ROW}]"), r#","warnings":["w"]"#).into_bytes();
            let at = at.index(body.len());
            let end = (at + cut).min(body.len());
            body.splice(at..end, with);
            let _ = (vector(&body, 10), matrix(&body, 10), exemplars(&body, 10), error_word(&body));
        }
    }
}
