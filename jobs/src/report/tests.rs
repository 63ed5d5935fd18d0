//! Every form of the report without data, with much data, and with texts that would break a page.

use entity::{Day, Timestamp};
use needle_stats::interval::ConfidenceInterval;
use needle_stats::nps::NpsCounts;
use needle_stats::portfolio;

use super::*;

const ALL: ReportAudience = ReportAudience { reads_comments: true, suppress_below: 0 };

const FORMS: [ReportForm; 3] = [ReportForm::Weekly, ReportForm::Brief, ReportForm::Friday];

/// A text with markup of HTML, of Markdown and of a chat.
const HOSTILE: &str = "</style><script>alert(1)</script> \"'&amp; <!channel> | [x](javascript:y) *b* \u{202e}";

fn segment_scores(name: &str, counts: NpsCounts) -> SegmentScores {
    let score = ReportScore::of(counts, ALL);
    let until = Day(20_415);
    SegmentScores {
        key: Some(name.to_owned()),
        name: name.to_owned(),
        is_primary: false,
        week: score,
        week_before: score,
        quarter: score,
        quarter_before: score,
        year_ago: score,
        change: ScoreChange::between(&score, &score),
        trend: (0..26).map(|week| TrendPoint { until: until.plus_days(7 * (week - 25)), score }).collect(),
    }
}

fn report(form: ReportForm, primary: SegmentScores) -> ReportData {
    let until = Day(20_415);
    ReportData {
        form,
        as_of: until,
        until,
        made_at: Timestamp(0),
        zone: Tz::UTC,
        notices: Vec::new(),
        comparisons: lens::comparisons(&primary),
        since: primary.week,
        primary,
        segments: Vec::new(),
        decisions: Vec::new(),
        upcoming: Vec::new(),
        verbatims: ReportVerbatims::Withheld,
        calibration: ReportCalibration {
            exceeded: 0,
            met: 0,
            missed: 0,
            undetermined: 0,
            forecasters: Vec::new(),
            total: portfolio::empty_total(0.95),
        },
        empty_chair: None,
    }
}

/// A report in which every text is hostile and every list long.
fn full(form: ReportForm) -> ReportData {
    let counts = NpsCounts { promoters: 60, passives: 30, detractors: 20 };
    let decision = |place: i32| DecisionSummary {
        effect: Some(f64::from(place)),
        interval: Some(ConfidenceInterval { low: -400.0, high: 400.0, level: 0.95 }),
        is_newly_settled: true,
        responses: 1_234_567,
        caveat: Some(HOSTILE.to_owned()),
        owner: HOSTILE.to_owned(),
        target: HOSTILE.to_owned(),
        ..decision::tests::decision_summary(HOSTILE, Day(20_400 + place), Verdict::MovedDown)
    };
    let one = Verbatim { text: HOSTILE.to_owned(), score: 3, day: Day(20_400) };
    let many: Vec<DecisionSummary> = (0..60).map(decision).collect();
    let verbatims =
        ReportVerbatims::Shown { chosen: vec![one.clone(); 6], of_detractors: std::collections::BTreeMap::new() };
    let chair = EmptyChair { name: HOSTILE.to_owned(), score: ReportScore::of(counts, ALL), verbatim: Some(one) };
    ReportData {
        notices: vec![HOSTILE.to_owned()],
        segments: (0..40).map(|_| segment_scores(HOSTILE, counts)).collect(),
        decisions: vec![DecisionGroup { title: "Moved", meaning: "Moved.", decisions: many.clone() }],
        upcoming: many.into_iter().take(5).collect(),
        verbatims,
        empty_chair: Some(chair),
        ..report(form, segment_scores(HOSTILE, counts))
    }
}

/// The tags of a page that are not closed.
fn unclosed(html: &str) -> Vec<String> {
    const VOID: [&str; 7] = ["meta", "line", "rect", "circle", "polygon", "polyline", "!doctype"];
    let (head, body) = html.split_once("<style>").expect("a style");
    let body = body.split_once("</style>").expect("the end of the style").1;
    let mut open = Vec::new();
    for tag in format!("{head}{body}").split('<').skip(1) {
        let tag = tag.split('>').next().expect("a tag");
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().expect("a name").to_owned();
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_ref(), Some(&name), "closed in the wrong order");
        } else if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    open
}

#[test]
fn every_form_is_a_complete_page_without_data() {
    for form in FORMS {
        let empty = report(form, segment_scores("Members", NpsCounts::default()));
        let html = to_html(&empty, None).expect("a page");
        assert_eq!(unclosed(&html), Vec::<String>::new(), "{form:?}");
        assert!(html.contains("no responses") && !html.contains("NaN"), "{form:?}");
        assert!(to_markdown(&empty, None).starts_with("# "), "{form:?}");
        assert!(to_message(&empty, None)["text"].is_string(), "{form:?}");
    }
}

#[test]
fn hostile_texts_are_escaped() {
    for form in FORMS {
        let full = full(form);
        let html = to_html(&full, Some("https://needle.example.org/?a=1&b=\"2\"")).expect("a page");
        assert_eq!(unclosed(&html), Vec::<String>::new(), "{form:?}");
        assert!(!html.contains("<script") && html.matches("</style>").count() == 1, "{form:?}");
        let message = to_message(&full, None);
        assert!(!message.to_string().contains("<!channel>"), "{form:?}");
        let markdown = to_markdown(&full, None);
        assert!(
            !markdown.replace("\\<", "").contains("<script") && !markdown.contains("[x](") && !markdown.contains("*b*"),
            "{form:?}"
        );
        let widths: Vec<usize> = markdown
            .lines()
            .filter(|line| line.starts_with("| ") && line.contains("alert"))
            .map(|line| line.matches(" | ").count())
            .collect();
        assert!(widths.iter().all(|width| [4, 5].contains(width)), "a cell broke its row: {widths:?}");
    }
}

#[test]
fn a_page_with_much_data_stays_small_and_has_no_external_address() {
    let html = to_html(&full(ReportForm::Weekly), None).expect("a page");
    assert!(html.len() < 100_000, "{}", html.len());
    for sign in ["http://", "https://", " src=", "url(", "@import", "<link", "<script", " style=", " onload="] {
        assert!(!html.contains(sign), "{sign}");
    }
    assert!(html.contains("And 52 more."), "the number of omitted rows is shown");
}

#[test]
fn a_message_stays_within_the_limits_of_slack() {
    for form in FORMS {
        let message = to_message(&full(form), Some("https://needle.example.org"));
        let blocks = message["blocks"].as_array().expect("blocks");
        assert!(blocks.len() <= 50);
        let texts = blocks.iter().filter_map(|block| block["text"]["text"].as_str());
        assert!(texts.into_iter().all(|text| (1..=3_000).contains(&text.chars().count())));
    }
}

#[test]
fn markdown_has_one_title_and_the_headings_of_its_form() {
    let headings = |form: ReportForm| {
        let text = to_markdown(&full(form), None);
        assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 1);
        let found: Vec<String> = text.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
        found.into_iter().map(|line| line.split(':').next().expect("a heading").to_owned()).collect::<Vec<_>>()
    };
    let (upcoming, verbatims, chair) =
        ("Takes effect by the end of next week", "Worth reading aloud", "The empty chair");
    let short = ["Settled since last week", "Last looks within two weeks", upcoming, verbatims];
    assert_eq!(headings(ReportForm::Brief), short);
    assert_eq!(headings(ReportForm::Friday), [&short[..], &[chair]].concat());
    let weekly = [
        "Week, quarter, year",
        "Every segment",
        "What our decisions did",
        upcoming,
        verbatims,
        "How accurate our forecasts were",
    ];
    assert_eq!(headings(ReportForm::Weekly), [&weekly[..], &[chair]].concat());
}
