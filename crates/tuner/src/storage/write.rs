//! Creates, fills and ends the rows of a study, always inside a transaction.

use super::database::Value;
use super::read::{ARTIFACT, EXTERNAL, NUMBER};
use super::statements::{END, SET_SYSTEM_ATTRIBUTE, SET_USER_ATTRIBUTE};
use super::{
    Details, FinishedTrial, Param, Row, RowState, StorageError, StudyDatabase, TrialProgress, distribution,
};
use artifact_core::schema::TrialState;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use std::time::Duration;

impl StudyDatabase {
    /// Takes a row for an attempt: the enqueued one, or a new one that lists the earlier attempts as Optuna does.
    pub(super) fn take_row(
        &mut self,
        number: u64,
        waiting: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<i64, StorageError> {
        if let Some(row) = waiting {
            self.execute(
                "UPDATE trials SET state = 'RUNNING', datetime_start = ?2 WHERE trial_id = ?1 AND state = 'WAITING'",
                &[Value::Integer(row), Value::Time(now)],
            )?;
            return Ok(row);
        }
        let earlier: Vec<u64> = self.rows.attempts(number).map(|row| row.number).collect();
        let (row, _) = self.insert_row("RUNNING", Some(now))?;
        if let Some(first) = earlier.first() {
            self.attribute(SET_SYSTEM_ATTRIBUTE, row, "failed_trial", &(*first).into())?;
            self.attribute(SET_SYSTEM_ATTRIBUTE, row, "retry_history", &earlier.into())?;
        }
        Ok(row)
    }

    /// Creates a row; its number is the count of the study's earlier rows. Returns its key and its number.
    pub(super) fn insert_row(
        &mut self,
        state: &str,
        started: Option<DateTime<Utc>>,
    ) -> Result<(i64, u64), StorageError> {
        let rows = self.query(
            "INSERT INTO trials (number, study_id, state, datetime_start)
             VALUES ((SELECT count(*) FROM trials WHERE study_id = ?1), ?1, ?2, ?3) RETURNING trial_id, number",
            &[
                Value::Integer(self.study),
                Value::Text(state),
                started.map_or(Value::Null, Value::Time),
            ],
        )?;
        let inserted = rows.first().and_then(|cells| Some((cells[0].integer()?, cells[1].integer()? as u64)));
        inserted.ok_or_else(|| self.failed("inserting the row returned no key".into()))
    }

    /// Records the values that a row tries, unless they were recorded when its trial started.
    pub(super) fn write_params(&mut self, row: i64, params: &[Param]) -> Result<(), StorageError> {
        params.iter().try_for_each(|param| {
            self.execute(
                "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT (trial_id, param_name) DO NOTHING",
                &[
                    Value::Integer(row),
                    Value::Text(&param.name),
                    Value::Real(param.stored),
                    Value::Text(&param.distribution),
                ],
            )
        })
    }

    /// Records the objective after an epoch. Like Optuna's, values that are not finite are stored as a type alone.
    pub(super) fn write_epoch(&mut self, row: i64, epoch: u64, objective: f64) -> Result<(), StorageError> {
        let (value, kind) = match objective {
            value if value.is_finite() => (Value::Real(value), "FINITE"),
            value if value.is_nan() => (Value::Null, "NAN"),
            value if value > 0.0 => (Value::Null, "INF_POS"),
            _ => (Value::Null, "INF_NEG"),
        };
        self.execute(
            "INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type)
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT (trial_id, step) DO UPDATE
             SET intermediate_value = excluded.intermediate_value,
                 intermediate_value_type = excluded.intermediate_value_type",
            &[Value::Integer(row), Value::Integer(epoch as i64), value, Value::Text(kind)],
        )
    }

    /// Records a result and ends the row.
    pub(super) fn write_result(
        &mut self,
        row: i64,
        number: u64,
        trial: &FinishedTrial,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.write_params(row, &trial.params)?;
        for (epoch, objective) in &trial.by_epoch {
            self.write_epoch(row, *epoch, *objective)?;
        }
        self.attribute(SET_USER_ATTRIBUTE, row, NUMBER, &number.into())?;
        self.attribute(SET_USER_ATTRIBUTE, row, ARTIFACT, &trial.artifact.to_string().into())?;
        for (key, value) in &trial.attributes {
            self.attribute(SET_USER_ATTRIBUTE, row, key, value)?;
        }
        if let Some(objective) = trial.objective {
            self.execute(
                "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?1, 0, ?2, 'FINITE')
                 ON CONFLICT (trial_id, objective) DO UPDATE SET value = excluded.value",
                &[Value::Integer(row), Value::Real(objective)],
            )?;
        }
        let state = match trial.state {
            TrialState::Complete => RowState::Complete,
            TrialState::Pruned => RowState::Pruned,
            TrialState::Failed => RowState::Failed,
        };
        self.execute(END, &[Value::Integer(row), Value::Text(state.name()), Value::Time(now)])
    }

    /// Ends an attempt without a result, if it is still running.
    pub(super) fn interrupt(
        &mut self,
        row: i64,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        if !self.rows.iter().any(|known| known.id == row && known.state == RowState::Running) {
            // It has ended already, perhaps by another process, and finished rows never change.
            return Ok(());
        }
        self.attribute(SET_USER_ATTRIBUTE, row, "holdfast:interrupted", &reason.into())?;
        self.execute(END, &[Value::Integer(row), Value::Text("FAIL"), Value::Time(now)])
    }

    /// Whether the database has a row as running: then it is still its worker's own.
    pub(super) fn is_running(&mut self, row: i64) -> Result<bool, StorageError> {
        let sql = "SELECT 1 FROM trials WHERE trial_id = ?1 AND state = 'RUNNING'";
        Ok(!self.query(sql, &[Value::Integer(row)])?.is_empty())
    }

    /// Ends running attempts at trials that are already finished. They were taken over from processes that were alive
    /// after all, and their own processes may no longer exist to end them.
    pub(super) fn end_superfluous(&mut self, now: DateTime<Utc>) -> Result<(), StorageError> {
        let rows = &self.rows;
        let finished = |trial| matches!(rows.progress(trial), TrialProgress::Finished(_));
        let superfluous = |row: &&Row| row.state == RowState::Running && row.trial.is_some_and(finished);
        let rows: Vec<i64> = rows.iter().filter(superfluous).map(|row| row.id).collect();
        rows.into_iter()
            .try_for_each(|row| self.interrupt(row, "another process finished the trial first", now))
    }

    /// Ends an enqueued row that cannot run, unless it was taken.
    pub(super) fn refuse(&mut self, row: i64, reason: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.attribute(SET_USER_ATTRIBUTE, row, "holdfast:error", &reason.into())?;
        self.execute(
            "UPDATE trials SET state = 'FAIL', datetime_complete = ?2 WHERE trial_id = ?1 AND state = 'WAITING'",
            &[Value::Integer(row), Value::Time(now)],
        )
    }

    /// Ends our attempts that have sent no heartbeat for longer than `grace`.
    pub(super) fn end_expired(&mut self, grace: Duration, now: DateTime<Utc>) -> Result<(), StorageError> {
        // Only rows with our number: those of other programs follow their own rules.
        let expired = self.query(
            &format!(
                "SELECT t.trial_id FROM trials t
                 JOIN trial_heartbeats h ON h.trial_id = t.trial_id
                 JOIN trial_user_attributes a ON a.trial_id = t.trial_id AND a.\"key\" = '{NUMBER}'
                 WHERE t.study_id = ?1 AND t.state = 'RUNNING' AND {}",
                self.database.dialect().expired
            ),
            &[Value::Integer(self.study), Value::Real(grace.as_secs_f64())],
        )?;
        if expired.is_empty() {
            return Ok(());
        }
        // `interrupt` looks at the rows as last read.
        self.reread()?;
        let rows = expired.iter().filter_map(|cells| cells[0].integer());
        rows.collect::<Vec<_>>()
            .iter()
            .try_for_each(|row| self.interrupt(*row, "its process gave no sign of life", now))
    }

    /// Records that another program's result is seen by trial `from` and all later ones, unless that is already fixed.
    pub(super) fn settle(&mut self, row: u64, from: u64) -> Result<(), StorageError> {
        self.execute(
            "INSERT INTO study_system_attributes (study_id, \"key\", value_json) VALUES (?1, ?2, ?3)
             ON CONFLICT (study_id, \"key\") DO NOTHING",
            &[
                Value::Integer(self.study),
                Value::Text(&format!("{EXTERNAL}{row}")),
                Value::Text(&from.to_string()),
            ],
        )
    }

    /// Runs `sql`, which sets an attribute of a row.
    pub(super) fn attribute(
        &mut self,
        sql: &str,
        row: i64,
        key: &str,
        value: &Json,
    ) -> Result<(), StorageError> {
        self.execute(sql, &[Value::Integer(row), Value::Text(key), Value::Text(&value.to_string())])
    }

    /// Reads the details of a row.
    ///
    /// # Errors
    ///
    /// [`StorageError::Database`].
    pub fn details(&mut self, row: i64) -> Result<Details, StorageError> {
        self.patiently(|this| this.details_now(row))
    }

    fn details_now(&mut self, row: i64) -> Result<Details, StorageError> {
        let id = [Value::Integer(row)];
        let params = self.query(
            "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ?1 ORDER BY param_id",
            &id,
        )?;
        let params = params.iter().filter_map(|cells| {
            let value = distribution::decode(cells[1].real()?, cells[2].text()?)?;
            Some((cells[0].text()?.to_owned(), value))
        });
        let newest = self.query(
            "SELECT step, intermediate_value FROM trial_intermediate_values WHERE trial_id = ?1
             AND intermediate_value_type = 'FINITE' ORDER BY step DESC LIMIT 1",
            &id,
        )?;
        let newest = newest.first().and_then(|cells| Some((cells[0].integer()? as u64, cells[1].real()?)));
        let attributes = self.query(
            "SELECT \"key\", value_json FROM trial_user_attributes WHERE trial_id = ?1 ORDER BY \"key\"",
            &id,
        )?;
        let attributes = attributes.iter().filter_map(|cells| {
            Some((cells[0].text()?.to_owned(), serde_json::from_str(cells[1].text()?).ok()?))
        });
        let times = self.query(
            "SELECT CAST(datetime_start AS TEXT), CAST(datetime_complete AS TEXT) FROM trials WHERE trial_id = ?1",
            &id,
        )?;
        let time = |place: usize| times.first().and_then(|cells| cells[place].text().map(str::to_owned));
        Ok(Details {
            params: params.collect(),
            newest,
            attributes: attributes.collect(),
            times: [time(0), time(1)],
        })
    }
}
