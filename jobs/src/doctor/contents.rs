//! The contents of the tables: whether every row can be read as what it should be.

use entity::store;
use entity::store::full_read::{self, ReadExtent, UnreadableRows};

use super::{AreaFindings, DoctorContext, DoctorFinding, count_of};

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let reader = context.database.reader();
    let advice = "restore the newest backup";
    if !context.quick
        && let Some(damage) = store::diagnosis::damage(reader).await?
    {
        let message = format!("the file is damaged: {}", damage.replace('\n', " "));
        return Ok(vec![DoctorFinding::problem("damaged-file", message, advice)]);
    }
    let extent = if context.quick { ReadExtent::SmallTables } else { ReadExtent::Everything };
    let tables = full_read::unreadable(reader, extent).await?;
    if tables.is_empty() {
        let what = if context.quick { "every row but those of customers and responses" } else { "every row" };
        return Ok(vec![DoctorFinding::ok(format!("{what} can be read"))]);
    }
    Ok(tables.iter().map(|table| DoctorFinding::problem("damaged-rows", describe(table), advice)).collect())
}

fn describe(table: &UnreadableRows) -> String {
    let more = table.rows - table.named.len() as u64;
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!(
        "{} of the table {} cannot be read: {}{rest}",
        count_of(table.rows, "row"),
        table.table,
        table.named.join("; ")
    )
}
