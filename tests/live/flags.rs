//! Flag files: as a person wrote them, as a governor cuts them, as a person edits them meanwhile.
//!
//! Judges the file from outside with plain JSON; knows nothing of how the governor writes it.

use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A document with habits of its own: odd spacing, a long number, an escape, its own order. What
/// comes back must be these very bytes.
pub const DOCUMENT: &str = r#"{
  "$schema": "https://flagd.dev/schema/v0/flags.json",
  "flags": {
    "banner": {"state": "ENABLED", "variants": {"caf\u00e9": 1.50, "tea": 2e3}, "defaultVariant": "tea"},
    "inventory-strong-check": {
      "state":    "ENABLED",
      "variants": { "on": true, "off": false, "pilot": true },
      "defaultVariant": "on"
    },
    "catalog-strong-check": {
      "state": "ENABLED",
      "variants": { "on": true, "off": false, "pilot": true },
      "defaultVariant": "on",
      "targeting": { "if": [ {"ends_with": [{"var": "email"}, "@example.com"]},
                             "pilot" ] },
      "metadata": { "team": "stock", "since": 2024 }
    },
    "catalog-local-cache": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}
  }
}
"#;

/// The flag that most scenarios cut.
pub const CATALOG: &str = "catalog-strong-check";
/// The flag that the wired shop obeys.
pub const INVENTORY: &str = "inventory-strong-check";

/// A cut that ends by itself, as found on a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// Epoch second at which it ends.
    pub deadline: f64,
    /// The targeting that it wraps.
    pub original: Option<Value>,
}

/// The document in `file`.
///
/// # Errors
/// What kept it from being read as JSON.
pub fn read(file: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}: {text}", file.display()))
}

/// The flag `key` in `file`.
///
/// # Errors
/// As [`read`], or there is no such flag.
pub fn flag(file: &Path, key: &str) -> Result<Value, String> {
    let document = read(file)?;
    document["flags"].get(key).cloned().ok_or(format!("no flag {key} in {}", file.display()))
}

/// The self-ending cut to `off` on the flag `key`, if it is on it.
///
/// # Errors
/// How the flag stands instead.
pub fn cut(file: &Path, key: &str) -> Result<Cut, String> {
    cut_of(&flag(file, key)?)
}

/// The self-ending cut to `off` on `flag`, if it is on it.
///
/// # Errors
/// How the flag stands instead.
pub fn cut_of(flag: &Value) -> Result<Cut, String> {
    let targeting = &flag["targeting"];
    let parts = targeting["if"].as_array().ok_or_else(|| format!("not cut: targeting {targeting}"))?;
    let test = parts.first().map(|test| &test["<"]).unwrap_or(&Value::Null);
    let timed = test[0] == json!({"var": "$flagd.timestamp"});
    match (timed, test[1].as_f64(), parts.get(1)) {
        (true, Some(deadline), Some(served)) if served == "off" && parts.len() <= 3 => {
            Ok(Cut { deadline, original: parts.get(2).cloned() })
        }
        _ => Err(format!("not cut: targeting {targeting}")),
    }
}

/// Whether any flag of `file` is wrapped.
pub fn is_cut(file: &Path, key: &str) -> bool {
    cut(file, key).is_ok()
}

/// The file holds the very bytes of `text`.
///
/// # Errors
/// What it holds instead.
pub fn holds(file: &Path, text: &str) -> Result<(), String> {
    match std::fs::read_to_string(file) {
        Ok(found) if found == text => Ok(()),
        found => Err(format!("{} holds {found:?}", file.display())),
    }
}

/// Saves an edit of the flag `key` as an editor does: a new file, renamed over the old one.
pub fn edit(file: &Path, key: &str, change: impl FnOnce(&mut Value)) {
    let mut document = read(file).expect("the governor keeps the file readable");
    change(document["flags"].get_mut(key).expect("the flag is there"));
    let text = serde_json::to_string_pretty(&document).expect("JSON can be written");
    let draft = file.with_extension("edited");
    std::fs::write(&draft, text + "\n").expect("a file can be written");
    std::fs::rename(&draft, file).expect("a file can be renamed");
}

/// What changes when anybody writes a file, even with the same text.
#[derive(Debug, Clone, PartialEq)]
pub struct Print {
    bytes: Vec<u8>,
    inode: u64,
    changed: (i64, i64),
    modified: (i64, i64),
}

/// The print of `file`.
pub fn print(file: &Path) -> Print {
    let bytes = std::fs::read(file).expect("the flag file is there");
    let meta = std::fs::metadata(file).expect("the flag file is there");
    Print {
        bytes,
        inode: meta.ino(),
        changed: (meta.ctime(), meta.ctime_nsec()),
        modified: (meta.mtime(), meta.mtime_nsec()),
    }
}
