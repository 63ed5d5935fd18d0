//! Merging two customers who are one person, and undoing it. Responses keep the attributes of their moment; only whose they
//! are changes.

use entity::customer::Model as CustomerRow;
use entity::customer_merge::{CustomerMergeId, Model as MergeRow};
use entity::response::ResponseId;
use entity::store::{self, customer::NewCustomer};
use entity::{Attributes, DatabaseTransaction, StoreError};

use crate::problem::{InputProblem, ProblemCode};
use crate::segment::ChangeError;
use crate::target::WriteContext;

/// Two customers that became one, or became two again.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerMerge {
    /// The customer that exists.
    pub customer: CustomerRow,
    /// How many responses moved.
    pub responses: u64,
}

/// Merges the customer `from` into `into`: all responses become those of `into`, which also takes the address, the name and
/// the attributes that it lacks. From then on rows that name `from` mean `into`.
pub async fn merge(context: &WriteContext, from: &str, into: &str, by: &str) -> Result<CustomerMerge, ChangeError> {
    let transaction = context.database.begin_write().await?;
    let (from_row, into_row) = match find(&transaction, from, into).await {
        Ok(rows) => rows,
        Err(error) => {
            transaction.rollback().await.map_err(StoreError::from)?;
            return Err(error);
        }
    };
    let done = merge_rows(&transaction, context, from_row, into_row, by).await?;
    context.sign(&transaction, Some(format!("{} responses moved", done.responses))).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(done)
}

async fn find(
    transaction: &DatabaseTransaction,
    from: &str,
    into: &str,
) -> Result<(CustomerRow, CustomerRow), ChangeError> {
    if from == into {
        let message = "expected two customers, found the same one twice";
        return Err(InputProblem::new(ProblemCode::Invalid, "into", message).into());
    }
    let mut found = store::customer::by_external_ids(transaction, &[from.to_owned(), into.to_owned()]).await?;
    let mut take = |field: &str, id: &str| {
        let missing = || InputProblem::new(ProblemCode::NotFound, field, format!("no customer has the id \"{id}\""));
        found.remove(id).ok_or_else(missing)
    };
    if let Some(merge) = store::customer_merge::of(transaction, from).await? {
        let others = store::customer::by_ids(transaction, &[merge.into_customer_id]).await?;
        let other = others.values().next().map(|row| row.external_id.clone()).unwrap_or_default();
        let message = format!("\"{from}\" is part of \"{other}\" already");
        return Err(InputProblem::new(ProblemCode::Conflict, "from", message).into());
    }
    let (from_row, into_row) = (take("from", from)?, take("into", into)?);
    if !store::customer_merge::into(transaction, from_row.id).await?.is_empty() {
        let message =
            format!("others are part of \"{from}\" already: merge \"{into}\" into it instead, or undo theirs first");
        return Err(InputProblem::new(ProblemCode::Conflict, "from", message).into());
    }
    Ok((from_row, into_row))
}

/// Merges two rows in a transaction. Nobody may be part of `from` yet.
pub(crate) async fn merge_rows(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    from: CustomerRow,
    into: CustomerRow,
    by: &str,
) -> Result<CustomerMerge, StoreError> {
    let moved = store::response::of_customers(transaction, &[from.id]).await?;
    let ids: Vec<i64> = moved.iter().map(|response| response.id.0).collect();
    let responses = ids.len() as u64;
    let record = MergeRow {
        id: CustomerMergeId(0),
        from_external_id: from.external_id.clone(),
        from_email: from.email.clone(),
        from_name: from.name.clone(),
        from_attributes: from.attributes.clone(),
        from_created_at: from.created_at,
        into_customer_id: into.id,
        into_email: into.email.clone(),
        into_name: into.name.clone(),
        into_attributes: into.attributes.clone(),
        response_ids: ids.into(),
        merged_at: context.now,
        merged_by: by.to_owned(),
        import_id: context.import_id(),
        from_import_id: from.import_id,
    };
    let ids: Vec<ResponseId> = moved.iter().map(|response| response.id).collect();
    store::response::give_to(transaction, &ids, from.id, into.id).await?;
    store::customer::delete(transaction, from.id).await?;
    let customer = CustomerRow {
        email: into.email.clone().or(from.email),
        name: into.name.clone().or(from.name),
        attributes: from.attributes.overlaid_by(&into.attributes),
        import_id: context.import_id(),
        ..into
    };
    store::customer::update(transaction, std::slice::from_ref(&customer)).await?;
    store::customer_merge::insert(transaction, record).await?;
    store::stale_week::mark(transaction, moved.into_iter().map(|response| response.day)).await?;
    Ok(CustomerMerge { customer, responses })
}

/// Undoes a merge: the customer `from` exists again, with its responses of then. What came in later under either id stays
/// with the other one, as does what was changed since.
pub async fn unmerge(context: &WriteContext, from: &str) -> Result<CustomerMerge, ChangeError> {
    let transaction = context.database.begin_write().await?;
    let done = match store::customer_merge::of(&transaction, from).await? {
        Some(merge) => unmerge_row(&transaction, merge).await?,
        None => None,
    };
    let Some(done) = done else {
        transaction.rollback().await.map_err(StoreError::from)?;
        let message = format!("no customer with the id \"{from}\" was merged into another one");
        return Err(InputProblem::new(ProblemCode::NotFound, "from", message).into());
    };
    context.sign(&transaction, Some(format!("{} responses moved back", done.responses))).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(done)
}

pub(crate) async fn unmerge_row(
    transaction: &DatabaseTransaction,
    merge: MergeRow,
) -> Result<Option<CustomerMerge>, StoreError> {
    let restored = NewCustomer {
        external_id: merge.from_external_id.clone(),
        email: merge.from_email.clone(),
        name: merge.from_name.clone(),
        attributes: merge.from_attributes.clone(),
        import_id: merge.from_import_id,
    };
    store::customer::insert(transaction, vec![restored], merge.from_created_at).await?;
    let ids = [merge.from_external_id.clone()];
    let mut found = store::customer::by_external_ids(transaction, &ids).await?;
    let Some(customer) = found.remove(&merge.from_external_id) else { return Ok(None) };
    let numbers = merge.response_ids.as_array().into_iter().flatten().filter_map(serde_json::Value::as_i64);
    let ids: Vec<ResponseId> = numbers.map(ResponseId).collect();
    // Those that were erased or moved on since are left where they are.
    let mut moved = store::response::by_ids(transaction, &ids).await?;
    moved.retain(|_, response| response.customer_id == Some(merge.into_customer_id));
    let ids: Vec<ResponseId> = moved.keys().copied().collect();
    store::response::give_to(transaction, &ids, merge.into_customer_id, customer.id).await?;
    let others = store::customer::by_ids(transaction, &[merge.into_customer_id]).await?;
    if let Some(into) = others.into_values().next() {
        store::customer::update(transaction, &[without(into, &merge)]).await?;
    }
    store::customer_merge::delete(transaction, merge.id).await?;
    let responses = moved.len() as u64;
    store::stale_week::mark(transaction, moved.into_values().map(|response| response.day)).await?;
    Ok(Some(CustomerMerge { customer, responses }))
}

/// The other customer without what it took over, as far as that has not been changed since.
fn without(into: CustomerRow, merge: &MergeRow) -> CustomerRow {
    let was_taken =
        |now: &Option<String>, before: &Option<String>, from: &Option<String>| before.is_none() && now == from;
    let email = if was_taken(&into.email, &merge.into_email, &merge.from_email) { None } else { into.email };
    let name = if was_taken(&into.name, &merge.into_name, &merge.from_name) { None } else { into.name };
    let mut attributes: Attributes = into.attributes;
    attributes.0.retain(|name, value| {
        merge.into_attributes.0.contains_key(name) || merge.from_attributes.0.get(name) != Some(value)
    });
    CustomerRow { email, name, attributes, import_id: None, ..into }
}
