//! Flags in one file: a flagd document, or lines of `key=value`.
//!
//! Owns the path and the order of steps: read, compute, write all or nothing if the file is still
//! what the edit was computed from. Between that last look and the rename nobody can be excluded,
//! so the file has no precondition (`BestEffort`). Must not decide what a text means.

use super::asked::Asked;
use super::error::{Fault, FlagError, Subject};
use super::format::Format;
use crate::domain::model::flag::FlagState;
use crate::domain::model::provider::{Access, Capabilities, ProviderFacts};
use crate::edge::file::error::FileError;
use crate::edge::file::lane::{Asker, Lane};
use crate::edge::file::{folder, swap, text};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Largest file that is read, in bytes.
pub const FILE_MAX: u64 = 8 * 1024 * 1024;

/// What a provider says of its file.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Name of the FlagProvider.
    pub name: String,
    pub path: PathBuf,
    /// None: by what stands in the file when it is opened.
    pub format: Option<Format>,
    /// Who may use it for which keys.
    pub access: Access,
    /// How long after a write clients serve it.
    pub propagation: Duration,
}

/// One file of flags. Clones share the lane, so that their writes do not meet.
#[derive(Debug, Clone)]
pub struct FlagFile {
    facts: ProviderFacts,
    path: Arc<Path>,
    format: Format,
    installation: String,
    lane: Lane,
}

/// What came of an edit: an error of the disk, or one of the text.
enum Failed {
    File(FileError),
    Text(Fault),
}

impl From<FileError> for Failed {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl FlagFile {
    /// Takes up the file. It is read only where `format` is not declared; from then on the format
    /// is fixed, so that a file of another form cannot be misread.
    ///
    /// # Errors
    /// Unavailable (not there, not regular, too large), or malformed: no format can be told.
    pub async fn open(declared: Declared, installation: &str) -> Result<Self, FlagError> {
        let Declared { name, path, format, access, propagation } = declared;
        let subject = Subject { provider: name.clone(), key: None };
        let unavailable = |e| FlagError::file(subject.clone(), e);
        let path = std::path::absolute(&path)
            .map_err(|source| unavailable(FileError::Io { operation: "resolve", path, source }))?;
        let lane = Lane::default();
        let format = match format {
            Some(format) => format,
            None => {
                let read = path.clone();
                let text = lane.run("reading the flag file", move |_| text::read(&read, FILE_MAX)).await;
                let malformed = |why| Fault::Malformed(format!("{}: {why}", path.display()));
                Format::detect(&text.map_err(unavailable)?)
                    .map_err(|why| FlagError::of(subject.clone(), malformed(why)))?
            }
        };
        let facts = ProviderFacts {
            name,
            store: "file".to_string(),
            endpoint: path.display().to_string(),
            project: None,
            object: None,
            base: None,
            capabilities: Capabilities {
                precondition: false,
                history: false,
                self_ending: format.self_ending(),
            },
            fallbacks: Vec::new(),
            access,
            propagation,
        };
        Ok(Self { facts, path: path.into(), format, installation: installation.to_string(), lane })
    }

    /// What may be said of it without reading it.
    pub fn facts(&self) -> &ProviderFacts {
        &self.facts
    }

    /// The form of the file.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Id of the installation whose marks are ours.
    pub fn installation(&self) -> &str {
        &self.installation
    }

    /// The whole text.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn text(&self) -> Result<String, FlagError> {
        let path = self.path.clone();
        let read = self.lane.run("reading the flag file", move |_| text::read(&path, FILE_MAX)).await;
        read.map_err(|e| FlagError::file(self.subject(None), e))
    }

    /// How a flag stands; None if it is not there.
    ///
    /// # Errors
    /// Unavailable or malformed. A file that is not there is unavailable: editors and deployments
    /// take it away for a moment, and nothing follows from that.
    pub async fn look(&self, asked: &Asked<'_>) -> Result<Option<FlagState>, FlagError> {
        let text = self.text().await?;
        let found = self.format.look(&text, asked);
        found.map_err(|fault| FlagError::of(self.subject(Some(asked.key)), self.located(fault)))
    }

    /// Writes what `edit` makes of the text, if it makes anything of it.
    ///
    /// # Errors
    /// Those of `edit`; a conflict if the file changed meanwhile; unavailable.
    pub async fn edit<E>(&self, key: &str, edit: E) -> Result<(), FlagError>
    where
        E: FnOnce(&str) -> Result<Option<String>, Fault> + Send + 'static,
    {
        let path = self.path.clone();
        let done = self.lane.run("writing the flag file", move |asker| write(&path, asker, edit)).await;
        done.map_err(|failed| match failed {
            Failed::File(error) => FlagError::file(self.subject(Some(key)), error),
            Failed::Text(fault) => FlagError::of(self.subject(Some(key)), self.located(fault)),
        })
    }

    /// A text that cannot be understood is to be mended: say which file it is.
    fn located(&self, fault: Fault) -> Fault {
        match fault {
            Fault::Malformed(why) => Fault::Malformed(format!("{}: {why}", self.path.display())),
            other => other,
        }
    }

    fn subject(&self, key: Option<&str>) -> Subject {
        Subject { provider: self.facts.name.clone(), key: key.map(str::to_string) }
    }
}

fn write<E>(path: &Path, asker: &Asker, edit: E) -> Result<(), Failed>
where
    E: FnOnce(&str) -> Result<Option<String>, Fault>,
{
    let before = text::read(path, FILE_MAX)?;
    let Some(after) = edit(&before).map_err(Failed::Text)? else { return Ok(()) };
    if after.len() as u64 > FILE_MAX {
        return Err(FileError::TooLarge { path: path.to_owned(), cap: FILE_MAX }.into());
    }
    clear_litter(path);
    Ok(swap::put(path, &after, || {
        if text::read(path, FILE_MAX)? != before {
            return Err(FileError::Changed { path: path.to_owned() });
        }
        asker.still_waits()
    })?)
}

/// Drafts that a crash left beside the file go before the next write. One that may not be removed
/// is litter, and no reason not to write.
fn clear_litter(path: &Path) {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let _ = folder::clear_drafts(&folder::parent(&real));
}
