//! Imports: which files were read into the database, how their rows ended, and undoing one. For admins.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::import::{ImportId, Model as ImportRow};
use entity::store;
use entity::store::page::{RowPosition, SortKey};
use needle_rules::import::{ImportUndo, undo};
use needle_rules::problem::{InputProblem, ProblemCode};

use super::audit::AuditedMutation;
use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind};
use super::node_id::NodeKind;
use super::scalar::DateTime;
use super::scope::RequestScope;
use super::user_error::{UserError, split_refusal};

/// What the rows of an imported file describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ImportKind", remote = "entity::import_count::ImportKind")]
pub enum ImportKindEnum {
    /// Customers.
    Customers,
    /// Responses.
    Responses,
    /// Segments.
    Segments,
    /// Decisions.
    Decisions,
}

/// A file that was imported.
#[derive(Clone)]
pub struct Import(pub ImportRow);

/// A file that was imported. Its rows are not kept with it: they are the customers, responses, segments and decisions.
#[Object]
impl Import {
    /// The global id.
    pub async fn id(&self) -> ID {
        NodeKind::Import.id(self.0.id.0)
    }

    /// The number by which the command line and messages name it; counts up with every import.
    fn number(&self) -> i64 {
        self.0.id.0
    }

    /// What its rows describe.
    fn kind(&self) -> ImportKindEnum {
        self.0.kind.into()
    }

    /// The name of the file without its folder; null for standard input.
    fn file_name(&self) -> Option<&str> {
        self.0.file_name.as_deref()
    }

    /// The SHA-256 digest of the file as it was, compressed or not: 64 hexadecimal digits.
    fn digest(&self) -> String {
        self.0.digest_text()
    }

    /// The source under which responses were stored; null for other kinds.
    fn source(&self) -> Option<&str> {
        self.0.source.as_deref()
    }

    /// The name of the token or session that imported it, or `cli`.
    fn imported_by(&self) -> &str {
        &self.0.imported_by
    }

    /// When the first rows were written.
    fn started_at(&self) -> DateTime {
        DateTime(self.0.started_at)
    }

    /// When the last row was written; null while it goes on, and for one that was stopped on its way: importing the file
    /// again goes on with it.
    fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// The number of rows that were new.
    fn accepted(&self) -> i64 {
        self.0.accepted
    }

    /// The number of rows that changed something that was stored.
    fn updated(&self) -> i64 {
        self.0.updated
    }

    /// The number of rows that held nothing new.
    fn unchanged(&self) -> i64 {
        self.0.unchanged
    }

    /// The number of rows that were refused.
    fn rejected(&self) -> i64 {
        self.0.rejected
    }

    /// When it was undone; null when it was not.
    fn undone_at(&self) -> Option<DateTime> {
        self.0.undone_at.map(DateTime)
    }

    /// Who undid it: the name of a token or session, or `cli`; null when it was not undone.
    fn undone_by(&self) -> Option<&str> {
        self.0.undone_by.as_deref()
    }
}

/// Queries for imports.
#[derive(Default)]
pub struct ImportQuery;

#[Object]
impl ImportQuery {
    /// The files that were imported, newest first. For admins.
    async fn imports(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Import>> {
        let database = RequestScope::of(context)?.database().clone();
        let cursors = CursorKind::new("imports", SortKeyKind::Whole);
        let page = PageArguments { first, after, last, before }.page(&cursors)?;
        let rows = store::import::list(database.reader(), &page).await?;
        let position = |row: &ImportRow| RowPosition { key: SortKey::Whole(row.id.0), id: row.id.0 };
        let count = move || {
            let database = database.clone();
            async move { Ok(store::import::count(database.reader()).await?) }
        };
        Ok(Connection::new(rows, &cursors, position, Import, count))
    }
}

/// The input of `undoImport`.
#[derive(InputObject)]
pub struct UndoImportInput {
    /// The global id of the import.
    id: ID,
}

/// What `undoImport` did.
#[derive(Default, SimpleObject)]
pub struct UndoImportPayload {
    /// The import, which stays listed; null when nothing was undone.
    import: Option<Import>,
    /// How many responses were new with it and are gone.
    responses_deleted: u64,
    /// How many responses are what they were before it.
    responses_restored: u64,
    /// How many customers were new with it and are gone.
    customers_deleted: u64,
    /// How many customers are what they were before it.
    customers_restored: u64,
    /// Why nothing was undone; empty when it was.
    user_errors: Vec<UserError>,
}

impl From<ImportUndo> for UndoImportPayload {
    fn from(done: ImportUndo) -> Self {
        Self {
            import: Some(Import(done.import)),
            responses_deleted: done.deleted_responses,
            responses_restored: done.restored_responses,
            customers_deleted: done.deleted_customers,
            customers_restored: done.restored_customers,
            user_errors: Vec::new(),
        }
    }
}

/// Mutations of imports.
#[derive(Default)]
pub struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Undoes an import of customers or responses as a whole: its new rows go, and those that it changed are what they were.
    /// Refused with `CONFLICT` once something later wrote to its rows. Scores and reviews follow with the next recompute.
    async fn undo_import(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The import.")] input: UndoImportInput,
    ) -> Result<UndoImportPayload> {
        let (scope, signed) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let outcome = match NodeKind::parse(&input.id) {
            Some((NodeKind::Import, id)) => {
                Box::pin(undo(&scope.target(&signed), ImportId(id), &scope.viewer.name)).await
            }
            _ => Err(InputProblem::new(ProblemCode::NotFound, "id", "no import has this id").into()),
        };
        scope.discard_snapshot();
        match split_refusal(outcome)? {
            Ok(done) => Ok(done.into()),
            Err(error) => {
                signed.record_refused(scope, &error).await?;
                Ok(UndoImportPayload { user_errors: vec![error], ..UndoImportPayload::default() })
            }
        }
    }
}
