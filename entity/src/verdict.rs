//! What a review concludes: its verdict, how the effect was estimated, how the expectation came true, and its caveats.
//!
//! Each value is stored under the name that GraphQL uses. The review maps the results of the statistics to these; words
//! for people are left to the report and to the pages.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveEnum, FromJsonQueryResult, Iterable};
use serde::{Deserialize, Serialize};

/// The conclusion of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// The decision raised the score.
    #[sea_orm(string_value = "MOVED_UP")]
    MovedUp,
    /// The decision lowered the score.
    #[sea_orm(string_value = "MOVED_DOWN")]
    MovedDown,
    /// An effect large enough to matter would have been detected.
    #[sea_orm(string_value = "DID_NOT_MOVE")]
    DidNotMove,
    /// The horizon is not over; later weeks may decide.
    #[sea_orm(string_value = "TOO_EARLY")]
    TooEarly,
    /// The horizon is over, and there were too few responses.
    #[sea_orm(string_value = "NOT_ENOUGH_DATA")]
    NotEnoughData,
    /// The decision's effect cannot be separated from that of something else.
    #[sea_orm(string_value = "CONFOUNDED")]
    Confounded,
}

/// How an effect was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewMethod {
    /// The change of the target's score, minus the change of all other customers' in the same weeks.
    #[sea_orm(string_value = "DIFFERENCE_IN_DIFFERENCES")]
    DifferenceInDifferences,
    /// The target's score after the decision, against its own past.
    #[sea_orm(string_value = "INTERRUPTED_TIME_SERIES")]
    InterruptedTimeSeries,
}

/// How the effect compares with what the owner expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExpectationOutcome {
    /// The effect was better than expected.
    #[sea_orm(string_value = "EXCEEDED")]
    Exceeded,
    /// The effect was as expected.
    #[sea_orm(string_value = "MET")]
    Met,
    /// The effect was worse than expected.
    #[sea_orm(string_value = "MISSED")]
    Missed,
    /// It is open so far, or cannot be determined.
    #[sea_orm(string_value = "UNDETERMINED")]
    Undetermined,
}

/// What a caveat is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CaveatCode {
    /// Another decision affected some of the same customers in some of the same weeks.
    #[sea_orm(string_value = "OVERLAPPING_DECISION")]
    OverlappingDecision,
    /// There are no other customers to compare with.
    #[sea_orm(string_value = "NO_COMPARISON")]
    NoComparison,
    /// The scores of target and comparison did not move in parallel before the decision.
    #[sea_orm(string_value = "TRENDS_NOT_PARALLEL")]
    TrendsNotParallel,
    /// Other kinds of customers responded than before.
    #[sea_orm(string_value = "RESPONDENT_MIX_SHIFTED")]
    RespondentMixShifted,
    /// There are few responses.
    #[sea_orm(string_value = "FEW_RESPONSES")]
    FewResponses,
    /// There are few weeks before the decision.
    #[sea_orm(string_value = "SHORT_HISTORY")]
    ShortHistory,
    /// The decision was logged when responses may already have shown its effect.
    #[sea_orm(string_value = "RETROSPECTIVE")]
    Retrospective,
    /// There is less than a year before the decision, so that a season may look like an effect.
    #[sea_orm(string_value = "SEASONALITY_UNKNOWN")]
    SeasonalityUnknown,
    /// Many decisions are judged at once: some will seem to move the score by chance.
    #[sea_orm(string_value = "MANY_DECISIONS")]
    ManyDecisions,
}

/// One limitation of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCaveat {
    /// What it is about.
    pub code: CaveatCode,
    /// The explanation for a person, in one or two sentences.
    pub message: String,
}

/// The caveats of a review, the most important first; one small JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct CaveatList(pub Vec<StoredCaveat>);

impl Verdict {
    /// Every verdict, from the clearest to the least clear.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    /// Its name in the database and in GraphQL, like `MOVED_UP`.
    pub fn name(self) -> String {
        self.to_value()
    }
}

impl CaveatCode {
    /// Its name in the database and in GraphQL, like `FEW_RESPONSES`.
    pub fn name(self) -> String {
        self.to_value()
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    /// Checks that the stored name of every value is also its name in JSON.
    fn assert_one_name<E>()
    where
        E: ActiveEnum<Value = String> + Iterable + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        for value in E::iter() {
            let name = value.to_value();
            assert_eq!(serde_json::to_value(&value).expect("JSON"), serde_json::json!(name));
            assert_eq!(serde_json::from_value::<E>(serde_json::json!(name)).expect("a value"), value);
        }
    }

    #[test]
    fn the_database_and_json_have_the_same_names() {
        assert_one_name::<Verdict>();
        assert_one_name::<ReviewMethod>();
        assert_one_name::<ExpectationOutcome>();
        assert_one_name::<CaveatCode>();
    }
}
