//! The texts that were asked for: files, the manifests of directories, standard input.
//!
//! Every text is bounded; one that cannot be read is said and does not stop the others.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Largest text that is read, in bytes.
const TEXT_MAX: u64 = 4 << 20;

/// Most entries of one directory.
const FILES_MAX: usize = 10_000;

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
        match files_of(input) {
            Ok(files) => {
                for file in files.into_iter().filter(|file| seen.insert(file.clone())) {
                    let text = File::open(&file).map_err(|error| error.to_string()).and_then(bounded);
                    out.push((file.display().to_string(), text));
                }
            }
            Err(why) => out.push((input.display().to_string(), Err(why.to_string()))),
        }
    }
    out
}

/// A file itself; of a directory, every manifest in it, as loading takes them.
fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !std::fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let listed = std::fs::read_dir(path)?.take(FILES_MAX);
    let listed: Vec<PathBuf> = listed.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    let mut files: Vec<PathBuf> = listed.into_iter().filter(|file| is_manifest(file)).collect();
    files.sort();
    Ok(files)
}

fn is_manifest(path: &Path) -> bool {
    path.is_file()
        && path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known))
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
