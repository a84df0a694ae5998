//! Folders made durable: created, synced, and swept of drafts that a crash left behind.

use super::error::FileError;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How the names of our drafts begin; the rest is random.
pub const DRAFT_PREFIX: &str = ".flyball-";
/// How they end.
pub const DRAFT_SUFFIX: &str = ".draft";

/// Makes the names in `folder` durable.
///
/// # Errors
/// The operating system's own.
pub fn sync(folder: &Path) -> Result<(), FileError> {
    let failed = |source| FileError::io("sync the folder", folder, source);
    File::open(folder).map_err(failed)?.sync_all().map_err(failed)
}

/// Creates `folder` and what it lies in, each made durable in its parent. One that exists stays.
///
/// # Errors
/// The operating system's own; a file of that name is one.
pub fn ensure(folder: &Path) -> Result<(), FileError> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = parent(folder);
    if parent != folder {
        ensure(&parent)?;
    }
    match std::fs::create_dir(folder) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
        made => made.map_err(|source| FileError::io("create the folder", folder, source))?,
    }
    sync(&parent)
}

/// The folder that `path` lies in.
pub fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => path.to_owned(),
    }
}

/// Removes the drafts in `folder`: a crash left them, nothing refers to them. Says how many.
///
/// # Errors
/// The operating system's own.
pub fn clear_drafts(folder: &Path) -> Result<usize, FileError> {
    let failed = |source| FileError::io("list", folder, source);
    let mut cleared = 0;
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with(DRAFT_PREFIX) && name.ends_with(DRAFT_SUFFIX)) {
            continue;
        }
        match std::fs::remove_file(entry.path()) {
            Ok(()) => cleared += 1,
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(FileError::io("remove", &entry.path(), e)),
        }
    }
    Ok(cleared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_drafts_are_cleared() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".flyball-0123.draft", ".flyball-", "a.draft", "b.yaml"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(clear_drafts(folder.path()).unwrap(), 1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_file_in_the_way_of_a_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        std::fs::write(&file, "").unwrap();
        assert!(ensure(&file.join("x")).unwrap_err().to_string().contains("create the folder"));
        ensure(&folder.path().join("a/b/c")).unwrap();
        ensure(&folder.path().join("a/b/c")).unwrap();
    }
}
