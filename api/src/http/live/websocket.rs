//! `GET /graphql/ws`: one websocket, spoken to by the protocol `graphql-transport-ws`.
//!
//! One task for each socket takes turns at hearing and speaking. What it has to say waits in a short queue, and a
//! client that takes nothing for a while is left.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::header::UPGRADE;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tracing::Instrument as _;

use super::close::Close;
use super::message::{self, Heard};
use super::operation::{Opened, Operation, as_json};
use super::outlet::{Line, Outlet, Said, lines};
use crate::graphql::limit::{Exceeded, check_json};
use crate::http::accept::MediaType;
use crate::http::body;
use crate::http::credential::Principal;
use crate::http::document::ResolvedRequest;
use crate::http::observe::RequestLog;
use crate::http::reply::HttpRefusal;
use crate::http::state::ServerState;
use crate::live::{Seat, stopped};

/// The only protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to answer a close.
const FAREWELL: Duration = Duration::from_secs(2);

/// So many signs of life may fail to come before a client counts as gone.
const SIGNS_MISSED: u32 = 3;

/// Levels of lists and objects around the variables of a message.
const LEVELS_AROUND: u64 = 2;

/// `GET /graphql/ws`.
pub async fn upgrade(
    State(state): State<ServerState>,
    Extension(log): Extension<Arc<RequestLog>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response<Body> {
    let Ok(asked) = upgrade else {
        let refusal = HttpRefusal::new(StatusCode::UPGRADE_REQUIRED, "expected a websocket of graphql-transport-ws");
        return refusal.with_header(UPGRADE, HeaderValue::from_static("websocket")).reply(MediaType::Json);
    };
    let permit = match state.api.live().take_socket() {
        Ok(seat) => seat,
        Err(exceeded) => {
            return HttpRefusal::exceeding(StatusCode::SERVICE_UNAVAILABLE, exceeded).reply(MediaType::Json);
        }
    };
    // What is a little too long is read, so that its sender can be told; much longer messages end the connection.
    let limit = state.body_limit_bytes.saturating_mul(2);
    let asked = asked.protocols([PROTOCOL]).max_message_size(limit).max_frame_size(limit);
    let span = tracing::Span::current();
    asked.on_upgrade(move |socket| Conversation::new(state, headers, &log, permit).hold(socket).instrument(span))
}

/// One websocket's operations and who asks for them.
struct Conversation {
    state: ServerState,
    headers: HeaderMap,
    request_id: String,
    principal: Option<Principal>,
    /// By the client's names for them.
    operations: HashMap<String, Running>,
    /// The names of the operations, by number.
    names: HashMap<u64, String>,
    begun: u64,
    lines: mpsc::Sender<Line>,
    heard: mpsc::Receiver<Line>,
    last_heard: Instant,
    _seat: Seat,
}

/// An operation at work; it stops when this is dropped.
struct Running {
    number: u64,
    task: tokio::task::AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Goes on, or ends: with a close, or without one where nobody is there.
type Flow = ControlFlow<Option<Close>>;

impl Conversation {
    fn new(state: ServerState, headers: HeaderMap, log: &RequestLog, permit: Seat) -> Self {
        let (lines, heard) = lines();
        Self {
            state,
            headers,
            request_id: log.request_id.clone(),
            principal: None,
            operations: HashMap::new(),
            names: HashMap::new(),
            begun: 0,
            lines,
            heard,
            last_heard: Instant::now(),
            _seat: permit,
        }
    }

    /// Holds the conversation to its end.
    async fn hold(mut self, mut socket: WebSocket) {
        let stopping = self.state.api.live().stopping();
        let close = if socket.protocol().is_none() {
            Some(Close::Subprotocol)
        } else {
            self.talk(&mut socket, stopping.clone()).await
        };
        self.operations.clear();
        let viewer = self.principal.as_ref().map(|principal| principal.viewer.name.as_str());
        tracing::info!(viewer, code = close.as_ref().map(Close::code), "a websocket ended");
        farewell(&mut socket, close.as_ref()).await;
        drop(stopping);
    }

    async fn talk(
        &mut self,
        socket: &mut WebSocket,
        mut stopping: tokio::sync::watch::Receiver<bool>,
    ) -> Option<Close> {
        let pace = self.state.api.settings().pace;
        let late = sleep(pace.connection_init);
        tokio::pin!(late);
        let mut keep_alive = interval(pace.keep_alive);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let flow = tokio::select! {
                message = socket.recv() => self.hear(socket, message).await,
                Some((number, said)) = self.heard.recv() => self.pass_on(socket, number, said).await,
                _ = keep_alive.tick() => self.show_life(socket).await,
                () = &mut late, if self.principal.is_none() => Flow::Break(Some(Close::InitTimeout)),
                () = stopped(&mut stopping) => self.stop(socket).await,
            };
            if let Flow::Break(close) = flow {
                return close;
            }
        }
    }

    async fn hear(&mut self, socket: &mut WebSocket, message: Option<Result<Message, axum::Error>>) -> Flow {
        self.last_heard = Instant::now();
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Flow::Continue(()),
            Some(Ok(Message::Binary(_))) => return Flow::Break(Some(Close::BadMessage("expected text"))),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Flow::Break(None),
        };
        if text.len() > self.state.body_limit_bytes {
            return Flow::Break(Some(Close::TooLong));
        }
        match Heard::parse(&text) {
            Err(close) => Flow::Break(Some(close)),
            Ok(Heard::ConnectionInit(payload)) => self.begin(socket, &payload).await,
            Ok(Heard::Ping(payload)) => self.say(socket, message::pong(payload)).await,
            Ok(Heard::Pong) => Flow::Continue(()),
            Ok(Heard::Subscribe(id, payload)) => self.subscribe(socket, id, payload, &text).await,
            Ok(Heard::Complete(id)) => {
                self.end(&id);
                Flow::Continue(())
            }
        }
    }

    async fn begin(&mut self, socket: &mut WebSocket, payload: &Map<String, Value>) -> Flow {
        if self.principal.is_some() {
            return Flow::Break(Some(Close::TooManyInits));
        }
        match message::principal(&self.state, &self.headers, payload).await {
            Ok(principal) => {
                tracing::info!(viewer = principal.viewer.name, "a websocket began");
                self.principal = Some(principal);
                self.say(socket, message::connection_ack()).await
            }
            Err(refused) => {
                self.state.api.metrics().error(refused.code.name());
                Flow::Break(Some(Close::Forbidden))
            }
        }
    }

    async fn subscribe(&mut self, socket: &mut WebSocket, id: String, payload: Map<String, Value>, text: &str) -> Flow {
        let Some(from) = &self.principal else { return Flow::Break(Some(Close::Unauthorized)) };
        if self.operations.contains_key(&id) {
            return Flow::Break(Some(Close::SubscriberExists(id)));
        }
        let limits = &self.state.api.settings().limits;
        let Ok(body) = body::from_members(payload) else {
            return Flow::Break(Some(Close::BadMessage("expected a request as payload")));
        };
        if body.document.is_none() && body.document_id.is_none() {
            return Flow::Break(Some(Close::BadMessage("expected a query in the payload")));
        }
        let open = self.operations.len() as u64 + 1;
        let maximum = limits.subscriptions_per_token;
        let checked = check_json(text.as_bytes(), LEVELS_AROUND, limits).and_then(|()| {
            Exceeded::check("subscriptions_per_token", "operations open in its websocket", maximum, open)
        });
        let found = match checked {
            Err(exceeded) => Err(exceeded.at(None)),
            Ok(()) => ResolvedRequest::of_body(&self.state.api, body).map_err(|refused| refused.error()),
        };
        match found {
            Err(error) => self.say(socket, message::error(&id, &[error])).await,
            Ok(asked) => {
                let credential = from.credential.clone();
                let operation = Operation::new(self.state.clone(), credential, self.request_id.clone(), asked);
                self.start(id, operation);
                Flow::Continue(())
            }
        }
    }

    fn start(&mut self, id: String, operation: Operation) {
        self.begun += 1;
        let number = self.begun;
        let send_timeout = self.state.api.settings().pace.keep_alive * 2;
        let sender = Outlet::new(self.lines.clone(), number, send_timeout);
        let task = tokio::spawn(work(operation, sender).in_current_span()).abort_handle();
        self.names.insert(number, id.clone());
        self.operations.insert(id, Running { number, task });
    }

    fn end(&mut self, id: &str) {
        if let Some(running) = self.operations.remove(id) {
            self.names.remove(&running.number);
        }
    }

    /// Passes on what an operation says, unless its client has ended it meanwhile.
    async fn pass_on(&mut self, socket: &mut WebSocket, number: u64, message: Said) -> Flow {
        let Some(id) = self.names.get(&number).cloned() else { return Flow::Continue(()) };
        let text = match message {
            Said::KeepAlive => return Flow::Continue(()),
            Said::Unauthenticated(_) => return Flow::Break(Some(Close::Unauthorized)),
            Said::Next(response) => message::next(&id, &response),
            Said::Error(errors) => {
                self.end(&id);
                message::error(&id, &errors)
            }
            Said::Complete => {
                self.end(&id);
                message::complete(&id)
            }
        };
        self.say(socket, text).await
    }

    /// Asks the client for a sign of life; leaves one that gave none for long.
    async fn show_life(&mut self, socket: &mut WebSocket) -> Flow {
        let pause = self.state.api.settings().pace.keep_alive;
        if self.last_heard.elapsed() > pause * SIGNS_MISSED {
            return Flow::Break(None);
        }
        self.send(socket, Message::Ping(axum::body::Bytes::new())).await
    }

    async fn stop(&mut self, socket: &mut WebSocket) -> Flow {
        let ids: Vec<String> = self.operations.keys().cloned().collect();
        for id in ids {
            self.end(&id);
            self.say(socket, message::complete(&id)).await?;
        }
        Flow::Break(Some(Close::Stopping))
    }

    async fn say(&self, socket: &mut WebSocket, text: String) -> Flow {
        self.send(socket, Message::text(text)).await
    }

    async fn send(&self, socket: &mut WebSocket, message: Message) -> Flow {
        let send_timeout = self.state.api.settings().pace.keep_alive * 2;
        match timeout(send_timeout, socket.send(message)).await {
            Ok(Ok(())) => Flow::Continue(()),
            _ => Flow::Break(None),
        }
    }
}

/// An operation from its opening to its end.
async fn work(operation: Operation, sender: Outlet) {
    let last_message = match operation.open().await {
        Opened::Subscribed(subscription) => return subscription.stream(&sender).await,
        Opened::Answered(response) => {
            if sender.say(Said::Next(as_json(&response))).await.is_err() {
                return;
            }
            Said::Complete
        }
        Opened::Refused(errors) => Said::Error(errors),
        Opened::Unauthenticated(error) => Said::Unauthenticated(error),
    };
    let _ = sender.say(last_message).await;
}

/// Says why it closes, if it is we who close, and lets the client take its leave: reading on answers a close of the
/// client's own.
async fn farewell(socket: &mut WebSocket, close: Option<&Close>) {
    let closing = async {
        let frame = match close {
            Some(close) => socket.send(Message::Close(Some(close.frame()))).await,
            None => Ok(()),
        };
        if frame.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = timeout(FAREWELL, closing).await;
}
