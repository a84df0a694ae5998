//! Templates of flag keys: text with `{{service}}` and `{{namespace}}`.

use crate::domain::model::id::ServiceKey;

/// A checked template.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        let mut out = String::new();
        let mut rest = self.text.as_str();
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

    /// Whether different services get different texts.
    pub fn names_service(&self) -> bool {
        let compact: String = self.text.split_whitespace().collect();
        compact.contains("{{service}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
