//! Typeform: `#`, the questions, hidden fields, and times in UTC.

use super::{FileFormat, FormatDescription, HeaderRows};

pub const DESCRIPTION: FormatDescription = FormatDescription {
    format: FileFormat::Typeform,
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
    response_prefix: None,
    times: &[&["submitdateutc"], &["submittedat"]],
    customers: &["customerid", "userid", "externalid", "contactid"],
    names: &[],
    comments: &[],
    dropped: &["ending", "landedat", "startedat"],
    digest: false,
    repeats: false,
};
