//! Composes comments from phrases: about the touchpoint, about a need or a wish, and about current
//! events. Few customers write a comment, and comments by text message are in lower case.

use chrono::NaiveDate;
use entity::ScoreCategory;

use super::decision::DemoDecision;
use super::phrases;
use super::rng::DemoRng;
use super::segment::DemoProfile;

/// The probability of a comment by category; about one response in five overall.
const DETRACTOR_WRITES: f64 = 0.29;
const PASSIVE_WRITES: f64 = 0.12;
const PROMOTER_WRITES: f64 = 0.20;

/// The probability that a detractor's comment mentions the strike, and that a comment mentions a
/// decision that targets its author.
const MENTIONS_STRIKE: f64 = 0.6;
const MENTIONS_DECISION: f64 = 0.1;

/// The probabilities of a sentence about the touchpoint, of a wish, and of a closing phrase.
const HAS_POINT: f64 = 0.85;
const HAS_WISH: f64 = 0.5;
const HAS_ENDING: f64 = 0.3;

/// The response that a comment belongs to.
pub(super) struct CommentContext<'a> {
    pub(super) profile: DemoProfile<'a>,
    pub(super) date: NaiveDate,
    pub(super) touchpoint: &'static str,
    pub(super) category: ScoreCategory,
    pub(super) strike: bool,
}

/// The comment of a response; mostly empty.
pub(super) fn comment(context: &CommentContext<'_>, decisions: &[DemoDecision], rng: &mut DemoRng) -> String {
    let writes = match context.category {
        ScoreCategory::Detractor => DETRACTOR_WRITES,
        ScoreCategory::Passive => PASSIVE_WRITES,
        ScoreCategory::Promoter => PROMOTER_WRITES,
    };
    if !rng.chance(writes) {
        return String::new();
    }
    let brand = context.profile.customer.is_brand();
    let mut sentences = Vec::new();
    if let Some(remark) = remark(context, decisions, rng) {
        sentences.push(remark);
    } else if rng.chance(HAS_POINT) {
        let points = if brand { phrases::brand_points } else { phrases::member_points };
        sentences.push(rng.pick(points(context.touchpoint, context.category)));
    }
    if sentences.is_empty() || rng.chance(HAS_WISH) {
        sentences.push(rng.pick(if brand { &phrases::BRAND_WISHES } else { &phrases::MEMBER_WISHES }));
    }
    if rng.chance(HAS_ENDING) {
        sentences.push(rng.pick(phrases::endings(context.category)));
    }
    let opening = rng.pick(phrases::openings(context.category));
    let snack = rng.pick(&phrases::SNACKS);
    let place = rng.pick(&phrases::PLACES);
    let text = joined(opening, &sentences).replace("{snack}", snack).replace("{place}", place);
    if context.profile.channel == "sms" { text.to_lowercase().trim_end_matches('.').to_owned() } else { text }
}

/// A sentence about current events: the strike, or a decision that affects the author.
fn remark(context: &CommentContext<'_>, decisions: &[DemoDecision], rng: &mut DemoRng) -> Option<&'static str> {
    if context.strike && context.category == ScoreCategory::Detractor && rng.chance(MENTIONS_STRIKE) {
        return Some(rng.pick(&phrases::STRIKE));
    }
    decisions
        .iter()
        .find(|decision| {
            decision.mentioned_by() == context.category
                && decision.reaches(context.profile, context.date)
                && rng.chance(MENTIONS_DECISION)
        })
        .map(|decision| rng.pick(decision.remarks))
}

/// Joins sentences after an opening, with capitals and full stops.
fn joined(opening: &str, sentences: &[&str]) -> String {
    let mut text = opening.to_owned();
    for sentence in sentences {
        if text.is_empty() || text.ends_with(". ") {
            let mut letters = sentence.chars();
            text.extend(letters.next().map(|character| character.to_ascii_uppercase()));
            text.push_str(letters.as_str());
        } else {
            text.push_str(sentence);
        }
        text.push_str(". ");
    }
    text.trim_end().to_owned()
}
