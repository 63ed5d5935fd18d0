//! SurveyMonkey: questions in the first row, their parts in the second.

use super::{FileFormat, FormatDescription, HeaderRows};

pub const DESCRIPTION: FormatDescription = FormatDescription {
    format: FileFormat::SurveyMonkey,
    signatures: &[&["respondentid", "collectorid"], &["respondentid", "startdate", "enddate"]],
    header_rows: HeaderRows::Parts,
    ids: &[&["respondentid"]],
    scores: &[],
    response_prefix: None,
    times: &[&["enddate"], &["datemodified"], &["startdate"], &["datecreated"]],
    customers: &["customerid", "userid", "externalid"],
    names: &[],
    comments: &[],
    dropped: &[],
    digest: false,
    repeats: false,
};
