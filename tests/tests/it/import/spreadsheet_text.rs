//! Files as people and spreadsheets leave them: other encodings, numbers and dates in many spellings, lines above the header.

use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, on_both_databases};

use super::{counts, importer, refused};

/// When the response of a source was given, in UTC.
async fn moment(test: &TestDatabase, id: &str) -> String {
    let contents = DatabaseContents::of(&test.database).await;
    let found = contents.responses.iter().find(|((_, external_id), _)| external_id == id);
    found.expect("a response").1.answered_at.clone()
}

async fn a_file_in_windows_1252_loses_nobody(test: &TestDatabase) {
    let file = "Response ID,NPS,Submitted at,Comment\na,2,2024-03-04,tr\u{e8}s cher\nb,10,2024-03-04,good\nc,1,2024-03-05,d\u{e9}\u{e7}u\n";
    let bytes: Vec<u8> = file.chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin")).collect();
    assert_eq!(counts(&importer(test).responses(bytes).await), (3, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let comments: Vec<_> = contents.responses.values().filter_map(|response| response.comment.clone()).collect();
    assert!(comments.contains(&"très cher".to_owned()) && comments.contains(&"déçu".to_owned()), "{comments:?}");
}

async fn scores_are_read_in_every_spelling(test: &TestDatabase) {
    for [promoter, passive] in
        [["9,0", "8,0"], ["=\"10\"", "=\"7\""], ["９", "８"], ["9 out of 10", "7 out of 10"], ["9/10", "8/10"]]
    {
        let file =
            format!("Response ID;NPS;Submitted at\na;{promoter};2024-03-04\nb;{passive};2024-03-05\nc;NA;2024-03-05\n");
        let mut importer = importer(test);
        importer.options.source = Some(promoter.to_owned());
        assert_eq!(counts(&importer.responses(file).await), (3, 0, 0, 0), "{promoter}");
    }
    let contents = DatabaseContents::of(&test.database).await;
    let scores: Vec<_> = contents.responses.values().map(|response| response.score).collect();
    assert_eq!(scores.iter().filter(|score| score.is_none()).count(), 5, "{scores:?}");
    assert!(scores.iter().flatten().all(|score| (7..=10).contains(score)), "{scores:?}");
}

async fn other_scales_and_dates_for_scores_are_asked_about(test: &TestDatabase) {
    let file = |scores: &[&str]| {
        let rows = scores.iter().enumerate().map(|(at, score)| format!("r{at},{score},2024-03-0{}", 1 + at % 9));
        super::file("Response ID,NPS,Submitted at", rows)
    };
    let coded = refused(test, &importer(test), &file(&["1", "11", "9", "10", "11", "3"])).await;
    assert!(coded.contains("reaches from 1 to 11: coded from 1 to 11?"), "{coded}");
    let short = refused(test, &importer(test), &file(&["1", "5", "4", "5", "3", "2", "5"])).await;
    assert!(short.contains("a scale other than 0 to 10"), "{short}");
    let dates = refused(test, &importer(test), &file(&["7-Oct", "10-Oct", "9", "8-Oct"])).await;
    assert!(dates.contains("a spreadsheet has turned scores into dates"), "{dates}");
    let mapped = importer(test).map("score", "NPS").responses(file(&["1", "5", "4", "5", "3", "2", "5"])).await;
    assert_eq!(mapped.accepted, 7, "the person knows");
}

async fn the_time_of_the_response_is_chosen_or_asked_for(test: &TestDatabase) {
    let chosen = "user_id,created_at,nps_score,nps_date\nu1,2019-01-10 08:00,9,2024-03-04 10:00\n";
    assert_eq!(counts(&importer(test).responses(chosen).await), (1, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.responses.values().next().expect("a response").day, "2024-03-04");
    let account = "id,score,created_at,last_seen\na,9,2019-01-10,2024-03-04\nb,3,2019-01-11,2024-03-05\n";
    let asked = refused(test, &importer(test), account).await;
    assert!(asked.contains("\"created_at\", \"last_seen\""), "{asked}");
    let contract = "Customer ID,Start Date,End Date,NPS\nk1,2022-01-01,2031-01-01,9\nk2,2022-01-02,2031-01-02,3\n";
    let message = refused(test, &importer(test), contract).await;
    assert!(message.contains("responded_at") && message.contains("--set responded_at="), "{message}");
}

async fn zones_in_headings_and_cells_are_applied_or_asked_for(test: &TestDatabase) {
    for (source, heading, cell, expected) in [
        ("pst", "Submitted at (PST)", "2024-03-10 22:00", "2024-03-11T06:00:00+00:00"),
        ("gmt", "Submitted at (GMT+1)", "2024-03-11 00:30", "2024-03-10T23:30:00+00:00"),
        ("et", "Submitted at (Eastern Time)", "2024-07-01 20:00", "2024-07-02T00:00:00+00:00"),
        ("cell", "Submitted at", "2024-03-10 22:00 PST", "2024-03-11T06:00:00+00:00"),
        ("end", "Submitted at UTC", "2024-03-10 22:00", "2024-03-10T22:00:00+00:00"),
        ("google", "Submitted at", "2024/03/10 10:00:00 PM GMT-8", "2024-03-11T06:00:00+00:00"),
    ] {
        let mut importer = importer(test);
        importer.options.source = Some(source.to_owned());
        let report = importer.responses(format!("Response ID,NPS,{heading}\n{source},9,{cell}\n")).await;
        assert_eq!(counts(&report), (1, 0, 0, 0), "{source}");
        assert_eq!(moment(test, source).await, expected, "{source}");
    }
    let mut by_format = importer(test).map("responded_at", "When");
    by_format.options.date_format = Some("%Y-%m-%d %H:%M %Z".to_owned());
    by_format.responses("Response ID,NPS,When\nz,9,2024-03-10 22:00 PST\n").await;
    assert_eq!(moment(test, "z").await, "2024-03-11T06:00:00+00:00");
    let unclear = "Response ID,NPS,Submitted at (IST)\ni,9,2024-03-10 22:00\n";
    let asked = refused(test, &importer(test), unclear).await;
    assert!(asked.contains("--zone Asia/Kolkata"), "{asked}");
    let mut told = importer(test);
    told.options.zone = Some(chrono_tz::Asia::Kolkata);
    told.responses(unclear).await;
    assert_eq!(moment(test, "i").await, "2024-03-10T16:30:00+00:00");
}

async fn days_of_a_spreadsheet_and_months_in_words_are_read(test: &TestDatabase) {
    assert_eq!(importer(test).responses("Response ID,NPS,Date\ns,9,45355.25\nt,3,45356\n").await.accepted, 2);
    assert_eq!(moment(test, "s").await, "2024-03-04T06:00:00+00:00");
    for (id, text) in
        [("fr", "4 mars 2024 10:00"), ("de", "Montag, 4. März 2024 um 10:00 Uhr"), ("es", "4 de marzo de 2024 10:00")]
    {
        let file = format!("Response ID,NPS,Submitted at\n{id},9,\"{text}\"\n");
        assert_eq!(importer(test).responses(file).await.accepted, 1, "{text}");
        assert_eq!(moment(test, id).await, "2024-03-04T10:00:00+00:00", "{text}");
    }
}

async fn a_wave_without_dates_comes_in_by_one_value(test: &TestDatabase) {
    let file = "id,nps,explication\n2000,10,NA\n2001,NA,prix\n2002,3,NA\n";
    let asked = refused(test, &importer(test), file).await;
    assert!(asked.contains("--set responded_at=2024-03-31"), "{asked}");
    let mut wave = importer(test);
    wave.options.constants.insert("responded_at".to_owned(), "2024-03-31".to_owned());
    wave.options.constants.insert("wave".to_owned(), "2024-Q1".to_owned());
    assert_eq!(counts(&wave.responses(file).await), (3, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let first = contents.responses.values().next().expect("a response");
    assert_eq!((first.day.as_str(), first.profile.get("wave")), ("2024-03-31", Some("2024-Q1")));
    let mut own = ImportFixture::of(test);
    own.options.constants.insert("responded_at".to_owned(), "2024-06-30".to_owned());
    assert_eq!(counts(&own.responses("response_id,score\nx,9\n").await), (1, 0, 0, 0));
}

async fn delimiters_at_the_end_and_nul_bytes_do_no_harm(test: &TestDatabase) {
    let own = "response_id,score,responded_at,comment\na,9,2024-03-04,fine,\nb,3,2024-03-05,a\0b,\n";
    assert_eq!(counts(&ImportFixture::of(test).responses(own).await), (2, 0, 0, 0));
    assert_eq!(DatabaseContents::of(&test.database).await.response("b").comment.as_deref(), Some("ab"));
    let header = "Response ID,NPS,Submitted at,\nc,9,2024-03-04\nd,3,2024-03-05\n";
    assert_eq!(counts(&importer(test).responses(header).await), (2, 0, 0, 0));
}

on_both_databases!(
    a_file_in_windows_1252_loses_nobody,
    scores_are_read_in_every_spelling,
    other_scales_and_dates_for_scores_are_asked_about,
    the_time_of_the_response_is_chosen_or_asked_for,
    zones_in_headings_and_cells_are_applied_or_asked_for,
    days_of_a_spreadsheet_and_months_in_words_are_read,
    a_wave_without_dates_comes_in_by_one_value,
    delimiters_at_the_end_and_nul_bytes_do_no_harm,
);
