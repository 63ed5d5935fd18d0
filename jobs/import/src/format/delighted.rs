//! Delighted: one score and one comment, with the person and the person's properties.

use super::{FileFormat, FormatDescription, HeaderRows};

pub const DESCRIPTION: FormatDescription = FormatDescription {
    format: FileFormat::Delighted,
    signatures: &[
        &["score", "comment", "personemail"],
        &["score", "comment", "personid"],
        &["score", "comment", "permalink"],
        &["score", "comment", "surveytype"],
        &["responseid", "score", "comment", "email"],
        &["id", "score", "comment", "email"],
        &["responseid", "score", "comment", "createdat"],
        &["id", "score", "comment", "createdat"],
    ],
    header_rows: HeaderRows::Plain,
    ids: &[&["responseid", "surveyresponseid"], &["id"]],
    scores: &[&["score"]],
    response_prefix: None,
    times: &[
        &["responsecreatedat", "createdat", "respondedat", "responsedate"],
        &["date", "timestamp"],
        &["updatedat"],
    ],
    customers: &["customerid", "userid", "externalid", "personid"],
    names: &[],
    comments: &["comment"],
    dropped: &[],
    digest: true,
    repeats: false,
};
