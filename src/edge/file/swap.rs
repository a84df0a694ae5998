//! Replacing a file all or nothing: a reader, and a restart after a crash, see the old text or
//! the new one, never a part.
//!
//! Owns the order of steps: draft in the same folder, sync of the draft, the caller's last look,
//! rename, sync of the folder. The last look is as late as it can be; between it and the rename
//! nobody can be excluded.

use super::error::FileError;
use super::folder::{self, DRAFT_PREFIX, DRAFT_SUFFIX};
use super::text;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// Puts `contents` at `path`. A symbolic link stays and its target is replaced; mode and owner
/// stay (access lists and other extended attributes do not); a new file gets mode 0644 less the
/// umask. `last_look` runs when all is ready, just before the rename; its error stops it.
///
/// # Errors
/// Those of `last_look`, not regular, hard links, an owner that cannot be kept, or the operating
/// system's own. Only an error of "sync the folder" comes after the change.
pub fn put(
    path: &Path,
    contents: impl AsRef<[u8]>,
    last_look: impl FnOnce() -> Result<(), FileError>,
) -> Result<(), FileError> {
    let path = resolve(path)?;
    let former = former(&path)?;
    let folder = folder::parent(&path);
    let draft = Draft::write(&folder, contents.as_ref(), former.as_ref())?;
    last_look()?;
    draft.publish(&path)?;
    folder::sync(&folder)
}

/// Removes `path` durably.
///
/// # Errors
/// The operating system's own.
pub fn remove(path: &Path) -> Result<(), FileError> {
    std::fs::remove_file(path).map_err(|source| FileError::io("remove", path, source))?;
    folder::sync(&folder::parent(path))
}

/// Where the bytes really are. A link to nothing is an error, or it would be replaced itself.
fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    match std::fs::symlink_metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        _ => std::fs::canonicalize(path).map_err(|source| FileError::io("read", path, source)),
    }
}

fn former(path: &Path) -> Result<Option<Metadata>, FileError> {
    let metadata = match std::fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        found => found.map_err(|source| FileError::io("read", path, source))?,
    };
    text::regular(path, &metadata)?;
    if metadata.nlink() > 1 {
        return Err(FileError::HardLinks { path: path.to_owned(), links: metadata.nlink() });
    }
    Ok(Some(metadata))
}

/// The new text under a name of its own; removed again unless published.
struct Draft {
    path: PathBuf,
    published: bool,
}

impl Draft {
    fn write(folder: &Path, contents: &[u8], former: Option<&Metadata>) -> Result<Self, FileError> {
        // The hasher's keys come from the system's random source, which is all that is wanted.
        let random = RandomState::new().hash_one(DRAFT_PREFIX);
        let path = folder.join(format!("{DRAFT_PREFIX}{random:016x}{DRAFT_SUFFIX}"));
        let mode = former.map_or(0o644, |m| m.mode() & 0o7777);
        let failed = |operation| {
            let path = path.clone();
            move |source| FileError::io(operation, &path, source)
        };
        let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        let mut file = opened.map_err(failed("create"))?;
        let draft = Self { path: path.clone(), published: false };
        file.write_all(contents).map_err(failed("write"))?;
        if let Some(former) = former {
            keep_owner(&file, former, &path)?;
            file.set_permissions(Permissions::from_mode(mode)).map_err(failed("set the mode of"))?;
        }
        file.sync_all().map_err(failed("sync"))?;
        Ok(draft)
    }

    fn publish(mut self, path: &Path) -> Result<(), FileError> {
        std::fs::rename(&self.path, path).map_err(|source| FileError::io("replace", path, source))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed now is cleared before the next write.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn keep_owner(file: &File, former: &Metadata, path: &Path) -> Result<(), FileError> {
    let (uid, gid) = (former.uid(), former.gid());
    let now = file.metadata().map_err(|source| FileError::io("read", path, source))?;
    if (now.uid(), now.gid()) == (uid, gid) {
        return Ok(());
    }
    fchown(file, Some(uid), Some(gid)).map_err(|source| FileError::Owner {
        path: path.to_owned(),
        uid,
        gid,
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_link_stays_and_its_target_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, "old").unwrap();
        std::fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        put(&link, "new", || Ok(())).unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(std::fs::metadata(&real).unwrap().mode() & 0o7777, 0o640);
        assert_eq!(names(folder.path()), ["link", "real"]);
    }

    #[test]
    fn a_last_look_that_fails_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "old").unwrap();
        let ended = put(&path, "new", || Err(FileError::Changed { path: path.clone() }));
        assert!(matches!(ended, Err(FileError::Changed { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["f"]);
    }

    #[test]
    fn what_a_rename_would_break_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&a, "old").unwrap();
        std::fs::hard_link(&a, &b).unwrap();
        assert!(matches!(put(&a, "new", || Ok(())), Err(FileError::HardLinks { links: 2, .. })));
        assert!(matches!(put(folder.path(), "new", || Ok(())), Err(FileError::NotRegular { .. })));
        let dangling = folder.path().join("dangling");
        std::os::unix::fs::symlink("nothing", &dangling).unwrap();
        assert!(matches!(put(&dangling, "new", || Ok(())), Err(FileError::Missing { .. })));
    }

    #[test]
    fn a_file_that_is_not_there_is_created_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        put(&path, "new", || Ok(())).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        remove(&path).unwrap();
        assert!(names(folder.path()).is_empty());
    }
}
