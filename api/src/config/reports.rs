//! `[reports]`, `[reports.email]`, `[reports.webhook]` and `[reports.folder]`: where scheduled reports are sent, and in
//! which role they are written.

use std::path::PathBuf;

use entity::token::Role;
use jobs::delivery::{DeliveryChannels, FolderWriter, Mailbox, SecretText, SmtpEncryption, SmtpSender, WebhookSender};

use super::section::{ConfigConflict, ConfigSection, KeyName, SectionKey};
use super::value::{RawConfigValue, listed, quoted};
use crate::auth::Viewer;

/// Shown instead of a secret that is set.
const REDACTED: &str = "\"(secret)\"";

/// Where scheduled reports are sent, and in which role they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportsConfig {
    /// The role of the readers: viewer or leader.
    pub audience: Role,
    /// The address of the pages, for a link at the end of each report; empty adds none.
    pub link: String,
    /// The section `[reports.email]`: delivery by mail.
    pub email: EmailReportsConfig,
    /// The section `[reports.webhook]`: delivery to a chat.
    pub webhook: WebhookReportsConfig,
    /// The section `[reports.folder]`: delivery into a folder.
    pub folder: FolderReportsConfig,
}

/// Delivery by mail; disabled while `to` is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailReportsConfig {
    /// The recipients; each gets a mail of their own.
    pub to: Vec<Mailbox>,
    /// The sender; required when there are recipients.
    pub from: Option<Mailbox>,
    /// The host name of the mail server.
    pub host: String,
    /// The port of the mail server, usually 587 for STARTTLS and 465 for TLS.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: SmtpEncryption,
    /// The user name to sign in with; empty does not sign in.
    pub username: String,
    /// The password to sign in with; set exactly when the user name is.
    pub password: SecretText,
}

/// Delivery to a chat; disabled while `webhook` is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookReportsConfig {
    /// The incoming webhook of Slack, Mattermost or the like.
    pub webhook: Option<WebhookSender>,
}

/// Delivery into a folder; disabled while `path` is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderReportsConfig {
    /// The path of the folder, which is created when it does not exist.
    pub path: PathBuf,
}

impl Default for ReportsConfig {
    fn default() -> Self {
        Self {
            audience: Role::Viewer,
            link: String::new(),
            email: EmailReportsConfig::default(),
            webhook: WebhookReportsConfig::default(),
            folder: FolderReportsConfig::default(),
        }
    }
}

impl Default for EmailReportsConfig {
    fn default() -> Self {
        Self {
            to: Vec::new(),
            from: None,
            host: String::new(),
            port: 587,
            encryption: SmtpEncryption::Starttls,
            username: String::new(),
            password: SecretText::default(),
        }
    }
}

impl ReportsConfig {
    /// The configured delivery channels; `None` when there are none. `suppress_below` applies to readers in the role
    /// viewer.
    pub fn channels(&self, suppress_below: u64) -> Option<DeliveryChannels> {
        let reader = Viewer { name: "reports".to_owned(), role: self.audience };
        let path = &self.folder.path;
        let channels = DeliveryChannels {
            email: self.email.sender(),
            webhook: self.webhook.webhook.clone(),
            folder: (!path.as_os_str().is_empty()).then(|| FolderWriter { path: path.clone() }),
            audience: reader.audience(suppress_below),
            link: (!self.link.is_empty()).then(|| self.link.clone()),
        };
        (!channels.is_empty()).then_some(channels)
    }
}

impl EmailReportsConfig {
    fn sender(&self) -> Option<SmtpSender> {
        Some(SmtpSender {
            host: self.host.clone(),
            port: self.port,
            encryption: self.encryption,
            username: (!self.username.is_empty()).then(|| self.username.clone()),
            password: self.password.clone(),
            from: self.from.clone()?,
            to: self.to.clone(),
        })
    }
}

const AUDIENCES: [(&str, Role); 2] = [("viewer", Role::Viewer), ("leader", Role::Leader)];

const ENCRYPTIONS: [(&str, SmtpEncryption); 3] =
    [("starttls", SmtpEncryption::Starttls), ("tls", SmtpEncryption::Tls), ("none", SmtpEncryption::None)];

fn word<T: PartialEq>(words: &[(&'static str, T)], meaning: &T) -> String {
    quoted(words.iter().find(|(_, value)| value == meaning).map_or("", |(word, _)| *word))
}

impl ConfigSection for ReportsConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "audience",
            |reports, raw| raw.word(&AUDIENCES).map(|role| reports.audience = role),
            |reports| word(&AUDIENCES, &reports.audience),
        ),
        SectionKey::new(
            "link",
            |reports, raw| link(raw).map(|link| reports.link = link),
            |reports| quoted(&reports.link),
        ),
    ];
}

impl ConfigSection for EmailReportsConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "to",
            |email, raw| mailboxes(raw).map(|to| email.to = to),
            |email| listed(&email.to.iter().map(Mailbox::to_string).collect::<Vec<_>>()),
        ),
        SectionKey::new(
            "from",
            |email, raw| mailbox(raw).map(|from| email.from = from),
            |email| quoted(&email.from.as_ref().map(Mailbox::to_string).unwrap_or_default()),
        ),
        SectionKey::new(
            "host",
            |email, raw| any_text(raw, "the name of a mail server").map(|host| email.host = host),
            |email| quoted(&email.host),
        ),
        SectionKey::new(
            "port",
            |email, raw| {
                email.port = raw.whole_number(1..=65_535, "ports")?;
                Ok(())
            },
            |email| email.port.to_string(),
        ),
        SectionKey::new(
            "encryption",
            |email, raw| raw.word(&ENCRYPTIONS).map(|encryption| email.encryption = encryption),
            |email| word(&ENCRYPTIONS, &email.encryption),
        ),
        SectionKey::new(
            "username",
            |email, raw| any_text(raw, "a name to sign in with").map(|username| email.username = username),
            |email| quoted(&email.username),
        ),
        SectionKey::new(
            "password",
            |email, raw| secret(raw, "a password").map(|password| email.password = password),
            |email| redacted(&email.password),
        ),
    ];

    /// An incompletely configured mail server would send nothing.
    fn validate(&self) -> Vec<ConfigConflict> {
        let key = |key| KeyName { section: "reports.email", key };
        let mut conflicts = Vec::new();
        if !self.to.is_empty() && (self.from.is_none() || self.host.is_empty()) {
            conflicts.push(ConfigConflict {
                keys: vec![key("to"), key("from"), key("host")],
                message: "expected [reports.email] from and host to be set because to is set".to_owned(),
            });
        }
        if self.username.is_empty() != self.password.is_empty() {
            conflicts.push(ConfigConflict {
                keys: vec![key("username"), key("password")],
                message: "expected [reports.email] username and password to be both set or both empty".to_owned(),
            });
        }
        if self.encryption == SmtpEncryption::None && !self.password.is_empty() {
            conflicts.push(ConfigConflict {
                keys: vec![key("encryption"), key("password")],
                message:
                    "expected [reports.email] encryption \"starttls\" or \"tls\" because a password is set, found \
                          \"none\""
                        .to_owned(),
            });
        }
        conflicts
    }
}

impl ConfigSection for WebhookReportsConfig {
    const KEYS: &'static [SectionKey<Self>] = &[SectionKey::new(
        "url",
        |reports, raw| webhook(raw).map(|webhook| reports.webhook = webhook),
        |reports| reports.webhook.as_ref().map_or_else(|| quoted(""), |webhook| redacted(webhook.url())),
    )];
}

impl ConfigSection for FolderReportsConfig {
    const KEYS: &'static [SectionKey<Self>] = &[SectionKey::new(
        "path",
        |reports, raw| any_text(raw, "the name of a folder").map(|path| reports.path = PathBuf::from(path)),
        |reports| quoted(&reports.path.to_string_lossy()),
    )];
}

fn redacted(secret: &SecretText) -> String {
    if secret.is_empty() { quoted("") } else { REDACTED.to_owned() }
}

/// A text that may be empty.
fn any_text(raw: &RawConfigValue<'_>, expected: &str) -> Result<String, String> {
    raw.as_text().map(str::to_owned).ok_or_else(|| raw.mismatch(expected))
}

/// A secret text, which error messages do not repeat.
fn secret(raw: &RawConfigValue<'_>, expected: &str) -> Result<SecretText, String> {
    raw.as_text().map(SecretText::from).ok_or_else(|| format!("expected {expected}, found a value that is not text"))
}

fn link(raw: &RawConfigValue<'_>) -> Result<String, String> {
    const EXPECTED: &str = "an address that starts with https:// or http://";
    let text = any_text(raw, EXPECTED)?;
    let is_address = ["https://", "http://"].iter().any(|start| text.len() > start.len() && text.starts_with(start));
    let is_plain =
        !text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || "<>\"".contains(letter));
    if text.is_empty() || is_address && is_plain { Ok(text) } else { Err(raw.mismatch(EXPECTED)) }
}

fn webhook(raw: &RawConfigValue<'_>) -> Result<Option<WebhookSender>, String> {
    let url = secret(raw, "the address of an incoming webhook")?;
    if url.is_empty() {
        return Ok(None);
    }
    WebhookSender::new(url).map(Some).map_err(|error| error.to_string())
}

fn mailbox(raw: &RawConfigValue<'_>) -> Result<Option<Mailbox>, String> {
    const EXPECTED: &str = "a mail address, like \"Needle <needle@example.org>\"";
    let text = any_text(raw, EXPECTED)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| raw.mismatch(EXPECTED))
}

fn mailboxes(raw: &RawConfigValue<'_>) -> Result<Vec<Mailbox>, String> {
    const EXPECTED: &str = "mail addresses, like [\"ada@example.org\"]";
    let mut found: Vec<Mailbox> = Vec::new();
    for text in raw.texts(EXPECTED)? {
        let mailbox: Mailbox =
            text.parse().map_err(|_| format!("expected {EXPECTED}; number {} is not one", found.len() + 1))?;
        if found.iter().any(|other| other.email == mailbox.email) {
            return Err(format!("expected {EXPECTED}, each once; number {} is a duplicate", found.len() + 1));
        }
        found.push(mailbox);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email() -> EmailReportsConfig {
        EmailReportsConfig {
            to: mailboxes(&RawConfigValue::Text("ada@example.org, Bob <bob@example.org>")).expect("mailboxes"),
            from: mailbox(&RawConfigValue::Text("Needle <needle@example.org>")).expect("a mailbox"),
            host: "mail.example.org".to_owned(),
            ..EmailReportsConfig::default()
        }
    }

    #[test]
    fn an_incomplete_mail_server_and_an_unencrypted_password_are_conflicts() {
        assert_eq!(email().validate(), []);
        assert_eq!(EmailReportsConfig::default().validate(), []);
        let message =
            |email: EmailReportsConfig| email.validate().iter().map(|one| one.message.clone()).collect::<String>();
        assert!(message(EmailReportsConfig { from: None, ..email() }).contains("from and host"));
        assert!(
            message(EmailReportsConfig { username: "ada".to_owned(), ..email() }).contains("username and password")
        );
        let (username, password) = ("ada".to_owned(), SecretText::from("hunter2"));
        let clear = EmailReportsConfig { username, password, encryption: SmtpEncryption::None, ..email() };
        assert!(
            message(clear.clone()).contains("\"starttls\" or \"tls\"") && !format!("{clear:?}").contains("hunter2")
        );
    }

    #[test]
    fn invalid_addresses_are_refused_without_repeating_secrets() {
        assert!(
            mailboxes(&RawConfigValue::Text("ada@example.org, bob")).is_err_and(|message| message.contains("number 2"))
        );
        assert!(
            mailboxes(&RawConfigValue::Text("a@b.org, A <a@b.org>"))
                .is_err_and(|message| message.contains("each once"))
        );
        assert!(
            mailbox(&RawConfigValue::Text("nobody"))
                .is_err_and(|message| message.starts_with("expected a mail address"))
        );
        assert_eq!(mailbox(&RawConfigValue::Text("")), Ok(None));
        assert!(webhook(&RawConfigValue::Text("hooks/hunter2")).is_err_and(|message| !message.contains("hunter2")));
        for wrong in ["needle", "https://", "https://a b", "javascript:x"] {
            let message = link(&RawConfigValue::Text(wrong)).expect_err(wrong);
            assert!(message.starts_with("expected an address that starts with https://"), "{message}");
        }
        assert_eq!(
            link(&RawConfigValue::Text("https://needle.example.org/")),
            Ok("https://needle.example.org/".to_owned())
        );
    }

    #[test]
    fn reports_are_not_sent_by_default_and_are_for_viewers_otherwise() {
        assert!(ReportsConfig::default().channels(5).is_none());
        let folder = FolderReportsConfig { path: PathBuf::from("reports") };
        let channels = ReportsConfig { folder, ..ReportsConfig::default() }.channels(5).expect("a channel");
        assert!(!channels.audience.reads_comments && channels.audience.suppress_below == 5);
        let leaders = ReportsConfig { audience: Role::Leader, email: email(), ..ReportsConfig::default() }.channels(5);
        let leaders = leaders.expect("a channel");
        assert!(leaders.audience.reads_comments && leaders.email.is_some_and(|email| email.to.len() == 2));
    }
}
