//! Errors for clients: the one place that gives them a code and hides internal details.
//!
//! Resolvers return errors with `?`; an error keeps its source, and [`for_client`] maps it once, at the boundary. The
//! expected errors of a mutation are values of its payload, see [`super::user_error`].

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, ServerError};
use entity::StoreError;
use needle_analytics::analytics_cache::AnalyticsError;
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::segment::ChangeError;

/// What clients read while the database cannot be used; the operator's log says why.
pub const UNAVAILABLE: &str = "the database is not available at the moment: try again later";

/// The kind of an error, as in `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request is invalid.
    BadUserInput,
    /// What the request names does not exist.
    NotFound,
    /// The viewer may not do this.
    Forbidden,
    /// The request has no valid credential.
    Unauthenticated,
    /// A concurrent write conflicted; the same request may succeed when sent again.
    Conflict,
    /// The request exceeds a limit.
    LimitExceeded,
    /// The version that a cursor belongs to is no longer kept: start again without it.
    CursorExpired,
    /// The execution took too long.
    Timeout,
    /// No document is stored under the id in the request: send its text.
    PersistedQueryNotFound,
    /// Ids of documents are not supported here: send the text only.
    PersistedQueryNotSupported,
    /// The database cannot be reached, or has no room; the same request may succeed later.
    Unavailable,
    /// The server failed; the request may be fine.
    Internal,
}

impl ErrorCode {
    /// Every code, to find one by its name.
    pub const ALL: [Self; 12] = [
        Self::BadUserInput,
        Self::NotFound,
        Self::Forbidden,
        Self::Unauthenticated,
        Self::Conflict,
        Self::LimitExceeded,
        Self::CursorExpired,
        Self::Timeout,
        Self::PersistedQueryNotFound,
        Self::PersistedQueryNotSupported,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code as clients see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::NotFound => "NOT_FOUND",
            Self::Forbidden => "FORBIDDEN",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Conflict => "CONFLICT",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::CursorExpired => "CURSOR_EXPIRED",
            Self::Timeout => "TIMEOUT",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// An error that the API itself finds. The texts are for clients, except that of `Internal`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// An argument cannot be used.
    #[error("{0}")]
    BadUserInput(String),
    /// The viewer may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The request exceeds a limit.
    #[error("{0}")]
    LimitExceeded(String),
    /// The version that a cursor belongs to is no longer kept.
    #[error("{0}")]
    CursorExpired(String),
    /// An invariant of the server is broken.
    #[error("{0}")]
    Internal(String),
}

/// The name of an error's code; empty when it has none of ours.
pub fn name_of(error: &ServerError) -> &'static str {
    let found = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    ErrorCode::ALL.into_iter().map(ErrorCode::name).find(|name| found == Some(&(*name).into())).unwrap_or_default()
}

/// The code that [`for_client`] gives an error, or that it has already.
pub fn code(error: &ServerError) -> ErrorCode {
    let coded = ErrorCode::ALL.into_iter().find(|code| code.name() == name_of(error));
    coded.unwrap_or_else(|| code_of(error))
}

/// An error of a request as a whole, with a code, without a path.
pub fn request_error(code: ErrorCode, message: impl Into<String>) -> ServerError {
    with_code(ServerError::new(message, None), code)
}

/// The error as a client may see it: with a code, and without internal details, which are logged.
pub fn for_client(error: ServerError, request_id: &str) -> ServerError {
    if error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some()) {
        return error;
    }
    let code = code_of(&error);
    if code == ErrorCode::Internal {
        let path = format!("{:?}", error.path);
        tracing::error!(request_id, path, error = error.message, "a resolver failed");
        return internal(error, request_id);
    }
    if code == ErrorCode::Unavailable {
        let path = format!("{:?}", error.path);
        tracing::error!(request_id, path, error = error.message, "the database is not available");
        return with_code(ServerError { message: UNAVAILABLE.to_owned(), source: None, ..error }, code);
    }
    if code == ErrorCode::Conflict {
        tracing::warn!(request_id, error = error.message, "a concurrent write conflicted");
        let hidden = ServerError { message: "a concurrent write conflicted: try again".to_owned(), ..error };
        return with_code(ServerError { source: None, ..hidden }, code);
    }
    with_code(error, code)
}

/// An internal error, of which a client sees nothing but the request's id.
pub fn internal(error: ServerError, request_id: &str) -> ServerError {
    let hidden = ServerError { message: "internal error".to_owned(), source: None, ..error };
    let mut coded = with_code(hidden, ErrorCode::Internal);
    if let Some(extensions) = &mut coded.extensions {
        extensions.set("requestId", request_id);
    }
    coded
}

fn with_code(mut error: ServerError, code: ErrorCode) -> ServerError {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code.name());
    error
}

fn code_of(error: &ServerError) -> ErrorCode {
    if let Some(error) = error.source::<ApiError>() {
        return match error {
            ApiError::BadUserInput(_) => ErrorCode::BadUserInput,
            ApiError::Forbidden(_) => ErrorCode::Forbidden,
            ApiError::LimitExceeded(_) => ErrorCode::LimitExceeded,
            ApiError::CursorExpired(_) => ErrorCode::CursorExpired,
            ApiError::Internal(_) => ErrorCode::Internal,
        };
    }
    match error.source::<AnalyticsError>() {
        Some(AnalyticsError::Problem(problem)) => return code_of_problem(problem),
        Some(AnalyticsError::Store(error)) => return code_of_store(error),
        _ => {}
    }
    match error.source::<ChangeError>() {
        Some(ChangeError::Problem(problem)) => return code_of_problem(problem),
        Some(ChangeError::Store(error)) => return code_of_store(error),
        None => {}
    }
    let store = error.source::<StoreError>().or_else(|| error.source::<Arc<StoreError>>().map(AsRef::as_ref));
    match store {
        Some(store) => code_of_store(store),
        None if error.source.is_some() => ErrorCode::Internal,
        None => code_of_library(&error.message),
    }
}

fn code_of_problem(problem: &InputProblem) -> ErrorCode {
    match problem.code {
        ProblemCode::TooMany => ErrorCode::LimitExceeded,
        ProblemCode::Forbidden => ErrorCode::Forbidden,
        ProblemCode::NotFound | ProblemCode::UnknownSegment => ErrorCode::NotFound,
        _ => ErrorCode::BadUserInput,
    }
}

fn code_of_store(error: &StoreError) -> ErrorCode {
    match error {
        _ if error.is_conflict() => ErrorCode::Conflict,
        _ if error.is_unavailable() => ErrorCode::Unavailable,
        _ => ErrorCode::Internal,
    }
}

/// The code of an error that async-graphql itself raised: it has no source, only a message.
fn code_of_library(message: &str) -> ErrorCode {
    let limits =
        ["Query is too complex", "Query is nested too deep", "The recursion depth", "The number of directives"];
    if limits.iter().any(|limit| message.starts_with(limit)) {
        ErrorCode::LimitExceeded
    } else {
        ErrorCode::BadUserInput
    }
}
