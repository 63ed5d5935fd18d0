//! What the published weeks say of a target: how many answer, how their answers vary, and how weeks do.

use entity::{Day, Filter};
use needle_stats::detectability::{Rate, WeekScore};
use needle_stats::nps::Counts;

use crate::figures::{Figures, FiguresError, Grain, Period};

/// The rate of answers is that of the newest half year: older ones were asked differently.
const RATE_WEEKS: usize = 26;

/// The noise of weeks is estimated from at most two years, as in a review.
const NOISE_WEEKS: usize = 104;

/// The whole weeks of a target and of everybody else.
pub(super) struct History {
    /// The target's rate.
    pub treated: Rate,
    /// Everybody else's; `None` when nobody else has answered.
    pub comparison: Option<Rate>,
    /// The weekly difference between the two, or the target's score alone, where both have answers.
    pub contrast: Vec<WeekScore>,
    /// The Mondays of the weeks in which both have answers.
    usable: Vec<Day>,
    /// The Monday after the last whole week.
    until: Day,
}

impl History {
    /// Reads the weeks of a target, a filter in terms of the published profiles; `None` without an answer from it.
    pub(super) fn read(figures: &Figures, filter: Option<&Filter>) -> Result<Option<Self>, FiguresError> {
        let Some((first, end)) = figures.days() else { return Ok(None) };
        let until = end.monday();
        let period = Period { from: Some(first.monday()), until: Some(until) };
        let everyone = figures.series_of(None, period, Grain::Week)?;
        let target = figures.series_of(filter, period, Grain::Week)?;
        let weeks: Vec<(Day, Counts, Counts)> = everyone
            .iter()
            .zip(&target)
            .map(|(all, own)| (own.start, own.counts, rest(all.counts, own.counts)))
            .collect();
        let recent = &weeks[weeks.len().saturating_sub(RATE_WEEKS)..];
        let Some(treated) = rate(recent.iter().map(|(_, own, _)| *own)) else { return Ok(None) };
        let comparison = rate(recent.iter().map(|(_, _, others)| *others));
        let both =
            |week: &&(Day, Counts, Counts)| week.1.responses() > 0 && (comparison.is_none() || week.2.responses() > 0);
        let usable: Vec<&(Day, Counts, Counts)> = weeks.iter().filter(both).collect();
        let contrast = usable[usable.len().saturating_sub(NOISE_WEEKS)..]
            .iter()
            .filter_map(|(_, own, others)| contrast(own, comparison.map(|rate| (others, rate)), treated))
            .collect();
        let usable = usable.iter().map(|(monday, _, _)| *monday).collect();
        Ok(Some(Self { treated, comparison, contrast, usable, until }))
    }

    /// How many weeks with answers a decision will have before it, if answers keep coming until then.
    pub(super) fn weeks_before(&self, takes_effect_on: Day) -> usize {
        let start = takes_effect_on.monday();
        let known = self.usable.iter().filter(|monday| **monday < start).count();
        let to_come = start.0.saturating_sub(self.until.0).max(0) / 7;
        known + usize::try_from(to_come).unwrap_or_default()
    }
}

fn rest(all: Counts, own: Counts) -> Counts {
    Counts {
        promoters: all.promoters.saturating_sub(own.promoters),
        passives: all.passives.saturating_sub(own.passives),
        detractors: all.detractors.saturating_sub(own.detractors),
    }
}

/// The rate of some weeks; `None` without answers.
fn rate(weeks: impl ExactSizeIterator<Item = Counts>) -> Option<Rate> {
    let count = u32::try_from(weeks.len()).ok()?;
    let total: Counts = weeks.sum();
    let answers = number(total.responses());
    // Three more answers, one on each side of the middle counted three quarters, keep a score of only promoters from
    // having no variance (Rocks 2016, The American Statistician).
    let share = |answered: u64| (number(answered) + 0.75) / (answers + 3.0);
    let (promoting, detracting) = (share(total.promoters), share(total.detractors));
    let variance_of_one = 1e4 * (promoting + detracting - (promoting - detracting).powi(2));
    (total.responses() > 0).then(|| Rate { answers_per_week: answers / f64::from(count), variance_of_one })
}

/// One week's difference with its sampling variance.
fn contrast(own: &Counts, others: Option<(&Counts, Rate)>, treated: Rate) -> Option<WeekScore> {
    let side = |counts: &Counts, rate: Rate| Some((counts.score()?, rate.variance_of_one / number(counts.responses())));
    let (score, variance) = side(own, treated)?;
    let (compared, error) = match others {
        Some((counts, rate)) => side(counts, rate)?,
        None => (0.0, 0.0),
    };
    Some(WeekScore { score: score - compared, sampling_variance: variance + error })
}

#[expect(clippy::cast_precision_loss, reason = "a count of answers stays far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
