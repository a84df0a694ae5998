//! Signatures, computed again by Python's hmac from what was received.

use super::stand::{Provided, Stand};
use crate::letters::lives;
use std::io::Write;
use std::process::{Command, Stdio};

/// The HMAC with SHA-256 of `message`, as base64 or hex, by another implementation than ours.
pub fn by_python(key: &str, message: &str, form: &str) -> String {
    let program = "import base64, hashlib, hmac, sys\n\
        digest = hmac.new(sys.argv[1].encode(), sys.stdin.buffer.read(), hashlib.sha256).digest()\n\
        print(base64.b64encode(digest).decode() if sys.argv[2] == 'base64' else digest.hex())\n";
    let mut command = Command::new("python3");
    command.args(["-c", program, key, form]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = command.spawn().expect("python3 is there");
    let mut input = python.stdin.take().expect("its input is a pipe");
    input.write_all(message.as_bytes()).expect("it reads");
    drop(input);
    let done = python.wait_with_output().expect("it ends");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_string()
}

/// A message whose signature is computed with another secret is not taken, and with the right one is:
/// the server behind the stand has Python judge every signature.
pub fn holds(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let before = stand.taken().len();
    provided.tell(&lives::cut()).expect("its signature is right");
    let base = provided.front.url();
    let mut keys = stand.keys(&base);
    keys.sign = stand.strange_keys(&base).sign;
    let forged = super::stand::receiver(stand, &base, keys, true);
    let outcome = super::stand::deliver(&forged, &super::stand::message(&lives::cut()), None);
    assert!(outcome.is_err(), "{} takes a forged signature", stand.name());
    assert_eq!(stand.taken().len(), before + 1);
}
