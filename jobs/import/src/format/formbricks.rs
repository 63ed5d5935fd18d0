//! Formbricks: `No.`, ids, what is known of the person, and numbered questions.

use super::{Format, HeaderRows, Shape};

pub const SHAPE: Shape = Shape {
    format: Format::Formbricks,
    signatures: &[
        &["responseid", "timestamp", "finished", "surveyid"],
        &["no", "responseid", "timestamp", "finished"],
        &["responseid", "formbricksidinternal"],
    ],
    header_rows: HeaderRows::Plain,
    ids: &[&["responseid"]],
    scores: &[],
    answers: None,
    times: &[&["timestamp"], &["createdat"]],
    customers: &["userid", "personuserid", "formbricksidinternal"],
    names: &[],
    comments: &[],
    dropped: &["formbricksidinternal", "personuserid", "singleuseid"],
    digest: false,
    repeats: false,
};
