//! Suggestions for misspelt names.

use strsim::osa_distance;

/// The candidate nearest to a name; `None` when none is near.
///
/// Near means: equal apart from case, dashes and underscores; at most one edit per three characters; the beginning or
/// end of a longer candidate, or the other way round; or equal apart from the last word, which usually is a unit.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let normalised_name = plain(name);
    let rank = |candidate: &str| {
        let candidate = plain(candidate);
        let is_part = normalised_name.len() > 3
            && (candidate.starts_with(&normalised_name) || candidate.ends_with(&normalised_name));
        let goes_on = |rest: &str| rest.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        let is_longer = candidate.len() > 2 && normalised_name.strip_prefix(&candidate).is_some_and(goes_on);
        let has_another_unit = stem(&normalised_name).is_some() && stem(&normalised_name) == stem(&candidate);
        let distance = osa_distance(&normalised_name, &candidate);
        match distance {
            0 => Some((0, 0)),
            near if near <= normalised_name.chars().count().max(3) / 3 => Some((1, near)),
            _ if is_part || is_longer || has_another_unit => Some((2, distance)),
            _ => None,
        }
    };
    let ranked = candidates.into_iter().filter_map(|candidate| rank(candidate).map(|rank| (rank, candidate)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, candidate)| candidate)
}

/// All words of a name except the last.
fn stem(name: &str) -> Option<&str> {
    name.rsplit_once('_').map(|(stem, _)| stem)
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_distant_one_is_not_guessed() {
        let candidates = ["cron", "zone", "enabled", "catch_up_hours", "query_timeout_seconds"];
        for (name, expected) in [
            ("corn", Some("cron")),
            ("CRON", Some("cron")),
            ("Catch-Up-Hours", Some("catch_up_hours")),
            ("catchup_hours", Some("catch_up_hours")),
            ("query_timeout", Some("query_timeout_seconds")),
            ("query_timeout_ms", Some("query_timeout_seconds")),
            ("x", None),
            ("", None),
            ("colour", None),
            ("cronjob", Some("cron")),
            ("zone_name", Some("zone")),
        ] {
            assert_eq!(nearest(name, candidates), expected, "{name}");
        }
    }
}
