//! The page: the template with the data put into it.

use super::base64;
use super::collect::{Collect, Drawn};
use super::detail::Stretch;
use super::thin::Bucket;
use crate::app::replay::outcome::Outcome;
use crate::domain::model::baseline::Worse;
use crate::domain::model::id::ServiceKey;
use crate::domain::policy::spec::Policy;
use serde_json::{Value, json};

const TEMPLATE: &str = include_str!("page/report.html");
const STYLE: &str = include_str!("page/report.css");
const SCRIPTS: [&str; 3] =
    [include_str!("page/data.js"), include_str!("page/draw.js"), include_str!("page/page.js")];

/// The whole file.
pub fn page(outcome: &Outcome, policies: &[Policy], collect: &Collect) -> String {
    let services: Vec<Value> = collect
        .services
        .iter()
        .filter_map(|((key, service), drawn)| {
            let policy = policies.iter().find(|policy| policy.key == *key)?;
            Some(one_service(policy.meant_for(service), service, drawn, collect))
        })
        .collect();
    let data = json!({
        "outcome": outcome,
        "start": collect.thin.start,
        "width": collect.thin.width,
        "refused": collect.budget.refused,
        "services": services,
    });
    let mut parts = TEMPLATE.split("/*PUT*/");
    let mut part = || parts.next().unwrap_or_default();
    [part(), STYLE, part(), &escape(&data.to_string()), part(), &SCRIPTS.concat(), part()].concat()
}

/// JSON that cannot end the element it stands in: `<` begins no tag.
fn escape(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

fn one_service(policy: &Policy, service: &ServiceKey, drawn: &Drawn, collect: &Collect) -> Value {
    let signals = policy.signals.iter().zip(&drawn.signals).enumerate().map(|(index, (spec, number))| {
        let buckets = collect.thin.series.get(*number).map_or(&[][..], Vec::as_slice);
        let details: Vec<Value> = drawn.tape.kept.iter().map(|stretch| detail(policy, stretch, index)).collect();
        json!({
            "name": spec.name,
            "unit": spec.unit,
            "limit": spec.limit,
            "worse": match spec.worse { Worse::Higher => "Higher", Worse::Lower => "Lower", Worse::Either => "Either" },
            "facing": spec.user_facing,
            "min": base64::floats(buckets.iter().map(|bucket| bucket.min)),
            "max": base64::floats(buckets.iter().map(|bucket| bucket.max)),
            "lower": base64::floats(buckets.iter().map(|bucket| bucket.lower)),
            "upper": base64::floats(buckets.iter().map(|bucket| bucket.upper)),
            "flags": base64::bytes(buckets.iter().map(|bucket| bucket.flags)),
            "details": details,
        })
    });
    let score = collect.thin.series.get(drawn.score).map_or(&[][..], Vec::as_slice);
    json!({
        "policy": policy.key.to_string(),
        "namespace": service.namespace,
        "service": service.service,
        "passing": policy.score.passing,
        "warning": policy.score.warning,
        "signals": signals.collect::<Vec<Value>>(),
        "score": base64::floats(score.iter().map(|bucket| bucket.min)),
    })
}

fn detail(policy: &Policy, stretch: &Stretch, signal: usize) -> Value {
    let points = |of: fn(&Bucket) -> f32| {
        base64::floats(stretch.frames.iter().map(|frame| frame.get(signal).map_or(f32::NAN, of)))
    };
    json!({
        "start": stretch.start,
        "step": i64::try_from(policy.interval.as_millis()).unwrap_or(i64::MAX),
        "value": points(|bucket| bucket.max),
        "lower": points(|bucket| bucket.lower),
        "upper": points(|bucket| bucket.upper),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_end_its_element() {
        let text = escape(&json!({"reason": "</script><!-- \u{2028}"}).to_string());
        assert_eq!(text, "{\"reason\":\"\\u003c/script>\\u003c!-- \\u2028\"}");
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["reason"], "</script><!-- \u{2028}");
    }

    #[test]
    fn the_template_has_its_three_places_and_names_no_other_host() {
        assert_eq!(TEMPLATE.matches("/*PUT*/").count(), 3);
        for text in [TEMPLATE, STYLE].into_iter().chain(SCRIPTS) {
            assert!(!text.contains("http://") && !text.contains("https://"), "the report needs no network");
            assert!(!text.contains("@import") && !text.contains("url("));
        }
    }
}
