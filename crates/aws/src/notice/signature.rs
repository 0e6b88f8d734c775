//! Signatures of documents for webhooks, as the Standard Webhooks say, so that libraries can verify them.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a key begins with that is written in base64.
const ENCODED: &str = "whsec_";

/// The signature of a body. None: the key is not one.
pub(super) fn signature(key: &str, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let key = match key.strip_prefix(ENCODED) {
        Some(encoded) => STANDARD.decode(encoded).ok()?,
        None => key.as_bytes().to_vec(),
    };
    if key.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries.
    #[test]
    fn it_is_the_one_that_the_specification_gives() {
        let signature = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_key_may_be_any_text_and_has_to_be_one() {
        let plain = signature("TWFu", "i", 1, b"x").unwrap();
        assert_ne!(plain, signature("whsec_TWFu", "i", 1, b"x").unwrap());
        assert_eq!(signature("whsec_TWFu", "i", 1, b"x"), signature("Man", "i", 1, b"x"));
        assert_eq!(signature("", "i", 1, b"x"), None);
        assert_eq!(signature("whsec_***", "i", 1, b"x"), None);
    }
}
