//! Headless Chromium with a probe on the page.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROBE: &str = include_str!("probe.js");
/// Ten times what a page takes on a busy machine.
const DEADLINE: &str = "120";

/// A browser of one width.
pub struct Browser {
    program: PathBuf,
    width: u32,
}

impl Browser {
    /// The installed one. None: it is missing and FLYBALL_ALLOW_SKIP=1 allows that.
    pub fn find() -> Option<Self> {
        let program = std::env::var("FLYBALL_CHROMIUM")
            .ok()
            .or_else(published)
            .filter(|path| Path::new(path).is_file());
        match program {
            Some(program) => Some(Self { program: program.into(), width: 1400 }),
            None if std::env::var("FLYBALL_ALLOW_SKIP").as_deref() == Ok("1") => {
                println!("skipped: FLYBALL_CHROMIUM names no executable");
                None
            }
            None => panic!(
                "FLYBALL_CHROMIUM names no executable: run tests/tools/install chromium (FLYBALL_ALLOW_SKIP=1 skips)"
            ),
        }
    }

    /// The same on a telephone.
    pub fn narrow(self) -> Self {
        Self { width: 500, ..self }
    }

    /// Opens the page without any network, lets the probe work on it, and gives what it says.
    pub fn probe(&self, page: &str) -> Value {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.html");
        std::fs::write(&file, page.replace("</body>", &format!("<script>{PROBE}</script></body>"))).unwrap();
        let mut command = Command::new("timeout");
        command.arg(DEADLINE).arg(&self.program);
        command.args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ]);
        command.args(["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=20000", "--dump-dom"]);
        command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
        command.arg(format!("--window-size={},1000", self.width));
        let done = command.arg(format!("file://{}", file.display())).output().unwrap();
        let dom = String::from_utf8_lossy(&done.stdout);
        let said = dom.split_once("<pre id=\"probe\">").and_then(|(_, rest)| rest.split_once("</pre>"));
        let Some((said, _)) = said else {
            let told = String::from_utf8_lossy(&done.stderr);
            panic!("the probe said nothing ({}): {}", done.status, &told[told.len().saturating_sub(2000)..]);
        };
        let said = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        serde_json::from_str(&said).unwrap()
    }
}

/// What tests/tools/install published.
fn published() -> Option<String> {
    let cache = std::env::var_os("FLYBALL_CACHE").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache/flyball")))?;
    let text = std::fs::read_to_string(cache.join("env")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("export FLYBALL_CHROMIUM="))?;
    Some(line.replace('\\', ""))
}
