//! SurveyMonkey: questions in the first row, their parts in the second.

use super::{Format, HeaderRows, Shape};

pub const SHAPE: Shape = Shape {
    format: Format::SurveyMonkey,
    signatures: &[&["respondentid", "collectorid"], &["respondentid", "startdate", "enddate"]],
    header_rows: HeaderRows::Parts,
    ids: &[&["respondentid"]],
    scores: &[],
    answers: None,
    times: &[&["enddate"], &["datemodified"], &["startdate"], &["datecreated"]],
    customers: &["customerid", "userid", "externalid"],
    names: &[],
    comments: &[],
    dropped: &[],
    digest: false,
    repeats: false,
};
