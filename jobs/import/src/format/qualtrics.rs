//! Qualtrics: CSV or TSV with up to three header rows, values as choice text or as numbers; also the format from before
//! 2017.

use super::{FileFormat, FormatDescription, HeaderRows};

pub const DESCRIPTION: FormatDescription = FormatDescription {
    format: FileFormat::Qualtrics,
    signatures: &[
        &["startdate", "enddate", "responseid", "recordeddate"],
        &["startdate", "enddate", "responseid", "finished"],
        &["startdate", "enddate", "responseid", "progress"],
        &["responseid", "responseset", "startdate", "enddate"],
        &["recordeddate", "responseid"],
        &["recordeddate", "distributionchannel"],
    ],
    header_rows: HeaderRows::Questions,
    ids: &[&["responseid"]],
    scores: &[],
    response_prefix: None,
    times: &[&["recordeddate"], &["enddate"], &["startdate"]],
    customers: &["externalreference", "externaldatareference", "externaldatareferenceid"],
    names: &[],
    comments: &[],
    dropped: &[],
    digest: false,
    repeats: false,
};
