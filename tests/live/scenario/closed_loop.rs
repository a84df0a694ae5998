//! The whole loop on the wired shop: it falls ill, is eased, recovers, and gets its feature back.
//!
//! The shop's own counters are the judge. The policy asks for two things at once: users are
//! refused, and the wait for the lock is far from its learned past.

use crate::live::collector::Collector;
use crate::live::flags::{self, DOCUMENT, INVENTORY};
use crate::live::governor::Governor;
use crate::live::policy::Terms;
use crate::live::prometheus::REJECT_RATE;
use crate::live::rig::Rig;
use crate::live::shop::{Counts, Shop};
use crate::live::wait::{epoch, throughout, until};

const LOCK_WAIT: &str = r#"  - name: lock-wait-p99
    query: histogram_quantile(0.99, sum by (namespace, service, le) (rate(lock_wait_seconds_bucket[8s])))
    maxAge: 6s
    unit: seconds
    baseline: {season: None, warmup: 30m, minDeviation: {absolute: 0.1}}
"#;

/// Epoch seconds of what happened.
struct Times {
    incident: f64,
    visible: f64,
    cut: f64,
    served: f64,
}

pub fn run(rig: &Rig) {
    let shop = &rig.inventory;
    let mut governor = Governor::prepare(rig, "closed_loop", &terms());
    governor.flags = rig.wired_flags.clone();
    let collector = Collector::open();
    governor.collector = Some(collector.url());
    let governor = governor.up();
    await_mature(&governor);
    let calm = print_before(&governor);

    let start = shop.counts();
    let incident = epoch();
    shop.slow(true);
    let (times, at_cut) = watch_the_cut(rig, shop, &governor, incident);
    let before = at_cut.share_since(start);
    println!(
        "breach visible after {:.1} s; from there {:.1} s to the flag changed, {:.1} s to the shop serving \
         the fallback; {:.0} % refused until then",
        times.visible - times.incident,
        times.cut - times.visible,
        times.served - times.visible,
        before * 100.0
    );
    assert!(before > 0.1, "the incident refused only {before:.3} of the reservations");
    assert_ne!(flags::print(&rig.wired_flags), calm, "a cut replaces the flag file");
    governor.await_decision("Holding/");
    traces_show_the_cut(&collector);

    let after = share_one_minute_after(shop, &governor, times.cut);
    println!("one minute after the cut {:.1} % are refused, {:.1} % before", after * 100.0, before * 100.0);
    assert!(after <= before / 5.0, "one minute after the cut {after:.3} are refused, {before:.3} before");

    shop.slow(false);
    governor.await_restored(DOCUMENT);
    until("the shop checks strongly again", 60, || {
        let (served, asked) = (shop.fallbacks_served(), shop.counts().requests);
        std::thread::sleep(std::time::Duration::from_millis(500));
        match shop.fallbacks_served() == served && shop.counts().requests > asked {
            true => Ok(()),
            false => Err("it still serves the fallback".to_string()),
        }
    });
    assert_eq!(governor.decisions().len(), 1, "one Decision for the episode");
}

/// One trace has the whole tick that cut: what was asked, planned, applied and written, in its order.
fn traces_show_the_cut(collector: &Collector) {
    let (cut, tick) = collector.await_cut(INVENTORY);
    let names = collector.names(&cut["traceId"]);
    for name in ["tick", "query", "plan", "apply", "flag_write"] {
        assert!(
            names.iter().any(|found| found == name),
            "{name} is not among the spans of the tick: {names:?}"
        );
    }
    assert!(tick["parentSpanId"].as_str().unwrap_or_default().is_empty(), "a tick has no parent: {tick}");
    let at = |span: &serde_json::Value, end: &str| -> u64 {
        span[end].as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{end}: {span}"))
    };
    let (begun, ended) = ("startTimeUnixNano", "endTimeUnixNano");
    assert!(at(&tick, begun) <= at(&cut, begun) && at(&cut, ended) <= at(&tick, ended), "{tick} {cut}");
}

/// The cut helps at once, so the flag must stay cut for longer than a minute to be watched.
fn terms() -> Terms {
    Terms {
        name: "inventory",
        namespace: "shop",
        service: "inventory",
        recover: "75s",
        signals: LOCK_WAIT,
        also: ", {signal: lock-wait-p99, anomalous: {}}",
        ..Terms::default()
    }
}

/// Both signals judged and neither learning: the written past has been read.
fn await_mature(governor: &Governor) {
    until("the baselines of inventory are mature", 120, || {
        let healths = crate::live::stored::healths(&governor.state);
        let health = healths.first().ok_or("there is no ServiceHealth")?;
        let signals = health["status"]["policies"][0]["signals"].as_array();
        let signals = signals.ok_or(format!("no signals in {health}"))?;
        let mature = |signal: &&serde_json::Value| {
            signal["upper"].is_number() && signal["learningRemaining"].is_null()
        };
        match signals.iter().filter(mature).count() {
            2 => Ok(()),
            _ => Err(format!("{signals:?}")),
        }
    });
}

fn print_before(governor: &Governor) -> flags::Print {
    flags::holds(&governor.flags, DOCUMENT).expect("nothing was written while all was calm");
    flags::print(&governor.flags)
}

/// Waits for breach, cut and fallback, in that order, and takes the counts at the cut.
fn watch_the_cut(rig: &Rig, shop: &Shop, governor: &Governor, incident: f64) -> (Times, Counts) {
    let visible = until("the breach is visible in Prometheus", 60, || {
        assert!(!flags::is_cut(&governor.flags, INVENTORY), "the flag is cut before any breach was visible");
        match rig.prometheus.value(REJECT_RATE, shop.service)? {
            share if share > 0.15 => Ok(epoch()),
            share => Err(format!("{share} are refused")),
        }
    });
    let cut =
        until("inventory's flag is cut", 90, || flags::cut(&governor.flags, INVENTORY).map(|_| epoch()));
    let at_cut = shop.counts();
    let served = until("inventory serves the fallback", 60, || match shop.fallbacks_served() {
        count if count > 0.0 => Ok(epoch()),
        _ => Err("no evaluation gave false yet".to_string()),
    });
    (Times { incident, visible, cut, served }, at_cut)
}

/// The share refused in the last fifteen seconds of the first minute after the cut, during all
/// of which the flag stays cut.
fn share_one_minute_after(shop: &Shop, governor: &Governor, cut: f64) -> f64 {
    let still_cut = || flags::cut(&governor.flags, INVENTORY).map(|_| ());
    let left = |until: f64| (cut + until - epoch()).max(0.0).ceil() as u64;
    throughout("the flag stays cut for a minute", left(45.0), still_cut);
    let counts = shop.counts();
    throughout("the flag stays cut for a minute", left(60.0), still_cut);
    shop.counts().share_since(counts)
}
