//! What a governor is given may be wrong: arguments, files, a source that is not there.
//!
//! Wrong from the start ends it with a sentence; wrong in part stops only that part.

use crate::live::flags::{self, CATALOG, DOCUMENT};
use crate::live::governor::Governor;
use crate::live::policy::Terms;
use crate::live::process::Process;
use crate::live::prometheus::Prometheus;
use crate::live::rig::Rig;
use crate::live::stage::Part;
use crate::live::stored;
use crate::live::wait::{throughout, until};
use std::process::{Command, ExitStatus};

/// A flag file that somebody broke engages nothing and the reason names it; mended, it is served.
pub fn malformed_flags(rig: &Rig, part: &Part) {
    let governor = Governor::prepare(rig, "malformed_flags", &Terms::default()).up();
    let broken = DOCUMENT.replace("\"flags\": {", "\"flags\": {,");
    std::fs::write(&governor.flags, &broken).expect("a file can be written");
    part.incident_begins();
    let decision = governor.await_decision("Blocked/");
    let (said, file) = (decision.text(), governor.flags.display().to_string());
    assert!(said.contains(&file), "the reason does not name {file}: {said}");
    flags::holds(&governor.flags, &broken).expect("a file that cannot be understood is not written");
    assert_eq!(stored::holds(&governor.state).len(), 0);

    std::fs::write(&governor.flags, DOCUMENT).expect("a file can be written");
    governor.await_cut(CATALOG);
    part.incident_ends();
    governor.await_restored(DOCUMENT);
}

/// A malformed policy among good ones is named, and the good ones go on.
pub fn malformed_policy(rig: &Rig, part: &Part) {
    let governor = Governor::prepare(rig, "malformed_policy", &Terms::default());
    let bad = Terms { name: "bad", ..Terms::default() }.yaml();
    governor.declare("bad.yaml", &bad.replace("interval: 1s", "interval: 7d"));
    governor.declare("torn.yaml", "kind: HealthPolicy\nspec: {signals: [");
    let governor = governor.up();
    let log = governor.log();
    for word in ["bad.yaml", "interval", "168h", "torn.yaml"] {
        assert!(log.contains(word), "the log does not say {word}:\n{log}");
    }
    part.incident_begins();
    governor.await_cut(CATALOG);
    part.incident_ends();
    governor.await_restored(DOCUMENT);
}

/// A source that is not there yet: alive, not ready, and ready once it comes.
pub fn unreachable_source(rig: &Rig) {
    let folder = rig.folder_of("unreachable/prometheus");
    let prometheus = Prometheus::prepare(&rig.tools.prometheus, &folder, &[rig.catalog.target()]);
    let mut governor = Governor::prepare(rig, "unreachable", &Terms::default());
    governor.prometheus = prometheus.url();
    governor.start();
    until("it is alive", 60, || governor.get("/livez")?.ok());
    throughout("it is alive and not ready without its source", 5, || {
        governor.get("/livez")?.ok()?;
        match governor.get("/readyz")? {
            answer if answer.status == 200 => Err("it says that it is ready".to_string()),
            answer if answer.body.contains("source") => Ok(()),
            answer => Err(format!("/readyz does not name the source: {}", answer.body)),
        }
    });
    prometheus.start();
    governor.await_ready();
    flags::holds(&governor.flags, DOCUMENT).expect("nothing was written");
}

/// Bad arguments end it at once, with a sentence that names them.
pub fn bad_arguments(rig: &Rig) {
    let governor = Governor::prepare(rig, "bad_arguments", &Terms::default());
    let missing = governor.folder.join("nowhere").display().to_string();
    let broken = governor.folder.join("broken.json").display().to_string();
    std::fs::write(&broken, "{\"flags\": {,").expect("a file can be written");
    let with = |option: &str, value: Option<&str>| {
        let mut arguments = governor.arguments();
        let at = arguments.iter().position(|a| a == option).expect("the option is there");
        match value {
            Some(value) => arguments[at + 1] = value.to_string(),
            None => drop(arguments.drain(at..at + 2)),
        }
        arguments
    };
    let cases = [
        (with("--policies", None), "--policies"),
        (with("--policies", Some(&missing)), missing.as_str()),
        (with("--prometheus", Some("not a url")), "--prometheus"),
        (with("--flags", Some(&missing)), missing.as_str()),
        (with("--flags", Some(&broken)), broken.as_str()),
        (with("--listen", Some("everywhere")), "--listen"),
        (with("--log", Some("xml")), "--log"),
        (["run", "--standalone", "--polices", "x"].map(String::from).to_vec(), "--polices"),
    ];
    for (arguments, named) in cases {
        let mut command = Command::new(governor.command().get_program());
        let (status, said) = ends(command.args(&arguments), 30);
        assert!(!status.success(), "{arguments:?} is accepted");
        assert!(said.contains(named), "{arguments:?} is refused without naming {named}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

/// How `command` ends by itself within `limit` seconds, and all it said.
pub fn ends(command: &mut Command, limit: u64) -> (ExitStatus, String) {
    let log = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    let mut process = Process::start("flyball", log.path(), command);
    let status = until("it ends by itself", limit, || process.ended().ok_or("it runs".to_string()));
    (status, std::fs::read_to_string(log.path()).unwrap_or_default())
}
