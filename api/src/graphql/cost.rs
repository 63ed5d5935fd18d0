//! What a query costs its viewer, as the query itself can ask and as the answer's `extensions` say.

use async_graphql::{Context, Object, Result, SimpleObject, Value, value};

use super::error::ApiError;
use super::limit::RequestLimits;
use super::scope::RequestScope;

/// What an operation was charged before it was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCharge {
    /// What it costs.
    pub cost: u64,
    /// What is left of the viewer's budget.
    pub left: u64,
}

impl RequestCharge {
    /// The member `cost` of the answer's `extensions`.
    pub fn extension(&self, limits: &RequestLimits) -> Value {
        let (cost, left) = (self.cost, self.left);
        value!({ "query": cost, "limit": limits.cost, "left": left, "perSecond": limits.cost_per_second })
    }
}

/// What a query costs: every field 1, a list as often as it may hold items, an analysis of a free slice 2,000.
#[derive(SimpleObject)]
pub struct RequestCost {
    /// What this operation costs, charged before it is executed.
    query: i32,
    /// What one operation may cost; null where nothing is refused.
    limit: Option<i32>,
    /// What is left of the viewer's budget after this operation; null where there is no budget.
    left: Option<i32>,
    /// By how much the budget grows in a second, up to ten seconds' worth; null where there is no budget.
    per_second: Option<i32>,
}

/// The cost.
#[derive(Default)]
pub struct CostQuery;

#[Object]
#[expect(clippy::unused_self, reason = "the root has nothing of its own")]
impl CostQuery {
    /// What this operation costs, and what is left to spend. The same is in the `extensions` of every answer over HTTP.
    fn request_cost(&self, context: &Context<'_>) -> Result<RequestCost> {
        let limits = &RequestScope::of(context)?.api.settings().limits;
        let missing = || ApiError::Internal("an operation was executed without being charged".to_owned());
        let charge = context.data_opt::<RequestCharge>().ok_or_else(missing)?;
        // Nothing of this size is ever refused.
        let within = |points: u64| i32::try_from(points).ok();
        Ok(RequestCost {
            query: within(charge.cost).unwrap_or(i32::MAX),
            limit: within(limits.cost),
            left: within(charge.left),
            per_second: within(limits.cost_per_second),
        })
    }
}
