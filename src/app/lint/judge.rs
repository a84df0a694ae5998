//! The verdict on each document: sound, broken, or not ours.
//!
//! Goes on after the structure to what a field means and to what this version does nothing with,
//! as loading does, so that what is sound here also runs. Knows no cluster: a MetricSource that is
//! in none of the texts is assumed to have the usual labels, and that is noted.

use crate::domain::model::problem::Problem;
use crate::domain::policy::spec::Policy;
use crate::edge::crd::accept::flag_provider::flag_provider;
use crate::edge::crd::accept::governor::governor;
use crate::edge::crd::accept::issue_tracker::issue_tracker;
use crate::edge::crd::accept::notifier::notifier;
use crate::edge::crd::accept::policy::{cluster_policy, policy};
use crate::edge::crd::accept::source::{SourceFacts, source};
use crate::edge::crd::inert;
use crate::edge::crd::kind::policy::spec::PolicyBody;
use crate::edge::crd::manifest::{self, Entry, Object};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is to be said of one document.
#[derive(Debug)]
pub enum Verdict {
    /// A text that cannot be read.
    Unread {
        /// Where the text is from.
        origin: String,
        /// Why it cannot be read.
        why: String,
    },
    /// An object of somebody else's kind.
    Foreign {
        /// `path:document kind/name`
        place: String,
    },
    /// Nothing is wrong.
    Sound {
        /// `path:document kind/name`
        place: String,
        /// What was assumed.
        notes: Vec<String>,
    },
    /// Something is wrong.
    Broken {
        /// `path:document kind/name`
        place: String,
        /// Everything that is wrong.
        problems: Vec<Problem>,
    },
}

/// Judges all texts together: policies are read with the MetricSources among them.
pub fn all(texts: &[(String, Result<String, String>)]) -> Vec<Verdict> {
    let mut read = Vec::new();
    for (origin, text) in texts {
        match text {
            Ok(text) => {
                read.extend(manifest::read(origin, text).into_iter().map(|entry| Ok((origin, entry))))
            }
            Err(why) => read.push(Err(Verdict::Unread { origin: origin.clone(), why: why.clone() })),
        }
    }
    let sources = sources(read.iter().flatten().map(|(_, entry)| entry));
    let mut names = BTreeSet::new();
    let judged = read.into_iter().map(|item| match item {
        Ok((origin, entry)) => verdict(origin, entry, &sources, &mut names),
        Err(unread) => unread,
    });
    judged.collect()
}

/// The MetricSources among the entries that can be used.
fn sources<'e>(entries: impl Iterator<Item = &'e Entry>) -> BTreeMap<String, SourceFacts> {
    let usable = entries.filter_map(|entry| match &entry.object {
        Ok(Object::MetricSource(found)) => Some((entry.name.clone(), source(&found.spec).ok()?)),
        _ => None,
    });
    usable.collect()
}

fn verdict(
    origin: &str,
    entry: Entry,
    sources: &BTreeMap<String, SourceFacts>,
    names: &mut BTreeSet<[String; 4]>,
) -> Verdict {
    let place = place(origin, &entry);
    let object = match entry.object {
        Ok(Object::Other) => return Verdict::Foreign { place },
        Ok(object) => object,
        Err(problems) => return Verdict::Broken { place, problems },
    };
    let mut notes = Vec::new();
    let mut problems = inert::problems(&entry.kind, &entry.document);
    let namespace = entry.document.pointer("/metadata/namespace").and_then(|name| name.as_str());
    // Overlays in other directories may name the same object again; one directory is loaded as a whole.
    let folder = Path::new(origin).parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let identity = [folder, entry.kind, namespace.unwrap_or_default().to_string(), entry.name.clone()];
    if !entry.name.is_empty() && !names.insert(identity) {
        let message = "an object of this kind and name was declared before in this directory";
        problems.push(Problem::new("metadata.name", &entry.name, message, "rename one of the two"));
    }
    problems.extend(match object {
        Object::FlagProvider(object) => flag_provider(&object.spec).err().unwrap_or_default(),
        Object::IssueTracker(object) => issue_tracker(&object.spec).err().unwrap_or_default(),
        Object::HealthPolicy(object) => {
            accepted(&object.spec.body, sources, &mut notes, |sources| policy(&object, sources))
        }
        Object::ClusterHealthPolicy(object) => accepted(&object.spec.body, sources, &mut notes, |sources| {
            // Which namespaces there are is the cluster's to say.
            cluster_policy(&object, sources, Some(&BTreeMap::new()))
        }),
        Object::Governor(object) => governor(&object.spec).err().unwrap_or_default(),
        Object::MetricSource(object) => source(&object.spec).err().unwrap_or_default(),
        Object::Notifier(object) => notifier(&object.spec).err().unwrap_or_default(),
        _ => Vec::new(),
    });
    match problems.is_empty() {
        true => Verdict::Sound { place, notes },
        false => Verdict::Broken { place, problems },
    }
}

/// The problems of a policy that `read` finds with the sources that there are.
fn accepted(
    body: &PolicyBody,
    sources: &BTreeMap<String, SourceFacts>,
    notes: &mut Vec<String>,
    read: impl Fn(&BTreeMap<String, SourceFacts>) -> Result<Policy, Vec<Problem>>,
) -> Vec<Problem> {
    let reference = body.source_ref.as_ref().map_or("default", |source| source.name.as_str());
    let mut sources = sources.clone();
    if !sources.contains_key(reference) {
        sources.insert(reference.to_string(), SourceFacts::default());
        if reference != "default" {
            notes.push(format!(
                "MetricSource {reference} is in none of these files; the labels namespace and service are assumed"
            ));
        }
    }
    read(&sources).err().unwrap_or_default()
}

fn place(origin: &str, entry: &Entry) -> String {
    let or = |text: &str| if text.is_empty() { "?".to_string() } else { text.to_string() };
    match entry.kind.as_str() {
        "" => format!("{origin}:{}", entry.index),
        kind => format!("{origin}:{} {kind}/{}", entry.index, or(&entry.name)),
    }
}
