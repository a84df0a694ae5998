//! What `kubectl explain` tells: every field is described, and every quantity says its unit and
//! what holds if it is left out. Read from the API server itself, as kubectl reads it.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use serde_json::Value;

const DOCUMENT: &str = "/openapi/v3/apis/flyball.dev/v1alpha1";
/// How a duration's pattern begins; the API server publishes patterns, but no format.
const DURATION: &str = "^([0-9]{1,5}(h|m|s|ms))";

/// Every field of every kind, as the API server publishes it.
pub fn are_whole(plane: &ControlPlane) {
    let document = plane.admin.get(DOCUMENT).expect("the API server publishes the group");
    let mut complaints = Vec::new();
    let mut fields = 0;
    for (kind, _) in address::our_kinds() {
        let schema = &document["components"]["schemas"][format!("dev.flyball.v1alpha1.{kind}")];
        assert!(schema["description"].is_string(), "{kind} itself has no description");
        each(kind, schema, &mut |path, field| {
            fields += 1;
            complaints.extend(complaint(path, field).map(|what| format!("{path}: {what}: {field}")));
        });
    }
    assert!(fields > 400, "only {fields} fields were found: is the document read rightly?");
    assert!(complaints.is_empty(), "{} of {fields}:\n{}", complaints.len(), complaints.join("\n"));
}

/// The same text reaches people: kubectl lists the fields, and tells unit and default of one.
pub fn are_what_kubectl_explains(plane: &ControlPlane) {
    for (kind, plural) in address::our_kinds() {
        let said = plane.kubectl(&["explain", &format!("{plural}.flyball.dev"), "--recursive"]);
        let said = said.unwrap_or_else(|refusal| panic!("{kind}: {refusal}"));
        assert!(said.contains("  spec\t<Object>"), "{kind}: {said}");
        for nothing in ["<empty>", "<no description>"] {
            assert!(!said.contains(nothing), "{kind} has an empty description: {said}");
        }
    }
    let interval = plane.kubectl(&["explain", "hpol.spec.interval"]).expect("kubectl explains a field");
    assert!(interval.contains("duration") && interval.contains("Default: 30s"), "{interval}");
    let limit = plane.kubectl(&["explain", "msrc.spec.limits.maxBytes"]).expect("kubectl explains a field");
    assert!(limit.contains("Unit: bytes") && limit.contains("Default: 67108864"), "{limit}");
}

/// What is wrong with the description of a field, if anything.
fn complaint(path: &str, field: &Value) -> Option<&'static str> {
    let text = |key: &str| field[key].as_str().unwrap_or("");
    let description = text("description");
    let is_number = matches!(text("type"), "integer" | "number");
    let is_duration = text("pattern").starts_with(DURATION);
    let declared = path.contains(".spec") && !is_written_by_us(path);
    let settles = ["Default:", "Required"].iter().any(|word| description.contains(word));
    match () {
        () if description.trim().is_empty() => Some("no description"),
        () if is_number && !description.contains("Unit:") => Some("no unit"),
        () if is_duration && !description.contains("duration") => Some("does not say that it is a duration"),
        () if declared && (is_number || is_duration) && !settles => Some("neither a default nor required"),
        () => None,
    }
}

/// Kinds whose specs the governor writes: nobody leaves anything out there.
fn is_written_by_us(path: &str) -> bool {
    ["Decision.", "ServiceHealth.", "FlagHold."].iter().any(|kind| path.starts_with(kind))
}

/// Calls `look` with the path and the schema of every field, at any depth.
fn each(path: &str, schema: &Value, look: &mut dyn FnMut(&str, &Value)) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        // `metadata` is Kubernetes' own, by reference; the three are described by the server.
        if path.split('.').count() == 2 && matches!(name.as_str(), "metadata" | "apiVersion" | "kind") {
            continue;
        }
        look(&path, field);
        each(&path, field, look);
    }
    for nested in ["items", "additionalProperties"] {
        if schema[nested].is_object() {
            each(&format!("{path}[]"), &schema[nested], look);
        }
    }
}
