//! Prometheus fails during a hold: nothing is relaxed on no evidence, and a deadline needs none.
//!
//! Two governors watch through a Prometheus of their own, which first freezes and then comes
//! back on its data. One has time; the other one's cut must end while it is blind.

use crate::live::flags::{self, CATALOG, DOCUMENT};
use crate::live::governor::Governor;
use crate::live::policy::Terms;
use crate::live::prometheus::Prometheus;
use crate::live::rig::Rig;
use crate::live::stage::Part;
use crate::live::stored;
use crate::live::wait::until;

pub fn run(rig: &Rig, part: &Part) {
    let folder = rig.folder_of("blind/prometheus");
    let prometheus = Prometheus::prepare(&rig.tools.prometheus, &folder, &[rig.catalog.target()]);
    prometheus.start();
    let patient = watching(rig, &prometheus, "blind/patient", "30m");
    let short = watching(rig, &prometheus, "blind/short", "20s");
    part.incident_begins();

    let cut = patient.await_cut(CATALOG);
    short.await_cut(CATALOG);
    prometheus.freeze();
    until("the patient one is alive and says that it is blind", 90, || {
        patient.get("/livez")?.ok()?;
        match patient.get("/readyz")? {
            answer if answer.status != 200 && answer.body.contains("source") => Ok(()),
            answer => Err(answer.body),
        }
    });
    short.await_decision("Ended/Expired");
    flags::holds(&short.flags, DOCUMENT).expect("the deadline restored the flag while it was blind");
    assert_eq!(flags::cut(&patient.flags, CATALOG), Ok(cut.clone()), "blindness relaxed the cut");
    await_unknown(&patient);
    assert_eq!(patient.await_decision("Holding/").life(), ["Acting", "Holding"]);

    prometheus.kill();
    prometheus.start();
    until("the patient one sees again", 90, || patient.get("/readyz")?.ok());
    assert_eq!(flags::cut(&patient.flags, CATALOG), Ok(cut), "the cut did not outlast the blindness");
    part.incident_ends();

    patient.await_restored(DOCUMENT);
    assert_eq!(short.decisions().len(), 1, "after Expired the tier is locked out while it is ill");
}

fn watching(rig: &Rig, prometheus: &Prometheus, name: &str, max_duration: &'static str) -> Governor {
    let mut governor = Governor::prepare(rig, name, &Terms { max_duration, ..Terms::default() });
    governor.prometheus = prometheus.url();
    governor.up()
}

/// ServiceHealth is written at most once a minute, so this may take as long.
fn await_unknown(governor: &Governor) {
    until("the ServiceHealth says Unknown", 180, || {
        let healths = stored::healths(&governor.state);
        let health = healths.first().ok_or("there is none")?;
        match health["status"]["verdict"].as_str() {
            Some("Unknown") => Ok(()),
            _ => Err(health["status"].to_string()),
        }
    });
}
