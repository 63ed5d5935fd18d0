//! The mutations that one request calls, so that those that ended in an error are recorded after it.
//!
//! Entries for completed and refused mutations are written where the mutation ends. A failure rolls back the entry
//! together with its transaction, so the entry for the failure is written afterwards, in another one.

use std::sync::{Mutex, PoisonError};

use async_graphql::{PathSegment, Response, ServerError};
use entity::Database;
use entity::audit_entry::AuditOutcome;
use entity::store::audit_entry::AuditSignature;

use super::signature::record_outcome;
use crate::graphql::error::{ErrorCode, code};

/// The mutations that a request has called so far, in order.
#[derive(Debug, Default)]
pub struct MutationCalls(Mutex<Vec<MutationCall>>);

#[derive(Debug)]
struct MutationCall {
    /// The key of its payload in the response: the alias, or the field's name.
    key: String,
    signature: AuditSignature,
}

impl MutationCalls {
    /// Records that a mutation begins.
    pub fn record(&self, key: &str, signature: &AuditSignature) {
        let call = MutationCall { key: key.to_owned(), signature: signature.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// Writes an entry for each call that ended in an error. An entry that cannot be written is logged.
    pub async fn record_failures(&self, database: &Database, response: &Response, request_id: &str) {
        let calls = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let last = calls.len();
        for (at, call) in (1..).zip(calls) {
            let Some(error) = call.error(response, at == last) else { continue };
            let code = code(error);
            let (outcome, detail) = match code {
                ErrorCode::Forbidden | ErrorCode::Unauthenticated => (AuditOutcome::Denied, None),
                ErrorCode::Internal | ErrorCode::Conflict | ErrorCode::Timeout => {
                    (AuditOutcome::Failed, Some(format!("{}, request {request_id}", code.name())))
                }
                _ => (AuditOutcome::Refused, Some(code.name().to_owned())),
            };
            if let Err(error) = record_outcome(database, &call.signature, outcome, detail).await {
                let AuditSignature { actor, field, .. } = &call.signature;
                tracing::error!(%error, request_id, actor, field, ?outcome, "an audit entry could not be written");
            }
        }
    }
}

impl MutationCall {
    /// The error that a call ended in: its own, or for the last call also that of the whole request.
    fn error<'a>(&self, response: &'a Response, is_last: bool) -> Option<&'a ServerError> {
        let is_own = |error: &&ServerError| match error.path.as_slice() {
            [PathSegment::Field(key)] => *key == self.key,
            [] => is_last,
            _ => false,
        };
        response.errors.iter().find(is_own)
    }
}
