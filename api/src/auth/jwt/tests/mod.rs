//! Tests of tokens from an identity provider: which are accepted, which are rejected and why, and how key changes
//! affect them.

pub mod issuer;
mod rfc7515;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Mutex;
use tokio::net::TcpListener;

use super::*;
use crate::auth::Viewer;
use issuer::{SigningKey, base64url};

/// 2024-07-01T12:00:00Z, a Monday.
pub const NOW: Timestamp = Timestamp(1_719_835_200_000_000);

const NOW_SECONDS: i64 = NOW.0 / 1_000_000;

/// The settings of the tests' identity provider.
pub fn settings(jwks: JwksOrigin) -> JwtSettings {
    JwtSettings {
        issuer: "https://id.example.org".to_owned(),
        audience: "needle".to_owned(),
        jwks,
        algorithms: vec![JwtAlgorithm::Rs256, JwtAlgorithm::Ps384, JwtAlgorithm::Es256, JwtAlgorithm::EdDsa],
        name_claim: "email".to_owned(),
        role_claim: "realm_access.roles".to_owned(),
        roles: vec![(Role::Admin, vec!["admins".to_owned()]), (Role::Leader, vec!["leads".to_owned()])],
        leeway_seconds: 30,
        refresh_seconds: 300,
    }
}

/// Claims of a valid token with the role leader.
pub fn claims() -> Value {
    json!({"iss": "https://id.example.org", "aud": ["other", "needle"], "sub": "7", "email": "ada@example.org",
        "exp": NOW_SECONDS + 600, "nbf": NOW_SECONDS - 10, "realm_access": {"roles": ["x", "leads"]}})
}

/// A temporary file with a key set.
pub fn key_set(keys: &[Value]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("keys.json");
    std::fs::write(&path, json!({ "keys": keys }).to_string()).expect("written");
    (directory, path)
}

async fn provider(keys: &[Value]) -> (IdentityProvider, tempfile::TempDir) {
    let (directory, path) = key_set(keys);
    let provider = IdentityProvider::open(settings(JwksOrigin::File(path)), NOW).await.expect("a provider");
    (provider, directory)
}

fn reason(outcome: Result<Identity, TokenDenial>) -> InvalidToken {
    match outcome {
        Err(TokenDenial::Invalid(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_signature_of_the_specification_is_valid() {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("bytes");
    let key = key::PublicKey::Rsa { modulus: bytes(rfc7515::MODULUS), exponent: bytes(rfc7515::EXPONENT) };
    let mut signature = bytes(rfc7515::SIGNATURE);
    assert!(JwtAlgorithm::Rs256.verify(&key, rfc7515::SIGNED.as_bytes(), &signature));
    for other in [JwtAlgorithm::Rs384, JwtAlgorithm::Ps256, JwtAlgorithm::Es256, JwtAlgorithm::EdDsa] {
        assert!(!other.verify(&key, rfc7515::SIGNED.as_bytes(), &signature), "{other:?}");
    }
    signature[17] ^= 1;
    assert!(!JwtAlgorithm::Rs256.verify(&key, rfc7515::SIGNED.as_bytes(), &signature));
}

#[tokio::test]
async fn a_valid_token_of_any_accepted_algorithm_gives_name_role_and_expiry() {
    let (rsa, p256, ed) = (SigningKey::rsa(), SigningKey::p256(), SigningKey::ed25519());
    let (provider, _directory) = provider(&[rsa.jwk("r"), p256.jwk("p"), ed.jwk("e")]).await;
    for (key, algorithm, id) in
        [(&rsa, "RS256", "r"), (&rsa, "PS384", "r"), (&p256, "ES256", "p"), (&ed, "EdDSA", "e"), (&ed, "Ed25519", "e")]
    {
        for header in [json!({"alg": algorithm, "kid": id, "typ": "at+jwt"}), json!({"alg": algorithm})] {
            let identity = provider.identify(&key.token(&header, &claims()), NOW).await.expect(algorithm);
            let viewer = Viewer { name: "ada@example.org".to_owned(), role: Role::Leader };
            let expected = Identity { viewer, token_id: None, expires_at: Some(NOW.plus_seconds(600)) };
            assert_eq!(identity, expected);
        }
    }
}

#[tokio::test]
async fn every_required_claim_is_checked() {
    let key = SigningKey::ed25519();
    let (provider, _directory) = provider(&[key.jwk("e")]).await;
    let header = json!({"alg": "EdDSA", "kid": "e"});
    for (claim, value, expected) in [
        ("iss", json!("https://id.example.org/"), InvalidToken::WrongIssuer),
        ("iss", Value::Null, InvalidToken::WrongIssuer),
        ("iss", json!(["https://id.example.org"]), InvalidToken::WrongIssuer),
        ("aud", json!("needles"), InvalidToken::WrongAudience),
        ("aud", json!([]), InvalidToken::WrongAudience),
        ("aud", Value::Null, InvalidToken::WrongAudience),
        ("exp", json!(NOW_SECONDS - 30), InvalidToken::Expired),
        ("exp", json!("tomorrow"), InvalidToken::Malformed),
        ("exp", json!(1e300), InvalidToken::Malformed),
        ("nbf", json!(NOW_SECONDS + 31), InvalidToken::NotYetValid),
        ("nbf", json!("now"), InvalidToken::Malformed),
        ("email", json!(""), InvalidToken::NoName),
        ("email", json!("a\nb"), InvalidToken::NoName),
        ("email", json!(7), InvalidToken::NoName),
    ] {
        let mut claims = claims();
        claims[claim] = value;
        assert_eq!(reason(provider.identify(&key.token(&header, &claims), NOW).await), expected, "{claims}");
    }
    for (claim, expected) in [("exp", InvalidToken::NoExpiry), ("email", InvalidToken::NoName)] {
        let mut claims = claims();
        claims.as_object_mut().expect("an object").remove(claim);
        assert_eq!(reason(provider.identify(&key.token(&header, &claims), NOW).await), expected);
    }
    // The clocks may differ by half a minute.
    let mut early = claims();
    (early["nbf"], early["exp"]) = (json!(NOW_SECONDS + 30), json!(NOW_SECONDS - 29));
    provider.identify(&key.token(&header, &early), NOW).await.expect("within the leeway");
}

#[tokio::test]
async fn a_valid_token_without_a_role_of_ours_is_rejected() {
    let key = SigningKey::ed25519();
    let (provider, _directory) = provider(&[key.jwk("e")]).await;
    let header = json!({"alg": "EdDSA"});
    for roles in [json!({"roles": []}), json!({"roles": "lead"}), json!({"roles": [7, "not leads"]}), json!("leads")] {
        let mut claims = claims();
        claims["realm_access"] = roles;
        let outcome = provider.identify(&key.token(&header, &claims), NOW).await;
        assert!(matches!(&outcome, Err(TokenDenial::NoRole { name }) if name == "ada@example.org"), "{outcome:?}");
    }
    for (roles, role) in [(json!(["leads", "admins"]), Role::Admin), (json!("leads"), Role::Leader)] {
        let mut claims = claims();
        claims["realm_access"] = json!({ "roles": roles });
        let identity = provider.identify(&key.token(&header, &claims), NOW).await.expect("a role");
        assert_eq!(identity.viewer.role, role);
    }
}

#[tokio::test]
async fn only_signatures_with_keys_of_the_provider_and_accepted_algorithms_are_valid() {
    let (rsa, stranger) = (SigningKey::rsa(), SigningKey::p256());
    let (provider, _directory) = provider(&[rsa.jwk("r")]).await;
    let good = rsa.token(&json!({"alg": "RS256", "kid": "r"}), &claims());
    let (signed, signature) = good.rsplit_once('.').expect("parts");
    let body = signed.split_once('.').expect("parts").1;
    let with_header = |header: Value| format!("{}.{body}", base64url(header.to_string()));

    for name in ["none", "None", "nOnE"] {
        for end in ["", signature] {
            let token = format!("{}.{end}", with_header(json!({"alg": name, "kid": "r"})));
            assert_eq!(reason(provider.identify(&token, NOW).await), InvalidToken::WrongAlgorithm);
        }
    }
    // The public key used as the secret of a symmetric algorithm, in each form in which a verifier might use it.
    for secret in [rfc7515::MODULUS.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(rfc7515::MODULUS).expect("bytes")] {
        let signed = with_header(json!({"alg": "HS256", "kid": "r"}));
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("a key");
        mac.update(signed.as_bytes());
        let token = format!("{signed}.{}", base64url(mac.finalize().into_bytes()));
        assert_eq!(reason(provider.identify(&token, NOW).await), InvalidToken::WrongAlgorithm);
    }
    for (token, expected) in [
        (rsa.token(&json!({"alg": "RS512", "kid": "r"}), &claims()), InvalidToken::WrongAlgorithm),
        (rsa.token(&json!({"alg": "PS384", "kid": "r", "crit": ["exp"]}), &claims()), InvalidToken::Extension),
        (rsa.token(&json!({"alg": "RS256", "kid": "r", "typ": "logout+jwt"}), &claims()), InvalidToken::WrongType),
        (stranger.token(&json!({"alg": "ES256", "kid": "r"}), &claims()), InvalidToken::UnknownKey),
        (stranger.token(&json!({"alg": "RS256", "kid": "r"}), &claims()), InvalidToken::WrongSignature),
        (rsa.token(&json!({"alg": "RS256", "kid": "s"}), &claims()), InvalidToken::UnknownKey),
        (format!("{}.{signature}", with_header(json!({"alg": "RS256"}))), InvalidToken::WrongSignature),
        (format!("{signed}."), InvalidToken::WrongSignature),
        (signed.to_owned(), InvalidToken::Malformed),
        (format!("{good}.x"), InvalidToken::Malformed),
        (format!("{good}="), InvalidToken::Malformed),
        (String::new(), InvalidToken::Malformed),
        ("a.b.c".to_owned(), InvalidToken::Malformed),
        (format!("{}.{}", "x".repeat(20_000), good), InvalidToken::Malformed),
    ] {
        assert_eq!(reason(provider.identify(&token, NOW).await), expected, "{token}");
    }
    provider.identify(&good, NOW).await.expect("a good token");
}

#[tokio::test]
async fn encryption_keys_and_symmetric_keys_are_ignored() {
    let key = SigningKey::ed25519();
    let mut for_encryption = key.jwk("e");
    for_encryption["use"] = json!("enc");
    let mut for_another = key.jwk("e");
    for_another["alg"] = json!("HS256");
    let secret = json!({"kty": "oct", "kid": "e", "k": "AQAB"});
    let (provider, _directory) = provider(&[for_encryption, for_another, secret, json!(7)]).await;
    let token = key.token(&json!({"alg": "EdDSA", "kid": "e"}), &claims());
    assert_eq!(reason(provider.identify(&token, NOW).await), InvalidToken::UnknownKey);
    let (one, other) = (SigningKey::ed25519(), SigningKey::ed25519());
    let (provider, _directory) = super::tests::provider(&[one.jwk("1"), other.jwk("2")]).await;
    let nameless = one.token(&json!({"alg": "EdDSA"}), &claims());
    assert_eq!(reason(provider.identify(&nameless, NOW).await), InvalidToken::NoKeyNamed);
}

#[tokio::test]
async fn a_changed_key_file_is_read_within_seconds_and_a_broken_one_is_ignored() {
    let (old, new) = (SigningKey::ed25519(), SigningKey::ed25519());
    let (directory, path) = key_set(&[old.jwk("old")]);
    let provider = IdentityProvider::open(settings(JwksOrigin::File(path.clone())), NOW).await.expect("a provider");
    let of_old = old.token(&json!({"alg": "EdDSA", "kid": "old"}), &claims());
    let of_new = new.token(&json!({"alg": "EdDSA", "kid": "new"}), &claims());
    std::fs::write(&path, json!({"keys": [new.jwk("new")]}).to_string()).expect("written");
    provider.identify(&of_old, NOW).await.expect("a file is not read for each token");
    provider.identify(&of_new, NOW.plus_seconds(2)).await.expect("an unknown key makes the file be read");
    let removed = provider.identify(&of_old, NOW.plus_seconds(3)).await;
    assert_eq!(reason(removed), InvalidToken::UnknownKey, "a removed key is no longer accepted");
    std::fs::write(&path, "{").expect("written");
    provider.identify(&of_new, NOW.plus_seconds(60)).await.expect("a broken file changes nothing");
    std::fs::write(&path, json!({"keys": []}).to_string()).expect("written");
    assert_eq!(reason(provider.identify(&of_new, NOW.plus_seconds(120)).await), InvalidToken::UnknownKey);
    drop(directory);
    let gone = IdentityProvider::open(settings(JwksOrigin::File(path)), NOW).await.expect_err("no file");
    assert!(gone.to_string().starts_with("cannot read the keys in "), "{gone}");
}

/// A server of a key set: the body of its replies, and the number of requests.
#[derive(Default)]
struct KeySetServer {
    body: Mutex<String>,
    request_count: AtomicUsize,
}

async fn serve_key_set(keys: &[Value]) -> (Arc<KeySetServer>, JwksOrigin) {
    let published = Arc::new(KeySetServer::default());
    *published.body.lock().expect("a body") = json!({ "keys": keys }).to_string();
    let served = Arc::clone(&published);
    let reply = move || {
        served.request_count.fetch_add(1, Ordering::Relaxed);
        let body = served.body.lock().expect("a body").clone();
        std::future::ready(body)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/keys", get(reply))).await.expect("served");
    });
    (published, JwksOrigin::parse(&format!("http://{address}/keys?v=1")).expect("a URL"))
}

#[tokio::test]
async fn unknown_keys_are_refetched_at_most_once_per_pause() {
    let (old, new) = (SigningKey::p256(), SigningKey::p256());
    let (published, origin) = serve_key_set(&[old.jwk("old")]).await;
    let provider = Arc::new(IdentityProvider::open(settings(origin), NOW).await.expect("a provider"));
    let of_old = old.token(&json!({"alg": "ES256", "kid": "old"}), &claims());
    let of_new = new.token(&json!({"alg": "ES256", "kid": "new"}), &claims());
    provider.identify(&of_old, NOW).await.expect("a key that was fetched at the start");
    let flood: Vec<_> = (0..50)
        .map(|_| {
            let (provider, token) = (Arc::clone(&provider), of_new.clone());
            tokio::spawn(async move { reason(provider.identify(&token, NOW.plus_seconds(11)).await) })
        })
        .collect();
    for refused in flood {
        assert_eq!(refused.await.expect("a result"), InvalidToken::UnknownKey);
    }
    assert_eq!(published.request_count.load(Ordering::Relaxed), 2, "once at the start, once for all 50 tokens");
    *published.body.lock().expect("a body") = json!({"keys": [old.jwk("old"), new.jwk("new")]}).to_string();
    assert_eq!(reason(provider.identify(&of_new, NOW.plus_seconds(15)).await), InvalidToken::UnknownKey);
    provider.identify(&of_new, NOW.plus_seconds(22)).await.expect("the provider has changed its keys");
    provider.identify(&of_old, NOW.plus_seconds(22)).await.expect("the old key is still there");
    assert_eq!(published.request_count.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_unreachable_provider_is_tried_again_and_its_cached_keys_are_valid_for_a_day() {
    let key = SigningKey::p256();
    let mut claims = claims();
    claims["exp"] = json!(NOW_SECONDS + 1_000_000);
    let token = key.token(&json!({"alg": "ES256", "kid": "k"}), &claims);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let unused = listener.local_addr().expect("an address");
    drop(listener);
    let absent = JwksOrigin::parse(&format!("http://{unused}/keys")).expect("a URL");
    let provider = IdentityProvider::open(settings(absent), NOW).await.expect("a provider without keys");
    assert!(matches!(provider.identify(&token, NOW.plus_seconds(20)).await, Err(TokenDenial::KeysUnavailable)));

    let (published, origin) = serve_key_set(&[key.jwk("k")]).await;
    let provider = IdentityProvider::open(settings(origin), NOW).await.expect("a provider");
    *published.body.lock().expect("a body") = "<html>".to_owned();
    provider.identify(&token, NOW.plus_seconds(80_000)).await.expect("the keys are valid for a day");
    assert!(matches!(provider.identify(&token, NOW.plus_seconds(87_000)).await, Err(TokenDenial::KeysUnavailable)));
}

#[tokio::test]
async fn keys_are_not_fetched_without_a_valid_certificate_or_from_an_unknown_path() {
    let (_published, JwksOrigin::Url(plain)) = serve_key_set(&[]).await else { panic!("a URL") };
    let encrypted = JwksOrigin::parse(&plain.to_string().replace("http:", "https:")).expect("a URL");
    let refused = encrypted.read().await.expect_err("no TLS there");
    assert!(refused.to_string().contains("no connection"), "{refused}");
    let elsewhere = JwksOrigin::parse(&plain.to_string().replace("/keys", "/other")).expect("a URL");
    assert!(elsewhere.read().await.expect_err("no such path").to_string().contains("404"));
}
