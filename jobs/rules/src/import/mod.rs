//! Imports as a whole: what they change is recorded beside the rows, so that one can be undone while nothing later touched
//! its rows. Reading files is left to `needle_import`.

mod former;
mod restore;
mod undo;

pub use former::WrittenRows;
pub(crate) use former::{FormerResponse, anonymous, as_stored, note_customers, note_responses};
pub use undo::{ImportUndo, undo};
