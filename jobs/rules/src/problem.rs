//! What can be wrong with something a person or a file hands in: one vocabulary for imports and mutations.

use serde::Serialize;

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// A required value is absent.
    Missing,
    /// The value is not a number of the expected kind.
    NotANumber,
    /// The value is outside what is allowed.
    OutOfRange,
    /// The value is not a date or a time.
    NotADate,
    /// The same id twice in one file or call.
    Duplicate,
    /// The record has more or fewer columns than the header.
    WrongColumnCount,
    /// No segment has this key.
    UnknownSegment,
    /// No customer and no answer has this attribute.
    UnknownAttribute,
    /// The decision is in effect: what was expected of it stays.
    Sealed,
    /// The person was erased.
    Erased,
    /// The value is longer than what is kept.
    TooLong,
    /// The bytes are not text.
    NotText,
    /// A preview or a test of a survey, not an answer of a customer.
    Preview,
    /// The answer was not finished.
    Unfinished,
    /// What the survey tool holds for spam.
    Spam,
    /// An answer to another question than that of the Net Promoter Score.
    OtherMetric,
    /// The value breaks a rule that the message states.
    Invalid,
    /// Nothing has this id or key.
    NotFound,
    /// Something else has this id already.
    AlreadyExists,
    /// The same request was made before with other arguments, or contradicts the present state.
    Conflict,
    /// The person who asks may not do this.
    Forbidden,
    /// More items than one call takes.
    TooMany,
}

/// One problem with one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputProblem {
    /// Its kind.
    pub code: ProblemCode,
    /// The column or field, as the file or the schema names it.
    pub field: String,
    /// What is wrong and what was expected, for a person.
    pub message: String,
}

impl InputProblem {
    /// A problem with a field.
    pub fn new(code: ProblemCode, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, field: field.into(), message: message.into() }
    }
}

/// Refuses a text that is longer than `limit` characters or that holds the NUL character, which no database keeps.
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

/// Characters that ids, names of attributes, values, emails and comments may have.
pub mod limit {
    /// An external id.
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
