//! What a record teaches its owner: each figure as something to do with the next expectation.

use super::ForecasterData;
use crate::pages::wording::{percent, score};

/// Below so many judged decisions every figure says little.
const FEW: u64 = 8;

/// Points of bias that are worth a word.
const BIAS_POINTS: f64 = 0.5;

/// The sentences, the most useful first.
pub fn advice(record: &ForecasterData) -> Vec<String> {
    if record.judged < 2 {
        return vec!["A record begins with two judged decisions.".to_owned()];
    }
    let mut sentences: Vec<String> =
        [bias(record), coverage(record), slope(record), skill(record)].into_iter().flatten().collect();
    if record.judged < FEW {
        let few =
            "So far these are few decisions: each figure is pulled towards nothing, and the next one may turn it.";
        sentences.push(few.to_owned());
    }
    sentences
}

fn bias(record: &ForecasterData) -> Option<String> {
    let bias = record.bias?;
    let size = score(bias.abs());
    Some(match bias {
        bias if bias > BIAS_POINTS => format!("Expect {size} points less: what comes falls short by that on average."),
        bias if bias < -BIAS_POINTS => format!("Expect {size} points more: what comes exceeds it by that on average."),
        _ => "Neither too hopeful nor too careful on average.".to_owned(),
    })
}

fn coverage(record: &ForecasterData) -> Option<String> {
    let (held, meant) = (record.coverage?, record.expected_coverage?);
    let correction = match held - meant {
        gap if gap < -0.1 => "give wider ranges",
        gap if gap > 0.1 => "give narrower ranges",
        _ => "the ranges are about as wide as they should be",
    };
    Some(format!(
        "The ranges hold {} of what comes, and were meant to hold {}: {correction}.",
        percent(held),
        percent(meant)
    ))
}

fn slope(record: &ForecasterData) -> Option<String> {
    let slope = record.slope?;
    (slope < 0.5).then(|| {
        format!(
            "Of each point expected, {} come true: large expectations deserve the most doubt.",
            format_args!("{:.1}", slope.max(0.0))
        )
    })
}

fn skill(record: &ForecasterData) -> Option<String> {
    let skill = record.skill?;
    Some(if skill > 0.02 {
        format!("The expectations come {} closer to what happens than expecting no change.", percent(skill))
    } else if skill < -0.02 {
        format!("Expecting no change would have come {} closer: start there, and add what you know.", percent(-skill))
    } else {
        "The expectations come about as close as expecting no change.".to_owned()
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
    fn each_figure_says_what_to_do_next() {
        let sentences = advice(&record(9, 3.04, 0.5, -0.2)).join("|");
        for part in [
            "Expect 3.0 points less",
            "50 % of what comes",
            "wider ranges",
            "0.3 come true",
            "20 % closer: start there",
        ] {
            assert!(sentences.contains(part), "{sentences}");
        }
        assert!(!sentences.contains("few decisions"));
        let told = advice(&record(3, -2.0, 0.95, 0.4)).join("|");
        for part in ["2.0 points more", "narrower ranges", "40 % closer to what happens", "few decisions"] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(advice(&record(1, 9.0, 0.1, -1.0)), ["A record begins with two judged decisions."]);
    }
}
