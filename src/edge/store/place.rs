//! Where an object lies: `<root>/<plural>/<namespace or _cluster>/<name>.yaml`.
//!
//! Owns names and paths. No path is made of a name that was not checked, so none leads out.

use super::error::StoreError;
use kube::Resource;
use std::path::{Path, PathBuf};

/// The folder of objects without a namespace; no namespace can have this name.
const CLUSTER: &str = "_cluster";
const EXTENSION: &str = "yaml";
/// Longest name of an object; with its extension it just fits a file name.
const NAME_MAX: usize = 250;

/// What a kind is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    pub api_version: String,
    pub kind: String,
    pub plural: String,
}

/// One object's place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub namespace: Option<String>,
    pub name: String,
}

impl Kind {
    /// The kind of `T`.
    pub fn of<T: Resource<DynamicType = ()>>() -> Self {
        Self {
            api_version: T::api_version(&()).into_owned(),
            kind: T::kind(&()).into_owned(),
            plural: T::plural(&()).into_owned(),
        }
    }

    /// The folder of the kind below `root`.
    pub fn folder(&self, root: &Path) -> PathBuf {
        root.join(&self.plural)
    }
}

impl Place {
    /// Checks both names.
    ///
    /// # Errors
    /// [`StoreError::Name`].
    pub fn new(namespace: Option<&str>, name: &str) -> Result<Self, StoreError> {
        if let Some(namespace) = namespace {
            check("metadata.namespace", namespace, 63, false)?;
        }
        check("metadata.name", name, NAME_MAX, true)?;
        Ok(Self { namespace: namespace.map(str::to_string), name: name.to_string() })
    }

    /// The place that a folder and a file below a kind's folder name.
    ///
    /// # Errors
    /// Not one of ours: the extension or a name is not what the store writes.
    pub fn of_file(folder: &str, file: &str) -> Result<Self, StoreError> {
        let name = file.strip_suffix(".yaml").ok_or(StoreError::Name {
            field: "file name",
            value: file.to_string(),
            fix: "objects are files named <name>.yaml",
        })?;
        Self::new((folder != CLUSTER).then_some(folder), name)
    }

    /// The path of the object below its kind's folder.
    pub fn path(&self, kind: &Kind, root: &Path) -> PathBuf {
        let namespace = self.namespace.as_deref().unwrap_or(CLUSTER);
        kind.folder(root).join(namespace).join(format!("{}.{EXTENSION}", self.name))
    }

    /// The object as kubectl names it.
    pub fn describe(&self, kind: &Kind) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", kind.kind, self.name),
            None => format!("{} {}", kind.kind, self.name),
        }
    }
}

/// The API server's own rule: labels of lower case letters, digits and `-`; dots between labels
/// in names of objects.
fn check(field: &'static str, value: &str, longest: usize, dots: bool) -> Result<(), StoreError> {
    let wrong = |fix| Err(StoreError::Name { field, value: value.chars().take(300).collect(), fix });
    if value.len() > longest {
        return wrong("it is too long; a namespace has at most 63 characters, a name 250");
    }
    let label = |label: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        edge(label.chars().next()) && edge(label.chars().last()) && label.chars().all(inner)
    };
    let fine = if dots { value.split('.').all(label) } else { label(value) };
    match fine {
        true => Ok(()),
        false => wrong("use lower case letters, digits and `-`, and begin and end with a letter or digit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_store() {
        let long = "a".repeat(251);
        for name in
            ["", ".", "..", "../x", "a/b", "a\\b", "a..b", ".a", "a.", "-a", "A", "ä", "a\0b", "_x", &long]
        {
            assert!(Place::new(Some("shop"), name).is_err(), "{name:?}");
            assert!(Place::new(Some(name), "a").is_err(), "{name:?}");
        }
        assert!(Place::new(Some("a.b"), "a").is_err(), "a namespace has no dots");
        assert!(Place::new(Some("shop"), &"a".repeat(250)).is_ok());
        assert!(Place::new(None, "order-api.v2").is_ok());
    }

    #[test]
    fn a_path_and_its_place_are_each_other() {
        let kind = Kind { api_version: "v1".into(), kind: "ConfigMap".into(), plural: "configmaps".into() };
        for (namespace, folder) in [(Some("shop"), "shop"), (None, "_cluster")] {
            let place = Place::new(namespace, "a.b").unwrap();
            let path = place.path(&kind, Path::new("/r"));
            assert_eq!(path, Path::new("/r/configmaps").join(folder).join("a.b.yaml"));
            assert_eq!(Place::of_file(folder, "a.b.yaml").unwrap(), place);
        }
        assert!(Place::of_file("shop", "a.yml").is_err());
        assert!(Place::of_file("shop", ".yaml").is_err());
    }
}
