//! A plain service on Tokio with tokio-metrics, metrics-process and metrics-exporter-prometheus:
//! `patient SERVE METRICS`, two addresses. /reserve hands a call that blocks to one of eight blocking
//! threads and answers 503 after a second; in the way `inline` it blocks the worker itself, as happens
//! by mistake. Latency and way can be changed while it runs.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

static LATENCY_MS: AtomicU64 = AtomicU64::new(10);
static INLINE: AtomicBool = AtomicBool::new(false);

#[derive(Deserialize)]
struct Dependency {
    latency: String,
    #[serde(default)]
    inline: bool,
}

fn call_that_blocks() {
    std::thread::sleep(Duration::from_millis(LATENCY_MS.load(Relaxed)));
}

async fn reserve() -> StatusCode {
    let status = if INLINE.load(Relaxed) {
        call_that_blocks();
        StatusCode::OK
    } else {
        // What has begun cannot be cancelled: a caller that gave up leaves it in the queue.
        let call = tokio::task::spawn_blocking(call_that_blocks);
        match tokio::time::timeout(Duration::from_secs(1), call).await {
            Ok(Ok(())) => StatusCode::OK,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        }
    };
    metrics::counter!("http_requests_total", "status" => status.as_u16().to_string()).increment(1);
    status
}

async fn dependency(Query(wanted): Query<Dependency>) -> StatusCode {
    let Ok(latency) = wanted.latency.trim_end_matches("ms").parse() else {
        return StatusCode::BAD_REQUEST;
    };
    LATENCY_MS.store(latency, Relaxed);
    INLINE.store(wanted.inline, Relaxed);
    StatusCode::OK
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut address = || -> Result<SocketAddr, Box<dyn std::error::Error>> {
        Ok(arguments.next().ok_or("patient SERVE METRICS: two addresses")?.parse()?)
    };
    let (serve, metrics) = (address()?, address()?);
    // Outside of the runtime it gets a thread of its own, so that a stuck runtime can still be seen.
    metrics_exporter_prometheus::PrometheusBuilder::new().with_http_listener(metrics).install()?;
    // Workers look at what happened outside, and add up how busy they were, every 61 polls unless told
    // otherwise: with polls that block that is seldom.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .event_interval(1)
        .enable_all()
        .build()?;
    let monitor = tokio_metrics::RuntimeMonitor::new(runtime.handle());
    std::thread::spawn(move || report(monitor));
    runtime.block_on(async {
        let routes =
            axum::Router::new().route("/reserve", get(reserve)).route("/admin/dependency", post(dependency));
        axum::serve(tokio::net::TcpListener::bind(serve).await?, routes).await?;
        Ok(())
    })
}

/// Outside of the runtime, too, and for the same reason.
fn report(monitor: tokio_metrics::RuntimeMonitor) {
    let mut runtime =
        tokio_metrics::RuntimeMetricsReporterBuilder::default().describe().build_with_monitor(monitor);
    let process = metrics_process::Collector::default();
    process.describe();
    loop {
        runtime.run_once();
        process.collect();
        std::thread::sleep(Duration::from_secs(1));
    }
}
