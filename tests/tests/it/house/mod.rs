//! The doors of the house: which package may know which, and that no module stands above and below another.

mod module;
mod package;

use std::collections::BTreeMap;

use module::{circle, imports};
use package::{Package, packages};

/// Below `jobs`, every package and the packages of ours that it may know.
const DOORS: [(&str, &[&str]); 6] = [
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
fn every_room_of_jobs_knows_only_the_rooms_below_it() {
    let ours: Vec<String> = packages().into_iter().map(|package| package.name).collect();
    let mut doors: BTreeMap<&str, &[&str]> = DOORS.into_iter().collect();
    for package in of_jobs() {
        let allowed = doors.remove(package.name.as_str()).expect("every package has its doors");
        for name in package.dependencies.iter().filter(|name| ours.contains(name)) {
            assert!(allowed.contains(&name.as_str()), "{} may not know {name}", package.name);
        }
    }
    assert_eq!(doors.len(), 0, "doors of packages that are not there");
}

#[test]
fn no_module_of_a_room_is_imported_in_a_circle() {
    for package in of_jobs() {
        let imports = imports(&package.source());
        assert!(imports.values().any(|below| !below.is_empty()), "nothing was read of {}", package.name);
        assert_eq!(circle(&imports), None, "a circle of modules in {}", package.name);
    }
}
