//! A calm past for a shop, so that a baseline is mature before the first live scrape.
//!
//! Writes the shop's own series, second by second, as OpenMetrics text and has promtool make
//! blocks of it. The figures are those of the calm shop of the rig; the seed is fixed, so that
//! every run learns the same past.

use super::shop::Shop;
use super::tools::Tools;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// How long the past is.
pub const SECONDS: u64 = 2 * 3600;
/// Reservations a second.
const RATE: f64 = 20.0;
/// Upper bounds of the shop's lock_wait_seconds, and the share of calm waits up to each.
const WAITS: [(&str, f64); 17] = [
    ("0.001", 0.800),
    ("0.002", 0.812),
    ("0.004", 0.840),
    ("0.007", 0.882),
    ("0.01", 0.925),
    ("0.015", 0.966),
    ("0.025", 0.990),
    ("0.04", 0.998),
    ("0.065", 1.0),
    ("0.1", 1.0),
    ("0.2", 1.0),
    ("0.4", 1.0),
    ("0.7", 1.0),
    ("1.0", 1.0),
    ("1.5", 1.0),
    ("5.0", 1.0),
    ("+Inf", 1.0),
];

/// Puts the past of `shop` that ends at epoch second `end` into the folder `tsdb`.
pub fn write(tools: &Tools, folder: &Path, tsdb: &Path, shop: &Shop, end: u64) {
    let file = folder.join("history.txt");
    std::fs::write(&file, text(shop, end - SECONDS, end)).expect("a file can be written");
    let mut promtool = Command::new(&tools.promtool);
    promtool.args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"]).arg(&file).arg(tsdb);
    let made = promtool.output().expect("promtool can be started");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "promtool cannot read the history: {said}");
}

/// OpenMetrics: all samples of a series together, the series of a metric together.
fn text(shop: &Shop, start: u64, end: u64) -> String {
    let past = Past::lived(end - start);
    let (namespace, service, port) = (shop.namespace, shop.service, shop.port);
    let labels =
        format!("job=\"shop\",instance=\"127.0.0.1:{port}\",namespace=\"{namespace}\",service=\"{service}\"");
    let mut out = String::new();
    let mut series = |name: &str, more: &str, values: &mut dyn Iterator<Item = f64>| {
        for (second, value) in values.enumerate() {
            let at = start + second as u64;
            writeln!(out, "{name}{{{labels}{more}}} {value} {at}").expect("a string takes all");
        }
    };
    let seconds = past.requests.len();
    series("requests_total", "", &mut past.requests.iter().copied());
    series("rejected_total", "", &mut std::iter::repeat_n(0.0, seconds));
    for (bucket, (bound, _)) in WAITS.iter().enumerate() {
        let bound = format!(",le=\"{}\"", bound.trim_end_matches(".0"));
        series("lock_wait_seconds_bucket", &bound, &mut past.waits.iter().map(|row| row[bucket]));
    }
    series("lock_wait_seconds_count", "", &mut past.waits.iter().map(|row| row[WAITS.len() - 1]));
    out + "# EOF\n"
}

/// Cumulative counters of every second.
struct Past {
    requests: Vec<f64>,
    waits: Vec<[f64; WAITS.len()]>,
}

impl Past {
    fn lived(seconds: u64) -> Self {
        let mut chance = Chance(7);
        let mut past = Self { requests: Vec::new(), waits: Vec::new() };
        let (mut requests, mut waits) = (0.0, [0.0; WAITS.len()]);
        for _ in 0..seconds {
            let asked = (RATE * (0.7 + 0.6 * chance.next())).round();
            for _ in 0..asked as u32 {
                let draw = chance.next();
                let first = WAITS.iter().position(|(_, share)| draw <= *share).unwrap_or(0);
                waits[first..].iter_mut().for_each(|count| *count += 1.0);
            }
            requests += asked;
            past.requests.push(requests);
            past.waits.push(waits);
        }
        past
    }
}

/// A small generator (SplitMix64); what matters is that it repeats.
pub struct Chance(pub u64);

impl Chance {
    /// A number in [0, 1).
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }
}
