//! Densities of trials over a grid along one dimension.

use crate::search_space::Domain;

/// The largest number of cells of a range.
const MOST_CELLS: usize = 50;
/// The weight of the wide kernel, which represents what is not known yet; a trial's is 1.
const WIDE_WEIGHT: f64 = 1.0;
/// The smallest deviation of a kernel, in cells: 90 % of it lies in its own cell. A narrower one would hardly smooth.
const LEAST_DEVIATION: f64 = 0.5 / 1.64;

/// Equal cells along a range, or the choices of a list.
pub(super) enum Grid {
    Range { low: f64, step: f64, log: bool, cells: usize },
    Choices { cells: usize },
}

impl Grid {
    /// The grid of a domain; `None` where there is nothing to search.
    pub(super) fn new(domain: &Domain) -> Option<Self> {
        if domain.single().is_some() {
            return None;
        }
        let steps = |low: f64, high: f64, step: f64| ((high - low) / step).round() as usize + 1;
        let (low, high, log, cells) = match *domain {
            Domain::Fixed(_) => return None,
            Domain::Categorical(ref choices) => return Some(Grid::Choices { cells: choices.len() }),
            Domain::Float { low, high, log, step } => {
                (low, high, log, step.map_or(MOST_CELLS, |step| steps(low, high, step)))
            }
            Domain::Int { low, high, log: true, .. } => {
                // About one cell per doubling, as in Optuna: finer cells between small integers would always be empty.
                let doublings = libm::log2((high - low + 1) as f64).ceil() as usize;
                (low as f64, high as f64, true, doublings + 1)
            }
            Domain::Int { low, high, step, .. } => {
                (low as f64, high as f64, false, steps(low as f64, high as f64, step as f64))
            }
        };
        let cells = cells.clamp(2, MOST_CELLS);
        let (low, high) = (scaled(low, log), scaled(high, log));
        Some(Grid::Range { low, step: (high - low) / (cells - 1) as f64, log, cells })
    }

    /// The cell of a point's number; halfway between two cells, the lower one.
    pub(super) fn cell(&self, number: f64) -> usize {
        match *self {
            Grid::Choices { cells } => (number as usize).min(cells - 1),
            Grid::Range { low, step, log, cells } => {
                let place = ((scaled(number, log) - low) / step - 0.5).ceil();
                place.clamp(0.0, (cells - 1) as f64) as usize
            }
        }
    }

    fn cells(&self) -> usize {
        match *self {
            Grid::Range { cells, .. } | Grid::Choices { cells } => cells,
        }
    }
}

fn scaled(value: f64, log: bool) -> f64 {
    if log { libm::log(value) } else { value }
}

/// The probability of each cell, from the cells of some trials: one kernel per occupied cell, and a wide one.
pub(super) fn density(grid: &Grid, trials: &[usize]) -> Vec<f64> {
    let mut counts = vec![0usize; grid.cells()];
    for &cell in trials {
        counts[cell] += 1;
    }
    let occupied: Vec<(usize, usize)> =
        counts.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect();
    match grid {
        Grid::Choices { cells } => choices(&occupied, *cells, trials.len()),
        Grid::Range { cells, .. } => range(&occupied, *cells, trials.len()),
    }
}

/// Each occupied choice is a kernel that spreads a little of its weight over all choices, as in Optuna. The sum of the
/// kernels is computed in closed form.
fn choices(occupied: &[(usize, usize)], cells: usize, trials: usize) -> Vec<f64> {
    let smoothing = 1.0 / (occupied.len() + 1) as f64;
    let all = 1.0 + smoothing * cells as f64;
    let total = trials as f64 + WIDE_WEIGHT;
    let everywhere = (trials as f64 * smoothing / all + WIDE_WEIGHT / cells as f64) / total;
    let mut density = vec![everywhere; cells];
    for &(cell, count) in occupied {
        density[cell] += count as f64 / all / total;
    }
    density
}

/// Normal kernels, integrated over each cell and divided by their mass inside the range, so that kernels near an end
/// weigh no less than others.
fn range(occupied: &[(usize, usize)], cells: usize, trials: usize) -> Vec<f64> {
    let deviation = scott(occupied, trials).max(LEAST_DEVIATION);
    let total = trials as f64 + WIDE_WEIGHT;
    let mut density = vec![0.0; cells];
    let mut add = |mean: f64, deviation: f64, weight: f64| {
        let below = |edge: f64| 0.5 * libm::erfc((mean - edge) / deviation * std::f64::consts::FRAC_1_SQRT_2);
        let mass = below(cells as f64 - 0.5) - below(-0.5);
        for (cell, density) in density.iter_mut().enumerate() {
            let cell = cell as f64;
            *density += weight * (below(cell + 0.5) - below(cell - 0.5)) / mass;
        }
    };
    for &(cell, count) in occupied {
        add(cell as f64, deviation, count as f64 / total);
    }
    add((cells - 1) as f64 / 2.0, cells as f64, WIDE_WEIGHT / total);
    density
}

/// The kernel width, in cells, by Scott's rule (1992) on counted cells, with the interquartile range against outliers.
fn scott(occupied: &[(usize, usize)], trials: usize) -> f64 {
    let total = trials as f64;
    let sum = |f: &dyn Fn(f64) -> f64| -> f64 {
        occupied.iter().map(|&(cell, count)| f(cell as f64) * count as f64).sum()
    };
    let mean = sum(&|cell| cell) / total;
    let deviation = (sum(&|cell| (cell - mean).powi(2)) / (total - 1.0).max(1.0)).sqrt();
    // The first cell at which the cumulative count satisfies `holds`.
    let first = |holds: &dyn Fn(usize) -> bool| {
        let mut so_far = 0;
        let reached = occupied.iter().find(|(_, count)| {
            so_far += count;
            holds(so_far)
        });
        reached.or(occupied.last()).map_or(0.0, |&(cell, _)| cell as f64)
    };
    // The rounded ranks, and `>` for one quartile but `>=` for the other, are Optuna's.
    let quartiles = first(&|so_far| so_far > trials * 3 / 4) - first(&|so_far| so_far >= trials / 4);
    // The quartiles of a normal distribution are 1.34 deviations apart.
    1.059 * (quartiles / 1.34).min(deviation) * libm::pow(total, -0.2)
}
