//! Which class follows from predicted probabilities.

use crate::temperature::Temperature;
use artifact_core::schema::CLASSES;
use data_loader::Task;

/// Which class follows from probabilities: the one with the largest `p_c / f_c^b`, where `f_c` is the frequency of class
/// `c` among the training labels and `b` the balance, from 0 to 1.
///
/// A balance of 0 decides for the most probable class, which is most often right. But where labels are imbalanced and
/// signals weak, that is the most frequent class every time, whatever the model has learnt; a balance of 1 decides for the
/// class whose probability most exceeds its frequency. (The threshold of a classifier is moved in the same way: Elkan, "The
/// Foundations of Cost-Sensitive Learning", 2001.)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    balance: f64,
    /// What each probability is multiplied by.
    factors: [f64; CLASSES],
}

impl Decision {
    /// The most probable class.
    pub const MOST_PROBABLE: Self = Self { balance: 0.0, factors: [1.0; CLASSES] };

    /// The balances among which a tuned decision is chosen, ascending.
    pub const BALANCES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

    /// The decision of a balance, from 0 to 1, given how often each class occurs in training. A class that does not occur
    /// is never decided for, unless the balance is 0.
    pub fn balanced(balance: f64, counts: [u64; CLASSES]) -> Self {
        if balance == 0.0 {
            return Self::MOST_PROBABLE;
        }
        let total: f64 = counts.iter().map(|&count| count as f64).sum();
        // `libm` gives the same bits on every platform.
        let factor = |count: u64| if count == 0 { 0.0 } else { libm::pow(total / count as f64, balance) };
        Self { balance, factors: counts.map(factor) }
    }

    /// The decision between probabilities that a temperature has scaled which decides as this one does between those before.
    pub fn tempered(&self, temperature: Temperature) -> Self {
        // What a probability is compared by, p times the factor, to the power 1 / T keeps its order.
        Self { factors: self.factors.map(|factor| libm::pow(factor, 1.0 / temperature.value())), ..*self }
    }

    /// The balance, from 0 to 1.
    pub fn balance(&self) -> f64 {
        self.balance
    }

    /// What each class's probability is multiplied by before the largest one is decided for; the least is at least 1 or 0.
    pub fn factors(&self) -> [f64; CLASSES] {
        self.factors
    }

    /// The class that a prediction says, `(width)`: the one decided for, or the sign of the value or of the middle quantile.
    pub fn class_of(&self, task: &Task, prediction: &[f32]) -> usize {
        match <&[f32; CLASSES]>::try_from(prediction) {
            Ok(probabilities) if task.is_classes() => self.class(&probabilities.map(f64::from)),
            _ => task.class_of(prediction),
        }
    }

    /// The class decided for; the lowest code in a tie.
    pub fn class(&self, probabilities: &[f64; CLASSES]) -> usize {
        let value = |class: usize| probabilities[class] * self.factors[class];
        (1..CLASSES).fold(0, |best, class| if value(class) > value(best) { class } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rare_class_is_decided_for_when_its_probability_exceeds_its_frequency() {
        let counts = [80, 10, 10];
        let probabilities = [0.7, 0.2, 0.1];
        let class = |balance| Decision::balanced(balance, counts).class(&probabilities);
        // Hold has 0.7 / 0.8, Up 0.2 / 0.1.
        assert_eq!((class(0.0), class(0.5), class(1.0)), (0, 0, 1));
        assert_eq!(Decision::balanced(0.5, [1, 4, 4]).factors(), [3.0, 1.5, 1.5]);
        assert_eq!(Decision::balanced(1.0, [5, 5, 0]).class(&[0.1, 0.2, 0.7]), 1, "never seen");
        assert_eq!(Decision::MOST_PROBABLE.class(&[0.1, 0.2, 0.7]), 2);
        let rare = Decision::balanced(1.0, counts);
        assert_eq!(rare.class_of(&Task::Classes, &[0.7, 0.2, 0.1]), 1);
        assert_eq!(
            rare.class_of(&Task::Quantiles(vec![0.1, 0.5, 0.9]), &[0.7, -0.2, 0.1]),
            2,
            "the middle one"
        );
    }

    proptest! {
        #[test]
        fn a_temperature_changes_no_decision(
            raw in [0.01..1.0f64, 0.01..1.0, 0.01..1.0], t in 0.25..4.0f64, balance in 0.0..=1.0f64,
        ) {
            let sum: f64 = raw.iter().sum();
            let p = raw.map(|value| value / sum);
            let temperature = Temperature::new(t).unwrap();
            let decision = Decision::balanced(balance, [80, 15, 5]);
            let tempered = decision.tempered(temperature);
            prop_assert_eq!(tempered.class(&temperature.scaled(&p)), decision.class(&p));
            prop_assert_eq!(decision.tempered(Temperature::ONE), decision);
        }

        #[test]
        fn balanced_labels_leave_the_most_probable_class(
            p in [0.0..1.0f64, 0.0..1.0, 0.0..1.0], balance in 0.0..=1.0f64, count in 1..1000u64,
        ) {
            let balanced = Decision::balanced(balance, [count; CLASSES]);
            prop_assert_eq!(balanced.class(&p), Decision::MOST_PROBABLE.class(&p));
        }
    }
}
