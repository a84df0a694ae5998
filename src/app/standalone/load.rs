//! Reading policies and their surroundings from files; one bad object never stops the others.

use crate::domain::model::id::digest;
use crate::domain::model::problem::Problem;
use crate::domain::policy::spec::Policy;
use crate::edge::crd::accept::flag_provider::{Accepted, Place, flag_provider};
use crate::edge::crd::accept::governor::{Governing, governor};
use crate::edge::crd::accept::issue_tracker::issue_tracker;
use crate::edge::crd::accept::notifier::notifier;
use crate::edge::crd::accept::policy::{cluster_policy, policy};
use crate::edge::crd::accept::source::{SourceFacts, source};
use crate::edge::crd::inert;
use crate::edge::crd::kind::flag_provider::FlagProvider;
use crate::edge::crd::kind::governor::GovernorSpec;
use crate::edge::crd::kind::issue_tracker::IssueTracker;
use crate::edge::crd::kind::metric_source::MetricSourceSpec;
use crate::edge::crd::kind::policy::spec::{ClusterHealthPolicy, HealthPolicy};
use crate::edge::crd::manifest::{self, Object};
use kube::ResourceExt;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Largest manifest file that is read, in bytes.
const FILE_MAX: u64 = 4 * 1024 * 1024;

/// What was found, and what is wrong with the rest.
#[derive(Debug, Default)]
pub struct Loaded {
    pub policies: Vec<Policy>,
    pub governor: Option<(GovernorSpec, Governing)>,
    /// MetricSources by name; `default` is there even if no file declares it.
    pub sources: BTreeMap<String, SourceFacts>,
    /// The declared MetricSource `default`, for its limits.
    pub source: Option<MetricSourceSpec>,
    /// FlagProviders by name, besides the one that the command line declares.
    pub providers: BTreeMap<String, Accepted>,
    /// (file, problem)
    pub problems: Vec<(String, Problem)>,
    /// Changes when any of the files does.
    pub fingerprint: u64,
}

/// A policy of either kind, as it was read.
enum Declared {
    Namespaced(HealthPolicy),
    Cluster(ClusterHealthPolicy),
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("policies {}: cannot be read; give a file or a directory of YAML files", path.display())]
    Read { path: PathBuf, source: io::Error },
}

/// Reads a file, or every `.yaml`, `.yml` and `.json` file of a directory.
///
/// # Errors
/// The path itself cannot be read. A bad file or object is a problem in the result.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let mut loaded = load_all(&[path.to_path_buf()])?;
    loaded.fingerprint = fingerprint(path)?;
    Ok(loaded)
}

/// Reads several files or directories as one set. Its fingerprint is left at 0.
///
/// # Errors
/// One of the paths cannot be read.
pub fn load_all(paths: &[PathBuf]) -> Result<Loaded, LoadError> {
    load_beside(&[], paths)
}

/// The same beside manifests that are there already, (origin, text): what the files declare wins.
///
/// # Errors
/// One of the paths cannot be read.
pub fn load_beside(texts: &[(String, String)], paths: &[PathBuf]) -> Result<Loaded, LoadError> {
    let mut loaded = Loaded::default();
    let mut policies = Vec::new();
    texts.iter().for_each(|(origin, text)| take(&mut loaded, &mut policies, origin, text));
    for path in paths {
        for file in files(path)? {
            let origin = file.display().to_string();
            match text(&file) {
                Ok(text) => take(&mut loaded, &mut policies, &origin, &text),
                Err(why) => {
                    loaded.problems.push((origin, Problem::new("", "", why, "make the file readable")));
                }
            }
        }
    }
    settle(&mut loaded, policies);
    Ok(loaded)
}

/// Reads manifests that are texts of the program itself.
pub fn load_texts(texts: &[(&str, &str)]) -> Loaded {
    let mut loaded = Loaded::default();
    let mut policies = Vec::new();
    for (origin, text) in texts {
        take(&mut loaded, &mut policies, origin, text);
    }
    settle(&mut loaded, policies);
    loaded
}

/// A number that changes when a file is added, removed or written.
///
/// # Errors
/// The path itself cannot be read.
pub fn fingerprint(path: &Path) -> Result<u64, LoadError> {
    let parts: Vec<String> = files(path)?
        .into_iter()
        .map(|file| {
            let meta = std::fs::metadata(&file).ok();
            let modified = meta.as_ref().and_then(|meta| meta.modified().ok());
            format!("{} {:?} {:?}", file.display(), meta.map(|meta| meta.len()), modified)
        })
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Ok(u64::from_str_radix(&digest(&parts, 16), 16).unwrap_or(0))
}

fn files(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let failed = |source| LoadError::Read { path: path.to_path_buf(), source };
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let yaml = file.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e == *known));
        if yaml && file.is_file() {
            found.push(file);
        }
    }
    found.sort();
    Ok(found)
}

fn text(file: &Path) -> Result<String, String> {
    crate::edge::file::text::read(file, FILE_MAX).map_err(|error| error.to_string())
}

fn take(loaded: &mut Loaded, policies: &mut Vec<(String, Declared)>, origin: &str, text: &str) {
    for entry in manifest::read(origin, text) {
        let place = format!("{origin}: {} {}", entry.kind, entry.name);
        let object = match entry.object {
            Ok(object) => object,
            Err(problems) => {
                loaded.problems.extend(problems.into_iter().map(|problem| (place.clone(), problem)));
                continue;
            }
        };
        let idle = inert::problems(&entry.kind, &entry.document);
        if !idle.is_empty() {
            loaded.problems.extend(idle.into_iter().map(|problem| (place.clone(), problem)));
            continue;
        }
        match object {
            Object::HealthPolicy(policy) => policies.push((place, Declared::Namespaced(policy))),
            Object::ClusterHealthPolicy(policy) => policies.push((place, Declared::Cluster(policy))),
            Object::Governor(found) => match governor(&found.spec) {
                Ok(governing) => loaded.governor = Some((found.spec, governing)),
                Err(problems) => loaded.problems.extend(problems.into_iter().map(|p| (place.clone(), p))),
            },
            Object::FlagProvider(found) => provider(loaded, place, &found),
            Object::IssueTracker(found) => {
                loaded.problems.extend(tracker(&found).into_iter().map(|p| (place.clone(), p)))
            }
            Object::Notifier(found) => {
                let problems = notifier(&found.spec).err().unwrap_or_default();
                loaded.problems.extend(problems.into_iter().map(|problem| (place.clone(), problem)));
            }
            Object::MetricSource(found) if found.spec.auth.is_some() || found.spec.ca.is_some() => {
                let field = if found.spec.auth.is_some() { "spec.auth" } else { "spec.ca" };
                let fix = "leave it out, or run in a cluster";
                let message = "its Secret cannot be read without a cluster";
                loaded.problems.push((place, Problem::new(field, "", message, fix)));
            }
            Object::MetricSource(found) => {
                let name = found.metadata.name.clone().unwrap_or_default();
                match source(&found.spec) {
                    Ok(facts) => drop(loaded.sources.insert(name.clone(), facts)),
                    Err(problems) => loaded.problems.extend(problems.into_iter().map(|p| (place.clone(), p))),
                }
                if name == "default" {
                    loaded.source = Some(found.spec);
                }
            }
            _ => {}
        }
    }
}

fn provider(loaded: &mut Loaded, place: String, found: &FlagProvider) {
    let name = found.name_any();
    match flag_provider(&found.spec) {
        Ok(accepted) if matches!(accepted.place, Place::File { .. }) => {
            loaded.providers.insert(name, accepted);
        }
        Ok(_) => {
            let message =
                "its flags or credentials are in a cluster, which a standalone governor does not know";
            let fix = "declare spec.file, or run in the cluster";
            loaded.problems.push((place, Problem::new("spec", "", message, fix)));
        }
        Err(problems) => loaded.problems.extend(problems.into_iter().map(|p| (place.clone(), p))),
    }
}

/// A tracker is read for what is wrong with it; its credentials are in a cluster.
fn tracker(found: &IssueTracker) -> Vec<Problem> {
    issue_tracker(&found.spec).err().unwrap_or_else(|| {
        let message = "its credentials are in a cluster, which a standalone governor does not know";
        vec![Problem::new("spec", "", message, "leave it out, or run in the cluster")]
    })
}

/// Policies are accepted last, when every MetricSource is known.
fn settle(loaded: &mut Loaded, policies: Vec<(String, Declared)>) {
    loaded.sources.entry("default".to_string()).or_default();
    for (place, object) in policies {
        let read = match &object {
            Declared::Namespaced(object) => policy(object, &loaded.sources),
            Declared::Cluster(object) => cluster_policy(object, &loaded.sources, None),
        };
        match read {
            Ok(accepted) if loaded.policies.iter().any(|known| known.key == accepted.key) => {
                let fix = "rename one of the two";
                let name = accepted.key.to_string();
                loaded.problems.push((place, Problem::new("metadata.name", name, "declared twice", fix)));
            }
            Ok(accepted) => loaded.policies.push(accepted),
            Err(problems) => loaded.problems.extend(problems.into_iter().map(|p| (place.clone(), p))),
        }
    }
}
