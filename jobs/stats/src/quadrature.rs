//! Gauss-Legendre quadrature: integrals of smooth functions from few points.

use std::f64::consts::PI;
use std::sync::LazyLock;

use crate::number;

/// The numbers of points of the rules, smallest first. Even, so that no point lies at 0.
const SIZES: [usize; 4] = [48, 96, 192, 384];

/// The largest distance of points, in standard deviations of the density that is integrated.
const FARTHEST_APART: f64 = 1.2;

/// Nodes between -1 and 1 with their weights.
#[derive(Clone, Debug)]
pub(crate) struct QuadratureRule {
    pub nodes: Vec<f64>,
    pub weights: Vec<f64>,
    /// The weights of barycentric interpolation between the nodes (Berrut & Trefethen 2004, SIAM Review 46, 501-517).
    barycentric: Vec<f64>,
}

static RULES: LazyLock<[QuadratureRule; 4]> = LazyLock::new(|| SIZES.map(QuadratureRule::new));

impl QuadratureRule {
    /// The rule with the fewest points.
    pub(crate) fn smallest() -> &'static Self {
        &RULES[0]
    }

    /// The smallest rule that resolves a normal density of this standard deviation; half the range is 1.
    pub(crate) fn for_increments(deviation: f64) -> &'static Self {
        let resolves = |rule: &&Self| PI / number::of_index(rule.nodes.len()) <= FARTHEST_APART * deviation;
        RULES.iter().find(resolves).unwrap_or(&RULES[RULES.len() - 1])
    }

    /// Newton's method on the Legendre polynomial from the usual first guess (Press et al. 2007, Numerical Recipes,
    /// section 4.6).
    fn new(points: usize) -> Self {
        let (mut nodes, mut weights) = (vec![0.0; points], vec![0.0; points]);
        for index in 0..points {
            let mut node = -(PI * (number::of_index(index) + 0.75) / (number::of_index(points) + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..8 {
                let (value, derivative) = legendre(points, node);
                slope = derivative;
                node -= value / derivative;
            }
            nodes[index] = node;
            weights[index] = 2.0 / ((1.0 - node * node) * slope * slope);
        }
        let sign = |index: usize| if index.is_multiple_of(2) { 1.0 } else { -1.0 };
        let barycentric =
            (0..points).map(|index| sign(index) * ((1.0 - nodes[index].powi(2)) * weights[index]).sqrt()).collect();
        Self { nodes, weights, barycentric }
    }

    /// The polynomial through `values` at the nodes.
    pub(crate) fn interpolate(&self, values: &[f64], at: f64) -> f64 {
        let (mut above, mut below) = (0.0, 0.0);
        for ((node, weight), value) in self.nodes.iter().zip(&self.barycentric).zip(values) {
            let distance = at - node;
            if distance == 0.0 {
                return *value;
            }
            above += weight / distance * value;
            below += weight / distance;
        }
        above / below
    }
}

/// The Legendre polynomial of some degree, and its derivative.
fn legendre(degree: usize, at: f64) -> (f64, f64) {
    let (mut value, mut before) = (1.0, 0.0);
    for order in 0..degree {
        let order = number::of_index(order);
        (value, before) = (((2.0 * order + 1.0) * at * value - order * before) / (order + 1.0), value);
    }
    (value, number::of_index(degree) * (at * value - before) / (at * at - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_and_a_bell_are_integrated_exactly() {
        for rule in RULES.iter() {
            let integral = |of: &dyn Fn(f64) -> f64| -> f64 {
                rule.nodes.iter().zip(&rule.weights).map(|(node, weight)| weight * of(*node)).sum()
            };
            assert!((integral(&|x| 3.0 * x * x + x) - 2.0).abs() < 1e-13);
            assert!(
                (integral(&|x| (-8.0 * x * x).exp()) - 0.626_657_068_657_750_1 * 0.999_936_657_516_333_7).abs() < 1e-9
            );
        }
    }

    #[test]
    fn an_interpolation_is_exact_at_nodes_and_close_between() {
        let rule = QuadratureRule::smallest();
        let values: Vec<f64> = rule.nodes.iter().map(|x| (3.0 * x).cos()).collect();
        for at in [-0.99, -0.3, 0.0, rule.nodes[7], 0.5] {
            assert!((rule.interpolate(&values, at) - (3.0 * at).cos()).abs() < 1e-12);
        }
    }

    #[test]
    fn narrower_increments_get_more_points() {
        assert_eq!(QuadratureRule::for_increments(0.3).nodes.len(), 48);
        assert_eq!(QuadratureRule::for_increments(0.02).nodes.len(), 192);
        assert_eq!(QuadratureRule::for_increments(0.0).nodes.len(), 384);
    }
}
