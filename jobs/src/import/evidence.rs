//! What a column's heading and the first of its cells say about it.

use csv::ByteRecord;

use super::heading::{Heading, cell};
use super::{date, score};

/// A column: what stands above it, and its first cells that are not empty.
#[derive(Clone, Debug)]
pub struct Column {
    /// What stands above it.
    pub heading: Heading,
    /// Some of its cells, trimmed, in the order of the file.
    pub values: Vec<String>,
    /// True when every record of the sample has another value here.
    pub is_distinct: bool,
}

/// The columns of a file, from its headings and its first records.
pub fn columns(headings: Vec<Heading>, sample: &[ByteRecord]) -> Vec<Column> {
    let column = |(at, heading): (usize, Heading)| {
        let values: Vec<String> =
            sample.iter().map(|record| cell(record, at)).filter(|value| !value.is_empty()).collect();
        let distinct: std::collections::HashSet<&String> = values.iter().collect();
        let is_distinct = !values.is_empty() && distinct.len() == sample.len();
        Column { heading, values, is_distinct }
    };
    headings.into_iter().enumerate().map(column).collect()
}

/// Words that name the question of the Net Promoter Score, in the languages that surveys are often in.
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

/// Words that name another scale than one from 0 to 10.
const OTHER_SCALES: [&str; 8] = ["1-5", "1 - 5", "1 to 5", "1–5", "out of 5", "1-7", "1 to 7", "stars"];

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

/// What promoters, passives and detractors are called by the tools.
const CATEGORIES: [&str; 8] =
    ["promoter", "promoters", "passive", "passives", "neutral", "neutrals", "detractor", "detractors"];

/// Characters from which on a cell is prose.
const PROSE: usize = 200;

impl Column {
    /// True when most cells pass; an empty column has none that do.
    fn mostly(&self, passes: impl Fn(&str) -> bool) -> bool {
        let passing = self.values.iter().filter(|value| passes(value)).count();
        passing > 0 && passing * 5 >= self.values.len() * 4
    }

    /// True when the heading names recommending or NPS.
    pub fn names_recommending(&self) -> bool {
        let text = self.heading.text().to_lowercase();
        let named = RECOMMENDING.iter().any(|word| text.contains(word));
        let words = self.heading.words();
        let scale = OTHER_SCALES.iter().any(|scale| text.contains(scale));
        (named || words.contains("nps") || words.contains("enps")) && !scale
    }

    /// True when the cells are scores from 0 to 10, also where some say 11.
    pub fn holds_scores(&self) -> bool {
        self.mostly(|value| score::labelled(value).is_ok_and(|score| (0..=11).contains(&score)))
    }

    /// The greatest score among the cells.
    pub fn greatest_score(&self) -> Option<i64> {
        self.values.iter().filter_map(|value| score::labelled(value).ok()).max()
    }

    /// True when the cells are dates or times.
    pub fn holds_dates(&self) -> bool {
        self.mostly(|value| date::parse(value).is_some())
    }

    /// True when the cells are email addresses.
    pub fn holds_emails(&self) -> bool {
        self.mostly(is_email)
    }

    /// True when the cells say promoter, passive or detractor.
    pub fn holds_categories(&self) -> bool {
        !self.values.is_empty() && self.values.iter().all(|value| CATEGORIES.contains(&value.to_lowercase().as_str()))
    }

    /// True when some cells are prose.
    pub fn holds_prose(&self) -> bool {
        self.values.iter().any(|value| value.chars().count() > PROSE)
    }

    /// True when the cells are texts of several words.
    pub fn holds_sentences(&self) -> bool {
        let words: usize = self.values.iter().map(|value| value.split_whitespace().count()).sum();
        words >= self.values.len() * 3 && !self.values.is_empty() && !self.holds_dates() && !self.holds_scores()
    }

    /// True when the heading asks for the reason of something.
    pub fn asks_for_a_reason(&self) -> bool {
        let text = self.heading.text().to_lowercase();
        REASONS.iter().any(|word| text.contains(word)) && !self.holds_scores() && !self.holds_dates()
    }
}

/// True for what looks like an email address.
pub fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    !name.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace)
}
