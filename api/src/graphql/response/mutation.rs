//! Recording responses.

use std::collections::HashSet;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::Datelike as _;
use entity::Timestamp;
use entity::import_count::ImportKind;
use needle_rules::count::refused as count_refused;
use needle_rules::dimension::DimensionTracker;
use needle_rules::outcome::ImportReport;
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::record::{ResponseFieldNames, ResponseParts, attributes_from_json, response_from_parts};
use needle_rules::response::{RecordOptions, record};

use crate::graphql::audit::AuditedMutation;
use crate::graphql::scalar::{DateTime, Json};
use crate::graphql::scope::RequestScope;
use crate::graphql::user_error::{UserError, UserErrorCode};

/// The most items of one call.
pub const ITEMS_LIMIT: usize = 1_000;

/// The source of responses that the API records, which is also that of files in needle's own format.
const SOURCE: &str = "needle";

/// The valid years of a response: any other year is taken for a mistake.
const YEARS: std::ops::Range<i32> = 1970..2200;

/// A response to record. A field that is absent or null leaves the stored value.
#[derive(InputObject)]
pub struct ResponseInput {
    /// The response's id; recording the same id again changes the response.
    external_id: String,
    /// The respondent, by the company's id of the customer. An unknown customer is created.
    customer_external_id: Option<String>,
    /// The score, 0 to 10; absent or null when the question was left open.
    score: Option<i64>,
    /// The comment.
    comment: Option<String>,
    /// When the response was given.
    responded_at: DateTime,
    /// The channel of the survey, like `email`. Also an attribute.
    channel: Option<String>,
    /// The touchpoint of the survey, like `delivery`. Also an attribute.
    touchpoint: Option<String>,
    /// The response's own attributes by name: texts, numbers and truth values. They take precedence over the
    /// customer's.
    attributes: Option<Json>,
}

/// The input of `recordResponses`.
#[derive(InputObject)]
pub struct RecordResponsesInput {
    /// The responses, at most 1,000.
    responses: Vec<ResponseInput>,
}

/// What `recordResponses` did; the three counts and the items with errors add up to the items of the input.
#[derive(Default, SimpleObject)]
pub struct RecordResponsesPayload {
    /// The number of new responses.
    accepted: u64,
    /// The number of responses that were changed.
    updated: u64,
    /// The number of responses that were not changed.
    unchanged: u64,
    /// The errors of items that were not written; all other items are written.
    user_errors: Vec<UserError>,
}

/// Mutations of responses.
#[derive(Default)]
pub struct ResponseMutation;

#[Object]
impl ResponseMutation {
    /// Records responses. Idempotent on `externalId`; a later call may add the comment. Scores include them after the
    /// next recompute.
    async fn record_responses(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The responses.")] input: RecordResponsesInput,
    ) -> Result<RecordResponsesPayload> {
        let (scope, signed) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        if input.responses.len() > ITEMS_LIMIT {
            let error = too_many("responses", input.responses.len());
            signed.record_refused(scope, &error).await?;
            let user_errors = vec![error];
            return Ok(RecordResponsesPayload { user_errors, ..RecordResponsesPayload::default() });
        }
        let (mut report, mut rows, mut seen_ids) = (ImportReport::default(), Vec::new(), HashSet::new());
        for (row, item) in (0..).zip(input.responses) {
            let (parts, answered_at) = match item.into_parts() {
                Ok(parts) => parts,
                Err(problem) => {
                    report.reject(row, problem);
                    continue;
                }
            };
            let fields = ResponseFieldNames { external_id: "externalId", customer: "customerExternalId" };
            match response_from_parts(parts, answered_at, fields) {
                Ok(response) if !seen_ids.insert(response.external_id.clone()) => {
                    report.reject(row, duplicate(&response.external_id));
                }
                Ok(response) => rows.push((row, response)),
                Err(problem) => report.reject(row, problem),
            }
        }
        let options = RecordOptions {
            source: SOURCE,
            id_field: "externalId",
            customer_field: "customerExternalId",
            time_field: "respondedAt",
            dry_run: false,
        };
        let target = scope.target(&signed);
        count_refused(&target, ImportKind::Responses, &report).await?;
        let mut dimensions = DimensionTracker::load(target.database.reader(), target.attribute_limits).await?;
        report.absorb(record(&target, &options, &mut dimensions, &rows).await?);
        scope.discard_snapshot();
        report.rejected.sort_by_key(|rejection| rejection.row);
        let fields = [
            "externalId",
            "customerExternalId",
            "score",
            "comment",
            "respondedAt",
            "channel",
            "touchpoint",
            "attributes",
        ];
        let of_item = |rejection| UserError::of_item("responses", &fields, rejection);
        Ok(RecordResponsesPayload {
            accepted: report.accepted,
            updated: report.updated,
            unchanged: report.unchanged,
            user_errors: report.rejected.into_iter().map(of_item).collect(),
        })
    }
}

impl ResponseInput {
    fn into_parts(self) -> Result<(ResponseParts, Timestamp), InputProblem> {
        let mut attributes = attributes_from_json(self.attributes.as_ref().map(|json| &json.0))?;
        for (name, value) in [("channel", self.channel), ("touchpoint", self.touchpoint)] {
            if let Some(value) = value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) {
                attributes.insert(name.to_owned(), value);
            }
        }
        let responded_at = self.responded_at.0;
        if !YEARS.contains(&responded_at.to_utc().year()) {
            let message = format!("expected a year from {} to {}", YEARS.start, YEARS.end - 1);
            return Err(InputProblem::new(ProblemCode::OutOfRange, "respondedAt", message));
        }
        let parts = ResponseParts {
            external_id: self.external_id.trim().to_owned(),
            score: self.score,
            customer: self.customer_external_id.map(|id| id.trim().to_owned()),
            comment: self.comment,
            attributes,
        };
        Ok((parts, responded_at))
    }
}

/// The problem of a second item with the same id.
pub fn duplicate(id: &str) -> InputProblem {
    InputProblem::new(
        ProblemCode::Duplicate,
        "externalId",
        format!("expected each id once in a call, found \"{id}\" again"),
    )
}

/// The user error of a call with too many items.
pub fn too_many(list: &str, found: usize) -> UserError {
    let message = format!("expected at most {ITEMS_LIMIT} items in one call, found {found}");
    UserError::new(UserErrorCode::TooMany, list, message)
}
