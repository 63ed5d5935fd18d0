//! What a look costs. Ignored by default: a busy machine is not a defect.

mod company;

use std::time::Instant;

use company::{company, decision};
use needle_stats::review::{Expectation, Life};

#[test]
#[ignore = "measures time"]
fn a_look_at_two_years_takes_less_than_four_milliseconds() {
    for cells in [6, 200] {
        let target: Vec<bool> = (0..cells).map(|cell| cell % 3 == 0).collect();
        let crossing: Vec<bool> = (0..cells).map(|cell| cell % 2 == 0).collect();
        let data = company(1, 130, 10, 0.0, &target, 104);
        let others: Vec<_> = (0..5_u8).map(|other| decision(&crossing, 60.0 + 12.0 * f64::from(other))).collect();
        let mut life = Life::new(Expectation { impact: 5.0 }, 26);
        let begun = Instant::now();
        for look in 1..=26_u8 {
            life.look(&data, 104 + usize::from(look), &decision(&target, 104.0), &others, f64::from(look) / 26.0);
        }
        let look_ms = begun.elapsed().as_secs_f64() * 1000.0 / 26.0;
        assert!(look_ms < 4.0, "{look_ms:.2} ms a look with {cells} cells");
    }
}
