//! Limits on one request, checked before execution: its size, the cost of a query, the budget of a token.
//!
//! The text is scanned before it is parsed ([`text`]), the document is measured before it is validated ([`measure`]),
//! by the prices of the schema's fields ([`price`]); budgets are in [`budget`]. Each error names its limit.

mod arguments;
pub mod budget;
mod measure;
mod price;
mod rules;
#[cfg(test)]
mod tests;
mod text;

use async_graphql::{ErrorExtensionValues, Pos, ServerError};

use super::error::ErrorCode;

pub use crate::limits::{LimitExceeded, RequestLimits};
pub use measure::{DocumentSize, measure};
pub use price::SchemaPrices;
pub use text::{check_json, check_text};

impl LimitExceeded {
    /// The error for the client; `position` is where the document exceeds the limit, if that is one place.
    pub fn at(&self, position: Option<Pos>) -> ServerError {
        let mut error = ServerError::new(self.message(), position);
        error.extensions = Some(self.extensions());
        error
    }

    fn extensions(&self) -> ErrorExtensionValues {
        let mut values = ErrorExtensionValues::default();
        values.set("code", ErrorCode::LimitExceeded.name());
        values.set("limit", self.limit);
        values.set("maximum", self.maximum);
        values.set("found", self.found);
        values
    }
}

impl From<LimitExceeded> for ServerError {
    fn from(exceeded: LimitExceeded) -> Self {
        exceeded.at(None)
    }
}
