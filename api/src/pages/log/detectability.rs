//! Whether the expected effect of a planned decision could be distinguished from chance.

use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::pages::wording::{self, DisplayText as _};

#[derive(Deserialize)]
pub struct DetectabilityQueryData {
    pub detectability: DetectabilityData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DetectabilityData {
    pub smallest_detectable_effect: Option<f64>,
    pub power: Option<f64>,
    pub expected_responses: u64,
    pub decidable_by: Option<NaiveDate>,
    pub advice: String,
}

impl DetectabilityData {
    fn smallest(&self) -> Option<String> {
        self.smallest_detectable_effect.map(|effect| wording::score(effect.abs()))
    }

    fn chance(&self) -> Option<String> {
        self.power.map(wording::percent)
    }

    /// The CSS class for the power: 80 % is what the reviews are planned for.
    fn class(&self) -> &'static str {
        match self.power {
            Some(power) if power >= 0.8 => "done",
            Some(power) if power < 0.5 => "bad",
            _ => "",
        }
    }
}

/// The panel next to the form.
#[derive(Template)]
#[template(path = "pages/detectability.html", whitespace = "minimize")]
pub enum DetectabilityPanel {
    /// Fields that the estimate needs are missing or cannot be read.
    Incomplete,
    /// The estimate of the API.
    Estimated(DetectabilityData),
    /// The message of the error that the API returned.
    Failed(String),
}
