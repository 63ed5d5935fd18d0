use chrono::NaiveDateTime;

use super::*;

const UTC: Calendar = Calendar { zone: chrono_tz::UTC };

fn read(text: &str, order: Option<DayMonthOrder>) -> Option<String> {
    let timestamp = parse(text)?.to_timestamp(order, UTC, UTC)?;
    Some(timestamp.to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[test]
fn formats_of_tools_are_read() {
    for text in [
        "2024-07-04 21:05:09",
        "2024-07-04T21:05:09Z",
        "2024-07-04 21:05:09 UTC",
        "2024-07-04 23:05:09 +0200",
        "2024-07-04 21:05:09.000000+00:00",
        "2024-07-04T21:05:09.000+0000",
        "2024/07/04 21:05:09",
        "Jul 4, 2024 9:05:09 PM",
        "July 4th, 2024 at 9:05:09 pm",
        "4 Jul 2024 21:05:09",
        "04-Jul-2024 21:05:09",
        "Thu Jul 04 2024 21:05:09",
        "Thu, 04 Jul 2024 21:05:09 GMT",
        "2024/07/04 9:05:09 PM GMT",
        "2024/07/04 11:05:09 PM GMT+2",
        "2024/07/05 2:35:09 AM GMT+5:30",
        "1720127109",
        "1720127109000",
    ] {
        assert_eq!(read(text, None).as_deref(), Some("2024-07-04T21:05:09Z"), "{text}");
    }
    assert_eq!(read("Sat Jun 15 2024", None).as_deref(), Some("2024-06-15T00:00:00Z"));
    assert_eq!(read("12/31/2024 12:30 AM", Some(DayMonthOrder::MonthFirst)).as_deref(), Some("2024-12-31T00:30:00Z"));
    assert_eq!(read("31.12.2024 12:30", Some(DayMonthOrder::DayFirst)).as_deref(), Some("2024-12-31T12:30:00Z"));
}

#[test]
fn ambiguous_dates_are_not_read_without_the_order() {
    let ambiguous = parse("04/05/2024 09:30:00 AM").expect("a date");
    assert!(ambiguous.is_ambiguous());
    assert_eq!(read("04/05/2024", None), None);
    assert_eq!(read("04/04/2024", None).as_deref(), Some("2024-04-04T00:00:00Z"));
    assert_eq!(parse("13/05/2024").and_then(|date| date.order()), Some(DayMonthOrder::DayFirst));
    assert_eq!(parse("05/13/2024").and_then(|date| date.order()), Some(DayMonthOrder::MonthFirst));
    assert_eq!(read("13/05/2024", Some(DayMonthOrder::MonthFirst)), None);
    assert!(parse("04/05/24").expect("a date").has_short_year());
    assert_eq!(read("04/05/24", Some(DayMonthOrder::DayFirst)), None);
}

#[test]
fn other_texts_are_not_read() {
    for text in [
        "",
        "yesterday",
        "9",
        "2024",
        "31/31/2024",
        "2024-02-30",
        "Mon Jul 04 2024",
        "Sunday 1 Jul 2024",
        "2024-07-04 21:05 IST",
        "R_3",
        "1.2.3.4",
        "5:30",
        "2024-07-04 21:05 +2",
    ] {
        let read = parse(text).and_then(|date| date.to_timestamp(Some(DayMonthOrder::DayFirst), UTC, UTC));
        assert_eq!(read, None, "{text}");
    }
}

#[test]
fn a_date_is_read_by_its_own_pattern() {
    let text = "04/05/2024 09:30:15 PM";
    let pattern = pattern(text, DayMonthOrder::DayFirst);
    let local = NaiveDateTime::parse_from_str(text, &pattern).expect("read by its pattern");
    assert_eq!(local.to_string(), "2024-05-04 21:30:15");
}
