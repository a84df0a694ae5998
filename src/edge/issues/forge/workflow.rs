//! The workflow of a project in Jira: which transition opens and closes an issue, and what its screen
//! asks for.
//!
//! By names where the tracker names some, else by the category of the status that a transition leads
//! to. Owns which words mean that something will not be done.

use super::draft::Turn;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Words of a resolution, or of a status, that mean that it will not be fixed; as [`plain`] leaves them.
const WONT: [&str; 6] = ["wontdo", "wontfix", "willnotdo", "willnotfix", "declined", "rejected"];
/// Statuses that a closed issue is rather brought to than to others of their category.
const CLOSED: [&str; 4] = ["done", "closed", "resolved", "complete"];
/// Resolutions that are rather told than others.
const SOLVED: [&str; 4] = ["done", "fixed", "resolved", "complete"];

/// Names that the tracker gives; empty: by category.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    pub close: Vec<String>,
    pub reopen: Vec<String>,
}

/// A transition that an issue can take from where it is.
#[derive(Debug, Clone, Deserialize)]
pub struct Way {
    pub id: String,
    pub name: String,
    pub to: Target,
    /// What its screen shows, where that is told.
    #[serde(default)]
    pub fields: BTreeMap<String, Field>,
}

/// The status that a transition leads to.
#[derive(Debug, Clone, Deserialize)]
pub struct Target {
    pub name: String,
    #[serde(rename = "statusCategory")]
    pub category: Category,
}

/// `new`, `indeterminate` or `done`.
#[derive(Debug, Clone, Deserialize)]
pub struct Category {
    pub key: String,
}

/// A field of a screen.
#[derive(Debug, Clone, Deserialize)]
pub struct Field {
    #[serde(default, rename = "allowedValues")]
    pub allowed: Vec<Value>,
}

impl Flow {
    /// What is asked of Jira to bring an issue there.
    ///
    /// # Errors
    /// No transition leads there.
    pub fn choose(&self, ways: &[Way], turn: Turn) -> Result<Value, &'static str> {
        let way = match turn {
            Turn::Reopen => self.back(ways).ok_or(
                "its workflow has no transition back; let our user transition issues, or name one in \
                 spec.jira.reopenTransitions",
            )?,
            Turn::Close | Turn::Drop => self.out(ways).ok_or(
                "its workflow has no transition that closes it from where it is; let our user transition \
                 issues, or name one in spec.jira.closeTransitions",
            )?,
        };
        let mut content = json!({"transition": {"id": way.id}});
        if let Some(resolution) = way.fields.get("resolution").filter(|_| turn != Turn::Reopen)
            && let Some(name) = resolution_of(resolution, turn)
        {
            content["fields"] = json!({"resolution": {"name": name}});
        }
        Ok(content)
    }

    /// Whether a closed issue can be opened again.
    pub fn leads_back(&self, ways: &[Way]) -> bool {
        self.back(ways).is_some()
    }

    /// Whether a status or a resolution means that it will not be fixed.
    pub fn refuses(&self, status: &str, resolution: Option<&str>) -> bool {
        [Some(status), resolution].into_iter().flatten().any(|word| WONT.contains(&plain(word).as_str()))
    }

    fn back<'w>(&self, ways: &'w [Way]) -> Option<&'w Way> {
        if !self.reopen.is_empty() {
            return named(ways, &self.reopen);
        }
        let of = |category: &str| ways.iter().find(|way| way.to.category.key == category);
        of("new").or_else(|| of("indeterminate"))
    }

    fn out<'w>(&self, ways: &'w [Way]) -> Option<&'w Way> {
        if !self.close.is_empty() {
            return named(ways, &self.close);
        }
        let done = || ways.iter().filter(|way| way.to.category.key == "done");
        let usual = |way: &&Way| CLOSED.contains(&plain(&way.to.name).as_str());
        let mild = |way: &&Way| !WONT.contains(&plain(&way.to.name).as_str());
        done().find(usual).or_else(|| done().find(mild))
    }
}

/// The first way that a name stands for, in the order of the names.
fn named<'w>(ways: &'w [Way], names: &[String]) -> Option<&'w Way> {
    let same =
        |way: &Way, name: &str| [&way.name, &way.to.name].into_iter().any(|own| plain(own) == plain(name));
    names.iter().find_map(|name| ways.iter().find(|way| same(way, name)))
}

/// The resolution that is told; None: the screen offers none.
fn resolution_of(field: &Field, turn: Turn) -> Option<&str> {
    let names: Vec<&str> = field.allowed.iter().filter_map(|value| value["name"].as_str()).collect();
    let first = |wanted: &[&str]| names.iter().find(|name| wanted.contains(&plain(name).as_str())).copied();
    let twin = (turn == Turn::Drop).then(|| first(&["duplicate"])).flatten();
    twin.or_else(|| first(&SOLVED)).or_else(|| names.first().copied())
}

/// A name without case, spaces and marks.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(all: &[(&str, &str, &str)]) -> Vec<Way> {
        let way = |(i, (name, status, category)): (usize, &(&str, &str, &str))| json!({"id": i.to_string(), "name": name, "to": {"name": status, "statusCategory": {"key": category}}});
        let all: Vec<Value> = all.iter().enumerate().map(way).collect();
        serde_json::from_value(Value::Array(all)).unwrap()
    }

    fn id(flow: &Flow, ways: &[Way], turn: Turn) -> Option<String> {
        flow.choose(ways, turn).ok().map(|content| content["transition"]["id"].as_str().unwrap().to_string())
    }

    #[test]
    fn names_come_before_categories() {
        let all = ways(&[
            ("Decline", "Won't Do", "done"),
            ("Start", "In Progress", "indeterminate"),
            ("Cancel", "Cancelled", "done"),
            ("Finish", "Done", "done"),
            ("Stop", "To Do", "new"),
        ]);
        let usual = Flow::default();
        assert_eq!(id(&usual, &all, Turn::Close).as_deref(), Some("3"));
        assert_eq!(id(&usual, &all[..3], Turn::Close).as_deref(), Some("2"));
        assert_eq!(id(&usual, &all[..2], Turn::Close), None, "a person's no is not said by us");
        assert_eq!(id(&usual, &all, Turn::Reopen).as_deref(), Some("4"));
        assert_eq!(id(&usual, &all[..4], Turn::Reopen).as_deref(), Some("1"));
        let own = Flow { close: vec!["no such".into(), "cancel".into()], reopen: vec!["in progress".into()] };
        assert_eq!(id(&own, &all, Turn::Close).as_deref(), Some("2"));
        assert_eq!(id(&own, &all, Turn::Reopen).as_deref(), Some("1"));
        assert!(!own.leads_back(&all[2..]));
    }

    #[test]
    fn a_resolution_is_told_where_the_screen_asks_for_one() {
        let mut all = ways(&[("Finish", "Done", "done")]);
        let allowed =
            json!({"allowedValues": [{"name": "Won't Do"}, {"name": "Duplicate"}, {"name": "Fixed"}]});
        all[0].fields.insert("resolution".into(), serde_json::from_value(allowed).unwrap());
        let told = |turn| Flow::default().choose(&all, turn).unwrap()["fields"]["resolution"]["name"].clone();
        assert_eq!((told(Turn::Close), told(Turn::Drop)), (json!("Fixed"), json!("Duplicate")));
    }

    #[test]
    fn a_person_s_no_is_known_by_status_and_by_resolution() {
        let flow = Flow::default();
        for (status, resolution, no) in [
            ("Done", Some("Won't Do"), true),
            ("Won\u{2019}t fix", None, true),
            ("Declined", None, true),
            ("Done", Some("Done"), false),
            ("Done", None, false),
        ] {
            assert_eq!(flow.refuses(status, resolution), no, "{status} {resolution:?}");
        }
    }
}
