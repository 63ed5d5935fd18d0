//! Upkeep: missing VACUUM and ANALYZE, where the database does not run them automatically or has not done so yet.

use entity::pending_removal::Model as PendingRemoval;
use entity::store;
use entity::store::upkeep::{PostgresTableState, SqliteFileState};

use super::disk::{bytes_of, format_bytes, log_of};
use super::{AreaFindings, DoctorContext, DoctorFinding};

/// Smaller tables are read quickly in any state and not checked.
const SMALL_BYTES: i64 = 4 << 20;

/// Erased data that is still in the files so long after it was due is reported.
const OVERDUE_SECONDS: i64 = 3_600;

/// Fewer rows than this are not reported.
const FEW_ROWS: i64 = 10_000;

/// A write-ahead log larger than this is not truncated because a reader keeps it in use.
const LONG_LOG_BYTES: u64 = 256 << 20;

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let reader = context.database.reader();
    let mut findings = Vec::new();
    for table in store::upkeep::tables(reader).await? {
        findings.extend(of_table(&table));
    }
    if let Some(state) = store::upkeep::file_state(reader).await? {
        findings.extend(of_file(&state));
    }
    if let Some(file) = store::upkeep::file(reader).await? {
        let bytes = bytes_of(&log_of(&file));
        if bytes > LONG_LOG_BYTES {
            let message = format!("the write-ahead log has grown to {}", format_bytes(bytes));
            let advice = "end the process that keeps a read transaction open, often a forgotten database shell; the \
                          next write truncates the log";
            findings.push(DoctorFinding::warning("long-log", message, advice));
        }
    }
    findings.extend(of_removals(context, &store::pending_removal::all(reader).await?));
    if findings.is_empty() {
        findings.push(DoctorFinding::ok("no VACUUM or ANALYZE is missing"));
    }
    Ok(findings)
}

/// Erasures that are overdue in the files.
fn of_removals(context: &DoctorContext, pending: &[PendingRemoval]) -> Option<DoctorFinding> {
    let late = context.clock.now().plus_seconds(-OVERDUE_SECONDS);
    let overdue = pending.iter().filter(|removal| removal.due_at < late).count();
    if overdue == 0 {
        return None;
    }
    let message = format!("erased data is in no table any more, but may still be in the files (erasures: {overdue})");
    let advice = "`needle serve` and `needle recompute` remove it: run one of them, and end the session that keeps a read \
                  transaction or a lock";
    Some(DoctorFinding::warning("erased-data-in-files", message, advice))
}

fn of_table(table: &PostgresTableState) -> Vec<DoctorFinding> {
    let name = &table.name;
    if table.bytes < SMALL_BYTES {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let advice = format!("run VACUUM (ANALYZE) {name}, and check that autovacuum is on");
    if !table.is_analyzed {
        let message = format!("the table {name} was never analyzed: the planner guesses");
        findings.push(DoctorFinding::warning("not-analyzed", message, advice.clone()));
    }
    if table.dead_rows > FEW_ROWS && table.dead_rows > table.live_rows / 5 {
        let message = format!(
            "{} dead rows take up space in the table {name}, besides {} live ones",
            table.dead_rows, table.live_rows
        );
        findings.push(DoctorFinding::warning("dead-rows", message, advice.clone()));
    }
    // A count is an index-only scan only for pages that the visibility map marks as all-visible.
    if name == "response" && table.is_analyzed && table.visible_pages < table.pages / 2 {
        let message = format!(
            "of {} pages of the table {name} only {} can be counted with the index alone: full counts are slow",
            table.pages, table.visible_pages
        );
        findings.push(DoctorFinding::warning("not-vacuumed", message, advice));
    }
    findings
}

fn of_file(state: &SqliteFileState) -> Vec<DoctorFinding> {
    let mut findings = Vec::new();
    if !state.journal_mode.eq_ignore_ascii_case("wal") {
        let message = format!(
            "the journal mode of the file is \"{}\": readers and the writer wait for each other",
            state.journal_mode
        );
        let advice = "run any command that writes, such as `needle migrate up`: it turns on the write-ahead log";
        findings.push(DoctorFinding::warning("no-write-ahead-log", message, advice));
    }
    let free_bytes = state.free_pages.saturating_mul(state.page_bytes);
    if free_bytes > SMALL_BYTES && state.free_pages > state.pages / 4 {
        let message = format!("{} of the file are free pages", format_bytes(free_bytes.unsigned_abs()));
        let advice = "nothing needs to be done: new responses fill them; VACUUM gives them back to the disk while \
                      nothing else runs";
        findings.push(DoctorFinding::note("free-pages", message, advice));
    }
    let advice = "run ANALYZE in a database shell";
    match state.analyzed_responses {
        None if state.newest_response_id > FEW_ROWS => {
            let message = "the file was never analyzed: the planner guesses";
            findings.push(DoctorFinding::note("not-analyzed", message, advice));
        }
        Some(responses) if state.newest_response_id > FEW_ROWS && state.newest_response_id > 4 * responses => {
            let message = format!("the file was analyzed when it had {responses} responses, a fraction of today's");
            findings.push(DoctorFinding::note("not-analyzed", message, advice));
        }
        _ => {}
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(findings: &[DoctorFinding]) -> Vec<&'static str> {
        findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_table_is_reported_once_it_is_large_and_neglected() {
        let kept = PostgresTableState {
            name: "response".to_owned(),
            bytes: 100 << 20,
            live_rows: 1_000_000,
            dead_rows: 100_000,
            is_analyzed: true,
            pages: 12_800,
            visible_pages: 12_000,
        };
        assert!(of_table(&kept).is_empty());
        let dead = PostgresTableState { dead_rows: 300_000, visible_pages: 100, ..kept.clone() };
        assert_eq!(codes(&of_table(&dead)), ["dead-rows", "not-vacuumed"]);
        let fresh = PostgresTableState { is_analyzed: false, pages: 0, visible_pages: 0, ..kept.clone() };
        assert_eq!(codes(&of_table(&fresh)), ["not-analyzed"]);
        assert!(of_table(&PostgresTableState { bytes: 1 << 20, ..fresh }).is_empty());
        assert!(of_table(&PostgresTableState { name: "comment".to_owned(), visible_pages: 0, ..kept }).is_empty());
    }

    #[test]
    fn a_file_is_reported_when_it_is_half_empty_or_never_analyzed() {
        let kept = SqliteFileState {
            pages: 10_000,
            free_pages: 100,
            page_bytes: 4_096,
            journal_mode: "wal".to_owned(),
            analyzed_responses: Some(90_000),
            newest_response_id: 100_000,
        };
        assert!(of_file(&kept).is_empty());
        assert_eq!(codes(&of_file(&SqliteFileState { free_pages: 5_000, ..kept.clone() })), ["free-pages"]);
        assert_eq!(codes(&of_file(&SqliteFileState { analyzed_responses: None, ..kept.clone() })), ["not-analyzed"]);
        assert_eq!(
            codes(&of_file(&SqliteFileState { analyzed_responses: Some(10_000), ..kept.clone() })),
            ["not-analyzed"]
        );
        assert_eq!(
            codes(&of_file(&SqliteFileState { journal_mode: "delete".to_owned(), ..kept })),
            ["no-write-ahead-log"]
        );
    }
}
