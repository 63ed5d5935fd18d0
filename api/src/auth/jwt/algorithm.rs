//! The supported signature algorithms, all with public keys (RFC 7518, RFC 8037, RFC 9864).
//!
//! Symmetric algorithms and `none` are not represented, so that no configuration can accept them.

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};

use super::key::PublicKey;

/// A signature algorithm of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtAlgorithm {
    /// RSA with PKCS #1 1.5 and SHA-256.
    Rs256,
    /// RSA with PKCS #1 1.5 and SHA-384.
    Rs384,
    /// RSA with PKCS #1 1.5 and SHA-512.
    Rs512,
    /// RSA with PSS and SHA-256.
    Ps256,
    /// RSA with PSS and SHA-384.
    Ps384,
    /// RSA with PSS and SHA-512.
    Ps512,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl JwtAlgorithm {
    /// Every algorithm with its name in the header `alg`.
    pub const NAMES: [(&'static str, Self); 9] = [
        ("RS256", Self::Rs256),
        ("RS384", Self::Rs384),
        ("RS512", Self::Rs512),
        ("PS256", Self::Ps256),
        ("PS384", Self::Ps384),
        ("PS512", Self::Ps512),
        ("ES256", Self::Es256),
        ("ES384", Self::Es384),
        ("EdDSA", Self::EdDsa),
    ];

    /// The algorithm with this name; `None` for unsupported ones, which include all symmetric ones.
    pub fn from_name(name: &str) -> Option<Self> {
        // RFC 9864 introduced a name with the curve for what RFC 8037 calls EdDSA.
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::NAMES.into_iter().find(|(own, _)| *own == name).map(|(_, algorithm)| algorithm)
    }

    /// The name in the header `alg`.
    pub fn name(self) -> &'static str {
        Self::NAMES.into_iter().find(|(_, algorithm)| *algorithm == self).map_or("", |(name, _)| name)
    }

    /// True when the key has the type that this algorithm needs.
    pub fn fits(self, key: &PublicKey) -> bool {
        match key {
            PublicKey::Rsa { .. } => self.rsa().is_some(),
            PublicKey::P256(_) => self == Self::Es256,
            PublicKey::P384(_) => self == Self::Es384,
            PublicKey::Ed25519(_) => self == Self::EdDsa,
        }
    }

    /// True when the signature over `message` is valid for the key. RSA keys of fewer than 2,048 bits are never valid.
    pub fn verify(self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(key) {
            return false;
        }
        let by = |algorithm: &'static dyn VerificationAlgorithm, point: &[u8]| {
            UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok()
        };
        match key {
            PublicKey::Rsa { modulus, exponent } => self.rsa().is_some_and(|parameters| {
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(parameters, message, signature).is_ok()
            }),
            PublicKey::P256(point) => by(&ECDSA_P256_SHA256_FIXED, point),
            PublicKey::P384(point) => by(&ECDSA_P384_SHA384_FIXED, point),
            PublicKey::Ed25519(point) => by(&ED25519, point),
        }
    }

    const fn rsa(self) -> Option<&'static RsaParameters> {
        match self {
            Self::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
            Self::Es256 | Self::Es384 | Self::EdDsa => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_algorithms_with_a_public_key_have_a_name() {
        for (name, algorithm) in JwtAlgorithm::NAMES {
            assert_eq!((JwtAlgorithm::from_name(name), algorithm.name()), (Some(algorithm), name));
        }
        assert_eq!(JwtAlgorithm::from_name("Ed25519"), Some(JwtAlgorithm::EdDsa));
        for name in ["none", "None", "NONE", "", "HS256", "HS384", "HS512", "rs256", "ES256K"] {
            assert_eq!(JwtAlgorithm::from_name(name), None, "{name}");
        }
    }
}
