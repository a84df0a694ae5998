//! `flyball lint`: every problem of every document, before it reaches a cluster.
//!
//! Owns what is printed and counted; reading and judging are its children's. Must not stop at the
//! first problem, and must not change anything.

pub mod gather;
pub mod judge;

use judge::Verdict;
use std::fmt;
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// What was checked and found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Files that were read, standard input included.
    pub files: usize,
    /// Documents, those of other kinds included.
    pub documents: usize,
    /// Documents of our kinds without a problem.
    pub sound: usize,
    /// Problems, unreadable files included. 0: everything may be applied.
    pub problems: usize,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let parts = [many(self.files, "file"), many(self.documents, "document")].join(", ");
        write!(f, "{parts}: {} sound, {}", self.sound, many(self.problems, "problem"))
    }
}

/// Checks files, the manifests in directories, and standard input (`-`); prints one line per
/// document that is sound and one per problem of the others, then a summary.
///
/// # Errors
/// `out` cannot be written. A file that cannot be read is a problem, not an error.
pub fn run(inputs: &[PathBuf], stdin: impl Read, out: &mut impl Write) -> io::Result<Outcome> {
    let texts = gather::texts(inputs, stdin);
    let mut outcome = Outcome::default();
    for verdict in judge::all(&texts) {
        match &verdict {
            Verdict::Unread { origin, why } => {
                outcome.problems += 1;
                writeln!(out, "{origin}: cannot be read: {why}")?;
            }
            Verdict::Foreign { place } => {
                outcome.documents += 1;
                writeln!(out, "{place}: not one of ours, not checked")?;
            }
            Verdict::Sound { place, notes } => {
                outcome.documents += 1;
                outcome.sound += 1;
                writeln!(out, "{place}: ok")?;
                for note in notes {
                    writeln!(out, "  note: {note}")?;
                }
            }
            Verdict::Broken { place, problems } => {
                outcome.documents += 1;
                outcome.problems += problems.len();
                writeln!(out, "{place}: {} problem(s)", problems.len())?;
                for problem in problems {
                    writeln!(out, "  {}", problem.to_string().trim_start_matches(": "))?;
                }
            }
        }
    }
    outcome.files = texts.iter().filter(|(_, text)| text.is_ok()).count();
    writeln!(out, "{outcome}")?;
    out.flush()?;
    Ok(outcome)
}

#[cfg(test)]
mod tests;
