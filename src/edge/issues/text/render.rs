//! From what is known to the title and the text of an issue.

use super::built_in;
use super::escape::{code, title};
use super::part;
use crate::domain::model::issue::{IssuePlan, Story};
use crate::domain::model::link::LinkTemplate;
use crate::domain::model::problem::shorten;
use crate::domain::model::upkeep::Mark;
use crate::edge::crd::accept::issue_tracker::{BODY, TITLE, Text};
use crate::edge::crd::accept::slots::Slots;
use crate::edge::issues::mark;
use std::collections::BTreeMap;

/// Longest title, in characters.
const TITLE_MAX: usize = 200;
/// Longest text of ours, in characters: trackers take 65,536.
const TEXT_MAX: usize = 48_000;

/// The texts of one tracker.
#[derive(Debug, Clone)]
pub struct Texts {
    /// The word of the tracker's kind.
    kind: &'static str,
    texts: BTreeMap<String, Text>,
    query_link: Option<LinkTemplate>,
}

impl Texts {
    /// The built-in ones, and those of people's own before them.
    pub fn new(kind: &'static str, own: &BTreeMap<String, Text>, query_link: Option<LinkTemplate>) -> Self {
        let known = "the variables of a built-in text are known";
        let mut texts: BTreeMap<String, Text> = built_in::ALL
            .iter()
            .map(|text| {
                let title = Slots::parse(text.title, &TITLE).expect(known);
                let body = Slots::parse(text.body, &BODY).expect(known);
                (text.name.to_string(), Text { title, body })
            })
            .collect();
        texts.extend(own.iter().map(|(name, text)| (name.clone(), text.clone())));
        Self { kind, texts, query_link }
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.texts.keys().cloned().collect()
    }

    /// The title of an issue. People may change it; it is written once.
    pub fn title(&self, plan: &IssuePlan) -> String {
        let values = titles(&plan.story);
        let text = self.text(plan).map(|text| text.title.fill(|name| value(&values, name)));
        shorten(&text.unwrap_or_default(), TITLE_MAX)
    }

    /// Our part of the text.
    pub fn block(&self, plan: &IssuePlan) -> String {
        let story = &plan.story;
        let values = self.values(story);
        let text = self.text(plan).map(|text| text.body.fill(|name| value(&values, name)));
        let standing = format!(
            "Opened by Flyball for Decision {}. This part is brought up to date in place; it never comments.",
            code(&story.decision)
        );
        mark::block(&fresh(plan), &standing, &shorten(&text.unwrap_or_default(), TEXT_MAX))
    }

    fn text(&self, plan: &IssuePlan) -> Option<&Text> {
        self.texts.get(&plan.template).or_else(|| self.texts.get("default"))
    }

    fn values(&self, story: &Story) -> BTreeMap<&'static str, String> {
        let evidence = story.evidence.as_ref();
        BTreeMap::from([
            ("subject", code(&part::subject(story))),
            ("service", code(&story.service.service)),
            ("namespace", code(&story.service.namespace)),
            ("policy", code(&story.policy)),
            ("tier", code(&story.tier)),
            ("level", code(&story.level)),
            ("decision", code(&story.decision)),
            ("started", story.started.format("%FT%TZ").to_string()),
            ("reasons", part::reasons(story)),
            ("signals", part::signals(evidence)),
            ("evidence", part::evidence(evidence)),
            ("chart", part::chart(evidence)),
            ("queries", part::queries(evidence, self.query_link.as_ref())),
            ("traces", part::traces(evidence)),
            ("actions", part::actions(story)),
            ("silence", part::silence(self.kind)),
        ])
    }
}

/// What our part says of itself once it is written.
pub fn fresh(plan: &IssuePlan) -> Mark {
    Mark {
        fingerprint: plan.issue.fingerprint.clone(),
        occasion: plan.issue.occasion.clone(),
        weight: plan.issue.weight,
        evidence: plan.story.evidence.is_some(),
        closed: false,
        twin_of: None,
        left: false,
    }
}

fn titles(story: &Story) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("subject", title(&part::subject(story))),
        ("service", title(&story.service.service)),
        ("namespace", title(&story.service.namespace)),
        ("policy", title(&story.policy)),
        ("tier", title(&story.tier)),
        ("level", title(&story.level)),
    ])
}

fn value<'v>(values: &'v BTreeMap<&'static str, String>, name: &str) -> &'v str {
    values.get(name).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_that_is_accepted_has_a_value() {
        let texts = Texts::new("gitea", &BTreeMap::new(), None);
        let story = super::super::example::story();
        let values = texts.values(&story);
        assert!(BODY.iter().all(|name| values.get(name).is_some_and(|value| !value.is_empty())));
        assert_eq!(values.len(), BODY.len());
        assert!(TITLE.iter().all(|name| titles(&story).contains_key(name)));
    }
}
