//! The rig's own door: who writes dies before the write gets through, or after it was done.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use crate::kubernetes::proxy::Proxy;
use crate::kubernetes::write::{Plan, Write};
use crate::live::process::Process;
use crate::live::wait::until;
use serde_json::json;
use std::process::Command;

pub fn kills_before_and_after(plane: &ControlPlane) {
    plane.make_namespace("door");
    let folder = plane.folder.join("door");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let proxy = Proxy::open(plane, &folder);
    let through = plane.admin.at(&proxy.url);
    let maps = address::all("ConfigMap", "door");
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}).to_string();
    let write = || through.send("POST", &maps, "application/json", map.clone());
    let is_there = || plane.admin.get(&format!("{maps}/m")).is_ok();
    let planned = Write::of("POST", &maps).expect("a POST is a write");
    proxy.follow(Plan::around(std::slice::from_ref(&planned)));

    let mut victim = start_behind(&proxy, &folder);
    assert!(write().is_err(), "the dead got an answer");
    await_killed(&mut victim);
    assert!(!is_there(), "it died after the write");
    assert!(write().is_err(), "the dead write on");

    let mut victim = start_behind(&proxy, &folder);
    assert!(write().is_err(), "the dead got an answer");
    await_killed(&mut victim);
    assert!(is_there(), "it died before the write");

    let mut survivor = start_behind(&proxy, &folder);
    assert_eq!(through.list(&maps).map(|all| all.iter().any(|map| map["metadata"]["name"] == "m")), Ok(true));
    assert_eq!(write().map(|answer| answer.status), Ok(409), "the object is there already");
    assert!(survivor.ended().is_none(), "the plan was done");
    let seen: Vec<_> = proxy.writes().iter().map(|write| (write.what.clone(), write.status)).collect();
    assert_eq!(seen, [("POST configmaps".to_string(), 201), ("POST configmaps".to_string(), 409)]);
}

/// A process that does nothing, in the place of a governor.
fn start_behind(proxy: &Proxy, folder: &std::path::Path) -> Process {
    let process = Process::start("sleep", &folder.join("sleep.log"), Command::new("sleep").arg("1000"));
    proxy.expect(process.id());
    process
}

fn await_killed(victim: &mut Process) {
    use std::os::unix::process::ExitStatusExt;
    let status = until("the victim is dead", 10, || victim.ended().ok_or("it lives".to_string()));
    assert_eq!(status.signal(), Some(9));
}
