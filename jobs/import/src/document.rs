//! The import of JSON documents: segments and decisions. All rows of a document are written in one transaction.

use std::collections::HashSet;
use std::io::Read;
use std::time::Instant;

use entity::{DatabaseTransaction, Day, Filter, StoreError, store};
use needle_rules::count::add as count_rows;
use needle_rules::decision;
use needle_rules::outcome::ImportReport;
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::segment::{self, ChangeError, UpsertOutcome};
use needle_rules::target::WriteContext;
use needle_rules::wording;
use serde_json::{Map, Value};

use crate::date;
use crate::error::ImportError;
use crate::options::{FileKind, ImportOptions};
use crate::recorded::{self, DigestReader, FileDigest};
use crate::timestamp;

/// Larger documents are refused: a file of segments or decisions never gets near this many bytes.
const SIZE_LIMIT: u64 = 64 << 20;

pub(super) async fn segments(
    context: &WriteContext,
    source: impl Read + Send + 'static,
    options: &ImportOptions,
) -> Result<ImportReport, ImportError> {
    let (source, digest) = DigestReader::new(source);
    // Nobody waits for the writer while the document is read.
    let drafts: Vec<_> = read(source).await?.iter().map(segment_draft).collect();
    let transaction = context.database.begin_write().await?;
    let mut report = ImportReport::default();
    let (mut keys, mut primary) = (HashSet::new(), None::<String>);
    for (row, draft) in (1..).zip(drafts) {
        let outcome = match draft {
            Ok((draft, _)) if keys.contains(&draft.key) => Err(duplicate("key", &draft.key).into()),
            Ok((_, true)) if primary.is_some() => Err(second_primary(primary.as_deref()).into()),
            Ok((draft, is_primary)) => {
                let written = write_segment(context, &transaction, &draft, is_primary, options).await;
                if written.is_ok() {
                    primary = primary.or_else(|| is_primary.then(|| draft.key.clone()));
                    keys.insert(draft.key);
                }
                written
            }
            Err(problem) => Err(problem.into()),
        };
        count(&mut report, row, outcome)?;
    }
    finish(transaction, context, FileKind::Segments, &digest, options, report).await
}

async fn write_segment(
    context: &WriteContext,
    transaction: &DatabaseTransaction,
    draft: &segment::SegmentDraft,
    is_primary: bool,
    options: &ImportOptions,
) -> Result<UpsertOutcome, ChangeError> {
    if !is_primary {
        return Ok(segment::define(transaction, draft, context.now).await?.1);
    }
    // A file that says that the segment is the primary customer declares it, under the definition of the file.
    let by = (options.imported_by.as_str(), "declared in an imported file of segments");
    let exists = store::segment::by_key(transaction, &draft.key).await?.is_some();
    let redefined =
        exists && segment::declare_primary(transaction, &draft.key, Some(&draft.filter), by, context.now).await?.1;
    let (_, change) = segment::define(transaction, draft, context.now).await?;
    let declared = redefined || segment::declare_primary(transaction, &draft.key, None, by, context.now).await?.1;
    Ok(if declared && change == UpsertOutcome::Unchanged { UpsertOutcome::Updated } else { change })
}

pub(super) async fn decisions(
    context: &WriteContext,
    source: impl Read + Send + 'static,
    options: &ImportOptions,
) -> Result<ImportReport, ImportError> {
    let (source, digest) = DigestReader::new(source);
    let drafts: Vec<_> = read(source).await?.iter().map(|item| decision_draft(item, context)).collect();
    let transaction = context.database.begin_write().await?;
    let mut report = ImportReport::default();
    let (mut ids, mut undated) = (HashSet::new(), Vec::new());
    let today = context.calendar.day_of(context.now);
    for (row, draft) in (1..).zip(drafts) {
        let outcome = match draft {
            Ok(draft) if ids.contains(&draft.external_id) => Err(duplicate("externalId", &draft.external_id).into()),
            Ok(draft) => {
                let written = decision::import(&transaction, &draft, context.calendar, context.now).await;
                if draft.logged_at.is_none()
                    && draft.takes_effect_on <= today
                    && matches!(written, Ok(UpsertOutcome::Created))
                {
                    undated.push(draft.external_id.clone());
                }
                if written.is_ok() {
                    ids.insert(draft.external_id);
                }
                written
            }
            Err(problem) => Err(problem.into()),
        };
        count(&mut report, row, outcome)?;
    }
    if let Some(first) = undated.first() {
        let decisions = wording::counted(undated.len() as u64, "decision has", "decisions have");
        report.notes.push(format!(
            "{decisions} taken effect and no \"loggedAt\", such as \"{first}\": logged today it is retrospective, and does not count \
             in the record of its owner. Say when it was written down"
        ));
    }
    finish(transaction, context, FileKind::Decisions, &digest, options, report).await
}

/// Records the import, in the transaction of its rows.
async fn finish(
    transaction: DatabaseTransaction,
    context: &WriteContext,
    kind: FileKind,
    digest: &FileDigest,
    options: &ImportOptions,
    mut report: ImportReport,
) -> Result<ImportReport, ImportError> {
    report.notes.extend(recorded::note_of_repetition(&transaction, context.calendar, kind, digest).await?);
    if options.dry_run {
        transaction.rollback().await.map_err(StoreError::from)?;
        return Ok(report);
    }
    let began = Instant::now();
    let context = &recorded::begin(&transaction, context, kind, digest, options, None).await?;
    count_rows(&transaction, context, kind.counted_as(), &report).await?;
    recorded::finish(&transaction, context, began).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(report)
}

fn count(report: &mut ImportReport, row: u64, outcome: Result<UpsertOutcome, ChangeError>) -> Result<(), ImportError> {
    match outcome {
        Ok(UpsertOutcome::Created) => report.accepted += 1,
        Ok(UpsertOutcome::Updated) => report.updated += 1,
        Ok(UpsertOutcome::Unchanged) => report.unchanged += 1,
        Err(ChangeError::Problem(problem)) => report.reject(row, problem),
        Err(ChangeError::Store(error)) => return Err(error.into()),
    }
    Ok(())
}

fn duplicate(field: &str, id: &str) -> InputProblem {
    InputProblem::new(ProblemCode::Duplicate, field, format!("expected each id once, found \"{id}\" again"))
}

fn second_primary(first: Option<&str>) -> InputProblem {
    let message = format!("expected one primary customer, found \"{}\" before", first.unwrap_or_default());
    InputProblem::new(ProblemCode::Invalid, "primary", message)
}

async fn read(source: impl Read + Send + 'static) -> Result<Vec<Value>, ImportError> {
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        source.take(SIZE_LIMIT).read_to_end(&mut bytes).map(|_| bytes)
    });
    let bytes = read.await.map_err(std::io::Error::other)??;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let document = serde_json::from_slice(text).map_err(|error| ImportError::Json(error.to_string()))?;
    match document {
        Value::Array(items) => Ok(items),
        other => Err(ImportError::Json(format!("found {}", kind_of(&other)))),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a Boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// One object of a document, whose members are read by name.
struct DocumentItem<'a>(&'a Map<String, Value>);

impl<'a> DocumentItem<'a> {
    fn of(value: &'a Value, members: &[&str]) -> Result<Self, InputProblem> {
        let Value::Object(object) = value else {
            return Err(InputProblem::new(
                ProblemCode::Invalid,
                "",
                format!("expected an object, found {}", kind_of(value)),
            ));
        };
        match object.keys().find(|key| !members.contains(&key.as_str())) {
            Some(unknown) => {
                let message = format!("\"{unknown}\" is not a known member; expected {}", members.join(", "));
                Err(InputProblem::new(ProblemCode::Invalid, unknown, message))
            }
            None => Ok(Self(object)),
        }
    }

    fn value(&self, field: &str) -> Option<&'a Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    fn text(&self, field: &str) -> Result<Option<String>, InputProblem> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
            Some(other) => Err(InputProblem::new(
                ProblemCode::NotText,
                field,
                format!("expected a string, found {}", kind_of(other)),
            )),
        }
    }

    fn required_text(&self, field: &str) -> Result<String, InputProblem> {
        self.text(field)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(field))
    }

    fn number(&self, field: &str) -> Result<Option<f64>, InputProblem> {
        match self.value(field) {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or_else(|| {
                InputProblem::new(
                    ProblemCode::NotANumber,
                    field,
                    format!("expected a number, found {}", kind_of(value)),
                )
            }),
        }
    }

    fn whole(&self, field: &str) -> Result<Option<i32>, InputProblem> {
        let Some(number) = self.number(field)? else { return Ok(None) };
        if number.fract() != 0.0 {
            return Err(InputProblem::new(
                ProblemCode::NotANumber,
                field,
                format!("expected a whole number, found {number}"),
            ));
        }
        // A cast saturates: a value that does not fit is out of the range that is checked later.
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked where the value is used")]
        Ok(Some(number as i32))
    }

    fn day(&self, field: &str) -> Result<Day, InputProblem> {
        let text = self.required_text(field)?;
        date::parse(&text).and_then(date::WrittenTime::to_day).ok_or_else(|| {
            InputProblem::new(
                ProblemCode::NotADate,
                field,
                format!("expected a date like 2024-07-01, found \"{text}\""),
            )
        })
    }
}

fn missing(field: &str) -> InputProblem {
    InputProblem::new(ProblemCode::Missing, field, format!("expected {field}, found nothing"))
}

fn segment_draft(value: &Value) -> Result<(segment::SegmentDraft, bool), InputProblem> {
    let item = DocumentItem::of(value, &["key", "name", "description", "filter", "primary"])?;
    let filter = item.value("filter").ok_or_else(|| missing("filter"))?;
    let filter: Filter = serde_json::from_value(filter.clone())
        .map_err(|error| InputProblem::new(ProblemCode::Invalid, "filter", format!("expected a filter: {error}")))?;
    let is_primary = match item.value("primary") {
        None => false,
        Some(Value::Bool(is_primary)) => *is_primary,
        Some(other) => {
            let message = format!("expected true or false, found {}", kind_of(other));
            return Err(InputProblem::new(ProblemCode::Invalid, "primary", message));
        }
    };
    let draft = segment::SegmentDraft {
        key: item.required_text("key")?,
        name: item.required_text("name")?,
        description: item.text("description")?,
        filter,
    };
    Ok((draft, is_primary))
}

const DECISION_MEMBERS: [&str; 12] = [
    "externalId",
    "title",
    "owner",
    "targetSegmentKey",
    "takesEffectOn",
    "horizonWeeks",
    "expectedImpact",
    "expectedLow",
    "expectedHigh",
    "expectedLevel",
    "rationale",
    "loggedAt",
];

fn decision_draft(value: &Value, context: &WriteContext) -> Result<decision::DecisionDraft, InputProblem> {
    let item = DocumentItem::of(value, &DECISION_MEMBERS)?;
    let logged_at = match item.text("loggedAt")? {
        None => None,
        Some(text) => Some(timestamp::parse(&text, "loggedAt", context.calendar, None)?),
    };
    Ok(decision::DecisionDraft {
        external_id: item.required_text("externalId")?,
        title: item.required_text("title")?,
        rationale: item.text("rationale")?.filter(|text| !text.is_empty()),
        owner: item.required_text("owner")?,
        target_segment_key: item.text("targetSegmentKey")?,
        takes_effect_on: item.day("takesEffectOn")?,
        horizon_weeks: item.whole("horizonWeeks")?.unwrap_or(decision::DEFAULT_HORIZON_WEEKS),
        expected_impact: item.number("expectedImpact")?.ok_or_else(|| missing("expectedImpact"))?,
        expected_low: item.number("expectedLow")?,
        expected_high: item.number("expectedHigh")?,
        expected_level: item.number("expectedLevel")?.unwrap_or(decision::DEFAULT_LEVEL),
        logged_at,
    })
}
