//! Merging customers who are one person, and undoing it.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use needle_rules::merge::{self, CustomerMerge};
use needle_rules::problem::{check_text, limit};
use needle_rules::segment::ChangeError;

use super::Customer;
use crate::graphql::audit::AuditedMutation;
use crate::graphql::scope::RequestScope;
use crate::graphql::user_error::{UserError, split_refusal};

/// The input of `mergeCustomers`.
#[derive(InputObject)]
pub struct MergeCustomersInput {
    /// The company's id of the customer that becomes part of the other one.
    from: String,
    /// The company's id of the customer that stays.
    into: String,
}

/// What `mergeCustomers` did.
#[derive(Default, SimpleObject)]
pub struct MergeCustomersPayload {
    /// The customer that stays; null when nothing was merged.
    customer: Option<Customer>,
    /// The number of responses that are this customer's now.
    responses_moved: u64,
    /// Why nothing was merged; empty when it was.
    user_errors: Vec<UserError>,
}

/// The input of `unmergeCustomer`.
#[derive(InputObject)]
pub struct UnmergeCustomerInput {
    /// The company's id of the customer that became part of another one.
    from: String,
}

/// What `unmergeCustomer` did.
#[derive(Default, SimpleObject)]
pub struct UnmergeCustomerPayload {
    /// The customer that exists again; null when nothing was undone.
    customer: Option<Customer>,
    /// The number of responses that are this customer's again.
    responses_moved: u64,
    /// Why nothing was undone; empty when it was.
    user_errors: Vec<UserError>,
}

/// Mutations that join and part customers.
#[derive(Default)]
pub struct CustomerMergeMutation;

#[Object]
impl CustomerMergeMutation {
    /// Makes one customer of two who are the same person: all responses of `from` become those of `into`, which also takes the
    /// address, the name and the attributes that it lacks. Responses keep the attributes of their moment. From then on
    /// rows that name `from` mean `into`. `unmergeCustomer` undoes it.
    async fn merge_customers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The two customers.")] input: MergeCustomersInput,
    ) -> Result<MergeCustomersPayload> {
        let (scope, signed) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let checked =
            check_text("from", &input.from, limit::ID).and_then(|()| check_text("into", &input.into, limit::ID));
        let outcome = match checked {
            Ok(()) => merge::merge(&scope.target(&signed), &input.from, &input.into, &scope.viewer.name).await,
            Err(problem) => Err(problem.into()),
        };
        Ok(match settle(scope, &signed, outcome).await? {
            Ok((customer, responses_moved)) => {
                MergeCustomersPayload { customer: Some(customer), responses_moved, user_errors: Vec::new() }
            }
            Err(error) => MergeCustomersPayload { user_errors: vec![error], ..MergeCustomersPayload::default() },
        })
    }

    /// Undoes a merge: the customer exists again, with its responses of then. What came in since stays with the other
    /// customer, as does what was changed since.
    async fn unmerge_customer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The customer that became part of another one.")] input: UnmergeCustomerInput,
    ) -> Result<UnmergeCustomerPayload> {
        let (scope, signed) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let outcome = match check_text("from", &input.from, limit::ID) {
            Ok(()) => merge::unmerge(&scope.target(&signed), &input.from).await,
            Err(problem) => Err(problem.into()),
        };
        Ok(match settle(scope, &signed, outcome).await? {
            Ok((customer, responses_moved)) => {
                UnmergeCustomerPayload { customer: Some(customer), responses_moved, user_errors: Vec::new() }
            }
            Err(error) => UnmergeCustomerPayload { user_errors: vec![error], ..UnmergeCustomerPayload::default() },
        })
    }
}

/// The customer and the number of its responses, or why nothing was done, which is recorded.
async fn settle(
    scope: &RequestScope,
    signed: &AuditedMutation,
    outcome: Result<CustomerMerge, ChangeError>,
) -> Result<Result<(Customer, u64), UserError>> {
    scope.discard_snapshot();
    match split_refusal(outcome)? {
        Ok(done) => Ok(Ok((Customer(done.customer), done.responses))),
        Err(error) => {
            signed.record_refused(scope, &error).await?;
            Ok(Err(error))
        }
    }
}
