//! The published figures: the version that the pointer names, its cube in memory, and every question one may ask it.
//!
//! A question about attributes that nobody has, or that one cannot slice by, is an error that says which exist.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate};
use entity::dimension::Model as Dimension;
use entity::publication::Model as Publication;
use entity::{Attributes, Calendar, Database, Day, Filter, Period, Scheme, StoreError, store};
use needle_stats::mix;
use needle_stats::nps::Counts;
use tokio::sync::OnceCell;

use crate::cube::{Cube, CubeError, off_thread};
use crate::problem::{Code, Problem};
use crate::review::{Gathering, Need, Respondents, WEEKS_BEFORE};
use crate::score::count_weeks;
use crate::segment::unknown_attribute;

/// The most buckets one series has, and the most groups one breakdown has.
pub const GROUPS_LIMIT: usize = 10_000;

/// The most dimensions one breakdown crosses.
pub const DIMENSIONS_LIMIT: usize = 4;

/// Everything that one published version says.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The published version; `None` before the first run.
    pub publication: Option<Publication>,
    /// The reporting calendar.
    pub calendar: Calendar,
    /// All dimensions, by name.
    pub dimensions: Vec<Dimension>,
    /// How the profiles of this version were made.
    scheme: Scheme,
    cube: Cube,
    /// Who answered lately, read when somebody asks for it.
    respondents: Arc<OnceCell<Option<Respondents>>>,
}

/// The length of a series' buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
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

/// One bucket of a series; present although nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The first day.
    pub start: Day,
    /// The day after the last.
    pub end: Day,
    /// The counts.
    pub counts: Counts,
}

/// One group of a breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The value of each dimension asked for; `None` for answers without one.
    pub key: Vec<Option<String>>,
    /// The counts.
    pub counts: Counts,
    /// The counts of the other period, when one was asked for.
    pub compared: Option<Counts>,
    /// What the group contributes to the whole's change, in NPS points: (by its score, by its share).
    pub effects: Option<(f64, f64)>,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum FiguresError {
    /// The question is at fault.
    #[error("{}", .0.message)]
    Problem(Problem),
    /// The counts could not be summed.
    #[error(transparent)]
    Cube(#[from] CubeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Figures {
    /// Loads the published version in one snapshot.
    pub async fn load(database: &Database, calendar: Calendar) -> Result<Self, FiguresError> {
        let snapshot = database.begin_snapshot().await?;
        let publication = store::publication::current(&snapshot).await?;
        let dimensions = store::dimension::all(&snapshot).await?;
        let published = store::dimension::published_scheme(&snapshot).await?;
        // A version of before schemes were kept was made by the names that were kept out then, as they are by now.
        let scheme = published.unwrap_or_else(|| Scheme::of(&dimensions, &[]));
        let (blocks, profiles) = match &publication {
            Some(_) => (store::tally::all(&snapshot).await?, store::profile::all(&snapshot).await?),
            None => (Vec::new(), Vec::new()),
        };
        snapshot.rollback().await.map_err(StoreError::from)?;
        let answers_before = publication.as_ref().and_then(|publication| publication.answers_before);
        let cube = off_thread(move || Cube::build(&blocks, profiles, answers_before)).await??;
        Ok(Self { publication, calendar, dimensions, scheme, cube, respondents: Arc::default() })
    }

    /// The first day with answers and the day after the last; `None` without any.
    pub fn days(&self) -> Option<(Day, Day)> {
        self.cube.days()
    }

    /// The counts by day and profile.
    pub(crate) fn cube(&self) -> &Cube {
        &self.cube
    }

    /// How the profiles were made.
    pub(crate) fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The answers of recognised customers in the newest two years of whole weeks, once they were read; `None` when they
    /// are too many, or none.
    pub fn respondents(&self) -> Option<&Respondents> {
        self.respondents.get()?.as_ref()
    }

    /// Reads the respondents, once per version.
    pub async fn read_respondents(self: &Arc<Self>, database: &Database) -> Result<(), FiguresError> {
        self.respondents.get_or_try_init(|| self.gather(database)).await?;
        Ok(())
    }

    async fn gather(self: &Arc<Self>, database: &Database) -> Result<Option<Respondents>, FiguresError> {
        let Some((_, end)) = self.cube.days() else { return Ok(None) };
        let until = end.monday();
        let period = Period::weeks_before(until, WEEKS_BEFORE);
        let figures = Arc::clone(self);
        let counts = off_thread(move || figures.nps(None, period)).await??;
        let Some(need) = Need::before(until, counts.responses()) else { return Ok(None) };
        let snapshot = database.begin_snapshot().await?;
        let gathering = Gathering::read(&snapshot, need).await?;
        snapshot.rollback().await.map_err(StoreError::from)?;
        let figures = Arc::clone(self);
        Ok(Some(off_thread(move || gathering.into_respondents(&figures.cube)).await?))
    }

    /// The counts of a slice.
    pub fn nps(&self, filter: Option<&Filter>, period: Period) -> Result<Counts, FiguresError> {
        self.count_of(self.sliceable(filter)?.as_ref(), period)
    }

    /// The counts of a slice in terms of this version's profiles.
    pub(crate) fn count_of(&self, filter: Option<&Filter>, period: Period) -> Result<Counts, FiguresError> {
        let Some(days) = self.range(period) else { return Ok(Counts::default()) };
        Ok(self.cube.count(days.start, days.end, |profile| matches(filter, profile))?)
    }

    /// The counts of a slice, bucket by bucket over the whole period.
    pub fn series(&self, filter: Option<&Filter>, period: Period, grain: Grain) -> Result<Vec<Point>, FiguresError> {
        self.series_of(self.sliceable(filter)?.as_ref(), period, grain)
    }

    /// The counts of a slice in terms of this version's profiles, bucket by bucket over the whole period.
    pub(crate) fn series_of(
        &self,
        filter: Option<&Filter>,
        period: Period,
        grain: Grain,
    ) -> Result<Vec<Point>, FiguresError> {
        let Some(days) = self.range(period) else { return Ok(Vec::new()) };
        let mut points = Vec::new();
        let mut start = grain.start(days.start);
        while start < days.end {
            let end = grain.next(start);
            points.push(Point {
                start: period.from.map_or(start, |first| start.max(first)),
                end: period.until.map_or(end, |last| end.min(last)),
                counts: Counts::default(),
            });
            if points.len() > GROUPS_LIMIT {
                return Err(limit("during", &format!("the series has more than {GROUPS_LIMIT} buckets")));
            }
            start = end;
        }
        let starts: Vec<Day> = points.iter().map(|point| point.start).collect();
        let bucket = |day: Day| {
            u32::try_from(starts.partition_point(|start| *start <= day)).ok().and_then(|after| after.checked_sub(1))
        };
        let groups: Vec<Option<u32>> =
            self.cube.profiles().iter().map(|profile| matches(filter, profile).then_some(0)).collect();
        for ((bucket, _), counts) in self.cube.sum(days.start, days.end, bucket, &groups)? {
            if let Some(point) = points.get_mut(bucket as usize) {
                point.counts += counts;
            }
        }
        Ok(points)
    }

    /// The counts of each week, first of everybody and then of each group, in one pass. A group that this version's
    /// profiles do not know has none.
    pub(crate) fn weeks(
        &self,
        groups: &[Filter],
        weeks: &BTreeSet<Day>,
    ) -> Result<Vec<BTreeMap<Day, Counts>>, FiguresError> {
        let everybody = Filter::All(Vec::new());
        let nobody = Filter::Any(Vec::new());
        let known = groups.iter().map(|group| self.translate(group).unwrap_or_else(|| nobody.clone()));
        let filters: Vec<Filter> = std::iter::once(everybody).chain(known).collect();
        Ok(count_weeks(&self.cube, &filters.iter().collect::<Vec<_>>(), weeks)?)
    }

    /// The counts of a slice, broken down by the values of some dimensions, in order of the values.
    pub fn breakdown(
        &self,
        by: &[String],
        filter: Option<&Filter>,
        period: Period,
        compare_to: Option<Period>,
    ) -> Result<Vec<Group>, FiguresError> {
        let filter = self.sliceable(filter)?;
        if by.is_empty() || by.len() > DIMENSIONS_LIMIT {
            let message = format!("expected one to {DIMENSIONS_LIMIT} dimensions, found {}", by.len());
            return Err(FiguresError::Problem(Problem::new(Code::Invalid, "by", message)));
        }
        by.iter().try_for_each(|name| self.check_sliceable(name, "by"))?;
        let filter = filter.as_ref();
        let mut places: BTreeMap<Vec<Option<&str>>, u32> = BTreeMap::new();
        let groups: Vec<Option<u32>> = self
            .cube
            .profiles()
            .iter()
            .map(|profile| {
                let key: Vec<Option<&str>> = by.iter().map(|name| profile.get(name)).collect();
                let next = u32::try_from(places.len()).ok()?;
                matches(filter, profile).then(|| *places.entry(key).or_insert(next))
            })
            .collect();
        let now = self.by_group(period, &groups)?;
        let before = compare_to.map(|period| self.by_group(period, &groups)).transpose()?;
        let count = |sums: &BTreeMap<u32, Counts>, place: u32| sums.get(&place).copied().unwrap_or_default();
        let mut found: Vec<Group> = places
            .into_iter()
            .map(|(key, place)| Group {
                key: key.into_iter().map(|value| value.map(str::to_owned)).collect(),
                counts: count(&now, place),
                compared: before.as_ref().map(|before| count(before, place)),
                effects: None,
            })
            .filter(|group| group.counts.responses() + group.compared.unwrap_or_default().responses() > 0)
            .collect();
        if found.len() > GROUPS_LIMIT {
            return Err(limit(
                "by",
                &format!("the breakdown has {} groups, at most {GROUPS_LIMIT} are shown", found.len()),
            ));
        }
        if before.is_some() {
            add_effects(&mut found);
        }
        Ok(found)
    }

    /// The values of a dimension with their scored responses, the most frequent first; `None` for answers without one.
    pub fn values(&self, name: &str) -> Result<Vec<(Option<String>, u64)>, FiguresError> {
        if !self.is_sliceable(name) {
            return Ok(Vec::new());
        }
        let groups = self.breakdown(&[name.to_owned()], None, Period::default(), None)?;
        let mut values: Vec<(Option<String>, u64)> = groups
            .into_iter()
            .filter_map(|group| Some((group.key.into_iter().next()?, group.counts.responses())))
            .collect();
        values.sort_by_key(|(_, responses)| std::cmp::Reverse(*responses));
        Ok(values)
    }

    /// True when one can slice by a name: neither today's profiles nor those of this version leave it out.
    pub fn is_sliceable(&self, name: &str) -> bool {
        !self.is_kept_out(name) && !self.scheme.keeps_out(name)
    }

    /// The names that are kept beside the answers today.
    pub fn kept_out(&self) -> BTreeSet<String> {
        self.dimensions.iter().filter(|row| row.kept_out).map(|row| row.name.clone()).collect()
    }

    fn is_kept_out(&self, name: &str) -> bool {
        self.dimensions.iter().any(|row| row.name == name && row.kept_out)
    }

    /// A filter in terms of this version's profiles; `None` when they do not know the answer to one of its questions.
    pub fn translate(&self, filter: &Filter) -> Option<Filter> {
        self.scheme.translate(filter)
    }

    /// Who of the profiles, by their places, belongs to a group: a filter in terms of this version's profiles, where `None`
    /// is everyone.
    pub fn members(&self, filter: Option<&Filter>) -> Vec<bool> {
        let belongs = |profile| filter.is_none_or(|filter| filter.matches(profile));
        self.cube.profiles().iter().map(belongs).collect()
    }

    /// True when somebody who belongs to both groups has answered; `None` is everyone.
    pub fn any_profile_in_both(&self, one: Option<&Filter>, other: Option<&Filter>) -> bool {
        let (Some(one), Some(other)) = (one, other) else { return true };
        let (Some(one), Some(other)) = (self.translate(one), self.translate(other)) else { return false };
        self.cube.profiles().iter().any(|profile| one.matches(profile) && other.matches(profile))
    }

    /// Refuses a filter that asks nothing, too much, or about attributes that nobody has.
    pub fn check(&self, filter: Option<&Filter>) -> Result<(), FiguresError> {
        let Some(filter) = filter else { return Ok(()) };
        filter
            .validate()
            .map_err(|error| FiguresError::Problem(Problem::new(Code::Invalid, "where", error.to_string())))?;
        filter.names().into_iter().try_for_each(|name| self.check_known(name, "where"))
    }

    /// A filter of a free slice in terms of this version's profiles. Refuses one about names kept out, unless some
    /// definition asks the same.
    fn sliceable(&self, filter: Option<&Filter>) -> Result<Option<Filter>, FiguresError> {
        self.check(filter)?;
        let Some(filter) = filter else { return Ok(None) };
        for predicate in filter.predicates() {
            let known = self.scheme.keeps_out(&predicate.name)
                && self.translate(&Filter::Attribute(predicate.clone())).is_some();
            if !known {
                self.check_sliceable(&predicate.name, "where")?;
            }
        }
        Ok(self.translate(filter))
    }

    fn check_known(&self, name: &str, field: &str) -> Result<(), FiguresError> {
        if self.dimensions.iter().any(|dimension| dimension.name == name) {
            return Ok(());
        }
        let known = self.dimensions.iter().map(|dimension| dimension.name.as_str());
        Err(FiguresError::Problem(unknown_attribute(name, known, field)))
    }

    fn check_sliceable(&self, name: &str, field: &str) -> Result<(), FiguresError> {
        self.check_known(name, field)?;
        let message = if self.is_kept_out(name) {
            format!(
                "attribute \"{name}\" is kept beside the answers: one cannot slice by it, unless an operator runs \
                 `needle dimension promote \"{name}\"`; a segment may ask about it"
            )
        } else if self.scheme.keeps_out(name) {
            format!("attribute \"{name}\" was promoted since the last recompute: one can slice by it after the next")
        } else {
            return Ok(());
        };
        Err(FiguresError::Problem(Problem::new(Code::Invalid, field, message)))
    }

    fn range(&self, period: Period) -> Option<Range<Day>> {
        period.within(self.days()?)
    }

    fn by_group(&self, period: Period, groups: &[Option<u32>]) -> Result<BTreeMap<u32, Counts>, FiguresError> {
        let Some(days) = self.range(period) else { return Ok(BTreeMap::new()) };
        let sums = self.cube.sum(days.start, days.end, |_| Some(0), groups)?;
        Ok(sums.into_iter().map(|((_, group), counts)| (group, counts)).collect())
    }
}

fn matches(filter: Option<&Filter>, profile: &Attributes) -> bool {
    filter.is_none_or(|filter| filter.matches(profile))
}

fn limit(field: &str, message: &str) -> FiguresError {
    FiguresError::Problem(Problem::new(Code::TooMany, field, message))
}

/// Kitagawa's decomposition of the whole's change, group by group.
fn add_effects(groups: &mut [Group]) {
    let now: Vec<Counts> = groups.iter().map(|group| group.counts).collect();
    let before: Vec<Counts> = groups.iter().map(|group| group.compared.unwrap_or_default()).collect();
    let either_is_empty = [&now, &before].iter().any(|side| side.iter().all(|counts| counts.responses() == 0));
    if either_is_empty {
        return;
    }
    let effects = mix::rate_and_mix(&mix::parts(&now), &mix::parts(&before));
    for (group, effect) in groups.iter_mut().zip(effects.cells) {
        group.effects = Some((effect.rate, effect.mix));
    }
}

impl Grain {
    /// The first day of the bucket that holds a day.
    pub fn start(self, day: Day) -> Day {
        let date = day.to_date();
        let first_of = |month: u32| NaiveDate::from_ymd_opt(date.year(), month, 1).map_or(day, Day::from);
        match self {
            Self::Day => day,
            Self::Week => day.monday(),
            Self::Month => first_of(date.month()),
            Self::Quarter => first_of(date.month0() / 3 * 3 + 1),
            Self::Year => first_of(1),
        }
    }

    /// The first day of the next bucket, given the first day of one.
    pub fn next(self, start: Day) -> Day {
        let months = match self {
            Self::Day => return start.plus_days(1),
            Self::Week => return start.plus_days(7),
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        };
        start.to_date().checked_add_months(Months::new(months)).map_or(start.plus_days(366), Day::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_the_calendar() {
        let day = |text: &str| Day::from(text.parse::<NaiveDate>().expect("a date"));
        for (grain, start, next) in [
            (Grain::Day, "2024-05-16", "2024-05-17"),
            (Grain::Week, "2024-05-13", "2024-05-20"),
            (Grain::Month, "2024-05-01", "2024-06-01"),
            (Grain::Quarter, "2024-04-01", "2024-07-01"),
            (Grain::Year, "2024-01-01", "2025-01-01"),
        ] {
            assert_eq!(grain.start(day("2024-05-16")), day(start), "{grain:?}");
            assert_eq!(grain.next(day(start)), day(next), "{grain:?}");
        }
    }
}
