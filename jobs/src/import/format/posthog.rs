//! PostHog surveys: events whose properties are the answers, numbered or by the question's id.

use super::{Format, HeaderRows, Shape};

pub const SHAPE: Shape = Shape {
    format: Format::PostHog,
    signatures: &[
        &["surveyresponse*"],
        &["surveyid", "distinctid"],
        &["surveyname", "distinctid"],
        &["distinctid", "timestamp", "event"],
    ],
    header_rows: HeaderRows::Plain,
    ids: &[&["uuid"], &["surveysubmissionid"], &["id"]],
    scores: &[],
    answers: Some("surveyresponse"),
    times: &[&["timestamp"], &["createdat", "submittedat", "submitted"]],
    customers: &["distinctid", "personid"],
    comments: &[],
    dropped: &[
        "surveysubmissionid",
        "surveyiteration",
        "surveyiterationstartdate",
        "currenturl",
        "surveyquestions",
        "lib",
        "libversion",
        "elementschain",
    ],
    digest: true,
};
