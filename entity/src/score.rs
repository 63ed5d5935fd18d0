//! The scale of the survey question, and the category of each score: the only place that defines the bounds.

use std::ops::RangeInclusive;

/// The scores that a response can have.
pub const SCALE: RangeInclusive<i16> = 0..=10;

/// The lowest passive score.
const PASSIVE_FROM: i16 = 7;

/// The lowest score of a promoter.
const PROMOTER_FROM: i16 = 9;

/// A number as a score; `None` when it is not on the scale.
pub fn on_scale(number: i64) -> Option<i16> {
    i16::try_from(number).ok().filter(|score| SCALE.contains(score))
}

/// The category of a score in the Net Promoter Score (Reichheld 2003).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScoreCategory {
    /// 9 or 10.
    Promoter,
    /// 7 or 8.
    Passive,
    /// 0 to 6.
    Detractor,
}

impl ScoreCategory {
    /// The category of a score. Stored scores lie on the scale; one outside it counts as the nearest end.
    pub fn of(score: impl Into<i64>) -> Self {
        let score = score.into();
        if score >= PROMOTER_FROM.into() {
            Self::Promoter
        } else if score >= PASSIVE_FROM.into() {
            Self::Passive
        } else {
            Self::Detractor
        }
    }

    /// The scores that belong to the category.
    pub const fn scores(self) -> RangeInclusive<i16> {
        match self {
            Self::Promoter => PROMOTER_FROM..=*SCALE.end(),
            Self::Passive => PASSIVE_FROM..=PROMOTER_FROM - 1,
            Self::Detractor => *SCALE.start()..=PASSIVE_FROM - 1,
        }
    }

    /// What one response of the category adds to the difference between promoters and detractors.
    pub const fn net(self) -> i8 {
        match self {
            Self::Promoter => 1,
            Self::Passive => 0,
            Self::Detractor => -1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_on_the_scale_has_the_category_whose_scores_contain_it() {
        let expected = [-1, -1, -1, -1, -1, -1, -1, 0, 0, 1, 1];
        assert_eq!(SCALE.map(|score| ScoreCategory::of(score).net()).collect::<Vec<_>>(), expected);
        for score in SCALE {
            assert!(ScoreCategory::of(score).scores().contains(&score), "{score}");
        }
        assert_eq!([-1, 0, 10, 11, i64::MAX].map(on_scale), [None, Some(0), Some(10), None, None]);
        let ends =
            [ScoreCategory::Detractor, ScoreCategory::Passive, ScoreCategory::Promoter].map(ScoreCategory::scores);
        assert_eq!(ends, [0..=6, 7..=8, 9..=10]);
    }
}
