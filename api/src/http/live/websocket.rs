//! `GET /graphql/ws`: websockets with the protocol `graphql-transport-ws`.
//!
//! One task per socket reads and writes alternately. Outgoing messages wait in a short queue, and a client that does
//! not read for a while is disconnected.

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

/// The only supported subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to complete the close handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Ping intervals without any message after which a client is disconnected.
const MISSED_PINGS_LIMIT: u32 = 3;

/// Nesting levels around the variables of a message: the message and its payload.
const ENVELOPE_LEVELS: u64 = 2;

/// `GET /graphql/ws`: upgrades the connection.
pub async fn upgrade(
    State(state): State<ServerState>,
    Extension(log): Extension<Arc<RequestLog>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response<Body> {
    let Ok(upgrade) = upgrade else {
        let refusal = HttpRefusal::new(StatusCode::UPGRADE_REQUIRED, "expected a websocket of graphql-transport-ws");
        return refusal.with_header(UPGRADE, HeaderValue::from_static("websocket")).reply(MediaType::Json);
    };
    let permit = match state.api.live().acquire_websocket() {
        Ok(permit) => permit,
        Err(exceeded) => {
            return HttpRefusal::limit_exceeded(StatusCode::SERVICE_UNAVAILABLE, exceeded).reply(MediaType::Json);
        }
    };
    // A message slightly over the limit is read, so that the close frame can give the reason; longer ones end the
    // connection.
    let limit = state.body_limit_bytes.saturating_mul(2);
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(limit).max_frame_size(limit);
    let span = tracing::Span::current();
    upgrade
        .on_upgrade(move |socket| WebSocketConnection::new(state, headers, &log, permit).run(socket).instrument(span))
}

/// The state of one websocket: its principal and its running operations.
struct WebSocketConnection {
    state: ServerState,
    headers: HeaderMap,
    request_id: String,
    principal: Option<Principal>,
    /// Running operations by the client's id.
    operations: HashMap<String, RunningOperation>,
    /// The clients' ids of running operations, by number.
    names: HashMap<u64, String>,
    operations_started: u64,
    message_sender: mpsc::Sender<NumberedMessage>,
    message_receiver: mpsc::Receiver<NumberedMessage>,
    last_received_at: Instant,
    _permit: StreamPermit,
}

/// A running operation; it stops when this is dropped.
struct RunningOperation {
    number: u64,
    task: tokio::task::AbortHandle,
}

impl Drop for RunningOperation {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether the connection continues or ends: with a close frame, or without one where the client has disconnected.
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

    /// Serves the connection until it ends.
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
        let timings = self.state.api.settings().live_timings;
        let init_timeout = sleep(timings.connection_init);
        tokio::pin!(init_timeout);
        let mut keep_alive = interval(timings.keep_alive);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let flow = tokio::select! {
                message = socket.recv() => self.handle_message(socket, message).await,
                Some((number, message)) = self.message_receiver.recv() => self.forward(socket, number, message).await,
                _ = keep_alive.tick() => self.send_ping(socket).await,
                () = &mut init_timeout, if self.principal.is_none() => {
                    ConnectionFlow::Break(Some(CloseReason::InitTimeout))
                }
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
                tracing::info!(viewer = principal.viewer.name, "a websocket was authenticated");
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
        let Some(principal) = &self.principal else { return ConnectionFlow::Break(Some(CloseReason::Unauthorized)) };
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
        let resolved = match checked {
            Err(exceeded) => Err(exceeded.at(None)),
            Ok(()) => ResolvedRequest::of_body(&self.state.api, body).map_err(|refused| refused.error()),
        };
        match resolved {
            Err(error) => self.send_text(socket, message::error(&id, &[error])).await,
            Ok(request) => {
                let credential = principal.credential.clone();
                let operation = LiveOperation::new(self.state.clone(), credential, self.request_id.clone(), request);
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

    /// Sends a message of an operation to the client, unless the client has ended the operation meanwhile.
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

    /// Sends a ping; ends the connection when the client has been silent for too long.
    async fn send_ping(&mut self, socket: &mut WebSocket) -> ConnectionFlow {
        let keep_alive = self.state.api.settings().live_timings.keep_alive;
        if self.last_received_at.elapsed() > keep_alive * MISSED_PINGS_LIMIT {
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

/// Runs an operation and sends its messages until it ends.
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

/// Completes the close handshake: sends our close frame, if we close, and reads until the client's. Reading also
/// replies to a close frame that the client sent first.
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
