//! Structure, defaults and rules, each keyword with what is right and what is wrong.

use super::*;
use proptest::prelude::*;
use serde_json::json;

/// A small schema with every keyword that is checked.
fn schema() -> Value {
    json!({"type": "object", "required": ["spec"], "properties": {
        "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
        "spec": {
            "type": "object",
            "required": ["signals"],
            "properties": {
                "mode": {"type": "string", "enum": ["Observe", "Approve", "Enforce"], "default": "Observe"},
                "interval": {"type": "string", "default": "30s",
                    "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"},
                "percent": {"type": "integer", "minimum": 0, "maximum": 100, "format": "int32"},
                "weight": {"type": "number", "minimum": 0, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": true},
                "step": {"type": "number", "multipleOf": 0.1},
                "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
                "start": {"type": "string", "format": "date-time"},
                "note": {"type": "string", "nullable": true, "minLength": 2, "maxLength": 5},
                "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2,
                    "x-kubernetes-list-type": "set"},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "keys": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2},
                "one": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                    "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
                "signals": {"type": "array", "maxItems": 3,
                    "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                    "items": {"type": "object", "required": ["name"], "properties": {
                        "name": {"type": "string"},
                        "limit": {"type": "number"},
                        "fallback": {"type": "string"},
                        "missing": {"type": "string", "default": "Unknown"}},
                        "x-kubernetes-validations": [{"rule": "self.missing != 'Zero' || has(self.limit)",
                            "message": "missing: Zero needs a limit"}]}}
            },
            "x-kubernetes-validations": [{
                "rule": "self.mode != 'Enforce' || self.signals.exists(s, has(s.limit))",
                "messageExpression": "'mode ' + self.mode + ' needs a signal with a limit: give one of '\
                    + string(size(self.signals)) + ' a limit'",
                "fieldPath": ".mode"}]
        }
    }})
}

fn object(spec: Value) -> Value {
    json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "HealthPolicy", "metadata": {"name": "a"}, "spec": spec})
}

/// The problems of a spec, without the note that rules were not checked.
fn problems(mut spec: Value) -> Vec<Problem> {
    if let Some(map) = spec.as_object_mut() {
        map.entry("signals").or_insert(json!([]));
    }
    check(&schema(), &object(spec)).into_iter().filter(|problem| !problem.field.is_empty()).collect()
}

#[test]
fn every_keyword_is_answered_with_field_message_and_fix() {
    let table = [
        (json!({"mod": "Observe"}), "spec.mod", "unknown field \"spec.mod\"", "did you mean `mode`?"),
        (json!({"true": 1}), "spec.true", "unknown field", "an unquoted on, yes or y"),
        (
            json!({"signals": [{"name": "a", "fallback": false}]}),
            "spec.signals[0].fallback",
            "Invalid value: \"boolean\": spec.signals[0].fallback in body must be of type string: \"boolean\"",
            "quote it: \"off\"",
        ),
        (json!({"mode": 5}), "spec.mode", "must be of type string: \"integer\"", "quote it: \"5\""),
        (json!({"percent": "5"}), "spec.percent", "must be of type integer: \"string\"", "without quotes: 5"),
        (json!({"percent": 1.5}), "spec.percent", "must be of type integer: \"number\"", "whole number"),
        (json!({"tags": "a"}), "spec.tags", "must be of type array: \"string\"", "begin each item"),
        (json!({"one": [{"a": "x"}]}), "spec.one", "must be of type object: \"array\"", "one map"),
        (
            json!({"signals": [null]}),
            "spec.signals[0]",
            "must be of type object: \"null\"",
            "a map with `name`",
        ),
        (json!({"signals": [{}]}), "spec.signals[0].name", "Required value", "add `name`"),
        (json!({"signals": null}), "spec.signals", "Required value", "add `signals`"),
        (
            json!({"mode": "Enforced"}),
            "spec.mode",
            "Unsupported value: \"Enforced\": supported values: \"Observe\", \"Approve\", \"Enforce\"",
            "`Enforce`?",
        ),
        (
            json!({"mode": "x"}),
            "spec.mode",
            "Unsupported value",
            "write one of `Observe`, `Approve`, `Enforce`",
        ),
        (json!({"percent": -1}), "spec.percent", "should be greater than or equal to 0", ""),
        (json!({"percent": 101}), "spec.percent", "should be less than or equal to 100", ""),
        (json!({"weight": 0}), "spec.weight", "should be greater than 0", ""),
        (json!({"weight": 9}), "spec.weight", "should be less than 9", ""),
        (json!({"step": 0.25}), "spec.step", "a multiple of 0.1", ""),
        (json!({"port": false}), "spec.port", "must be of type integer or string", "quote it"),
        (json!({"start": "tomorrow"}), "spec.start", "must be of type date-time", "2026-11-11T00:00:00Z"),
        (json!({"note": "a"}), "spec.note", "should be at least 2 chars long", "add 1"),
        (json!({"note": "abcdef"}), "spec.note", "Too long: may not be more than 5", "shorten it by 1"),
        (json!({"interval": "7d"}), "spec.interval", "should match", "write `168h`"),
        (json!({"tags": []}), "spec.tags", "should have at least 1 items", "add 1"),
        (json!({"tags": ["a", "b", "c"]}), "spec.tags", "Too many: 3: must have at most 2 items", "remove 1"),
        (json!({"tags": ["a", "a"]}), "spec.tags[1]", "Duplicate value: \"a\"", "keep one"),
        (
            json!({"signals": [{"name": "a"}, {"name": "a"}]}),
            "spec.signals[1]",
            "Duplicate value: {\"name\":\"a\"}",
            "rename one",
        ),
        (json!({"keys": {"a.b": true}}), "spec.keys[a.b]", "must be of type string", "quote it: \"on\""),
        (json!({"keys": {"a": "", "b": "", "c": ""}}), "spec.keys", "Too many: 3", "remove 1"),
        (json!({"one": {"a": "", "b": ""}}), "spec.one", "one and only one schema", "`a`, `b`"),
        (
            json!({"signals": [{"name": "a", "missing": "Zero"}]}),
            "spec.signals[0]",
            "missing: Zero needs a limit",
            "",
        ),
        (
            json!({"mode": "Enforce", "signals": [{"name": "a"}]}),
            "spec.mode",
            "mode Enforce needs a signal with a limit: give one of 1 a limit",
            "",
        ),
    ];
    for (spec, field, message, fix) in table {
        let found = problems(spec.clone());
        assert_eq!(found.len(), 1, "{spec}: {found:?}");
        assert_eq!(found[0].field, field, "{spec}");
        assert!(found[0].message.contains(message), "{spec}: {}", found[0]);
        assert!(found[0].fix.contains(fix), "{spec}: {}", found[0]);
    }
}

#[test]
fn what_the_server_takes_has_no_problem() {
    for spec in [
        json!({}),
        json!({"note": null, "mode": null, "percent": null, "port": 1, "free": {"any": [1]}}),
        json!({"port": "http", "percent": 5.0, "weight": 3, "step": 0.3, "keys": {"a": "b"}}),
        json!({"start": "2026-11-10T16:00:00Z", "interval": "1h30m", "one": {"b": "x"}, "tags": ["on"]}),
        json!({"mode": "Enforce", "signals": [{"name": "a", "limit": 1, "missing": "Zero"}]}),
    ] {
        assert_eq!(problems(spec.clone()), [], "{spec}");
    }
}

#[test]
fn all_problems_come_at_once_in_document_order() {
    let spec = json!({"percent": 500, "bogus": 1, "signals": [{"name": 1}, {"nam": "x"}], "mode": true});
    let fields: Vec<_> = problems(spec).into_iter().map(|problem| problem.field).collect();
    let want = [
        "spec.percent",
        "spec.bogus",
        "spec.signals[0].name",
        "spec.signals[1].name",
        "spec.signals[1].nam",
        "spec.mode",
    ];
    assert_eq!(fields, want);
}

#[test]
fn rules_are_not_run_over_a_broken_structure_and_that_is_said() {
    let found = check(&schema(), &object(json!({"signals": [{"name": false}], "mode": "Enforce"})));
    let last = found.last().unwrap();
    assert!(found.len() == 2 && last.message.contains("rules were not checked"), "{found:?}");
}

#[test]
fn a_rule_that_cannot_be_evaluated_is_reported() {
    for rule in ["self.nowhere > 1", "self.a.frobnicate()", "1 +", "self.a"] {
        let schema = json!({"type": "object", "properties": {"a": {"type": "string"}},
            "x-kubernetes-validations": [{"rule": rule}]});
        let mut document = object(json!(null));
        document.as_object_mut().unwrap().remove("spec");
        document["a"] = json!("x");
        let found = check(&schema, &document);
        assert_eq!(found.len(), 1, "{rule}: {found:?}");
        assert!(found[0].message.contains("cannot evaluate the rule"), "{}", found[0]);
    }
}

#[test]
fn the_head_of_an_object_is_checked() {
    let table = [
        (json!({"name": "Shop"}), "metadata.name"),
        (json!({"name": "a..b"}), "metadata.name"),
        (json!({"name": "x".repeat(254)}), "metadata.name"),
        (json!({"name": false}), "metadata.name"),
        (json!({}), "metadata.name"),
        (json!({"name": "a", "namespace": "a.b"}), "metadata.namespace"),
        (json!({"name": "a", "labels": {"on": true}}), "metadata.labels[on]"),
        (json!({"name": "a", "labels": {"a": "b c"}}), "metadata.labels[a]"),
        (json!({"name": "a", "labels": {"a/b/c": "d"}}), "metadata.labels[a/b/c]"),
        (json!({"name": "a", "annotations": ["x"]}), "metadata.annotations"),
        (json!("a"), "metadata"),
    ];
    for (meta, field) in table {
        let mut document = object(json!({"signals": []}));
        document["metadata"] = meta.clone();
        let found = check(&schema(), &document);
        assert_eq!(found.iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), [field], "{meta}");
    }
    let mut document = object(json!({"signals": []}));
    document["metadata"] = json!({"generateName": "a-", "labels": {"flyball.dev/flags": "true", "e": ""},
        "annotations": {"flyball.dev/paused": "any text, at all"}});
    assert_eq!(check(&schema(), &document), []);
    let fields: Vec<_> = check(&schema(), &json!({})).into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["apiVersion", "kind", "metadata.name", "spec", ""]);
}

#[test]
fn defaults_come_before_rules_and_nulls_are_pruned_as_on_the_server() {
    let schema = json!({"type": "object", "properties": {
        "a": {"type": "string", "default": "x"},
        "b": {"type": "string"},
        "c": {"type": "string", "nullable": true, "default": "x"},
        "d": {"type": "object", "default": {}, "properties": {"e": {"type": "integer", "default": 1}}},
        "m": {"type": "object", "additionalProperties": {"type": "object", "properties":
            {"e": {"type": "integer", "default": 2}}}},
        "l": {"type": "array", "items": {"type": "object", "properties": {"e": {"type": "integer", "default": 3}}}}}});
    let document = json!({"a": null, "b": null, "c": null, "m": {"k": {}, "n": null}, "l": [{}, null]});
    let want = json!({"a": "x", "c": null, "m": {"k": {"e": 2}}, "l": [{"e": 3}, null], "d": {"e": 1}});
    assert_eq!(with_defaults(&schema, &document), want);
    assert_eq!(with_defaults(&schema, &want), want);
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "labels",
        "spec",
        "signals",
        "mode",
        "interval",
        "percent",
        "tags",
        "keys",
        "one",
        "port",
        "limit",
        "missing",
        "weight",
        "é",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["Enforce", "Zero", "7d", "a"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..7).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_json_value_panics(document in any_json(), spec in any_json(), other in any_json()) {
        check(&schema(), &document);
        check(&schema(), &object(spec));
        check(&other, &document);
    }

    #[test]
    fn defaulting_twice_changes_nothing(spec in any_json()) {
        let once = with_defaults(&schema(), &object(spec));
        prop_assert_eq!(with_defaults(&schema(), &once), once);
    }
}
