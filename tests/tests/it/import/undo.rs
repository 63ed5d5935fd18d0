//! Undoing an import: afterwards the database holds what it held before, or the refusal says what is in the way.

use std::collections::BTreeSet;

use entity::import::{ImportId, Model as ImportRow};
use entity::store;
use needle_import::FileKind;
use needle_rules::erase::erase_customer;
use needle_rules::import::{ImportUndo, undo};
use needle_rules::merge;
use needle_rules::problem::ProblemCode;
use needle_rules::segment::ChangeError;
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, on_both_databases, settle, stale_weeks};

const CUSTOMERS: &str = "\
customer_id,email,name,region,village
c1,ada@example.com,Ada Lovelace,EU,Ockham
c2,bob@example.com,Bob,EU,London
";

const RESPONSES: &str = "\
response_id,score,responded_at,customer_id,comment,channel
r1,10,2024-07-01,c1,my name is Ada,email
r2,0,2024-07-09,c1,,email
r3,9,2024-07-01,c2,fine,app
r4,3,2024-06-03,ghost,who am I,app
";

/// Changes r1 and r3, adds r5 of a new customer, and gives r4 to somebody else.
const CORRECTED: &str = "\
response_id,score,responded_at,customer_id,comment,channel,branch
r1,2,2024-07-02,c1,I was wrong,web,north
r2,0,2024-07-09,c1,,email,
r3,9,2024-07-01,c2,not so fine,app,
r4,3,2024-06-03,c2,who am I,app,south
r5,7,2024-05-06,c9,new here,web,north
";

async fn imported(test: &TestDatabase) -> ImportFixture {
    let importer = ImportFixture::of(test);
    importer.add_customers(CUSTOMERS).await;
    importer.add_responses(RESPONSES).await;
    settle(&test.database).await;
    importer
}

async fn imports(test: &TestDatabase) -> Vec<ImportRow> {
    let mut rows = store::import::all(test.database.reader()).await.expect("imports");
    rows.reverse();
    rows
}

async fn newest(test: &TestDatabase) -> ImportId {
    imports(test).await.last().expect("an import").id
}

async fn undone(importer: &ImportFixture, id: ImportId) -> ImportUndo {
    undo(&importer.context, id, "tester").await.expect("undone")
}

async fn refusal(importer: &ImportFixture, id: ImportId) -> (ProblemCode, String) {
    match undo(&importer.context, id, "tester").await {
        Err(ChangeError::Problem(problem)) => (problem.code, problem.message),
        other => panic!("a problem: {other:?}"),
    }
}

/// Names and numbers of values of all dimensions.
async fn dimensions(test: &TestDatabase) -> Vec<(String, i32)> {
    let rows = store::dimension::all(test.database.reader()).await.expect("dimensions");
    rows.into_iter().map(|row| (row.name, row.distinct_values)).collect()
}

async fn every_import_is_listed_with_its_counts(test: &TestDatabase) {
    let mut importer = imported(test).await;
    importer.options.file_name = Some("corrected.csv".to_owned());
    let report = importer.responses(CORRECTED).await;
    assert_eq!((report.accepted, report.updated, report.unchanged), (1, 3, 1), "{report:?}");
    importer.dry().responses(CORRECTED).await;
    let rows = imports(test).await;
    assert_eq!(rows.len(), 3, "a dry run is none");
    let ImportRow { kind, file_name, source, imported_by, accepted, updated, unchanged, rejected, .. } = &rows[2];
    assert_eq!(kind.clone(), entity::import_count::ImportKind::Responses);
    assert_eq!((file_name.as_deref(), source.as_deref()), (Some("corrected.csv"), Some("needle")));
    assert_eq!((imported_by.as_str(), *accepted, *updated, *unchanged, *rejected), ("tester", 1, 3, 1, 0));
    assert!(rows.iter().all(|row| row.finished_at.is_some() && row.undone_at.is_none() && row.digest.len() == 32));
    let digests: BTreeSet<_> = rows.iter().map(|row| row.digest.clone()).collect();
    assert_eq!(digests.len(), 3);
}

async fn the_same_file_again_is_noted_and_changes_nothing(test: &TestDatabase) {
    let importer = imported(test).await;
    let before = DatabaseContents::of(&test.database).await;
    let report = importer.responses(RESPONSES).await;
    assert_eq!(report.unchanged, 4);
    assert!(report.notes.iter().any(|note| note.contains("the same file was imported")), "{:?}", report.notes);
    let first = imports(test).await[1].id;
    let again = newest(test).await;
    let nothing = undone(&importer, again).await;
    assert_eq!((nothing.deleted_responses, nothing.restored_responses), (0, 0));
    assert_eq!(DatabaseContents::of(&test.database).await, before);
    assert_eq!(undone(&importer, first).await.deleted_responses, 4, "the second one touched none of its rows");
}

async fn what_an_import_changed_is_what_it_was(test: &TestDatabase) {
    let importer = imported(test).await;
    let (before, dimensions_before) = (DatabaseContents::of(&test.database).await, dimensions(test).await);
    importer.responses(CORRECTED).await;
    assert_ne!(DatabaseContents::of(&test.database).await, before);
    assert_ne!(dimensions(test).await, dimensions_before);
    settle(&test.database).await;
    let done = undone(&importer, newest(test).await).await;
    assert_eq!((done.deleted_responses, done.restored_responses), (1, 3));
    assert_eq!((done.deleted_customers, done.restored_customers), (1, 0));
    assert_eq!(DatabaseContents::of(&test.database).await, before);
    assert_eq!(dimensions(test).await, dimensions_before, "the attribute that it brought is gone too");
    let stale = stale_weeks(&test.database).await;
    assert_eq!(
        stale,
        ["2024-05-06", "2024-06-03", "2024-07-01"].map(str::to_owned).into(),
        "where it came and where it went"
    );
    let row = imports(test).await.pop().expect("it stays listed");
    assert_eq!((row.undone_by.as_deref(), row.undone_at.is_some()), (Some("tester"), true));
    let (code, message) = refusal(&importer, row.id).await;
    assert_eq!(code, ProblemCode::Conflict);
    assert!(message.contains("undone already, by tester"), "{message}");
    // It can be imported again, and then undone again.
    let report = importer.responses(CORRECTED).await;
    assert_eq!((report.accepted, report.updated, report.unchanged), (1, 3, 1));
    undone(&importer, newest(test).await).await;
    assert_eq!(DatabaseContents::of(&test.database).await, before);
}

async fn everything_can_be_undone_newest_first(test: &TestDatabase) {
    let importer = imported(test).await;
    importer.responses(CORRECTED).await;
    let ids: Vec<ImportId> = imports(test).await.into_iter().map(|row| row.id).collect();
    let (code, message) = refusal(&importer, ids[1]).await;
    assert_eq!(code, ProblemCode::Conflict);
    let expected = format!("3 responses of it changed since, by the imports {}: undo those first", ids[2].0);
    assert_eq!(message, expected);
    for id in ids.iter().rev() {
        undone(&importer, *id).await;
    }
    assert_eq!(DatabaseContents::of(&test.database).await, DatabaseContents::default());
    assert_eq!(dimensions(test).await, []);
}

async fn customers_with_responses_of_others_stay(test: &TestDatabase) {
    let importer = imported(test).await;
    let of_customers = imports(test).await[0].id;
    let (code, message) = refusal(&importer, of_customers).await;
    assert_eq!(code, ProblemCode::Conflict);
    assert_eq!(message, "3 responses of its customers came in later: undo what brought them first");
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!((contents.customers.len(), contents.responses.len()), (3, 4), "nothing was undone in part");
}

async fn first_attributes_of_customers_leave_the_responses_again(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(RESPONSES).await;
    let before = DatabaseContents::of(&test.database).await;
    importer.customers(CUSTOMERS).await;
    let with_attributes = DatabaseContents::of(&test.database).await;
    assert_eq!(with_attributes.response("r1").profile.get("region"), Some("EU"));
    let (_, message) = refusal(&importer, imports(test).await[0].id).await;
    assert!(message.starts_with("2 customers and 3 responses of it changed since, by the imports"), "{message}");
    let done = undone(&importer, newest(test).await).await;
    assert_eq!((done.restored_responses, done.restored_customers, done.deleted_customers), (3, 2, 0));
    assert_eq!(DatabaseContents::of(&test.database).await, before);
}

async fn people_whom_an_import_merged_are_two_again(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    // Known by the address only; one of them is known under the company's id as well.
    importer
        .responses(
            "response_id,score,responded_at,email\nr1,9,2024-07-01,ada@example.com\nr2,4,2024-07-02,bob@example.com\n",
        )
        .await;
    importer.responses("response_id,score,responded_at,customer_id\nr3,8,2024-07-03,c2\n").await;
    let before = DatabaseContents::of(&test.database).await;
    assert_eq!(before.customers.keys().collect::<Vec<_>>(), ["ada@example.com", "bob@example.com", "c2"]);
    importer.customers(CUSTOMERS).await;
    let joined = DatabaseContents::of(&test.database).await;
    assert_eq!(joined.customers.keys().collect::<Vec<_>>(), ["c1", "c2"]);
    assert_eq!(joined.response("r2").customer.as_deref(), Some("c2"));
    let (_, message) = refusal(&importer, imports(test).await[0].id).await;
    assert!(message.contains("by the imports"), "{message}");
    undone(&importer, newest(test).await).await;
    assert_eq!(DatabaseContents::of(&test.database).await, before);
    for row in imports(test).await.iter().rev().skip(1) {
        undone(&importer, row.id).await;
    }
    assert_eq!(DatabaseContents::of(&test.database).await, DatabaseContents::default());
}

async fn a_merge_by_a_person_is_in_the_way_until_it_is_undone(test: &TestDatabase) {
    let importer = imported(test).await;
    merge::merge(&importer.context, "ghost", "c2", "tester").await.expect("merged");
    let (code, message) = refusal(&importer, newest(test).await).await;
    assert_eq!(code, ProblemCode::Conflict);
    assert!(message.ends_with("customers were merged: undo that first"), "{message}");
    merge::unmerge(&importer.context, "ghost").await.expect("unmerged");
    assert_eq!(undone(&importer, newest(test).await).await.deleted_responses, 4);
}

async fn an_erased_person_comes_back_by_no_undoing(test: &TestDatabase) {
    let importer = imported(test).await;
    importer.responses(CORRECTED).await;
    importer.customers("customer_id,email,name,region\nc1,ada@new.example,Ada King,US\n").await;
    erase_customer(&importer.context, "c1", "a secret of this test").await.expect("erased");
    let rows = test.query("SELECT CAST(before AS TEXT) AS before FROM import_change").await;
    let texts: Vec<String> = rows.iter().map(|row| row.try_get("", "before").expect("a text")).collect();
    assert!(texts.len() > 1, "{texts:?}");
    for part in ["Ada", "ada@", "\"c1\"", "EU", "Ockham"] {
        let of_person = texts.iter().filter(|text| text.contains(part)).count();
        let others = if part == "EU" { texts.iter().filter(|text| text.contains("c2")).count() } else { 0 };
        assert!(of_person <= others, "{part}: {texts:?}");
    }
    let ids: Vec<ImportId> = imports(test).await.into_iter().map(|row| row.id).collect();
    for id in ids.iter().rev() {
        let done = undone(&importer, *id).await;
        if *id == ids[2] {
            let contents = DatabaseContents::of(&test.database).await;
            let anonymous: Vec<_> = contents.responses.values().filter(|row| row.customer.is_none()).collect();
            let scores: BTreeSet<_> = anonymous.iter().map(|row| (row.day.as_str(), row.score)).collect();
            assert_eq!(scores, [("2024-07-01", Some(10)), ("2024-07-09", Some(0))].into(), "{done:?}");
            assert!(anonymous.iter().all(|row| row.comment.is_none() && row.profile.is_empty()));
        }
    }
    assert_eq!(DatabaseContents::of(&test.database).await, DatabaseContents::default());
}

async fn what_is_no_import_of_rows_is_refused(test: &TestDatabase) {
    let importer = imported(test).await;
    let missing = refusal(&importer, ImportId(4_711)).await;
    assert_eq!(missing, (ProblemCode::NotFound, "no import has the id 4711".to_owned()));
    let everyone = serde_json::json!([{"key": "all", "name": "All", "filter": {"all": []}}]);
    importer.add_segments(everyone).await;
    let (code, message) = refusal(&importer, newest(test).await).await;
    assert_eq!(code, ProblemCode::Conflict);
    assert!(message.starts_with("segments keep their history"), "{message}");
}

async fn an_import_that_was_undone_meanwhile_writes_no_more(test: &TestDatabase) {
    let importer = imported(test).await;
    let context = needle_rules::target::WriteContext {
        import: Some(needle_rules::target::OpenImport {
            id: newest(test).await,
            kind: entity::import_count::ImportKind::Responses,
        }),
        ..importer.context.clone()
    };
    undone(&importer, newest(test).await).await;
    let before = DatabaseContents::of(&test.database).await;
    let rows = [(
        1,
        needle_rules::record::ResponseRecord {
            external_id: "late".to_owned(),
            customer: None,
            score: Some(3),
            answered_at: needle_tests::timestamp("2024-07-01T00:00:00Z"),
            comment: None,
            attributes: entity::Attributes::default(),
        },
    )];
    let options = needle_rules::response::RecordOptions {
        source: "needle",
        id_field: "response_id",
        customer_field: "customer_id",
        time_field: "responded_at",
        dry_run: false,
    };
    let limits = needle_rules::dimension::AttributeLimits::default();
    let mut tracker =
        needle_rules::dimension::DimensionTracker::load(test.database.reader(), limits).await.expect("loaded");
    let error = needle_rules::response::record(&context, &options, &mut tracker, &rows).await.expect_err("undone");
    assert!(matches!(error, entity::StoreError::ImportUndone(_)), "{error}");
    assert_eq!(DatabaseContents::of(&test.database).await, before);
}

async fn many_chunks_are_undone_as_one(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    let rows = |score: usize| {
        let mut file = "response_id,score,responded_at,customer_id,comment\n".to_owned();
        for at in 0..6_000 {
            use std::fmt::Write as _;
            writeln!(file, "r{at},{},2024-07-0{},c{},text {at}", (at + score) % 11, at % 7 + 1, at % 900)
                .expect("a text");
        }
        file
    };
    importer.add_responses(rows(0)).await;
    let before = DatabaseContents::of(&test.database).await;
    let report = importer.read(FileKind::Responses, rows(1)).await;
    let updating = ImportFixture {
        options: needle_import::ImportOptions { update: true, ..importer.options.clone() },
        ..importer
    };
    let report = match report {
        Ok(report) => report,
        Err(_) => updating.responses(rows(1)).await,
    };
    assert_eq!(report.updated, 6_000);
    let done = undone(&updating, newest(test).await).await;
    assert_eq!(done.restored_responses, 6_000);
    assert_eq!(DatabaseContents::of(&test.database).await, before);
}

on_both_databases!(
    every_import_is_listed_with_its_counts,
    the_same_file_again_is_noted_and_changes_nothing,
    what_an_import_changed_is_what_it_was,
    everything_can_be_undone_newest_first,
    customers_with_responses_of_others_stay,
    first_attributes_of_customers_leave_the_responses_again,
    people_whom_an_import_merged_are_two_again,
    a_merge_by_a_person_is_in_the_way_until_it_is_undone,
    an_erased_person_comes_back_by_no_undoing,
    what_is_no_import_of_rows_is_refused,
    an_import_that_was_undone_meanwhile_writes_no_more,
    many_chunks_are_undone_as_one,
);
