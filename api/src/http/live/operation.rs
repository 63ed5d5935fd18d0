//! One operation of a streaming client, from opening through its events to its end.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use async_graphql::{Request, Response, ServerError, Value, Variables};
use tokio::time::{MissedTickBehavior, interval_at};

use super::sender::{ClientGone, MessageSender, OperationMessage};
use crate::auth::Viewer;
use crate::graphql::error::{ErrorCode, name_of, request_error};
use crate::graphql::{ExecutionRequest, SubscriptionStep, execute, is_request_error};
use crate::http::credential::Credential;
use crate::http::document::ResolvedRequest;
use crate::http::state::ServerState;
use crate::live::{StreamPermit, Subscriber, SubscriptionEvent, wait_for_stop};

/// An operation that has not been started.
pub struct LiveOperation {
    /// The server's shared state.
    pub state: ServerState,
    /// The client's credential, checked before every event.
    pub credential: Credential,
    /// The id of the HTTP request that opened the stream.
    pub request_id: String,
    query: String,
    name: Option<String>,
    variables: Variables,
    to_remember: Option<([u8; 32], String)>,
}

/// The outcome of starting an operation.
pub enum OperationOutcome {
    /// It was a query or a mutation; this is its result.
    Executed(Box<Response>),
    /// Nothing was executed, for these errors.
    Refused(Vec<ServerError>),
    /// The client is not authenticated.
    Unauthenticated(ServerError),
    /// It is a subscription, which is open now.
    Subscribed(Box<SubscriptionStream>),
}

/// An open subscription.
pub struct SubscriptionStream {
    operation: LiveOperation,
    subscriber: Subscriber,
    viewer: String,
    started: Instant,
    events: u64,
    _permit: StreamPermit,
}

impl LiveOperation {
    /// An operation for a resolved request.
    pub fn new(state: ServerState, credential: Credential, request_id: String, request: ResolvedRequest) -> Self {
        let ResolvedRequest { request: Request { query, operation_name: name, variables, .. }, to_remember } = request;
        Self { state, credential, request_id, query, name, variables, to_remember }
    }

    /// Executes a query or a mutation, or opens a subscription.
    pub async fn start(self) -> OperationOutcome {
        let viewer = match self.credential.viewer(&self.state).await {
            Ok(viewer) => viewer,
            Err(refused) if refused.code == ErrorCode::Internal => {
                return OperationOutcome::Refused(vec![refused.error()]);
            }
            Err(refused) => return OperationOutcome::Unauthenticated(refused.error()),
        };
        let (name, topic) = (viewer.name.clone(), Arc::new(OnceLock::new()));
        let execution = self.execution(viewer, SubscriptionStep::Open(Arc::clone(&topic)));
        let mut result = execute(&self.state.api, execution).await;
        result.count_in(self.state.api.metrics());
        let is_subscription = result.operation.as_ref().is_some_and(|operation| operation.kind == "subscription");
        let response = &result.response;
        let was_executed = response.errors.is_empty() || !is_subscription && !is_request_error(response);
        if !was_executed {
            return OperationOutcome::Refused(result.response.errors);
        }
        if let Some((hash, text)) = &self.to_remember {
            self.state.api.settings().documents.store(*hash, text);
        }
        let Some(topic) = topic.get().filter(|_| is_subscription).cloned() else {
            result.add_cost(&self.state.api.settings().limits);
            return OperationOutcome::Executed(Box::new(result.response));
        };
        let live = self.state.api.live();
        let Some(subscriber) = live.subscribe(&self.state.api.job_context().database, topic).await else {
            return OperationOutcome::Refused(vec![request_error(
                ErrorCode::Conflict,
                "the server is stopping: try again",
            )]);
        };
        // Counted once it is subscribed: what counts as open is completed when the server stops.
        let permit = match live.acquire_subscription(&name) {
            Ok(permit) => permit,
            Err(exceeded) => return OperationOutcome::Refused(vec![exceeded.at(None)]),
        };
        tracing::info!(viewer = name, "subscribed");
        let (started, viewer) = (Instant::now(), name);
        OperationOutcome::Subscribed(Box::new(SubscriptionStream {
            operation: self,
            subscriber,
            viewer,
            started,
            events: 0,
            _permit: permit,
        }))
    }

    /// One execution: to open the operation, or to send an event.
    fn execution(&self, viewer: Viewer, step: SubscriptionStep) -> ExecutionRequest<'_> {
        let mut request = Request::new(self.query.clone()).variables(self.variables.clone());
        request.operation_name.clone_from(&self.name);
        ExecutionRequest { step: Some(step), ..ExecutionRequest::new(viewer, request, &self.request_id) }
    }
}

/// Why a subscription ends.
enum SubscriptionEnd {
    /// No more events will come.
    Complete,
    /// An event could not be executed, for these errors.
    Failed(Vec<ServerError>),
    /// The token was revoked, or the session has ended.
    Unauthenticated(ServerError),
    /// The client does not read, or has disconnected.
    ClientGone,
}

impl From<ClientGone> for SubscriptionEnd {
    fn from(_: ClientGone) -> Self {
        Self::ClientGone
    }
}

impl SubscriptionStream {
    /// Sends events until the subscription completes, the client disconnects or its credential is no longer valid.
    pub async fn stream(mut self, sender: &MessageSender) {
        let end = match self.send_events(sender).await {
            Ok(()) => SubscriptionEnd::Complete,
            Err(end) => end,
        };
        let (message, reason) = match end {
            SubscriptionEnd::Complete => (Some(OperationMessage::Complete), "complete"),
            SubscriptionEnd::Failed(errors) => (Some(OperationMessage::Error(errors)), "failed"),
            SubscriptionEnd::Unauthenticated(error) => {
                (Some(OperationMessage::Unauthenticated(error)), "unauthenticated")
            }
            SubscriptionEnd::ClientGone => (None, "the client does not read"),
        };
        if let Some(message) = message {
            let _ = sender.send(message).await;
        }
        tracing::debug!(reason, "a subscription ended");
    }

    async fn send_events(&mut self, sender: &MessageSender) -> Result<(), SubscriptionEnd> {
        let mut stopping = self.operation.state.api.live().stopping();
        let keep_alive = self.operation.state.api.settings().live_timings.keep_alive;
        let mut ticks = interval_at(tokio::time::Instant::now() + keep_alive, keep_alive);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = wait_for_stop(&mut stopping) => return Ok(()),
                events = self.subscriber.next() => {
                    let Some(events) = events else { return Ok(()) };
                    for event in events {
                        self.send_event(event, sender).await?;
                    }
                }
                _ = ticks.tick() => {
                    self.check_credential().await?;
                    sender.send(OperationMessage::KeepAlive).await?;
                }
            }
        }
    }

    /// Executes the subscription for an event and sends the result, if the credential is still valid.
    async fn send_event(&mut self, event: SubscriptionEvent, sender: &MessageSender) -> Result<(), SubscriptionEnd> {
        let viewer = match self.operation.credential.viewer(&self.operation.state).await {
            Ok(viewer) => viewer,
            Err(refused) if refused.code == ErrorCode::Internal => {
                return Err(SubscriptionEnd::Failed(vec![refused.error()]));
            }
            Err(refused) => return Err(SubscriptionEnd::Unauthenticated(refused.error())),
        };
        let api = &self.operation.state.api;
        let execution = self.operation.execution(viewer, SubscriptionStep::Event(event));
        let response = execute(api, execution).await.response;
        let metrics = api.metrics();
        response.errors.iter().for_each(|error| metrics.error(name_of(error)));
        if response.data == Value::Null && response.errors.is_empty() {
            return Ok(());
        }
        if is_request_error(&response) {
            return Err(SubscriptionEnd::Failed(response.errors));
        }
        sender.send(OperationMessage::Next(as_json(&response))).await?;
        metrics.subscription_event();
        self.events += 1;
        Ok(())
    }

    /// Fails when the credential is no longer valid. An unreachable database does not end the subscription.
    async fn check_credential(&self) -> Result<(), SubscriptionEnd> {
        match self.operation.credential.viewer(&self.operation.state).await {
            Err(refused) if refused.code != ErrorCode::Internal => {
                Err(SubscriptionEnd::Unauthenticated(refused.error()))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for SubscriptionStream {
    fn drop(&mut self) {
        let seconds = self.started.elapsed().as_secs_f64();
        tracing::info!(viewer = self.viewer, events = self.events, seconds, "unsubscribed");
    }
}

/// A GraphQL result as JSON; an internal error when it cannot be serialised.
pub fn as_json(response: &Response) -> String {
    serde_json::to_string(response).unwrap_or_else(|error| {
        tracing::error!(%error, "a result cannot be written as JSON");
        r#"{"errors":[{"message":"internal error"}]}"#.to_owned()
    })
}
