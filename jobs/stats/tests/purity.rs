//! A review is a function of the data available on its day: neither later weeks nor later looks change it, not even in
//! the last digit, and the prior learned from segments does not depend on how they are described.

mod company;

use company::{SplitMixRng, decision, looks, made_up};
use needle_stats::cells::CellWeeks;
use needle_stats::learned_prior::LearnedPrior;
use needle_stats::nps::NpsCounts;
use needle_stats::responses::{CellResponse, CellResponses};
use needle_stats::review::{ExpectedImpact, LookFinding, LookTiming, ReviewInput, ReviewSequence};

const HALF: [bool; 6] = [true, true, true, false, false, false];
const CROSSING: [bool; 6] = [true, false, false, true, true, false];
const WEEKS: usize = 60;
const START: usize = 44;

/// Six cells of forty customers, who respond every other week and mostly alike; more join later.
fn company(seed: u64) -> (CellWeeks, CellResponses) {
    let mut generator = SplitMixRng(seed);
    let positions: Vec<f64> = (0..240).map(|_| generator.uniform()).collect();
    let (mut data, mut responses) = (CellWeeks::new(6, WEEKS), Vec::new());
    for week in 0..WEEKS {
        for (customer, position) in positions.iter().enumerate() {
            let joined = if customer % 5 == 4 { START - 1 } else { 0 };
            if week < joined || generator.uniform() < 0.5 {
                continue;
            }
            let position = if generator.uniform() < 0.6 { *position } else { generator.uniform() };
            let net = if position < 0.5 { 1 } else { -i8::from(position > 0.8) };
            let counts = NpsCounts {
                promoters: u64::from(net == 1),
                passives: u64::from(net == 0),
                detractors: u64::from(net == -1),
            };
            data.add(customer % 6, week, counts);
            let place = |number: usize| u32::try_from(number).expect("few");
            responses.push(CellResponse {
                customer: place(customer),
                week: place(week),
                cell: place(customer % 6),
                net,
            });
        }
    }
    (data, CellResponses::new(responses))
}

/// The data of the same company before a week.
fn before(data: &CellWeeks, responses: &CellResponses, now: usize) -> (CellWeeks, CellResponses) {
    let mut available = CellWeeks::new(data.cells(), now);
    for cell in 0..data.cells() {
        for week in 0..now {
            available.add(cell, week, data.get(cell, week));
        }
    }
    (
        available,
        CellResponses::new(responses.as_slice().iter().filter(|one| (one.week as usize) < now).copied().collect()),
    )
}

fn findings((data, responses): &(CellWeeks, CellResponses), target: &[bool], weeks: usize) -> Vec<LookFinding> {
    let start = decision(target, 44.0);
    let others = [decision(&CROSSING, 40.0), decision(&[true, true, false, false, false, false], 51.0)];
    let input = ReviewInput { data, responses, decision: &start, others: &others };
    let share = |week: usize| f64::from(u32::try_from(week).expect("few")) / 12.0;
    let looks: Vec<LookTiming> = (1..=weeks).map(|week| LookTiming { now: START + week, share: share(week) }).collect();
    ReviewSequence::new(ExpectedImpact { impact: 5.0 }, 12).looks(&input, &looks)
}

#[test]
fn later_weeks_and_later_looks_change_no_digit_of_an_earlier_one() {
    for (seed, target) in [(1, HALF), (2, [true; 6]), (3, CROSSING)] {
        let all = company(seed);
        let sequence = findings(&all, &target, 12);
        for weeks in 1..12 {
            let available = before(&all.0, &all.1, START + weeks);
            assert_eq!(findings(&available, &target, weeks), sequence[..weeks], "seed {seed} after {weeks} weeks");
        }
    }
}

#[test]
fn recognised_customers_narrow_the_interval_and_move_the_estimate_little() {
    let (data, responses) = company(4);
    let last = |responses: CellResponses| {
        let findings = findings(&(data.clone(), responses), &HALF, 12);
        let mut sequence = ReviewSequence::new(ExpectedImpact { impact: 5.0 }, 12);
        findings.into_iter().filter_map(|finding| sequence.settle(finding, true).estimate).next_back()
    };
    let (Some(with), Some(without)) = (last(responses), last(CellResponses::default())) else { panic!("no estimate") };
    let length = |estimate: needle_stats::review::EffectEstimate| estimate.interval.high - estimate.interval.low;
    assert!(length(with) < 0.9 * length(without), "{} and {}", length(with), length(without));
    assert!((with.effect - without.effect).abs() < 2.0 * without.standard_error);
}

#[test]
fn a_segment_counts_once_however_often_and_from_whichever_side_it_is_described() {
    let data = made_up(8, 1);
    let half = decision(&HALF, 30.0);
    let once = LearnedPrior::learn(&data, &half, &[HALF.to_vec(), CROSSING.to_vec()], &[]);
    let outside = HALF.map(|belongs| !belongs).to_vec();
    let empty = vec![false; 6];
    let often = [HALF.to_vec(), outside, CROSSING.to_vec(), HALF.to_vec(), vec![true; 6], empty];
    let often = LearnedPrior::learn(&data, &half, &often, &[]);
    let effects = |prior: LearnedPrior| {
        let sequence = ReviewSequence::new(ExpectedImpact { impact: 6.0 }, 12).with_learned_prior(prior);
        let reviews = looks(sequence, &data, &half, &[], 12);
        reviews.iter().filter_map(|review| Some(review.estimate?.interval.low)).collect::<Vec<f64>>()
    };
    let without = effects(LearnedPrior::default());
    for ((once, often), without) in effects(once).into_iter().zip(effects(often)).zip(without) {
        assert!((once - often).abs() < 1e-9, "{once} and {often}");
        assert!((once - without).abs() > 1e-3, "nothing was learned");
    }
}
