//! The whole loop on the wired shop, through a FeatureFlag: it falls ill, is eased, recovers, and
//! gets its feature back.
//!
//! The shop's own counters are the judge. The policy asks for two things at once: users are
//! refused, and the wait for the lock is far from its learned past.

use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::{Rig, SHOP};
use crate::live::flags::INVENTORY;
use crate::live::policy::Terms;
use crate::live::prometheus::REJECT_RATE;
use crate::live::shop::Shop;
use crate::live::wait::{epoch, throughout, until};
use serde_json::Value;

const LOCK_WAIT: &str = r#"  - name: lock-wait-p99
    query: histogram_quantile(0.99, sum by (namespace, service, le) (rate(lock_wait_seconds_bucket[8s])))
    maxAge: 6s
    unit: seconds
    baseline: {season: None, warmup: 30m, minDeviation: {absolute: 0.1}}
"#;

pub fn run(rig: &Rig) {
    rig.governed();
    let shop = &rig.inventory;
    let lab = Lab { key: INVENTORY, ..Lab::of(rig.plane, SHOP, &terms()) };
    lab.await_condition("Accepted", "True");
    await_mature(&lab);
    let calm = lab.version();

    let start = shop.counts();
    shop.slow(true);
    let visible = until("the breach is visible in Prometheus", 60, || {
        assert!(lab.cut().is_err(), "the flag is cut before any breach was visible");
        match rig.prometheus.value(REJECT_RATE, shop.service)? {
            share if share > 0.15 => Ok(epoch()),
            share => Err(format!("{share} are refused")),
        }
    });
    let cut = until("inventory's flag is cut", 90, || lab.cut().map(|_| epoch()));
    let at_cut = shop.counts();
    until("inventory serves the fallback", 60, || match shop.fallbacks_served() {
        count if count > 0.0 => Ok(()),
        _ => Err("no evaluation gave false yet".to_string()),
    });
    let before = at_cut.share_since(start);
    println!(
        "from the breach visible {:.1} s to the flag cut, {:.1} s to the shop serving the fallback; {:.0} % refused until then",
        cut - visible,
        epoch() - visible,
        before * 100.0
    );
    assert!(before > 0.1, "the incident refused only {before:.3} of the reservations");
    assert_ne!(lab.version(), calm, "a cut writes the FeatureFlag");
    lab.await_decision("Holding/");

    let after = share_one_minute_after(shop, &lab, cut);
    println!("one minute after the cut {:.1} % are refused, {:.1} % before", after * 100.0, before * 100.0);
    assert!(after <= before / 5.0, "one minute after the cut {after:.3} are refused, {before:.3} before");

    shop.slow(false);
    lab.await_restored();
    until("the shop checks strongly again", 60, || {
        let (served, asked) = (shop.fallbacks_served(), shop.counts().requests);
        std::thread::sleep(std::time::Duration::from_millis(500));
        match shop.fallbacks_served() == served && shop.counts().requests > asked {
            true => Ok(()),
            false => Err("it still serves the fallback".to_string()),
        }
    });
    lab.close();
}

/// The cut helps at once, so the flag must stay cut for longer than a minute to be watched.
fn terms() -> Terms {
    Terms {
        name: "rejects",
        namespace: SHOP,
        service: "inventory",
        recover: "75s",
        signals: LOCK_WAIT,
        also: ", {signal: lock-wait-p99, anomalous: {}}",
        ..Terms::default()
    }
}

/// Both signals judged and neither learning: the written past has been read.
fn await_mature(lab: &Lab) {
    until("the baselines of inventory are mature", 120, || {
        let health = lab.health()?;
        let signals = health["status"]["policies"][0]["signals"].as_array();
        let signals = signals.ok_or(format!("no signals in {health}"))?;
        let mature = |signal: &&Value| signal["upper"].is_number() && signal["learningRemaining"].is_null();
        match signals.iter().filter(mature).count() {
            2 => Ok(()),
            _ => Err(format!("{signals:?}")),
        }
    });
}

/// The share refused in the last fifteen seconds of the first minute after the cut, during all
/// of which the flag stays cut.
fn share_one_minute_after(shop: &Shop, lab: &Lab, cut: f64) -> f64 {
    let still_cut = || lab.cut().map(|_| ());
    let left = |until: f64| (cut + until - epoch()).max(0.0).ceil() as u64;
    throughout("the flag stays cut for a minute", left(45.0), still_cut);
    let counts = shop.counts();
    throughout("the flag stays cut for a minute", left(60.0), still_cut);
    shop.counts().share_since(counts)
}
