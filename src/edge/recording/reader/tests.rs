//! A recording read back: the same answers, or a sentence naming line and fix.

use super::*;
use crate::domain::model::series::Labels;
use crate::edge::recording::header::FORMAT;
use crate::edge::recording::writer::Writer;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use std::io::Write;
use std::time::Duration;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn header(count: u64) -> Header {
    Header {
        format: FORMAT.to_string(),
        start: at(600),
        step_ms: 60_000,
        count,
        stretch: 60,
        origin: "a test".to_string(),
        made_by: "flyball".to_string(),
    }
}

fn labels(service: &str) -> Labels {
    Labels::from([("service".to_string(), service.to_string())])
}

type Row = (String, Vec<Option<f64>>);

fn written(count: u64, rows: &[Row]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &header(count)).unwrap();
    writer.asked("up").unwrap();
    writer.asked("nothing").unwrap();
    for (service, cells) in rows {
        writer.row("up", &labels(service), cells).unwrap();
    }
    writer.finish().unwrap()
}

fn three() -> Recording {
    let row = |service: &str, cells| (service.to_string(), cells);
    let rows = [
        row("a", vec![Some(1.0), None, Some(3.0)]),
        row("b", vec![None, Some(f64::NAN), Some(f64::INFINITY)]),
    ];
    read(written(3, &rows).as_slice()).unwrap()
}

#[test]
fn an_instant_answers_with_the_newest_row_at_or_before_it() {
    let recording = three();
    let services = |seconds| {
        let vector = recording.instant("up", at(seconds)).unwrap();
        vector.samples.iter().map(|s| format!("{}={}", s.labels["service"], s.value)).collect::<Vec<_>>()
    };
    for (seconds, expected) in [
        (599, vec![]),
        (600, vec!["a=1"]),
        (659, vec!["a=1"]),
        (660, vec!["b=NaN"]),
        (720, vec!["a=3", "b=inf"]),
        (779, vec!["a=3", "b=inf"]),
        (780, vec![]),
        (10_000, vec![]),
        (-5, vec![]),
    ] {
        assert_eq!(services(seconds), expected, "at {seconds}");
    }
}

#[test]
fn a_range_gives_what_each_instant_gives() {
    let recording = three();
    for (start, end, step) in [(0, 2000, 30), (600, 720, 60), (610, 1000, 7), (700, 650, 60), (660, 660, 1)] {
        let matrix = recording.range("up", at(start), at(end), Duration::from_secs(step)).unwrap();
        let mut from_range: Vec<(i64, Labels, u64)> = Vec::new();
        for series in &matrix.series {
            let point = |(millis, value): &(i64, f64)| (*millis, series.labels.clone(), value.to_bits());
            from_range.extend(series.points.iter().map(point));
        }
        let mut from_instants = Vec::new();
        for seconds in (start..=end).step_by(step as usize) {
            let vector = recording.instant("up", at(seconds)).unwrap();
            let point =
                |s: crate::domain::model::series::Sample| (seconds * 1000, s.labels, s.value.to_bits());
            from_instants.extend(vector.samples.into_iter().map(point));
        }
        from_range.sort();
        from_instants.sort();
        assert_eq!(from_range, from_instants);
    }
}

#[test]
fn a_question_without_rows_is_an_answer_and_an_unknown_one_is_an_error() {
    let recording = three();
    assert_eq!(recording.instant("nothing", at(600)).unwrap().samples, []);
    let error = recording.instant("down", at(600)).unwrap_err().to_string();
    assert!(error.contains("`down`") && error.contains("`nothing`, `up`"), "{error}");
    assert!(error.contains("record again"), "{error}");
    assert_eq!(recording.range("down", at(0), at(9), Duration::ZERO).unwrap_err().query, "down");
}

#[test]
fn a_damaged_file_is_named_by_line_and_fix() {
    let good = serde_json::to_string(&header(2)).unwrap();
    let line = |text: &str| format!("{good}\n{text}\n");
    for (text, said) in [
        (String::new(), "line 1: the file is empty"),
        ("hello".to_string(), "line 1: it cannot be read"),
        (good.replace("recording/1", "recording/9"), "line 1: the format is \"flyball-recording/9\""),
        (good.replace("\"count\":2", "\"count\":0"), "line 1: stepMs"),
        (good.replace("\"count\":2", "\"count\":99999999999"), "line 1: stepMs"),
        (good.replace("60000", "18446744073709551615"), "line 1: the grid ends"),
        (line("{}"), "line 2: it cannot be read (missing field `query`"),
        (line("\n\nnull"), "line 4: it cannot be read"),
        (
            line(r#"{"query":"up","labels":{},"values":[1]}"#),
            "line 2: it has 1 values where the header counts 2",
        ),
        (line(r#"{"query":"up","labels":{},"values":[1,"x"]}"#), "line 2: value 2 is no number"),
        (line(r#"{"query":"up","values":[1,2]}"#), "line 2: it has values and no labels"),
        (line(r#"{"query":"up","labels":{},"valeus":[1,2]}"#), "line 2: it cannot be read"),
        (line(&[r#"{"query":"up","labels":{},"values":[1,2]}"#; 2].join("\n")), "line 3: the same row"),
    ] {
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(said), "{text}: {error}");
        assert!(error.contains(';'), "there is a fix: {error}");
    }
    let whole = written(2, &[("a".to_string(), vec![Some(1.0), None])]);
    let error = read(&whole[..whole.len() - 9]).unwrap_err();
    assert!(error.to_string().contains("cut short"), "{error}");
    let error = open(Path::new("/nonexistent/x.jsonl.gz")).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/x.jsonl.gz"), "{error}");
}

#[test]
fn a_small_file_that_unpacks_to_a_huge_line_is_refused() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..=(LINE_MAX >> 20) {
        gzip.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let error = read(gzip.finish().unwrap().as_slice()).unwrap_err().to_string();
    assert!(error.contains("too large"), "{error}");
}

#[test]
fn a_row_that_does_not_fit_the_grid_is_not_written() {
    let mut writer = Writer::new(Vec::new(), &header(3)).unwrap();
    assert!(writer.row("up", &labels("a"), &[Some(1.0)]).is_err());
    assert!(Writer::new(Vec::new(), &header(0)).is_err());
}

fn cells() -> impl Strategy<Value = Vec<Option<f64>>> {
    prop::collection::vec(prop::option::of(any::<f64>()), 5)
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(rows in prop::collection::btree_map(".{0,12}", cells(), 0..4)) {
        let rows: Vec<Row> = rows.into_iter().collect();
        let recording = read(written(5, &rows).as_slice()).unwrap();
        prop_assert_eq!(recording.header(), &header(5));
        let matrix = recording.range("up", at(600), at(900), Duration::from_secs(60)).unwrap();
        for (service, cells) in rows {
            let found = matrix.series.iter().find(|series| series.labels == labels(&service));
            let points = found.map(|series| series.points.clone()).unwrap_or_default();
            let expected = cells.iter().enumerate().filter_map(|(i, cell)| Some((600_000 + 60_000 * i as i64, (*cell)?)));
            for (expected, found) in expected.zip(&points) {
                prop_assert_eq!(expected.0, found.0);
                prop_assert!(expected.1.to_bits() == found.1.to_bits() || expected.1.is_nan() && found.1.is_nan());
            }
            prop_assert_eq!(points.len(), cells.iter().flatten().count());
        }
    }

    #[test]
    fn no_damaged_file_makes_the_reader_panic(
        plain in any::<bool>(), at in any::<prop::sample::Index>(), with in any::<Vec<u8>>(), cut in 0..9usize,
    ) {
        let mut bytes = written(2, &[("a".to_string(), vec![Some(1.5), None]), ("b".to_string(), vec![None, Some(f64::NAN)])]);
        if plain {
            let mut unpacked = Vec::new();
            MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
            bytes = unpacked;
        }
        let at = at.index(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with);
        let _ = read(bytes.as_slice());
    }
}
