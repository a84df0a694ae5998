//! What can go wrong with a stored object, naming the object or file and what to do.

use crate::edge::file::error::FileError;
use std::path::PathBuf;

/// Why the store did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{} is in use by another governor; stop it, or give this one its own folder", root.display())]
    Locked { root: PathBuf },
    /// Not a name that an object may have, so no path is made of it.
    #[error("{field} {value:?} is not valid: {fix}")]
    Name { field: &'static str, value: String, fix: &'static str },
    #[error("{object} exists already")]
    Exists { object: String },
    #[error("{object} does not exist")]
    NotFound { object: String },
    /// Nothing was written.
    #[error("{object} is not the one that was read: {detail}; read it again")]
    Conflict { object: String, detail: &'static str },
    #[error("{}: {detail}; correct the file, or remove it", path.display())]
    Malformed { path: PathBuf, detail: String },
    /// Nothing was written.
    #[error("{object} cannot be written: {detail}")]
    Unwritable { object: String, detail: String },
    #[error("{} holds more than {cap} objects or {bytes} bytes; remove what is no longer needed", folder.display())]
    TooMany { folder: PathBuf, cap: usize, bytes: usize },
    #[error(transparent)]
    File(#[from] FileError),
}
