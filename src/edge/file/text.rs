//! Reading a whole text file, never more than a cap and never from anything that may block.

use super::error::FileError;
use std::fs::{File, FileType, Metadata};
use std::io::Read;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// The text of the regular file at `path`, links followed, at most `cap` bytes.
///
/// # Errors
/// Missing, not regular, too large, not UTF-8, or the operating system's own error.
pub fn read(path: &Path, cap: u64) -> Result<String, FileError> {
    // Looked at before it is opened: opening a FIFO waits for a writer.
    let failed = |source| FileError::io("read", path, source);
    regular(path, &std::fs::metadata(path).map_err(failed)?)?;
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    regular(path, &metadata)?;
    if metadata.len() > cap {
        return Err(FileError::TooLarge { path: path.to_owned(), cap });
    }
    let mut bytes = Vec::new();
    file.take(cap + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > cap {
        return Err(FileError::TooLarge { path: path.to_owned(), cap });
    }
    String::from_utf8(bytes)
        .map_err(|e| FileError::NotText { path: path.to_owned(), at: e.utf8_error().valid_up_to() })
}

/// Accepts regular files only.
///
/// # Errors
/// [`FileError::NotRegular`], naming what it is.
pub fn regular(path: &Path, metadata: &Metadata) -> Result<(), FileError> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(FileError::NotRegular { path: path.to_owned(), found: kind(metadata.file_type()) })
}

fn kind(found: FileType) -> &'static str {
    if found.is_dir() {
        "a folder"
    } else if found.is_fifo() {
        "a FIFO"
    } else if found.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_up_to_its_cap() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), "12345");
        assert!(matches!(read(&path, 4), Err(FileError::TooLarge { cap: 4, .. })));
    }

    #[test]
    fn what_is_no_text_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path(), 9).unwrap_err().to_string().contains("a folder"));
        assert!(read(Path::new("/dev/zero"), 9).unwrap_err().to_string().contains("a device"));
        assert!(matches!(read(&folder.path().join("none"), 9), Err(FileError::Missing { .. })));
        let path = folder.path().join("latin1");
        std::fs::write(&path, b"ab\xe9").unwrap();
        assert!(matches!(read(&path, 9), Err(FileError::NotText { at: 2, .. })));
    }

    #[test]
    fn a_fifo_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        assert!(read(&path, 9).unwrap_err().to_string().contains("a FIFO"));
    }
}
