//! The profiles that answers left: candidates for deletion once no published block names them any more.

use sea_orm::entity::prelude::*;

use crate::profile::ProfileId;

/// One profile that at least one answer left.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "left_profile")]
pub struct Model {
    /// The profile.
    #[sea_orm(primary_key, auto_increment = false)]
    pub profile_id: ProfileId,
}

impl ActiveModelBehavior for ActiveModel {}
