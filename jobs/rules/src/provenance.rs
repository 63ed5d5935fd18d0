//! Which attributes of a stored response are its own, and which those of its customer: the latter go when it turns out
//! to be another customer's.

use std::collections::{BTreeSet, HashMap};

use entity::customer::{CustomerId, Model as CustomerRow};
use entity::own_attributes::{AttributeNames, OwnAttributesId};
use entity::response::Model as ResponseRow;
use entity::{Attributes, ConnectionTrait, StoreError, store};

use crate::record::ResponseRecord;

/// What is known about the attributes of stored responses.
#[derive(Debug, Default)]
pub struct Provenance {
    own: HashMap<OwnAttributesId, AttributeNames>,
    /// The former customers of the responses about which nothing was noted.
    former: HashMap<CustomerId, CustomerRow>,
}

impl Provenance {
    /// Loads it for these responses, of which `moved` turn out to be another customer's.
    pub async fn find<'a, C: ConnectionTrait>(
        connection: &C,
        responses: impl Iterator<Item = &'a ResponseRow>,
        moved: impl Iterator<Item = &'a ResponseRow>,
    ) -> Result<Self, StoreError> {
        let noted: BTreeSet<OwnAttributesId> = responses.filter_map(|row| row.own_attributes_id).collect();
        let unnoted = moved.filter(|row| row.own_attributes_id.is_none());
        let former: BTreeSet<CustomerId> = unnoted.filter_map(|row| row.customer_id).collect();
        let own = store::own_attributes::by_ids(connection, &Vec::from_iter(noted)).await?;
        let former = store::customer::by_ids(connection, &Vec::from_iter(former)).await?;
        Ok(Self { own, former })
    }

    /// The names that were noted for a response; `None` where none were.
    fn noted(&self, row: &ResponseRow) -> Option<&AttributeNames> {
        row.own_attributes_id.and_then(|id| self.own.get(&id))
    }

    /// The own attributes among all those of a stored response. Where none were noted, as by older versions, everything is
    /// its customer's that the customer's attributes can have given it, told by their names.
    pub fn own(&self, row: &ResponseRow, all: &Attributes) -> Attributes {
        match self.noted(row) {
            Some(names) => all.clone().only(&names.0),
            None => match row.customer_id.and_then(|customer| self.former.get(&customer)) {
                Some(former) => all.without_names_of(&former.attributes),
                None => all.clone(),
            },
        }
    }

    /// The names to note for a stored response that a record is added to; `None` where nothing changes, and where nothing is
    /// to be noted: without a customer all attributes are its own, and what an older version did not note stays unknown.
    pub fn names(
        &self,
        row: &ResponseRow,
        all: &Attributes,
        customer: Option<&CustomerRow>,
        record: &ResponseRecord,
    ) -> Option<AttributeNames> {
        let moves = customer.is_some_and(|customer| row.customer_id != Some(customer.id));
        let mut names = match self.noted(row) {
            Some(noted) if record.attributes.0.keys().all(|name| noted.0.contains(name)) => return None,
            Some(noted) => noted.clone(),
            None if moves => AttributeNames::of(&self.own(row, all)),
            None => return None,
        };
        names.0.extend(record.attributes.0.keys().cloned());
        Some(names)
    }
}
