//! The cost of a request, as a field of the query root and as an extension of the result.

use async_graphql::{Context, Object, Result, SimpleObject, Value, value};

use super::error::ApiError;
use super::limit::RequestLimits;
use super::scope::RequestScope;

/// The cost that an operation was charged before it was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCharge {
    /// The cost of the operation, in points.
    pub cost: u64,
    /// The points that are left of the viewer's budget.
    pub left: u64,
}

impl RequestCharge {
    /// The member `cost` of the result's `extensions`.
    pub fn extension(&self, limits: &RequestLimits) -> Value {
        let (cost, left) = (self.cost, self.left);
        value!({ "query": cost, "limit": limits.cost, "left": left, "perSecond": limits.cost_per_second })
    }
}

/// The cost of an operation in points: 1 for a field, the fields of a list as often as it may hold items, 2,000 for the
/// analysis of a free slice.
#[derive(SimpleObject)]
pub struct RequestCost {
    /// The cost of this operation, charged before it is executed.
    query: i32,
    /// The most that one operation may cost; null where there is no limit.
    limit: Option<i32>,
    /// What is left of the viewer's budget after this operation; null where there is no budget.
    left: Option<i32>,
    /// By how much the budget grows in a second, up to ten seconds' worth; null where there is no budget.
    per_second: Option<i32>,
}

/// Queries for the cost of the request.
#[derive(Default)]
pub struct CostQuery;

#[Object]
#[expect(clippy::unused_self, reason = "the root has nothing of its own")]
impl CostQuery {
    /// The cost of this operation, and the budget that is left. The same is in the `extensions` of every result over
    /// HTTP.
    fn request_cost(&self, context: &Context<'_>) -> Result<RequestCost> {
        let limits = &RequestScope::of(context)?.api.settings().limits;
        let missing = || ApiError::Internal("an operation was executed without being charged".to_owned());
        let charge = context.data_opt::<RequestCharge>().ok_or_else(missing)?;
        // A limit beyond the range of `Int` is no limit.
        let within = |points: u64| i32::try_from(points).ok();
        Ok(RequestCost {
            query: within(charge.cost).unwrap_or(i32::MAX),
            limit: within(limits.cost),
            left: within(charge.left),
            per_second: within(limits.cost_per_second),
        })
    }
}
