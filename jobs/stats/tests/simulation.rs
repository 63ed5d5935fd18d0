//! Error rates in simulated companies whose truth is known.

mod company;

use company::{company, decision, weekly_reviews};
use needle_stats::cells::CellWeeks;
use needle_stats::review::{SequentialReview, TestVerdict};

const WORLDS: u64 = 60;

/// Six cells with a hundred responses each: six hundred a week.
const TARGETED: [bool; 6] = [true, true, false, false, false, false];

fn last(data: &CellWeeks, target: &[bool]) -> SequentialReview {
    let mut reviews = weekly_reviews(data, &decision(target, 40.0), &[], 5.0, 12);
    let Some(review) = reviews.pop() else { panic!("no look") };
    review
}

fn last_reviews(effect: f64, target: &[bool]) -> Vec<SequentialReview> {
    (0..WORLDS).map(|seed| last(&company(100 + seed, 52, 100, effect, target, 40), target)).collect()
}

fn count(reviews: &[SequentialReview], holds: impl Fn(&SequentialReview) -> bool) -> usize {
    reviews.iter().filter(|review| holds(review)).count()
}

#[test]
fn decisions_without_an_effect_are_rarely_claimed() {
    for target in [TARGETED, [true; 6]] {
        let reviews = last_reviews(0.0, &target);
        let claimed = count(&reviews, |review| matches!(review.verdict, TestVerdict::MovedUp | TestVerdict::MovedDown));
        // At the nominal .05, six or more of sixty have a probability of 8 %; at the method's usual .02, almost none.
        assert!(claimed < 6, "{claimed} of {WORLDS} claimed");
    }
}

#[test]
fn twenty_points_on_six_hundred_responses_a_week_are_found() {
    for target in [TARGETED, [true; 6]] {
        let reviews = last_reviews(20.0, &target);
        let found = count(&reviews, |review| review.verdict == TestVerdict::MovedUp);
        assert!(found >= 58, "{found} of {WORLDS} found");
    }
}

#[test]
fn intervals_cover_the_true_effect() {
    let reviews = last_reviews(8.0, &TARGETED);
    let covers = |review: &SequentialReview| {
        review.estimate.is_some_and(|found| found.interval.low <= 8.0 && 8.0 <= found.interval.high)
    };
    let covered = count(&reviews, covers);
    assert!(covered >= 54, "{covered} of {WORLDS} covered");
}
