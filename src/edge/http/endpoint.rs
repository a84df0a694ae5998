//! Endpoints, checked before they are used.
//!
//! Owns what a URL of ours may look like. Credentials do not belong into one: they would show
//! up in logs and status.

use crate::domain::model::problem::Problem;
use std::fmt;
use url::Url;

/// Where a server is: `http` or `https`, a host, perhaps a port and a path prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
}

impl Endpoint {
    /// Reads the URL found in `field`.
    ///
    /// # Errors
    /// What is wrong with it and what to write instead. Credentials are not repeated.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let shown = if text.contains('@') { "" } else { text };
        let problem = |message: &str, fix: &str| Problem::new(field, shown, message, fix);
        let url = Url::parse(text.trim()).map_err(|error| {
            problem(&format!("is not a URL ({error})"), "write it like `http://prometheus.monitoring:9090`")
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(problem("has another scheme than http and https", "begin it with `https://`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(problem(
                "holds credentials",
                "leave out `user:password@` and put them into a Secret",
            ));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(problem("has no host", "write it like `http://prometheus.monitoring:9090`"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(problem("has a `?` or `#` part", "end it with the host, the port or a path prefix"));
        }
        Ok(Self { url })
    }

    /// The URL of `path` under this endpoint, whose own path stays in front.
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/').filter(|part| !part.is_empty()));
        }
        url
    }

    /// The URL of `segments` under this endpoint, each encoded whole; None where one of them cannot
    /// stand in a path: empty, `.` or `..`.
    pub fn under(&self, segments: &[&str]) -> Option<Url> {
        let mut url = self.url.clone();
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return None;
        }
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
        Some(url)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prefix_stays_in_front() {
        for (endpoint, expected) in [
            ("http://p:9090", "http://p:9090/api/v1/query"),
            ("http://p:9090/", "http://p:9090/api/v1/query"),
            ("https://p/select/0/prometheus", "https://p/select/0/prometheus/api/v1/query"),
            ("https://p/prom/", "https://p/prom/api/v1/query"),
        ] {
            let endpoint = Endpoint::parse("url", endpoint).unwrap();
            assert_eq!(endpoint.at("api/v1/query").as_str(), expected);
        }
    }

    #[test]
    fn a_segment_stays_one_segment() {
        let endpoint = Endpoint::parse("url", "https://p/api/").unwrap();
        let under = |key: &str| endpoint.under(&["flags", key]).map(|url| url.to_string());
        assert_eq!(under("a-b").as_deref(), Some("https://p/api/flags/a-b"));
        assert_eq!(under("../x?y#z").as_deref(), Some("https://p/api/flags/..%2Fx%3Fy%23z"));
        assert_eq!(under("%2e%2e").as_deref(), Some("https://p/api/flags/%252e%252e"));
        for key in ["", ".", ".."] {
            assert_eq!(under(key), None);
        }
    }

    #[test]
    fn a_url_that_could_leak_or_mislead_is_refused_with_field_and_fix() {
        for (text, part) in [
            ("prometheus:9090", "scheme"),
            ("", "not a URL"),
            ("file:///etc/passwd", "scheme"),
            ("gopher://x", "scheme"),
            ("http://user:secret@p:9090", "Secret"),
            ("http://user@p:9090", "Secret"),
            ("http://user:sec ret@@", "`http"),
            ("http://", "not a URL"),
            ("http://p:99999", "not a URL"),
            ("http://p/?db=1", "`?`"),
            ("http://p/#x", "`#`"),
        ] {
            let problem = Endpoint::parse("spec.url", text).unwrap_err();
            let said = problem.to_string();
            assert!(said.starts_with("spec.url") && said.contains(part), "{text}: {said}");
            assert!(!said.contains("secret") && !said.contains("sec ret"), "{said}");
        }
    }
}
