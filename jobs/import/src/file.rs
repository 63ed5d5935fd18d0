//! The import of one file: rows are read on a separate thread while the store writes the previous chunk.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::time::Instant;

use csv::ByteRecord;
use entity::import_count::ImportKind;
use entity::{Database, StoreError, store};
use needle_rules::count::refused as count_refused;
use needle_rules::customer;
use needle_rules::dimension::DimensionTracker;
use needle_rules::outcome::ImportReport;
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::record::{CustomerRecord, ResponseRecord};
use needle_rules::response::{self, RecordOptions};
use needle_rules::target::WriteContext;
use tokio::sync::mpsc;

use crate::columns::ColumnLayout;
use crate::deduplicator::Deduplicator;
use crate::delimited::DelimitedReader;
use crate::document;
use crate::error::ImportError;
use crate::foreign::ForeignLayout;
use crate::identity;
use crate::identity_sample::IdentitySample;
use crate::options::{FileKind, ImportOptions, ImportProgress};
use crate::plan::{self, ImportPlan, PlannedImport};
use crate::recorded::{self, DigestReader};
use crate::row_numbering::RowNumbering;
use crate::row_tally::RowTally;

/// Rows that one transaction writes.
const CHUNK_ROWS: usize = 5_000;

/// Cells of the rows that one transaction writes: each may become a value of an attribute, which takes a hundred times the
/// memory of its text.
const CHUNK_CELLS: usize = 60_000;

/// Imports one file. `progress` is called after every chunk.
pub async fn import(
    context: &WriteContext,
    kind: FileKind,
    source: impl Read + Send + 'static,
    options: &ImportOptions,
    progress: impl Fn(ImportProgress) + Send,
) -> Result<ImportReport, ImportError> {
    import_with_plan(context, kind, source, options, progress, |_| {}).await
}

/// Imports one file and passes `planned` the role of each column before any row is read or rejected. Documents of
/// segments and decisions have no columns, so there is no plan for them.
pub async fn import_with_plan(
    context: &WriteContext,
    kind: FileKind,
    source: impl Read + Send + 'static,
    options: &ImportOptions,
    progress: impl Fn(ImportProgress) + Send,
    planned: impl FnOnce(&ImportPlan) + Send,
) -> Result<ImportReport, ImportError> {
    let report = match kind {
        FileKind::Segments => document::segments(context, source, options).await,
        FileKind::Decisions => document::decisions(context, source, options).await,
        FileKind::Customers | FileKind::Responses => {
            Box::pin(import_table(context, kind, source, options, progress, planned)).await
        }
    }?;
    log(&report, kind, options);
    Ok(report)
}

/// Logs how many rows there were, and nothing of their content.
fn log(report: &ImportReport, kind: FileKind, options: &ImportOptions) {
    let ImportReport { accepted, updated, unchanged, rejected, .. } = report;
    let (source, dry_run, rejected) = (options.source.as_deref(), options.dry_run, rejected.len());
    let kind = format!("{kind:?}").to_lowercase();
    tracing::info!(source, kind, accepted, updated, unchanged, rejected, dry_run, "imported a file");
}

async fn import_table(
    context: &WriteContext,
    kind: FileKind,
    source: impl Read + Send + 'static,
    options: &ImportOptions,
    progress: impl Fn(ImportProgress) + Send,
    planned: impl FnOnce(&ImportPlan) + Send,
) -> Result<ImportReport, ImportError> {
    let began = Instant::now();
    let (source, digest) = DigestReader::new(source);
    let (read_options, calendar, now) = (options.clone(), context.calendar, context.now);
    let is_compared = kind == FileKind::Responses && holds_any(&context.database).await?;
    let opened = tokio::task::spawn_blocking(move || {
        let mut table = DelimitedReader::open(source, read_options.sheet.as_deref())?;
        let prepared = plan::draw(&mut table, kind, &read_options, calendar, now)?;
        let sample = match &prepared.columns {
            Ok(columns) if is_compared => {
                let further = prepared.plan.header_rows - 1;
                Some(IdentitySample::of(&table, further, columns, calendar, &read_options)?)
            }
            _ => None,
        };
        Ok::<_, ImportError>((table, prepared, sample))
    });
    let (mut table, PlannedImport { plan, columns }, sample) = opened.await.map_err(std::io::Error::other)??;
    planned(&plan);
    let columns = columns?;
    let (numbering, header) = (table.numbering(), table.header.clone());
    let (sender, mut chunks) = mpsc::channel(2);
    let reading = tokio::task::spawn_blocking(move || {
        loop {
            let chunk = table.read((CHUNK_CELLS / table.header.len().max(1)).clamp(1, CHUNK_ROWS));
            let ended = !matches!(&chunk, Ok(records) if !records.is_empty());
            if sender.blocking_send(chunk).is_err() || ended {
                return;
            }
        }
    });
    let source = options.source.as_deref().unwrap_or(plan.source);
    let mut tally = RowTally::of(&columns, &header);
    let mut dimensions = DimensionTracker::load(context.database.reader(), context.attribute_limits).await?;
    let mut deduplicator = Deduplicator::default();
    let mut report = ImportReport::default();
    if let Some(sample) = &sample {
        if !options.update {
            identity::check_survey(&context.database, source, sample).await?;
        }
        report.notes.extend(identity::lost_zeros(&context.database, sample).await?);
    }
    let repetition = recorded::note_of_repetition(context.database.reader(), calendar, kind, &digest).await?;
    let context = &if options.dry_run {
        context.clone()
    } else {
        let transaction = context.database.begin_write().await?;
        let context = recorded::begin(&transaction, context, kind, &digest, options, Some(source)).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        context
    };
    let writer = ChunkWriter { context, columns: &columns, options, source, numbering };
    let mut rows = 0;
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk?;
        let first = rows + 1;
        rows += chunk.len() as u64;
        for record in &chunk {
            tally.note(record);
        }
        let mut done = if kind == FileKind::Responses {
            writer.responses(first, &chunk, &mut deduplicator, &mut dimensions).await?
        } else {
            writer.customers(first, &chunk, &mut deduplicator, &mut dimensions).await?
        };
        done.rejected.sort_by_key(|rejection| rejection.row);
        report.absorb(done);
        progress(ImportProgress { rows });
    }
    reading.await.map_err(std::io::Error::other)?;
    if !options.dry_run {
        let transaction = context.database.begin_write().await?;
        recorded::finish(&transaction, context, began).await?;
        transaction.commit().await.map_err(StoreError::from)?;
    }
    report.notes.extend(tally.notes(options, &plan.notes));
    report.notes.extend(repetition);
    Ok(report)
}

/// True when there is anything that a file could be compared with.
async fn holds_any(database: &Database) -> Result<bool, ImportError> {
    let reader = database.reader();
    Ok(store::customer::are_any(reader).await? || store::response::are_any(reader).await?)
}

/// Writes chunks of records to the store.
struct ChunkWriter<'a> {
    context: &'a WriteContext,
    columns: &'a ColumnLayout,
    options: &'a ImportOptions,
    source: &'a str,
    numbering: RowNumbering,
}

impl ChunkWriter<'_> {
    async fn responses(
        &self,
        first: u64,
        chunk: &[ByteRecord],
        deduplicator: &mut Deduplicator,
        dimensions: &mut DimensionTracker,
    ) -> Result<ImportReport, ImportError> {
        let mut report = ImportReport::default();
        let read = |record: &ByteRecord| self.columns.response(record, self.context.calendar, self.options);
        let id = |row: &(ResponseRecord, Option<CustomerRecord>)| row.0.external_id.clone();
        let numbered = self.numbered(first, chunk);
        let valid = if self.columns.makes_ids() {
            self.with_made_ids(numbered, read, deduplicator, &mut report)
        } else {
            valid(numbered, read, id, deduplicator, self.columns, &mut report)
        };
        self.count_refused(ImportKind::Responses, &report).await?;
        let valid = if self.columns.may_repeat_responses() { latest(valid, deduplicator, &mut report) } else { valid };
        let refused = report.rejected.len();
        let valid = identity::by_address(self.context.database.reader(), valid, &mut report).await?;
        if !self.options.dry_run && report.rejected.len() > refused {
            let by_address = ImportReport { rejected: report.rejected[refused..].to_vec(), ..ImportReport::default() };
            self.count_refused(ImportKind::Responses, &by_address).await?;
        }
        let mut customers: BTreeMap<String, (u64, CustomerRecord)> = BTreeMap::new();
        let mut responses = Vec::with_capacity(valid.len());
        for (number, (response, customer)) in valid {
            if let Some(customer) = customer {
                customers.insert(customer.external_id.clone(), (number, customer));
            }
            responses.push((number, response));
        }
        if !customers.is_empty() {
            // An erased customer is left out here and rejected with the response below.
            let customer_rows: Vec<(u64, CustomerRecord)> = customers.into_values().collect();
            customer::upsert(self.context, "customer_id", self.options.dry_run, dimensions, &customer_rows).await?;
        }
        let record_options = RecordOptions {
            source: self.source,
            id_field: "response_id",
            customer_field: "customer_id",
            time_field: "responded_at",
            dry_run: self.options.dry_run,
        };
        report.absorb(response::record(self.context, &record_options, dimensions, &responses).await?);
        Ok(report)
    }

    async fn customers(
        &self,
        first: u64,
        chunk: &[ByteRecord],
        deduplicator: &mut Deduplicator,
        dimensions: &mut DimensionTracker,
    ) -> Result<ImportReport, ImportError> {
        let mut report = ImportReport::default();
        let read = |record: &ByteRecord| self.columns.customer(record);
        let id = |customer: &CustomerRecord| customer.external_id.clone();
        let valid = valid(self.numbered(first, chunk), read, id, deduplicator, self.columns, &mut report);
        self.count_refused(ImportKind::Customers, &report).await?;
        report.absorb(customer::upsert(self.context, "customer_id", self.options.dry_run, dimensions, &valid).await?);
        Ok(report)
    }

    /// The records of a chunk with the numbers of their rows; `first` counts the records before it.
    fn numbered<'b>(&self, first: u64, chunk: &'b [ByteRecord]) -> impl Iterator<Item = (u64, &'b ByteRecord)> {
        let numbering = self.numbering;
        (first..).zip(chunk).map(move |(count, record)| (numbering.row(count, record), record))
    }

    /// Like [`valid`], for files without ids. Two responses of one customer at the same moment are one that came twice; on the
    /// same day, where no time of day is written, they are two.
    fn with_made_ids<'b>(
        &self,
        numbered: impl Iterator<Item = (u64, &'b ByteRecord)>,
        read: impl Fn(&ByteRecord) -> Result<(ResponseRecord, Option<CustomerRecord>), InputProblem>,
        deduplicator: &mut Deduplicator,
        report: &mut ImportReport,
    ) -> Vec<identity::NumberedResponse> {
        let mut valid = Vec::new();
        for (number, record) in numbered {
            let mut row = match read(record) {
                Ok(row) => row,
                Err(problem) => {
                    report.reject(number, problem);
                    continue;
                }
            };
            let response = &mut row.0;
            let content = format!("content:{:02x?}", ForeignLayout::content(record));
            let calendar = self.context.calendar;
            let is_day = calendar.start_of(calendar.day_of(response.answered_at)) == response.answered_at;
            let is_new_content = deduplicator.is_new(&content);
            let base = response.external_id.clone();
            // A person with an address gives one and the same answer once; of a company several may.
            let is_person = row.1.as_ref().is_some_and(|customer| customer.email.is_some());
            let is_separate = base.starts_with("digest:") && is_day && (is_new_content || !is_person);
            let mut further = 1;
            let is_new = loop {
                if deduplicator.is_new(&response.external_id) {
                    break true;
                }
                if !is_separate {
                    break false;
                }
                further += 1;
                response.external_id = ForeignLayout::further_digest(&base, further);
            };
            if !is_new {
                let message = format!("expected each id once, found \"{base}\" again");
                report.reject(number, InputProblem::new(ProblemCode::Duplicate, self.columns.id_name(), message));
                continue;
            }
            valid.push((number, row));
        }
        valid
    }

    async fn count_refused(&self, kind: ImportKind, report: &ImportReport) -> Result<(), ImportError> {
        if !self.options.dry_run {
            count_refused(self.context, kind, report).await?;
        }
        Ok(())
    }
}

/// Returns the rows that can be written; the others are rejected with their reason.
fn valid<'a, T>(
    numbered: impl Iterator<Item = (u64, &'a ByteRecord)>,
    read: impl Fn(&ByteRecord) -> Result<T, InputProblem>,
    id: impl Fn(&T) -> String,
    deduplicator: &mut Deduplicator,
    columns: &ColumnLayout,
    report: &mut ImportReport,
) -> Vec<(u64, T)> {
    let mut valid = Vec::new();
    for (number, record) in numbered {
        match read(record) {
            Ok(row) if columns.may_repeat_responses() || deduplicator.is_new(&id(&row)) => valid.push((number, row)),
            Ok(row) => {
                let message = format!("expected each id once, found \"{}\" again", id(&row));
                report.reject(number, InputProblem::new(ProblemCode::Duplicate, columns.id_name(), message));
            }
            Err(problem) => report.reject(number, problem),
        }
    }
    valid
}

/// Keeps the latest record of each response; earlier records contain nothing that the latest does not.
fn latest(
    rows: Vec<(u64, (ResponseRecord, Option<CustomerRecord>))>,
    deduplicator: &mut Deduplicator,
    report: &mut ImportReport,
) -> Vec<(u64, (ResponseRecord, Option<CustomerRecord>))> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut latest: Vec<(u64, (ResponseRecord, Option<CustomerRecord>))> = Vec::with_capacity(rows.len());
    for row in rows {
        let response = &row.1.0;
        if !deduplicator.is_latest(&response.external_id, response.answered_at) {
            report.unchanged += 1;
        } else if let Some(place) = places.get(&response.external_id) {
            latest[*place] = row;
            report.unchanged += 1;
        } else {
            places.insert(response.external_id.clone(), latest.len());
            latest.push(row);
        }
    }
    latest
}
