//! One Net Promoter Score, and the free slices: over time and by attributes.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use entity::Filter;
use needle_analytics::series::SeriesBucket;
use needle_analytics::slice::BreakdownGroup;
use needle_stats::interval::{self, mover_difference};
use needle_stats::nps::NpsCounts;

use super::access::Permission;
use super::filter::{DateRange, ProfileFilter, period};
use super::scalar::Date;
use super::scope::RequestScope;

/// The level of every score's interval.
const LEVEL: f64 = 0.95;

/// A Net Promoter Score: the share of promoters minus the share of detractors, -100 to 100.
#[derive(Clone, Copy, Debug)]
pub struct Nps {
    counts: NpsCounts,
    suppressed: bool,
}

/// An interval that covers the true value with a given probability.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Interval {
    /// The low end, in NPS points.
    low: f64,
    /// The high end, in NPS points.
    high: f64,
    /// The probability, 0 to 1; 0.95 unless stated otherwise.
    level: f64,
}

impl From<interval::ConfidenceInterval> for Interval {
    fn from(interval: interval::ConfidenceInterval) -> Self {
        Self { low: interval.low, high: interval.high, level: interval.level }
    }
}

impl Nps {
    /// The score of these counts, suppressed when the viewer may not read so small a group.
    pub fn new(scope: &RequestScope, counts: NpsCounts) -> Self {
        Self { counts, suppressed: Self::is_suppressed(scope, counts.responses()) }
    }

    /// True when the viewer may not read the score of a group with this number of responses.
    pub fn is_suppressed(scope: &RequestScope, responses: u64) -> bool {
        let small = (1..scope.api.settings().suppress_below).contains(&responses);
        small && !scope.viewer.may(Permission::ReadSmallGroups)
    }

    fn visible(&self) -> Option<&NpsCounts> {
        (!self.suppressed).then_some(&self.counts)
    }

    /// The score with its interval; `None` when suppressed or without responses.
    fn score_and_interval(&self) -> Option<(f64, interval::ConfidenceInterval)> {
        let counts = self.visible()?;
        Some((counts.score()?, counts.interval(LEVEL)?))
    }
}

/// A Net Promoter Score: the share of promoters minus the share of detractors, -100 to 100.
#[Object]
impl Nps {
    /// The number of responses with a score: the denominator. Responses that left the question open never count.
    fn responses(&self) -> u64 {
        self.counts.responses()
    }

    /// True when the group is too small for this viewer: everything below is null.
    fn suppressed(&self) -> bool {
        self.suppressed
    }

    /// The number of responses with 9 or 10; null when suppressed.
    fn promoters(&self) -> Option<u64> {
        self.visible().map(|counts| counts.promoters)
    }

    /// The number of responses with 7 or 8; null when suppressed.
    fn passives(&self) -> Option<u64> {
        self.visible().map(|counts| counts.passives)
    }

    /// The number of responses with 0 to 6; null when suppressed.
    fn detractors(&self) -> Option<u64> {
        self.visible().map(|counts| counts.detractors)
    }

    /// The score, -100 to 100; null when suppressed or when there is no response.
    fn score(&self) -> Option<f64> {
        self.visible().and_then(NpsCounts::score)
    }

    /// The 95 % interval of the score (score method); null when suppressed or when there is no response.
    fn interval(&self) -> Option<Interval> {
        self.visible().and_then(|counts| counts.interval(LEVEL)).map(Interval::from)
    }
}

/// The length of a series' buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Grain", remote = "needle_analytics::period::SeriesGrain")]
pub enum GrainEnum {
    /// Days.
    Day,
    /// Weeks from Monday.
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
}

/// One bucket of a series.
#[derive(SimpleObject)]
pub struct NpsPoint {
    /// The first day of the bucket; cut to the requested range.
    start: Date,
    /// The day after the bucket's last.
    end: Date,
    /// The score of the bucket; a bucket without responses is present, with `responses` 0.
    nps: Nps,
}

/// One value of one dimension.
#[derive(SimpleObject)]
pub struct DimensionValue {
    /// The attribute's name.
    dimension: String,
    /// Its value; null for responses that lack the attribute.
    value: Option<String>,
}

/// One group of a breakdown, and how it changed when two ranges are compared.
#[derive(SimpleObject)]
pub struct NpsGroup {
    /// The values that make the group, in the order of `by`.
    key: Vec<DimensionValue>,
    /// The score in `during`.
    nps: Nps,
    /// The score in `compareTo`; null when nothing is compared.
    compared: Option<Nps>,
    /// The score in `during` minus that in `compareTo`, in NPS points; null when either is empty or suppressed.
    change: Option<f64>,
    /// The 95 % interval of the change (MOVER of the two score intervals); null like `change`.
    change_interval: Option<Interval>,
    /// What this group adds to the change of the whole because its own score changed, in NPS points (Kitagawa).
    rate_effect: Option<f64>,
    /// What this group adds to the change of the whole because its share of the responses changed, in NPS points.
    mix_effect: Option<f64>,
}

impl NpsPoint {
    fn new(scope: &RequestScope, point: &SeriesBucket) -> Self {
        Self { start: Date(point.start), end: Date(point.end), nps: Nps::new(scope, point.counts) }
    }
}

impl NpsGroup {
    fn new(scope: &RequestScope, by: &[String], group: BreakdownGroup) -> Self {
        let value =
            |(dimension, value): (&String, Option<String>)| DimensionValue { dimension: dimension.clone(), value };
        let (nps, compared) = (Nps::new(scope, group.counts), group.compared.map(|counts| Nps::new(scope, counts)));
        let hidden = nps.suppressed || compared.is_some_and(|compared| compared.suppressed);
        let scores = nps.score_and_interval().zip(compared.as_ref().and_then(Nps::score_and_interval));
        let effects = group.effects.filter(|_| !hidden);
        Self {
            key: by.iter().zip(group.key).map(value).collect(),
            nps,
            compared,
            change: scores.map(|((now, _), (before, _))| now - before),
            change_interval: scores.map(|(now, before)| mover_difference(now, before).into()),
            rate_effect: effects.map(|(rate, _)| rate),
            mix_effect: effects.map(|(_, mix)| mix),
        }
    }
}

/// Queries for free slices.
#[derive(Default)]
pub struct NpsQuery;

#[Object]
impl NpsQuery {
    /// The score of any group in any range of days, from the published data.
    async fn nps(
        &self,
        context: &Context<'_>,
        #[graphql(name = "where", desc = "Whose responses count; null means everyone's.")] who: Option<ProfileFilter>,
        #[graphql(desc = "When; null means always.")] during: Option<DateRange>,
    ) -> Result<Nps> {
        let scope = RequestScope::of(context)?;
        let (filter, during) = (who.map(Filter::from), period("during", during)?);
        let counts = scope.analyse(move |analytics| analytics.nps(filter.as_ref(), during)).await?;
        Ok(Nps::new(scope, counts))
    }

    /// The score of any group over time, bucket by bucket without gaps; at most 10,000 buckets.
    async fn nps_series(
        &self,
        context: &Context<'_>,
        #[graphql(name = "where", desc = "Whose responses count; null means everyone's.")] who: Option<ProfileFilter>,
        #[graphql(desc = "When; null means from the first response to the last.")] during: Option<DateRange>,
        #[graphql(desc = "The length of the buckets.", default_with = "GrainEnum::Week")] grain: GrainEnum,
    ) -> Result<Vec<NpsPoint>> {
        let scope = RequestScope::of(context)?;
        let (filter, during, grain) =
            (who.map(Filter::from), period("during", during)?, needle_analytics::period::SeriesGrain::from(grain));
        let points = scope.analyse(move |analytics| analytics.series(filter.as_ref(), during, grain)).await?;
        Ok(points.iter().map(|point| NpsPoint::new(scope, point)).collect())
    }

    /// The score of any group, broken down by the values of one to four dimensions, in order of the values; only
    /// groups that have responses, at most 10,000.
    async fn nps_breakdown(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The names of the dimensions.")] by: Vec<String>,
        #[graphql(name = "where", desc = "Whose responses count; null means everyone's.")] who: Option<ProfileFilter>,
        #[graphql(desc = "When; null means always.")] during: Option<DateRange>,
        #[graphql(desc = "The range to compare with; null compares nothing.")] compare_to: Option<DateRange>,
    ) -> Result<Vec<NpsGroup>> {
        let scope = RequestScope::of(context)?;
        let (filter, during, compare_to) = (
            who.map(Filter::from),
            period("during", during)?,
            compare_to.map(|range| period("compareTo", Some(range))).transpose()?,
        );
        let names = by.clone();
        let groups =
            scope.analyse(move |analytics| analytics.breakdown(&names, filter.as_ref(), during, compare_to)).await?;
        Ok(groups.into_iter().map(|group| NpsGroup::new(scope, &by, group)).collect())
    }
}
