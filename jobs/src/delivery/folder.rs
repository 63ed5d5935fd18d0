//! Files in a folder: each is written atomically, under a name that contains its job and day.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{ReportMessage, SendError};

/// The folder that reports are written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderWriter {
    /// The path of the folder; it is created when it does not exist.
    pub path: PathBuf,
}

impl FolderWriter {
    /// Writes the page and the text, over files of the same name.
    pub async fn write(&self, report: &ReportMessage) -> Result<(), SendError> {
        let (path, owned) = (self.path.clone(), report.clone());
        let written = tokio::task::spawn_blocking(move || {
            fs::create_dir_all(&path)?;
            write_file(&path, &format!("{}.html", owned.name), &owned.html)?;
            write_file(&path, &format!("{}.md", owned.name), &owned.markdown)
        });
        let outcome = written.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        outcome.map_err(|error| SendError::NotYet(format!("the files could not be written: {error}"), None))
    }
}

/// Writes a file so that readers see all of it or none, also after a power failure.
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
