//! The history file: every step of every Decision as a line of JSON, chained by hashes.
//!
//! Owns appending and checking it. It tells what happened and decides nothing: a file that cannot be
//! written stops no decision.

use crate::domain::model::chain::{Break, Chain};
use crate::domain::model::episode::Episode;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Why a history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("--history {}: it cannot be read or written", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("--history {}: {broken}; keep it as evidence and name another file", path.display())]
    Broken { path: PathBuf, broken: Break },
}

/// An open history.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    file: File,
    chain: Chain,
}

impl History {
    /// Opens a history to go on with it, after checking it. A last line that a crash tore is taken
    /// off: it was never whole.
    ///
    /// # Errors
    /// It cannot be read or written, or its chain is broken.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let failed = |source| HistoryError::Io { path: path.to_path_buf(), source };
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = options.map_err(failed)?;
        let (chain, whole) = read(&file).map_err(failed)?;
        let chain = chain.map_err(|broken| HistoryError::Broken { path: path.to_path_buf(), broken })?;
        file.set_len(whole).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { path: path.to_path_buf(), file, chain })
    }

    /// Appends the last step of an episode.
    ///
    /// # Errors
    /// It could not be written; the chain stands where it stood.
    pub fn add(&mut self, episode: &Episode) -> Result<(), HistoryError> {
        let mut next = self.chain.clone();
        let line = next.add(episode) + "\n";
        let end = self.file.stream_position();
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.chain = next;
                Ok(())
            }
            Err(source) => {
                // Half a line would break the chain for good.
                if let Ok(end) = end {
                    let _ = self.file.set_len(end).and_then(|()| self.file.seek(SeekFrom::End(0)).map(drop));
                }
                Err(HistoryError::Io { path: self.path.clone(), source })
            }
        }
    }
}

/// Checks a history from its first line to its last.
///
/// # Errors
/// It cannot be read.
pub fn verify(path: &Path) -> io::Result<Result<Chain, Break>> {
    read(&File::open(path)?).map(|(chain, _)| chain)
}

/// The chain of a file, and how many bytes of it are whole lines.
fn read(file: &File) -> io::Result<(Result<Chain, Break>, u64)> {
    let mut reader = BufReader::new(file);
    let (mut chain, mut whole) = (Chain::default(), 0);
    let mut line = String::new();
    loop {
        line.clear();
        let length = reader.read_line(&mut line)?;
        let Some(text) = line.strip_suffix('\n').filter(|_| length > 0) else {
            return Ok((Ok(chain), whole));
        };
        if let Err(broken) = chain.follow(text) {
            return Ok((Err(broken), whole));
        }
        whole += length as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("history.jsonl")
    }

    #[test]
    fn a_history_goes_on_after_a_torn_line_and_refuses_a_changed_one() {
        let folder = tempfile::tempdir().unwrap();
        let episode: Episode = serde_json::from_value(serde_json::json!({
            "name": "d", "key": {"policy": {"namespace": "shop", "name": "p"},
                "service": {"namespace": "shop", "service": "inventory"}, "tier": "cut"},
            "policyUid": "u", "ordinal": 1, "level": "Fuse", "started": "2026-11-24T00:00:00Z",
            "phase": "Acting", "since": "2026-11-24T00:00:00Z", "flags": [], "reasons": [], "transitions": [],
        }))
        .unwrap();
        let mut history = History::open(&path(&folder)).unwrap();
        (0..3).for_each(|_| history.add(&episode).unwrap());
        drop(history);
        let text = std::fs::read_to_string(path(&folder)).unwrap();
        std::fs::write(path(&folder), format!("{text}{{\"at\":")).unwrap();
        let mut history = History::open(&path(&folder)).unwrap();
        history.add(&episode).unwrap();
        assert_eq!(verify(&path(&folder)).unwrap().map(|chain| chain.lines), Ok(4));
        let text = std::fs::read_to_string(path(&folder)).unwrap().replacen("Fuse", "Fuzz", 1);
        std::fs::write(path(&folder), text).unwrap();
        assert_eq!(verify(&path(&folder)).unwrap().unwrap_err().line, 1);
        assert!(History::open(&path(&folder)).is_err());
    }
}
