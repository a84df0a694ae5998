//! Two replicas: one leads, the other takes over; and the API server goes away during a hold.

use crate::kubernetes::address;
use crate::kubernetes::governor::Governor;
use crate::kubernetes::lab::Lab;
use crate::kubernetes::proxy::Proxy;
use crate::kubernetes::rig::Rig;
use crate::live::policy::Terms;
use crate::live::stage::Scene;
use crate::live::wait::{throughout, until};
use serde_json::Value;

/// How long a Lease lasts here.
const LEASE: &str = "6s";
/// Seconds without an API server.
const AWAY: u64 = 60;

pub fn run(rig: &Rig) {
    rig.ungoverned();
    let mut first = rig.replica("first");
    first.lease = LEASE;
    let mut first = first.up();
    let lab = Lab::open(rig.plane, "handover", &Terms::default());
    lab.await_condition("Accepted", "True");
    let proxy = Proxy::open(rig.plane, &rig.folder_of("second"));
    let folder = rig.folder_of("second");
    let mut second = Governor::prepare(&rig.tools.flyball, &proxy.kubeconfig, &folder, "second");
    second.lease = LEASE;
    second.start_behind(&proxy);
    until("the second one lives", 60, || second.get("/livez")?.ok());

    rig.incident(true);
    let cut = lab.await_cut();
    let led = lease(rig);
    let others: Vec<_> = proxy.writes().into_iter().filter(|write| !write.what.ends_with("leases")).collect();
    assert!(others.is_empty(), "the one that does not lead wrote {others:?}");

    first.kill();
    until("the second one takes over", 120, || match lease(rig) {
        now if now["holderIdentity"] != led["holderIdentity"] => Ok(()),
        now => Err(now.to_string()),
    });
    let transitions = |lease: &Value| lease["leaseTransitions"].as_u64().unwrap_or(0);
    assert!(transitions(&lease(rig)) > transitions(&led), "the epoch of the lease does not grow");
    second.await_ready();
    throughout("the hold goes on", 3, || undisturbed(&lab, &cut));

    the_api_server_goes_away(rig, &lab, &cut);
    second.await_ready();
    throughout("the hold goes on", 3, || undisturbed(&lab, &cut));
    rig.incident(false);
    let decision = lab.await_restored();
    assert_eq!(decision.life(), ["Acting", "Holding", "Probing", "Ended"], "one undisturbed life");
    assert!(second.terminate().success(), "SIGTERM is an ordinary end");
    lab.close();
}

fn the_api_server_goes_away(rig: &Rig, lab: &Lab, cut: &crate::live::flags::Cut) {
    rig.plane.down("kube-apiserver");
    std::thread::sleep(std::time::Duration::from_secs(AWAY));
    rig.plane.start("kube-apiserver");
    until("the API server knows the hold", 60, || undisturbed(lab, cut));
}

/// One Decision, holding, and the same cut.
fn undisturbed(lab: &Lab, cut: &crate::live::flags::Cut) -> Result<(), String> {
    let decision = lab.decision()?;
    match lab.cut()? == *cut && decision.standing() == "Holding/" {
        true => Ok(()),
        false => Err(format!("{}, {:?}", decision.standing(), lab.cut())),
    }
}

fn lease(rig: &Rig) -> Value {
    let lease = until("there is a Lease", 60, || {
        let all = rig.plane.admin.list(&address::all("Lease", "flyball"))?;
        all.into_iter().next().ok_or("there is none".to_string())
    });
    lease["spec"].clone()
}
