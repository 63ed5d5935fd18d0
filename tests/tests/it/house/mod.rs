//! The architecture: which package may depend on which, and that no modules import each other in a circle.

mod module;
mod package;

use std::collections::BTreeMap;

use module::{circle, imports};
use package::{Package, packages};

/// The packages of `jobs`, each with the packages of the workspace that it may depend on.
const ALLOWED_DEPENDENCIES: [(&str, &[&str]); 6] = [
    ("needle-stats", &[]),
    ("needle-rules", &["entity"]),
    ("needle-analytics", &["entity", "needle-rules", "needle-stats"]),
    ("needle-import", &["entity", "needle-rules"]),
    ("needle-review", &["entity", "needle-analytics", "needle-rules", "needle-stats"]),
    ("jobs", &["entity", "migration", "needle-analytics", "needle-review", "needle-rules", "needle-stats"]),
];

fn of_jobs() -> Vec<Package> {
    packages().into_iter().filter(|package| package.folder.starts_with("jobs")).collect()
}

#[test]
fn only_analytics_names_polars() {
    let names: Vec<String> = packages()
        .into_iter()
        .filter(|package| {
            package.dependencies.iter().chain(&package.dev_dependencies).any(|name| name.starts_with("polars"))
        })
        .map(|package| package.name)
        .collect();
    assert_eq!(names, ["needle-analytics"]);
}

#[test]
fn the_statistics_depend_on_nothing() {
    let stats = packages().into_iter().find(|package| package.name == "needle-stats").expect("the statistics");
    assert_eq!(stats.dependencies, [""; 0]);
}

#[test]
fn every_package_of_jobs_depends_only_on_the_packages_below_it() {
    let ours: Vec<String> = packages().into_iter().map(|package| package.name).collect();
    let mut remaining: BTreeMap<&str, &[&str]> = ALLOWED_DEPENDENCIES.into_iter().collect();
    for package in of_jobs() {
        let allowed = remaining.remove(package.name.as_str()).expect("every package is listed");
        for name in package.dependencies.iter().filter(|name| ours.contains(name)) {
            assert!(allowed.contains(&name.as_str()), "{} may not depend on {name}", package.name);
        }
    }
    assert_eq!(remaining.len(), 0, "packages that do not exist");
}

#[test]
fn no_modules_of_a_package_import_each_other_in_a_circle() {
    for package in of_jobs() {
        let imports = imports(&package.source());
        assert!(imports.values().any(|below| !below.is_empty()), "nothing was read of {}", package.name);
        assert_eq!(circle(&imports), None, "a circle of modules in {}", package.name);
    }
}
