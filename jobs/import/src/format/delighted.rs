//! Delighted: one score and one comment, with the person and the person's properties.

use super::{Format, HeaderRows, Shape};

pub const SHAPE: Shape = Shape {
    format: Format::Delighted,
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
    answers: None,
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
