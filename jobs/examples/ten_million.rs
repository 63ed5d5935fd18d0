//! The benchmark of the recompute: ten million responses over three years, a full run, then 20,000 new responses in the
//! newest two weeks and an incremental run. Prints the seconds of each stage, their ratios and the peak memory.
//!
//! `cargo run --release --example ten_million -- DATABASE_URL [RESPONSES]`, on an empty database.

use std::error::Error;
use std::time::Instant;

use entity::customer::CustomerId;
use entity::profile::ProfileId;
use entity::run::RunTrigger;
use entity::store::customer::NewCustomer;
use entity::store::response::NewResponse;
use entity::{Attributes, Calendar, Database, Day, Filter, Predicate, Timestamp, store};
use jobs::clock::Clock;
use jobs::recompute::{self, RunContext, RunOutcome, RunRequest, RunTimings};
use needle_rules::dimension::{AttributeLimits, DimensionTracker};
use needle_rules::{decision, segment};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A Monday, the day after the last response.
const TODAY: &str = "2024-07-01";
const WEEKS: i32 = 156;
const SEGMENTS: usize = 50;
const NEW_RESPONSES: usize = 20_000;
/// Responses per customer; besides, one response in four has no customer.
const RESPONSES_PER_CUSTOMER: usize = 5;
const ROWS_PER_TRANSACTION: usize = 50_000;

type BenchmarkResult<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> BenchmarkResult<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("expected the address of an empty database")?;
    let responses: usize = arguments.next().map_or(Ok(10_000_000), |text| text.parse())?;
    let database = Database::connect(&url).await?;
    migration::up(database.writer()).await?;
    let today = Day::from(TODAY.parse::<chrono::NaiveDate>()?);
    let calendar = Calendar { zone: chrono_tz::UTC };
    let morning = calendar.start_of(today).plus_seconds(5 * 3_600);
    let started = Instant::now();
    let elapsed = move || i64::try_from(started.elapsed().as_micros()).expect("it fits");
    let clock = Clock::new(move || Timestamp(morning.0 + elapsed()));
    let context = RunContext { database, calendar: calendar.into(), clock };
    let mut rng = ChaCha8Rng::seed_from_u64(20_240_701);

    let profiles = company(&context, today).await?;
    let first = today.plus_days(-7 * WEEKS);
    let customers = customers(&context, responses / RESPONSES_PER_CUSTOMER).await?;
    let people = (profiles.as_slice(), customers.as_slice());
    load(&context, &mut rng, "history", responses, people, (first, today)).await?;
    print(&format!("loaded in {:.1} s", started.elapsed().as_secs_f64()));
    vacuum(&context.database).await?;
    print(&format!("{responses} responses, {} profiles, {SEGMENTS} segments, {WEEKS} weeks", profiles.len()));
    print("run          weeks   count   score  review publish   total");
    let full = run(&context, true).await?;
    report("full", &full);
    load(&context, &mut rng, "new", NEW_RESPONSES, people, (today.plus_days(-14), today)).await?;
    let incremental = run(&context, false).await?;
    report("incremental", &incremental);
    let count = incremental.seconds.count / full.seconds.count;
    let whole = total(&incremental.seconds) / total(&full.seconds);
    print(&format!("incremental / full: counting {count:.3}, the whole run {whole:.3}"));
    print(&format!("peak memory: {}", peak_memory()?));
    Ok(())
}

/// Creates 360 profiles, segments over them, and decisions within their horizon; returns the profiles' ids.
async fn company(context: &RunContext, today: Day) -> BenchmarkResult<Vec<ProfileId>> {
    let mut sets = Vec::new();
    for region in 0..6 {
        for plan in 0..5 {
            for touchpoint in 0..12 {
                let pair = |name: &str, value: i32| (name.to_owned(), format!("{name}{value}"));
                sets.push(Attributes::from_iter([
                    pair("region", region),
                    pair("plan", plan),
                    pair("touchpoint", touchpoint),
                ]));
            }
        }
    }
    let now = context.clock.now();
    let transaction = context.database.begin_write().await?;
    let mut dimensions = DimensionTracker::load(&transaction, AttributeLimits::default()).await?;
    for set in &sets {
        dimensions.admit(set, &Attributes::default()).expect("few attributes");
    }
    dimensions.save(&transaction).await?;
    let ids = store::profile::intern(&transaction, &sets).await?;
    for number in 0..SEGMENTS {
        let name = ["region", "plan", "touchpoint"][number % 3];
        let value = |step: usize| format!("{name}{}", (number / 3 + step) % 5);
        let one_of = Some(vec![value(0), value(1)]);
        let predicate = Predicate { name: name.to_owned(), one_of, ..Predicate::default() };
        let key = format!("s{number:02}");
        let filter = Filter::Attribute(predicate);
        let draft = segment::SegmentDraft { name: key.clone(), key, description: None, filter };
        segment::define(&transaction, &draft, now).await?;
    }
    for number in 0..12 {
        let draft = decision::DecisionDraft {
            external_id: format!("d{number:02}"),
            title: format!("Decision {number}"),
            rationale: None,
            owner: "leader".to_owned(),
            target_segment_key: Some(format!("s{:02}", number * 3)),
            takes_effect_on: today.plus_days(-7 * (6 + number)),
            horizon_weeks: 26,
            expected_impact: 5.0,
            expected_low: None,
            expected_high: None,
            expected_level: 0.8,
            logged_at: Some(now.plus_seconds(-400 * 86_400)),
        };
        decision::log(&transaction, &draft, now).await?;
    }
    transaction.commit().await?;
    let mut ids: Vec<ProfileId> = ids.ids().collect();
    ids.sort();
    Ok(ids)
}

/// Creates customers without attributes; returns their ids.
async fn customers(context: &RunContext, count: usize) -> BenchmarkResult<Vec<CustomerId>> {
    let names: Vec<String> = (0..count.max(3)).map(|number| number.to_string()).collect();
    let new = |external_id: &String| NewCustomer {
        external_id: external_id.clone(),
        email: None,
        name: None,
        attributes: Attributes::default(),
        import_id: None,
    };
    let transaction = context.database.begin_write().await?;
    store::customer::insert(&transaction, names.iter().map(new).collect(), context.clock.now()).await?;
    let stored = store::customer::by_external_ids(&transaction, &names).await?;
    transaction.commit().await?;
    let mut ids: Vec<CustomerId> = stored.into_values().map(|customer| customer.id).collect();
    ids.sort();
    Ok(ids)
}

/// Inserts random responses, spread evenly over the days in `from..until`.
async fn load(
    context: &RunContext,
    rng: &mut ChaCha8Rng,
    source: &str,
    responses: usize,
    (profiles, customers): (&[ProfileId], &[CustomerId]),
    (from, until): (Day, Day),
) -> BenchmarkResult<()> {
    let mut written = 0;
    while written < responses {
        let rows: Vec<NewResponse> = (written..responses.min(written + ROWS_PER_TRANSACTION))
            .map(|number| {
                // In order of time, as responses arrive.
                let span = usize::try_from(until.0 - from.0).expect("it fits");
                let day = from.plus_days(i32::try_from(number * span / responses).expect("it fits"));
                NewResponse {
                    external_id: number.to_string(),
                    customer_id: customers.get(rng.random_range(0..customers.len() * 4 / 3)).copied(),
                    profile_id: profiles[rng.random_range(0..profiles.len())],
                    score: Some(rng.random_range(0..=10)),
                    answered_at: context.calendar.get().start_of(day).plus_seconds(rng.random_range(0..86_400)),
                    day,
                    own_attributes_id: None,
                    import_id: None,
                }
            })
            .collect();
        let transaction = context.database.begin_write().await?;
        store::response::insert(&transaction, source, &rows).await?;
        store::stale_week::mark(&transaction, rows.iter().map(|row| row.day)).await?;
        transaction.commit().await?;
        written += rows.len();
    }
    Ok(())
}

async fn run(context: &RunContext, full: bool) -> BenchmarkResult<RunOutcome> {
    let request = RunRequest { full, ..RunRequest::by(RunTrigger::Manual) };
    Ok(recompute::run(context, &request).await?)
}

/// After a bulk load, an index-only scan needs the visibility map and the statistics of the table.
async fn vacuum(database: &Database) -> BenchmarkResult<()> {
    store::tally::analyze(database.writer()).await?;
    Ok(())
}

fn total(seconds: &RunTimings) -> f64 {
    seconds.count + seconds.score + seconds.review + seconds.publish
}

fn report(name: &str, outcome: &RunOutcome) {
    let RunTimings { count, score, review, publish } = outcome.seconds;
    let (weeks, total) = (outcome.run.weeks_counted, total(&outcome.seconds));
    print(&format!("{name:<12} {weeks:>5} {count:>7.3} {score:>7.3} {review:>7.3} {publish:>7.3} {total:>7.3}"));
}

/// The peak resident memory of this process, as reported by Linux.
fn peak_memory() -> BenchmarkResult<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.map_or("unknown".to_owned(), |line| line.trim().to_owned()))
}

#[expect(clippy::print_stdout, reason = "the output of a benchmark")]
fn print(line: &str) {
    println!("{line}");
}
