//! The public keys of an identity provider, parsed from its JSON Web Key Set (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use super::JwtAlgorithm;

/// A public key that verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// An RSA key; both numbers are big-endian without leading zeros.
    Rsa {
        /// The modulus `n`.
        modulus: Vec<u8>,
        /// The public exponent `e`.
        exponent: Vec<u8>,
    },
    /// A point on P-256, uncompressed: 65 bytes.
    P256(Vec<u8>),
    /// A point on P-384, uncompressed: 97 bytes.
    P384(Vec<u8>),
    /// An Ed25519 key: 32 bytes.
    Ed25519(Vec<u8>),
}

/// The bytes are not a JSON Web Key Set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a JSON Web Key Set, like {{\"keys\": [...]}}")]
pub struct KeySetError;

/// The keys of a provider that can sign tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<VerificationKey>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct VerificationKey {
    id: Option<String>,
    /// The only algorithm that the key may be used with; `None` when the provider does not restrict it.
    algorithm: Option<JwtAlgorithm>,
    public: PublicKey,
}

/// The key that a token must be verified with.
#[derive(Debug, PartialEq, Eq)]
pub enum KeySelection<'a> {
    /// The key of the given id, or the only key for the algorithm.
    Found(&'a PublicKey),
    /// The set has no such key.
    Unknown,
    /// The token names no key, and several are possible.
    Ambiguous,
}

#[derive(Deserialize)]
struct JwksDocument {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Parses a key set. Keys of unsupported types and for other purposes are ignored, as RFC 7517 requires.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetError> {
        let document: JwksDocument = serde_json::from_slice(bytes).map_err(|_| KeySetError)?;
        let key = |value| VerificationKey::of(serde_json::from_value(value).ok()?);
        Ok(Self(document.keys.into_iter().filter_map(key).collect()))
    }

    /// The number of keys that can verify a token signed with one of these algorithms.
    pub fn count(&self, algorithms: &[JwtAlgorithm]) -> usize {
        self.0.iter().filter(|key| algorithms.iter().any(|algorithm| key.is_for(*algorithm))).count()
    }

    /// The key with this id for this algorithm; without an id, the only key for the algorithm.
    pub fn choose(&self, id: Option<&str>, algorithm: JwtAlgorithm) -> KeySelection<'_> {
        let mut fitting = self.0.iter().filter(|key| key.is_for(algorithm));
        match id {
            Some(id) => fitting
                .find(|key| key.id.as_deref() == Some(id))
                .map_or(KeySelection::Unknown, |key| KeySelection::Found(&key.public)),
            None => match (fitting.next(), fitting.next()) {
                (Some(key), None) => KeySelection::Found(&key.public),
                (None, _) => KeySelection::Unknown,
                _ => KeySelection::Ambiguous,
            },
        }
    }
}

impl VerificationKey {
    fn of(jwk: Jwk) -> Option<Self> {
        let signs = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && jwk.key_ops.as_ref().is_none_or(|uses| uses.iter().any(|one| one == "verify"));
        let algorithm = match &jwk.alg {
            Some(name) => Some(JwtAlgorithm::from_name(name)?),
            None => None,
        };
        let public = PublicKey::of(&jwk).filter(|_| signs)?;
        Some(Self { id: jwk.kid, algorithm, public })
    }

    fn is_for(&self, algorithm: JwtAlgorithm) -> bool {
        self.algorithm.is_none_or(|only| only == algorithm) && algorithm.fits(&self.public)
    }
}

impl PublicKey {
    fn of(jwk: &Jwk) -> Option<Self> {
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        let number = |text: &Option<String>| {
            let bytes = bytes(text)?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            Some(bytes[zeros..].to_vec())
        };
        let point = |length: usize| {
            let (x, y) = (bytes(&jwk.x)?, bytes(&jwk.y)?);
            // The prefix 4 marks an uncompressed point (SEC 1, section 2.3.3).
            (x.len() == length && y.len() == length).then(|| [&[4], x.as_slice(), y.as_slice()].concat())
        };
        match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Some(Self::Rsa { modulus: number(&jwk.n)?, exponent: number(&jwk.e)? }),
            ("EC", Some("P-256")) => point(32).map(Self::P256),
            ("EC", Some("P-384")) => point(48).map(Self::P384),
            ("OKP", Some("Ed25519")) => bytes(&jwk.x).filter(|x| x.len() == 32).map(Self::Ed25519),
            _ => None,
        }
    }
}
