//! Headers of a request, whose values are secrets: they are never shown.

use crate::domain::model::problem::Problem;
use reqwest::header::{HeaderName, HeaderValue};
use std::fmt;

/// One header. Its value does not appear in `Debug`.
#[derive(Clone)]
pub struct Header {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
}

impl Header {
    /// Checks a name and a value, as read from `field`.
    ///
    /// # Errors
    /// Which of the two cannot stand in a header. The value is not repeated.
    pub fn new(field: &str, name: &str, value: &str) -> Result<Self, Problem> {
        let name = HeaderName::try_from(name).map_err(|_| {
            Problem::new(field, name, "is not a header name", "write a name like `X-Scope-OrgID`")
        })?;
        let mut value = HeaderValue::try_from(value.trim()).map_err(|_| {
            let message = format!("the value of {name} holds a line break or a control character");
            Problem::new(field, "", message, "store it as one line of visible characters")
        })?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: (secret)", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_neither_whole_nor_when_it_is_refused() {
        let header = Header::new("auth", "Authorization", "Bearer hunter2\n").unwrap();
        assert_eq!(format!("{header:?}"), "authorization: (secret)");
        let refused = Header::new("auth", "Authorization", "hunter2\r\nX-Evil: 1").unwrap_err();
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
        assert!(Header::new("auth", "bad name", "x").is_err());
    }
}
