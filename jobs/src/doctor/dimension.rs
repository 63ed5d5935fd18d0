//! Dimensions: names that one cannot slice by, names that soon will be such, and values that nobody has.

use std::collections::BTreeMap;

use entity::dimension::Model as Dimension;
use entity::store;

use super::{AreaFindings, DoctorContext, DoctorFinding, count_of};

/// Names this close to the limit are worth a word, in percent of it.
const CLOSE_PERCENT: usize = 80;

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let reader = context.database.reader();
    let dimensions = store::dimension::all(reader).await?;
    let noted = store::diagnosis::recorded_values(reader).await?;
    let unused = if context.quick { BTreeMap::new() } else { store::diagnosis::unused_values(reader).await? };
    let mut findings = Vec::new();
    for dimension in &dimensions {
        findings.extend(of_limit(dimension, context.values_limit));
        let values = noted.get(&dimension.name).copied().unwrap_or_default();
        if !dimension.kept_out && i64::from(dimension.distinct_values) != values {
            let message = format!(
                "the attribute \"{}\" is said to have {}, but {values} are noted",
                dimension.name,
                count_of(i64::from(dimension.distinct_values), "value")
            );
            let advice = "import the newest file again; where this stays, report it as a defect";
            findings.push(DoctorFinding::warning("miscounted-values", message, advice));
        }
    }
    for (name, values) in unused {
        let message = format!("{} of the attribute \"{name}\" belong to nobody any more", count_of(values, "value"));
        let advice = "nothing needs to be done: they count towards the limit of values and harm nothing else";
        findings.push(DoctorFinding::note("unused-values", message, advice));
    }
    if findings.is_empty() {
        findings
            .push(DoctorFinding::ok(format!("one can slice by each of {}", count_of(dimensions.len(), "attribute"))));
    }
    Ok(findings)
}

fn of_limit(dimension: &Dimension, limit: usize) -> Option<DoctorFinding> {
    let name = &dimension.name;
    if dimension.pinned {
        // An operator has decided.
        return None;
    }
    if dimension.kept_out {
        let message = format!(
            "the attribute \"{name}\" has more than {limit} values: it is kept beside the comments, and one cannot \
             slice by it"
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
    let message = format!("the attribute \"{name}\" has {values} values; beyond {limit} one can no longer slice by it");
    let advice = "import it in coarser steps if people slice by it";
    Some(DoctorFinding::note("close-to-limit", message, advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_reported_when_it_nears_the_limit_and_when_it_passed_it() {
        let code = |distinct_values, high_cardinality| {
            let name = "plan".to_owned();
            of_limit(
                &Dimension { name, numeric: false, distinct_values, kept_out: high_cardinality, pinned: false },
                1_000,
            )
            .map(|finding| finding.code)
        };
        assert_eq!(code(799, false), None);
        assert_eq!(code(800, false), Some("close-to-limit"));
        assert_eq!(code(1_001, true), Some("kept-out"));
    }
}
