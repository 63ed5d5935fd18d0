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
