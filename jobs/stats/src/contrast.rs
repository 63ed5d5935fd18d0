//! The weekly contrast of a decision's target with everybody else, or the target alone when nobody else responded.
//!
//! Which weeks a look may use is defined by [`crate::window`], what explains the contrast by [`crate::design`].

use crate::arm::ArmSeries;
use crate::cells::CellWeeks;
use crate::decision::DecisionColumn;
use crate::window::LookWindow;

/// Treated minus comparison, week by week over the window; the treated arm alone without a comparison.
#[derive(Clone, Debug)]
pub(crate) struct ArmContrast {
    pub window: LookWindow,
    pub treated: ArmSeries,
    /// `None` when every respondent is treated.
    pub comparison: Option<ArmSeries>,
    /// The contrast in NPS points, per week.
    pub level: Vec<f64>,
    /// Sampling variance of the level, squared NPS points.
    pub variance: Vec<f64>,
    /// Whether every arm has responses in a week.
    pub usable: Vec<bool>,
}

impl ArmContrast {
    /// `None` when the target has no responses in the window. Cells without responses before the decision are no
    /// comparison, even if they respond later: an earlier look would not have had one.
    pub(crate) fn new(data: &CellWeeks, window: LookWindow, decision: &DecisionColumn) -> Option<Self> {
        Self::of(data, window, decision, true)
    }

    /// The same with unadjusted scores, for uses where a shift in who responds does not matter.
    pub(crate) fn unadjusted(data: &CellWeeks, window: LookWindow, decision: &DecisionColumn) -> Option<Self> {
        Self::of(data, window, decision, false)
    }

    fn of(data: &CellWeeks, window: LookWindow, decision: &DecisionColumn, adjusts: bool) -> Option<Self> {
        let (targeted, others): (Vec<usize>, Vec<usize>) = (0..data.cells()).partition(|cell| decision.targets(*cell));
        let treated = ArmSeries::new(data, targeted, &window, adjusts);
        if treated.responses.iter().all(|responses| *responses == 0.0) {
            return None;
        }
        let history = window.first..window.start;
        let has_responses = |cell: &usize| data.row(*cell)[history.clone()].iter().any(|counts| counts.responses() > 0);
        let compared = others.iter().any(has_responses);
        let usable = treated.responses.iter().map(|count| *count > 0.0).collect();
        let (level, variance) = (treated.level.clone(), treated.variance.clone());
        let mut contrast = Self { window, treated, comparison: None, level, variance, usable };
        if compared {
            let comparison = ArmSeries::new(data, others, &window, adjusts);
            contrast.usable.iter_mut().zip(&comparison.responses).for_each(|(usable, count)| *usable &= *count > 0.0);
            contrast.comparison = Some(comparison);
            contrast.subtract();
        }
        Some(contrast)
    }

    /// The same with future weeks, up to `start` and `weeks` more from there on, that resemble the `usual` newest ones;
    /// `None` when an arm has no responses in those.
    pub(crate) fn prolonged(mut self, start: usize, weeks: usize, usual: usize) -> Option<Self> {
        let end = start + weeks;
        let more = end.checked_sub(self.window.end)?;
        self.treated.prolong(more, usual)?;
        if let Some(comparison) = &mut self.comparison {
            comparison.prolong(more, usual)?;
        }
        self.usable.extend(std::iter::repeat_n(true, more));
        self.window = LookWindow { start, end, ..self.window };
        self.subtract();
        Some(self)
    }

    /// Computes the contrast from the current arms.
    pub(crate) fn subtract(&mut self) {
        self.level.clone_from(&self.treated.level);
        self.variance.clone_from(&self.treated.variance);
        if let Some(comparison) = &self.comparison {
            for week in 0..self.window.weeks() {
                self.level[week] -= comparison.level[week];
                self.variance[week] += comparison.variance[week];
            }
        }
    }
}
