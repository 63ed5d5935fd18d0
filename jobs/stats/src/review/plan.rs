//! How a decision is estimated and how its chances of error are spent: what simulations choose between.

use crate::boundary::Spending;

/// A model of the weekly scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// One series: the treated arm less the comparison, or the treated arm alone, where drift is feared.
    Contrast,
    /// Both arms' series in one model that learns what they share; without a comparison, the treated arm alone with
    /// drift nearly certain.
    Joint,
}

/// A model with the spending that goes with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Approach {
    /// How the effect is estimated.
    pub model: Model,
    /// How the chance of a false claim is spent over the life.
    pub spending: Spending,
    /// The two-sided error rate of the claim that nothing moved, spent likewise: twice that of each of two one-sided
    /// tests. `None`: that claim needs the interval that a movement is claimed by.
    pub equivalence_alpha: Option<f64>,
}

impl Approach {
    /// The contrast, with O'Brien-Fleming spending and no boundary of its own for no movement.
    pub const CONTRAST: Self =
        Self { model: Model::Contrast, spending: Spending::OBrienFleming, equivalence_alpha: None };

    /// Both arms, with quadratic spending and two one-sided tests at 5 % for no movement.
    pub const JOINT: Self = Self { model: Model::Joint, spending: Spending::Power(2.0), equivalence_alpha: Some(0.1) };
}

/// The approaches to decisions with and without a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// With a comparison.
    pub compared: Approach,
    /// Without one.
    pub alone: Approach,
}

/// The contrast for both, until the laboratory has seen the joint model at its best in every world.
impl Default for Plan {
    fn default() -> Self {
        Self { compared: Approach::CONTRAST, alone: Approach::CONTRAST }
    }
}

impl Plan {
    /// The approach to a decision.
    pub(crate) fn approach(&self, compared: bool) -> Approach {
        if compared { self.compared } else { self.alone }
    }
}
