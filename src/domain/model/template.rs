//! Templates of flag keys and of the objects that hold them: text with `{{service}}` and `{{namespace}}`.

use super::id::ServiceKey;
use serde::{Deserialize, Serialize};

/// A checked template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    text: String,
}

impl Template {
    /// Checks that every `{{...}}` is one that is known.
    ///
    /// # Errors
    /// A sentence naming the unknown or unclosed variable.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("it is empty; write a key such as `{{service}}-strong-check`".to_string());
        }
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let after = &rest[open + 2..];
            let close = after.find("}}").ok_or_else(|| "`{{` is not closed by `}}`".to_string())?;
            match after[..close].trim() {
                "service" | "namespace" => {}
                other => {
                    return Err(format!(
                        "`{{{{{other}}}}}` is not known; use {{{{service}}}} or {{{{namespace}}}}"
                    ));
                }
            }
            rest = &after[close + 2..];
        }
        Ok(Self { text: text.to_string() })
    }

    /// The text for one service.
    pub fn render(&self, service: &ServiceKey) -> String {
        fill(&self.text, service)
    }

    /// Whether `text` is what this says for `service`, where `*` outside the variables stands for
    /// any run of characters. A `*` in a service's own name is a character like any other.
    pub fn matches(&self, service: &ServiceKey, text: &str) -> bool {
        let parts: Vec<String> = self.text.split('*').map(|part| fill(part, service)).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        in_order(&parts, text)
    }

    /// Whether different services get different texts.
    pub fn names_service(&self) -> bool {
        let compact: String = self.text.split_whitespace().collect();
        compact.contains("{{service}}")
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text
    }
}

fn fill(text: &str, service: &ServiceKey) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        out.push_str(&rest[..open]);
        let after = &rest[open + 2..];
        let close = after.find("}}").unwrap_or(after.len());
        out.push_str(match after[..close].trim() {
            "namespace" => &service.namespace,
            _ => &service.service,
        });
        rest = after.get(close + 2..).unwrap_or("");
    }
    out + rest
}

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters.
pub fn glob(pattern: &str, text: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    in_order(&parts, text)
}

/// Whether `text` is `parts` in their order with any characters between them, the first at its
/// beginning and the last at its end.
fn in_order(parts: &[&str], text: &str) -> bool {
    let Some((first, others)) = parts.split_first() else { return text.is_empty() };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_the_whole_text() {
        for (pattern, text, expected) in [
            ("inventory", "inventory", true),
            ("inventory", "inventory-2", false),
            ("order-*", "order-api", true),
            ("order-*", "preorder-api", false),
            ("*-api", "order-api", true),
            ("*", "", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_star_in_a_name_is_no_wildcard() {
        let template = Template::parse("{{namespace}}-{{ service }}-*").unwrap();
        assert!(template.matches(&ServiceKey::new("shop", "order"), "shop-order-check"));
        assert!(!template.matches(&ServiceKey::new("*", "*"), "shop-order-check"));
        assert!(template.matches(&ServiceKey::new("*", "*"), "*-*-check"));
    }

    #[test]
    fn a_stored_template_is_checked_again() {
        let template = Template::parse("{{service}}-x").unwrap();
        let text = serde_json::to_string(&template).unwrap();
        assert_eq!(text, "\"{{service}}-x\"");
        assert_eq!(serde_json::from_str::<Template>(&text).unwrap(), template);
        assert!(serde_json::from_str::<Template>("\"{{pod}}\"").is_err());
    }

    #[test]
    fn a_key_is_rendered_for_its_service() {
        let template = Template::parse("{{namespace}}.{{ service }}-check").unwrap();
        assert_eq!(template.render(&ServiceKey::new("shop", "inventory")), "shop.inventory-check");
        assert!(template.names_service());
        assert!(!Template::parse("one-for-all").unwrap().names_service());
    }

    #[test]
    fn unknown_variables_are_refused() {
        assert!(Template::parse("{{pod}}-x").unwrap_err().contains("{{pod}}"));
        assert!(Template::parse("{{service").is_err());
        assert!(Template::parse(" ").is_err());
    }
}
