//! Comments of customers that are suitable for reading aloud: neither too short nor too long, and without anything that
//! looks like an address or a telephone number.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::response::Model as ResponseRow;
use entity::store::page::PageRequest;
use entity::store::response::{ResponseCriteria, ResponseOrderBy};
use entity::{Attributes, ConnectionTrait, Day, Filter, ScoreCategory, StoreError, store};
use needle_analytics::analytics_cache::Analytics;

use super::{CurrentSegment, ReportAudience};

/// How many weeks are searched: only recent comments are read aloud.
const WEEKS: i32 = 4;

/// How many of the newest comments of each category are read.
const SEARCHED_COMMENTS: u64 = 200;

/// The length in characters of a comment that has content and can be read aloud.
const LENGTHS: std::ops::RangeInclusive<usize> = 25..=240;

/// This many digits in a row look like a telephone or customer number.
const DIGITS: usize = 5;

/// How many comments of each category are chosen, detractors first.
const SCORE_GROUPS: [(ScoreCategory, usize); 3] =
    [(ScoreCategory::Detractor, 3), (ScoreCategory::Passive, 1), (ScoreCategory::Promoter, 2)];

/// Comments of customers.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportVerbatims {
    /// The audience may not read comments.
    Withheld,
    /// Comments of the newest weeks.
    Shown {
        /// Comments to read aloud, grouped by category, the lowest scores first.
        chosen: Vec<Verbatim>,
        /// One detractor's comment for each segment that has one, by the segment's key.
        of_detractors: BTreeMap<String, Verbatim>,
    },
}

/// One comment, without its author.
#[derive(Clone, Debug, PartialEq)]
pub struct Verbatim {
    /// The text on one line.
    pub text: String,
    /// The score given with it, 0 to 10.
    pub score: i16,
    /// The day of the response, in the reporting time zone.
    pub day: Day,
}

impl ReportVerbatims {
    /// The comments to read aloud; empty when they are withheld.
    pub fn chosen(&self) -> &[Verbatim] {
        match self {
            Self::Withheld => &[],
            Self::Shown { chosen, .. } => chosen,
        }
    }

    /// True when the audience may not read comments.
    pub fn are_withheld(&self) -> bool {
        *self == Self::Withheld
    }

    /// The comment of a detractor in a segment, by the segment's key.
    pub fn of_detractor_in(&self, key: &str) -> Option<&Verbatim> {
        match self {
            Self::Withheld => None,
            Self::Shown { of_detractors, .. } => of_detractors.get(key),
        }
    }
}

/// Chooses among the newest comments of the primary customer, or of everybody while none is declared.
pub(super) async fn select<C: ConnectionTrait>(
    reader: &C,
    analytics: &Analytics,
    members: &[CurrentSegment],
    until: Day,
    audience: ReportAudience,
) -> Result<ReportVerbatims, StoreError> {
    if !audience.reads_comments {
        return Ok(ReportVerbatims::Withheld);
    }
    let search = CommentSearch {
        high_cardinality: analytics.high_cardinality_names(),
        from: until.plus_days(-7 * WEEKS),
        until,
    };
    let primary = members.iter().find(|member| member.is_primary).map(|member| &member.filter);
    let mut chosen = Vec::new();
    for (category, count) in SCORE_GROUPS {
        let found = search.comments(reader, primary, category).await?;
        chosen.extend(choose(found.into_iter().map(|(verbatim, _)| verbatim), count));
    }
    let of_all = search.comments(reader, None, ScoreCategory::Detractor).await?;
    let of_member = |member: &CurrentSegment| {
        // Profiles do not store high-cardinality attributes: segments that test one have no comment here.
        let is_in_profiles = member.filter.names().into_iter().all(|name| !search.high_cardinality.contains(name));
        let theirs = of_all.iter().filter(|(_, profile)| is_in_profiles && member.filter.matches(profile));
        Some((member.key.clone(), choose(theirs.map(|(verbatim, _)| verbatim.clone()), 1).pop()?))
    };
    Ok(ReportVerbatims::Shown { chosen, of_detractors: members.iter().filter_map(of_member).collect() })
}

struct CommentSearch {
    high_cardinality: BTreeSet<String>,
    from: Day,
    until: Day,
}

impl CommentSearch {
    /// Suitable comments, newest first, each with the customer's profile at the time of the response.
    async fn comments<C: ConnectionTrait>(
        &self,
        reader: &C,
        profile: Option<&Filter>,
        category: ScoreCategory,
    ) -> Result<Vec<(Verbatim, Attributes)>, StoreError> {
        let criteria = ResponseCriteria {
            from: Some(self.from),
            until: Some(self.until),
            profile: profile.cloned(),
            high_cardinality: self.high_cardinality.clone(),
            scores: Some(category.scores()),
            has_comment: Some(true),
            ..ResponseCriteria::default()
        };
        let page = PageRequest { limit: SEARCHED_COMMENTS, ..PageRequest::default() };
        let rows = store::response::list(reader, &criteria, ResponseOrderBy::AnsweredAt, true, &page).await?.rows;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let detail = store::response::details(reader, &ids).await?;
        let profiles: Vec<_> =
            rows.iter().map(|row| row.profile_id).collect::<std::collections::HashSet<_>>().into_iter().collect();
        let profiles = store::profile::by_ids(reader, &profiles).await?;
        Ok(rows.into_iter().filter_map(|row| read(&row, &detail, &profiles)).collect())
    }
}

fn read(
    row: &ResponseRow,
    detail: &HashMap<entity::response::ResponseId, store::response::ResponseDetail>,
    profiles: &HashMap<entity::profile::ProfileId, Attributes>,
) -> Option<(Verbatim, Attributes)> {
    let text = detail.get(&row.id)?.text.as_deref()?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let verbatim = Verbatim { text, score: row.score?, day: row.day };
    fits(&verbatim.text).then(|| (verbatim, profiles.get(&row.profile_id).cloned().unwrap_or_default()))
}

/// True for a text that is suitable for reading aloud.
fn fits(text: &str) -> bool {
    let mut digits = 0;
    let has_number = text.chars().filter(|character| !" -/()".contains(*character)).any(|letter| {
        digits = if letter.is_ascii_digit() { digits + 1 } else { 0 };
        digits >= DIGITS
    });
    let has_address = text.contains('@') || text.contains("://");
    LENGTHS.contains(&text.chars().count()) && !has_number && !has_address
}

/// The longest comments, the newer ones among equals, without duplicates; ordered by score.
fn choose(found: impl Iterator<Item = Verbatim>, limit: usize) -> Vec<Verbatim> {
    let mut texts = BTreeSet::new();
    let mut distinct: Vec<Verbatim> = found.filter(|one| texts.insert(one.text.to_lowercase())).collect();
    distinct.sort_by_key(|one| std::cmp::Reverse((one.text.chars().count(), one.day)));
    distinct.truncate(limit);
    distinct.sort_by_key(|one| one.score);
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_too_short_too_long_or_look_like_an_address_are_not_suitable() {
        for (text, expected) in [
            ("The box came two days late, again.", true),
            ("late", false),
            ("Write to me at eva@example.org, please do.", false),
            ("Call me back on +49 (30) 123 45 67 tomorrow", false),
            ("See https://example.org for what I mean", false),
            ("It cost 1200 and came on the 24th of May", true),
        ] {
            assert_eq!(fits(text), expected, "{text}");
        }
        assert!(!fits(&"long ".repeat(60)));
    }

    #[test]
    fn the_longest_are_chosen_without_duplicates() {
        let one = |text: &str, score: i16, day: i32| Verbatim { text: text.to_owned(), score, day: Day(day) };
        let found = vec![
            one("short", 0, 3),
            one("The longest of all", 5, 1),
            one("a longer one", 2, 2),
            one("A Longer One", 2, 1),
        ];
        let texts: Vec<_> = choose(found.into_iter(), 2).into_iter().map(|one| one.text).collect();
        assert_eq!(texts, ["a longer one", "The longest of all"]);
    }
}
