//! What flagd's own evaluation makes of a cut: the fallback for everyone before the deadline,
//! the original after it.

use super::*;
use crate::domain::model::flag::FlagTarget;
use chrono::DateTime;
use flagd_evaluation_engine::{FlagParser, Operator};
use open_feature::EvaluationContext;
use proptest::prelude::*;
use serde_json::{Value, json};

const PAST: i64 = 1_000_000_000;
const FUTURE: i64 = 4_000_000_000;

/// A document with one flag, cut until `deadline`.
fn cut_until(targeting: &str, deadline: Option<i64>) -> String {
    let flag = format!(
        r#"{{"state":"ENABLED","variants":{{"on":true,"off":false}},"defaultVariant":"on"{targeting}}}"#
    );
    let text = format!(
        r#"{{"$evaluators":{{"beta":{{"==":[{{"var":"tier"}},"beta"]}}}},"flags":{{"check":{flag}}}}}"#
    );
    let hold = FlagHold {
        target: FlagTarget {
            provider: "flags".into(),
            store: "file".into(),
            endpoint: "/flags.json".into(),
            project: None,
            object: None,
            key: "check".into(),
        },
        installation: "here".into(),
        pre_image: flag.clone(),
        uid: None,
        fallback: "off".into(),
        deadline: deadline.and_then(|d| DateTime::from_timestamp(d, 0)),
        claims: Vec::new(),
        created: None,
    };
    cut(&text, &hold, &flag).unwrap().unwrap()
}

/// The variant that a user of `tier` is served.
fn served(text: &str, tier: &str) -> String {
    let flags = FlagParser::parse_string(text).unwrap().flags;
    let flag = &flags["check"];
    assert_eq!(flag.state, "ENABLED");
    let context = EvaluationContext::default().with_targeting_key("user").with_custom_field("tier", tier);
    let variant = Operator::new().apply("check", &flag.get_targeting(), &context).unwrap();
    let variant = variant.unwrap_or(flag.default_variant.clone());
    assert!(flag.variants.contains_key(&variant), "{variant}");
    variant
}

const RULES: [(&str, &str); 5] = [
    ("", "on"),
    (r#","targeting":{}"#, "on"),
    (r#","targeting":null"#, "on"),
    (r#","targeting":{"if":[{"==":[{"var":"tier"},"beta"]},"off","on"]}"#, "off"),
    (r#","targeting":{"if":[{"$ref":"beta"},"off"]}"#, "off"),
];

#[test]
fn before_its_deadline_everyone_is_served_the_fallback() {
    for (targeting, _) in RULES {
        for deadline in [Some(FUTURE), None] {
            let text = cut_until(targeting, deadline);
            assert_eq!([served(&text, "beta"), served(&text, "free")], ["off", "off"], "{text}");
        }
    }
}

#[test]
fn after_its_deadline_everyone_is_served_the_original() {
    for (targeting, beta) in RULES {
        let text = cut_until(targeting, Some(PAST));
        assert_eq!([served(&text, "beta"), served(&text, "free")], [beta, "on"], "{text}");
    }
}

/// A rule as people write them, or any object at all.
fn rule() -> impl Strategy<Value = Value> {
    let variant =
        || prop_oneof![Just(json!("on")), Just(json!("off")), Just(json!("third")), Just(json!("none"))];
    let var = prop_oneof![Just("tier"), Just("email"), Just("targetingKey"), Just("$flagd.timestamp")];
    let test = (var, "[a-z]{0,6}", 0..6).prop_map(|(var, text, which)| match which {
        0 => json!({"==": [{"var": var}, text]}),
        1 => json!({"starts_with": [{"var": var}, text]}),
        2 => json!({"in": [{"var": var}, [text, "beta"]]}),
        3 => json!({"<": [{"var": var}, 2_000_000_000]}),
        4 => json!({"!": [{"var": var}]}),
        _ => json!({"$ref": "beta"}),
    });
    let leaf = prop_oneof![
        variant(),
        (variant(), 0..100u32)
            .prop_map(|(v, share)| json!({"fractional": [["on", 100 - share], [v, share]]})),
        Just(Value::Null),
    ];
    let choice = leaf.prop_recursive(3, 12, 3, move |inner| {
        (test.clone(), inner.clone(), prop::option::of(inner)).prop_map(|(test, then, otherwise)| {
            let mut parts = vec![test, then];
            parts.extend(otherwise);
            json!({ "if": parts })
        })
    });
    let strange =
        prop_oneof![Just(json!({"unknown": [1]})), Just(json!({"if": []})), Just(json!({"a": 1, "b": 2}))];
    prop_oneof![9 => choice, 1 => strange].prop_filter("a rule is an object", Value::is_object)
}

/// The variant that a rule tells; None where there is no telling: the engine's words for that name
/// places in the rule.
fn outcome(text: &str, tier: &str) -> Option<Option<String>> {
    let flags = FlagParser::parse_string(text).unwrap().flags;
    let context = EvaluationContext::default().with_targeting_key("user").with_custom_field("tier", tier);
    Operator::new().apply("check", &flags["check"].get_targeting(), &context).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_rule_keeps_a_cut_from_cutting_or_is_changed_by_it(rule in rule(), tier in "[a-z]{0,5}") {
        let targeting = format!(",\"targeting\":{rule}");
        let flag = format!(r#"{{"state":"ENABLED","variants":{{"on":true,"off":false}},"defaultVariant":"on"{targeting}}}"#);
        // What is refused is never cut.
        prop_assume!(standing::cuttable(&Tree::parse(&flag).unwrap(), "off").is_ok());
        for deadline in [Some(FUTURE), None] {
            prop_assert_eq!(served(&cut_until(&targeting, deadline), &tier), "off");
        }
        let original = format!(
            r#"{{"$evaluators":{{"beta":{{"==":[{{"var":"tier"}},"beta"]}}}},"flags":{{"check":{flag}}}}}"#
        );
        prop_assert_eq!(outcome(&cut_until(&targeting, Some(PAST)), &tier), outcome(&original, &tier));
    }
}
