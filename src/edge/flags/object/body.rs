//! An object as the API server sent it: its head, and the parts that hold flags, to the letter.
//!
//! Owns finding parts in the text. What is not ours is never decoded, so it cannot be lost.

use crate::edge::flags::error::Fault;
use crate::edge::flags::flagd::tree::members;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One object.
#[derive(Debug, Clone)]
pub struct Body {
    text: String,
    pub meta: ObjectMeta,
}

#[derive(Deserialize)]
struct Head {
    metadata: ObjectMeta,
}

#[derive(Deserialize)]
struct MapBody {
    #[serde(default)]
    data: Option<BTreeMap<String, String>>,
    #[serde(default)]
    immutable: Option<bool>,
}

impl Body {
    /// Reads an object.
    ///
    /// # Errors
    /// [`Fault::Malformed`]: it is no object of Kubernetes.
    pub fn read(text: String) -> Result<Self, Fault> {
        let head: Result<Head, _> = serde_json::from_str(&text);
        let Head { metadata: meta } =
            head.map_err(|error| Fault::Malformed(format!("the object has no metadata: {error}")))?;
        Ok(Self { text, meta })
    }

    /// Identity of this incarnation.
    pub fn uid(&self) -> &str {
        self.meta.uid.as_deref().unwrap_or_default()
    }

    /// What changes with every write.
    pub fn version(&self) -> &str {
        self.meta.resource_version.as_deref().unwrap_or_default()
    }

    /// The text of the member at `path`, as it stands there; None if it is not there.
    pub fn part(&self, path: &[&str]) -> Option<&str> {
        let mut here = self.text.as_str();
        for name in path {
            here = members(here).ok()?.into_iter().find(|(found, _)| found == name)?.1.get();
        }
        Some(here)
    }

    /// The value of `key` in a ConfigMap; None if it is not there.
    ///
    /// # Errors
    /// [`Fault::Malformed`]: it is no ConfigMap.
    pub fn value(&self, key: &str) -> Result<Option<String>, Fault> {
        Ok(self.map()?.data.unwrap_or_default().remove(key))
    }

    /// Every key of a ConfigMap with its value.
    ///
    /// # Errors
    /// [`Fault::Malformed`]: it is no ConfigMap.
    pub fn values(&self) -> Result<BTreeMap<String, String>, Fault> {
        Ok(self.map()?.data.unwrap_or_default())
    }

    /// Whether a ConfigMap may never be written again.
    pub fn is_immutable(&self) -> bool {
        self.map().ok().and_then(|map| map.immutable).unwrap_or(false)
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.meta.labels.as_ref()?.get(name).map(String::as_str)
    }

    /// The value of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.meta.annotations.as_ref()?.get(name).map(String::as_str)
    }

    fn map(&self) -> Result<MapBody, Fault> {
        serde_json::from_str(&self.text)
            .map_err(|error| Fault::Malformed(format!("the object is no ConfigMap: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_to_the_letter() {
        let text =
            r#"{"metadata":{"uid":"u","resourceVersion":"7"},"spec":{"flagSpec":{"x": 1.10, "y":"\u00e9"}}}"#;
        let body = Body::read(text.to_string()).unwrap();
        assert_eq!((body.uid(), body.version()), ("u", "7"));
        assert_eq!(body.part(&["spec", "flagSpec"]), Some(r#"{"x": 1.10, "y":"\u00e9"}"#));
        assert_eq!(body.part(&["spec", "none"]), None);
        assert_eq!(body.part(&["spec", "flagSpec", "x", "deeper"]), None);
    }

    #[test]
    fn what_is_no_object_is_said_to_be_none() {
        for text in ["", "[]", "{}", "{\"metadata\":1}"] {
            assert!(matches!(Body::read(text.to_string()), Err(Fault::Malformed(_))), "{text}");
        }
        let strange = Body::read(r#"{"metadata":{},"data":[1]}"#.to_string()).unwrap();
        assert!(matches!(strange.value("x"), Err(Fault::Malformed(_))));
        let empty = Body::read(r#"{"metadata":{},"data":null}"#.to_string()).unwrap();
        assert_eq!(empty.value("x").unwrap(), None);
    }
}
