//! The signatures of webhooks: Standard Webhooks (standardwebhooks.com), and those of Typeform and Delighted. All comparisons
//! take as long for a wrong signature as for the right one.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::Timestamp;
use entity::hook_delivery::HookVendor;
use hmac::{Hmac, KeyInit, Mac};
use jobs::delivery::SecretText;
use sha2::Sha256;

/// How far the time in a signature may be from ours.
const TOLERANCE_SECONDS: u64 = 300;

/// The prefix of secrets of Standard Webhooks.
const SECRET_PREFIX: &str = "whsec_";

/// A request that claims to be from a survey tool.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The part of its address after the question mark.
    pub query: &'a str,
    /// Its body.
    pub body: &'a [u8],
}

/// Why a request is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing.
    #[error("expected the header {0}")]
    Missing(&'static str),
    /// The key is missing.
    #[error("expected the key in the address, as ?key=..., or in the header X-Hook-Key")]
    MissingKey,
    /// The signature is none of this body under any key.
    #[error("the signature does not match: is the key that of the configuration?")]
    Wrong,
    /// It was signed too long ago, or in the future.
    #[error("the timestamp is more than five minutes from the server's time")]
    Stale,
}

impl SignedRequest<'_> {
    /// Checks the signature under any of the keys. Returns the id of the request; empty where the tool sends none.
    pub fn verify(self, vendor: HookVendor, keys: &[SecretText], now: Timestamp) -> Result<String, SignatureError> {
        match vendor {
            HookVendor::Generic | HookVendor::Formbricks => self.standard(keys, now),
            HookVendor::Typeform => {
                let signature = self.signature("typeform-signature")?;
                self.whole_body(keys, STANDARD.decode(signature).ok())
            }
            HookVendor::Delighted => {
                let signature = self.signature("x-delighted-webhook-signature")?;
                self.whole_body(keys, hexadecimal(signature))
            }
            HookVendor::SatisMeter => self.key(keys),
        }
    }

    fn header(&self, name: &'static str) -> Result<&str, SignatureError> {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.filter(|value| !value.is_empty()).ok_or(SignatureError::Missing(name))
    }

    /// The text of a signature like `sha256=...`.
    fn signature(&self, name: &'static str) -> Result<&str, SignatureError> {
        let value = self.header(name)?.trim();
        Ok(value.strip_prefix("sha256=").unwrap_or(value))
    }

    fn whole_body(&self, keys: &[SecretText], signature: Option<Vec<u8>>) -> Result<String, SignatureError> {
        let signature = signature.ok_or(SignatureError::Wrong)?;
        let is_right = keys.iter().any(|key| is_signed(key.reveal().as_bytes(), &[self.body], &signature));
        if is_right { Ok(String::new()) } else { Err(SignatureError::Wrong) }
    }

    /// Standard Webhooks: `id.timestamp.body` is signed, and the header holds a signature for each key.
    fn standard(&self, keys: &[SecretText], now: Timestamp) -> Result<String, SignatureError> {
        let (id, timestamp) = (self.header("webhook-id")?, self.header("webhook-timestamp")?);
        let signatures = self.header("webhook-signature")?;
        let signed_at: i64 = timestamp.parse().map_err(|_| SignatureError::Stale)?;
        let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", self.body];
        let versioned = signatures.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
        let signatures: Vec<Vec<u8>> = versioned.collect();
        let mut secrets = keys.iter().flat_map(|key| secrets_of(key.reveal()));
        if !secrets.any(|secret| signatures.iter().any(|signature| is_signed(&secret, &parts, signature))) {
            return Err(SignatureError::Wrong);
        }
        if (now.0.div_euclid(1_000_000)).abs_diff(signed_at) > TOLERANCE_SECONDS {
            return Err(SignatureError::Stale);
        }
        Ok(id.to_owned())
    }

    /// A key that is sent as it is.
    fn key(&self, keys: &[SecretText]) -> Result<String, SignatureError> {
        let pairs = form_urlencoded::parse(self.query.as_bytes());
        let in_address = pairs.filter(|(name, _)| name == "key").map(|(_, key)| key.into_owned()).next();
        let sent = in_address.or_else(|| self.header("x-hook-key").ok().map(str::to_owned));
        let sent = sent.ok_or(SignatureError::MissingKey)?;
        // Digests of equal length are compared: neither the length nor a common beginning takes another time.
        let digest = Hmac::<Sha256>::new_from_slice(b"key").map(|mac| mac.chain_update(&sent).finalize().into_bytes());
        let digest = digest.map_err(|_| SignatureError::Wrong)?;
        let is_right = keys.iter().any(|key| is_signed(b"key", &[key.reveal().as_bytes()], &digest));
        if is_right { Ok(String::new()) } else { Err(SignatureError::Wrong) }
    }
}

/// True when `signature` is the HMAC-SHA-256 (RFC 2104) of these parts under this key.
fn is_signed(key: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    // HMAC takes keys of any length: the error of the constructor cannot occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(signature).is_ok()
}

/// The bytes of a secret of Standard Webhooks: base64 after its prefix; without the prefix also the text itself.
fn secrets_of(key: &str) -> Vec<Vec<u8>> {
    let decoded = |text: &str| STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty());
    match key.strip_prefix(SECRET_PREFIX) {
        Some(text) => vec![decoded(text).unwrap_or_else(|| key.as_bytes().to_vec())],
        None => decoded(key).into_iter().chain([key.as_bytes().to_vec()]).collect(),
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))
        };
        pairs.iter().map(pair).collect()
    }

    /// The example of the specification (standard-webhooks/standard-webhooks, spec/standard-webhooks.md).
    #[test]
    fn the_example_of_standard_webhooks_is_accepted_and_any_change_is_not() {
        const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        const BODY: &[u8] = br#"{"test": 2432232314}"#;
        let at = Timestamp(1_614_265_330_000_000);
        let signed = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            (
                "webhook-signature",
                "v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ];
        let keys = [SecretText::from("another key, replaced"), SecretText::from(KEY)];
        let verify = |pairs: &[(&'static str, &str)], body: &[u8], keys: &[SecretText], now| {
            let headers = headers(pairs);
            SignedRequest { headers: &headers, query: "", body }.verify(HookVendor::Generic, keys, now)
        };
        assert_eq!(verify(&signed, BODY, &keys, at).as_deref(), Ok("msg_p5jXN8AQM9LWM0D4loKWxJek"));
        assert_eq!(verify(&signed, b"{\"test\": 1}", &keys, at), Err(SignatureError::Wrong));
        assert_eq!(verify(&signed, BODY, &keys[..1], at), Err(SignatureError::Wrong));
        for seconds in [-301, 301] {
            assert_eq!(verify(&signed, BODY, &keys, at.plus_seconds(seconds)), Err(SignatureError::Stale));
        }
        for seconds in [-300, 300] {
            assert!(verify(&signed, BODY, &keys, at.plus_seconds(seconds)).is_ok());
        }
        assert_eq!(verify(&signed[1..], BODY, &keys, at), Err(SignatureError::Missing("webhook-id")));
        let renamed = [("webhook-id", "msg_other"), signed[1], signed[2]];
        assert_eq!(verify(&renamed, BODY, &keys, at), Err(SignatureError::Wrong));
    }

    /// Reference value: `printf '{}' | openssl dgst -sha256 -hmac 'a key of sixteen'`, in hexadecimal and in base64.
    #[test]
    fn the_signatures_of_a_whole_body_are_accepted_and_others_are_not() {
        let keys = [SecretText::from("and a second one"), SecretText::from("a key of sixteen")];
        let hex = "sha256=4af09b8e7746256280e4f9c093124b449df39fe888537c4080011d8e4c132fe3";
        let encoded = "sha256=SvCbjndGJWKA5PnAkxJLRJ3zn+iIU3xAgAEdjkwTL+M=";
        for (vendor, name, right, wrong) in [
            (HookVendor::Delighted, "x-delighted-webhook-signature", hex, encoded),
            (HookVendor::Typeform, "typeform-signature", encoded, hex),
        ] {
            let verify = |signature: &str, body: &[u8], keys: &[SecretText]| {
                let headers = headers(&[(name, signature)]);
                SignedRequest { headers: &headers, query: "", body }.verify(vendor, keys, Timestamp(0))
            };
            assert_eq!(verify(right, b"{}", &keys), Ok(String::new()));
            assert_eq!(verify(right, b"{ }", &keys), Err(SignatureError::Wrong));
            assert_eq!(verify(right, b"{}", &keys[..1]), Err(SignatureError::Wrong));
            assert_eq!(verify(wrong, b"{}", &keys), Err(SignatureError::Wrong));
            assert_eq!(verify("", b"{}", &keys), Err(SignatureError::Missing(name)));
        }
    }

    #[test]
    fn a_key_is_compared_as_a_whole() {
        let keys = [SecretText::from("a key of sixteen"), SecretText::from("and a second one")];
        let key = |query: &str, pairs: &[(&'static str, &str)]| {
            let headers = headers(pairs);
            SignedRequest { headers: &headers, query, body: b"{}" }.verify(HookVendor::SatisMeter, &keys, Timestamp(0))
        };
        assert!(key("key=a+key%20of+sixteen", &[]).is_ok());
        assert!(key("", &[("x-hook-key", "and a second one")]).is_ok());
        assert_eq!(key("key=a+key+of+sixtee", &[]), Err(SignatureError::Wrong));
        assert_eq!(key("key=", &[]), Err(SignatureError::Wrong));
        assert_eq!(key("", &[]), Err(SignatureError::MissingKey));
    }

    #[test]
    fn digits_that_are_none_are_no_signature() {
        assert_eq!(hexadecimal("00fF"), Some(vec![0, 255]));
        for text in ["0", "zz", "+1", "é"] {
            assert_eq!(hexadecimal(text), None, "{text}");
        }
    }
}
