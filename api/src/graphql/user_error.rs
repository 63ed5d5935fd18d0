//! The expected errors of a mutation, as values of its payload.

use async_graphql::{Enum, Result, SimpleObject};
use needle_rules::outcome::RowRejection;
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::segment::ChangeError;

/// The kind of a user error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
    /// A value is missing or breaks a rule that the message states.
    Invalid,
    /// A day is before or after those that are allowed.
    OutOfRange,
    /// Nothing has this id or key.
    NotFound,
    /// Something has this id already.
    AlreadyExists,
    /// The decision took effect or was reversed: its expectation can no longer change.
    Sealed,
    /// It contradicts an earlier request or what is stored.
    Conflict,
    /// It belongs to another owner.
    Forbidden,
    /// The person was erased.
    Erased,
    /// More items than one call takes.
    TooMany,
}

/// An error in the input of a mutation.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// The kind of error, for programs.
    code: UserErrorCode,
    /// What is wrong and what was expected, for people.
    message: String,
    /// The field of the input, like `["takesEffectOn"]`, or with the item's index in its list from 0, like
    /// `["responses", "3", "score"]`; null when it is about the whole input.
    path: Option<Vec<String>>,
}

impl UserError {
    /// An error about a field of the input.
    pub fn new(code: UserErrorCode, field: &str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), path: Some(vec![field.to_owned()]) }
    }

    /// The kind of error.
    pub fn kind(&self) -> UserErrorCode {
        self.code
    }

    /// An error about an item of a list; the rejection's `row` is the item's index.
    pub fn of_item(list: &str, fields: &[&str], rejection: RowRejection) -> Self {
        let mut path = vec![list.to_owned(), rejection.row.to_string()];
        // A problem with one attribute names the attribute.
        if !fields.contains(&rejection.column.as_str()) {
            path.push("attributes".to_owned());
        }
        path.push(rejection.column);
        Self { code: rejection.code.into(), message: rejection.message, path: Some(path) }
    }
}

impl From<InputProblem> for UserError {
    fn from(problem: InputProblem) -> Self {
        let path = (!problem.field.is_empty()).then(|| vec![problem.field]);
        Self { code: problem.code.into(), message: problem.message, path }
    }
}

impl From<ProblemCode> for UserErrorCode {
    fn from(code: ProblemCode) -> Self {
        match code {
            ProblemCode::DayOutOfRange => Self::OutOfRange,
            ProblemCode::NotFound | ProblemCode::UnknownSegment => Self::NotFound,
            ProblemCode::AlreadyExists => Self::AlreadyExists,
            ProblemCode::Sealed => Self::Sealed,
            ProblemCode::Conflict => Self::Conflict,
            ProblemCode::Forbidden => Self::Forbidden,
            ProblemCode::Erased => Self::Erased,
            ProblemCode::TooMany => Self::TooMany,
            ProblemCode::Missing
            | ProblemCode::NotANumber
            | ProblemCode::OutOfRange
            | ProblemCode::NotADate
            | ProblemCode::Duplicate
            | ProblemCode::WrongColumnCount
            | ProblemCode::UnknownAttribute
            | ProblemCode::TooLong
            | ProblemCode::NotText
            | ProblemCode::Preview
            | ProblemCode::Test
            | ProblemCode::Disqualified
            | ProblemCode::Unfinished
            | ProblemCode::Spam
            | ProblemCode::OtherMetric
            | ProblemCode::Invalid => Self::Invalid,
        }
    }
}

/// Separates the user error of a refused change from its result; an error of the store stays an error.
pub fn split_refusal<T>(outcome: Result<T, ChangeError>) -> Result<Result<T, UserError>> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(ChangeError::Problem(problem)) => Ok(Err(problem.into())),
        Err(refusal @ ChangeError::Store(_)) => Err(refusal.into()),
    }
}
