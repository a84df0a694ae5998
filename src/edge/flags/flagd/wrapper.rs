//! The cut itself: targeting wrapped so that everybody gets the fallback until a deadline, and
//! the marks that say whose cut it is.
//!
//! Owns putting both on and taking both off. Must not judge whether that may be done.

use super::tree::Tree;
use crate::domain::model::hold::FlagHold;
use chrono::{DateTime, SecondsFormat, Timelike, Utc};

/// Mark: id of the installation that cut the flag.
pub const INSTALLATION: &str = "flyball.dev/installation";
/// Mark: name of the FlagHold.
pub const HOLD: &str = "flyball.dev/hold";
/// Mark: name of the Decision that first claimed the flag.
pub const DECISION: &str = "flyball.dev/decision";
/// Mark: when the cut ends by itself (RFC 3339), or `never`.
pub const EXPIRES: &str = "flyball.dev/expires";
const MARKS: [&str; 4] = [INSTALLATION, HOLD, DECISION, EXPIRES];

/// What is around the original targeting.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrapper {
    pub fallback: String,
    /// Whole seconds; None never ends.
    pub until: Option<DateTime<Utc>>,
    /// None where the flag had no targeting.
    pub original: Option<Tree>,
}

impl Wrapper {
    /// The outermost wrapper on a flag, whoever put it there.
    pub fn on(flag: &Tree) -> Option<Self> {
        let [(name, Tree::Array(parts))] = flag.get("targeting")?.members()? else { return None };
        let (condition, fallback, original) = match parts.as_slice() {
            [condition, fallback] => (condition, fallback, None),
            [condition, fallback, original] => (condition, fallback, Some(original.clone())),
            _ => return None,
        };
        if name != "if" {
            return None;
        }
        Some(Self { fallback: fallback.text()?, until: until(condition)?, original })
    }

    /// The wrapper as a rule.
    pub fn tree(self) -> Tree {
        let condition = match self.until {
            None => Tree::Scalar("true".to_string()),
            Some(until) => {
                let clock = Tree::object([("var", Tree::string("$flagd.timestamp"))]);
                Tree::object([("<", Tree::Array(vec![clock, Tree::Scalar(until.timestamp().to_string())]))])
            }
        };
        let mut parts = vec![condition, Tree::string(&self.fallback)];
        parts.extend(self.original);
        Tree::object([("if", Tree::Array(parts))])
    }
}

/// When a condition of ours ends. The outer None: it is none of ours.
fn until(condition: &Tree) -> Option<Option<DateTime<Utc>>> {
    if *condition == Tree::Scalar("true".to_string()) {
        return Some(None);
    }
    let [(name, Tree::Array(sides))] = condition.members()? else { return None };
    let [clock, Tree::Scalar(seconds)] = sides.as_slice() else { return None };
    let [(var, path)] = clock.members()? else { return None };
    if name != "<" || var != "var" || path.text()? != "$flagd.timestamp" {
        return None;
    }
    DateTime::from_timestamp(seconds.parse().ok()?, 0).map(Some)
}

/// The deadline as it is written: in whole seconds, rounded up, so that it never ends early.
pub fn written(deadline: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let deadline = deadline?;
    let up = i64::from(deadline.nanosecond() > 0);
    DateTime::from_timestamp(deadline.timestamp() + up, 0).or(Some(deadline))
}

/// What the mark [`EXPIRES`] says of a cut.
pub fn expiry(until: Option<DateTime<Utc>>) -> String {
    until.map_or("never".to_string(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// A mark on a flag, if it is there and a string.
pub fn mark(flag: &Tree, name: &str) -> Option<String> {
    flag.get("metadata")?.get(name)?.text()
}

/// The flag's own targeting; `{}` and null are none.
pub fn targeting(flag: &Tree) -> Option<&Tree> {
    flag.get("targeting").filter(|tree| !tree.is_void())
}

/// The flag, cut for `hold` around `original`, marks included.
pub fn put_on(flag: &Tree, original: Option<Tree>, hold: &FlagHold) -> Tree {
    let until = written(hold.deadline);
    let wrapper = Wrapper { fallback: hold.fallback.clone(), until, original };
    let mut cut = flag.clone();
    cut.set("targeting", wrapper.tree());
    let signed = Marks {
        installation: &hold.installation,
        hold: &hold.target.hold_name(),
        decision: hold.claims.first().map(|first| first.decision.as_str()),
        expires: &expiry(until),
    };
    sign(&mut cut, &signed);
    cut
}

/// Whose cut a flag carries.
pub struct Marks<'a> {
    pub installation: &'a str,
    pub hold: &'a str,
    pub decision: Option<&'a str>,
    pub expires: &'a str,
}

/// Puts marks into the flag's metadata, beside what is there.
pub fn sign(flag: &mut Tree, marks: &Marks<'_>) {
    let mut metadata = match flag.get("metadata") {
        Some(tree) if tree.members().is_some() => tree.clone(),
        _ => Tree::object([]),
    };
    metadata.set(INSTALLATION, Tree::string(marks.installation));
    metadata.set(HOLD, Tree::string(marks.hold));
    if let Some(decision) = marks.decision {
        metadata.set(DECISION, Tree::string(decision));
    }
    metadata.set(EXPIRES, Tree::string(marks.expires));
    flag.set("metadata", metadata);
}

/// The flag without wrapper and marks. Where nothing is left, what `before` had there: a member
/// that is absent, null or empty. Without a `before`, what is empty goes.
pub fn take_off(flag: &Tree, original: Option<Tree>, before: Option<&Tree>) -> Tree {
    let mut bare = strip(flag);
    let void = |name: &str| before?.get(name).filter(|tree| tree.is_void()).cloned();
    match original.or_else(|| void("targeting")) {
        Some(targeting) => bare.set("targeting", targeting),
        None => bare.remove("targeting"),
    }
    if bare.get("metadata").is_some_and(Tree::is_void) {
        let was_there = before.is_some_and(|b| strip(b).get("metadata").is_some());
        match void("metadata") {
            Some(metadata) => bare.set("metadata", metadata),
            None if !was_there => bare.remove("metadata"),
            None => {}
        }
    }
    bare
}

/// The flag without our marks; an empty `metadata` stays.
pub fn strip(flag: &Tree) -> Tree {
    let mut bare = flag.clone();
    if let Some(metadata) = flag.get("metadata").filter(|tree| tree.members().is_some()) {
        let mut metadata = metadata.clone();
        MARKS.iter().for_each(|name| metadata.remove(name));
        bare.set("metadata", metadata);
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_form_is_a_wrapper() {
        let on =
            |targeting: &str| Wrapper::on(&Tree::parse(&format!("{{\"targeting\":{targeting}}}")).unwrap());
        let ours =
            on(r#"{"if":[{"<":[{"var":"$flagd.timestamp"},1764000000]},"off",{"==":[1,1]}]}"#).unwrap();
        assert_eq!(ours.until.unwrap().timestamp(), 1_764_000_000);
        assert_eq!((ours.fallback.as_str(), ours.original.is_some()), ("off", true));
        assert_eq!(on(r#"{"if":[true,"off"]}"#).unwrap().until, None);
        for other in [
            r#"{"if":[{"<=":[{"var":"$flagd.timestamp"},1764000000]},"off"]}"#,
            r#"{"if":[{"<":[{"var":"$flagd.timestamp"},"1764000000"]},"off"]}"#,
            r#"{"if":[{"<":[{"var":"$flagd.timestamp"},1.5]},"off"]}"#,
            r#"{"if":[{"<":[{"var":"$flagd.timestamp"},99999999999999999]},"off"]}"#,
            r#"{"if":[{"<":[{"var":"tier"},1764000000]},"off"]}"#,
            r#"{"if":[false,"off"]}"#,
            r#"{"if":[true,{"var":"x"}]}"#,
            r#"{"if":[true,"off",null,"on"]}"#,
            r#"{"if":[true]}"#,
            r#"{"if":[true,"off"],"x":1}"#,
            r#"{"or":[true,"off"]}"#,
            "null",
            "[]",
        ] {
            assert_eq!(on(other), None, "{other}");
        }
    }

    #[test]
    fn a_deadline_is_rounded_up_to_whole_seconds() {
        let at = |ms| DateTime::from_timestamp_millis(ms);
        for (ms, seconds) in [(1000, 1), (1001, 2), (1999, 2), (0, 0)] {
            assert_eq!(written(at(ms)).unwrap().timestamp(), seconds);
        }
        assert_eq!(written(None), None);
        assert_eq!(written(Some(DateTime::<Utc>::MAX_UTC)), Some(DateTime::<Utc>::MAX_UTC));
    }
}
