//! What a payload says: a response, as fields that are named like the columns of the tool's exports, or something else.

use entity::hook_delivery::HookVendor;
use entity::{Calendar, Timestamp};
use serde_json::Value;

use super::fields::{PayloadFields, TooManyFields};
use super::vendor;
use crate::format::FileFormat;
use crate::timestamp;

/// A response as a payload describes it.
#[derive(Clone, Debug)]
pub struct PayloadReading {
    /// Its fields, named like columns.
    pub fields: PayloadFields,
    /// As which format the fields are read.
    pub format: FileFormat,
    /// The name of the source; `None` for that of the format.
    pub source: Option<&'static str>,
    /// Fields that the tool itself names, each with its column: they are not to be recognised.
    pub known: Vec<(&'static str, String)>,
    /// When the response was changed, as the tool says; `None` when it does not.
    pub updated_at: Option<Timestamp>,
}

/// What a payload is.
#[derive(Clone, Debug)]
pub enum HookPayload {
    /// A response.
    Response(Box<PayloadReading>),
    /// About something else, by the name of the event.
    Other(String),
    /// Of a shape that is not known: what was expected.
    Unknown(String),
}

/// Reads a payload.
pub fn read(vendor: HookVendor, payload: &Value) -> Result<HookPayload, TooManyFields> {
    match vendor {
        HookVendor::Delighted => vendor::delighted::read(payload),
        HookVendor::Typeform => vendor::typeform::read(payload),
        HookVendor::SatisMeter => vendor::satismeter::read(payload),
        HookVendor::Formbricks => vendor::formbricks::read(payload),
        HookVendor::Generic => vendor::generic::read(payload),
    }
}

/// A time that a tool wrote, as RFC 3339 or in seconds since 1970; `None` when it is none.
pub fn time(value: Option<&Value>) -> Option<Timestamp> {
    let text = super::fields::text(value?);
    let utc = Calendar { zone: chrono_tz::UTC };
    timestamp::parse(&text, "updated_at", utc, None).ok()
}

/// The kind of a payload that lacks a member.
pub fn lacks(member: &str) -> HookPayload {
    HookPayload::Unknown(format!("expected a payload with \"{member}\", found none"))
}
