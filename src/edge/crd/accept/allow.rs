//! `allow`: who may use what is declared, and for what. One reading for every kind that has it.

use super::problems::Problems;
use crate::domain::model::provider::{Access, AllowRule};
use crate::domain::model::template::Template;
use crate::edge::crd::field::selector;

/// Reads `spec.allow`; None where nobody wrote one.
pub fn access(problems: &mut Problems, rules: Option<&[selector::AllowRule]>) -> Access {
    let Some(rules) = rules else { return Access::Unsaid };
    let rules = rules.iter().enumerate().map(|(i, rule)| {
        let keys = rule.keys.iter().enumerate().filter_map(|(j, key)| {
            problems.take(&format!("spec.allow[{i}].keys[{j}]"), key, Template::parse(key))
        });
        AllowRule { keys: keys.collect(), namespaces: (&rule.namespace_selector).into() }
    });
    Access::Rules(rules.collect())
}
