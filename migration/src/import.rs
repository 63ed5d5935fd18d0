//! How many rows were imported, by kind and outcome: counted in the transaction that writes them.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_import_count"
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
CREATE TABLE import_count (kind TEXT NOT NULL, outcome TEXT NOT NULL, \"rows\" BIGINT NOT NULL, PRIMARY KEY (kind, outcome));
";

const DOWN: &str = "
DROP TABLE import_count;
";
