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

use super::close::CloseReason;
use super::message::{self, ClientMessage};
use super::operation::{LiveOperation, OperationOutcome, as_json};
use super::sender::{MessageSender, NumberedMessage, OperationMessage, message_channel};
use crate::graphql::limit::{LimitExceeded, check_json};
use crate::http::accept::MediaType;
use crate::http::body;
use crate::http::credential::Principal;
use crate::http::document::ResolvedRequest;
use crate::http::observe::RequestLog;
use crate::http::reply::HttpRefusal;
use crate::http::state::ServerState;
use crate::live::{StreamPermit, wait_for_stop};

/// The only protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// So many signs of life may fail to come before a client counts as gone.
const MISSED_PINGS_LIMIT: u32 = 3;

/// Levels of lists and objects around the variables of a message.
const ENVELOPE_LEVELS: u64 = 2;

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
    let permit = match state.api.live().acquire_websocket() {
        Ok(seat) => seat,
        Err(exceeded) => {
            return HttpRefusal::limit_exceeded(StatusCode::SERVICE_UNAVAILABLE, exceeded).reply(MediaType::Json);
        }
    };
    // What is a little too long is read, so that its sender can be told; much longer messages end the connection.
    let limit = state.body_limit_bytes.saturating_mul(2);
    let asked = asked.protocols([PROTOCOL]).max_message_size(limit).max_frame_size(limit);
    let span = tracing::Span::current();
    asked.on_upgrade(move |socket| WebSocketConnection::new(state, headers, &log, permit).run(socket).instrument(span))
}

/// One websocket's operations and who asks for them.
struct WebSocketConnection {
    state: ServerState,
    headers: HeaderMap,
    request_id: String,
    principal: Option<Principal>,
    /// By the client's names for them.
    operations: HashMap<String, RunningOperation>,
    /// The names of the operations, by number.
    names: HashMap<u64, String>,
    operations_started: u64,
    message_sender: mpsc::Sender<NumberedMessage>,
    message_receiver: mpsc::Receiver<NumberedMessage>,
    last_received_at: Instant,
    _permit: StreamPermit,
}

/// An operation at work; it stops when this is dropped.
struct RunningOperation {
    number: u64,
    task: tokio::task::AbortHandle,
}

impl Drop for RunningOperation {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Goes on, or ends: with a close, or without one where nobody is there.
type ConnectionFlow = ControlFlow<Option<CloseReason>>;

impl WebSocketConnection {
    fn new(state: ServerState, headers: HeaderMap, log: &RequestLog, permit: StreamPermit) -> Self {
        let (message_sender, message_receiver) = message_channel();
        Self {
            state,
            headers,
            request_id: log.request_id.clone(),
            principal: None,
            operations: HashMap::new(),
            names: HashMap::new(),
            operations_started: 0,
            message_sender,
            message_receiver,
            last_received_at: Instant::now(),
            _permit: permit,
        }
    }

    /// Holds the conversation to its end.
    async fn run(mut self, mut socket: WebSocket) {
        let stopping = self.state.api.live().stopping();
        let close = if socket.protocol().is_none() {
            Some(CloseReason::Subprotocol)
        } else {
            self.exchange_messages(&mut socket, stopping.clone()).await
        };
        self.operations.clear();
        let viewer = self.principal.as_ref().map(|principal| principal.viewer.name.as_str());
        tracing::info!(viewer, code = close.as_ref().map(CloseReason::code), "a websocket ended");
        close_socket(&mut socket, close.as_ref()).await;
        drop(stopping);
    }

    async fn exchange_messages(
        &mut self,
        socket: &mut WebSocket,
        mut stopping: tokio::sync::watch::Receiver<bool>,
    ) -> Option<CloseReason> {
        let pace = self.state.api.settings().live_timings;
        let late = sleep(pace.connection_init);
        tokio::pin!(late);
        let mut keep_alive = interval(pace.keep_alive);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let flow = tokio::select! {
                message = socket.recv() => self.handle_message(socket, message).await,
                Some((number, said)) = self.message_receiver.recv() => self.forward(socket, number, said).await,
                _ = keep_alive.tick() => self.send_ping(socket).await,
                () = &mut late, if self.principal.is_none() => ConnectionFlow::Break(Some(CloseReason::InitTimeout)),
                () = wait_for_stop(&mut stopping) => self.complete_all(socket).await,
            };
            if let ConnectionFlow::Break(close) = flow {
                return close;
            }
        }
    }

    async fn handle_message(
        &mut self,
        socket: &mut WebSocket,
        message: Option<Result<Message, axum::Error>>,
    ) -> ConnectionFlow {
        self.last_received_at = Instant::now();
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return ConnectionFlow::Continue(()),
            Some(Ok(Message::Binary(_))) => {
                return ConnectionFlow::Break(Some(CloseReason::BadMessage("expected text")));
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return ConnectionFlow::Break(None),
        };
        if text.len() > self.state.body_limit_bytes {
            return ConnectionFlow::Break(Some(CloseReason::TooLong));
        }
        match ClientMessage::parse(&text) {
            Err(close) => ConnectionFlow::Break(Some(close)),
            Ok(ClientMessage::ConnectionInit(payload)) => self.initialise(socket, &payload).await,
            Ok(ClientMessage::Ping(payload)) => self.send_text(socket, message::pong(payload)).await,
            Ok(ClientMessage::Pong) => ConnectionFlow::Continue(()),
            Ok(ClientMessage::Subscribe(id, payload)) => self.subscribe(socket, id, payload, &text).await,
            Ok(ClientMessage::Complete(id)) => {
                self.end_operation(&id);
                ConnectionFlow::Continue(())
            }
        }
    }

    async fn initialise(&mut self, socket: &mut WebSocket, payload: &Map<String, Value>) -> ConnectionFlow {
        if self.principal.is_some() {
            return ConnectionFlow::Break(Some(CloseReason::TooManyInits));
        }
        match message::principal(&self.state, &self.headers, payload).await {
            Ok(principal) => {
                tracing::info!(viewer = principal.viewer.name, "a websocket began");
                self.principal = Some(principal);
                self.send_text(socket, message::connection_ack()).await
            }
            Err(refused) => {
                self.state.api.metrics().error(refused.code.name());
                ConnectionFlow::Break(Some(CloseReason::Forbidden))
            }
        }
    }

    async fn subscribe(
        &mut self,
        socket: &mut WebSocket,
        id: String,
        payload: Map<String, Value>,
        text: &str,
    ) -> ConnectionFlow {
        let Some(from) = &self.principal else { return ConnectionFlow::Break(Some(CloseReason::Unauthorized)) };
        if self.operations.contains_key(&id) {
            return ConnectionFlow::Break(Some(CloseReason::SubscriberExists(id)));
        }
        let limits = &self.state.api.settings().limits;
        let Ok(body) = body::from_members(payload) else {
            return ConnectionFlow::Break(Some(CloseReason::BadMessage("expected a request as payload")));
        };
        if body.document.is_none() && body.document_id.is_none() {
            return ConnectionFlow::Break(Some(CloseReason::BadMessage("expected a query in the payload")));
        }
        let open = self.operations.len() as u64 + 1;
        let maximum = limits.subscriptions_per_token;
        let checked = check_json(text.as_bytes(), ENVELOPE_LEVELS, limits).and_then(|()| {
            LimitExceeded::check("subscriptions_per_token", "operations open in its websocket", maximum, open)
        });
        let found = match checked {
            Err(exceeded) => Err(exceeded.at(None)),
            Ok(()) => ResolvedRequest::of_body(&self.state.api, body).map_err(|refused| refused.error()),
        };
        match found {
            Err(error) => self.send_text(socket, message::error(&id, &[error])).await,
            Ok(asked) => {
                let credential = from.credential.clone();
                let operation = LiveOperation::new(self.state.clone(), credential, self.request_id.clone(), asked);
                self.start_operation(id, operation);
                ConnectionFlow::Continue(())
            }
        }
    }

    fn start_operation(&mut self, id: String, operation: LiveOperation) {
        self.operations_started += 1;
        let number = self.operations_started;
        let send_timeout = self.state.api.settings().live_timings.keep_alive * 2;
        let sender = MessageSender::new(self.message_sender.clone(), number, send_timeout);
        let task = tokio::spawn(run_operation(operation, sender).in_current_span()).abort_handle();
        self.names.insert(number, id.clone());
        self.operations.insert(id, RunningOperation { number, task });
    }

    fn end_operation(&mut self, id: &str) {
        if let Some(running) = self.operations.remove(id) {
            self.names.remove(&running.number);
        }
    }

    /// Passes on what an operation says, unless its client has ended it meanwhile.
    async fn forward(&mut self, socket: &mut WebSocket, number: u64, message: OperationMessage) -> ConnectionFlow {
        let Some(id) = self.names.get(&number).cloned() else { return ConnectionFlow::Continue(()) };
        let text = match message {
            OperationMessage::KeepAlive => return ConnectionFlow::Continue(()),
            OperationMessage::Unauthenticated(_) => return ConnectionFlow::Break(Some(CloseReason::Unauthorized)),
            OperationMessage::Next(response) => message::next(&id, &response),
            OperationMessage::Error(errors) => {
                self.end_operation(&id);
                message::error(&id, &errors)
            }
            OperationMessage::Complete => {
                self.end_operation(&id);
                message::complete(&id)
            }
        };
        self.send_text(socket, text).await
    }

    /// Asks the client for a sign of life; leaves one that gave none for long.
    async fn send_ping(&mut self, socket: &mut WebSocket) -> ConnectionFlow {
        let pause = self.state.api.settings().live_timings.keep_alive;
        if self.last_received_at.elapsed() > pause * MISSED_PINGS_LIMIT {
            return ConnectionFlow::Break(None);
        }
        self.send(socket, Message::Ping(axum::body::Bytes::new())).await
    }

    async fn complete_all(&mut self, socket: &mut WebSocket) -> ConnectionFlow {
        let ids: Vec<String> = self.operations.keys().cloned().collect();
        for id in ids {
            self.end_operation(&id);
            self.send_text(socket, message::complete(&id)).await?;
        }
        ConnectionFlow::Break(Some(CloseReason::Stopping))
    }

    async fn send_text(&self, socket: &mut WebSocket, text: String) -> ConnectionFlow {
        self.send(socket, Message::text(text)).await
    }

    async fn send(&self, socket: &mut WebSocket, message: Message) -> ConnectionFlow {
        let send_timeout = self.state.api.settings().live_timings.keep_alive * 2;
        match timeout(send_timeout, socket.send(message)).await {
            Ok(Ok(())) => ConnectionFlow::Continue(()),
            _ => ConnectionFlow::Break(None),
        }
    }
}

/// An operation from its opening to its end.
async fn run_operation(operation: LiveOperation, sender: MessageSender) {
    let last_message = match operation.start().await {
        OperationOutcome::Subscribed(subscription) => return subscription.stream(&sender).await,
        OperationOutcome::Executed(response) => {
            if sender.send(OperationMessage::Next(as_json(&response))).await.is_err() {
                return;
            }
            OperationMessage::Complete
        }
        OperationOutcome::Refused(errors) => OperationMessage::Error(errors),
        OperationOutcome::Unauthenticated(error) => OperationMessage::Unauthenticated(error),
    };
    let _ = sender.send(last_message).await;
}

/// Says why it closes, if it is we who close, and lets the client take its leave: reading on answers a close of the
/// client's own.
async fn close_socket(socket: &mut WebSocket, close: Option<&CloseReason>) {
    let closing = async {
        let frame = match close {
            Some(close) => socket.send(Message::Close(Some(close.frame()))).await,
            None => Ok(()),
        };
        if frame.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = timeout(CLOSE_TIMEOUT, closing).await;
}
