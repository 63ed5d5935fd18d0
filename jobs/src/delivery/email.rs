//! Mail by SMTP, one message per recipient, so that recipients do not see each other and each delivery is settled on
//! its own.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};

use super::{ReportMessage, SecretText, SendError};
use crate::outbound;

pub use lettre::message::Mailbox;

/// The timeout of everything before the message, and of the message itself.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A mail server, how to connect to it, and the addresses of reports.
#[derive(Clone, Debug)]
pub struct SmtpSender {
    /// The host name of the mail server, also checked against its certificate.
    pub host: String,
    /// The port of the mail server.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: SmtpEncryption,
    /// The name to sign in with; `None` sends without signing in.
    pub username: Option<String>,
    /// The password to sign in with; not used without a name.
    pub password: SecretText,
    /// The sender's address; its domain is also the client's name in the greeting.
    pub from: Mailbox,
    /// The recipients.
    pub to: Vec<Mailbox>,
}

/// How the connection to the mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpEncryption {
    /// It begins unencrypted and must be upgraded before anything else is sent.
    Starttls,
    /// It is encrypted from its first byte.
    Tls,
    /// It is not encrypted.
    None,
}

impl SmtpSender {
    /// Sends a report to one recipient.
    pub async fn send(&self, to: &Mailbox, report: &ReportMessage) -> Result<(), SendError> {
        let message = self.message(to, report)?;
        let late = |_| retry_later(format!("the mail server did not reply within {} seconds", TIMEOUT.as_secs()));
        let before = tokio::time::timeout(TIMEOUT, self.begin(message.envelope()));
        let mut connection = before.await.map_err(late)??;
        // From here on the server may accept the message although its reply never arrives.
        let sent = tokio::time::timeout(TIMEOUT, connection.message(&message.formatted())).await;
        let outcome = match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(smtp_error(&error).unwrap_or_else(|| {
                SendError::Uncertain(format!(
                    "the connection broke before the mail server confirmed the message: {error}"
                ))
            })),
            Err(_) => Err(SendError::Uncertain(format!(
                "the mail server did not confirm the message within {} seconds",
                TIMEOUT.as_secs()
            ))),
        };
        if outcome.is_ok() {
            let _ = tokio::time::timeout(Duration::from_secs(2), connection.quit()).await;
        }
        outcome
    }

    /// Everything up to the message itself: no message is sent unless this succeeds.
    async fn begin(&self, envelope: &Envelope) -> Result<AsyncSmtpConnection, SendError> {
        let mut connection = self.connect().await.map_err(|error| retry_later(format!("no mail server: {error}")))?;
        let mut options = Vec::new();
        let mut addresses = envelope.from().into_iter().chain(envelope.to());
        if addresses.any(|address| !address.to_string().is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(SendError::Refused("the mail server accepts only ASCII addresses".to_owned()));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        let to_send_error =
            |error: Error| smtp_error(&error).unwrap_or_else(|| retry_later(format!("the connection broke: {error}")));
        connection.command(Mail::new(envelope.from().cloned(), options)).await.map_err(to_send_error)?;
        for to in envelope.to() {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(to_send_error)?;
        }
        connection.command(Data).await.map_err(to_send_error)?;
        Ok(connection)
    }

    /// Opens a connection that is encrypted and signed in as configured.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let wrapped = if self.encryption == SmtpEncryption::Tls { Some(self.tls()?) } else { None };
        let address = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, Some(TIMEOUT), &hello, wrapped, None).await?;
        if self.encryption == SmtpEncryption::Starttls {
            connection.starttls(self.tls()?, &hello).await?;
        }
        if let Some(username) = &self.username {
            let credentials = Credentials::new(username.clone(), self.password.reveal().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, Error> {
        let roots =
            if outbound::has_native_roots() { CertificateStore::Default } else { CertificateStore::WebpkiRoots };
        TlsParameters::builder(self.host.clone()).certificate_store(roots).build()
    }

    /// The message: the text, the page, and the page once more as an attachment, for mail programs that show no
    /// pictures.
    fn message(&self, to: &Mailbox, report: &ReportMessage) -> Result<Message, SendError> {
        // The same for the same report and recipient, so that mail servers and programs can detect a duplicate.
        let id = format!("<{}.{}@{}>", report.name, digest(to.email.as_ref()), self.from.email.domain());
        let date = SystemTime::from(report.now.to_utc());
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let file = Attachment::new(format!("{}.html", report.name)).body(report.html.clone(), ContentType::TEXT_HTML);
        let builder = Message::builder()
            .from(self.from.clone())
            .to(to.clone())
            .subject(report.subject.clone())
            .message_id(Some(id))
            .date(date)
            .raw_header(automatic);
        let both = MultiPart::alternative_plain_html(report.markdown.clone(), report.html.clone());
        let parts = MultiPart::mixed().multipart(both).singlepart(file);
        builder.multipart(parts).map_err(|error| SendError::Refused(format!("the mail cannot be written: {error}")))
    }
}

/// The error of a mail server's reply; `None` where the connection broke without a reply.
fn smtp_error(error: &Error) -> Option<SendError> {
    let text = format!("the mail server replied: {}", reply_text(error));
    if error.is_permanent() {
        Some(SendError::Refused(text))
    } else if error.is_transient() {
        Some(retry_later(text))
    } else {
        None
    }
}

fn reply_text(error: &Error) -> String {
    let text = error.to_string();
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).take(300).collect()
}

fn retry_later(why: String) -> SendError {
    SendError::NotYet(why, None)
}

fn digest(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(text.as_bytes()).iter().take(8).fold(String::new(), |mut hex, byte| {
        use std::fmt::Write as _;
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use entity::Timestamp;

    use super::*;

    #[test]
    fn a_mail_has_the_text_the_page_and_the_page_as_a_file_and_one_id_per_recipient() {
        let mailbox = |text: &str| text.parse::<Mailbox>().expect(text);
        let email = SmtpSender {
            host: "mail.example.org".to_owned(),
            port: 25,
            encryption: SmtpEncryption::None,
            username: None,
            password: SecretText::from("hunter2"),
            from: mailbox("Needle <needle@example.org>"),
            to: Vec::new(),
        };
        let report = ReportMessage {
            subject: "Größe\r\nBcc: eve@example.org".to_owned(),
            html: "<p>page</p>".to_owned(),
            markdown: "# text".to_owned(),
            message: serde_json::Value::Null,
            name: "needle-report-2026-11-23".to_owned(),
            now: Timestamp(1_795_413_600_000_000),
        };
        let text = |to: &str| {
            let message = email.message(&mailbox(to), &report).expect("a mail");
            String::from_utf8(message.formatted()).expect("text")
        };
        let mail = text("ada@example.org");
        for sign in [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "attachment",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(mail.contains(sign), "{sign}: {mail}");
        }
        assert!(mail.is_ascii() && !mail.lines().any(|line| line.starts_with("Bcc")), "{mail}");
        let id = |mail: &str| mail.lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned);
        assert_eq!(id(&mail), id(&text("ada@example.org")));
        assert_ne!(id(&mail), id(&text("bob@example.org")));
        assert!(!format!("{email:?}").contains("hunter2"));
    }
}
