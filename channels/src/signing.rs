//! How a receiver knows that a message is from here: HMAC-SHA256, in base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The code of `message` under `key`, which can be of any length.
pub(crate) fn hmac_base64(key: &[u8], message: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(message);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 2 of RFC 4231.
    #[test]
    fn codes_are_those_of_the_standard() {
        let code = hmac_base64(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(code, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    }
}
