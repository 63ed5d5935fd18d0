//! Stand-ins for the programs that the commands in documents call.
//!
//! `needle` runs the binary under test; a server is stopped once it is ready, or at the end if the document starts it
//! in the background. `curl` runs the real one and fails when the reply contains errors. `cargo`, `npm`, `just` and the
//! checks of the repository only check that what is called exists in the repository.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Sourced by the shell before the script, so that the lines of the script keep their numbers.
const BEFORE: &str = r#"
unset BASH_ENV
set -Eeuo pipefail
trap 'status=$?; echo "line $LINENO: exit status $status of: $BASH_COMMAND" >&2' ERR
servers=()
serving() {
  servers+=("$!")
  until is_ready; do
    if ! kill -0 "${servers[-1]}"; then
      cat "$STAND_INS/log" >&2
      return 70
    fi
    sleep 0.2
  done
}
subscribes() {
  header=(-H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H 'Accept: text/event-stream')
  # The stream continues until the time limit (status 28); an error would have ended it immediately.
  reply="$(command curl -sN --max-time 2 "${header[@]}" -d "$1" "http://$NEEDLE_LISTEN/graphql")" || test "$?" = 28
}
ending() {
  status=$?
  for server in "${servers[@]}"; do
    kill -TERM "$server"
    wait "$server" || status=$?
  done
  exit "$status"
}
trap ending EXIT
"#;

/// Succeeds when the server is ready.
const IS_READY: &str = r#"#!/usr/bin/env bash
exec 2>/dev/null 3<>"/dev/tcp/${NEEDLE_LISTEN/://}" || exit 1
printf 'GET /readyz HTTP/1.0\r\nHost: needle\r\n\r\n' >&3
head -n 1 <&3 | grep -q ' 200 '
"#;

const NEEDLE: &str = r#"#!/usr/bin/env bash
command=
for word in "$@"; do
  case "$word" in
    --no-serve) exec "$BINARY" "$@" ;;
    -* | *.toml | sqlite:* | postgres:*) ;;
    *) command="${command:-$word}" ;;
  esac
done
case "$command${IN_BACKGROUND:-}" in serve | demo) ;; *) exec "$BINARY" "$@" ;; esac
"$BINARY" "$@" </dev/null &
server=$!
until is_ready; do
  kill -0 "$server" || { wait "$server"; exit; }
  sleep 0.2
done
kill -TERM "$server"
wait "$server"
"#;

/// The real curl, which here also fails when the reply contains errors.
const CURL: &str = r#"#!/usr/bin/env bash
reply="$(PATH="$OUTER_PATH" exec curl "$@")" || exit
printf '%s\n' "$reply"
! grep -qE '"(errors|userErrors)": *\[ *\{' <<<"$reply"
"#;

const CARGO: &str = r#"#!/usr/bin/env bash
case "$*" in
  "run -- "*) exec needle "${@:3}" ;;
  *"--example "*)
    [[ "$*" =~ --example\ ([a-z_]+) ]]
    ls -d "$ROOT"/*/examples/"${BASH_REMATCH[1]}"* "$ROOT"/*/*/examples/"${BASH_REMATCH[1]}"* 2>/dev/null | grep -q . ;;
  "build" | "build --release" | "test --workspace" | "fmt --all") ;;
  "test --workspace --test "*) ls -d "$ROOT"/*/tests/"$4" "$ROOT"/*/tests/"$4".rs 2>/dev/null | grep -q . ;;
  *) echo "no check is defined for: cargo $*" >&2; exit 64 ;;
esac
"#;

/// The only npm command in the documents is also in the default configuration.
const NPM: &str = "#!/usr/bin/env bash\ngrep -qF \"npm $*\" \"$ROOT/api/src/config/default.toml\"\n";

const JUST: &str = "#!/usr/bin/env bash\ngrep -qE \"^$1( |:)\" \"$ROOT/justfile\"\n";

const CHECKS: &str = "#!/usr/bin/env bash\ntest -x \"$ROOT/.ci/run\"\n";

/// Writes the stand-ins into one folder, and the initial files of the reader's folder into another.
pub fn write(stand_ins: &Path, work: &Path) -> std::io::Result<()> {
    fs::create_dir_all(stand_ins)?;
    fs::create_dir_all(work.join(".ci"))?;
    fs::write(stand_ins.join("before"), BEFORE)?;
    let programs =
        [("is_ready", IS_READY), ("needle", NEEDLE), ("cargo", CARGO), ("curl", CURL), ("npm", NPM), ("just", JUST)];
    let programs = programs.map(|(name, text)| (stand_ins.join(name), text));
    for (path, text) in programs.into_iter().chain([(work.join(".ci/run"), CHECKS)]) {
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
