//! Writing what a delivery says, with the record of the delivery, in one transaction.

use std::sync::Arc;

use entity::hook_delivery::{HookDeliveryId, HookDeliveryState, HookVendor, Model as DeliveryRow};
use entity::hook_response::Model as FreshnessRow;
use entity::import_count::{ImportKind, ImportOutcome};
use entity::store::{self, hook_delivery};
use entity::{Calendar, DatabaseTransaction, StoreError, Timestamp};
use needle_rules::outcome::ImportReport;
use needle_rules::problem::ProblemCode;
use needle_rules::target::WriteContext;
use serde_json::Value;

use super::fields::TooManyFields;
use super::reading::{self, HookPayload};
use super::row::{self, HookRow, RowError};
use super::{HookMaps, HookOutcome, person, record};

/// Deliveries that are tried again between two looks for more.
const RETRIED_AT_ONCE: u64 = 500;

/// The code of a payload whose fields cannot be told apart.
const UNKNOWN_SHAPE: &str = "UNKNOWN_SHAPE";

/// Why a delivery could neither be stored nor kept.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The store failed: nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The body is not JSON.
    #[error("expected a JSON body: {0}")]
    Json(#[from] serde_json::Error),
    /// The payload is too large.
    #[error(transparent)]
    TooManyFields(#[from] TooManyFields),
    /// The row could not be planned.
    #[error("cannot read the payload: {0}")]
    Io(#[from] std::io::Error),
}

/// A request to a webhook whose signature was checked.
#[derive(Clone, Debug)]
pub struct HookMessage {
    /// Who sent it.
    pub vendor: HookVendor,
    /// Its id, which is the same when it is sent again; empty where the vendor sends none.
    pub id: String,
    /// The body.
    pub body: String,
}

/// What a payload says, read before the database is locked.
struct HookReading {
    persons: Vec<String>,
    updated_at: Option<Timestamp>,
    content: HookContent,
}

enum HookContent {
    Row(Box<HookRow>),
    Settled(HookVerdict),
}

/// The state of a delivery with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
struct HookVerdict {
    state: HookDeliveryState,
    code: Option<String>,
    reason: Option<String>,
}

/// Stores what a request says, or keeps it. Its return means that this is durable; an error means that nothing is stored.
pub async fn receive(
    context: &WriteContext,
    maps: &Arc<HookMaps>,
    message: HookMessage,
) -> Result<HookOutcome, HookError> {
    let reader = context.database.reader();
    let secret = store::setting::id_secret(reader).await?;
    let digest = hook_delivery::digest(&secret, message.vendor, &message.id, &message.body);
    if let Some(known) = hook_delivery::by_digest(reader, &digest).await?.filter(is_settled) {
        return Ok(outcome(&known, true));
    }
    let reading = read(context, maps, message.vendor, &message.body).await?;
    let transaction = context.database.begin_write().await?;
    let known = hook_delivery::by_digest(&transaction, &digest).await?;
    if let Some(known) = known.as_ref().filter(|known| is_settled(known)) {
        let replayed = outcome(known, true);
        transaction.rollback().await.map_err(StoreError::from)?;
        return Ok(replayed);
    }
    let is_first = known.is_none();
    let delivery = known.unwrap_or_else(|| DeliveryRow {
        id: HookDeliveryId(0),
        vendor: message.vendor,
        digest,
        received_at: context.now,
        state: HookDeliveryState::Waiting,
        code: None,
        reason: None,
        attempts: 0,
        tried_at: context.now,
        payload: Some(message.body),
        persons: Value::Array(Vec::new()),
    });
    let mut delivery = settle(&transaction, context, reading, delivery, is_first).await?;
    if is_first {
        delivery.id = hook_delivery::insert(&transaction, delivery.clone()).await?;
    } else {
        hook_delivery::update(&transaction, delivery.clone()).await?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(outcome(&delivery, false))
}

/// The ids of waiting deliveries, oldest first: a few hundred of those after `after`.
pub async fn waiting_ids(context: &WriteContext, after: HookDeliveryId) -> Result<Vec<HookDeliveryId>, StoreError> {
    let rows = hook_delivery::waiting_after(context.database.reader(), after, RETRIED_AT_ONCE).await?;
    Ok(rows.iter().map(|row| row.id).collect())
}

/// Tries a kept delivery again; `None` when there is none with this id. One that is settled stays as it is.
pub async fn retry(
    context: &WriteContext,
    maps: &Arc<HookMaps>,
    id: HookDeliveryId,
) -> Result<Option<HookOutcome>, HookError> {
    let Some(kept) = hook_delivery::by_id(context.database.reader(), id).await? else { return Ok(None) };
    let Some(body) = kept.payload.as_ref().filter(|_| !is_settled(&kept)) else {
        return Ok(Some(outcome(&kept, true)));
    };
    let reading = read(context, maps, kept.vendor, body).await?;
    let transaction = context.database.begin_write().await?;
    // Meanwhile it may have been settled by another process, or erased.
    let Some(kept) = hook_delivery::by_id(&transaction, id).await? else {
        transaction.rollback().await.map_err(StoreError::from)?;
        return Ok(None);
    };
    if is_settled(&kept) {
        transaction.rollback().await.map_err(StoreError::from)?;
        return Ok(Some(outcome(&kept, true)));
    }
    let delivery = settle(&transaction, context, reading, kept, false).await?;
    hook_delivery::update(&transaction, delivery.clone()).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(Some(outcome(&delivery, false)))
}

/// Deletes deliveries that arrived more than [`hook_delivery::KEPT_DAYS`] days ago. Returns how many of them were still waiting, and how many
/// there were.
pub async fn drop_old(context: &WriteContext) -> Result<(u64, u64), StoreError> {
    let before = context.now.plus_seconds(-hook_delivery::KEPT_DAYS * 86_400);
    if !hook_delivery::is_any_before(context.database.reader(), before).await? {
        return Ok((0, 0));
    }
    let transaction = context.database.begin_write().await?;
    let dropped = hook_delivery::delete_before(&transaction, before).await?;
    transaction.commit().await?;
    Ok(dropped)
}

fn is_settled(delivery: &DeliveryRow) -> bool {
    delivery.state != HookDeliveryState::Waiting
}

fn outcome(delivery: &DeliveryRow, is_replay: bool) -> HookOutcome {
    let DeliveryRow { id, state, code, reason, .. } = delivery.clone();
    HookOutcome { id, state, code, reason, is_replay }
}

/// Reads a payload, on a thread of its own: a wide one takes a while.
async fn read(
    context: &WriteContext,
    maps: &Arc<HookMaps>,
    vendor: HookVendor,
    body: &str,
) -> Result<HookReading, HookError> {
    let payload: Value = serde_json::from_str(body)?;
    let (maps, calendar, now) = (Arc::clone(maps), context.calendar, context.now);
    let reading = tokio::task::spawn_blocking(move || read_payload(vendor, &payload, maps.of(vendor), calendar, now));
    let mut reading = reading.await.map_err(std::io::Error::other)??;
    if let HookContent::Row(row) = &mut reading.content {
        let rows = [(1, row.response.clone())];
        if let [(_, keyed)] = &*needle_rules::response::with_keyed_ids(context, &rows).await? {
            row.response = keyed.clone();
        }
    }
    Ok(reading)
}

fn read_payload(
    vendor: HookVendor,
    payload: &Value,
    map: &[(String, String)],
    calendar: Calendar,
    now: Timestamp,
) -> Result<HookReading, HookError> {
    let said = reading::read(vendor, payload)?;
    let (content, updated_at) = match &said {
        HookPayload::Other(event) => (HookContent::Settled(HookVerdict::ignored(event)), None),
        HookPayload::Unknown(expected) => (HookContent::Settled(HookVerdict::unknown(expected)), None),
        HookPayload::Response(response) => {
            let content = match row::read(vendor, response, map, calendar, now) {
                Ok(row) => HookContent::Row(Box::new(row)),
                Err(RowError::Unclear(why)) => HookContent::Settled(HookVerdict::unknown(&why)),
                Err(RowError::Rejected(problem)) => {
                    HookContent::Settled(HookVerdict::rejected(problem.code, &problem.message))
                }
                Err(RowError::Io(error)) => return Err(HookError::Io(error)),
            };
            (content, response.updated_at)
        }
    };
    let row = if let HookContent::Row(row) = &content { Some(&**row) } else { None };
    let persons = person::of(&said, payload, row, map);
    Ok(HookReading { persons, updated_at, content })
}

/// Writes what a payload says and returns the delivery as it is to be stored.
async fn settle(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    reading: HookReading,
    delivery: DeliveryRow,
    is_first: bool,
) -> Result<DeliveryRow, StoreError> {
    let HookReading { persons, updated_at, content } = reading;
    let mut verdict = match content {
        HookContent::Settled(verdict) => verdict,
        HookContent::Row(row) => {
            let freshness = Freshness { updated_at, received_at: delivery.received_at };
            write(transaction, context, *row, freshness).await?
        }
    };
    // Nothing of an erased person is kept.
    if verdict.state == HookDeliveryState::Waiting && record::is_erased(transaction, &persons).await? {
        verdict = HookVerdict::rejected(ProblemCode::Erased, "this customer was erased");
    }
    let is_waiting = verdict.state == HookDeliveryState::Waiting;
    if verdict.state == HookDeliveryState::Rejected || (is_waiting && is_first) {
        store::import_count::add(transaction, ImportKind::Responses, [(ImportOutcome::Rejected, 1)]).await?;
    }
    let HookVerdict { state, code, reason } = verdict;
    Ok(DeliveryRow {
        state,
        code,
        reason,
        attempts: delivery.attempts + 1,
        tried_at: context.now,
        payload: delivery.payload.filter(|_| is_waiting),
        persons: if is_waiting { persons.into() } else { Value::Array(Vec::new()) },
        ..delivery
    })
}

/// How recent a delivery is.
#[derive(Clone, Copy, Debug)]
struct Freshness {
    updated_at: Option<Timestamp>,
    received_at: Timestamp,
}

impl Freshness {
    /// True for a delivery that is older than the newest one about the same response.
    fn is_older_than(self, newest: &FreshnessRow) -> bool {
        match (self.updated_at, newest.updated_at) {
            (Some(one), Some(other)) => one < other,
            _ => self.received_at < newest.received_at,
        }
    }
}

/// Writes a response and its customer, or neither.
async fn write(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    row: HookRow,
    freshness: Freshness,
) -> Result<HookVerdict, StoreError> {
    let (source, external_id) = (row.source, row.response.external_id.clone());
    if let Some(newest) = freshness_of(transaction, source, &external_id).await?
        && freshness.is_older_than(&newest)
    {
        return Ok(HookVerdict { state: HookDeliveryState::Outdated, code: None, reason: None });
    }
    let report = match record::record(transaction, context, row).await? {
        Ok(report) => report,
        Err(rejection) => return Ok(HookVerdict::rejected(rejection.code, &rejection.message)),
    };
    let ids = [external_id.clone()];
    let written = store::response::by_external_ids(transaction, source, &ids).await?;
    if let Some(response) = written.get(&external_id) {
        let Freshness { updated_at, received_at } = freshness;
        let row = FreshnessRow { response_id: response.id, updated_at, received_at };
        hook_delivery::put_freshness(transaction, row).await?;
    }
    Ok(HookVerdict { state: state_of(&report), code: None, reason: None })
}

async fn freshness_of(
    transaction: &DatabaseTransaction,
    source: &str,
    external_id: &str,
) -> Result<Option<FreshnessRow>, StoreError> {
    let ids = [external_id.to_owned()];
    let stored = store::response::by_external_ids(transaction, source, &ids).await?;
    match stored.get(external_id) {
        Some(response) => hook_delivery::freshness(transaction, response.id).await,
        None => Ok(None),
    }
}

fn state_of(report: &ImportReport) -> HookDeliveryState {
    match report {
        ImportReport { accepted: 1.., .. } => HookDeliveryState::Accepted,
        ImportReport { updated: 1.., .. } => HookDeliveryState::Updated,
        _ => HookDeliveryState::Unchanged,
    }
}

impl HookVerdict {
    fn ignored(event: &str) -> Self {
        let event: String = event.chars().take(100).collect();
        let reason = Some(format!("the event \"{event}\" is not about a response"));
        Self { state: HookDeliveryState::Ignored, code: None, reason }
    }

    fn unknown(why: &str) -> Self {
        let (code, reason) = (Some(UNKNOWN_SHAPE.to_owned()), Some(why.to_owned()));
        Self { state: HookDeliveryState::Waiting, code, reason }
    }

    /// A row that is refused: for good, or kept where somebody could mend the reason.
    fn rejected(code: ProblemCode, message: &str) -> Self {
        let state = if record::is_final(code) { HookDeliveryState::Rejected } else { HookDeliveryState::Waiting };
        let code = serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned));
        Self { state, code, reason: Some(message.to_owned()) }
    }
}
