//! The profile of a column: what its heading and its first cells show about its content.

use csv::ByteRecord;
use entity::ScoreCategory;

use crate::heading::{ColumnHeading, cell};
use crate::{date, score, timestamp};

/// A column: its heading, and its first cells that are not empty.
#[derive(Clone, Debug)]
pub struct ColumnProfile {
    /// The column's name and question.
    pub heading: ColumnHeading,
    /// Non-empty cells of the sample, trimmed, in the order of the file.
    pub values: Vec<String>,
    /// True when no two records of the sample have the same value here.
    pub is_distinct: bool,
}

/// Profiles the columns of a file from their headings and the first records.
pub fn columns(headings: Vec<ColumnHeading>, sample: &[ByteRecord]) -> Vec<ColumnProfile> {
    let column = |(at, heading): (usize, ColumnHeading)| {
        let values: Vec<String> =
            sample.iter().map(|record| cell(record, at)).filter(|value| !value.is_empty()).collect();
        let distinct: std::collections::HashSet<&String> = values.iter().collect();
        let is_distinct = !values.is_empty() && distinct.len() == sample.len();
        ColumnProfile { heading, values, is_distinct }
    };
    headings.into_iter().enumerate().map(column).collect()
}

/// Phrases that name the question of the Net Promoter Score, in the common languages of surveys.
const RECOMMENDING: [&str; 12] = [
    "recommend",
    "net promoter",
    "empfehl",
    "recommand",
    "recomend",
    "recomiend",
    "raccomand",
    "consigl",
    "aanbevel",
    "anbefal",
    "rekommend",
    "polec",
];

/// Phrases that name a scale other than 0 to 10, where they stand alone.
const OTHER_SCALES: [&str; 16] = [
    "1-5", "1 - 5", "1 to 5", "1–5", "out of 5", "5 =", "5=", "1-7", "1 - 7", "1 to 7", "1–7", "out of 7", "7 =", "7=",
    "star", "stars",
];

/// Phrases that name the scale from 0 to 10, even next to one that looks like another scale.
const ITS_SCALE: [&str; 7] = ["0-10", "0 - 10", "0 to 10", "0–10", "out of 10", "10 =", "10="];

/// Words that ask for a reason.
const REASONS: [&str; 24] = [
    "why",
    "reason",
    "comment",
    "feedback",
    "improve",
    "better",
    "tell us",
    "explain",
    "elaborate",
    "suggestion",
    "warum",
    "grund",
    "weshalb",
    "verbesser",
    "pourquoi",
    "raison",
    "perché",
    "motivo",
    "por qué",
    "por que",
    "porque",
    "waarom",
    "varför",
    "dlaczego",
];

/// The tools' names for promoters, passives and detractors.
const CATEGORIES: [&str; 8] =
    ["promoter", "promoters", "passive", "passives", "neutral", "neutrals", "detractor", "detractors"];

/// Parts of names of times.
const TIMES: [&str; 12] =
    ["date", "time", "datum", "fecha", "data", "zeit", "when", "day", "jour", "submitted", "completed", "responded"];

/// Words for the company's own people.
const STAFF: [&str; 24] = [
    "assignee",
    "assigned",
    "agent",
    "agents",
    "interviewer",
    "owner",
    "rep",
    "representative",
    "manager",
    "staff",
    "employee",
    "handler",
    "operator",
    "advisor",
    "consultant",
    "csm",
    "author",
    "creator",
    "responsible",
    "technician",
    "clerk",
    "seller",
    "salesperson",
    "bearbeiter",
];

/// A cell of at least this many characters is prose.
const PROSE: usize = 200;

impl ColumnProfile {
    /// True when most cells pass; false for an empty column.
    fn mostly(&self, passes: impl Fn(&str) -> bool) -> bool {
        let passing = self.values.iter().filter(|value| passes(value)).count();
        passing > 0 && passing * 5 >= self.values.len() * 4
    }

    /// True when the heading names recommending or NPS, and no other scale than 0 to 10.
    pub fn names_recommending(&self) -> bool {
        let text = self.heading.text().to_lowercase();
        let named = RECOMMENDING.iter().any(|word| text.contains(word));
        let words = self.heading.words();
        let tells_of = |scales: &[&str]| scales.iter().any(|scale| stands_alone(&text, scale));
        let other = tells_of(&OTHER_SCALES) && !tells_of(&ITS_SCALE);
        let of_something_else = ["sentiment", "click", "clicks"].iter().any(|word| words.contains(*word));
        (named || words.contains("nps") || words.contains("enps")) && !other && !of_something_else
    }

    /// True when the heading says that the scale ends at 10.
    pub fn names_its_scale(&self) -> bool {
        let text = self.heading.text().to_lowercase();
        ITS_SCALE.iter().any(|scale| stands_alone(&text, scale))
    }

    /// True when most cells are scores from 0 to 10; a few may be 11.
    pub fn holds_scores(&self) -> bool {
        let answered: Vec<&String> = self.values.iter().filter(|value| !score::is_no_answer(value)).collect();
        let is_score = |value: &&&String| score::labelled(value).is_ok_and(|score| (0..=11).contains(&score));
        let scores = answered.iter().filter(is_score).count();
        scores > 0 && scores * 5 >= answered.len() * 4
    }

    /// The greatest score among the cells; `None` when no cell is a number.
    pub fn greatest_score(&self) -> Option<i64> {
        self.values.iter().filter_map(|value| score::labelled(value).ok()).max()
    }

    /// True when some cells are scores of promoters, 9 or 10.
    pub fn reaches_the_end(&self) -> bool {
        self.greatest_score().is_some_and(|greatest| ScoreCategory::of(greatest) == ScoreCategory::Promoter)
    }

    /// True for codes of categories rather than scores: 0 and 1, or 1 to 3, or the same number throughout.
    pub fn holds_codes(&self) -> bool {
        let is_constant = self.values.len() >= 5 && self.values.iter().all(|value| *value == self.values[0]);
        self.values.len() >= 3 && (is_constant || self.greatest_score().is_some_and(|greatest| greatest <= 3))
    }

    /// True when most cells are dates or times.
    pub fn holds_dates(&self) -> bool {
        self.mostly(|value| date::parse(value).is_some())
    }

    /// True when the heading names a time.
    pub fn names_a_time(&self) -> bool {
        let key = &self.heading.key;
        key.ends_with("at") || TIMES.iter().any(|part| key.contains(part))
    }

    /// True when every cell is a day as spreadsheets count them.
    pub fn holds_serial_dates(&self) -> bool {
        !self.values.is_empty() && self.values.iter().all(|value| date::serial(value).is_some())
    }

    /// True when most cells are times of this strftime pattern.
    pub fn holds_times_like(&self, format: &str) -> bool {
        let calendar = entity::Calendar { zone: chrono_tz::UTC };
        self.mostly(|value| timestamp::parse(value, "", calendar, Some(format)).is_ok())
    }

    /// True when most cells are email addresses.
    pub fn holds_emails(&self) -> bool {
        self.mostly(is_email)
    }

    /// True when the heading names somebody of the company's own people rather than a customer.
    pub fn is_of_staff(&self) -> bool {
        let words = self.heading.words();
        STAFF.iter().any(|word| words.contains(*word))
    }

    /// True when most cells name promoter, passive or detractor.
    pub fn holds_categories(&self) -> bool {
        !self.values.is_empty() && self.values.iter().all(|value| CATEGORIES.contains(&value.to_lowercase().as_str()))
    }

    /// True when most cells are timestamps, that is, dates with a time of day.
    pub fn holds_timestamps(&self) -> bool {
        self.mostly(|value| match date::parse(value) {
            Some(date::WrittenTime::Timestamp(_)) => true,
            Some(date::WrittenTime::Local(_, time, _)) => time.is_some(),
            None => false,
        })
    }

    /// True when some cells are JSON documents, which may contain anything about a person.
    pub fn holds_documents(&self) -> bool {
        self.values.iter().any(|value| is_document(value))
    }

    /// True when most cells are IP addresses.
    pub fn holds_addresses(&self) -> bool {
        self.mostly(|value| value.parse::<std::net::IpAddr>().is_ok())
    }

    /// True when some cells are prose.
    pub fn holds_prose(&self) -> bool {
        self.values.iter().any(|value| value.chars().count() > PROSE)
    }

    /// True when most cells are texts of several words.
    pub fn holds_sentences(&self) -> bool {
        let words: usize = self.values.iter().map(|value| value.split_whitespace().count()).sum();
        words >= self.values.len() * 3 && !self.values.is_empty() && !self.holds_dates() && !self.holds_scores()
    }

    /// True when the heading asks for a reason.
    pub fn asks_for_a_reason(&self) -> bool {
        let text = self.heading.text().to_lowercase();
        REASONS.iter().any(|word| text.contains(word)) && !self.holds_scores() && !self.holds_dates()
    }
}

/// True where `part` occurs in `text` without a letter or digit on either side.
fn stands_alone(text: &str, part: &str) -> bool {
    text.match_indices(part).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + part.len()..].chars().next();
        // "5 =" ends with its own sign, so anything may follow.
        let open_end = part.ends_with('=') || !after.is_some_and(char::is_alphanumeric);
        !before.is_some_and(char::is_alphanumeric) && open_end
    })
}

/// True for a text that looks like an email address.
pub fn is_email(text: &str) -> bool {
    const FOREIGN: [char; 9] = ['{', '}', '"', '<', '>', ',', '/', ':', ';'];
    let Some((name, domain)) = text.split_once('@') else { return false };
    !name.is_empty()
        && domain.contains('.')
        && !text.contains(|character: char| character.is_whitespace() || FOREIGN.contains(&character))
}

/// True for a text that looks like a JSON object or array.
pub fn is_document(text: &str) -> bool {
    (text.starts_with('{') && text.ends_with('}')) || (text.starts_with("[{") || text.starts_with("[\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(heading: &str, values: &[&str]) -> ColumnProfile {
        let headings = crate::heading::headings(&[heading.to_owned()], None, crate::heading::HeaderRows::Plain);
        let records: Vec<ByteRecord> = values.iter().map(|value| ByteRecord::from(vec![*value])).collect();
        columns(headings, &records).remove(0)
    }

    #[test]
    fn a_scale_counts_only_where_it_stands_alone() {
        for heading in
            ["Q1-5 NPS", "NPS of 11-50 staff", "NPS 2021-5", "Would you recommend us? (0-10, not 1-5)", "Starship NPS"]
        {
            assert!(column(heading, &[]).names_recommending(), "{heading}");
        }
        for heading in [
            "Would you recommend us (1-5)?",
            "Recommend: 1 = not at all, 5 = very",
            "Recommend us, out of 7",
            "NPS - Sentiment Score",
            "NPS_Click Count",
        ] {
            assert!(!column(heading, &[]).names_recommending(), "{heading}");
        }
    }

    #[test]
    fn only_a_bare_email_address_is_one() {
        assert!(is_email("ada@example.com"));
        for text in [
            "{\"email\":\"ada@example.com\"}",
            "Ada <ada@example.com>",
            "a@b",
            "mailto:a@example.com",
            "a b@example.com",
        ] {
            assert!(!is_email(text), "{text}");
        }
    }
}
