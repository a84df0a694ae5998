//! What goes in and comes out, row by row.

use super::plot;
use super::row::Judged;
use super::run;
use crate::domain::model::baseline::{BaselineSpec, Worse};
use std::time::Duration;

fn judged(text: &str, interval: Option<Duration>) -> (String, String, Vec<Judged>, usize) {
    let spec = BaselineSpec {
        warmup: Duration::from_secs(3600),
        ..BaselineSpec::defaults(Worse::Either, Duration::from_secs(30))
    };
    let (mut out, mut trouble, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    let outcome =
        run(spec, interval, (text.as_bytes(), &mut out, &mut trouble), |row| rows.push(row)).unwrap();
    (String::from_utf8(out).unwrap(), String::from_utf8(trouble).unwrap(), rows, outcome.bad)
}

fn series(count: i64) -> String {
    let rows = (0..count).map(|n| format!("{},{}\n", 1_700_000_000 + n * 60, 10.0 + (n % 7) as f64 * 0.2));
    format!("timestamp,value\n{}", rows.collect::<String>())
}

#[test]
fn one_row_comes_out_for_each_that_goes_in_as_it_was_written() {
    let (out, trouble, _, _) = judged("timestamp,value\n1700000000,1.50\n2023-11-14T22:14:20Z,2\n", None);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "timestamp,value,expected,lower,upper,severity,anomalous");
    assert!(lines[1].starts_with("1700000000,1.50,1.5,"), "{}", lines[1]);
    assert!(lines[2].starts_with("2023-11-14T22:14:20Z,2,"), "{}", lines[2]);
    assert_eq!((lines.len(), trouble.as_str()), (3, ""));
}

#[test]
fn bad_rows_are_told_by_line_and_fix_and_stop_nobody() {
    let text = "value,timestamp\n1,1700000000\n2,yesterday\nNaN,1700000120\n3\n4,1700000240\n";
    let (out, trouble, _, bad) = judged(text, None);
    assert_eq!((out.lines().count(), bad), (3, 3));
    for told in [
        "line 3: timestamp `yesterday`",
        "line 4: value `NaN`",
        "line 5: `3` has no timestamp",
        "write epoch seconds",
    ] {
        assert!(trouble.contains(told), "{told} is not in {trouble}");
    }
    let spec = BaselineSpec::defaults(Worse::Either, Duration::from_secs(30));
    let (mut out, mut trouble) = (Vec::new(), Vec::new());
    let refused = run(spec, None, ("time,x\n".as_bytes(), &mut out, &mut trouble), |_| ());
    assert!(refused.unwrap_err().to_string().contains("write `timestamp,value`"));
}

#[test]
fn no_row_is_judged_by_a_later_one_also_while_the_spacing_is_guessed() {
    let whole = series(3000);
    let (all, ..) = judged(&whole, None);
    for count in [2, 3, 10, 31, 32, 33, 200] {
        let part: String = whole.split_inclusive('\n').take(count).collect();
        let (out, ..) = judged(&part, None);
        assert!(all.starts_with(&out), "{count} rows");
    }
    let (given, ..) = judged(&whole, Some(Duration::from_secs(60)));
    let tail = |text: &str| text.lines().rev().take(2900).map(str::to_string).collect::<Vec<_>>();
    assert_eq!(tail(&given), tail(&all), "the guess is right, and taught as if it had been given");
}

#[test]
fn the_picture_shows_values_band_and_alarms() {
    let spike = format!("{}{},500\n", series(30_000), 1_700_000_000i64 + 30_000 * 60);
    let (_, _, rows, _) = judged(&spike, None);
    assert!(rows.last().is_some_and(|row| row.alarm));
    let svg = plot::svg(&rows);
    for part in [
        "class=\"value\"",
        "class=\"band\"",
        "class=\"expected\"",
        "<rect class=\"alarm\"",
        "30001 rows, 1 alarm",
    ] {
        assert!(svg.contains(part), "{part}");
    }
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    assert!(plot::svg(&[]).contains("no rows"));
}
