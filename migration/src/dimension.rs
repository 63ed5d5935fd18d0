//! Dimensions: what an operator decided, and the two-valued ones that stand for predicates on names kept out.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_dimension"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::execute(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::execute(manager, DOWN).await
    }
}

const UP: &str = "
ALTER TABLE dimension ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE derived_dimension (id {id}, name TEXT NOT NULL, predicate TEXT NOT NULL UNIQUE);
";

const DOWN: &str = "
DROP TABLE derived_dimension;
ALTER TABLE dimension DROP COLUMN pinned;
";
