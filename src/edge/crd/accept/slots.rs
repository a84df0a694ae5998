//! Texts of requests with variables in them, such as `{{key}}`.
//!
//! Pure. What is filled in stays a part of the text's own form: that is for who renders to encode.

/// A checked text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Slots {
    /// Reads a text in which the variables `known` may stand.
    ///
    /// # Errors
    /// A sentence naming the unknown or unclosed variable.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let after = &rest[open + 2..];
            let close = after.find("}}").ok_or_else(|| "`{{` is not closed by `}}`".to_string())?;
            let name = after[..close].trim();
            if !known.contains(&name) {
                let known: Vec<String> = known.iter().map(|name| format!("{{{{{name}}}}}")).collect();
                return Err(format!("`{{{{{name}}}}}` is not known here; use {}", known.join(", ")));
            }
            parts.push(Part::Text(rest[..open].to_string()));
            parts.push(Part::Variable(name.to_string()));
            rest = &after[close + 2..];
        }
        parts.push(Part::Text(rest.to_string()));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Ok(Self { parts })
    }

    /// The text, each variable as `value` has it.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> &'v str) -> String {
        let each = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Variable(name) => value(name).to_string(),
        });
        each.collect()
    }

    /// Whether one of `names` stands in it.
    pub fn names(&self, names: &[&str]) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Variable(name) if names.contains(&name.as_str())))
    }

    /// Whether it is the variable `name` and nothing else.
    pub fn is_only(&self, name: &str) -> bool {
        matches!(self.parts.as_slice(), [Part::Variable(only)] if only == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_once_and_unknown_ones_are_told() {
        let read = |text| Slots::parse(text, &["key", "value"]);
        let slots = read("/flags/{{ key }}?v={{value}}").unwrap();
        let filled = slots.fill(|name| if name == "key" { "{{value}}" } else { "x" });
        assert_eq!(filled, "/flags/{{value}}?v=x", "what is filled in is no template");
        assert!(slots.names(&["key"]) && !slots.names(&["version"]) && !slots.is_only("key"));
        assert!(read("{{value}}").unwrap().is_only("value"));
        assert!(read("{{pod}}").unwrap_err().contains("use {{key}}, {{value}}"));
        assert!(read("{{key").unwrap_err().contains("not closed"));
    }
}
