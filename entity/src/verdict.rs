//! What a review concludes: its verdict, how the effect was estimated, how the expectation came true, and its caveats.
//!
//! Each is stored by the name that GraphQL gives it. What the statistics find is mapped to these by the review; words
//! for people are left to the report and to the pages.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveEnum, FromJsonQueryResult, Iterable};
use serde::{Deserialize, Serialize};

/// What a review concludes.
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
    /// Had it moved the score by as much as matters, one would have seen it.
    #[sea_orm(string_value = "DID_NOT_MOVE")]
    DidNotMove,
    /// More weeks are to come.
    #[sea_orm(string_value = "TOO_EARLY")]
    TooEarly,
    /// The horizon is over, and there were too few responses.
    #[sea_orm(string_value = "NOT_ENOUGH_DATA")]
    NotEnoughData,
    /// What the decision did cannot be told from what something else did.
    #[sea_orm(string_value = "CONFOUNDED")]
    Confounded,
}

/// How an effect was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewMethod {
    /// The target before and after, against the same change among everyone else.
    #[sea_orm(string_value = "DIFFERENCE_IN_DIFFERENCES")]
    DifferenceInDifferences,
    /// The target before and after, against its own past.
    #[sea_orm(string_value = "INTERRUPTED_TIME_SERIES")]
    InterruptedTimeSeries,
}

/// How what the owner expected came true.
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
    /// It cannot be told yet, or not at all.
    #[sea_orm(string_value = "UNDETERMINED")]
    Undetermined,
}

/// The kind of a caveat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CaveatCode {
    /// Another decision worked on some of the same customers in some of the same weeks.
    #[sea_orm(string_value = "OVERLAPPING_DECISION")]
    OverlappingDecision,
    /// There was nobody to compare with.
    #[sea_orm(string_value = "NO_COMPARISON")]
    NoComparison,
    /// Target and comparison did not move alike before the decision.
    #[sea_orm(string_value = "TRENDS_NOT_PARALLEL")]
    TrendsNotParallel,
    /// Other kinds of customers responded than before.
    #[sea_orm(string_value = "RESPONDENT_MIX_SHIFTED")]
    RespondentMixShifted,
    /// There were few responses.
    #[sea_orm(string_value = "FEW_RESPONSES")]
    FewResponses,
    /// There were few weeks before the decision.
    #[sea_orm(string_value = "SHORT_HISTORY")]
    ShortHistory,
    /// The decision was logged when responses may already have told.
    #[sea_orm(string_value = "RETROSPECTIVE")]
    Retrospective,
    /// There was less than a year before the decision, so that a season may look like an effect.
    #[sea_orm(string_value = "SEASONALITY_UNKNOWN")]
    SeasonalityUnknown,
    /// Many decisions are judged at once: some will seem to move the score by chance.
    #[sea_orm(string_value = "MANY_DECISIONS")]
    ManyDecisions,
}

/// One thing to bear in mind about a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caveat {
    /// Its kind.
    pub code: CaveatCode,
    /// In words, for a person.
    pub message: String,
}

/// The caveats of a review, the most important first; one small JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct CaveatList(pub Vec<Caveat>);

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

    /// The stored name of every value is the one that JSON has.
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
