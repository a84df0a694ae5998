//! The shelf: what baselines have learned, in one file, so that a restart costs no retraining.
//!
//! Owns the file's form: version, records, checksum; replaced all or nothing. It does not know
//! what the records mean, and a file that is broken or of another version is told, not used:
//! whoever asked learns anew from history.

use crate::edge::file::error::FileError;
use crate::edge::file::lane::Lane;
use crate::edge::file::{folder, swap};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the file begins; the number is that of the form of file and model.
const MAGIC: &[u8] = b"flyball baselines 1\n";
const CHECKSUM: usize = 32;
/// Largest file that is read: ten times what 60,000 series take.
const FILE_MAX: u64 = 1024 * 1024 * 1024;
/// Longest that reading or writing may take.
const DEADLINE: Duration = Duration::from_secs(60);
const NAME: &str = "checkpoint";

/// One model: whose it is, the last instant it has seen in epoch milliseconds, and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub names: [String; 3],
    pub latest: i64,
    pub bytes: Vec<u8>,
}

/// Why there is nothing to take up, or nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    #[error("{}: {why}; what was learned is read from history again", path.display())]
    Broken { path: PathBuf, why: &'static str },
    #[error(transparent)]
    File(#[from] FileError),
}

/// A folder for checkpoints. Clones share its lane.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
    lane: Lane,
}

impl Shelf {
    /// In `folder`, which is created when something is kept.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), lane: Lane::new(DEADLINE) }
    }

    /// What was kept last; nothing if nothing ever was.
    ///
    /// # Errors
    /// Broken, of another version, or the file's own.
    pub async fn read(&self) -> Result<Vec<Record>, ShelfError> {
        let path = self.folder.join(NAME);
        self.lane.run("reading baselines", move |_| read(&path)).await
    }

    /// Keeps `records` in the place of what was kept before.
    ///
    /// # Errors
    /// The file's own; then the former ones are still kept.
    pub async fn keep(&self, records: Vec<Record>) -> Result<(), ShelfError> {
        let held = self.folder.clone();
        let write = move |asker: &crate::edge::file::lane::Asker| {
            folder::ensure(&held)?;
            folder::clear_drafts(&held)?;
            swap::put(&held.join(NAME), encode(&records), || asker.still_waits())
        };
        Ok(self.lane.run("keeping baselines", write).await?)
    }
}

fn read(path: &Path) -> Result<Vec<Record>, ShelfError> {
    let failed = |source| FileError::io("read", path, source);
    let file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened.map_err(failed)?,
    };
    let mut bytes = Vec::new();
    file.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(FileError::TooLarge { path: path.to_owned(), cap: FILE_MAX }.into());
    }
    decode(&bytes).map_err(|why| ShelfError::Broken { path: path.to_owned(), why })
}

/// All records as the file has them.
pub fn encode(records: &[Record]) -> Vec<u8> {
    let size: usize = records.iter().map(|record| record.bytes.len() + 256).sum();
    let mut out = Vec::with_capacity(size + MAGIC.len() + CHECKSUM);
    out.extend_from_slice(MAGIC);
    for record in records {
        for part in record.names.iter().map(String::as_bytes).chain([&record.bytes[..]]) {
            out.extend_from_slice(&(part.len() as u32).to_le_bytes());
            out.extend_from_slice(part);
        }
        out.extend_from_slice(&record.latest.to_le_bytes());
    }
    let checksum = Sha256::digest(&out);
    out.extend_from_slice(&checksum);
    out
}

/// The records of a file.
///
/// # Errors
/// What is wrong with it.
pub fn decode(bytes: &[u8]) -> Result<Vec<Record>, &'static str> {
    let body = bytes.strip_prefix(MAGIC).ok_or("it is of another version, or no checkpoint")?;
    let (body, checksum) = body.split_last_chunk::<CHECKSUM>().ok_or("it is cut off")?;
    if Sha256::digest(&bytes[..bytes.len() - CHECKSUM])[..] != checksum[..] {
        return Err("its checksum does not match");
    }
    let (mut rest, mut records) = (body, Vec::new());
    while !rest.is_empty() {
        records.push(record(&mut rest).ok_or("a record is cut off")?);
    }
    Ok(records)
}

fn record(rest: &mut &[u8]) -> Option<Record> {
    let mut name = || String::from_utf8(part(rest)?.to_vec()).ok();
    let names = [name()?, name()?, name()?];
    let bytes = part(rest)?.to_vec();
    let (latest, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(Record { names, latest: i64::from_le_bytes(*latest), bytes })
}

fn part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let (part, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Record> {
        let record = |n: i64| Record {
            names: [format!("policy-{n}"), "shop/cart".to_string(), String::new()],
            latest: n,
            bytes: vec![n as u8; 100],
        };
        (0..5).map(record).collect()
    }

    #[tokio::test]
    async fn what_is_kept_is_read_again_and_nothing_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(&folder.path().join("baselines"));
        assert_eq!(shelf.read().await.unwrap(), []);
        shelf.keep(some()).await.unwrap();
        shelf.keep(some()).await.unwrap();
        assert_eq!(shelf.read().await.unwrap(), some());
        let path = folder.path().join("baselines").join(NAME);
        std::fs::write(&path, "flyball baselines 0\n").unwrap();
        let told = shelf.read().await.unwrap_err().to_string();
        assert!(told.contains("another version") && told.contains("history again"), "{told}");
    }

    #[test]
    fn any_byte_that_is_wrong_or_missing_is_noticed() {
        let whole = encode(&some());
        for at in 0..whole.len() {
            let mut wrong = whole.clone();
            wrong[at] ^= 0x10;
            assert!(decode(&wrong).is_err(), "byte {at}");
            assert!(decode(&whole[..at]).is_err(), "cut at {at}");
        }
        assert_eq!(decode(&whole), Ok(some()));
    }
}
