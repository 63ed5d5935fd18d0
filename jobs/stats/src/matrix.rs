//! The operations on vectors and small dense matrices that the regression needs.

use crate::number;

/// The inverse of a symmetric positive definite matrix.
#[derive(Clone, Debug)]
pub(crate) struct MatrixInverse {
    /// The inverse, row-major.
    pub values: Vec<f64>,
    /// The natural logarithm of the determinant of the matrix (not of its inverse).
    pub ln_determinant: f64,
}

/// Inverts a symmetric positive definite `size x size` matrix, row-major, by Cholesky's factorisation; `None` when it
/// is not positive definite to working precision.
pub(crate) fn invert(matrix: &[f64], size: usize) -> Option<MatrixInverse> {
    let factor = factorise(matrix, size)?;
    let ln_determinant = 2.0 * (0..size).map(|index| factor[index * size + index].ln()).sum::<f64>();
    let mut lower = vec![0.0; size * size];
    for column in 0..size {
        for row in column..size {
            let eliminated: f64 =
                (column..row).map(|between| factor[row * size + between] * lower[between * size + column]).sum();
            let unit = number::of_index(usize::from(row == column));
            lower[row * size + column] = (unit - eliminated) / factor[row * size + row];
        }
    }
    let mut values = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..=row {
            let value = (row..size).map(|below| lower[below * size + row] * lower[below * size + column]).sum();
            values[row * size + column] = value;
            values[column * size + row] = value;
        }
    }
    Some(MatrixInverse { values, ln_determinant })
}

/// The inner product of two equally long vectors.
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The lower triangular Cholesky factor.
fn factorise(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let mut factor = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..=row {
            let eliminated: f64 =
                (0..column).map(|before| factor[row * size + before] * factor[column * size + before]).sum();
            let rest = matrix[row * size + column] - eliminated;
            factor[row * size + column] = if row > column {
                rest / factor[column * size + column]
            } else if rest > 0.0 && rest.is_finite() {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let matrix = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let inverse = invert(&matrix, 3).expect("an inverse").values;
        for row in 0..3 {
            for column in 0..3 {
                let product: f64 = (0..3).map(|k| matrix[row * 3 + k] * inverse[k * 3 + column]).sum();
                assert!((product - f64::from(u8::from(row == column))).abs() < 1e-12);
            }
        }
        assert!(invert(&[1.0, 2.0, 2.0, 1.0], 2).is_none());
    }
}
