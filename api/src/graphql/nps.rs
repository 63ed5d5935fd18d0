//! One Net Promoter Score, and the free slices: over time and by attributes.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use entity::{Filter, Period};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::disclosure::DisclosureRule;
use needle_analytics::series::SeriesBucket;
use needle_stats::interval::{self, mover_difference};
use needle_stats::nps::NpsCounts;

use super::access::Permission;
use super::filter::{DateRange, ProfileFilter, period};
use super::nps_group::{NpsGroup, NpsGroupOrder, NpsGroupSelection};
use super::scalar::Date;
use super::scope::RequestScope;

/// The level of every score's interval.
const LEVEL: f64 = 0.95;

/// A Net Promoter Score: the share of promoters minus the share of detractors, -100 to 100.
#[derive(Clone, Copy, Debug)]
pub struct Nps {
    counts: NpsCounts,
    suppressed: bool,
    /// The counts of the range to compare with, and whether they are suppressed.
    compared: Option<(NpsCounts, bool)>,
}

/// Whose responses a score is of.
pub enum NpsSlice {
    /// A free slice; `None` is everyone.
    Free(Option<Filter>),
    /// A segment by its definition.
    Segment(Arc<Filter>),
}

impl NpsSlice {
    fn count(
        &self,
        analytics: &Analytics,
        period: Period,
        rule: DisclosureRule,
    ) -> Result<(NpsCounts, bool), AnalyticsError> {
        match self {
            Self::Free(filter) => analytics.disclosed_nps(filter.as_ref(), period, rule),
            // What no profile holds yet has no responses.
            Self::Segment(filter) => match analytics.translate(filter) {
                Some(filter) => analytics.disclosed_count_of(Some(&filter), period, rule),
                None => Ok((NpsCounts::default(), false)),
            },
        }
    }
}

/// When the responses of a score were given, and of one to compare it with.
#[derive(Clone, Copy, Debug)]
pub struct NpsPeriods {
    during: Period,
    compare_to: Option<Period>,
}

impl NpsPeriods {
    /// The ranges of the arguments `during` and `compareTo`.
    pub fn of(during: Option<DateRange>, compare_to: Option<DateRange>) -> Result<Self> {
        let compare_to = compare_to.map(|range| period("compareTo", Some(range))).transpose()?;
        Ok(Self { during: period("during", during)?, compare_to })
    }
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

/// The difference of two scores.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ScoreChange {
    /// The later score minus the earlier one, in NPS points.
    points: f64,
    /// Its 95 % interval (MOVER of the two score intervals).
    interval: Interval,
}

impl ScoreChange {
    /// The change from one score to another; `None` unless both are shown.
    pub fn between(earlier: &Nps, later: &Nps) -> Option<Self> {
        let (earlier, later) = earlier.score_and_interval().zip(later.score_and_interval())?;
        Some(Self { points: later.0 - earlier.0, interval: mover_difference(later, earlier).into() })
    }
}

impl Nps {
    /// The score of these counts, suppressed when the viewer may not read so small a group.
    pub fn new(scope: &RequestScope, counts: NpsCounts) -> Self {
        Self::disclosed(scope, counts, false)
    }

    /// The score of these counts, suppressed also when the viewer could subtract a small group by it.
    pub(super) fn disclosed(scope: &RequestScope, counts: NpsCounts, is_hidden: bool) -> Self {
        Self { counts, suppressed: is_hidden || Self::is_suppressed(scope, counts.responses()), compared: None }
    }

    /// The score of a slice in a range of days, and in another one to compare with.
    pub async fn of_slice(scope: &RequestScope, slice: NpsSlice, periods: NpsPeriods) -> Result<Self> {
        let rule = Self::rule(scope);
        let (now, before) = scope
            .analyse(move |analytics| {
                let count = |period| slice.count(analytics, period, rule);
                Ok((count(periods.during)?, periods.compare_to.map(count).transpose()?))
            })
            .await?;
        let shown = |(counts, is_hidden)| Self::disclosed(scope, counts, is_hidden);
        let compared = before.map(shown).map(|nps: Self| (nps.counts, nps.suppressed));
        Ok(Self { compared, ..shown(now) })
    }

    /// True when the viewer may not read the score of a group with this number of responses.
    pub fn is_suppressed(scope: &RequestScope, responses: u64) -> bool {
        Self::rule(scope).is_small(responses)
    }

    /// Which groups are small for the viewer.
    fn rule(scope: &RequestScope) -> DisclosureRule {
        let reads_all = scope.viewer.may(Permission::ReadSmallGroups);
        if reads_all { DisclosureRule::NONE } else { DisclosureRule { smallest: scope.api.settings().suppress_below } }
    }

    /// The counts; `None` when suppressed.
    pub(super) fn visible(&self) -> Option<&NpsCounts> {
        (!self.suppressed).then_some(&self.counts)
    }

    /// The number of responses with a score.
    pub(super) fn scored(&self) -> u64 {
        self.counts.responses()
    }

    /// The score with its interval; `None` when suppressed or without responses.
    pub(super) fn score_and_interval(&self) -> Option<(f64, interval::ConfidenceInterval)> {
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

    /// True when the group is too small for this viewer, or such a group could be found by subtraction from it:
    /// everything below is null.
    fn suppressed(&self) -> bool {
        self.suppressed
    }

    /// The score of the same group in `compareTo`; null where nothing is compared.
    fn compared(&self) -> Option<Nps> {
        self.compared.map(|(counts, suppressed)| Nps { counts, suppressed, compared: None })
    }

    /// This score minus the compared one; null where nothing is compared, and when either is empty or suppressed.
    fn change(&self) -> Option<ScoreChange> {
        let (counts, suppressed) = self.compared?;
        ScoreChange::between(&Nps { counts, suppressed, compared: None }, self)
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

impl NpsPoint {
    fn new(scope: &RequestScope, point: &SeriesBucket, is_hidden: bool) -> Self {
        let nps = Nps::disclosed(scope, point.counts, is_hidden);
        Self { start: Date(point.start), end: Date(point.end), nps }
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
        #[graphql(desc = "The range to compare with; null compares nothing.")] compare_to: Option<DateRange>,
    ) -> Result<Nps> {
        let slice = NpsSlice::Free(who.map(Filter::from));
        Nps::of_slice(RequestScope::of(context)?, slice, NpsPeriods::of(during, compare_to)?).await
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
        let rule = Nps::rule(scope);
        let points =
            scope.analyse(move |analytics| analytics.disclosed_series(filter.as_ref(), during, grain, rule)).await?;
        Ok(points.iter().map(|(point, is_hidden)| NpsPoint::new(scope, point, *is_hidden)).collect())
    }

    /// The score of any group, broken down by the values of one to four dimensions; only groups that have responses, at most
    /// 10,000. Groups that the viewer may not read one by one are the last group, together.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the GraphQL field")]
    async fn nps_breakdown(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The names of the dimensions.")] by: Vec<String>,
        #[graphql(name = "where", desc = "Whose responses count; null means everyone's.")] who: Option<ProfileFilter>,
        #[graphql(desc = "When; null means always.")] during: Option<DateRange>,
        #[graphql(desc = "The range to compare with; null compares nothing.")] compare_to: Option<DateRange>,
        #[graphql(desc = "How the groups are sorted; null means in order of their values.")] order_by: Option<
            NpsGroupOrder,
        >,
        #[graphql(
            desc = "How many groups from the start, at most 10,000; null means all. Where some are left out, those that are returned do not add up to the whole."
        )]
        first: Option<i32>,
    ) -> Result<Vec<NpsGroup>> {
        let scope = RequestScope::of(context)?;
        let selection = NpsGroupSelection::of(order_by, first, compare_to.is_some())?;
        let (filter, during, compare_to) = (
            who.map(Filter::from),
            period("during", during)?,
            compare_to.map(|range| period("compareTo", Some(range))).transpose()?,
        );
        let (names, rule) = (by.clone(), Nps::rule(scope));
        let groups = scope
            .analyse(move |analytics| analytics.breakdown(&names, filter.as_ref(), during, compare_to, rule))
            .await?;
        Ok(selection.apply(groups.into_iter().map(|group| NpsGroup::new(scope, &by, group)).collect()))
    }
}
