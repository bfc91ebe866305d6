//! Eigenvalues of small symmetric matrices.

/// Writes a symmetric matrix of `size` rows as `V diag(values) V'`; returns the values and `V`, row by row, whose columns
/// are the eigenvectors. Cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, section 8.5).
pub(super) fn eigen(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; size * size];
    vectors.iter_mut().step_by(size + 1).for_each(|one| *one = 1.0);
    for _ in 0..50 {
        let mut rotated = false;
        for p in 0..size {
            for q in p + 1..size {
                let (pp, qq, pq) = (matrix[p * size + p], matrix[q * size + q], matrix[p * size + q]);
                // Squares of entries may underflow where the entries themselves still matter.
                if pq.abs() <= 1e-15 * pp.abs().sqrt() * qq.abs().sqrt() {
                    continue;
                }
                rotated = true;
                let slope = (qq - pp) / (2.0 * pq);
                let tangent = 1.0_f64.copysign(slope) / (slope.abs() + (1.0 + slope * slope).sqrt());
                let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
                let sine = tangent * cosine;
                for k in 0..size {
                    turn(&mut matrix, k * size + p, k * size + q, cosine, sine);
                }
                for k in 0..size {
                    turn(&mut matrix, p * size + k, q * size + k, cosine, sine);
                    turn(&mut vectors, k * size + p, k * size + q, cosine, sine);
                }
            }
        }
        if !rotated {
            break;
        }
    }
    (matrix.into_iter().step_by(size + 1).collect(), vectors)
}

fn turn(numbers: &mut [f64], p: usize, q: usize, cosine: f64, sine: f64) {
    let (a, b) = (numbers[p], numbers[q]);
    numbers[p] = cosine * a - sine * b;
    numbers[q] = sine * a + cosine * b;
}

#[cfg(test)]
mod tests {
    use super::eigen;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_factors_give_back_the_matrix(size in 1usize..7, numbers in prop::collection::vec(-1.0..1.0f64, 49)) {
            let at = |i: usize, j: usize| numbers[i.min(j) * 7 + i.max(j)];
            let matrix: Vec<f64> = (0..size * size).map(|ij| at(ij / size, ij % size)).collect();
            let (values, vectors) = eigen(matrix.clone(), size);
            for i in 0..size {
                for j in 0..size {
                    let sum = |f: &dyn Fn(usize) -> f64| (0..size).map(f).sum::<f64>();
                    let back = sum(&|k| vectors[i * size + k] * values[k] * vectors[j * size + k]);
                    let unit = sum(&|k| vectors[k * size + i] * vectors[k * size + j]);
                    prop_assert!((back - matrix[i * size + j]).abs() < 1e-13);
                    prop_assert!((unit - f64::from(u8::from(i == j))).abs() < 1e-13);
                }
            }
        }
    }
}
