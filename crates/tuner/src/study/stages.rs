//! Which stage a trial belongs to.

use settings::StageConfig;

/// The stage of the trial at this place of the history; the last one for places beyond all of them.
pub(super) fn stage_of(stages: &[StageConfig], place: u64) -> &StageConfig {
    let mut end = 0;
    let inside = |stage: &&StageConfig| {
        end += stage.trials;
        place < end
    };
    stages.iter().find(inside).unwrap_or(&stages[stages.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::SamplerKind;

    #[test]
    fn trials_belong_to_stages_in_order() {
        let stage = |sampler, trials| StageConfig { name: None, sampler, trials, epochs: 1 };
        let stages = [stage(SamplerKind::Random, 2), stage(SamplerKind::Tpe, 1)];
        let names: Vec<&str> = (0..5).map(|number| stage_of(&stages, number).name()).collect();
        assert_eq!(names, ["random", "random", "tpe", "tpe", "tpe"]);
    }
}
