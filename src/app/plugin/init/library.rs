//! The policies that ship, as parts that a draft is made of.

use crate::domain::policy::promql::Query;
use crate::edge::yaml;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// File and text of every policy of the library.
const FILES: [(&str, &str); 7] = [
    ("go", include_str!("../../../../policies/library/go.yaml")),
    ("inventory", include_str!("../../../../policies/library/inventory.yaml")),
    ("istio", include_str!("../../../../policies/library/istio.yaml")),
    ("jvm-micrometer-hikaricp", include_str!("../../../../policies/library/jvm-micrometer-hikaricp.yaml")),
    ("kafka-consumers", include_str!("../../../../policies/library/kafka-consumers.yaml")),
    ("thread-pool", include_str!("../../../../policies/library/thread-pool.yaml")),
    ("tokio", include_str!("../../../../policies/library/tokio.yaml")),
];

/// One shipped policy.
#[derive(Debug, Clone)]
pub struct Shipped {
    pub name: &'static str,
    pub object: Value,
    /// By signal, the metrics that it asks for.
    pub metrics: BTreeMap<String, BTreeSet<String>>,
}

/// Every policy of the library.
pub fn library() -> Vec<Shipped> {
    FILES.iter().filter_map(|(name, text)| shipped(name, text)).collect()
}

/// A text that cannot be read is left out; a test holds that there is none.
fn shipped(name: &'static str, text: &str) -> Option<Shipped> {
    let object = yaml::to_value(text).ok()?;
    let signals = object["spec"]["signals"].as_array()?;
    let metrics =
        signals.iter().filter_map(|signal| Some((signal["name"].as_str()?.to_string(), metrics(signal))));
    Some(Shipped { name, metrics: metrics.collect(), object })
}

/// What a signal's queries ask for, its activity's too.
fn metrics(signal: &Value) -> BTreeSet<String> {
    let queries = [&signal["query"], &signal["activity"]["query"]];
    let parsed = queries.into_iter().filter_map(|query| Query::parse(query.as_str()?).ok());
    parsed.flat_map(|query| query.metrics()).collect()
}

impl Shipped {
    /// The metrics that no other policy asks for: what tells this technology from others.
    pub fn own(&self, all: &[Shipped]) -> BTreeSet<String> {
        let others = all.iter().filter(|other| other.name != self.name);
        let others: BTreeSet<&String> = others.flat_map(|other| other.metrics.values().flatten()).collect();
        self.metrics.values().flatten().filter(|metric| !others.contains(metric)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_policy_is_read_and_tells_itself_from_the_others() {
        let all = library();
        assert_eq!(all.len(), FILES.len());
        for shipped in &all {
            assert!(
                shipped.metrics.values().all(|metrics| !metrics.is_empty()),
                "{}: {:?}",
                shipped.name,
                shipped.metrics
            );
        }
        let own = |name: &str| all.iter().find(|shipped| shipped.name == name).unwrap().own(&all);
        assert!(own("go").contains("go_goroutines"), "{:?}", own("go"));
        assert!(!own("go").contains("process_cpu_seconds_total"), "Tokio has it, too");
        // `thread-pool` is of the same library as `jvm`, with metrics of its own.
        assert!(all.iter().all(|shipped| !shipped.own(&all).is_empty()));
    }

    #[test]
    fn the_library_says_whose_a_row_is_in_one_way() {
        for shipped in library() {
            for signal in shipped.object["spec"]["signals"].as_array().unwrap() {
                let query = signal["query"].as_str().unwrap();
                let own = signal["identity"].is_object();
                assert!(own || query.contains("(namespace, service"), "{}: {query}", shipped.name);
            }
        }
    }
}
