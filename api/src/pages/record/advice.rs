//! Advice from an owner's record: what each of its figures means for the next expectation.

use super::ForecasterData;
use crate::pages::wording::{percent, score};

/// With fewer judged decisions than this, a sentence says that the figures are uncertain.
const FEW: u64 = 8;

/// NPS points of bias from which on the advice is to expect more or less.
const BIAS_POINTS: f64 = 0.5;

/// The sentences, the most useful first.
pub fn advice(record: &ForecasterData) -> Vec<String> {
    if record.judged < 2 {
        return vec!["A record begins with two judged decisions.".to_owned()];
    }
    let mut sentences: Vec<String> =
        [bias(record), coverage(record), slope(record), skill(record)].into_iter().flatten().collect();
    if record.judged < FEW {
        let few = "These are few decisions so far: each figure is shrunk towards a neutral value and may still change.";
        sentences.push(few.to_owned());
    }
    sentences
}

fn bias(record: &ForecasterData) -> Option<String> {
    let bias = record.bias?;
    let size = score(bias.abs());
    Some(match bias {
        bias if bias > BIAS_POINTS => {
            format!("Expect {size} points less: measured effects fall short by that on average.")
        }
        bias if bias < -BIAS_POINTS => {
            format!("Expect {size} points more: measured effects are higher by that on average.")
        }
        _ => "Neither too optimistic nor too pessimistic on average.".to_owned(),
    })
}

fn coverage(record: &ForecasterData) -> Option<String> {
    let (actual, intended) = (record.coverage?, record.expected_coverage?);
    let correction = match actual - intended {
        gap if gap < -0.1 => "give wider ranges",
        gap if gap > 0.1 => "give narrower ranges",
        _ => "the ranges are about as wide as they should be",
    };
    Some(format!(
        "The ranges contain {} of the measured effects, and were meant to contain {}: {correction}.",
        percent(actual),
        percent(intended)
    ))
}

fn slope(record: &ForecasterData) -> Option<String> {
    let slope = record.slope?;
    (slope < 0.5).then(|| {
        format!(
            "Each forecast point delivered {}: large expectations deserve the most doubt.",
            format_args!("{:.1}", slope.max(0.0))
        )
    })
}

fn skill(record: &ForecasterData) -> Option<String> {
    let skill = record.skill?;
    Some(if skill > 0.02 {
        format!("The expectations are {} closer to the measured effects than expecting no change.", percent(skill))
    } else if skill < -0.02 {
        format!("Expecting no change would have been {} closer: start there, and add what you know.", percent(-skill))
    } else {
        "The expectations are about as close as expecting no change.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(judged: u64, bias: f64, coverage: f64, skill: f64) -> ForecasterData {
        ForecasterData {
            owner: "ada".to_owned(),
            decisions: judged,
            judged,
            moved: 1,
            bias: Some(bias),
            slope: Some(0.3),
            coverage: Some(coverage),
            expected_coverage: Some(0.8),
            brier: Some(0.2),
            skill: Some(skill),
        }
    }

    #[test]
    fn each_figure_becomes_advice() {
        let sentences = advice(&record(9, 3.04, 0.5, -0.2)).join("|");
        for part in [
            "Expect 3.0 points less",
            "50 % of the measured effects",
            "wider ranges",
            "delivered 0.3",
            "20 % closer: start there",
        ] {
            assert!(sentences.contains(part), "{sentences}");
        }
        assert!(!sentences.contains("few decisions"));
        let sentences = advice(&record(3, -2.0, 0.95, 0.4)).join("|");
        for part in ["2.0 points more", "narrower ranges", "40 % closer to the measured effects", "few decisions"] {
            assert!(sentences.contains(part), "{sentences}");
        }
        assert_eq!(advice(&record(1, 9.0, 0.1, -1.0)), ["A record begins with two judged decisions."]);
    }
}
