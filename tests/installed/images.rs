//! The image of Flyball, assembled from the program on this machine.

use crate::live::process::folder_for_now;
use crate::live::tools::{Tools, find, repository};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Largest image of Flyball, not compressed, in bytes.
const LARGEST: u64 = 20 << 20;

/// Runs charts/image/assemble; the digest that it prints.
fn assemble(out: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(repository().join("charts/image/assemble"));
    command.arg("--out").arg(out).args(arguments);
    let output = command.output().expect("python3 is there");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "charts/image/assemble {arguments:?}: {complaint}");
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

/// The image of Flyball.
pub fn flyball(tools: &Tools, out: &Path) -> String {
    let program = tools.flyball.display();
    let said = Command::new("ldd").arg(&tools.flyball).output().expect("ldd is there");
    let said = String::from_utf8_lossy(&said.stdout);
    assert!(
        said.contains("statically linked"),
        "{program} is not static, build it by charts/image/build: {said}"
    );
    let program = stripped(&tools.flyball, &out.with_extension("program"));
    let file = format!("{}=/flyball", program.display());
    assemble(
        out,
        &["--tag", "flyball.test/flyball:here", "--user", "65532:65532", "--entrypoint", "/flyball", &file],
    )
}

/// What a debug build of the tests has too much of; nothing changes where it has none.
fn stripped(program: &Path, to: &Path) -> PathBuf {
    let done = Command::new("strip").arg("-o").arg(to).arg(program).status().expect("strip is there");
    assert!(done.success(), "strip {}", program.display());
    to.to_owned()
}

/// Two assemblies of one program make one digest, and the image is small.
pub fn are_the_same_twice(tools: &Tools) {
    let folder = folder_for_now();
    let (one, other) = (folder.join("one.tar"), folder.join("other.tar"));
    let digests = (flyball(tools, &one), flyball(tools, &other));
    assert_eq!(digests.0, digests.1);
    let bytes = |path: &Path| std::fs::read(path).expect("it was made");
    assert!(bytes(&one) == bytes(&other), "the archives differ");
    let size = std::fs::metadata(&one).expect("it was made").len();
    println!("the image has {size} bytes: {}", digests.0);
    if find("FLYBALL_BIN").is_err() {
        assert!(size <= LARGEST, "the image has {size} bytes");
    }
}
