//! Invariants of the decomposition of any change of score.

use needle_stats::mix::{parts, rate_and_mix};
use needle_stats::nps::NpsCounts;
use proptest::prelude::*;

fn population() -> impl Strategy<Value = Vec<NpsCounts>> {
    let cell = (0_u64..40, 0_u64..40, 0_u64..40);
    let cell = cell.prop_map(|(promoters, passives, detractors)| NpsCounts { promoters, passives, detractors });
    prop::collection::vec(prop_oneof![3 => cell, 1 => Just(NpsCounts::default())], 1..8)
}

fn doubled(counts: &NpsCounts) -> NpsCounts {
    *counts + *counts
}

proptest! {
    #[test]
    fn rate_and_mix_add_up_to_the_change(before in population(), now in population()) {
        let change = rate_and_mix(&parts(&now), &parts(&before));
        let score = |cells: &[NpsCounts]| cells.iter().sum::<NpsCounts>().score().unwrap_or(0.0);
        let expected = score(&now) - score(&before);
        prop_assert!((change.total.rate + change.total.mix - expected).abs() < 1e-9);
        prop_assert_eq!(change.cells.len(), now.len().max(before.len()));
    }

    #[test]
    fn splitting_a_cell_into_like_halves_changes_neither_part(before in population(), now in population()) {
        let cells = before.len().min(now.len());
        let whole = |cells: &[NpsCounts]| cells.iter().map(doubled).collect::<Vec<_>>();
        let split = |cells: &[NpsCounts]| {
            let rest = cells[1..].iter().map(doubled);
            [cells[0], cells[0]].into_iter().chain(rest).collect::<Vec<_>>()
        };
        let (before, now) = (&before[..cells], &now[..cells]);
        let one = rate_and_mix(&parts(&whole(now)), &parts(&whole(before))).total;
        let two = rate_and_mix(&parts(&split(now)), &parts(&split(before))).total;
        prop_assert!((one.rate - two.rate).abs() < 1e-9 && (one.mix - two.mix).abs() < 1e-9);
    }
}
