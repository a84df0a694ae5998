//! FlagHold to its stored form, and back. All of it lies in `spec`.

use crate::domain::model::flag::{FlagTarget, ObjectName};
use crate::domain::model::hold::{Claim, FlagHold};
use crate::domain::model::id::{ServiceKey, TierKey};
use crate::edge::crd::field::reference::ServiceRef;
use crate::edge::crd::field::stamp::{self, Stamp};
use crate::edge::crd::kind::flag_hold::{self as kind, ClaimEntry, FlagHoldSpec, ObjectEntry, TargetEntry};
use chrono::DateTime;

impl From<&FlagHold> for kind::FlagHold {
    /// Named by its target; the namespace, the governor's own, is the writer's to set.
    fn from(hold: &FlagHold) -> Self {
        let spec = FlagHoldSpec {
            target: (&hold.target).into(),
            installation: hold.installation.clone(),
            pre_image: hold.pre_image.clone(),
            uid: hold.uid.clone(),
            fallback: hold.fallback.clone(),
            deadline: hold.deadline.map(Stamp),
            claims: hold.claims.iter().map(ClaimEntry::from).collect(),
        };
        Self::new(&hold.target.hold_name(), spec)
    }
}

impl From<&kind::FlagHold> for FlagHold {
    fn from(object: &kind::FlagHold) -> Self {
        let spec = &object.spec;
        Self {
            target: (&spec.target).into(),
            installation: spec.installation.clone(),
            pre_image: spec.pre_image.clone(),
            uid: spec.uid.clone(),
            fallback: spec.fallback.clone(),
            deadline: spec.deadline.map(DateTime::from),
            claims: spec.claims.iter().map(Claim::from).collect(),
            created: object.metadata.creation_timestamp.as_ref().and_then(stamp::chrono),
        }
    }
}

impl From<&FlagTarget> for TargetEntry {
    fn from(target: &FlagTarget) -> Self {
        let object = |o: &ObjectName| ObjectEntry { namespace: o.namespace.clone(), name: o.name.clone() };
        Self {
            provider: target.provider.clone(),
            store: target.store.clone(),
            endpoint: target.endpoint.clone(),
            project: target.project.clone(),
            object: target.object.as_ref().map(object),
            key: target.key.clone(),
        }
    }
}

impl From<&TargetEntry> for FlagTarget {
    fn from(entry: &TargetEntry) -> Self {
        let object = |o: &ObjectEntry| ObjectName { namespace: o.namespace.clone(), name: o.name.clone() };
        Self {
            provider: entry.provider.clone(),
            store: entry.store.clone(),
            endpoint: entry.endpoint.clone(),
            project: entry.project.clone(),
            object: entry.object.as_ref().map(object),
            key: entry.key.clone(),
        }
    }
}

impl From<&Claim> for ClaimEntry {
    fn from(claim: &Claim) -> Self {
        let service = &claim.key.service;
        Self {
            decision: claim.decision.clone(),
            policy_ref: (&claim.key.policy).into(),
            service: ServiceRef { namespace: service.namespace.clone(), name: service.service.clone() },
            tier: claim.key.tier.clone(),
            deadline: claim.deadline.into(),
            keep: claim.keep,
            cut: claim.cut,
        }
    }
}

impl From<&ClaimEntry> for Claim {
    fn from(entry: &ClaimEntry) -> Self {
        Self {
            decision: entry.decision.clone(),
            key: TierKey {
                policy: (&entry.policy_ref).into(),
                service: ServiceKey::new(&entry.service.namespace, &entry.service.name),
                tier: entry.tier.clone(),
            },
            deadline: entry.deadline.0,
            keep: entry.keep,
            cut: entry.cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::id::PolicyKey;
    use proptest::option;
    use proptest::prelude::*;

    fn hold() -> impl Strategy<Value = FlagHold> {
        let instant = || (0..4_000_000_000_i64).prop_map(|s| DateTime::from_timestamp(s, 0).unwrap());
        let word = || "\\PC{0,12}";
        let object = (word(), word()).prop_map(|(namespace, name)| ObjectName { namespace, name });
        let target = (word(), word(), option::of(word()), option::of(object), word()).prop_map(
            |(provider, endpoint, project, object, key)| FlagTarget {
                provider,
                store: "file".into(),
                endpoint,
                project,
                object,
                key,
            },
        );
        let claim = (word(), option::of("[a-z]{1,8}"), word(), instant(), any::<bool>(), any::<bool>())
            .prop_map(|(decision, namespace, service, deadline, keep, cut)| Claim {
                decision,
                key: TierKey {
                    policy: PolicyKey { namespace, name: "p".into() },
                    service: ServiceKey::new("shop", service),
                    tier: "cut".into(),
                },
                deadline,
                keep,
                cut,
            });
        let claims = proptest::collection::vec(claim, 0..3);
        (target, word(), "\\PC{0,60}", option::of(word()), option::of(instant()), claims).prop_map(
            |(target, installation, pre_image, uid, deadline, claims)| FlagHold {
                target,
                installation,
                pre_image,
                uid,
                fallback: "off".into(),
                deadline,
                claims,
                created: None,
            },
        )
    }

    proptest! {
        #[test]
        fn a_hold_survives_being_stored_without_a_status(hold in hold()) {
            let object = kind::FlagHold::from(&hold);
            prop_assert_eq!(object.metadata.name.clone(), Some(hold.target.hold_name()));
            let text = serde_json::to_string(&object).unwrap();
            let stored: kind::FlagHold = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(FlagHold::from(&stored), hold);
        }
    }
}
