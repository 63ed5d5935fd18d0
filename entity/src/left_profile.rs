//! Profiles that lost at least one response to another profile. Those without any response are deleted once no
//! published block names them.

use sea_orm::entity::prelude::*;

use crate::profile::ProfileId;

/// A profile that at least one response was moved away from.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "left_profile")]
pub struct Model {
    /// The profile that may have become unused.
    #[sea_orm(primary_key, auto_increment = false)]
    pub profile_id: ProfileId,
}

impl ActiveModelBehavior for ActiveModel {}
