//! `$ref`: a rule that stands in the document's `$evaluators`, put where it is named.
//!
//! Owns how far that may go: rules that name each other twice grow without bound.

use super::tree::Tree;

/// Most values that a rule may unfold to.
const MOST: usize = 20_000;

/// The rule with everything that it names put in its place.
///
/// # Errors
/// A sentence: a name that stands nowhere, a rule that names itself, or one that grows too large.
pub fn unfolded(rule: &Tree, evaluators: Option<&Tree>) -> Result<Tree, String> {
    let mut work = Unfolding { evaluators, left: MOST };
    work.of(rule, &mut Vec::new())
}

struct Unfolding<'a> {
    evaluators: Option<&'a Tree>,
    left: usize,
}

impl<'a> Unfolding<'a> {
    fn of(&mut self, rule: &Tree, within: &mut Vec<String>) -> Result<Tree, String> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            format!("targeting unfolds to more than {MOST} values by its $ref; name fewer rules in it")
        })?;
        if let Some(name) = named(rule) {
            if within.contains(&name) {
                return Err(format!(
                    "targeting has a $ref to {name:?}, which names itself; take one of them out"
                ));
            }
            let Some(found) = self.evaluators.and_then(|all| all.get(&name)) else {
                return Err(format!(
                    "targeting has a $ref to {name:?}, which $evaluators lacks; add it there"
                ));
            };
            within.push(name);
            let whole = self.of(found, within);
            within.pop();
            return whole;
        }
        Ok(match rule {
            Tree::Object(members) => {
                let whole = members.iter().map(|(name, rule)| Ok((name.clone(), self.of(rule, within)?)));
                Tree::Object(whole.collect::<Result<_, String>>()?)
            }
            Tree::Array(items) => {
                Tree::Array(items.iter().map(|item| self.of(item, within)).collect::<Result<_, String>>()?)
            }
            Tree::Scalar(raw) => Tree::Scalar(raw.clone()),
        })
    }
}

/// The name, where a value is nothing but a reference.
fn named(rule: &Tree) -> Option<String> {
    let [(word, name)] = rule.members()? else { return None };
    if word == "$ref" { name.text() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::flags::flagd::tree::Layout;

    fn unfold(rule: &str, evaluators: &str) -> Result<String, String> {
        let tree = |text: &str| Tree::parse(text).unwrap();
        unfolded(&tree(rule), Some(&tree(evaluators))).map(|rule| rule.print(&Layout::Compact))
    }

    #[test]
    fn what_is_named_stands_where_it_was_named() {
        let rules = r#"{"beta":{"==":[{"$ref":"tier"},"beta"]},"tier":{"var":"tier"}}"#;
        let whole = unfold(r#"{"if":[{"$ref":"beta"},"on",{"x":"$ref"}]}"#, rules);
        assert_eq!(whole.unwrap(), r#"{"if":[{"==":[{"var":"tier"},"beta"]},"on",{"x":"$ref"}]}"#);
    }

    #[test]
    fn what_cannot_be_unfolded_says_why() {
        let bomb: Vec<String> =
            (0..20).map(|i| format!(r#""r{i}":[{{"$ref":"r{0}"}},{{"$ref":"r{0}"}}]"#, i + 1)).collect();
        let bomb = format!(r#"{{{},"r20":1}}"#, bomb.join(","));
        for (rule, evaluators, why) in [
            (r#"{"$ref":"none"}"#, r#"{"beta":1}"#, "which $evaluators lacks"),
            (r#"{"$ref":"a"}"#, r#"{"a":{"!":[{"$ref":"b"}]},"b":{"$ref":"a"}}"#, "which names itself"),
            (r#"{"$ref":"r0"}"#, &bomb, "more than 20000 values"),
        ] {
            let error = unfold(rule, evaluators).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        let rule = Tree::parse(r#"{"$ref":"beta"}"#).unwrap();
        assert!(unfolded(&rule, None).unwrap_err().contains("lacks"));
    }
}
