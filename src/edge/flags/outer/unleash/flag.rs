//! An Unleash flag in one environment: what of it is kept, and how it stands.
//!
//! Pure. A flag is on or off in an environment; whom it is on for, its strategies say. Turning on
//! a flag without an enabled strategy would ADD one for everybody, so that is never done.

use crate::domain::model::flag::Standing;
use crate::domain::model::hold::{FlagHold, PRE_IMAGE_MAX};
use crate::domain::model::reason::{Code, Reason};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What of a flag's environment is read and kept, and compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    pub enabled: bool,
    #[serde(default)]
    pub strategies: Vec<Strategy>,
}

/// One rule of whom a flag is on for. What only people read of it is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Strategy {
    #[serde(default)]
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub disabled: Option<bool>,
    #[serde(default)]
    pub parameters: Map<String, Value>,
    #[serde(default)]
    pub constraints: Vec<Value>,
    #[serde(default)]
    pub segments: Vec<Value>,
    #[serde(default)]
    pub variants: Vec<Value>,
}

impl Flag {
    /// The flag as it is kept in a FlagHold.
    pub fn document(&self) -> String {
        // Strings, numbers and lists of them always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How it stands without a hold, if it were to be cut to `fallback`. `depends`: another flag
    /// must be on for it to be on.
    pub fn unheld(&self, fallback: &str, depends: bool) -> Standing {
        let refuse = |message: String| Standing::Refused(Reason::new(Code::FlagRefused, message));
        let enabled = self.strategies.iter().any(Strategy::is_enabled);
        let for_all = self.strategies.iter().any(Strategy::is_for_all);
        match (fallback, self.enabled) {
            ("off", false) => Standing::AtFallback,
            ("on", true) if for_all && !depends => Standing::AtFallback,
            ("on", _) if depends => refuse(
                "it depends on another flag, so turning it on may leave it off; cut that one, or to \"off\""
                    .to_string(),
            ),
            ("on", _) if !for_all => refuse(
                "no strategy of it is for everybody, so turning it on would not; add an enabled strategy at \
                 100 % without constraints and segments"
                    .to_string(),
            ),
            ("off", true) if !enabled => refuse(
                "it has no enabled strategy, so turning it on again would add one; give it a strategy"
                    .to_string(),
            ),
            ("off" | "on", _) => self.of_a_size(),
            (other, _) => refuse(format!(
                "fallback {other:?} is not known: an Unleash flag is on or off, and its variants are not cut; \
                 write \"off\" or \"on\""
            )),
        }
    }

    fn of_a_size(&self) -> Standing {
        let length = self.document().len();
        if length <= PRE_IMAGE_MAX {
            return Standing::Free;
        }
        let message =
            format!("its strategies take {length} bytes, of which {PRE_IMAGE_MAX} can be kept; use segments");
        Standing::Refused(Reason::new(Code::PreImageTooLarge, message))
    }

    /// How it stands under `hold`. `other`: who turned it on or off last, if that was not us.
    pub fn held(&self, hold: &FlagHold, other: Option<&str>) -> Standing {
        let Ok(before) = serde_json::from_str::<Self>(&hold.pre_image) else {
            return Standing::Foreign("what was kept of it cannot be read".to_string());
        };
        let state = |on: bool| if on { "on" } else { "off" };
        if self.strategies != before.strategies {
            let now = state(self.enabled);
            let what = format!(
                "its strategies were changed while it was held, so turning it may do what nobody meant; it \
                 stays {now}"
            );
            return Standing::Foreign(what);
        }
        if self.enabled == before.enabled {
            return Standing::Free;
        }
        match other {
            Some(name) => Standing::Foreign(format!("{name} turned it {}", state(self.enabled))),
            None => Standing::Cut { fallback: hold.fallback.clone(), until: None },
        }
    }
}

impl Strategy {
    fn is_enabled(&self) -> bool {
        self.disabled != Some(true)
    }

    /// Whether the flag is on for everybody by it.
    fn is_for_all(&self) -> bool {
        let whole = match self.name.as_str() {
            "default" => true,
            "flexibleRollout" => self.parameters.get("rollout").is_some_and(|rollout| match rollout {
                Value::String(text) => text == "100",
                other => other.as_f64() == Some(100.0),
            }),
            _ => false,
        };
        self.is_enabled() && whole && self.constraints.is_empty() && self.segments.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::flag::FlagTarget;
    use serde_json::json;

    fn flag(enabled: bool, strategies: Value) -> Flag {
        serde_json::from_value(json!({"enabled": enabled, "strategies": strategies})).unwrap()
    }

    fn rollout(percent: &str) -> Value {
        json!([{"id": "1", "name": "flexibleRollout", "parameters": {"rollout": percent}}])
    }

    fn hold(before: &Flag, fallback: &str) -> FlagHold {
        FlagHold {
            target: FlagTarget {
                provider: "u".into(),
                store: "unleash".into(),
                endpoint: "https://u".into(),
                project: Some("default/production".into()),
                object: None,
                key: "check".into(),
            },
            installation: "here".into(),
            pre_image: before.document(),
            uid: None,
            fallback: fallback.into(),
            deadline: None,
            claims: Vec::new(),
            created: None,
        }
    }

    #[test]
    fn a_flag_is_cut_only_where_turning_it_back_does_no_more() {
        let all = rollout("100");
        let disabled = json!([{"id": "1", "name": "default", "disabled": true}]);
        let limited = json!([{"id": "1", "name": "default", "constraints": [{"contextName": "userId"}]}]);
        for (enabled, strategies, fallback, expected) in [
            (true, &all, "off", "Free"),
            (true, &rollout("5"), "off", "Free"),
            (false, &all, "off", "AtFallback"),
            (false, &json!([]), "off", "AtFallback"),
            (true, &json!([]), "off", "no enabled strategy"),
            (true, &disabled, "off", "no enabled strategy"),
            (false, &all, "on", "Free"),
            (true, &all, "on", "AtFallback"),
            (true, &rollout("5"), "on", "for everybody"),
            (false, &limited, "on", "for everybody"),
            (false, &disabled, "on", "for everybody"),
            (false, &json!([]), "on", "for everybody"),
            (true, &all, "blue", "is not known: an Unleash flag is on or off"),
        ] {
            let found = format!("{:?}", flag(enabled, strategies.clone()).unheld(fallback, false));
            assert!(found.contains(expected), "{enabled} {strategies} {fallback}: {found}");
        }
        let found = format!("{:?}", flag(false, all).unheld("on", true));
        assert!(found.contains("depends on another flag"), "{found}");
        let many: Vec<Value> = (0..3000).map(|i| json!({"id": i.to_string(), "name": "default"})).collect();
        let found = format!("{:?}", flag(true, Value::Array(many)).unheld("off", false));
        assert!(found.contains("PreImageTooLarge"), "{found}");
    }

    #[test]
    fn a_held_flag_is_ours_while_nobody_else_turned_it_and_its_strategies_are_the_same() {
        let before = flag(true, rollout("50"));
        let hold = hold(&before, "off");
        assert_eq!(before.held(&hold, None), Standing::Free);
        assert_eq!(before.held(&hold, Some("ann")), Standing::Free);
        let cut = flag(false, rollout("50"));
        assert_eq!(cut.held(&hold, None), Standing::Cut { fallback: "off".into(), until: None });
        assert_eq!(cut.held(&hold, Some("ann")), Standing::Foreign("ann turned it off".into()));
        for edited in [flag(false, rollout("20")), flag(true, rollout("20")), flag(false, json!([]))] {
            assert!(
                matches!(edited.held(&hold, None), Standing::Foreign(what) if what.contains("strategies"))
            );
        }
    }

    #[test]
    fn what_only_people_read_is_no_edit() {
        let before = flag(true, rollout("50"));
        let mut told = rollout("50");
        told[0]["title"] = json!("half of them");
        told[0]["sortOrder"] = json!(7);
        assert_eq!(flag(true, told), before);
    }
}
