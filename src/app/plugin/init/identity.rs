//! Which labels say whose a row is, as found in the wild.

/// Pairs of labels, (namespace, service), the likeliest first.
pub const CANDIDATES: [(&str, &str); 9] = [
    ("namespace", "service"),
    ("exported_namespace", "exported_service"),
    ("namespace", "app"),
    ("namespace", "app_kubernetes_io_name"),
    ("namespace", "application"),
    ("kubernetes_namespace", "app"),
    ("kubernetes_namespace", "kubernetes_name"),
    ("namespace", "job"),
    ("namespace", "container"),
];

/// A query of the library that says whose a row is by another pair of labels.
pub fn relabelled(query: &str, (namespace, service): (&str, &str)) -> String {
    query.replace("(namespace, service", &format!("({namespace}, {service}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grouping_is_rewritten_and_nothing_else() {
        let query = "sum by (namespace, service) (rate(a_total{service=\"x\"}[1m])) / sum by (namespace, service, le) (b)";
        assert_eq!(
            relabelled(query, ("kubernetes_namespace", "app")),
            "sum by (kubernetes_namespace, app) (rate(a_total{service=\"x\"}[1m])) / sum by (kubernetes_namespace, app, le) (b)"
        );
        assert_eq!(relabelled(query, CANDIDATES[0]), query);
    }
}
