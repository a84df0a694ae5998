//! What the baseline costs: an update, and restoring what 60,000 series have learned.
//!
//! `benches/compare.py` runs this and the same samples through Python, and prints the ratio.

use chrono::DateTime;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use flyball::domain::baseline::model::Baseline;
use flyball::domain::baseline::seasonal::SeasonalModel;
use flyball::domain::model::baseline::{BaselineSpec, Season, Worse};
use flyball::edge::store::shelf::{self, Record};
use std::hint::black_box;
use std::time::Duration;

/// Samples of one run: two weeks of minutes.
const SAMPLES: i64 = 20_160;
const SERIES: usize = 60_000;

/// The same series as in `compare.py`.
fn value(n: i64) -> f64 {
    let noise = ((n * 7919) % 1009) as f64 / 1009.0 - 0.5;
    20.0 + 8.0 * (n as f64 / 1440.0 * std::f64::consts::TAU).sin() + 2.0 * noise
}

fn spec(season: Season) -> BaselineSpec {
    BaselineSpec { season, ..BaselineSpec::defaults(Worse::Either, Duration::from_secs(60)) }
}

fn taught(season: Season) -> SeasonalModel {
    let mut model = SeasonalModel::new(&spec(season));
    run(&mut model, SAMPLES);
    model
}

fn run(model: &mut SeasonalModel, samples: i64) {
    for n in 0..samples {
        if let Some(at) = DateTime::from_timestamp(1_793_577_600 + n * 60, 0) {
            black_box(model.observe(at, value(n), true));
        }
    }
}

fn update(criterion: &mut Criterion) {
    println!("one series takes {} bytes", size_of::<SeasonalModel>());
    let mut group = criterion.benchmark_group("update");
    group.throughput(Throughput::Elements(SAMPLES as u64));
    for (name, season) in [("none", Season::None), ("day", Season::Day), ("week", Season::Week)] {
        let fresh = || SeasonalModel::new(&spec(season));
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(fresh, |model| run(model, SAMPLES), BatchSize::SmallInput);
        });
    }
    group.finish();
}

fn restore(criterion: &mut Criterion) {
    let mut bytes = Vec::new();
    taught(Season::Week).pack(&mut bytes);
    let record = |n: usize| Record {
        names: ["shop/waits".to_string(), format!("shop/service-{n}"), "0".repeat(32)],
        latest: 1_793_577_600_000,
        bytes: bytes.clone(),
    };
    let file = shelf::encode(&(0..SERIES).map(record).collect::<Vec<_>>());
    println!("{SERIES} series take {} bytes on disk, {} each", file.len(), file.len() / SERIES);
    let mut group = criterion.benchmark_group("restore");
    group.sample_size(10);
    group.bench_function("60000", |bencher| {
        bencher.iter(|| {
            let records = shelf::decode(&file).expect("it was encoded above");
            let models = records.iter().map(|record| {
                let mut model: Box<dyn Baseline> = Box::new(SeasonalModel::new(&spec(Season::Week)));
                assert!(model.unpack(&record.bytes));
                model
            });
            models.collect::<Vec<_>>().len()
        });
    });
    group.finish();
}

criterion_group!(benches, update, restore);
criterion_main!(benches);
