//! What can be wrong with an input from a person or a file: one set of codes for imports and mutations.

use serde::Serialize;

/// The kind of a problem; its name is the code in reports and replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// A required value is absent.
    Missing,
    /// The value is not a number of the expected kind.
    NotANumber,
    /// The value is outside the allowed range.
    OutOfRange,
    /// The day is before or after those that are allowed.
    #[serde(rename = "OUT_OF_RANGE")]
    DayOutOfRange,
    /// The value is not a date or a time.
    NotADate,
    /// The same id occurs twice in one file or call.
    Duplicate,
    /// The record has more or fewer columns than the header.
    WrongColumnCount,
    /// No segment has this key.
    UnknownSegment,
    /// No customer and no response has this attribute.
    UnknownAttribute,
    /// The decision has taken effect, so its expectation cannot change.
    Sealed,
    /// The person was erased.
    Erased,
    /// The value is longer than the limit.
    TooLong,
    /// The bytes are not text.
    NotText,
    /// A preview of a survey, not a response of a customer.
    Preview,
    /// A test of a survey, not a response of a customer.
    Test,
    /// The respondent was not among those who are asked, or the response was found not to be valid.
    Disqualified,
    /// The response was not finished.
    Unfinished,
    /// The survey tool marked the response as spam.
    Spam,
    /// A response to a question other than that of the Net Promoter Score.
    OtherMetric,
    /// The value breaks a rule that the message states.
    Invalid,
    /// Nothing has this id or key.
    NotFound,
    /// Another object has this id already.
    AlreadyExists,
    /// The same idempotency key was used before with other arguments, or the request contradicts the present state.
    Conflict,
    /// The caller's role does not allow this.
    Forbidden,
    /// More items than one call accepts.
    TooMany,
}

/// One problem with one value of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputProblem {
    /// The kind of problem.
    pub code: ProblemCode,
    /// The column or field, as the file or the schema names it; empty when it is the whole row.
    pub field: String,
    /// What was expected and what was found, for a person.
    pub message: String,
}

impl InputProblem {
    /// A problem with a field, with a message for a person.
    pub fn new(code: ProblemCode, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, field: field.into(), message: message.into() }
    }
}

/// Refuses a text that is longer than `limit` characters or that contains the NUL character, which PostgreSQL cannot
/// store.
pub fn check_text(field: &str, text: &str, limit: usize) -> Result<(), InputProblem> {
    if text.contains('\0') {
        return Err(InputProblem::new(ProblemCode::NotText, field, "expected text, found the NUL character"));
    }
    let length = text.chars().count();
    if length > limit {
        let message = format!("expected at most {limit} characters, found {length}");
        return Err(InputProblem::new(ProblemCode::TooLong, field, message));
    }
    Ok(())
}

/// The maximum lengths of texts, in characters.
pub mod limit {
    /// An external id of a response, a customer or a decision.
    pub const ID: usize = 255;
    /// The name of an attribute.
    pub const ATTRIBUTE_NAME: usize = 100;
    /// The value of an attribute.
    pub const ATTRIBUTE_VALUE: usize = 1_000;
    /// An email address or a name.
    pub const CONTACT: usize = 320;
    /// A title, a key or a reason.
    pub const LINE: usize = 500;
    /// A comment or a rationale.
    pub const PROSE: usize = 20_000;
}
