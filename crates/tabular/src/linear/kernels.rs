//! The innermost loops, written so that the compiler vectorises them without reordering a sum.

/// How many numbers are added side by side; rows are padded with zeros to a multiple of it.
pub(super) const LANES: usize = 4;

/// How many rows a group holds; two times the four that the loops below take at once.
pub(super) const GROUP: usize = 8;

type Quad = [f64; LANES];

/// The products of [`GROUP`] rows of `stride` numbers with one vector.
pub(super) fn dots(rows: &[f64], stride: usize, vector: &[f64]) -> [f64; GROUP] {
    let mut out = [0.0; GROUP];
    for (four, rows) in out.as_chunks_mut::<4>().0.iter_mut().zip(rows.chunks_exact(4 * stride)) {
        *four = four_dots(rows, stride, vector);
    }
    out
}

fn four_dots(rows: &[f64], stride: usize, vector: &[f64]) -> [f64; 4] {
    let [a, b, c, d] = quads(rows, stride);
    let mut sums = [[0.0; LANES]; 4];
    for ((((a, b), c), d), v) in a.iter().zip(b).zip(c).zip(d).zip(vector.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[0][lane] += a[lane] * v[lane];
            sums[1][lane] += b[lane] * v[lane];
            sums[2][lane] += c[lane] * v[lane];
            sums[3][lane] += d[lane] * v[lane];
        }
    }
    sums.map(add_lanes)
}

/// Adds [`GROUP`] rows of `stride` numbers, each times its factor, to `sums`.
pub(super) fn add_rows(rows: &[f64], stride: usize, factors: &[f64; GROUP], sums: &mut [f64]) {
    for (rows, &[p, q, r, s]) in rows.chunks_exact(4 * stride).zip(factors.as_chunks::<4>().0) {
        let [a, b, c, d] = quads(rows, stride);
        for ((((a, b), c), d), sum) in a.iter().zip(b).zip(c).zip(d).zip(sums.as_chunks_mut::<LANES>().0) {
            for lane in 0..LANES {
                sum[lane] += (a[lane] * p + b[lane] * q) + (c[lane] * r + d[lane] * s);
            }
        }
    }
}

/// Adds the products of all pairs of four columns and four others to a tile: `tile[i][j] += sum of left[i] * right[j]`.
pub(super) fn add_tile(left: &[Quad], right: &[Quad], tile: &mut [Quad; 4]) {
    let mut sums = [[0.0; LANES]; 4];
    for (a, b) in left.iter().zip(right) {
        for (sums, a) in sums.iter_mut().zip(a) {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum += a * b;
            }
        }
    }
    for (tile, sums) in tile.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
        *tile += sums;
    }
}

/// The product of two vectors of any equal length.
pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut sums = [[0.0; LANES]; 2];
    let (left, left_rest) = left.as_chunks::<{ 2 * LANES }>();
    let (right, right_rest) = right.as_chunks::<{ 2 * LANES }>();
    for (a, b) in left.iter().zip(right) {
        for lane in 0..LANES {
            sums[0][lane] += a[lane] * b[lane];
            sums[1][lane] += a[LANES + lane] * b[LANES + lane];
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(a, b)| a * b).sum();
    (add_lanes(sums[0]) + add_lanes(sums[1])) + rest
}

/// Adds `factor` times `from` to `to`.
pub(super) fn add_scaled(to: &mut [f64], factor: f64, from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}

fn add_lanes(sums: Quad) -> f64 {
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

fn quads(rows: &[f64], stride: usize) -> [&[Quad]; 4] {
    [0, 1, 2, 3].map(|row| rows[row * stride..(row + 1) * stride].as_chunks::<LANES>().0)
}
