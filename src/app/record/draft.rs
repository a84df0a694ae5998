//! A file that appears whole or not at all.
//!
//! Owns the temporary file beside its place. A draft that is not completed goes away with its
//! value, so that a recording cut short is never taken for one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A recording that is being written.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    temporary: PathBuf,
}

impl Draft {
    /// Opens a temporary file beside `path`, so that a folder that cannot be written is found
    /// before anything is asked.
    ///
    /// # Errors
    /// The path is a folder, or the file cannot be created.
    pub fn create(path: &Path) -> io::Result<(Self, File)> {
        let is_folder = || io::Error::from(io::ErrorKind::IsADirectory);
        let name = path.file_name().filter(|_| !path.is_dir()).ok_or_else(is_folder)?;
        let hidden = format!(".{}.{}.partial", name.to_string_lossy(), std::process::id());
        let temporary = path.with_file_name(hidden);
        let file = File::create(&temporary)?;
        Ok((Self { path: path.to_path_buf(), temporary }, file))
    }

    /// Puts the written file into its place, over an earlier one; gives its size in bytes.
    ///
    /// # Errors
    /// It cannot be brought to disk or renamed.
    pub fn complete(self, file: &File) -> io::Result<u64> {
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&self.temporary, &self.path)?;
        Ok(bytes)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After completion there is nothing left under this name; else there is nobody to tell.
        let _ = fs::remove_file(&self.temporary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_draft_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rec.gz");
        fs::write(&path, "earlier").unwrap();
        let (draft, mut file) = Draft::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"earlier");
        drop(draft);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let (draft, mut file) = Draft::create(&path).unwrap();
        file.write_all(b"whole").unwrap();
        assert_eq!(draft.complete(&file).unwrap(), 5);
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_found_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_path_buf(), folder.path().join("none/a.rec.gz"), PathBuf::from("/")] {
            assert!(Draft::create(&path).is_err(), "{path:?}");
        }
    }
}
