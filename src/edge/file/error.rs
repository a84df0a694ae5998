//! What can go wrong with a file, each naming the path and what to do.
//!
//! Owns the errors of reading and replacing. Must not hold a file's text: it may be a secret.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a file could not be read or replaced.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{} does not exist; create it, or correct the path", path.display())]
    Missing { path: PathBuf },
    /// A FIFO, device, socket or folder: opening one of those may block or never end.
    #[error("{} is {found}; only regular files are read and written", path.display())]
    NotRegular { path: PathBuf, found: &'static str },
    #[error("{} is larger than {cap} bytes; split it, or keep less in it", path.display())]
    TooLarge { path: PathBuf, cap: u64 },
    #[error("{} is not UTF-8 at byte {at}; save it as UTF-8", path.display())]
    NotText { path: PathBuf, at: usize },
    /// Somebody wrote the file after it was read: nothing was written.
    #[error("{} changed while its new text was prepared; nothing was written", path.display())]
    Changed { path: PathBuf },
    /// Replacing one name of the file would leave its other names with the old text.
    #[error("{} has {links} hard links; keep one name, use symbolic links for the others", path.display())]
    HardLinks { path: PathBuf, links: u64 },
    /// The replacement would belong to somebody else.
    #[error("{} belongs to {uid}:{gid}, which a new file cannot be given; run as its owner", path.display())]
    Owner {
        path: PathBuf,
        uid: u32,
        gid: u32,
        #[source]
        source: io::Error,
    },
    #[error("cannot {operation} {}", path.display())]
    Io {
        operation: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The file system did not answer; what was begun gives up before it changes anything, or
    /// has just changed it: read again.
    #[error("{operation} took longer than {} s; a disk or a network file system hangs", deadline.as_secs())]
    Late { operation: &'static str, deadline: Duration },
    /// The one who asked no longer waits, so nothing was written.
    #[error("{operation} was given up before anything was written")]
    GivenUp { operation: &'static str },
    #[error("{operation} ended without an answer; it panicked, or the program is shutting down")]
    Ended { operation: &'static str },
}

impl FileError {
    /// An error of the operating system during `operation` ("read", "rename", ...).
    pub fn io(operation: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound if operation == "read" => Self::Missing { path: path.to_owned() },
            _ => Self::Io { operation, path: path.to_owned(), source },
        }
    }
}
