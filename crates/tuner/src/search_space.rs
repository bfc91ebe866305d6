//! The search space as the samplers see it: dimensions, points, and which points are valid.

use artifact_core::config::{Domain, SearchSpace};
use artifact_core::schema::Hyperparameters;
use rand::{Rng, RngExt as _};
use std::collections::BTreeSet;

/// One hyperparameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The written name.
    pub name: &'static str,
    /// What it may be.
    pub scale: Scale,
}

/// How a dimension's values lie.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Never suggested.
    Fixed(f64),
    /// From `low` to `high`, both included.
    Range {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
        /// Whether the logarithm is what is uniform.
        log: bool,
        /// Whether only whole numbers count.
        whole: bool,
    },
    /// One of a list.
    Choices(Vec<f64>),
}

/// A point of the space: one value per dimension, in the dimensions' order.
pub type Point = Vec<f64>;

/// A sequence geometry: `seq_length` and `time_window`.
pub type Geometry = (usize, usize);

/// The dimensions, and the combinations that can be fitted.
#[derive(Debug, Clone)]
pub struct Space {
    dimensions: Vec<Dimension>,
    geometries: BTreeSet<Geometry>,
    heads: BTreeSet<(usize, usize)>,
}

/// A space without a single valid point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmptySpace {
    /// No combination of sequence length and time window fits the rows.
    #[error(
        "no seq_length and time_window of the search space fit the data: the smallest pair, {seq_length} and \
         {time_window}, fails ({reason}); use more rows (data.period), or smaller values in tuner.search_space"
    )]
    Geometry {
        /// The smallest sequence length.
        seq_length: usize,
        /// The smallest time window.
        time_window: usize,
        /// Why it does not fit.
        reason: String,
    },
    /// No number of heads divides any width.
    #[error("no value of num_heads divides any value of d_model; add one to tuner.search_space")]
    Heads,
}

impl Space {
    /// Prepares a checked search space; `fits` says whether a geometry fits the data, and why not.
    ///
    /// # Errors
    ///
    /// [`EmptySpace`] when nothing can be suggested.
    pub fn new(
        space: &SearchSpace,
        fits: impl Fn(Geometry) -> Result<(), String>,
    ) -> Result<Self, EmptySpace> {
        let dimensions: Vec<Dimension> = space
            .domains()
            .into_iter()
            .map(|(name, domain, whole)| Dimension { name, scale: Scale::new(domain, whole) })
            .collect();
        let pairs = |a: &Domain, b: &Domain| -> BTreeSet<(usize, usize)> {
            let list = |domain: &Domain| domain.listed(true).unwrap_or_default();
            let seconds = list(b);
            let pair = |first: f64| seconds.iter().map(move |&second| (first as usize, second as usize));
            list(a).into_iter().flat_map(pair).collect()
        };
        let all = pairs(&space.seq_length, &space.time_window);
        let geometries: BTreeSet<Geometry> = all.iter().copied().filter(|&pair| fits(pair).is_ok()).collect();
        if geometries.is_empty() {
            let smallest = all.into_iter().min_by_key(|(s, w)| s + w).unwrap_or((0, 0));
            let reason = fits(smallest).err().unwrap_or_default();
            return Err(EmptySpace::Geometry { seq_length: smallest.0, time_window: smallest.1, reason });
        }
        let heads: BTreeSet<_> = pairs(&space.d_model, &space.num_heads)
            .into_iter()
            .filter(|(d, h)| d.is_multiple_of(*h))
            .collect();
        if heads.is_empty() {
            return Err(EmptySpace::Heads);
        }
        Ok(Self { dimensions, geometries, heads })
    }

    /// The dimensions, in the order of a point's values.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The geometries that fit the data.
    pub fn geometries(&self) -> &BTreeSet<Geometry> {
        &self.geometries
    }

    /// Whether the point can be fitted.
    pub fn is_valid(&self, point: &Point) -> bool {
        let params = self.hyperparameters(point);
        self.geometries.contains(&(params.seq_length, params.time_window))
            && self.heads.contains(&(params.d_model, params.num_heads))
    }

    /// Makes a point valid by drawing the combinations that are not anew, uniformly over the valid ones.
    pub fn repair(&self, mut point: Point, rng: &mut impl Rng) -> Point {
        let params = self.hyperparameters(&point);
        if !self.geometries.contains(&(params.seq_length, params.time_window)) {
            self.set_pair(&mut point, ["seq_length", "time_window"], &self.geometries, rng);
        }
        if !self.heads.contains(&(params.d_model, params.num_heads)) {
            // The width stays if it has any head count at all.
            let same: BTreeSet<_> =
                self.heads.iter().copied().filter(|(d, _)| *d == params.d_model).collect();
            let pool = if same.is_empty() { &self.heads } else { &same };
            self.set_pair(&mut point, ["d_model", "num_heads"], pool, rng);
        }
        point
    }

    fn set_pair(
        &self,
        point: &mut Point,
        names: [&str; 2],
        pool: &BTreeSet<(usize, usize)>,
        rng: &mut impl Rng,
    ) {
        let Some(&(first, second)) = pool.iter().nth(rng.random_range(0..pool.len())) else { return };
        for (name, value) in names.into_iter().zip([first, second]) {
            if let Some(place) = self.dimensions.iter().position(|dimension| dimension.name == name) {
                point[place] = value as f64;
            }
        }
    }

    /// The named values of a point.
    pub fn hyperparameters(&self, point: &Point) -> Hyperparameters {
        let value = |name: &str| {
            let place = self.dimensions.iter().position(|dimension| dimension.name == name);
            place.map_or(0.0, |place| point[place])
        };
        let d_model = value("d_model") as usize;
        Hyperparameters {
            learning_rate: value("learning_rate"),
            dropout_rate: value("dropout_rate"),
            weight_decay: value("weight_decay"),
            time_window: value("time_window") as usize,
            seq_length: value("seq_length") as usize,
            num_layers: value("num_layers") as usize,
            d_model,
            num_heads: value("num_heads") as usize,
            d_ff: value("d_ff_multiple") as usize * d_model,
            batch_size: value("batch_size") as usize,
        }
    }

    /// The point whose named values these are.
    pub fn point(&self, params: &Hyperparameters) -> Point {
        let value = |name: &str| match name {
            "learning_rate" => params.learning_rate,
            "dropout_rate" => params.dropout_rate,
            "weight_decay" => params.weight_decay,
            "time_window" => params.time_window as f64,
            "seq_length" => params.seq_length as f64,
            "num_layers" => params.num_layers as f64,
            "d_model" => params.d_model as f64,
            "num_heads" => params.num_heads as f64,
            "d_ff_multiple" => (params.d_ff / params.d_model) as f64,
            _ => params.batch_size as f64,
        };
        self.dimensions.iter().map(|dimension| value(dimension.name)).collect()
    }
}

impl Scale {
    fn new(domain: &Domain, whole: bool) -> Self {
        match domain {
            Domain::Fixed(value) => Scale::Fixed(*value),
            Domain::Choices(values) => Scale::Choices(values.clone()),
            Domain::Range { low, high, log } => Scale::Range { low: *low, high: *high, log: *log, whole },
        }
    }

    /// Where `value` lies between the smallest (0) and the largest (1); for ranges only.
    ///
    /// Whole numbers lie in the middle of equal cells, so that the outermost ones are as likely as the others.
    pub fn to_unit(low: f64, high: f64, log: bool, whole: bool, value: f64) -> f64 {
        let (start, end) = edges(low, high, log, whole);
        let position = if log { libm::log(value) } else { value };
        ((position - start) / (end - start)).clamp(0.0, 1.0)
    }

    /// The value at `unit`, the reverse of [`Scale::to_unit`].
    pub fn from_unit(low: f64, high: f64, log: bool, whole: bool, unit: f64) -> f64 {
        let (start, end) = edges(low, high, log, whole);
        let position = start + unit.clamp(0.0, 1.0) * (end - start);
        let value = if log { libm::exp(position) } else { position };
        let value = if whole { value.round() } else { value };
        value.clamp(low, high)
    }
}

fn edges(low: f64, high: f64, log: bool, whole: bool) -> (f64, f64) {
    let half = if whole { 0.5 } else { 0.0 };
    let (low, high) = (low - half, high + half);
    if log { (libm::log(low), libm::log(high)) } else { (low, high) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// A space in which about half of all combinations are invalid.
    pub(crate) fn space() -> Space {
        let search = SearchSpace {
            d_model: Domain::Choices(vec![12.0, 16.0, 9.0]),
            num_heads: Domain::Choices(vec![3.0, 4.0]),
            ..SearchSpace::default()
        };
        Space::new(&search, |(s, w)| if s + w <= 70 { Ok(()) } else { Err("too long".into()) }).unwrap()
    }

    #[test]
    fn a_space_without_valid_points_is_refused() {
        let search = SearchSpace::default();
        let error = Space::new(&search, |_| Err("20 rows".into())).unwrap_err().to_string();
        assert!(error.contains("30 and 5") && error.contains("20 rows"), "{error}");
        let search = SearchSpace { d_model: Domain::Fixed(5.0), ..search };
        assert_eq!(Space::new(&search, |_| Ok(())).unwrap_err(), EmptySpace::Heads);
    }

    #[test]
    fn repair_leaves_valid_points_alone() {
        let space = space();
        let mut rng = ChaCha8Rng::from_seed([0; 32]);
        let point = vec![1e-3, 0.1, 1e-4, 5.0, 60.0, 2.0, 12.0, 3.0, 2.0, 32.0];
        assert!(space.is_valid(&point));
        assert_eq!(space.repair(point.clone(), &mut rng), point);
        let broken = vec![1e-3, 0.1, 1e-4, 30.0, 120.0, 2.0, 16.0, 3.0, 2.0, 32.0];
        assert!(!space.is_valid(&broken));
        let repaired = space.repair(broken, &mut rng);
        assert!(space.is_valid(&repaired));
        assert_eq!(repaired[6], 16.0, "the width has a valid head count and stays");
    }

    #[test]
    fn points_and_hyperparameters_are_two_forms_of_the_same() {
        let space = space();
        let point = vec![1e-3, 0.1, 1e-4, 5.0, 60.0, 2.0, 12.0, 3.0, 4.0, 32.0];
        let params = space.hyperparameters(&point);
        assert_eq!(params.d_ff, 48);
        assert_eq!(space.point(&params), point);
    }

    proptest! {
        #[test]
        fn units_and_values_round_trip(unit in 0.0f64..=1.0, log: bool, whole: bool) {
            let (low, high) = if whole { (1.0, 9.0) } else { (1e-5, 5e-3) };
            let value = Scale::from_unit(low, high, log, whole, unit);
            prop_assert!((low..=high).contains(&value));
            let back = Scale::from_unit(low, high, log, whole, Scale::to_unit(low, high, log, whole, value));
            prop_assert!((back - value).abs() <= 1e-12 * value);
        }
    }
}
