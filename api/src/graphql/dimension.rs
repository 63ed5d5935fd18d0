//! The attributes of customers and responses, and their values.

use async_graphql::{Context, Object, Result, SimpleObject};
use entity::dimension::Model as DimensionRow;

use super::error::ApiError;
use super::scope::RequestScope;

/// The most values that one field returns; an attribute with more is not sliceable anyway.
const VALUES_LIMIT: i32 = 1_000;

/// The number of values that are returned when the query has no `first`.
const DEFAULT_VALUES: i32 = 100;

/// An attribute of customers or responses.
pub struct Dimension {
    row: DimensionRow,
    sliceable: bool,
}

/// One value of an attribute.
#[derive(SimpleObject)]
pub struct DimensionValueCount {
    /// The value; null for responses that lack the attribute.
    value: Option<String>,
    /// How many scored responses have it.
    responses: u64,
}

/// An attribute of customers or responses.
#[Object]
impl Dimension {
    /// The attribute's name, as `where` and `by` take it.
    fn name(&self) -> &str {
        &self.row.name
    }

    /// True when scores can be broken down by it; false when it has too many values, like an order number.
    fn sliceable(&self) -> bool {
        self.sliceable
    }

    /// The number of distinct values; one more than the limit when there are too many to slice by.
    fn distinct_values(&self) -> i32 {
        self.row.distinct_values
    }

    /// The values with the most responses first; empty when the attribute is not sliceable.
    async fn values(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many values, at most 1,000.", default_with = "Some(DEFAULT_VALUES)")] first: Option<i32>,
    ) -> Result<Vec<DimensionValueCount>> {
        let first = first.unwrap_or(DEFAULT_VALUES);
        if first > VALUES_LIMIT {
            let message = format!("first: at most {VALUES_LIMIT} values are listed, {first} were requested");
            return Err(ApiError::LimitExceeded(message).into());
        }
        let first = usize::try_from(first)
            .map_err(|_| ApiError::BadUserInput(format!("first: expected 0 or more, found {first}")))?;
        let name = self.row.name.clone();
        let values = RequestScope::of(context)?.analyse(move |analytics| analytics.values(&name)).await?;
        let count = |(value, responses)| DimensionValueCount { value, responses };
        Ok(values.into_iter().take(first).map(count).collect())
    }
}

/// Queries for dimensions.
#[derive(Default)]
pub struct DimensionQuery;

#[Object]
impl DimensionQuery {
    /// The attributes of customers and responses, by name.
    async fn dimensions(&self, context: &Context<'_>) -> Result<Vec<Dimension>> {
        let analytics = RequestScope::of(context)?.analytics().await?;
        let dimension = |(row, sliceable): (&DimensionRow, bool)| Dimension { row: row.clone(), sliceable };
        Ok(analytics.sliceability().map(dimension).collect())
    }
}
