//! The frozen plan: what is about to be done must be what was decided beforehand.

use crate::FinalTrainer;
use artifact_core::Error;
use artifact_core::schema::FrozenPlan;
use artifact_core::verify::load_verified;
use settings::Config;
use trainer_core::ENGINE_VERSION;

impl FinalTrainer<'_> {
    /// Loads the frozen plan, and compares it with what this program would do under the current settings and
    /// configuration file.
    ///
    /// # Errors
    ///
    /// [`Error::Plan`] naming every field that differs, with its frozen and its current value.
    pub(crate) fn check_plan(&self) -> Result<FrozenPlan, Error> {
        let frozen = load_verified(self.store, self.plan_id)?;
        // Built as if it were frozen now, so that a field that plans gain later is compared without any code here.
        let version = env!("CARGO_PKG_VERSION");
        let present =
            FrozenPlan::new(self.best_id, self.best, self.config.settings()?, ENGINE_VERSION, version)?;
        let differences = frozen.differences(&present, &Config::unwritten_settings()?)?;
        if differences.is_empty() {
            return Ok(frozen);
        }
        Err(Error::Plan { plan: self.plan_id.digest(), differences })
    }
}
