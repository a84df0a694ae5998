//! Whose an object is and who wrote it: GitOps tools, and the managers in managedFields.
//!
//! Owns the reading of what Kubernetes keeps about that. It knows managers and times, no users.

use crate::domain::model::flag::Editor;
use crate::edge::flags::object::body::Body;
use chrono::{DateTime, Timelike, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, Time};
use serde_json::Value;

/// Labels and annotations by which tools know their objects, and the tools' names.
const OWNERS: [(&str, &str); 6] = [
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("argocd.argoproj.io/instance", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("helm.toolkit.fluxcd.io/name", "Flux"),
    ("configsync.gke.io/resource-id", "Config Sync"),
    ("fleet.cattle.io/bundle-id", "Fleet"),
];

/// The GitOps tool that keeps the object as its repository has it, if it shows.
pub fn owner(body: &Body) -> Option<&'static str> {
    let has = |name: &str| body.label(name).is_some() || body.annotation(name).is_some();
    OWNERS.iter().find(|(name, _)| has(name)).map(|(_, tool)| *tool)
}

/// Who wrote the field at `path` last, other than `us`, in a later second than `since` and not
/// before our own last write of it. A manager that only removed fields does not show.
pub fn editor(body: &Body, path: &[&str], us: &str, since: Option<DateTime<Utc>>) -> Option<Editor> {
    let writers: Vec<(&ManagedFieldsEntry, DateTime<Utc>)> = entries(body)
        .filter(|entry| touches(entry, path))
        .filter_map(|entry| Some((entry, entry.time.as_ref().and_then(chrono)?)))
        .collect();
    let is_ours = |entry: &ManagedFieldsEntry| entry.manager.as_deref() == Some(us);
    let ours = writers.iter().filter(|(entry, _)| is_ours(entry)).map(|(_, at)| *at).max();
    // Times in managedFields are whole seconds: whoever wrote in that of the hold may have been first.
    let since = since.and_then(|since| since.with_nanosecond(0));
    let is_later = |at: &DateTime<Utc>| since.is_none_or(|since| *at > since) && Some(*at) >= ours;
    let others = writers.into_iter().filter(|(entry, at)| !is_ours(entry) && is_later(at));
    let (entry, at) = others.max_by_key(|(_, at)| *at)?;
    Some(Editor { name: entry.manager.clone().filter(|name| !name.is_empty())?, at })
}

/// Whether the field at `path` was written by `us` last; None where that is not kept.
pub fn is_written_by(body: &Body, path: &[&str], us: &str) -> Option<bool> {
    entries(body).next()?;
    Some(entries(body).any(|entry| entry.manager.as_deref() == Some(us) && touches(entry, path)))
}

fn entries(body: &Body) -> impl Iterator<Item = &ManagedFieldsEntry> {
    body.meta.managed_fields.iter().flatten().filter(|entry| entry.subresource.is_none())
}

/// Whether an entry owns the field at `path`, part of it, or something whole that it is in.
fn touches(entry: &ManagedFieldsEntry, path: &[&str]) -> bool {
    let Some(mut here) = entry.fields_v1.as_ref().map(|fields| &fields.0) else { return false };
    for name in path {
        match here.get(format!("f:{name}")) {
            Some(next) => here = next,
            // Something that is owned whole has no fields of its own here.
            None => return here.as_object().is_some_and(serde_json::Map::is_empty),
        }
    }
    matches!(here, Value::Object(_))
}

fn chrono(time: &Time) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.0.as_second(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PATH: [&str; 4] = ["spec", "flagSpec", "flags", "check"];

    fn body(entries: Value) -> Body {
        Body::read(json!({"metadata": {"uid": "u", "managedFields": entries}}).to_string()).unwrap()
    }

    fn entry(manager: &str, time: &str, fields: Value) -> Value {
        let flags = json!({"f:spec": {"f:flagSpec": {"f:flags": fields}}});
        json!({"manager": manager, "operation": "Update", "apiVersion": "v1", "time": time,
               "fieldsType": "FieldsV1", "fieldsV1": flags})
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn time(seconds: i64) -> String {
        at(seconds).to_rfc3339()
    }

    #[test]
    fn the_last_other_writer_of_this_very_flag_is_named() {
        let mine = json!({"f:check": {"f:targeting": {}}});
        let told = body(json!([
            entry("kubectl-create", &time(10), json!({"f:check": {"f:state": {}}})),
            entry("flyball", &time(100), mine.clone()),
            entry("kubectl-edit", &time(200), json!({"f:check": {"f:defaultVariant": {}}})),
            entry("helm", &time(300), json!({"f:other": {"f:state": {}}})),
        ]));
        let named = editor(&told, &PATH, "flyball", Some(at(90))).unwrap();
        assert_eq!(named, Editor { name: "kubectl-edit".into(), at: at(200) });
        assert_eq!(named.to_string(), "changed by kubectl-edit at 1970-01-01T00:03:20Z");
    }

    #[test]
    fn nobody_is_named_who_wrote_before_us_or_before_the_hold() {
        let old = json!([
            entry("kubectl-create", &time(10), json!({"f:check": {}})),
            entry("flyball", &time(100), json!({"f:check": {"f:targeting": {}}})),
        ]);
        assert_eq!(editor(&body(old), &PATH, "flyball", None), None);
        let gone = json!([entry("kubectl-create", &time(10), json!({"f:check": {}}))]);
        assert_eq!(editor(&body(gone.clone()), &PATH, "flyball", Some(at(90))), None);
        assert!(editor(&body(gone), &PATH, "flyball", Some(at(9))).is_some());
        assert_eq!(editor(&body(json!([])), &PATH, "flyball", None), None);
        let mut status = entry("operator", &time(200), json!({"f:check": {}}));
        status["subresource"] = json!("status");
        assert_eq!(editor(&body(json!([status])), &PATH, "flyball", None), None);
    }

    #[test]
    fn what_is_owned_whole_counts_as_written() {
        let whole = body(json!([entry("argocd-controller", &time(200), json!({}))]));
        assert_eq!(editor(&whole, &PATH, "flyball", None).unwrap().name, "argocd-controller");
        assert_eq!(is_written_by(&whole, &PATH, "flyball"), Some(false));
        assert_eq!(is_written_by(&whole, &PATH, "argocd-controller"), Some(true));
        assert_eq!(is_written_by(&body(json!([])), &PATH, "flyball"), None);
    }

    #[test]
    fn tools_that_own_the_object_are_known_by_their_marks() {
        let marked = |kind: &str, name: &str| {
            Body::read(json!({"metadata": {kind: {name: "shop"}}}).to_string()).unwrap()
        };
        assert_eq!(owner(&marked("annotations", "argocd.argoproj.io/tracking-id")), Some("Argo CD"));
        assert_eq!(owner(&marked("labels", "kustomize.toolkit.fluxcd.io/name")), Some("Flux"));
        assert_eq!(owner(&marked("labels", "app.kubernetes.io/name")), None);
    }
}
