//! Values files of the suite.

use std::path::{Path, PathBuf};

/// Everything that is off by default, on.
const EVERYTHING: &str = include_str!("values.yaml");

/// Writes the values with everything on into `folder`; checkpoints lie in `checkpoints`.
pub fn everything(folder: &Path, checkpoints: &Path) -> PathBuf {
    let file = folder.join("values.yaml");
    let text = EVERYTHING.replace("FOLDER", &checkpoints.display().to_string());
    std::fs::write(&file, text).expect("a file can be written");
    file
}
