//! Who gave the responses of a file, among the customers that are known already, and whether its ids are those of
//! responses that are known: what a single row does not show.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{ConnectionTrait, Database, StoreError, store};
use needle_rules::known_customer::{KnownCustomer, KnownCustomers};
use needle_rules::outcome::ImportReport;
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::record::{CustomerRecord, ResponseRecord};

use crate::error::ImportError;
use crate::heading::quoted;
use crate::identity_sample::{IdentitySample, TimeAndScore};

/// A response with the number of its row, and the customer whom the row describes.
pub type NumberedResponse = (u64, (ResponseRecord, Option<CustomerRecord>));

/// From how many known ids on their contents show that they are those of another survey.
const KNOWN_IDS: usize = 3;

/// How many unknown ids are compared with known ones, evenly over them all.
const COMPARED_IDS: usize = 2_000;

/// The greatest length of a number that may have lost zeros in front.
const LONGEST_NUMBER: usize = 12;

/// Gives responses whose customer is known by the address only, or by an id that was merged into another one, to the
/// customer whose they are. A response is rejected where several have the address.
pub async fn by_address<C: ConnectionTrait>(
    connection: &C,
    rows: Vec<NumberedResponse>,
    report: &mut ImportReport,
) -> Result<Vec<NumberedResponse>, StoreError> {
    let described = |row: &NumberedResponse| row.1.1.as_ref().map(|customer| customer.external_id.clone());
    let ids: BTreeSet<String> = rows.iter().filter_map(described).collect();
    if ids.is_empty() {
        return Ok(rows);
    }
    let customers = KnownCustomers::find(connection, ids.iter()).await?;
    let mut known = Vec::with_capacity(rows.len());
    for mut row in rows {
        match described(&row).map_or(KnownCustomer::AsNamed, |id| customers.of(&id)) {
            KnownCustomer::AsNamed => {}
            KnownCustomer::Other(id) => {
                row.1.0.customer = Some(id.clone());
                if let Some(customer) = &mut row.1.1 {
                    customer.external_id = id;
                    // The company's own spelling of the address stays.
                    customer.email = None;
                }
            }
            KnownCustomer::Several(several) => {
                let message = format!(
                    "expected an address of one customer, found that of {}: say which in a column customer_id",
                    quoted(&several)
                );
                report.reject(row.0, InputProblem::new(ProblemCode::Invalid, "email", message));
                continue;
            }
        }
        known.push(row);
    }
    Ok(known)
}

/// Refuses a file whose ids are mostly known, with other times and other scores: surveys number their responses from 1
/// again, and the second would overwrite the first.
pub async fn check_survey(database: &Database, source: &str, sample: &IdentitySample) -> Result<(), ImportError> {
    let ids: Vec<String> = sample.responses.kept.keys().cloned().collect();
    let known = store::response::by_external_ids(database.reader(), source, &ids).await?;
    let differs = |(id, (answered_at, score)): &(&String, &TimeAndScore)| {
        known.get(*id).is_some_and(|row| {
            let seconds = row.answered_at.0.abs_diff(answered_at.0) / 1_000_000;
            seconds > 86_400 && row.score != *score
        })
    };
    let differing = sample.responses.kept.iter().filter(differs).count();
    if known.len() < KNOWN_IDS || differing * 2 <= known.len() {
        return Ok(());
    }
    Err(ImportError::Header(format!(
        "{differing} of {} ids are known from \"{source}\" with another time and another score: is this another survey, which \
         numbers its responses from 1 again? Name it with --source NAME; where it is the same one, corrected, add --update",
        known.len()
    )))
}

/// A hint where customers of a file are unknown and known ones differ from them only by zeros in front, which
/// spreadsheets leave out of numbers.
pub async fn lost_zeros(database: &Database, sample: &IdentitySample) -> Result<Option<String>, StoreError> {
    let is_number = |id: &&String| {
        !id.starts_with('0') && id.len() < LONGEST_NUMBER && id.bytes().all(|byte| byte.is_ascii_digit())
    };
    let zero = |id: &&String| id.as_str() == "0";
    let named = sample.customers.kept.keys();
    let numbers: BTreeSet<&String> = named.filter(|id| is_number(id) || zero(id)).collect();
    let numbers: Vec<String> = numbers.into_iter().cloned().collect();
    if numbers.is_empty() {
        return Ok(None);
    }
    let known = store::customer::by_external_ids(database.reader(), &numbers).await?;
    let unknown: Vec<&String> = numbers.iter().filter(|id| !known.contains_key(*id)).collect();
    let padded: BTreeMap<String, &String> = unknown
        .iter()
        .step_by(unknown.len().div_ceil(COMPARED_IDS).max(1))
        .flat_map(|id| (id.len() + 1..=LONGEST_NUMBER).map(move |width| (format!("{id:0>width$}"), *id)))
        .collect();
    let candidates: Vec<String> = padded.keys().cloned().collect();
    let found: HashMap<String, _> = store::customer::by_external_ids(database.reader(), &candidates).await?;
    let Some(example) = found.keys().min() else { return Ok(None) };
    let short = padded.get(example).map(|id| id.as_str()).unwrap_or_default();
    let persons: BTreeSet<&&String> = found.keys().filter_map(|id| padded.get(id)).collect();
    let compared = if sample.customers.is_whole { "of this file" } else { "of this file that were compared" };
    let least = if unknown.len() > COMPARED_IDS { "at least " } else { "" };
    Ok(Some(format!(
        "{} of {} customers {compared} were not known, and {least}{} of them differ from known ones only by zeros in front, such as \
         \"{example}\" and \"{short}\": a spreadsheet leaves them out. Export the file again and import it without opening it there",
        unknown.len(),
        numbers.len(),
        persons.len()
    )))
}
