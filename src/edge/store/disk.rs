//! What the store does to the folder: blocking, to be run in the lane.
//!
//! Owns the lock, the order of check and write, and the walk over the files. Must not decode
//! objects: it deals in texts and in what the API server would compare.

use super::error::StoreError;
use super::object::{self, OBJECT_MAX, Precondition};
use super::place::{Kind, Place};
use crate::edge::file::error::FileError;
use crate::edge::file::lane::Asker;
use crate::edge::file::{folder, swap, text};
use serde_json::Value;
use std::fs::{DirEntry, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Most objects of one kind.
pub const LIST_MAX: usize = 10_000;
/// Most bytes of one kind.
pub const LIST_BYTES_MAX: usize = 256 * 1024 * 1024;
const LOCK: &str = ".lock";

/// Locks the folder, makes durable what is in it, and clears drafts. The lock lasts as long as
/// the file that is returned.
///
/// # Errors
/// Locked by another governor, or the operating system's own.
pub fn take(root: &Path) -> Result<File, StoreError> {
    folder::ensure(root)?;
    let path = root.join(LOCK);
    let failed = |source| FileError::io("lock", &path, source);
    let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { root: root.to_owned() }),
        Err(TryLockError::Error(source)) => return Err(failed(source).into()),
    }
    // A crash between a rename and its sync left a name that everybody sees and a power cut
    // could still take back: what is read from now on must not go back in time.
    for folder in folders(root)? {
        folder::clear_drafts(&folder)?;
        folder::sync(&folder)?;
    }
    Ok(lock)
}

/// The root, the kinds' folders and the namespaces' folders.
fn folders(root: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut found = vec![root.to_owned()];
    for level in 0..2 {
        let above: Vec<PathBuf> = found.iter().filter(|f| depth(f, root) == level).cloned().collect();
        for folder in above {
            let entries = entries(&folder)?;
            found.extend(entries.iter().map(DirEntry::path).filter(|path| is_folder(path)));
        }
    }
    Ok(found)
}

fn depth(folder: &Path, root: &Path) -> usize {
    folder.components().count() - root.components().count()
}

/// A folder itself: a link could lead out of the store.
fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// What is in a folder, by name. What begins with a dot is none of ours.
fn entries(folder: &Path) -> Result<Vec<DirEntry>, FileError> {
    let failed = |source| FileError::io("list", folder, source);
    let all: Result<Vec<DirEntry>, _> = std::fs::read_dir(folder).map_err(failed)?.collect();
    let mut entries = all.map_err(failed)?;
    entries.retain(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

/// Writes a new object's text and returns it.
///
/// # Errors
/// Exists, or the file's own.
pub fn create(
    root: &Path,
    kind: &Kind,
    place: &Place,
    text: &str,
    asker: &Asker,
) -> Result<String, StoreError> {
    let path = place.path(kind, root);
    let vacant = || match std::fs::symlink_metadata(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(FileError::io("look at", &path, source)),
        Ok(_) => Err(FileError::Changed { path: path.clone() }),
    };
    let exists = || StoreError::Exists { object: place.describe(kind) };
    vacant().map_err(|e| taken(e, exists()))?;
    folder::ensure(&folder::parent(&path))?;
    swap::put(&path, text, || vacant().and_then(|()| asker.still_waits())).map_err(|e| taken(e, exists()))?;
    Ok(text.to_string())
}

/// What changed meanwhile is said of the object, anything else of the file.
fn taken(error: FileError, object: StoreError) -> StoreError {
    match error {
        FileError::Changed { .. } => object,
        error => error.into(),
    }
}

fn current(path: &Path, kind: &Kind, place: &Place) -> Result<String, StoreError> {
    text::read(path, OBJECT_MAX).map_err(|error| match error {
        FileError::Missing { .. } => StoreError::NotFound { object: place.describe(kind) },
        error => error.into(),
    })
}

/// Writes the object `value` over the version `expected`, and returns its text.
///
/// # Errors
/// Conflict, not found, unwritable, or the file's own.
pub fn replace(
    root: &Path,
    kind: &Kind,
    place: &Place,
    (value, expected): (Value, &str),
    asker: &Asker,
) -> Result<String, StoreError> {
    let path = place.path(kind, root);
    let before = current(&path, kind, place)?;
    let conflict =
        || StoreError::Conflict { object: place.describe(kind), detail: "somebody has changed it" };
    if object::version(&before) != expected {
        return Err(conflict());
    }
    let stored = object::parse(&before, kind, place, &path)?;
    let next = object::next(value, &stored, kind, place)?;
    if object::same(&next, &stored) {
        // Written by hand, it keeps its comments and layout.
        return Ok(before);
    }
    let after = object::text(next, kind, place)?;
    let unchanged = || match text::read(&path, OBJECT_MAX)? == before {
        true => asker.still_waits(),
        false => Err(FileError::Changed { path: path.clone() }),
    };
    swap::put(&path, &after, unchanged).map_err(|e| taken(e, conflict()))?;
    Ok(after)
}

/// Removes an object.
///
/// # Errors
/// Conflict with the precondition, not found, or the file's own.
pub fn delete(
    root: &Path,
    kind: &Kind,
    place: &Place,
    precondition: &Precondition,
    asker: &Asker,
) -> Result<(), StoreError> {
    let path = place.path(kind, root);
    let text = current(&path, kind, place)?;
    let conflict = |detail| Err(StoreError::Conflict { object: place.describe(kind), detail });
    if precondition.resource_version.as_ref().is_some_and(|expected| *expected != object::version(&text)) {
        return conflict("somebody has changed it");
    }
    if let Some(uid) = &precondition.uid
        && object::parse(&text, kind, place, &path)?["metadata"]["uid"].as_str() != Some(uid)
    {
        return conflict("it was deleted and created again");
    }
    asker.still_waits()?;
    Ok(swap::remove(&path)?)
}

/// Texts by place, and the files that are none.
pub type Texts = (Vec<(Place, String)>, Vec<StoreError>);

/// The texts of all objects of a kind.
///
/// # Errors
/// The kind's folder cannot be listed, or there are too many.
pub fn list(root: &Path, kind: &Kind) -> Result<Texts, StoreError> {
    let (mut texts, mut problems, mut bytes) = (Vec::new(), Vec::new(), 0);
    let folder = kind.folder(root);
    if std::fs::symlink_metadata(&folder).is_err_and(|e| e.kind() == ErrorKind::NotFound) {
        return Ok((texts, problems));
    }
    for namespace in entries(&folder)? {
        let files = files(&namespace.path()).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        for file in files {
            match one(&namespace, &file) {
                Ok(found) => {
                    bytes += found.1.len();
                    texts.push(found);
                }
                Err(problem) => problems.push(problem),
            }
            if texts.len() + problems.len() > LIST_MAX || bytes > LIST_BYTES_MAX {
                return Err(StoreError::TooMany { folder, cap: LIST_MAX, bytes: LIST_BYTES_MAX });
            }
        }
    }
    texts.sort_by(|a, b| a.0.cmp(&b.0));
    Ok((texts, problems))
}

fn files(namespace: &Path) -> Result<Vec<DirEntry>, StoreError> {
    match is_folder(namespace) {
        true => Ok(entries(namespace)?),
        false => Err(misplaced(namespace, "only folders of namespaces belong here".to_string())),
    }
}

fn one(namespace: &DirEntry, file: &DirEntry) -> Result<(Place, String), StoreError> {
    let (folder, name) = (namespace.file_name(), file.file_name());
    let place = Place::of_file(&folder.to_string_lossy(), &name.to_string_lossy())
        .map_err(|error| misplaced(&file.path(), error.to_string()))?;
    Ok((place, text::read(&file.path(), OBJECT_MAX)?))
}

fn misplaced(path: &Path, detail: String) -> StoreError {
    StoreError::Malformed { path: path.to_owned(), detail }
}
