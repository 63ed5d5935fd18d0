//! Tests of all sections together: the default file, the precedence of the sources, and damaged files.

use std::ffi::OsString;

use super::*;

/// The configuration in a file with these bytes, or its mistakes as text.
fn read(bytes: &[u8]) -> Result<EffectiveConfig, Vec<String>> {
    let mut effective = EffectiveConfig::default();
    let mistakes = file::apply_bytes("needle.toml", bytes, &mut effective);
    if mistakes.is_empty() { Ok(effective) } else { Err(mistakes.iter().map(ToString::to_string).collect()) }
}

fn mistakes_of(text: &str) -> Vec<String> {
    read(text.as_bytes()).expect_err(text)
}

#[test]
fn the_default_file_changes_nothing_and_explains_every_key() {
    let read = read(DEFAULT_FILE.as_bytes()).expect("no mistakes");
    assert_eq!(read.config, Config::default());
    assert!(read.origins.is_empty());
    let is_key = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let mut previous = "";
    for line in DEFAULT_FILE.lines() {
        let is_explained = previous.starts_with("# ") && !is_key(&previous[2..]);
        assert!(!line.strip_prefix("# ").is_some_and(is_key) || is_explained, "{line} has no explanation above it");
        previous = line;
    }
}

#[test]
fn the_default_file_contains_exactly_the_declared_keys_with_their_defaults() {
    let is_key = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let uncommented: Vec<&str> =
        DEFAULT_FILE.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_key(rest)).unwrap_or(line)).collect();
    let effective = read(uncommented.join("\n").as_bytes()).expect("no mistakes");
    assert_eq!(effective.config, Config::default());
    let mut declared: Vec<KeyName> = Config::keys().into_iter().map(|(name, _)| name).collect();
    declared.sort();
    assert_eq!(effective.origins.keys().copied().collect::<Vec<_>>(), declared);
    for (name, value, _) in effective.values() {
        let line = format!("{} = {value}", name.key);
        assert!(uncommented.contains(&line.as_str()), "{line} is not in the default file");
    }
}

#[test]
fn every_section_has_keys_and_is_in_the_default_file() {
    for section in SECTIONS {
        assert!(Config::keys().iter().any(|(name, _)| name.section == section), "{section}");
        assert!(DEFAULT_FILE.contains(&format!("\n[{section}]\n")), "{section}");
    }
}

fn variables(values: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

#[test]
fn every_key_has_a_variable_and_two_have_special_ones() {
    let name = |section: &str, key: &str| {
        let keys = Config::keys().into_iter().find(|(name, _)| name.section == section && name.key == key);
        keys.expect("a key").1
    };
    assert_eq!(name("database", "url"), "NEEDLE_DATABASE_URL");
    assert_eq!(name("log", "format"), "NEEDLE_LOG_FORMAT");
    assert_eq!(name("reporting", "time_zone"), "NEEDLE_TIME_ZONE");
    assert_eq!(name("server", "listen"), "NEEDLE_LISTEN");
    assert_eq!(name("schedule.weekly", "cron"), "NEEDLE_SCHEDULE_WEEKLY_CRON");
    for (key, variable) in Config::keys() {
        let mut effective = EffectiveConfig::default();
        let value = effective.config.section(key.section).and_then(|fields| fields.show(key.key)).expect("a value");
        let value = value.trim_matches('"').to_owned();
        let sources = ConfigSources { environment: variables(&[(&variable, &value)]), ..ConfigSources::default() };
        let loaded = EffectiveConfig::load(&sources).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        assert_eq!(loaded.origin(key), ValueOrigin::Variable(variable));
        assert_eq!(loaded.config, Config::default());
    }
}

#[test]
fn an_unknown_variable_is_a_warning_and_a_wrong_one_is_a_mistake() {
    let environment = variables(&[
        ("NEEDLE_SERVER_LISTEN", "127.0.0.1:1"),
        ("NEEDLE_LISTN", "127.0.0.1:1"),
        ("NEEDLE_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("NEEDLE_CONFIG", "x.toml"),
        ("NEEDLESS", "1"),
        ("RUST_LOG", "sqlx=loud"),
    ]);
    let loaded =
        EffectiveConfig::load(&ConfigSources { environment, ..ConfigSources::default() }).expect("only warnings");
    let expected = [
        "RUST_LOG contains no directives like \"info,sqlx=warn\"; it is ignored",
        "the environment variable NEEDLE_LISTN is unknown and ignored, did you mean NEEDLE_LISTEN?",
        "the environment variable NEEDLE_PORT_8080_TCP is unknown and ignored",
        "the environment variable NEEDLE_SERVER_LISTEN is unknown and ignored, did you mean NEEDLE_LISTEN?",
    ];
    assert_eq!(loaded.warnings, expected);
    let environment = variables(&[("NEEDLE_LISTEN", ""), ("NEEDLE_SCHEDULE_ATTEMPTS", "0")]);
    let mistakes =
        EffectiveConfig::load(&ConfigSources { environment, ..ConfigSources::default() }).expect_err("mistakes");
    let expected = "NEEDLE_LISTEN: expected an IP address and a port, like \"127.0.0.1:8080\", found an empty text\n\
        NEEDLE_SCHEDULE_ATTEMPTS: expected a whole number of attempts from 1 to 100, found the text \"0\"\n\
        needle: the configuration has 2 mistakes";
    assert_eq!(mistakes.to_string(), expected);
}

#[test]
fn a_conflict_is_reported_at_the_value_that_was_set() {
    let environment = variables(&[("NEEDLE_SCHEDULE_LATE_AFTER_SECONDS", "80000")]);
    let mistakes =
        EffectiveConfig::load(&ConfigSources { environment, ..ConfigSources::default() }).expect_err("a conflict");
    assert!(mistakes.to_string().starts_with("NEEDLE_SCHEDULE_LATE_AFTER_SECONDS: expected [schedule.daily]"));
}

#[test]
fn one_broken_line_hides_no_mistake_of_another() {
    let text = "[server\nlisten = 5\n\n[log]\nformat: json\nfilter = \"info\nfromat = 1\n[dimensions]\nvalues_limit = [1,\n\
        [shedule]\natempts = 0\n";
    let expected = [
        "needle.toml:1:8: [server]: expected \"]\" after the name of a section",
        "needle.toml:2:10: [server] listen: expected an IP address and a port, like \"127.0.0.1:8080\", found the number 5",
        "needle.toml:5:7: [log] format: expected a name of letters, digits, \"_\" and \"-\"",
        "needle.toml:6:15: [log] filter: expected a quote at the end of the text",
        "needle.toml:7:1: [log] fromat: unknown key, did you mean \"format\"?",
        "needle.toml:9:19: [dimensions] values_limit: expected TOML: unclosed array, expected \"]\"",
        "needle.toml:10:2: [shedule]: unknown section, did you mean [schedule]?",
        "needle.toml:11:1: [shedule] atempts: unknown key, did you mean \"attempts\"?",
    ];
    assert_eq!(mistakes_of(text), expected);
}

#[test]
fn bytes_that_are_not_text_are_reported_with_their_position() {
    let expected = ["needle.toml:2:13: [log] format: expected UTF-8, found the byte 0xFF"];
    assert_eq!(read(b"[log]\nformat = \"te\xFFt\"\n").expect_err("a mistake"), expected);
    let expected = ["needle.toml:2:13: [log] format: expected text, found a NUL byte (U+0000)"];
    assert_eq!(read(b"[log]\nformat = \"te\0t\"\n").expect_err("a mistake"), expected);
    assert_eq!(read(b"\xFF\xFE[\0l\0").expect_err("a mistake"), ["needle.toml:1:1: expected UTF-8, found UTF-16"]);
    let with_a_byte_order_mark = read(b"\xEF\xBB\xBF[log]\r\nformat = \"json\"\r\n").expect("no mistakes");
    assert_eq!(with_a_byte_order_mark.config.log.format, LogFormat::Json);
}

#[test]
fn equivalent_toml_gives_the_same_configuration() {
    for text in [
        "[schedule.weekly]\nzone = \"Europe/Berlin\"\n",
        "schedule.weekly.zone = \"Europe/Berlin\"",
        "schedule = { weekly = { zone = 'Europe/Berlin' } }",
        "[schedule]\nweekly.zone = \"\"\"\nEurope/Berlin\"\"\"",
        "[\"schedule\".weekly]\n\"zone\" = \"Europe\\u002FBerlin\" # comment",
    ] {
        let read = read(text.as_bytes()).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"));
        assert_eq!(read.config.schedule.weekly.zone, Some(chrono_tz::Europe::Berlin), "{text}");
    }
}

/// Replaces bytes of the default file at pseudorandom positions: reading it must end in error messages.
#[test]
fn a_damaged_file_gives_mistakes_with_positions_and_never_a_panic() {
    let uncommented = DEFAULT_FILE.replace("# ", "");
    let pieces: [&[u8]; 12] =
        [b"[", b"]", b"\"", b"=", b"\n", b".", b"{", b"}", b"'''", b"\xFF", b"\0", b"[[schedule]]\n"];
    let mut state = 20_240_701_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    for _ in 0..30 {
        let mut bytes = uncommented.clone().into_bytes();
        for _ in 0..=draw(4) {
            let at = draw(bytes.len());
            let piece = pieces[draw(pieces.len())];
            bytes.splice(at..(at + draw(3)).min(bytes.len()), piece.iter().copied());
        }
        // A file that is still valid is fine.
        for line in read(&bytes).err().into_iter().flatten() {
            assert!(line.starts_with("needle.toml:") && !line.contains('\n'), "{line}");
        }
    }
}
