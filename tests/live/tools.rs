//! The programs the suite runs: found once, or missed with one clear sentence.
//!
//! Owns where each comes from: its FLYBALL_* variable, else the file that tests/tools/install
//! writes. Must not fall back on whatever else the machine has, or a run would not say what it
//! was made with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Paths of the executables.
pub struct Tools {
    pub flyball: PathBuf,
    pub prometheus: PathBuf,
    pub promtool: PathBuf,
    pub k6: PathBuf,
    pub shop: PathBuf,
    pub ofrep: PathBuf,
    pub strace: PathBuf,
    /// The C compiler that Rust links with.
    pub cc: PathBuf,
}

impl Tools {
    /// All of them.
    ///
    /// # Errors
    /// One sentence for every one that is missing.
    pub fn find() -> Result<Self, String> {
        let mut missing = Vec::new();
        let mut tool = |name: &str| {
            find(name).unwrap_or_else(|sentence| {
                missing.push(sentence);
                PathBuf::new()
            })
        };
        let (prometheus, promtool) = (tool("FLYBALL_PROMETHEUS"), tool("FLYBALL_PROMTOOL"));
        let (k6, shop) = (tool("FLYBALL_K6"), tool("FLYBALL_SHOP"));
        let (ofrep, strace) = (tool("FLYBALL_OFREP"), tool("FLYBALL_STRACE"));
        let flyball = built();
        if !flyball.is_file() {
            missing.push(format!(
                "{} does not exist: run cargo build --release, or set FLYBALL_BIN",
                flyball.display()
            ));
        }
        let cc = on_path(&std::env::var("CC").unwrap_or_else(|_| "cc".to_string()));
        let cc = cc.unwrap_or_else(|| {
            missing.push("there is no C compiler `cc`: install one, or set CC".to_string());
            PathBuf::new()
        });
        match missing.is_empty() {
            true => Ok(Self { flyball, prometheus, promtool, k6, shop, ofrep, strace, cc }),
            false => Err(missing.join("; ")),
        }
    }
}

/// The executable that the variable `name` or the installed `env` file names.
///
/// # Errors
/// One sentence: there is none.
pub fn find(name: &str) -> Result<PathBuf, String> {
    let path = std::env::var(name).ok().or_else(|| installed().get(name).cloned());
    let path = path.map(PathBuf::from).filter(|path| path.is_file());
    path.ok_or(format!("{name} names no executable: run tests/tools/install, or set it"))
}

/// The program under test: FLYBALL_BIN, else the release build of this target directory.
fn built() -> PathBuf {
    if let Some(path) = std::env::var_os("FLYBALL_BIN") {
        return PathBuf::from(path);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| repository().join("target")).join("release/flyball")
}

/// The root of the checkout.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What tests/tools/install published: lines of `export FLYBALL_X=path`.
fn installed() -> BTreeMap<String, String> {
    let cache = std::env::var_os("FLYBALL_CACHE").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(Path::new(&home).join(".cache/flyball"))
    });
    let text = cache.and_then(|cache| std::fs::read_to_string(cache.join("env")).ok()).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    lines.map(|(name, path)| (name.to_string(), path.replace('\\', ""))).collect()
}

fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}
