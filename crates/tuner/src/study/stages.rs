//! Which stage a trial belongs to.

use settings::StageConfig;

/// The index, from 0, of the stage of the trial at this place in the history; the last stage for places beyond all
/// stages. There must be at least one stage.
pub(super) fn stage_of(stages: &[StageConfig], place: u64) -> usize {
    let mut end = 0;
    let inside = |stage: &StageConfig| {
        end += stage.trials;
        place < end
    };
    stages.iter().position(inside).unwrap_or(stages.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_belong_to_stages_in_order() {
        let stage =
            |sampler: &str, trials| StageConfig { name: None, sampler: sampler.into(), trials, epochs: 1 };
        let stages = [stage("random", 2), stage("tpe", 1)];
        let names: Vec<&str> = (0..5).map(|number| stages[stage_of(&stages, number)].name()).collect();
        assert_eq!(names, ["random", "random", "tpe", "tpe", "tpe"]);
    }
}
