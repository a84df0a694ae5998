//! Signatures, computed again by Python's hmac from what was received.

use super::stand::{Provided, Signature, Stand, deliver, message, receiver};
use crate::letters::lives;
use std::io::Write;
use std::process::{Command, Stdio};

/// The HMAC with SHA-256 of `message`, as base64 or hex, by another implementation than ours.
fn by_python(key: &str, message: &str, form: &str) -> String {
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

/// The signature of a message is what Python computes of what was received, and one made with another
/// secret is not taken.
pub fn holds(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    provided.tell(&lives::cut()).expect("it is taken");
    let Signature { key, signed, form, given } = stand.signature().expect("it is signed");
    assert_eq!(given, by_python(&key, &signed, form), "{}", stand.name());
    let (base, before) = (provided.front.url(), stand.taken().len());
    let mut keys = stand.keys(&base);
    keys.sign = stand.strange_keys(&base).sign;
    let forged = receiver(stand, &base, keys, true);
    let outcome = deliver(&forged, &message(&lives::cut()), None);
    assert!(outcome.is_err(), "{} takes a forged signature", stand.name());
    assert_eq!(stand.taken().len(), before);
}
