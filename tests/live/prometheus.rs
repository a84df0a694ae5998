//! A real Prometheus with a one-second scrape, and questions to it.
//!
//! Owns its configuration, its start and restart on the same data. Several may watch the same
//! shops, so that a test can stop its own.

use super::http;
use super::process::{Process, free_port};
use super::wait::until;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The share of refused reservations, as the policies of the suite ask for it.
pub const REJECT_RATE: &str = "sum by (namespace, service) (rate(rejected_total[8s])) / \
     sum by (namespace, service) (rate(requests_total[8s]))";

/// One Prometheus.
pub struct Prometheus {
    pub port: u16,
    binary: PathBuf,
    folder: PathBuf,
    process: Mutex<Option<Process>>,
}

/// Who is scraped, and what its series are labelled. One process may be scraped as several.
pub struct Target {
    pub port: u16,
    pub namespace: &'static str,
    pub service: &'static str,
}

impl Target {
    fn yaml(&self) -> String {
        let Self { port, namespace, service } = self;
        format!(
            "  - {{targets: [\"127.0.0.1:{port}\"], labels: {{namespace: {namespace}, service: {service}}}}}\n"
        )
    }
}

impl Prometheus {
    /// A Prometheus that will scrape `targets` every second; data that is already in the folder's
    /// `tsdb` is its past.
    pub fn prepare(binary: &Path, folder: &Path, targets: &[Target]) -> Self {
        std::fs::create_dir_all(folder.join("tsdb")).expect("a folder can be made");
        let targets: String = targets.iter().map(Target::yaml).collect();
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 900ms}}\nscrape_configs:\n\
             - job_name: shop\n  static_configs:\n{targets}"
        );
        std::fs::write(folder.join("prometheus.yaml"), config).expect("a file can be written");
        Self {
            port: free_port(),
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            process: Mutex::new(None),
        }
    }

    /// Starts it, and waits until it answers.
    pub fn start(&self) {
        let mut command = Command::new(&self.binary);
        let folder = self.folder.display();
        command.arg(format!("--config.file={folder}/prometheus.yaml"));
        command.arg(format!("--storage.tsdb.path={folder}/tsdb"));
        command.arg(format!("--web.listen-address=127.0.0.1:{}", self.port));
        command.arg("--enable-feature=exemplar-storage");
        let process = Process::start("prometheus", &self.folder.join("prometheus.log"), &mut command);
        *self.process.lock().expect("nobody panics holding it") = Some(process);
        until("Prometheus is ready", 60, || http::get(self.port, "/-/ready")?.ok());
    }

    /// It goes on existing and answers nobody.
    pub fn freeze(&self) {
        if let Some(process) = self.process.lock().expect("nobody panics holding it").as_mut() {
            process.signal("STOP");
        }
    }

    /// Killed as by a power cut.
    pub fn kill(&self) {
        self.process.lock().expect("nobody panics holding it").take();
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The value of `query` for `service` right now.
    ///
    /// # Errors
    /// What it answered instead.
    pub fn value(&self, query: &str, service: &str) -> Result<f64, String> {
        let answer = http::get(self.port, &format!("/api/v1/query?query={}", http::encode(query)))?.json()?;
        let rows = answer["data"]["result"].as_array().ok_or(format!("no result in {answer}"))?;
        let row = rows.iter().find(|row| row["metric"]["service"] == service);
        let row = row.ok_or(format!("no row for {service} among {}", rows.len()))?;
        let text = row["value"][1].as_str().ok_or(format!("no value in {row}"))?;
        text.parse().map_err(|error| format!("{text}: {error}"))
    }

    /// All that `query` answered over the last `seconds`, as JSON text; for the evidence.
    pub fn past(&self, query: &str, seconds: u64) -> String {
        let end = super::wait::epoch();
        let start = end - seconds as f64;
        let query = http::encode(query);
        let path = format!("/api/v1/query_range?query={query}&start={start:.3}&end={end:.3}&step=1");
        let answer = http::get(self.port, &path).and_then(|answer| answer.json());
        answer.map_or_else(|error| error, |json: Value| json.to_string())
    }
}
