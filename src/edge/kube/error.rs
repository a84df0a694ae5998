//! What an API server's answer, or the lack of one, means to a caller.

use kube::core::response::Status;
use std::error::Error;
use std::time::Duration;
use thiserror::Error;

/// Why a call did not do what was asked. Messages are the API server's own; a body that is no
/// `Status` is not repeated.
#[derive(Debug, Error)]
pub enum KubeError {
    /// The kind is served, and there is no such object.
    #[error("{object} does not exist")]
    NotFound { object: String },
    /// The namespace is not there, or is being deleted: nothing can be created in it.
    #[error("{object} cannot be created: its namespace is gone or going")]
    NoNamespace { object: String },
    /// The API server does not know the kind.
    #[error("the API server does not serve {object}; install the definition of its kind")]
    NotServed { object: String },
    #[error("{object} exists already")]
    Exists { object: String },
    /// Somebody else wrote since it was read, or a precondition does not hold. Nothing was written.
    #[error("{object} is not as it was when it was read: {message}")]
    Conflict { object: String, message: String },
    /// Not allowed by RBAC, by admission, or not authenticated at all.
    #[error("{object} is refused to us: {message}")]
    Forbidden { object: String, message: String },
    /// The object or the request is wrong.
    #[error("{object} is not valid: {message}")]
    Invalid { object: String, message: String },
    /// The version that a list or watch began from is forgotten: list anew.
    #[error("{object} has to be listed anew: {message}")]
    Expired { object: String, message: String },
    /// After a write, whether it took place is not known: read again.
    #[error("no answer about {object} within {after:?}")]
    Timeout { object: String, after: Duration },
    /// After a write, whether it took place is not known: read again.
    #[error("the API server could not be asked about {object}")]
    Unavailable {
        object: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The answer is too large, or not what was asked for.
    #[error("the answer about {object} cannot be read: {detail}")]
    Malformed { object: String, detail: String },
    /// Nothing was written: another governor may have taken over before it would be done.
    #[error("{object} is not written: our lease does not outlast the write")]
    Fenced { object: String },
}

/// A refusal for the moment: the API server is busy, starting or stopping.
#[derive(Debug, Error)]
#[error("status {code}: {message}")]
struct Busy {
    code: u16,
    message: String,
}

impl KubeError {
    /// Whether the object is known not to exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether reading the object again may let the same write succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Exists { .. })
    }

    /// What the answer `status` with HTTP code `code` says of `object`; None where the body was no
    /// Status, as with paths that are not served.
    pub fn of(object: &str, code: u16, status: Option<Status>) -> Self {
        let object = object.to_string();
        let Some(status) = status else {
            return match code {
                404 => Self::NotServed { object },
                401 | 403 => Self::Forbidden { object, message: format!("status {code}") },
                _ => Self::busy(object, code, "the answer is no Status".to_string()),
            };
        };
        let message = status.message.clone();
        let caused = |word: &str| {
            status.details.iter().flat_map(|details| &details.causes).any(|cause| cause.reason == word)
        };
        let about = |kind: &str| {
            let details = status.details.as_ref();
            details.is_some_and(|details| details.kind == kind && !details.name.is_empty())
        };
        let named = status.details.as_ref().is_some_and(|details| !details.name.is_empty());
        match (code, status.reason.as_str()) {
            (404, _) if about("namespaces") && !object.starts_with("namespaces ") => {
                Self::NoNamespace { object }
            }
            (404, _) if named => Self::NotFound { object },
            (404, _) => Self::NotServed { object },
            (_, "AlreadyExists") => Self::Exists { object },
            (409, _) => Self::Conflict { object, message },
            (403, _) if caused("NamespaceTerminating") => Self::NoNamespace { object },
            (401 | 403, _) => Self::Forbidden { object, message },
            (410, _) | (_, "Expired" | "Gone") => Self::Expired { object, message },
            (429 | 500.., _) => Self::busy(object, code, message),
            _ => Self::Invalid { object, message },
        }
    }

    fn busy(object: String, code: u16, message: String) -> Self {
        Self::Unavailable { object, source: Box::new(Busy { code, message }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(code: u16, status: serde_json::Value) -> KubeError {
        KubeError::of("decisions shop/a", code, serde_json::from_value(status).ok())
    }

    #[test]
    fn a_missing_object_a_missing_kind_and_a_missing_namespace_are_told_apart() {
        let found = told(404, json!({"reason": "NotFound", "details": {"name": "a", "kind": "decisions"}}));
        assert!(found.is_not_found(), "{found:?}");
        let kind = told(404, json!({"reason": "NotFound", "details": {}}));
        assert!(matches!(kind, KubeError::NotServed { .. }), "{kind:?}");
        let path = KubeError::of("decisions shop/a", 404, None);
        assert!(matches!(path, KubeError::NotServed { .. }), "{path:?}");
        let gone =
            told(404, json!({"reason": "NotFound", "details": {"name": "shop", "kind": "namespaces"}}));
        assert!(matches!(gone, KubeError::NoNamespace { .. }), "{gone:?}");
        let cause = json!({"reason": "NamespaceTerminating", "message": "m", "field": "metadata.namespace"});
        let going = told(403, json!({"reason": "Forbidden", "details": {"name": "a", "causes": [cause]}}));
        assert!(matches!(going, KubeError::NoNamespace { .. }), "{going:?}");
    }

    #[test]
    fn every_other_answer_has_its_word() {
        let of = |code, reason| told(code, json!({"reason": reason, "message": "why"}));
        assert!(matches!(of(409, "AlreadyExists"), KubeError::Exists { .. }));
        assert!(matches!(of(409, "Conflict"), KubeError::Conflict { .. }));
        assert!(matches!(of(403, "Forbidden"), KubeError::Forbidden { .. }));
        assert!(matches!(of(401, "Unauthorized"), KubeError::Forbidden { .. }));
        assert!(matches!(of(422, "Invalid"), KubeError::Invalid { .. }));
        assert!(matches!(of(400, "BadRequest"), KubeError::Invalid { .. }));
        assert!(matches!(of(410, "Expired"), KubeError::Expired { .. }));
        for code in [429, 500, 503, 504] {
            assert!(matches!(of(code, "Any"), KubeError::Unavailable { .. }), "{code}");
        }
        assert!(matches!(KubeError::of("x", 502, None), KubeError::Unavailable { .. }));
    }
}
