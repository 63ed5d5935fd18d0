//! The scoreboard as a table on a terminal: each decision, what was expected, what was measured, and the verdict.

use std::collections::HashMap;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use entity::decision::Model as DecisionRow;
use entity::decision_review::Model as ReviewRow;
use entity::{Database, StoreError, store};
use jobs::demo::TrueEffect;
use needle_review::ReviewNumbers as _;
use needle_rules::wording::{self, short_points};

/// The scoreboard of all decisions. `truths` are the true effects of a sample company; for a real one there are none.
pub async fn table(database: &Database, truths: &[TrueEffect]) -> Result<String, StoreError> {
    let decisions = store::decision::all(database.reader()).await?;
    let ids: Vec<_> = decisions.iter().map(|decision| decision.id).collect();
    let reviews = store::decision_review::newest(database.reader(), &ids).await?;
    let segments: HashMap<_, _> =
        store::segment::all(database.reader()).await?.into_iter().map(|segment| (segment.id, segment.name)).collect();
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["decision", "owner", "target", "expected", "measured (95 %)", "responses", "verdict", "truth"]);
    for column in [3, 4, 5, 7] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for decision in &decisions {
        let review = reviews.get(&decision.id);
        let target = decision.segment_id.and_then(|id| segments.get(&id)).map_or("everyone", String::as_str);
        let responses = review.map(|review| wording::count(review.after().responses()));
        table.add_row([
            decision.title.clone(),
            decision.owner.clone(),
            target.to_owned(),
            expected(decision),
            review.map_or_else(|| "-".to_owned(), measured),
            responses.unwrap_or_default(),
            review
                .map_or_else(|| "planned".to_owned(), |review| review.verdict.name().replace('_', " ").to_lowercase()),
            truth_of(decision, truths),
        ]);
    }
    Ok(table.to_string())
}

fn expected(decision: &DecisionRow) -> String {
    match (decision.expected_low, decision.expected_high) {
        (Some(low), Some(high)) => {
            format!("{} ({} to {})", short_points(decision.expected_impact), short_points(low), short_points(high))
        }
        _ => short_points(decision.expected_impact),
    }
}

fn measured(review: &ReviewRow) -> String {
    match (review.effect, review.interval()) {
        (Some(effect), Some(interval)) => {
            format!("{} ({})", wording::points(effect), wording::points_range(interval.low, interval.high))
        }
        _ => "–".to_owned(),
    }
}

fn truth_of(decision: &DecisionRow, truths: &[TrueEffect]) -> String {
    let matching = truths.iter().find(|truth| truth.decision == decision.external_id);
    matching.map_or(String::new(), |truth| short_points(truth.effect))
}
