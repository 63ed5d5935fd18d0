//! One response or one customer, checked, as a row of a file or an item of a mutation describes it.

use std::collections::BTreeMap;

use entity::{Attributes, Timestamp, score};
use serde_json::Value;

use crate::problem::{InputProblem, ProblemCode, check_text, limit};

/// One response, as its source describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseRecord {
    /// The response's id at its source.
    pub external_id: String,
    /// The score, 0 to 10; `None` when the question was left open.
    pub score: Option<i16>,
    /// When the response was given.
    pub answered_at: Timestamp,
    /// The company's id of the customer; `None` for an unknown customer.
    pub customer: Option<String>,
    /// The free text; `None` when there is none.
    pub comment: Option<String>,
    /// The response's own attributes, including `channel` and `touchpoint`.
    pub attributes: Attributes,
}

/// One customer, as a source describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerRecord {
    /// The company's id of the customer.
    pub external_id: String,
    /// The email address, personal data; `None` leaves the stored one.
    pub email: Option<String>,
    /// The name, personal data; `None` leaves the stored one.
    pub name: Option<String>,
    /// Attributes; a name that is absent leaves the stored value.
    pub attributes: Attributes,
}

/// The parts of a response before they are checked; an empty text means that there was no value.
#[derive(Clone, Debug, Default)]
pub struct ResponseParts {
    /// The response's id at its source.
    pub external_id: String,
    /// The score; `None` when the question was left open.
    pub score: Option<i64>,
    /// The company's id of the customer.
    pub customer: Option<String>,
    /// The free text of the response.
    pub comment: Option<String>,
    /// Attribute values by name.
    pub attributes: BTreeMap<String, String>,
}

/// What a file or a mutation calls the fields of a response, for messages.
#[derive(Clone, Copy, Debug)]
pub struct ResponseFieldNames {
    /// The field of the response's id.
    pub external_id: &'static str,
    /// The field of the customer's id.
    pub customer: &'static str,
}

/// Checks the parts of a response and builds the record.
pub fn response_from_parts(
    parts: ResponseParts,
    answered_at: Timestamp,
    fields: ResponseFieldNames,
) -> Result<ResponseRecord, InputProblem> {
    required_id(fields.external_id, &parts.external_id)?;
    let score = parts.score.map(check_score).transpose()?;
    let customer = present(parts.customer).filter(|id| !is_nobody(id));
    if let Some(customer) = &customer {
        check_text(fields.customer, customer, limit::ID)?;
        check_rounded(fields.customer, customer)?;
    }
    let comment = present(parts.comment);
    if let Some(comment) = &comment {
        check_text("comment", comment, limit::PROSE)?;
    }
    let attributes = checked_attributes(parts.attributes)?;
    Ok(ResponseRecord { external_id: parts.external_id, score, answered_at, customer, comment, attributes })
}

/// Checks the parts of a customer and builds the record; `id_field` names the id in messages.
pub fn customer_from_parts(
    external_id: String,
    email: Option<String>,
    name: Option<String>,
    attributes: BTreeMap<String, String>,
    id_field: &'static str,
) -> Result<CustomerRecord, InputProblem> {
    required_id(id_field, &external_id)?;
    if is_nobody(&external_id) {
        let message = format!("expected the id of a customer, found \"{external_id}\", which stands for nobody");
        return Err(InputProblem::new(ProblemCode::Missing, id_field, message));
    }
    let (email, name) = (present(email), present(name));
    for (field, text) in [("email", &email), ("name", &name)] {
        if let Some(text) = text {
            check_text(field, text, limit::CONTACT)?;
        }
    }
    Ok(CustomerRecord { external_id, email, name, attributes: checked_attributes(attributes)? })
}

/// Reads attributes from a JSON object: strings, numbers and Booleans become text; a null leaves the stored value.
pub fn attributes_from_json(json: Option<&Value>) -> Result<BTreeMap<String, String>, InputProblem> {
    let object = match json {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(object)) => object,
        Some(_) => {
            return Err(InputProblem::new(ProblemCode::Invalid, "attributes", "expected a JSON object of attributes"));
        }
    };
    let mut attributes = BTreeMap::new();
    for (name, value) in object {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Array(_) | Value::Object(_) => {
                let message = format!("attribute \"{name}\": expected a string, a number or a Boolean");
                return Err(InputProblem::new(ProblemCode::Invalid, "attributes", message));
            }
        };
        attributes.insert(name.trim().to_owned(), text);
    }
    Ok(attributes)
}

/// What tools and people write in place of a person, in lower case.
const NOBODY: [&str; 25] = [
    "anonymous",
    "anonym",
    "anonyme",
    "anonymous user",
    "anónimo",
    "anonimo",
    "n/a",
    "na",
    "#n/a",
    "none",
    "null",
    "nil",
    "nan",
    "unknown",
    "unbekannt",
    "inconnu",
    "undefined",
    "(not set)",
    "not set",
    "not provided",
    "(blank)",
    "-",
    "--",
    "–",
    "?",
];

/// True for a text that stands in place of the id or address of a person, such as `anonymous`: whoever it is written for
/// are not one customer.
pub fn is_nobody(id: &str) -> bool {
    NOBODY.contains(&id.trim().to_lowercase().as_str())
}

/// What to say of an id that a spreadsheet has rounded.
pub const ROUNDED: &str = "a spreadsheet has rounded it, so that different ids are the same: export the file again and import it \
                           without opening it there";

/// True for an id like 1.18E+11.
pub fn is_rounded(id: &str) -> bool {
    let Some((digits, exponent)) = id.split_once(['E', 'e']) else { return false };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = digits.split_once([',', '.']).unwrap_or((digits, "0"));
    whole.len() == 1 && is_digits(whole) && is_digits(fraction) && exponent.strip_prefix('+').is_some_and(is_digits)
}

fn check_rounded(field: &str, id: &str) -> Result<(), InputProblem> {
    if is_rounded(id) {
        let message = format!("expected an id, found \"{id}\": {ROUNDED}");
        return Err(InputProblem::new(ProblemCode::Invalid, field, message));
    }
    Ok(())
}

fn required_id(field: &str, id: &str) -> Result<(), InputProblem> {
    if id.is_empty() {
        return Err(InputProblem::new(ProblemCode::Missing, field, "expected an id, found nothing"));
    }
    check_rounded(field, id)?;
    check_text(field, id, limit::ID)
}

fn check_score(score: i64) -> Result<i16, InputProblem> {
    score::on_scale(score).ok_or_else(|| {
        InputProblem::new(
            ProblemCode::OutOfRange,
            "score",
            format!("expected a whole number from 0 to 10, found {score}"),
        )
    })
}

fn present(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn checked_attributes(attributes: BTreeMap<String, String>) -> Result<Attributes, InputProblem> {
    for (name, value) in &attributes {
        check_attribute_name(name)?;
        check_text(name, value, limit::ATTRIBUTE_VALUE)?;
    }
    Ok(attributes.into_iter().filter(|(_, value)| !value.is_empty()).collect())
}

/// Refuses names that a JSON path in SQL cannot contain, and control characters, which mark derived dimensions.
pub fn check_attribute_name(name: &str) -> Result<(), InputProblem> {
    check_text(name, name, limit::ATTRIBUTE_NAME)?;
    if name.is_empty() || name.contains(|character: char| matches!(character, '"' | '\\') || character.is_control()) {
        let expected = "expected the name of an attribute without quotes, backslashes and control characters";
        let message = format!("{expected}, found \"{}\"", name.escape_debug());
        return Err(InputProblem::new(ProblemCode::Invalid, name, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_a_spreadsheet_rounded_is_none() {
        for id in ["1.18E+11", "9,91214e+15", "5E+10"] {
            let problem = required_id("customer_id", id).expect_err(id);
            assert_eq!(problem.code, ProblemCode::Invalid, "{id}");
        }
        for id in ["E+11", "118E+11", "1.18E-11", "1.18e11", "beef+1", "ANNE+1"] {
            assert_eq!(required_id("customer_id", id), Ok(()), "{id}");
        }
        assert!(is_nobody(" Anonymous ") && !is_nobody("anonymous7"));
    }

    #[test]
    fn a_name_with_quotes_backslashes_or_control_characters_is_refused() {
        for name in ["", "a\"b", "a\\b", "\u{1f}1", "a\tb", "a\nb", "a\u{85}b"] {
            let problem = check_attribute_name(name).expect_err(name);
            assert_eq!(problem.code, ProblemCode::Invalid, "{name:?}");
            assert!(!problem.message.contains(char::is_control), "{:?}", problem.message);
        }
        for name in ["order value", "état", "a.b[0]", "it's 50 %", "注文"] {
            assert_eq!(check_attribute_name(name), Ok(()), "{name}");
        }
    }
}
