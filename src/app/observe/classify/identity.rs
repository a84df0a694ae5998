//! Whose row it is.

use crate::domain::model::id::ServiceKey;
use crate::domain::model::series::Labels;
use crate::domain::policy::signal::Identity;

/// The service that the labels name; None where one of its labels is missing or empty, or the
/// pattern does not match.
pub fn identify(identity: &Identity, labels: &Labels) -> Option<ServiceKey> {
    let label = |name: &String| labels.get(name).filter(|value| !value.is_empty()).cloned();
    let (namespace, service) = match identity {
        Identity::Labels { service, namespace } => (label(namespace)?, label(service)?),
        Identity::Fixed { service, namespace } => (namespace.clone(), label(service)?),
        Identity::Pattern { label, pattern } => {
            let found = pattern.captures(labels.get(label)?)?;
            let part =
                |name| found.name(name).map(|m| m.as_str().to_string()).filter(|part| !part.is_empty());
            (part("namespace")?, part("service")?)
        }
    };
    Some(ServiceKey { namespace, service })
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    #[test]
    fn a_row_names_its_service_or_nobody() {
        let by_labels = Identity::Labels { service: "service".into(), namespace: "namespace".into() };
        let fixed = Identity::Fixed { service: "app".into(), namespace: "shop".into() };
        let pattern = Identity::Pattern {
            label: "cluster_name".into(),
            pattern: Regex::new(r"(?P<service>[^.|]+)\.(?P<namespace>[^.]+)\.svc").unwrap(),
        };
        let partial = Identity::Pattern {
            label: "cluster_name".into(),
            pattern: Regex::new(r"(?P<service>[^.]+)(\.(?P<namespace>[^.]+)\.svc)?").unwrap(),
        };
        for (identity, labels, expected) in [
            (&by_labels, vec![("service", "a"), ("namespace", "n"), ("pod", "p")], Some("n/a")),
            (&by_labels, vec![("service", "a")], None),
            (&by_labels, vec![("service", ""), ("namespace", "n")], None),
            (&by_labels, vec![], None),
            (&fixed, vec![("app", "a")], Some("shop/a")),
            (&fixed, vec![("app", "a"), ("namespace", "other")], Some("shop/a")),
            (&fixed, vec![("namespace", "shop")], None),
            (
                &pattern,
                vec![("cluster_name", "outbound|80||inventory.shop.svc.cluster.local")],
                Some("shop/inventory"),
            ),
            (&pattern, vec![("cluster_name", "BlackHoleCluster")], None),
            (&pattern, vec![("service", "a")], None),
            (&partial, vec![("cluster_name", "inventory")], None),
        ] {
            let labels: Labels = labels.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
            let found = identify(identity, &labels).map(|service| service.to_string());
            assert_eq!(found.as_deref(), expected, "{labels:?}");
        }
    }
}
