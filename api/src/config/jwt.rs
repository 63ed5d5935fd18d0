//! `[access.jwt]` and `[access.jwt.roles]`: the identity provider whose signed tokens are accepted in addition to our
//! own.

use entity::token::Role;

use super::section::{ConfigConflict, ConfigSection, KeyName, SectionKey};
use super::value::{RawConfigValue, listed, quoted};
use crate::auth::jwt::{JwksOrigin, JwksOriginError, JwtAlgorithm, JwtSettings};

/// The identity provider whose signed tokens are accepted in addition to our own; none while `issuer` is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtConfig {
    /// The required value of the claim `iss`; empty accepts no tokens.
    pub issuer: String,
    /// The value that the claim `aud` must contain.
    pub audience: String,
    /// The path or URL of the provider's keys.
    pub jwks: String,
    /// The accepted signature algorithms.
    pub algorithms: Vec<JwtAlgorithm>,
    /// The claim with the person's name; a path of names joined by dots.
    pub name_claim: String,
    /// The claim with the person's roles or groups; a path of names joined by dots.
    pub role_claim: String,
    /// The allowed difference between clocks, in seconds.
    pub leeway_seconds: i64,
    /// The age of keys from a URL after which they are fetched again, in seconds.
    pub refresh_seconds: i64,
    /// The section `[access.jwt.roles]`: the values of the role claim that map to each role.
    pub roles: JwtRolesConfig,
}

/// The values of the role claim that map to each role; an empty list maps none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwtRolesConfig {
    /// Values for the role admin, which may read and change everything.
    pub admin: Vec<String>,
    /// Values for the role leader, which reads comments and logs decisions.
    pub leader: Vec<String>,
    /// Values for the role ingest, which only writes customers and responses.
    pub ingest: Vec<String>,
    /// Values for the role viewer, which reads without comments and personal data.
    pub viewer: Vec<String>,
}

impl Default for JwtConfig {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: String::new(),
            jwks: String::new(),
            algorithms: vec![JwtAlgorithm::Rs256, JwtAlgorithm::Es256, JwtAlgorithm::EdDsa],
            name_claim: "sub".to_owned(),
            role_claim: "roles".to_owned(),
            leeway_seconds: 30,
            refresh_seconds: 300,
            roles: JwtRolesConfig::default(),
        }
    }
}

impl ConfigSection for JwtConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "issuer",
            |jwt, raw| text(raw, "the claim iss of the tokens").map(|text| jwt.issuer = text),
            |jwt| quoted(&jwt.issuer),
        ),
        SectionKey::new(
            "audience",
            |jwt, raw| text(raw, "the claim aud of the tokens").map(|text| jwt.audience = text),
            |jwt| quoted(&jwt.audience),
        ),
        SectionKey::new("jwks", |jwt, raw| jwks(raw).map(|text| jwt.jwks = text), |jwt| quoted(&jwt.jwks)),
        SectionKey::new(
            "algorithms",
            |jwt, raw| algorithms(raw).map(|algorithms| jwt.algorithms = algorithms),
            |jwt| listed(jwt.algorithms.iter().map(|algorithm| algorithm.name())),
        ),
        SectionKey::new(
            "name_claim",
            |jwt, raw| raw.text("the name of a claim").map(|name| name.clone_into(&mut jwt.name_claim)),
            |jwt| quoted(&jwt.name_claim),
        ),
        SectionKey::new(
            "role_claim",
            |jwt, raw| raw.text("the name of a claim").map(|name| name.clone_into(&mut jwt.role_claim)),
            |jwt| quoted(&jwt.role_claim),
        ),
        SectionKey::new(
            "leeway_seconds",
            |jwt, raw| raw.whole_number(0..=300, "seconds").map(|seconds| jwt.leeway_seconds = seconds),
            |jwt| jwt.leeway_seconds.to_string(),
        ),
        SectionKey::new(
            "refresh_seconds",
            |jwt, raw| raw.whole_number(10..=43_200, "seconds").map(|seconds| jwt.refresh_seconds = seconds),
            |jwt| jwt.refresh_seconds.to_string(),
        ),
    ];

    /// An incompletely configured provider would accept no tokens, or too many.
    fn validate(&self) -> Vec<ConfigConflict> {
        let key = |key| KeyName { section: "access.jwt", key };
        let role = |key| KeyName { section: "access.jwt.roles", key };
        let needed = [("issuer", &self.issuer), ("audience", &self.audience), ("jwks", &self.jwks)];
        let set: Vec<&str> = needed.iter().filter(|(_, text)| !text.is_empty()).map(|(name, _)| *name).collect();
        let roles = self.roles.all();
        let has_roles = roles.iter().any(|(_, _, values)| !values.is_empty());
        if set.is_empty() && !has_roles || set.len() == needed.len() && has_roles {
            return Vec::new();
        }
        let missing = needed.iter().filter(|(_, text)| text.is_empty()).map(|(name, _)| *name);
        let missing: Vec<&str> = missing.chain((!has_roles).then_some("such value")).collect();
        let keys = needed.iter().map(|(name, _)| key(*name)).chain(roles.iter().map(|(name, _, _)| role(*name)));
        let message = format!(
            "expected issuer, audience, jwks and some value of [access.jwt.roles] together, found no {}",
            missing.join(" and no ")
        );
        vec![ConfigConflict { keys: keys.collect(), message }]
    }
}

impl ConfigSection for JwtRolesConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "admin",
            |roles, raw| values(raw).map(|values| roles.admin = values),
            |roles| listed(&roles.admin),
        ),
        SectionKey::new(
            "leader",
            |roles, raw| values(raw).map(|values| roles.leader = values),
            |roles| listed(&roles.leader),
        ),
        SectionKey::new(
            "ingest",
            |roles, raw| values(raw).map(|values| roles.ingest = values),
            |roles| listed(&roles.ingest),
        ),
        SectionKey::new(
            "viewer",
            |roles, raw| values(raw).map(|values| roles.viewer = values),
            |roles| listed(&roles.viewer),
        ),
    ];
}

impl JwtRolesConfig {
    /// The roles in the order in which they are matched, each with its key and its values.
    fn all(&self) -> [(&'static str, Role, &Vec<String>); 4] {
        [
            ("admin", Role::Admin, &self.admin),
            ("leader", Role::Leader, &self.leader),
            ("ingest", Role::Ingest, &self.ingest),
            ("viewer", Role::Viewer, &self.viewer),
        ]
    }
}

impl JwtConfig {
    /// The settings to check tokens with; `None` where no provider is configured.
    pub fn settings(&self) -> Result<Option<JwtSettings>, JwksOriginError> {
        if self.issuer.is_empty() {
            return Ok(None);
        }
        Ok(Some(JwtSettings {
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            jwks: JwksOrigin::parse(&self.jwks)?,
            algorithms: self.algorithms.clone(),
            name_claim: self.name_claim.clone(),
            role_claim: self.role_claim.clone(),
            roles: self.roles.all().map(|(_, role, values)| (role, values.clone())).into(),
            leeway_seconds: self.leeway_seconds,
            refresh_seconds: self.refresh_seconds,
        }))
    }
}

/// A text that may be empty, without surrounding whitespace.
fn text(raw: &RawConfigValue<'_>, expected: &str) -> Result<String, String> {
    raw.as_text().map(|text| text.trim().to_owned()).ok_or_else(|| raw.mismatch(expected))
}

fn jwks(raw: &RawConfigValue<'_>) -> Result<String, String> {
    let text = text(raw, "the path or the URL of a key set")?;
    match JwksOrigin::parse(&text) {
        Err(error) if !text.is_empty() => Err(format!("{error}, found {}", raw.found())),
        _ => Ok(text),
    }
}

fn algorithms(raw: &RawConfigValue<'_>) -> Result<Vec<JwtAlgorithm>, String> {
    let names: Vec<&str> = JwtAlgorithm::NAMES.iter().map(|(name, _)| *name).collect();
    let expected = format!("a list of algorithms with a public key: {}", names.join(", "));
    let found = raw.texts(&expected)?;
    if found.is_empty() {
        return Err(format!("expected {expected}, found an empty list"));
    }
    let algorithm = |name: &String| {
        JwtAlgorithm::from_name(name)
            .ok_or_else(|| format!("expected {expected}, found {}", RawConfigValue::Text(name).found()))
    };
    found.iter().map(algorithm).collect()
}

fn values(raw: &RawConfigValue<'_>) -> Result<Vec<String>, String> {
    raw.texts("a list of values of the role claim")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_configured_completely_or_not_at_all() {
        assert_eq!(JwtConfig::default().validate(), []);
        assert!(JwtConfig::default().settings().expect("an origin").is_none());
        let roles = JwtRolesConfig { admin: vec!["admins".to_owned()], ..JwtRolesConfig::default() };
        let complete = JwtConfig {
            issuer: "https://id.example.org".to_owned(),
            audience: "needle".to_owned(),
            jwks: "keys.json".to_owned(),
            roles,
            ..JwtConfig::default()
        };
        assert_eq!(complete.validate(), []);
        assert!(complete.settings().expect("an origin").is_some());
        let without_audience = JwtConfig { audience: String::new(), ..complete.clone() };
        assert!(without_audience.validate()[0].message.ends_with("found no audience"));
        let without_roles = JwtConfig { roles: JwtRolesConfig::default(), ..complete };
        assert!(without_roles.validate()[0].message.ends_with("found no such value"));
    }

    #[test]
    fn only_algorithms_with_a_public_key_can_be_accepted() {
        assert_eq!(
            algorithms(&RawConfigValue::Text("ES256, EdDSA")),
            Ok(vec![JwtAlgorithm::Es256, JwtAlgorithm::EdDsa])
        );
        for name in ["HS256", "none", "RS257", ""] {
            let message = algorithms(&RawConfigValue::Text(name)).expect_err(name);
            assert!(message.starts_with("expected a list of algorithms with a public key: RS256,"), "{message}");
        }
    }

    #[test]
    fn keys_are_at_a_path_or_a_url() {
        for text in ["", "keys.json", "/etc/needle/keys.json", "https://id.example.org/keys", "http://127.0.0.1:1/k"] {
            assert_eq!(jwks(&RawConfigValue::Text(text)), Ok(text.to_owned()));
        }
        for text in ["ftp://id.example.org/keys", "https://", "https://ada:hunter2@id.example.org/keys"] {
            let message = jwks(&RawConfigValue::Text(text)).expect_err(text);
            assert!(message.starts_with("expected the path of a file") && !message.contains("hunter2"), "{message}");
        }
    }
}
