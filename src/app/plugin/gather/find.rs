//! What a person means by a name: a service, or a Decision.

use crate::app::plugin::cluster::{Cluster, Unread};
use crate::app::plugin::error::PluginError;
use crate::app::plugin::plain::plain;
use crate::domain::model::id::ServiceKey;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::service_health::ServiceHealth;
use crate::edge::kube::place::Place;
use kube::ResourceExt;

/// Names that are told where none fits.
const NAMED: usize = 8;

/// What a name stands for.
#[derive(Debug)]
pub enum Subject {
    Service(ServiceKey),
    Decision(Box<Decision>),
}

/// Finds what `name` means: `service`, `namespace/service`, a Decision, or the beginning of one Decision's name. A
/// service that nothing is stored of is a service all the same: why that is so can be explained.
///
/// # Errors
/// Nothing can be listed, or several Decisions begin so.
pub async fn subject(cluster: &Cluster, name: &str) -> Result<Subject, PluginError> {
    let (namespace, name) = name.split_once('/').unwrap_or((&cluster.namespace, name));
    let name = name.trim_start_matches("dec/").trim_start_matches("svh/");
    let mut unread = Unread::new();
    let healths: Vec<ServiceHealth> = cluster.all(Some(namespace), &mut unread).await?;
    let service = || Subject::Service(ServiceKey::new(namespace, name));
    if healths.iter().any(|health| health.spec.service == name) {
        return Ok(service());
    }
    let decisions: Vec<Decision> = cluster.all(Some(namespace), &mut unread).await?;
    match pick(decisions, name) {
        Picked::One(decision) => Ok(Subject::Decision(decision)),
        Picked::None => Ok(service()),
        Picked::Several(names) => Err(several(name, &names)),
    }
}

/// The Decision of that name, or the only one whose name begins so.
///
/// # Errors
/// There is none, or there are several.
pub async fn decision(cluster: &Cluster, name: &str) -> Result<Decision, PluginError> {
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    let place = Place::of::<Decision>(Some(&cluster.namespace));
    match cluster.kube.get(&place, name).await {
        Ok(decision) => return Ok(decision),
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error.into()),
    }
    let all: Vec<Decision> = cluster.all(Some(&cluster.namespace), &mut Unread::new()).await?;
    match pick(all, name) {
        Picked::One(decision) => Ok(*decision),
        Picked::Several(names) => Err(several(name, &names)),
        Picked::None => Err(PluginError::not_so(format!(
            "there is no Decision {} in namespace {}; `kubectl flyball history` lists them (-n says where)",
            plain(name),
            plain(&cluster.namespace)
        ))),
    }
}

fn several(name: &str, names: &[String]) -> PluginError {
    let names: Vec<String> = names.iter().take(NAMED).map(|name| plain(name)).collect();
    PluginError::not_so(format!(
        "several Decisions begin with {}: name one of {}",
        plain(name),
        names.join(", ")
    ))
}

enum Picked {
    One(Box<Decision>),
    Several(Vec<String>),
    None,
}

fn pick(decisions: Vec<Decision>, name: &str) -> Picked {
    let fits = |decision: &Decision| !name.is_empty() && decision.name_any().starts_with(name);
    let mut fitting: Vec<Decision> = decisions.into_iter().filter(fits).collect();
    if let Some(exact) = fitting.iter().position(|decision| decision.name_any() == name) {
        return Picked::One(Box::new(fitting.swap_remove(exact)));
    }
    match fitting.len() {
        0 => Picked::None,
        1 => Picked::One(Box::new(fitting.swap_remove(0))),
        _ => Picked::Several(fitting.iter().map(ResourceExt::name_any).collect()),
    }
}
