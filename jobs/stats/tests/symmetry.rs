//! Changes of the data that must not change a review, or only mirror it.

mod company;

use company::{company, decision, looks};
use needle_stats::cells::CellWeeks;
use needle_stats::decision::DecisionColumn;
use needle_stats::learned_prior::LearnedPrior;
use needle_stats::nps::NpsCounts;
use needle_stats::review::{EffectEstimate, ExpectedImpact, ReviewSequence, SequentialReview};
use proptest::prelude::*;

const WEEKS: usize = 46;
const CELLS: usize = 5;
const HORIZON: u32 = 8;

/// A company and its decisions.
#[derive(Clone, Debug)]
struct ArbitraryCompany {
    data: CellWeeks,
    decision: DecisionColumn,
    others: Vec<DecisionColumn>,
    segments: Vec<Vec<bool>>,
}

impl ArbitraryCompany {
    fn reviews(&self) -> Vec<SequentialReview> {
        let prior = LearnedPrior::learn(&self.data, &self.decision, &self.segments, &self.others);
        let sequence = ReviewSequence::new(ExpectedImpact { impact: 4.0 }, HORIZON).with_learned_prior(prior);
        looks(sequence, &self.data, &self.decision, &self.others, HORIZON)
    }

    /// The same company with its cells in another order.
    fn reordered(&self, order: &[usize]) -> Self {
        let mut world = self.clone();
        world.data = map(&self.data, |cell, week| self.data.get(order[cell], week));
        let moved = |target: &[bool]| order.iter().map(|cell| target[*cell]).collect::<Vec<bool>>();
        for column in world.others.iter_mut().chain([&mut world.decision]) {
            column.target = moved(&column.target);
        }
        world.segments = self.segments.iter().map(|segment| moved(segment)).collect();
        world
    }
}

fn map(data: &CellWeeks, counts: impl Fn(usize, usize) -> NpsCounts) -> CellWeeks {
    let mut mapped = CellWeeks::new(data.cells(), data.weeks());
    for cell in 0..data.cells() {
        for week in 0..data.weeks() {
            mapped.add(cell, week, counts(cell, week));
        }
    }
    mapped
}

fn companies() -> impl Strategy<Value = ArbitraryCompany> {
    let target = || prop::collection::vec(any::<bool>(), CELLS);
    let others = prop::collection::vec((target(), 20.0_f64..44.0, prop::option::of(1.0_f64..9.0)), 0..3);
    (any::<u64>(), target(), 30.0_f64..36.0, others, prop::collection::vec(target(), 0..3)).prop_map(
        |(seed, mut target, starts, others, segments)| {
            target[0] = true;
            let data = company(seed, WEEKS, 25, 6.0, &target, 33);
            let other = |(target, starts, lasts): (Vec<bool>, f64, Option<f64>)| {
                let ends = lasts.map(|lasts| starts + lasts);
                DecisionColumn { target, starts, ends }
            };
            let others = others.into_iter().map(other).collect();
            ArbitraryCompany { data, decision: decision(&target, starts), others, segments }
        },
    )
}

/// Asserts that estimates agree up to rounding.
fn assert_alike(
    left: &[SequentialReview],
    right: &[SequentialReview],
    mirror: impl Fn(EffectEstimate) -> EffectEstimate,
) {
    assert!(left.iter().any(|review| review.estimate.is_some()));
    for (left, right) in left.iter().zip(right) {
        let numbers = |one: EffectEstimate| {
            let ends = [one.interval.low, one.interval.high];
            [&[one.effect, one.standard_error, one.probability_above_zero][..], &ends].concat()
        };
        assert_eq!(left.estimate.is_some(), right.estimate.is_some());
        let (left, right) = (left.estimate.map(numbers), right.estimate.map(|one| numbers(mirror(one))));
        for (left, right) in left.unwrap_or_default().into_iter().zip(right.unwrap_or_default()) {
            assert!((left - right).abs() < 1e-6 * (1.0 + left.abs()), "{left} and {right}");
        }
    }
}

fn mirrored(one: EffectEstimate) -> EffectEstimate {
    let turn = |range: needle_stats::interval::ConfidenceInterval| needle_stats::interval::ConfidenceInterval {
        low: -range.high,
        high: -range.low,
        ..range
    };
    EffectEstimate {
        effect: -one.effect,
        interval: turn(one.interval),
        probability_above_zero: 1.0 - one.probability_above_zero,
        ..one
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn swapping_promoters_and_detractors_mirrors_every_look(world in companies()) {
        let mut swapped = world.clone();
        swapped.data = map(&world.data, |cell, week| {
            let counts = world.data.get(cell, week);
            NpsCounts { promoters: counts.detractors, detractors: counts.promoters, ..counts }
        });
        let (reviews, mirror) = (world.reviews(), swapped.reviews());
        assert_alike(&reviews, &mirror, mirrored);
        for (review, mirror) in reviews.iter().zip(&mirror) {
            prop_assert!((review.p_sequential - mirror.p_sequential).abs() < 1e-12);
        }
    }

    #[test]
    fn the_order_of_cells_and_of_other_decisions_does_not_matter(
        world in companies(),
        order in Just((0..CELLS).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let mut reordered = world.reordered(&order);
        reordered.others.reverse();
        assert_alike(&world.reviews(), &reordered.reviews(), |estimate| estimate);
    }

    #[test]
    fn a_sequential_p_value_never_grows_and_agrees_with_the_first_claim(world in companies()) {
        let reviews = world.reviews();
        let mut least = 1.0;
        for review in reviews {
            prop_assert!(review.p_sequential <= least);
            least = review.p_sequential;
            if let Some(estimate) = review.estimate {
                // A boundary on a coarser grid differs in the fourth digit.
                let clear = 0.02 * estimate.standard_error;
                let excludes_zero = estimate.interval.low > clear || estimate.interval.high < -clear;
                prop_assert!(!excludes_zero || least <= 0.05);
            }
        }
    }
}
