//! The packages of the workspace, as their manifests name them.

use std::fs;
use std::path::{Path, PathBuf};

/// A package of the workspace.
pub struct Package {
    /// The package's name in its manifest.
    pub name: String,
    /// Its folder, relative to that of the workspace.
    pub folder: String,
    /// Its dependencies, in the order of its manifest.
    pub dependencies: Vec<String>,
    /// Its additional dependencies for tests and examples.
    pub dev_dependencies: Vec<String>,
}

impl Package {
    /// The folder of its sources.
    pub fn source(&self) -> PathBuf {
        workspace().join(&self.folder).join("src")
    }
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the workspace")
}

/// All packages of the workspace.
pub fn packages() -> Vec<Package> {
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).expect("the workspace's manifest");
    let (_, members) = manifest.split_once("\nmembers = [").expect("members");
    let (members, _) = members.split_once(']').expect("the end of the members");
    members.split('"').skip(1).step_by(2).map(read).collect()
}

fn read(folder: &str) -> Package {
    let manifest = fs::read_to_string(workspace().join(folder).join("Cargo.toml")).expect("a manifest");
    let (mut name, mut section) = (String::new(), "");
    let (mut dependencies, mut dev_dependencies) = (Vec::new(), Vec::new());
    for line in manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let (key, value) = line.split_once('=').expect("a key and its value");
        let dependency = key.trim().split('.').next().map(str::to_owned);
        match section {
            "[package]" if key.trim() == "name" => value.trim().trim_matches('"').clone_into(&mut name),
            "[dependencies]" => dependencies.extend(dependency),
            "[dev-dependencies]" => dev_dependencies.extend(dependency),
            _ => {}
        }
    }
    Package { name, folder: folder.to_owned(), dependencies, dev_dependencies }
}
