//! The texts that were asked for: files, the manifests of directories, standard input.
//!
//! Every text is bounded; one that cannot be read is said and does not stop the others.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Largest text that is read, in bytes.
const TEXT_MAX: u64 = 4 << 20;

/// Most files of one run.
const FILES_MAX: usize = 10_000;

/// Deepest directory below one that was named.
const DEPTH_MAX: usize = 32;

/// Where a text is from, and the text or why it cannot be read.
pub type Gathered = (String, Result<String, String>);

/// Reads everything; directories sorted by name, a file that is reached twice only once.
pub fn texts(inputs: &[PathBuf], mut stdin: impl Read) -> Vec<Gathered> {
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for input in inputs {
        if input.as_os_str() == "-" {
            if seen.insert(input.clone()) {
                out.push(("-".to_string(), bounded(&mut stdin)));
            }
            continue;
        }
        let mut files = Vec::new();
        let found = files_of(input, &mut files, 0);
        for file in files {
            if seen.insert(file.clone()) {
                let text = File::open(&file).map_err(|error| error.to_string()).and_then(bounded);
                out.push((file.display().to_string(), text));
            }
        }
        if let Err(why) = found {
            out.push((input.display().to_string(), Err(why)));
        }
    }
    out
}

/// A file itself; of a directory, every manifest in it and below, without hidden ones.
fn files_of(path: &Path, out: &mut Vec<PathBuf>, depth: usize) -> Result<(), String> {
    let said = |error: io::Error| error.to_string();
    if !std::fs::metadata(path).map_err(said)?.is_dir() {
        out.push(path.to_path_buf());
        return Ok(());
    }
    let listed: io::Result<Vec<PathBuf>> =
        std::fs::read_dir(path).map_err(said)?.map(|entry| Ok(entry?.path())).collect();
    let mut listed = listed.map_err(said)?;
    listed.sort();
    for inner in listed.into_iter().filter(|inner| !is_hidden(inner)) {
        if out.len() >= FILES_MAX {
            return Err(format!("it holds more than {FILES_MAX} manifests; name fewer"));
        }
        if !inner.is_dir() && is_manifest(&inner) {
            out.push(inner);
        } else if inner.is_dir() && !inner.is_symlink() {
            if depth >= DEPTH_MAX {
                return Err(format!("its directories go deeper than {DEPTH_MAX}"));
            }
            // What a directory below hides must not hide its neighbours: it is named as a file.
            if files_of(&inner, out, depth + 1).is_err() {
                out.push(inner);
            }
        }
    }
    Ok(())
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn bounded(from: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(TEXT_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > TEXT_MAX {
        return Err(format!("it is larger than {} MiB; split it", TEXT_MAX >> 20));
    }
    String::from_utf8(bytes)
        .map_err(|error| format!("it is not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
}
