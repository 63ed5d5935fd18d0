//! Maps values to coordinates.

/// Values this far from zero are not drawn.
const BEYOND: f64 = 1e9;

/// A linear scale: the values `low` to `high` lie on the coordinates `start` to `end`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearScale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl LinearScale {
    /// A scale that contains all values, with both ends on a multiple of its step; `start` and `end` are the
    /// coordinates of its ends. Values that cannot be drawn are left out.
    pub fn around(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        let finite = values.filter(|value| value.abs() < BEYOND);
        let (low, high) =
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let step = step(high - low);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        let high = if high > low { high } else { low + step };
        Self { low, high, start, end }
    }

    /// A scale from one value to another.
    pub fn between(low: f64, high: f64, start: f64, end: f64) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, start, end }
    }

    /// The coordinate of a value; one beyond an end is drawn at that end.
    pub fn at(&self, value: f64) -> f64 {
        let share = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.start + share * (self.end - self.start)
    }

    /// True when the value lies on the scale.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round values from one end to the other.
    pub fn ticks(&self) -> Vec<f64> {
        let step = step(self.high - self.low);
        let first = (self.low / step).ceil();
        let mut ticks = Vec::new();
        while ticks.len() < 20 {
            #[expect(clippy::cast_precision_loss, reason = "at most twenty ticks")]
            let tick = (first + ticks.len() as f64) * step;
            if tick > self.high + step * 1e-6 {
                break;
            }
            ticks.push(tick + 0.0);
        }
        ticks
    }
}

/// A round step that divides a span into about four to ten parts.
fn step(span: f64) -> f64 {
    if !span.is_finite() || span <= 0.0 {
        return 1.0;
    }
    let rough = span / 6.0;
    let magnitude = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * magnitude).find(|step| *step >= rough).unwrap_or(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_holds_its_values_between_round_ends() {
        let scale = LinearScale::around([-13.5, 22.0].into_iter(), 0.0, 100.0);
        assert_eq!(scale.ticks(), [-20.0, -10.0, 0.0, 10.0, 20.0, 30.0]);
        assert!((scale.at(-20.0)).abs() < 1e-9 && (scale.at(30.0) - 100.0).abs() < 1e-9);
        assert!((scale.at(500.0) - 100.0).abs() < 1e-9 && scale.at(-500.0).abs() < 1e-9);
        assert!(scale.holds(0.0) && !scale.holds(31.0));
    }

    #[test]
    fn one_value_none_and_unusable_ones_have_a_scale_too() {
        for values in [vec![], vec![7.0], vec![f64::NAN, f64::INFINITY], vec![0.0, 0.0]] {
            let scale = LinearScale::around(values.clone().into_iter(), 0.0, 10.0);
            assert!(scale.at(7.0).is_finite() && !scale.ticks().is_empty() && scale.ticks().len() <= 20, "{values:?}");
        }
    }
}
