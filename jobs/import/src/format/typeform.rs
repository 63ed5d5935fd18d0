//! Typeform: `#`, the questions, hidden fields, and times in UTC.

use super::{Format, HeaderRows, Shape};

pub const SHAPE: Shape = Shape {
    format: Format::Typeform,
    signatures: &[
        &["#", "submitdateutc"],
        &["networkid", "submitdateutc"],
        &["startdateutc", "submitdateutc"],
        &["token", "submittedat"],
        &["#", "networkid"],
    ],
    header_rows: HeaderRows::Plain,
    ids: &[&["#"], &["token"], &["responseid"]],
    scores: &[],
    answers: None,
    times: &[&["submitdateutc"], &["submittedat"]],
    customers: &["customerid", "userid", "externalid", "contactid"],
    names: &[],
    comments: &[],
    dropped: &["ending", "landedat", "startedat"],
    digest: false,
    repeats: false,
};
