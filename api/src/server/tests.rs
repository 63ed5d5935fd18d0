//! Tests of the server over a real socket: statuses, media types, tokens, limits, roles.

mod access;
mod attack;
mod company;
mod connection;
mod decision;
mod document;
mod health;
mod hook;
mod jwt;
mod metrics;
mod page;
mod protocol;
mod report;
mod sign_in;

use std::sync::Arc;

use chrono_tz::UTC;
use entity::token::Role;
use entity::{Calendar, Database, Timestamp};
use jobs::clock::Clock;
use jobs::recompute::RunContext;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::auth::jwt::IdentityProvider;
use crate::auth::{self, Viewer};
use crate::config::AccessConfig;
use crate::graphql::{Api, ApiSettings, RecomputeMode};
use crate::http::{HookReceiver, ReadinessCheck};

/// 2024-07-01T12:00:00Z, a Monday.
const NOW: Timestamp = Timestamp(1_719_835_200_000_000);

struct TestServer {
    address: std::net::SocketAddr,
    database: Database,
    _directory: tempfile::TempDir,
}

struct TestReply {
    status: u16,
    /// The status line and headers in lower case.
    head: String,
    body: String,
    /// The whole reply as it was sent.
    raw: String,
}

impl TestReply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn code(&self) -> String {
        let code = self.json()["errors"][0]["extensions"]["code"].as_str().map(str::to_owned);
        code.unwrap_or_else(|| panic!("no code: {}", self.body))
    }
}

impl TestServer {
    async fn start(anonymous: Option<Viewer>) -> Self {
        Self::start_with(anonymous, ApiSettings::default(), AccessConfig::default()).await
    }

    async fn start_with(anonymous: Option<Viewer>, settings: ApiSettings, access: AccessConfig) -> Self {
        Self::start_trusting(None, anonymous, settings, access).await
    }

    /// Starts a server that accepts tokens of an identity provider.
    async fn start_trusting(
        identity_provider: Option<IdentityProvider>,
        anonymous: Option<Viewer>,
        settings: ApiSettings,
        access: AccessConfig,
    ) -> Self {
        Self::start_receiving(HookReceiver::default(), identity_provider, anonymous, settings, access).await
    }

    /// Starts a server with webhooks.
    async fn start_receiving(
        hooks: HookReceiver,
        identity_provider: Option<IdentityProvider>,
        anonymous: Option<Viewer>,
        settings: ApiSettings,
        access: AccessConfig,
    ) -> Self {
        let hooks = Arc::new(hooks);
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("needle.db").display());
        let database = Database::connect(&url).await.expect("a database");
        migration::up(database.writer()).await.expect("migrations");
        let job_context = RunContext {
            database: database.clone(),
            calendar: Calendar { zone: UTC }.into(),
            clock: Clock::new(|| NOW),
        };
        let settings = ApiSettings { recompute: RecomputeMode::Foreground, ..settings };
        let readiness: ReadinessCheck = Arc::new(|| Box::pin(async { Ok(()) }));
        let api = Api::new(job_context, settings);
        let identity_provider = identity_provider.map(Arc::new);
        let state =
            ServerState { api, anonymous, identity_provider, access, hooks, body_limit_bytes: 1 << 20, readiness };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { serve(state, listener, std::future::pending()).await.expect("served") });
        Self { address, database, _directory: directory }
    }

    async fn token(&self, name: &str, role: Role) -> String {
        auth::create_token(&self.database, name, role, NOW).await.expect("a token")
    }

    async fn send(&self, head: &str, body: &str) -> TestReply {
        let length = body.len();
        self.send_raw(&format!(
            "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await
    }

    /// Sends a request exactly as given.
    async fn send_raw(&self, request: &str) -> TestReply {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        // A server that refuses a body early may close the connection before all of it is sent.
        let sent = stream.write_all(request.as_bytes()).await;
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
        let (read, text) = (read.expect("a reply in time"), String::from_utf8(bytes).expect("text"));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { panic!("{sent:?}, {read:?}: {text}") };
        let status = head.get(9..12).unwrap_or_else(|| panic!("no status: {text}")).parse().expect(head);
        TestReply { status, head: head.to_lowercase(), body: body.to_owned(), raw: text.clone() }
    }

    async fn post(&self, token: &str, accept: &str, body: &Value) -> TestReply {
        let head = format!(
            "POST /graphql HTTP/1.1\r\nAccept: {accept}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}"
        );
        self.send(&head, &body.to_string()).await
    }

    /// Executes a document and returns the body of the reply.
    async fn execute(&self, token: &str, query: &str, variables: Value) -> Value {
        self.post(token, RESPONSE, &json!({ "query": query, "variables": variables })).await.json()
    }
}

const RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
