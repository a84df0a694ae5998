//! What an engine of flagd's rules makes of a cut, asked before it is made.
//!
//! Owns the question: is everybody served the fallback? Asked for nobody in particular, and for users
//! made of the very values that the rule compares with. The engine folds what is constant when it reads a
//! rule, so rules that repeat themselves over lists are not given to it: some would never end.

use super::refs::unfolded;
use super::tree::{Layout, Tree};
use super::wrapper::{self, Wrapper};
use crate::domain::model::problem::shorten;
use crate::domain::model::reason::{Code, Reason};
use chrono::DateTime;
use datalogic_rs::Engine;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The end of the cut that is asked about, in epoch seconds, and a moment before it.
const END: i64 = 4_000_000_000;
const BEFORE: i64 = END - 3600;
/// Most users that are asked for.
const USERS: usize = 8;
/// Operators that run over lists.
const REPEATING: [&str; 6] = ["map", "filter", "reduce", "all", "some", "none"];

/// Whether the flag `key`, once it is cut, is `fallback` for everybody. `evaluators` are the document's.
///
/// # Errors
/// Why not, and what to change.
pub fn by_everybody(key: &str, flag: &Tree, fallback: &str, evaluators: Option<&Tree>) -> Result<(), Reason> {
    let refuse = |message: String| Err(Reason::new(Code::FlagRefused, message));
    let original = match wrapper::targeting(flag).map(|rule| unfolded(rule, evaluators)).transpose() {
        Ok(original) => original,
        Err(why) => return refuse(why),
    };
    // Without a rule there is nothing that the engine could read otherwise.
    if original.as_ref().is_none_or(repeats) {
        return Ok(());
    }
    let users = users(key, original.as_ref());
    let cut = Wrapper { fallback: fallback.to_string(), until: DateTime::from_timestamp(END, 0), original };
    let rule = cut.tree().print(&Layout::Compact);
    let engine = Engine::new();
    for user in users {
        match engine.eval_str(&rule, &user) {
            Ok(served) if serde_json::from_str(&served).is_ok_and(|value: Value| value == fallback) => {}
            Ok(served) => {
                let served = shorten(&served, 100);
                return refuse(format!(
                    "an engine of flagd's would serve {served} with the cut on it, and not {fallback:?}; simplify \
                     targeting"
                ));
            }
            Err(error) => {
                let why = shorten(&error.to_string(), 300);
                return refuse(format!(
                    "an engine of flagd's cannot read targeting, a cut around it included ({why}); correct it"
                ));
            }
        }
    }
    Ok(())
}

fn repeats(rule: &Tree) -> bool {
    match rule {
        Tree::Object(members) => {
            members.iter().any(|(name, rule)| REPEATING.contains(&name.as_str()) || repeats(rule))
        }
        Tree::Array(items) => items.iter().any(repeats),
        Tree::Scalar(_) => false,
    }
}

/// Nobody in particular, and users that have the values which the rule compares with, as JSON.
fn users(key: &str, rule: Option<&Tree>) -> Vec<String> {
    let mut compared = BTreeMap::new();
    if let Some(rule) = rule {
        compare(rule, &mut compared);
    }
    let most = compared.values().map(Vec::len).max().unwrap_or(0).min(USERS - 1);
    let user = |turn: Option<usize>| {
        let mut user = json!({"$flagd": {"flagKey": key, "timestamp": BEFORE}});
        if let Some(turn) = turn {
            user["targetingKey"] = json!("user");
            for (name, values) in &compared {
                user[name.as_str()] = values[turn % values.len()].clone();
            }
        }
        user.to_string()
    };
    [None].into_iter().chain((0..most).map(Some)).map(user).collect()
}

/// What each property of the user is compared with anywhere in the rule.
fn compare(rule: &Tree, found: &mut BTreeMap<String, Vec<Value>>) {
    match rule {
        Tree::Object(members) => members.iter().for_each(|(_, sides)| {
            if let Tree::Array(sides) = sides {
                let named: Vec<String> = sides.iter().filter_map(property).collect();
                let values: Vec<_> = sides.iter().flat_map(values).collect();
                for name in named.into_iter().filter(|_| !values.is_empty()) {
                    found.entry(name).or_default().extend(values.iter().cloned());
                }
            }
            compare(sides, found);
        }),
        Tree::Array(items) => items.iter().for_each(|item| compare(item, found)),
        Tree::Scalar(_) => {}
    }
}

/// The property that `{"var": NAME}` is. Those of flagd are not the user's.
fn property(tree: &Tree) -> Option<String> {
    let [(word, name)] = tree.members()? else { return None };
    let name = match name {
        Tree::Array(items) => items.first()?.text()?,
        name => name.text()?,
    };
    (word == "var" && !name.starts_with("$flagd") && !name.is_empty()).then_some(name)
}

/// The plain values on one side of a comparison.
fn values(side: &Tree) -> Vec<Value> {
    match side {
        Tree::Array(items) => items.iter().flat_map(values).collect(),
        Tree::Object(_) => Vec::new(),
        Tree::Scalar(raw) => match serde_json::from_str(raw) {
            Ok(Value::Null) | Err(_) => Vec::new(),
            Ok(value) => vec![value],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(targeting: &str) -> Result<(), String> {
        let flag = Tree::parse(&format!(r#"{{"targeting":{targeting}}}"#)).unwrap();
        let rules = Tree::parse(r#"{"beta":{"==":[{"var":"tier"},"beta"]}}"#).unwrap();
        by_everybody("check", &flag, "off", Some(&rules)).map_err(|reason| reason.message)
    }

    #[test]
    fn rules_as_people_write_them_are_cut_for_everybody() {
        for rule in [
            "null",
            "{}",
            r#"{"if":[{"==":[{"var":"tier"},"gold"]},"on",{"in":[{"var":["email"]},["a@b","c@d"]]},"third"]}"#,
            r#"{"if":[{"and":[{">=":[{"var":"age"},18]},{"sem_ver":[{"var":"v"},">=","1.2.3"]}]},"on","off"]}"#,
            r#"{"fractional":[["on",50],["off",50]]}"#,
            r#"{"if":[{"$ref":"beta"},"on"]}"#,
            r#"{"if":[{"<":[{"var":"$flagd.timestamp"},1]},"on"]}"#,
        ] {
            assert_eq!(asked(rule), Ok(()), "{rule}");
        }
    }

    #[test]
    fn a_rule_that_the_engine_cannot_read_is_refused_with_a_fix() {
        for (rule, why) in [
            (r#"{"if":[{"$ref":"gold"},"on"]}"#, "which $evaluators lacks; add it there"),
            (r#"{"a":1,"b":2}"#, "cannot read targeting"),
        ] {
            let told = asked(rule).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
    }

    #[test]
    fn a_rule_that_would_never_end_is_not_given_to_the_engine() {
        let twice = r#"{"cat":[{"var":"accumulator"},{"var":"accumulator"}]}"#;
        let list = vec!["1"; 64].join(",");
        assert_eq!(asked(&format!(r#"{{"reduce":[[{list}],{twice},"x"]}}"#)), Ok(()));
    }

    #[test]
    fn users_have_what_the_rule_compares_with() {
        let rule = Tree::parse(
            r#"{"if":[{"==":[{"var":"tier"},"gold"]},"on",{"in":[{"var":"email"},["a@b","c@d"]]},"x",{"<":[1,{"var":"$flagd.timestamp"}]},"y"]}"#,
        );
        let users = users("check", rule.as_ref().ok());
        assert_eq!(users.len(), 3, "nobody, and one for each address");
        let users: Vec<Value> = users.iter().map(|user| serde_json::from_str(user).unwrap()).collect();
        assert_eq!(users[0], json!({"$flagd": {"flagKey": "check", "timestamp": BEFORE}}));
        assert_eq!((&users[1]["tier"], &users[1]["email"]), (&json!("gold"), &json!("a@b")));
        assert_eq!((&users[2]["tier"], &users[2]["email"]), (&json!("gold"), &json!("c@d")));
    }
}
