//! Servers on real sockets, each with its own connections to one database, and clients for them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::auth::{self, Viewer};
use api::config::AccessConfig;
use api::graphql::{Api, ApiSettings, ExecutionRequest, execute};
use api::http::{ReadinessCheck, ServerState};
use api::server::serve;
use async_graphql::Request;
use entity::token::Role;
use entity::{Calendar, Database, Timestamp, store};
use futures_util::{SinkExt as _, StreamExt as _};
use jobs::clock::Clock;
use jobs::recompute::RunContext;
use needle_tests::TestDatabase;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

/// 2024-07-01T12:00:00Z, a Monday.
pub const NOW: Timestamp = Timestamp(1_719_835_200_000_000);

/// The time limit of every wait.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A server within the test process.
pub struct LiveServer {
    pub api: Api,
    pub address: std::net::SocketAddr,
    pub database: Database,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    ended: tokio::task::JoinHandle<()>,
}

impl LiveServer {
    pub async fn start(on: &TestDatabase, settings: ApiSettings) -> Self {
        let database = on.connect().await;
        let calendar = Calendar { zone: chrono_tz::UTC };
        let job_context =
            RunContext { database: database.clone(), calendar: calendar.into(), clock: Clock::new(|| NOW) };
        let readiness: ReadinessCheck = Arc::new(|| Box::pin(async { Ok(()) }));
        let api = Api::new(job_context, settings);
        let access = AccessConfig::default();
        let state = ServerState {
            api: api.clone(),
            anonymous: None,
            identity_provider: None,
            access,
            hooks: Arc::default(),
            body_limit_bytes: 1 << 16,
            readiness,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        // A server that is dropped without a call of `stop` must end too: then the receiver gets an error.
        let stopped = async move { drop(stopped.await) };
        let ended = tokio::spawn(async move { serve(state, listener, stopped).await.expect("served") });
        Self { api, address, database, stop: Mutex::new(Some(stop)), ended }
    }

    pub async fn token(&self, name: &str, role: Role) -> String {
        auth::create_token(&self.database, name, role, NOW).await.expect("a token")
    }

    pub async fn revoke(&self, name: &str) {
        let writer = self.database.writer();
        assert!(store::token::revoke(writer, name, NOW).await.expect("a statement"), "no token is named {name}");
    }

    /// Stops the server and waits until it has ended.
    pub async fn stop(self) {
        let stop = self.stop.lock().expect("a lock").take().expect("stopped once");
        stop.send(()).expect("it listens");
        tokio::time::timeout(TIMEOUT, self.ended).await.expect("it stops in time").expect("without a panic");
    }

    /// Executes a document as an admin, without a socket.
    pub async fn execute(&self, document: &str) -> Value {
        let viewer = Viewer { name: "root".to_owned(), role: Role::Admin };
        let execution = ExecutionRequest::new(viewer, Request::new(document), "a-test");
        let reply = serde_json::to_value(execute(&self.api, execution).await.response).expect("JSON");
        assert!(reply.get("errors").is_none(), "{reply}");
        reply["data"].clone()
    }

    pub fn open_subscriptions(&self) -> i64 {
        self.api.metrics().subscriptions().get()
    }

    /// Waits until `wanted` subscriptions are open.
    pub async fn until_open(&self, wanted: i64) {
        let reached = async {
            while self.open_subscriptions() != wanted {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(TIMEOUT, reached).await.unwrap_or_else(|_| panic!("never {wanted} are open"));
    }

    /// A websocket before `connection_init`, opened with additional headers.
    pub async fn connect_with(&self, protocol: &str, headers: &[(&'static str, &str)]) -> TestSocket {
        let mut request = format!("ws://{}/graphql/ws", self.address).into_client_request().expect("a request");
        if !protocol.is_empty() {
            request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_str(protocol).expect("a header"));
        }
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("a header"));
        }
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        TestSocket(client_async(request, stream).await.expect("a websocket").0)
    }

    pub async fn connect(&self) -> TestSocket {
        self.connect_with("graphql-transport-ws", &[]).await
    }

    /// A websocket after `connection_ack`.
    pub async fn connect_as(&self, token: &str) -> TestSocket {
        let mut socket = self.connect().await;
        socket.init(&json!({ "Authorization": format!("Bearer {token}") })).await;
        assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
        socket
    }

    /// Sends a request whose reply is read step by step.
    pub async fn stream(&self, head: &str, body: &str) -> TestStream {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let length = body.len();
        let request = format!("{head}\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await.expect("sent");
        TestStream { stream, text: String::new() }
    }

    pub async fn events(&self, token: &str, document: &str) -> TestStream {
        let head = format!(
            "POST /graphql HTTP/1.1\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}"
        );
        self.stream(&head, &json!({ "query": document }).to_string()).await
    }
}

/// The client's end of a websocket.
pub struct TestSocket(pub WebSocketStream<TcpStream>);

impl TestSocket {
    pub async fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("sent");
    }

    pub async fn init(&mut self, payload: &Value) {
        self.send(&json!({ "type": "connection_init", "payload": payload })).await;
    }

    pub async fn subscribe(&mut self, id: &str, document: &str) {
        self.send(&json!({ "type": "subscribe", "id": id, "payload": { "query": document } })).await;
    }

    /// The next text message; fails when the websocket is closed.
    pub async fn receive(&mut self) -> Value {
        match self.next().await {
            Ok(text) => serde_json::from_str(&text).expect("JSON"),
            Err(closed) => panic!("closed: {closed:?}"),
        }
    }

    /// The close code; messages before it are skipped.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code.expect("a code");
            }
        }
    }

    async fn next(&mut self) -> Result<String, Option<u16>> {
        loop {
            match tokio::time::timeout(TIMEOUT, self.0.next()).await.expect("a message in time") {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }
}

/// A reply that is being read.
pub struct TestStream {
    stream: TcpStream,
    pub text: String,
}

impl TestStream {
    /// Reads until the reply contains a text, and returns all that was read.
    pub async fn until(&mut self, wanted: &str) -> &str {
        let reading = async {
            let mut bytes = [0; 4_096];
            while !self.text.contains(wanted) {
                let read = self.stream.read(&mut bytes).await.expect("readable");
                assert!(read > 0, "it ended without {wanted}: {}", self.text);
                self.text.push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        };
        let in_time = tokio::time::timeout(TIMEOUT, reading).await.is_ok();
        assert!(in_time, "no {wanted} in time: {}", self.text);
        &self.text
    }
}
