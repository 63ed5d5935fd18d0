# What a change must pass: the same as in continuous integration.
check:
    .ci/run

# Every test, on SQLite and on PostgreSQL.
test *arguments:
    cargo test --workspace {{arguments}}

# Only the integration tests whose names hold a text: `just it import::erase`.
it name="":
    cargo test --workspace --test it -- {{name}}

# Formats the code.
format:
    cargo fmt --all

lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Makes the pictures of the README: `just screenshots http://127.0.0.1:8080 ndl_...` with the address and a leader's token of a running demo.
screenshots url token:
    npm ci --prefix tests/browser --ignore-scripts --silent
    cd tests/browser && NEEDLE_URL={{url}} NEEDLE_TOKEN={{token}} npm run --silent screenshots ../../docs/images

# Measures the release build against a server in Node on PostgreSQL and writes docs/performance.md: five minutes; `just bench --help` for less.
bench *arguments:
    tests/bench/run {{arguments}}

# The release binary without its symbols, which are in `needle.debug` beside it: backtraces and debuggers find them there.
release:
    cargo build --release --locked --workspace
    objcopy --only-keep-debug target/release/needle target/release/needle.debug
    objcopy --strip-all --add-gnu-debuglink=target/release/needle.debug target/release/needle
