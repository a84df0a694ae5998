//! YAML, read and written as kubectl does: the one place that names a YAML crate.
//!
//! Reading follows sigs.k8s.io/yaml (YAML 1.1 plain scalars: an unquoted `off` is a boolean), so
//! that a file checked here means the same to the API server. What is written reads back the same.
//! Must not know any kind of object, nor touch files.

pub mod emit;
pub mod tree;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The largest text that is read, in bytes.
pub const MAX_BYTES: usize = 4 << 20;

/// What aliases and anchors of one text may add up to, in bytes of copied nodes.
const MAX_COPIED: usize = 16 << 20;

/// One document of a text.
#[derive(Debug)]
pub struct Document {
    /// Its place in the text, from 1; empty documents are not counted.
    pub index: usize,
    /// The line of the text it begins on, from 1.
    pub line: usize,
    /// What it says, or why it cannot be read.
    pub value: Result<Value, YamlError>,
}

/// Why a text or a value could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// The text is larger than we read.
    #[error("the text has {bytes} bytes; at most {MAX_BYTES} are read; split it into several files")]
    Size {
        /// Length of the text, in bytes.
        bytes: usize,
    },
    /// A document is not YAML, or not what kubectl accepts of it.
    #[error("document {document}, line {line}, column {column}: {message}")]
    Read {
        /// Ordinal of the document in the text, from 1.
        document: usize,
        /// Line of the text, from 1.
        line: usize,
        /// Column of the line in characters, from 1.
        column: usize,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// One document was wanted, another number was found.
    #[error("the text holds {found} documents; exactly one is wanted")]
    Count {
        /// Documents found.
        found: usize,
    },
    /// The document does not fit the wanted type.
    #[error("the document at line {line} does not fit: {source}")]
    Fit {
        /// Line of the text the document begins on, from 1.
        line: usize,
        /// The field and what was expected there.
        source: serde_json::Error,
    },
    /// The value cannot be written (a map whose keys are not strings, for one).
    #[error("cannot write the value as YAML")]
    Write {
        /// What the serializer said.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads every document of `text`; a broken one does not lose the others.
///
/// Empty documents are left out. A text that is too large gives one document with the error.
pub fn documents(text: &str) -> Vec<Document> {
    if text.len() > MAX_BYTES {
        let value = Err(YamlError::Size { bytes: text.len() });
        return vec![Document { index: 1, line: 1, value }];
    }
    let mut copies = MAX_COPIED;
    let mut out = Vec::new();
    for chunk in split(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let read = match chunk.separator {
            Some(column) => Err(tree::Fault::new(0, column, SEPARATOR)),
            None => tree::read(chunk.text, &mut copies),
        };
        match read {
            Ok(None) => {}
            Ok(Some(value)) => push(&mut out, chunk.first_line(), Ok(value)),
            Err(fault) => match stream(chunk.text).filter(|_| fault.syntax) {
                Some(values) => {
                    for (line, value) in values {
                        push(&mut out, chunk.line + line, Ok(value));
                    }
                }
                None => push(&mut out, chunk.first_line(), Err((chunk.line, fault))),
            },
        }
    }
    out
}

/// Reads a text of exactly one document.
///
/// # Errors
/// `Size`, `Read`, `Count` for none or several documents, `Fit` where it is not a `T`.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let mut all = documents(text);
    match (all.len(), all.pop()) {
        (1, Some(Document { line, value, .. })) => {
            serde_json::from_value(value?).map_err(|source| YamlError::Fit { line, source })
        }
        (found, _) => Err(YamlError::Count { found }),
    }
}

/// Writes a value; strings that a YAML 1.1 reader would take for something else are quoted.
///
/// # Errors
/// `Write` where the value has no JSON form.
pub fn to_string(value: &impl Serialize) -> Result<String, YamlError> {
    let value = serde_json::to_value(value).map_err(|source| YamlError::Write { source })?;
    Ok(emit::write(&value))
}

const SEPARATOR: &str = "kubectl takes no text after `---`; write `---` on a line of its own";

/// The text between two separators.
struct Chunk<'a> {
    /// Line of the whole text that `text` begins on, less one.
    line: usize,
    text: &'a str,
    /// The column of what follows the `---` on its line, if that is more than a comment.
    separator: Option<usize>,
}

impl Chunk<'_> {
    /// The first line that is neither blank nor a comment, of the whole text.
    fn first_line(&self) -> usize {
        let idle = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
        self.line + 1 + self.text.lines().take_while(idle).count()
    }
}

/// Cuts at the lines that begin with `---`, as the decoder of kubectl does.
fn split(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let (mut start, mut from, mut separator) = (0, 0, None);
    let (mut at, mut line) = (0, 0);
    for row in text.split_inclusive('\n') {
        if let Some(rest) = row.strip_prefix("---") {
            chunks.push(Chunk { line: from, text: &text[start..at], separator });
            let rest_trimmed = rest.trim();
            let alone = rest_trimmed.is_empty() || rest_trimmed.starts_with('#');
            separator = (!alone).then(|| 4 + rest.chars().take_while(|c| c.is_whitespace()).count());
            // A separator with text after it stays in its chunk, so that its line is named.
            (start, from) = if alone { (at + row.len(), line + 1) } else { (at, line) };
        }
        at += row.len();
        line += 1;
    }
    chunks.push(Chunk { line: from, text: &text[start..], separator });
    chunks
}

/// JSON values one after another, each with the lines before it: kubectl takes those too.
fn stream(text: &str) -> Option<Vec<(usize, Value)>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut out = Vec::new();
    loop {
        let before = values.byte_offset();
        let blank = text[before..].len() - text[before..].trim_start().len();
        match values.next() {
            Some(Ok(value)) => out.push((1 + text[..before + blank].matches('\n').count(), value)),
            Some(Err(_)) => return None,
            None => return Some(out),
        }
    }
}

fn push(out: &mut Vec<Document>, line: usize, value: Result<Value, (usize, tree::Fault)>) {
    let index = out.len() + 1;
    let value = value.map_err(|(before, fault)| YamlError::Read {
        document: index,
        line: before + fault.line.max(1),
        column: fault.column,
        message: fault.message,
    });
    out.push(Document { index, line, value });
}

#[cfg(test)]
mod tests;
