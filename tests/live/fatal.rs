//! Dying at a chosen write: the library of fatal.c, and the governors that run with it.
//!
//! Owns building it, counting the writes of a run, and the check by strace that no write goes
//! around it. A static program takes no library, so these governors run the one that is built with the tests.

use super::governor::Governor;
use super::tools::{Tools, repository};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The system calls that fatal.c counts, as strace names them.
const CALLS: &str = "rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,mkdirat,fsync,fdatasync";

/// The program as the tests are built: it takes libraries.
const PROGRAM: &str = env!("CARGO_BIN_EXE_flyball");

/// Builds the library into `folder`.
pub fn build(tools: &Tools, folder: &Path) -> PathBuf {
    let library = folder.join("fatal.so");
    let mut cc = Command::new(&tools.cc);
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library);
    cc.arg(repository().join("tests/live/fatal.c")).arg("-ldl");
    let made = cc.output().expect("the C compiler can be started");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "fatal.c cannot be compiled: {said}");
    library
}

/// Starts `governor` so that it dies just before its write number `call`.
pub fn start(governor: &mut Governor, library: &Path, call: usize) {
    let mut command = Command::new(PROGRAM);
    command.args(governor.arguments());
    command.env("LD_PRELOAD", library).env("FATAL_CALL", call.to_string());
    command.env("FATAL_LOG", log(governor));
    governor.start_as(command);
}

/// Starts `governor` so that its writes are counted twice: by the library and by strace.
pub fn start_counted(governor: &mut Governor, library: &Path, strace: &Path) {
    let mut command = Command::new(strace);
    command.args(["-f", "-qq", "--seccomp-bpf", "-e", "signal=none", "-e", &format!("trace={CALLS}")]);
    command.arg("-o").arg(governor.folder.join("strace.log"));
    command.args(["-E", &format!("LD_PRELOAD={}", library.display())]);
    command.args(["-E", &format!("FATAL_LOG={}", log(governor).display())]);
    command.arg(PROGRAM).args(governor.arguments());
    governor.start_as(command);
}

/// The writes that the library saw, one line each.
pub fn counted(governor: &Governor) -> Vec<String> {
    let text = std::fs::read_to_string(log(governor)).unwrap_or_default();
    text.lines().map(String::from).collect()
}

/// The writes that strace saw: calls that returned, in whichever thread.
pub fn traced(governor: &Governor) -> usize {
    let text = std::fs::read_to_string(governor.folder.join("strace.log")).unwrap_or_default();
    text.lines().filter(|line| line.contains(" = ")).count()
}

fn log(governor: &Governor) -> PathBuf {
    governor.folder.join("writes.log")
}
