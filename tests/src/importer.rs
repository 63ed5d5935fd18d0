//! Imports of files that are written in the test itself.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};

use entity::store::dimension::VALUES_LIMIT;
use entity::{Calendar, Database};
use needle_import::{Format, ImportError, Kind, Options, import};
use needle_rules::outcome::Report;
use needle_rules::target::Target;

use crate::{TestDatabase, moment};

/// Somebody who imports files: where to, when, and how the files are read.
#[derive(Clone, Debug)]
pub struct Importer {
    /// Where to, in which reporting zone, and the present moment.
    pub target: Target,
    /// How files are read.
    pub options: Options,
}

impl Importer {
    /// Somebody who imports into a test's database at noon of Monday, 2024-07-15, in UTC, from the source `needle`.
    pub fn of(test: &TestDatabase) -> Self {
        Self::into(test.database.clone())
    }

    /// The same with a connection of its own.
    pub fn into(database: Database) -> Self {
        let calendar = Calendar { zone: chrono_tz::UTC };
        let options = Options {
            columns: BTreeMap::new(),
            date_format: None,
            format: Format::Auto,
            source: Some("needle".to_owned()),
            dry_run: false,
            imported_by: "tester".to_owned(),
        };
        let now = moment("2024-07-15T12:00:00Z");
        Self { target: Target { database, calendar, now, values_limit: VALUES_LIMIT, signature: None }, options }
    }

    /// The same under another limit of values.
    #[must_use]
    pub fn limited_to(mut self, values_limit: usize) -> Self {
        self.target.values_limit = values_limit;
        self
    }

    /// The same at another moment.
    #[must_use]
    pub fn at(mut self, now: &str) -> Self {
        self.target.now = moment(now);
        self
    }

    /// The same in another reporting zone.
    #[must_use]
    pub fn in_zone(mut self, zone: chrono_tz::Tz) -> Self {
        self.target.calendar = Calendar { zone };
        self
    }

    /// The same as a dry run.
    #[must_use]
    pub fn dry(mut self) -> Self {
        self.options.dry_run = true;
        self
    }

    /// The same with a field read from a column of another name.
    #[must_use]
    pub fn map(mut self, field: &str, column: &str) -> Self {
        self.options.columns.insert(field.to_owned(), column.to_owned());
        self
    }

    /// Imports a file of customers.
    pub async fn customers(&self, file: impl AsRef<[u8]>) -> Report {
        self.read(Kind::Customers, file).await.expect("customers")
    }

    /// Imports a file of answers.
    pub async fn responses(&self, file: impl AsRef<[u8]>) -> Report {
        self.read(Kind::Responses, file).await.expect("responses")
    }

    /// Imports a document of segments.
    pub async fn segments(&self, document: serde_json::Value) -> Report {
        self.document(Kind::Segments, &document).await
    }

    /// Imports a document of decisions.
    pub async fn decisions(&self, document: serde_json::Value) -> Report {
        self.document(Kind::Decisions, &document).await
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

    async fn document(&self, kind: Kind, document: &serde_json::Value) -> Report {
        let report = self.read(kind, document.to_string()).await.expect("a document");
        assert_eq!(accounted_for(&report), document.as_array().map_or(0, Vec::len) as u64, "{report:?}");
        report
    }

    /// Imports a file of any kind; the report must account for every record that was read.
    pub async fn read(&self, kind: Kind, file: impl AsRef<[u8]>) -> Result<Report, ImportError> {
        let rows = AtomicU64::new(0);
        let source = Cursor::new(file.as_ref().to_vec());
        let progress = |progress: needle_import::Progress| rows.store(progress.rows, Ordering::Relaxed);
        let report = import(&self.target, kind, source, &self.options, progress).await?;
        if matches!(kind, Kind::Customers | Kind::Responses) {
            assert_eq!(accounted_for(&report), rows.load(Ordering::Relaxed), "{report:?}");
        }
        Ok(report)
    }
}

fn accept_all(report: &Report) {
    assert!(report.rejected.is_empty(), "{report:?}");
}

fn accounted_for(report: &Report) -> u64 {
    report.accepted + report.updated + report.unchanged + report.rejected.len() as u64
}
