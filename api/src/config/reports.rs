//! `[reports]`, `[reports.email]`, `[reports.webhook]` and `[reports.folder]`: where scheduled reports go, and for whom
//! they are made.

use std::path::PathBuf;

use entity::token::Role;
use jobs::delivery::{Channels, Email, Encryption, Folder, Mailbox, Secret, Webhook};

use super::section::{Conflict, Key, KeyName, Section};
use super::value::{Raw, listed, quoted};
use crate::auth::Viewer;

/// What stands for a secret that is set.
const REDACTED: &str = "\"(secret)\"";

/// Where scheduled reports go, and for whom they are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reports {
    /// In which role their readers read.
    pub audience: Role,
    /// The address of the pages; empty names none.
    pub link: String,
    /// By mail.
    pub email: EmailReports,
    /// To a chat.
    pub webhook: WebhookReports,
    /// Into a folder.
    pub folder: FolderReports,
}

/// Reports by mail; none while there is no reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailReports {
    /// Who reads.
    pub to: Vec<Mailbox>,
    /// Who writes.
    pub from: Option<Mailbox>,
    /// The name of the mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// The name to sign in with; empty does not.
    pub username: String,
    /// The password to sign in with.
    pub password: Secret,
}

/// Reports to a chat; none while there is no address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookReports {
    /// The incoming webhook.
    pub webhook: Option<Webhook>,
}

/// Reports into a folder; none while it has no path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderReports {
    /// Where it is; empty writes none.
    pub path: PathBuf,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            audience: Role::Viewer,
            link: String::new(),
            email: EmailReports::default(),
            webhook: WebhookReports::default(),
            folder: FolderReports::default(),
        }
    }
}

impl Default for EmailReports {
    fn default() -> Self {
        Self {
            to: Vec::new(),
            from: None,
            host: String::new(),
            port: 587,
            encryption: Encryption::Starttls,
            username: String::new(),
            password: Secret::default(),
        }
    }
}

impl Reports {
    /// Where reports go; `None` where they go nowhere.
    pub fn channels(&self, suppress_below: u64) -> Option<Channels> {
        let reader = Viewer { name: "reports".to_owned(), role: self.audience };
        let path = &self.folder.path;
        let channels = Channels {
            email: self.email.sender(),
            webhook: self.webhook.webhook.clone(),
            folder: (!path.as_os_str().is_empty()).then(|| Folder { path: path.clone() }),
            audience: reader.audience(suppress_below),
            link: (!self.link.is_empty()).then(|| self.link.clone()),
        };
        (!channels.is_empty()).then_some(channels)
    }
}

impl EmailReports {
    fn sender(&self) -> Option<Email> {
        Some(Email {
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

const ENCRYPTIONS: [(&str, Encryption); 3] =
    [("starttls", Encryption::Starttls), ("tls", Encryption::Tls), ("none", Encryption::None)];

fn word<T: PartialEq>(words: &[(&'static str, T)], meaning: &T) -> String {
    quoted(words.iter().find(|(_, known)| known == meaning).map_or("", |(word, _)| *word))
}

impl Section for Reports {
    const KEYS: &'static [Key<Self>] = &[
        Key::new(
            "audience",
            |reports, raw| raw.word(&AUDIENCES).map(|role| reports.audience = role),
            |reports| word(&AUDIENCES, &reports.audience),
        ),
        Key::new("link", |reports, raw| link(raw).map(|link| reports.link = link), |reports| quoted(&reports.link)),
    ];
}

impl Section for EmailReports {
    const KEYS: &'static [Key<Self>] = &[
        Key::new(
            "to",
            |email, raw| mailboxes(raw).map(|to| email.to = to),
            |email| listed(&email.to.iter().map(Mailbox::to_string).collect::<Vec<_>>()),
        ),
        Key::new(
            "from",
            |email, raw| mailbox(raw).map(|from| email.from = from),
            |email| quoted(&email.from.as_ref().map(Mailbox::to_string).unwrap_or_default()),
        ),
        Key::new(
            "host",
            |email, raw| any_text(raw, "the name of a mail server").map(|host| email.host = host),
            |email| quoted(&email.host),
        ),
        Key::new(
            "port",
            |email, raw| {
                email.port = raw.whole(1..=65_535, "ports")?;
                Ok(())
            },
            |email| email.port.to_string(),
        ),
        Key::new(
            "encryption",
            |email, raw| raw.word(&ENCRYPTIONS).map(|encryption| email.encryption = encryption),
            |email| word(&ENCRYPTIONS, &email.encryption),
        ),
        Key::new(
            "username",
            |email, raw| any_text(raw, "a name to sign in with").map(|username| email.username = username),
            |email| quoted(&email.username),
        ),
        Key::new(
            "password",
            |email, raw| secret(raw, "a password").map(|password| email.password = password),
            |email| redacted(&email.password),
        ),
    ];

    /// Half a mail server sends nothing.
    fn validate(&self) -> Vec<Conflict> {
        let key = |key| KeyName { section: "reports.email", key };
        let mut conflicts = Vec::new();
        if !self.to.is_empty() && (self.from.is_none() || self.host.is_empty()) {
            conflicts.push(Conflict {
                keys: vec![key("to"), key("from"), key("host")],
                message: "expected [reports.email] from and host to be set where to is".to_owned(),
            });
        }
        if self.username.is_empty() != self.password.is_empty() {
            conflicts.push(Conflict {
                keys: vec![key("username"), key("password")],
                message: "expected [reports.email] username and password to be both set or both empty".to_owned(),
            });
        }
        if self.encryption == Encryption::None && !self.password.is_empty() {
            conflicts.push(Conflict {
                keys: vec![key("encryption"), key("password")],
                message: "expected [reports.email] encryption \"starttls\" or \"tls\" where a password is set, found \
                          \"none\""
                    .to_owned(),
            });
        }
        conflicts
    }
}

impl Section for WebhookReports {
    const KEYS: &'static [Key<Self>] = &[Key::new(
        "url",
        |reports, raw| webhook(raw).map(|webhook| reports.webhook = webhook),
        |reports| reports.webhook.as_ref().map_or_else(|| quoted(""), |webhook| redacted(webhook.url())),
    )];
}

impl Section for FolderReports {
    const KEYS: &'static [Key<Self>] = &[Key::new(
        "path",
        |reports, raw| any_text(raw, "the name of a folder").map(|path| reports.path = PathBuf::from(path)),
        |reports| quoted(&reports.path.to_string_lossy()),
    )];
}

fn redacted(secret: &Secret) -> String {
    if secret.is_empty() { quoted("") } else { REDACTED.to_owned() }
}

/// A text that may be empty.
fn any_text(raw: &Raw<'_>, expected: &str) -> Result<String, String> {
    raw.as_text().map(str::to_owned).ok_or_else(|| raw.wrong(expected))
}

/// A text that no message repeats.
fn secret(raw: &Raw<'_>, expected: &str) -> Result<Secret, String> {
    raw.as_text().map(Secret::from).ok_or_else(|| format!("expected {expected}, found something that is no text"))
}

fn link(raw: &Raw<'_>) -> Result<String, String> {
    const EXPECTED: &str = "an address that starts with https:// or http://";
    let text = any_text(raw, EXPECTED)?;
    let is_address = ["https://", "http://"].iter().any(|start| text.len() > start.len() && text.starts_with(start));
    let is_plain =
        !text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || "<>\"".contains(letter));
    if text.is_empty() || is_address && is_plain { Ok(text) } else { Err(raw.wrong(EXPECTED)) }
}

fn webhook(raw: &Raw<'_>) -> Result<Option<Webhook>, String> {
    let url = secret(raw, "the address of an incoming webhook")?;
    if url.is_empty() {
        return Ok(None);
    }
    Webhook::new(url).map(Some).map_err(|error| error.to_string())
}

fn mailbox(raw: &Raw<'_>) -> Result<Option<Mailbox>, String> {
    const EXPECTED: &str = "a mail address, like \"Needle <needle@example.org>\"";
    let text = any_text(raw, EXPECTED)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| raw.wrong(EXPECTED))
}

fn mailboxes(raw: &Raw<'_>) -> Result<Vec<Mailbox>, String> {
    const EXPECTED: &str = "mail addresses, like [\"ada@example.org\"]";
    let mut found: Vec<Mailbox> = Vec::new();
    for text in raw.texts(EXPECTED)? {
        let mailbox: Mailbox =
            text.parse().map_err(|_| format!("expected {EXPECTED}; number {} is none", found.len() + 1))?;
        if found.iter().any(|known| known.email == mailbox.email) {
            return Err(format!("expected {EXPECTED}, each once; number {} stands there already", found.len() + 1));
        }
        found.push(mailbox);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email() -> EmailReports {
        EmailReports {
            to: mailboxes(&Raw::Text("ada@example.org, Bob <bob@example.org>")).expect("mailboxes"),
            from: mailbox(&Raw::Text("Needle <needle@example.org>")).expect("a mailbox"),
            host: "mail.example.org".to_owned(),
            ..EmailReports::default()
        }
    }

    #[test]
    fn half_a_mail_server_and_a_password_in_the_clear_are_conflicts() {
        assert_eq!(email().validate(), []);
        assert_eq!(EmailReports::default().validate(), []);
        let message = |email: EmailReports| email.validate().iter().map(|one| one.message.clone()).collect::<String>();
        assert!(message(EmailReports { from: None, ..email() }).contains("from and host"));
        assert!(message(EmailReports { username: "ada".to_owned(), ..email() }).contains("username and password"));
        let (username, password) = ("ada".to_owned(), Secret::from("hunter2"));
        let clear = EmailReports { username, password, encryption: Encryption::None, ..email() };
        assert!(
            message(clear.clone()).contains("\"starttls\" or \"tls\"") && !format!("{clear:?}").contains("hunter2")
        );
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_secret_is_not_repeated() {
        assert!(mailboxes(&Raw::Text("ada@example.org, bob")).is_err_and(|message| message.contains("number 2")));
        assert!(mailboxes(&Raw::Text("a@b.org, A <a@b.org>")).is_err_and(|message| message.contains("each once")));
        assert!(mailbox(&Raw::Text("nobody")).is_err_and(|message| message.starts_with("expected a mail address")));
        assert_eq!(mailbox(&Raw::Text("")), Ok(None));
        assert!(webhook(&Raw::Text("hooks/hunter2")).is_err_and(|message| !message.contains("hunter2")));
        for wrong in ["needle", "https://", "https://a b", "javascript:x"] {
            let message = link(&Raw::Text(wrong)).expect_err(wrong);
            assert!(message.starts_with("expected an address that starts with https://"), "{message}");
        }
        assert_eq!(link(&Raw::Text("https://needle.example.org/")), Ok("https://needle.example.org/".to_owned()));
    }

    #[test]
    fn reports_go_nowhere_by_default_and_to_viewers_otherwise() {
        assert!(Reports::default().channels(5).is_none());
        let folder = FolderReports { path: PathBuf::from("reports") };
        let channels = Reports { folder, ..Reports::default() }.channels(5).expect("a channel");
        assert!(!channels.audience.reads_comments && channels.audience.suppress_below == 5);
        let leaders = Reports { audience: Role::Leader, email: email(), ..Reports::default() }.channels(5);
        let leaders = leaders.expect("a channel");
        assert!(leaders.audience.reads_comments && leaders.email.is_some_and(|email| email.to.len() == 2));
    }
}
