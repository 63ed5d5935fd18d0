//! Measures the cost of a review, and how it grows with cells and weeks.

use std::io::{self, Write};
use std::time::Instant;

use needle_stats::cells::CellWeeks;
use needle_stats::decision::DecisionColumn;
use needle_stats::nps::NpsCounts;
use needle_stats::responses::{CellResponse, CellResponses};
use needle_stats::review::{ExpectedImpact, LookTiming, ReviewInput, ReviewSequence, series};

use crate::company::{of_index, whole};
use crate::generator::SplitMixRng;

/// The number of looks: the twelfth review repeats all earlier ones.
const LOOKS: usize = 12;

/// How often each review is timed; the fastest counts, because other processes share the machine.
const TIMES: usize = 5;

/// The cells, the weeks of history, and the weekly responses of recognised customers, by row of the table.
const SIZES: [(usize, usize, usize); 9] = [
    (12, 52, 0),
    (12, 104, 0),
    (50, 104, 0),
    (200, 52, 0),
    (200, 104, 0),
    (1_000, 104, 0),
    (5_000, 104, 0),
    (200, 104, 600),
    (200, 104, 1_400),
];

/// Prints the milliseconds of the twelfth review of a decision, including all earlier looks and the chart.
pub fn print() -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(
        out,
        "{:>8} {:>8} {:>16} {:>16} {:>16}",
        "cells", "weeks", "known responses", "compared, ms", "alone, ms"
    )?;
    for (cells, weeks, recognised) in SIZES {
        let (data, responses) = company(cells, weeks, recognised);
        let time = |target: Vec<bool>| {
            let decision = DecisionColumn { target, starts: of_index(weeks), ends: None };
            (0..TIMES).map(|_| review(&data, &responses, &decision, weeks)).fold(f64::INFINITY, f64::min)
        };
        let (compared, alone) = (time((0..cells).map(|cell| cell % 3 == 0).collect()), time(vec![true; cells]));
        writeln!(out, "{cells:>8} {weeks:>8} {:>16} {compared:>16.2} {alone:>16.2}", responses.as_slice().len())?;
    }
    Ok(())
}

fn review(data: &CellWeeks, responses: &CellResponses, decision: &DecisionColumn, weeks: usize) -> f64 {
    let others: Vec<DecisionColumn> = (1..4)
        .map(|other| DecisionColumn {
            target: (0..data.cells()).map(|cell| cell % 5 < other).collect(),
            starts: of_index(weeks - 6 * other),
            ends: None,
        })
        .collect();
    let input = ReviewInput { data, responses, decision, others: &others };
    let look = |week| LookTiming { now: weeks + week, share: of_index(week) / of_index(LOOKS) };
    let looks: Vec<LookTiming> = (1..=LOOKS).map(look).collect();
    let begins = Instant::now();
    let mut sequence = ReviewSequence::new(ExpectedImpact { impact: 5.0 }, 12);
    let found = sequence.looks(&input, &looks);
    let review = found.into_iter().map(|finding| sequence.settle(finding, true)).next_back();
    let chart = series(&input, weeks + LOOKS, review.and_then(|review| review.estimate).as_ref());
    assert_eq!(chart.len(), weeks + LOOKS, "every week is drawn");
    begins.elapsed().as_secs_f64() * 1_000.0
}

/// A company with independent weeks.
fn company(cells: usize, weeks: usize, recognised: usize) -> (CellWeeks, CellResponses) {
    let mut generator = SplitMixRng(7);
    let (mut data, mut responses) = (CellWeeks::new(cells, weeks + LOOKS), Vec::new());
    let place = |number: usize| u32::try_from(number).expect("it fits");
    for week in 0..weeks + LOOKS {
        let common = 3.0 * generator.normal() / 100.0;
        for cell in 0..cells {
            let responding = u32::try_from(whole(4.0 + 40.0 * generator.uniform())).expect("it fits");
            let counts: NpsCounts = generator.responses(responding, 0.45 + common, 0.2);
            data.add(cell, week, counts);
        }
        for _ in 0..recognised {
            let customer = whole(6.0 * of_index(recognised) * generator.uniform());
            let net = if generator.uniform() < 0.5 { 1 } else { -1 };
            responses.push(CellResponse {
                customer: place(customer),
                week: place(week),
                cell: place(customer % cells),
                net,
            });
        }
    }
    (data, CellResponses::new(responses))
}
