//! Retently: one score and one feedback text per campaign.

use super::{FileFormat, FormatDescription, HeaderRows};

pub const DESCRIPTION: FormatDescription = FormatDescription {
    format: FileFormat::Retently,
    signatures: &[
        &["score", "feedback", "campaign"],
        &["score", "comment", "campaign"],
        &["score", "feedback", "campaignname"],
        &["score", "comment", "campaignname"],
        &["score", "email", "campaign"],
        &["score", "email", "campaignname"],
        &["score", "feedback", "submitted"],
        &["score", "feedback", "tags"],
        &["score", "feedback", "email", "date"],
        &["score", "email", "feedbacktags"],
    ],
    header_rows: HeaderRows::Plain,
    ids: &[&["responseid", "feedbackid", "surveyresponseid"], &["id"]],
    scores: &[&["score", "npsscore"], &["rating"]],
    response_prefix: None,
    times: &[
        &[
            "submitted",
            "submittedat",
            "submitteddate",
            "datesubmitted",
            "responded",
            "respondedat",
            "responsedate",
            "createddate",
        ],
        &["date", "createdat"],
    ],
    customers: &["customerid", "externalid", "userid", "contactid"],
    names: &["customer"],
    comments: &["feedback", "comment", "comments"],
    dropped: &[],
    digest: true,
    repeats: false,
};
