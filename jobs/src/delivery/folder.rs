//! Files in a folder: each appears whole, under a name that tells its slot.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{ReportMessage, SendError};

/// A folder that reports are written into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderWriter {
    /// Where it is; made when it is not there.
    pub path: PathBuf,
}

impl FolderWriter {
    /// Writes the page and the text.
    pub async fn write(&self, report: &ReportMessage) -> Result<(), SendError> {
        let (path, letter) = (self.path.clone(), report.clone());
        let written = tokio::task::spawn_blocking(move || {
            fs::create_dir_all(&path)?;
            write_file(&path, &format!("{}.html", letter.name), &letter.html)?;
            write_file(&path, &format!("{}.md", letter.name), &letter.markdown)
        });
        let outcome = written.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        outcome.map_err(|error| SendError::NotYet(format!("the files could not be written: {error}"), None))
    }
}

/// Writes a file that whoever looks sees whole or not at all, also after the power went.
fn write_file(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let unfinished = folder.join(format!(".{name}.{}", std::process::id()));
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, folder.join(name))
    });
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    File::open(folder)?.sync_all()
}
