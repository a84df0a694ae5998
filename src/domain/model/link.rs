//! Templates of links to other programs' pages: a URL with `{{traceId}}` or the like.
//!
//! What is put in comes from metrics, so it is encoded whole and cannot lead to another host.

/// A checked template of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTemplate {
    text: String,
}

/// Longest template, in characters.
const LENGTH_MAX: usize = 1024;

impl LinkTemplate {
    /// Checks that it is an http or https URL with a host, and that it names each of `variables`
    /// that it uses as they are known; the first must be among them.
    ///
    /// # Errors
    /// A sentence with the fix.
    pub fn parse(text: &str, variables: &[&str]) -> Result<Self, String> {
        let known = variables.iter().map(|name| format!("{{{{{name}}}}}")).collect::<Vec<_>>().join(" or ");
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        if host.is_empty() || host.contains(['{', '}', '@', '\\']) {
            return Err(
                "it does not begin with a host; write it like `https://traces.example.com/trace/...`, \
                        variables after the host only"
                    .to_string(),
            );
        }
        let used = used(text)?;
        // Spaces may stand around a variable's name, and nowhere else.
        let blanks = |text: &str| text.chars().filter(|c| c.is_whitespace() || c.is_control()).count();
        if text.chars().count() > LENGTH_MAX || blanks(text) > used.iter().map(|name| blanks(name)).sum() {
            return Err(format!("it has spaces or more than {LENGTH_MAX} characters; encode spaces as %20"));
        }
        let used: Vec<&str> = used.into_iter().map(str::trim).collect();
        if let Some(unknown) = used.iter().find(|name| !variables.contains(name)) {
            return Err(format!("`{{{{{unknown}}}}}` is not known; use {known}"));
        }
        match variables.first() {
            Some(first) if !used.contains(first) => {
                Err(format!("it never names `{{{{{first}}}}}`; write {known}"))
            }
            _ => Ok(Self { text: text.to_string() }),
        }
    }

    /// The link, with the value that `find` has for each variable.
    pub fn render(&self, find: impl Fn(&str) -> String) -> String {
        let mut out = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, left) = after.split_once("}}").unwrap_or((after, ""));
            out.push_str(before);
            out.push_str(&encode(&find(name.trim())));
            rest = left;
        }
        out + rest
    }
}

/// What stands between braces in `text`.
fn used(text: &str) -> Result<Vec<&str>, String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let (name, left) = after.split_once("}}").ok_or("`{{` is not closed by `}}`")?;
        names.push(name);
        rest = left;
    }
    Ok(names)
}

/// Everything but letters, digits, `-`, `_`, `.` and `~` as `%XX`.
fn encode(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    value.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &[&str] = &["traceId"];

    #[test]
    fn what_is_put_in_is_encoded_whole() {
        let link = LinkTemplate::parse("https://t.example/trace/{{traceId}}?x={{ traceId }}", TRACE).unwrap();
        assert_eq!(link.render(|_| "4bf9".into()), "https://t.example/trace/4bf9?x=4bf9");
        let link = LinkTemplate::parse("https://t.example/{{traceId}}", TRACE).unwrap();
        assert_eq!(
            link.render(|_| "../a b?c#d@evil/é".into()),
            "https://t.example/..%2Fa%20b%3Fc%23d%40evil%2F%C3%A9"
        );
    }

    #[test]
    fn a_template_that_would_lead_nowhere_is_refused_with_the_fix() {
        for (text, said) in [
            ("", "does not begin with a host"),
            ("ftp://t/{{traceId}}", "does not begin with a host"),
            ("https://{{traceId}}", "variables after the host only"),
            ("https://{{traceId}}.t/x", "variables after the host only"),
            ("https://user@t/{{traceId}}", "does not begin with a host"),
            ("https://t/{{traceId}", "not closed"),
            ("https://t/{{traceID}}", "`{{traceID}}` is not known; use {{traceId}}"),
            ("https://t/{{traceId}}/{{pod}}", "`{{pod}}` is not known"),
            ("https://t/traces", "never names `{{traceId}}`"),
            ("https://t/{{traceId}} x", "has spaces"),
        ] {
            let error = LinkTemplate::parse(text, TRACE).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
        let long = format!("https://t/{{{{traceId}}}}{}", "x".repeat(LENGTH_MAX));
        assert!(LinkTemplate::parse(&long, TRACE).unwrap_err().contains("1024"));
    }
}
