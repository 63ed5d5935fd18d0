//! The tally: one week's counts by day, profile and score, as one compressed block.

use sea_orm::entity::prelude::*;

use crate::Day;

/// The counts of one week; a week without scored responses has no row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tally")]
pub struct Model {
    /// The Monday with which the week begins.
    #[sea_orm(primary_key, auto_increment = false)]
    pub week: Day,
    /// An Arrow IPC stream with the columns day, profile, score and count, sorted.
    pub block: Vec<u8>,
    /// The first sixteen bytes of the block's SHA-256.
    pub checksum: Vec<u8>,
    /// Scored responses in the block.
    pub responses: i64,
}

impl ActiveModelBehavior for ActiveModel {}
