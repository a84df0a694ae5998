//! Signatures: an HMAC with SHA-256, as each receiver wants it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{HMAC_SHA256, Key, sign};
use std::fmt;

/// Something that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Secret {
    /// Takes the ends of lines and blanks around it off: editors leave them.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_string())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Feishu's: the key is what is signed, and nothing is the message.
pub fn feishu(secret: &Secret, timestamp: i64) -> String {
    STANDARD.encode(hmac(format!("{timestamp}\n{}", secret.0).as_bytes(), b""))
}

/// DingTalk's: the reverse.
pub fn ding_talk(secret: &Secret, timestamp: i64) -> String {
    STANDARD.encode(hmac(secret.0.as_bytes(), format!("{timestamp}\n{}", secret.0).as_bytes()))
}

/// Ours: over the time and the body, so that neither can be changed, nor an old one sent again.
pub fn webhook(secret: &Secret, timestamp: i64, body: &[u8]) -> String {
    let signed = [timestamp.to_string().as_bytes(), b".", body].concat();
    let hex: String = hmac(secret.0.as_bytes(), &signed).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key), message).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hmac_of_rfc_4231() {
        let key = Secret::new("Jefe");
        let found: String = hmac(key.0.as_bytes(), b"what do ya want for nothing?")
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(found, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(format!("{key:?}"), "(secret)");
    }

    #[test]
    fn the_two_chats_sign_the_reverse_of_each_other() {
        let secret = Secret::new("s\n");
        assert_eq!(feishu(&secret, 1), STANDARD.encode(hmac(b"1\ns", b"")));
        assert_eq!(ding_talk(&secret, 1), STANDARD.encode(hmac(b"s", b"1\ns")));
        assert!(webhook(&secret, 1, b"{}").starts_with("sha256="));
        assert_ne!(webhook(&secret, 1, b"{}"), webhook(&secret, 2, b"{}"));
    }
}
