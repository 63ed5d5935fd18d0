//! Imports of files whose contents the test writes.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};

use entity::{Calendar, Database};
use needle_import::{FileFormat, FileKind, ImportError, ImportOptions, ImportPlan, import, import_with_plan};
use needle_rules::dimension::AttributeLimits;
use needle_rules::outcome::ImportReport;
use needle_rules::target::WriteContext;

use crate::{TestDatabase, timestamp};

/// Imports files into a test's database, at a given time and with given options.
#[derive(Clone, Debug)]
pub struct ImportFixture {
    /// The database, the reporting zone, and the present time.
    pub context: WriteContext,
    /// The options with which files are read.
    pub options: ImportOptions,
}

impl ImportFixture {
    /// Imports into a test's database at noon of Monday, 2024-07-15, in UTC, from the source `needle`.
    pub fn of(test: &TestDatabase) -> Self {
        Self::into(test.database.clone())
    }

    /// The same through another connection.
    pub fn into(database: Database) -> Self {
        let calendar = Calendar { zone: chrono_tz::UTC };
        let options = ImportOptions {
            columns: BTreeMap::new(),
            date_format: None,
            decisions: Vec::new(),
            further_scores: Vec::new(),
            update: false,
            sheet: None,
            constants: BTreeMap::default(),
            zone: None,
            format: FileFormat::Auto,
            source: Some("needle".to_owned()),
            dry_run: false,
            file_name: Some("file.csv".to_owned()),
            imported_by: "tester".to_owned(),
        };
        let now = timestamp("2024-07-15T12:00:00Z");
        Self {
            context: WriteContext {
                database,
                calendar,
                now,
                attribute_limits: AttributeLimits::default(),
                signature: None,
                import: None,
            },
            options,
        }
    }

    /// The same with another limit on the distinct values of a dimension.
    #[must_use]
    pub fn limited_to(mut self, values_limit: usize) -> Self {
        self.context.attribute_limits.values = values_limit;
        self
    }

    /// The same at another time, given as RFC 3339.
    #[must_use]
    pub fn at(mut self, now: &str) -> Self {
        self.context.now = timestamp(now);
        self
    }

    /// The same in another reporting zone.
    #[must_use]
    pub fn in_zone(mut self, zone: chrono_tz::Tz) -> Self {
        self.context.calendar = Calendar { zone };
        self
    }

    /// The same as a dry run.
    #[must_use]
    pub fn dry(mut self) -> Self {
        self.options.dry_run = true;
        self
    }

    /// The same with a field read from the column of this name.
    #[must_use]
    pub fn map(mut self, field: &str, column: &str) -> Self {
        self.options.columns.insert(field.to_owned(), column.to_owned());
        self
    }

    /// Imports a file of customers.
    pub async fn customers(&self, file: impl AsRef<[u8]>) -> ImportReport {
        self.read(FileKind::Customers, file).await.expect("customers")
    }

    /// Imports a file of responses.
    pub async fn responses(&self, file: impl AsRef<[u8]>) -> ImportReport {
        self.read(FileKind::Responses, file).await.expect("responses")
    }

    /// Imports a document of segments.
    pub async fn segments(&self, document: serde_json::Value) -> ImportReport {
        self.document(FileKind::Segments, &document).await
    }

    /// Imports a document of decisions.
    pub async fn decisions(&self, document: serde_json::Value) -> ImportReport {
        self.document(FileKind::Decisions, &document).await
    }

    /// Imports a file of customers, every one of which must be accepted.
    pub async fn add_customers(&self, file: impl AsRef<[u8]>) {
        accept_all(&self.customers(file).await);
    }

    /// Imports a file of responses, every one of which must be accepted.
    pub async fn add_responses(&self, file: impl AsRef<[u8]>) {
        accept_all(&self.responses(file).await);
    }

    /// Imports a document of segments, every one of which must be accepted.
    pub async fn add_segments(&self, document: serde_json::Value) {
        accept_all(&self.segments(document).await);
    }

    /// Imports a document of decisions, every one of which must be accepted.
    pub async fn add_decisions(&self, document: serde_json::Value) {
        accept_all(&self.decisions(document).await);
    }

    async fn document(&self, kind: FileKind, document: &serde_json::Value) -> ImportReport {
        let report = self.read(kind, document.to_string()).await.expect("a document");
        assert_eq!(accounted_for(&report), document.as_array().map_or(0, Vec::len) as u64, "{report:?}");
        report
    }

    /// Imports a file, and says how it was read.
    pub async fn planned(&self, kind: FileKind, file: impl AsRef<[u8]>) -> (ImportReport, ImportPlan) {
        let (source, mut drawn) = (Cursor::new(file.as_ref().to_vec()), None);
        let planned = |plan: &ImportPlan| drawn = Some(plan.clone());
        let report = import_with_plan(&self.context, kind, source, &self.options, |_| {}, planned).await;
        (report.expect("a report"), drawn.expect("a plan"))
    }

    /// Imports a file of any kind; the report must account for every record that was read.
    pub async fn read(&self, kind: FileKind, file: impl AsRef<[u8]>) -> Result<ImportReport, ImportError> {
        let rows = AtomicU64::new(0);
        let source = Cursor::new(file.as_ref().to_vec());
        let progress = |progress: needle_import::ImportProgress| rows.store(progress.rows, Ordering::Relaxed);
        let report = import(&self.context, kind, source, &self.options, progress).await?;
        if matches!(kind, FileKind::Customers | FileKind::Responses) {
            assert_eq!(accounted_for(&report), rows.load(Ordering::Relaxed), "{report:?}");
        }
        Ok(report)
    }
}

fn accept_all(report: &ImportReport) {
    assert!(report.rejected.is_empty(), "{report:?}");
}

fn accounted_for(report: &ImportReport) -> u64 {
    report.accepted + report.updated + report.unchanged + report.rejected.len() as u64
}
