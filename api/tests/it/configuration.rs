//! Tests of the configuration through the binary: the precedence of sources, the messages about wrong files, and that
//! no output contains a secret.

use std::path::Path;
use std::process::{Command, Output, Stdio};

const SECRET: &str = "hunter2";

/// Runs the binary in a folder, with only the given environment variables.
fn needle(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_needle"))
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

fn folder_with(file: impl AsRef<[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("needle.toml"), file).expect("written");
    folder
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("an exit status")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// The line of `needle config show` about a key, without its alignment.
fn shown(output: &Output, section: &str, key: &str) -> String {
    let text = out(output);
    let mut lines = text.lines().skip_while(|line| *line != format!("[{section}]"));
    let line = lines.find(|line| line.starts_with(&format!("{key} = "))).unwrap_or_else(|| panic!("{output:?}"));
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_file_overrides_defaults_the_environment_overrides_the_file_and_flags_override_both() {
    let folder = folder_with("[reporting]\ntime_zone = \"Europe/Paris\"\n\n[log]\nformat = \"json\"\n");
    let show = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = needle(folder.path(), &[arguments, &["config", "show"]].concat(), variables);
        assert_eq!(status(&output), 0, "{output:?}");
        shown(&output, "reporting", "time_zone")
    };
    let (file, variable) = (&["--config", "needle.toml"][..], &[("NEEDLE_TIME_ZONE", "Europe/Rome")][..]);
    assert_eq!(show(&[], &[]), "time_zone = \"\" # default");
    assert_eq!(show(file, &[]), "time_zone = \"Europe/Paris\" # needle.toml:2");
    assert_eq!(show(&[], &[("NEEDLE_CONFIG", "needle.toml")]), "time_zone = \"Europe/Paris\" # needle.toml:2");
    assert_eq!(show(file, variable), "time_zone = \"Europe/Rome\" # NEEDLE_TIME_ZONE");
    let flags = [file, &["--time-zone", "Europe/Madrid"]].concat();
    assert_eq!(show(&flags, variable), "time_zone = \"Europe/Madrid\" # --time-zone");
    // The flag --config overrides NEEDLE_CONFIG, too.
    let both = [("NEEDLE_CONFIG", "nowhere.toml")];
    assert_eq!(show(file, &both), "time_zone = \"Europe/Paris\" # needle.toml:2");
}

#[test]
fn commands_use_the_effective_configuration() {
    let folder = folder_with(
        "[database]\nurl = \"sqlite://of_file.db?mode=rwc\"\n[log]\nformat = \"json\"\nfilter = \"debug\"\n",
    );
    let recompute = |more: &[&str], variables: &[(&str, &str)]| {
        let output = needle(folder.path(), &[&["--config", "needle.toml", "recompute"], more].concat(), variables);
        assert_eq!(status(&output), 0, "{output:?}");
        error(&output)
    };
    let logged = recompute(&[], &[]);
    assert!(logged.lines().count() > 0 && logged.lines().all(|line| line.starts_with('{')), "{logged}");
    assert!(folder.path().join("of_file.db").exists());
    recompute(&[], &[("NEEDLE_DATABASE_URL", "sqlite://of_variable.db?mode=rwc"), ("RUST_LOG", "warn")]);
    assert!(folder.path().join("of_variable.db").exists());
    recompute(
        &["--database-url", "sqlite://of_flag.db?mode=rwc"],
        &[("NEEDLE_DATABASE_URL", "sqlite://x.db?mode=rwc")],
    );
    assert!(folder.path().join("of_flag.db").exists() && !folder.path().join("x.db").exists());
}

#[test]
fn the_printed_file_is_valid_and_changes_nothing_and_the_shown_values_can_be_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let printed = needle(folder.path(), &["config", "print"], &[]);
    assert_eq!(status(&printed), 0);
    std::fs::write(folder.path().join("needle.toml"), &printed.stdout).expect("written");
    let checked = needle(folder.path(), &["config", "check", "needle.toml"], &[]);
    assert_eq!((status(&checked), out(&checked).as_str(), error(&checked).as_str()), (0, "ok\n", ""));
    let without = needle(folder.path(), &["config", "show"], &[]);
    let with = needle(folder.path(), &["config", "show", "--config", "needle.toml"], &[]);
    assert_eq!(out(&with), out(&without));
    // The output of `config show` is a valid file with the same values.
    std::fs::write(folder.path().join("shown.toml"), &with.stdout).expect("written");
    let again = needle(folder.path(), &["config", "show", "--config", "shown.toml"], &[]);
    let values = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split("  #").next().expect("a line").trim_end().to_owned()).collect()
    };
    assert_eq!(values(&out(&again)), values(&out(&with)));
}

/// A file in which each wrong line is wrong in a different way.
const WRONG: &str = r#"listen = "0.0.0.0:80"
tiem_zone = "UTC"

[database]
url = "mysql://ada:hunter2@db/needle"
pasword = "hunter2"

[reporting]
time_zone = "Europe/Berln"
timezone = "UTC"

[server]
listen = "localhost:8080"
query_timeout_seconds = "ten"
suppress_below = -1
body_limit_bytes = 99999999999999999999
body_limit_bytes = 500000
tokens = 1.5
shutdown_grace_seconds = [30]
attempts = 3
query_timeout = 30

[sever]
listen = true

[log]
format = "xml"
filter = "sqlx=loud"
level info
colour = true

[dimensions]
values_limit = 0

[log]
format = "json"

[schedule]
enabled = "yes"
late_after_seconds = 2024-01-01
attempts = 1e3
retry_after_seconds = ""
daily = "0 6 * * *"

[schedule.weekly]
corn = "0 5 * * MON"
cron = "every monday"
zone = 2
catch_up_hours = 0x
enabled = True

[schedule.monthly]
cron = "0 0 1 * *"

[[reporting]]
time_zone = UTC
[schedule.weekly
enabled = 1
= 5
"#;

/// The messages about the wrong lines.
const WRONG_MESSAGES: &str = r#"needle.toml:1:1: listen: unknown key, it belongs to [server]
needle.toml:2:1: tiem_zone: unknown key, did you mean "time_zone" of [reporting]?
needle.toml:5:7: [database] url: the database address mysql://...@db/needle starts with neither sqlite:// nor postgres://
needle.toml:6:1: [database] pasword: unknown key, did you mean "password" of [reports.email]?
needle.toml:9:13: [reporting] time_zone: expected an IANA time zone, like "Europe/Berlin", found the text "Europe/Berln", did you mean "Europe/Berlin"?
needle.toml:10:1: [reporting] timezone: unknown key, did you mean "time_zone"?
needle.toml:13:10: [server] listen: expected an IP address and a port, like "127.0.0.1:8080", found the text "localhost:8080"
needle.toml:14:25: [server] query_timeout_seconds: expected a whole number of seconds from 1 to 3600, found the text "ten"
needle.toml:15:18: [server] suppress_below: expected a whole number of responses from 0 to 10000, found the number -1
needle.toml:16:20: [server] body_limit_bytes: expected a whole number of bytes from 1024 to 67108864, found the number 99999999999999999999
needle.toml:17:1: [server] body_limit_bytes: given twice, first in line 16
needle.toml:18:1: [server] tokens: unknown key, it belongs to [limits]
needle.toml:19:26: [server] shutdown_grace_seconds: expected a whole number of seconds from 0 to 3600, found a list
needle.toml:20:1: [server] attempts: unknown key, it belongs to [schedule]
needle.toml:21:1: [server] query_timeout: unknown key, did you mean "query_timeout_seconds"?
needle.toml:23:2: [sever]: unknown section, did you mean [server]?
needle.toml:24:10: [sever] listen: expected an IP address and a port, like "127.0.0.1:8080", found true
needle.toml:27:10: [log] format: expected "text" or "json", found the text "xml"
needle.toml:28:10: [log] filter: expected directives like "info,sqlx=warn", found the text "sqlx=loud"
needle.toml:29:7: [log] level: expected "=" and a value after the key
needle.toml:30:1: [log] colour: unknown key
needle.toml:33:16: [dimensions] values_limit: expected a whole number of values from 1 to 1000000, found the number 0
needle.toml:35:2: [log]: given twice, first in line 26
needle.toml:36:1: [log] format: given twice, first in line 27
needle.toml:39:11: [schedule] enabled: expected true or false, found the text "yes"
needle.toml:40:22: [schedule] late_after_seconds: expected a whole number of seconds from 1 to 86400, found the date or time 2024-01-01
needle.toml:41:12: [schedule] attempts: expected a whole number of attempts from 1 to 100, found the number 1e3
needle.toml:42:23: [schedule] retry_after_seconds: expected a whole number of seconds from 1 to 3600, found an empty text
needle.toml:43:1: [schedule.daily]: expected a section, like [schedule.daily] with keys below it, found the text "0 6 * * *"
needle.toml:46:1: [schedule.weekly] corn: unknown key, did you mean "cron"?
needle.toml:47:8: [schedule.weekly] cron: expected a cron expression, like "0 5 * * MON", found the text "every monday": expected five fields: minute, hour, day of month, month, day of week; found 2
needle.toml:48:8: [schedule.weekly] zone: expected an IANA time zone, like "Europe/Berlin", found the number 2
needle.toml:49:18: [schedule.weekly] catch_up_hours: expected a whole number of hours from 0 to 8760, found the number 0x
needle.toml:50:11: [schedule.weekly] enabled: expected true or false in lower case
needle.toml:52:11: [schedule.monthly]: unknown section, did you mean [schedule.weekly]?
needle.toml:55:3: [reporting]: given twice, first in line 8
needle.toml:56:13: [reporting] time_zone: expected a text in quotes, a number, or true or false
needle.toml:57:17: [schedule.weekly]: expected "]" after the name of a section
needle.toml:58:11: [schedule.weekly] enabled: expected true or false, found the number 1
needle.toml:59:1: [schedule.weekly]: expected a name
"#;

#[test]
fn all_mistakes_of_a_file_are_listed_in_the_order_of_its_lines() {
    let folder = folder_with(WRONG);
    let checked = needle(folder.path(), &["config", "check", "needle.toml"], &[]);
    assert_eq!((status(&checked), out(&checked).as_str()), (2, ""));
    let messages = error(&checked);
    let (lines, last) = messages.trim_end().rsplit_once('\n').expect("many lines");
    for (found, expected) in lines.lines().zip(WRONG_MESSAGES.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(lines.lines().count(), WRONG_MESSAGES.lines().count(), "{messages}");
    assert!(WRONG_MESSAGES.lines().count() >= 30);
    assert_eq!(last, format!("needle: the configuration has {} mistakes", WRONG_MESSAGES.lines().count()));
    assert!(!messages.contains(SECRET), "{messages}");
}

#[test]
fn nothing_is_opened_while_the_configuration_is_wrong() {
    for (file, arguments, variables, expected) in [
        ("[log]\nformat = 1\n", &["recompute"][..], &[][..], "needle.toml:2:10: [log] format: "),
        ("", &["recompute", "--time-zone", "Europe/Berln"], &[], "--time-zone: expected an IANA time zone"),
        ("", &["serve", "--listen", "here"], &[], "--listen: expected an IP address and a port"),
        ("", &["recompute", "--log-format", "xml"], &[], "--log-format: expected \"text\" or \"json\""),
        ("", &["recompute"], &[("NEEDLE_SCHEDULE_ATTEMPTS", "0")], "NEEDLE_SCHEDULE_ATTEMPTS: expected a whole number"),
        ("", &["recompute"], &[("NEEDLE_CONFIG", "")], "needle: NEEDLE_CONFIG: expected the name of a file"),
    ] {
        let folder = folder_with(file);
        let named = if variables.iter().any(|(name, _)| *name == "NEEDLE_CONFIG") {
            &[][..]
        } else {
            &["--config", "needle.toml"]
        };
        let output = needle(folder.path(), &[arguments, named].concat(), variables);
        assert_eq!((status(&output), out(&output).as_str()), (2, ""), "{output:?}");
        assert!(error(&output).starts_with(expected), "{output:?}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1, "{arguments:?} made a file");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_mistake_and_no_file_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("inner")).expect("a folder");
    for (name, expected) in [
        ("nowhere.toml", "nowhere.toml: expected a file, found none of this name"),
        ("inner", "inner: expected a file, found a folder"),
        ("/dev/zero", "/dev/zero: expected a file of at most 1048576 bytes, found a larger one"),
    ] {
        for arguments in [&["--config", name, "recompute"][..], &["config", "check", name]] {
            let output = needle(folder.path(), arguments, &[]);
            assert_eq!(status(&output), 2, "{output:?}");
            assert_eq!(error(&output), format!("{expected}\nneedle: the configuration has a mistake\n"));
        }
    }
    assert_eq!(status(&needle(folder.path(), &["config", "check"], &[])), 0);
}

#[test]
fn unreadable_keys_of_an_identity_provider_are_reported_before_serving() {
    let folder = folder_with(
        "[access.jwt]\nissuer = \"https://id.example.org\"\naudience = \"needle\"\njwks = \"keys.json\"\n\
         [access.jwt.roles]\nadmin = [\"admins\"]\n",
    );
    let check = || needle(folder.path(), &["config", "check", "needle.toml"], &[]);
    let doctor = || out(&needle(folder.path(), &["--config", "needle.toml", "doctor", "--quick"], &[]));
    let write = |text: &str| std::fs::write(folder.path().join("keys.json"), text).expect("written");
    let place = "needle.toml:4:1: [access.jwt] jwks: ";
    assert!(error(&check()).starts_with(&format!("{place}cannot read the keys in keys.json: ")), "{:?}", check());
    assert!(doctor().contains("PROBLEM  cannot read the keys in keys.json: "), "{}", doctor());
    let serve = needle(folder.path(), &["--config", "needle.toml", "serve", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(status(&serve), 1, "{serve:?}");
    write("{}");
    assert!(
        error(&check()).starts_with(&format!("{place}cannot use the keys of keys.json: expected a JSON Web Key Set"))
    );
    write("{\"keys\": [{\"kty\": \"oct\", \"k\": \"AQAB\"}]}");
    assert!(error(&check()).starts_with(&format!("{place}expected a key for RS256 or ES256 or EdDSA in keys.json")));
    write(
        "{\"keys\": [{\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}",
    );
    assert_eq!((status(&check()), out(&check()).trim()), (0, "ok"));
    assert!(doctor().contains("ok       keys.json holds 1 usable key"), "{}", doctor());
}

#[test]
fn no_output_contains_the_password_of_the_database() {
    // No process listens on port 1: the connection fails immediately.
    let url = "postgres://ada:hunter2@127.0.0.1:1/needle?sslpassword=hunter2";
    let file = format!("[database]\nurl = \"{url}\"\n[log]\nfilter = \"trace\"\n");
    let wrong = file.replace("postgres://", "postgers://");
    let broken = file.replace("\"postgres", "postgres");
    let elsewhere = file.replace("[database]\nurl", "[server]\nlisten");
    let with_file = &["--config", "needle.toml"][..];
    for (file, variables, arguments) in [
        (file.as_str(), &[][..], with_file),
        (&wrong, &[], with_file),
        (&broken, &[], with_file),
        (&elsewhere, &[], with_file),
        ("", &[("NEEDLE_DATABASE_URL", url), ("RUST_LOG", "trace")], &[]),
        ("", &[("NEEDLE_LISTEN", url)], &[]),
        ("", &[("NEEDLE_DATABSE_URL", url)], &["--database-url", "host=db password=hunter2"]),
        ("", &[("RUST_LOG", "trace")], &["--database-url", url]),
        ("", &[], &["--time-zone", url]),
    ] {
        let folder = folder_with(file);
        let check = |command: &[&str]| {
            let output = needle(folder.path(), &[arguments, command].concat(), variables);
            let output_text = out(&output) + &error(&output);
            assert!(!output_text.contains(SECRET), "{arguments:?} {command:?}: {output_text}");
            status(&output)
        };
        check(&["config", "show"]);
        if check(&["config", "check"]) != 0 {
            assert_eq!(check(&["recompute"]), 2);
        }
    }
    let folder = folder_with(&file);
    let failed = needle(folder.path(), &["--config", "needle.toml", "migrate", "status"], &[]);
    let message = error(&failed);
    assert!(
        status(&failed) == 1 && message.contains("cannot open the database postgres://...@127.0.0.1:1/needle"),
        "{message}"
    );
    assert!(!message.contains(SECRET), "{message}");
    let output = needle(folder.path(), &["--config", "needle.toml", "config", "show"], &[]);
    let expected = "url = \"postgres://...@127.0.0.1:1/needle?sslpassword=...\" # needle.toml:2";
    assert_eq!(shown(&output, "database", "url"), expected);
}

#[test]
fn an_unknown_variable_gives_a_warning_and_is_ignored() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [("NEEDLE_LISTN", "127.0.0.1:1"), ("NEEDLE_SERVICE_PORT", "8080")];
    let output = needle(folder.path(), &["recompute"], &variables);
    assert_eq!(status(&output), 0, "{output:?}");
    let messages = error(&output);
    assert!(messages.contains("NEEDLE_LISTN is unknown and ignored, did you mean NEEDLE_LISTEN?"), "{messages}");
    assert!(messages.contains("NEEDLE_SERVICE_PORT is unknown and ignored"), "{messages}");
}

#[test]
fn help_lists_the_variables_and_the_defaults() {
    let folder = tempfile::tempdir().expect("a folder");
    let help =
        out(&needle(folder.path(), &["serve", "--help"], &[("NEEDLE_DATABASE_URL", "postgres://ada:hunter2@db/x")]));
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "[env: NEEDLE_CONFIG]",
        "[env: NEEDLE_DATABASE_URL] [default: sqlite://needle.db?mode=rwc]",
        "[env: NEEDLE_TIME_ZONE] [default: UTC]",
        "[env: NEEDLE_LOG_FORMAT] [default: text]",
        "[env: NEEDLE_LISTEN] [default: 127.0.0.1:8080]",
    ] {
        assert!(help.contains(expected), "{expected} is not in {help}");
    }
    assert!(!help.contains(SECRET));
}

#[test]
fn the_demo_does_not_touch_the_configured_database() {
    let folder = folder_with("[database]\nurl = \"sqlite://real.db?mode=rwc\"\n");
    let arguments = ["demo", "--no-serve", "--today", "2024-07-01", "--data-dir", "sample", "--config", "needle.toml"];
    // Creating the sample company takes a while; the test only needs to see where its database is created.
    let mut child = Command::new(env!("CARGO_BIN_EXE_needle"))
        .current_dir(folder.path())
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let made = folder.path().join("sample").join("needle.db");
    for _ in 0..600 {
        if made.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    child.kill().expect("killed");
    child.wait().expect("waited for");
    assert!(made.exists() && !folder.path().join("real.db").exists());
}
