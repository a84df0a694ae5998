//! What flagd's own evaluation makes of a cut: the fallback for everyone before the deadline,
//! the original after it.

use super::*;
use crate::domain::model::flag::FlagTarget;
use chrono::DateTime;
use flagd_evaluation_engine::{FlagParser, Operator};
use open_feature::EvaluationContext;

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
