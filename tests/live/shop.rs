//! The patient: a real shop under a real load.
//!
//! Owns starting a shop and its k6, the incident (its warehouse slows down) and the shop's own
//! counters. Must not ask Prometheus: what the shop says of itself is the second witness.

use super::http;
use super::process::{Process, free_port};
use super::prometheus::Target;
use super::tools::{Tools, repository};
use super::wait::until;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

const CALM: &str = "10ms";
/// Six or seven reservations a second get through the lock: most of the load is refused.
const SLOW: &str = "150ms";

/// One shop and the load on it.
pub struct Shop {
    pub namespace: &'static str,
    pub service: &'static str,
    pub port: u16,
    _server: Process,
    load: Mutex<Option<Process>>,
}

/// What the shop counted so far.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    pub requests: f64,
    pub rejected: f64,
}

impl Counts {
    /// Share of rejected reservations since `earlier`.
    pub fn share_since(self, earlier: Counts) -> f64 {
        let requests = self.requests - earlier.requests;
        if requests > 0.0 { (self.rejected - earlier.rejected) / requests } else { 0.0 }
    }
}

impl Shop {
    /// A shop that asks the OFREP server on port `ofrep`, or whose strong check is always on.
    pub fn open(
        tools: &Tools,
        folder: &Path,
        (namespace, service): (&'static str, &'static str),
        ofrep: Option<u16>,
    ) -> Self {
        let port = free_port();
        let mut command = Command::new(&tools.shop);
        command.args(["--service", service, "--dependency-latency", CALM]);
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        if let Some(ofrep) = ofrep {
            command.args(["--ofrep", &format!("http://127.0.0.1:{ofrep}")]);
        }
        let server = Process::start(service, &folder.join(format!("{service}.log")), &mut command);
        until(&format!("shop {service} serves"), 30, || http::get(port, "/healthz")?.ok());
        Self { namespace, service, port, _server: server, load: Mutex::new(None) }
    }

    /// One that runs elsewhere; `way` is a process that passes on what comes to `port` of this machine.
    pub fn behind(way: Process, (namespace, service): (&'static str, &'static str), port: u16) -> Self {
        Self { namespace, service, port, _server: way, load: Mutex::new(None) }
    }

    /// How Prometheus sees it.
    pub fn target(&self) -> Target {
        Target { port: self.port, namespace: self.namespace, service: self.service }
    }

    /// Starts a steady load of `rate` reservations a second that outlasts any test.
    pub fn drive(&self, tools: &Tools, folder: &Path, rate: u32) {
        let mut command = Command::new(&tools.k6);
        command.args(["run", "--quiet", "--no-color", "--address", "", "-e", "DURATION=30m"]);
        command.args([
            "-e",
            &format!("TARGET=http://127.0.0.1:{}", self.port),
            "-e",
            &format!("RATE={rate}"),
        ]);
        command.arg(repository().join("tests/load/constant.js")).env("K6_NO_USAGE_REPORT", "true");
        let name = format!("k6-{}", self.service);
        let load = Process::start(&name, &folder.join(format!("{name}.log")), &mut command);
        *self.load.lock().expect("nobody panics holding the load") = Some(load);
    }

    /// Slows the warehouse down, or lets it be quick again.
    pub fn slow(&self, yes: bool) {
        let latency = if yes { SLOW } else { CALM };
        let path = format!("/admin/dependency?latency={latency}");
        until(&format!("the warehouse of {} takes {latency}", self.service), 30, || {
            http::post(self.port, &path, "")?.ok()
        });
    }

    /// What it counted until now.
    pub fn counts(&self) -> Counts {
        until(&format!("shop {} tells its state", self.service), 30, || {
            let state = http::get(self.port, "/admin/state")?.json()?;
            let number = |field: &str| state[field].as_f64().ok_or(format!("no {field} in {state}"));
            Ok(Counts { requests: number("requests")?, rejected: number("rejected")? })
        })
    }

    /// How often it was told to serve its fallback: evaluations of its flag to false.
    pub fn fallbacks_served(&self) -> f64 {
        until(&format!("shop {} shows its metrics", self.service), 30, || {
            let text = http::get(self.port, "/metrics")?.ok()?;
            let hits = text.lines().filter(|line| {
                line.starts_with("shop_flag_evaluations_total{") && line.contains("value=\"false\"")
            });
            Ok(hits.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
        })
    }
}
