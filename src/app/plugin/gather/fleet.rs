//! What the whole fleet shares: the Governor and the Lease.

use crate::app::plugin::cluster::{Cluster, Unread};
use crate::app::plugin::scene::LeaseView;
use crate::app::plugin::top::Fleet;
use crate::edge::crd::kind::governor::Governor;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::time::Duration;

/// Reads both; what cannot be read is noted.
pub async fn fleet(cluster: &Cluster) -> Fleet {
    let mut unread = Unread::new();
    let governor = cluster.try_one::<Governor>(None, "default", &mut unread).await;
    let lease = cluster.lease(&mut unread).await.as_ref().and_then(lease);
    Fleet { governor, lease, unread: unread.into_keys().collect() }
}

/// Who holds a Lease, and since when; None: nobody does.
pub fn lease(object: &Value) -> Option<LeaseView> {
    let spec = &object["spec"];
    let holder = spec["holderIdentity"].as_str().filter(|holder| !holder.is_empty())?;
    let renewed = DateTime::parse_from_rfc3339(spec["renewTime"].as_str()?).ok()?;
    let lasts = Duration::from_secs(spec["leaseDurationSeconds"].as_u64()?);
    Some(LeaseView { holder: holder.to_string(), renewed: renewed.with_timezone(&Utc), lasts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lease_that_was_let_go_has_no_holder() {
        let spec = json!({"holderIdentity": "a", "renewTime": "2026-11-24T02:00:00.000000Z", "leaseDurationSeconds": 30});
        let held = lease(&json!({"spec": spec})).unwrap();
        assert_eq!((held.holder.as_str(), held.lasts), ("a", Duration::from_secs(30)));
        for (field, value) in [("holderIdentity", json!("")), ("renewTime", Value::Null)] {
            let mut spec = spec.clone();
            spec[field] = value;
            assert!(lease(&json!({"spec": spec})).is_none(), "{field}");
        }
    }
}
