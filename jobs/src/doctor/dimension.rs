//! Dimensions: high-cardinality attributes, attributes close to the limit of values, and unused values.

use std::collections::BTreeMap;

use entity::dimension::Model as DimensionRow;
use entity::store;

use super::{AreaFindings, DoctorContext, DoctorFinding, count_of};

/// Attributes are reported from this percentage of the limit of values on.
const CLOSE_PERCENT: usize = 80;

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let reader = context.database.reader();
    let dimensions = store::dimension::all(reader).await?;
    let recorded = store::diagnosis::recorded_values(reader).await?;
    let unused = if context.quick { BTreeMap::new() } else { store::diagnosis::unused_values(reader).await? };
    let mut findings = Vec::new();
    for dimension in &dimensions {
        findings.extend(of_limit(dimension, context.values_limit));
        let values = recorded.get(&dimension.name).copied().unwrap_or_default();
        if !dimension.kept_out && i64::from(dimension.distinct_values) != values {
            let message = format!(
                "the attribute \"{}\" should have {}, but {values} are recorded",
                dimension.name,
                count_of(i64::from(dimension.distinct_values), "value")
            );
            let advice = "import the newest file again; if this remains, report it as a defect";
            findings.push(DoctorFinding::warning("miscounted-values", message, advice));
        }
    }
    for (name, values) in unused {
        let message = format!("no longer in use: {} of the attribute \"{name}\"", count_of(values, "value"));
        let advice = "nothing needs to be done: they count towards the limit of values and harm nothing else";
        findings.push(DoctorFinding::note("unused-values", message, advice));
    }
    if findings.is_empty() {
        findings
            .push(DoctorFinding::ok(format!("you can slice by each of {}", count_of(dimensions.len(), "attribute"))));
    }
    Ok(findings)
}

fn of_limit(dimension: &DimensionRow, limit: usize) -> Option<DoctorFinding> {
    let name = &dimension.name;
    if dimension.pinned {
        // An operator has decided.
        return None;
    }
    if dimension.kept_out {
        let message = format!(
            "the attribute \"{name}\" has more than {limit} values: it is stored in the response detail, and you \
             cannot slice by it"
        );
        let advice = format!(
            "nothing needs to be done for ids, dates and free text; to slice by it, import it in coarser steps or run \
             `needle dimension promote {name}`"
        );
        return Some(DoctorFinding::note("kept-out", message, advice));
    }
    let values = dimension.distinct_values.unsigned_abs() as usize;
    if values * 100 < limit * CLOSE_PERCENT {
        return None;
    }
    let message = format!("the attribute \"{name}\" has {values} values; beyond {limit} you can no longer slice by it");
    let advice = "import it in coarser steps if people slice by it";
    Some(DoctorFinding::note("close-to-limit", message, advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_reported_when_it_is_close_to_the_limit_and_when_it_exceeds_it() {
        let code = |distinct_values, high_cardinality| {
            let name = "plan".to_owned();
            of_limit(
                &DimensionRow { name, numeric: false, distinct_values, kept_out: high_cardinality, pinned: false },
                1_000,
            )
            .map(|finding| finding.code)
        };
        assert_eq!(code(799, false), None);
        assert_eq!(code(800, false), Some("close-to-limit"));
        assert_eq!(code(1_001, true), Some("kept-out"));
    }
}
