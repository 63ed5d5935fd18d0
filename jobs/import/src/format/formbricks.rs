//! Formbricks: `No.`, ids, attributes of the person, and numbered questions.

use super::{FileFormat, FormatDescription, HeaderRows};

pub const DESCRIPTION: FormatDescription = FormatDescription {
    format: FileFormat::Formbricks,
    signatures: &[
        &["responseid", "timestamp", "finished", "surveyid"],
        &["no", "responseid", "timestamp", "finished"],
        &["responseid", "formbricksidinternal"],
    ],
    header_rows: HeaderRows::Plain,
    ids: &[&["responseid"]],
    scores: &[],
    response_prefix: None,
    times: &[&["timestamp"], &["createdat"]],
    customers: &["userid", "personuserid", "formbricksidinternal"],
    names: &[],
    comments: &[],
    dropped: &["formbricksidinternal", "personuserid", "singleuseid"],
    digest: false,
    repeats: false,
};
