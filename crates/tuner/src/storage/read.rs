//! Reads a study's rows. Finished rows never change, so each is read once.

use super::database::{Cell, Database, Failure, Value};
use super::study_rows::{Row, RowState, StudyRows};
use super::{Location, StorageError, distribution};
use artifact_core::Digest;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The user attribute of a row with the number of the trial that it attempts.
pub(super) const NUMBER: &str = "holdfast:number";
/// The user attribute of a row with the id of the trial's artifact.
pub(super) const ARTIFACT: &str = "holdfast:artifact_id";
/// The user attribute of a row with its stage. It is written together with the values that the row tries, so its
/// presence shows that they are recorded.
pub(super) const STAGE: &str = "holdfast:stage";
/// Optuna's system attribute for the values of an enqueued row.
pub(super) const FIXED: &str = "fixed_params";
/// The prefix of the study's system attributes with the first trial that sees another program's row; the row's number
/// follows the prefix.
pub(super) const EXTERNAL: &str = "holdfast:external:";

/// Brings `rows` up to date.
pub(super) fn refresh(
    database: &mut dyn Database,
    location: &Location,
    study: i64,
    rows: &mut StudyRows,
) -> Result<(), StorageError> {
    let failed = |source| StorageError::of(location, source);
    let found = Found::read(database, study, rows.open()).map_err(failed)?;
    for row in found.into_rows(location)? {
        rows.insert(row);
    }
    let settled = database
        .query(
            "SELECT \"key\", value_json FROM study_system_attributes WHERE study_id = ?1 AND \"key\" LIKE ?2",
            &[Value::Integer(study), Value::Text(&format!("{EXTERNAL}%"))],
        )
        .map_err(failed)?;
    for cells in settled {
        let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        let row = number(cells[0].text().and_then(|key| key.strip_prefix(EXTERNAL)));
        if let (Some(row), Some(from)) = (row, number(cells[1].text())) {
            rows.settle(row, from);
        }
    }
    Ok(())
}

/// The new and changed rows, and what other tables say about them.
struct Found {
    rows: Vec<Vec<Cell>>,
    attributes: BTreeMap<(i64, String), String>,
    values: BTreeMap<i64, f64>,
    params: BTreeMap<i64, BTreeMap<String, Json>>,
    steps: BTreeMap<i64, u64>,
}

impl Found {
    fn read(
        database: &mut dyn Database,
        study: i64,
        (open, last): (&BTreeSet<i64>, i64),
    ) -> Result<Self, Failure> {
        // The lower bound is redundant, but lets the database skip all rows below it.
        let lowest = open.first().map_or(last + 1, |&first| first.min(last + 1));
        // No trial has the id -1; it keeps the list from being empty, which SQL does not allow.
        let open: Vec<String> = open.iter().chain([&-1]).map(i64::to_string).collect();
        let scope = format!(
            "t.study_id = ?1 AND t.trial_id >= {lowest} AND (t.trial_id > ?2 OR t.trial_id IN ({}))",
            open.join(", ")
        );
        let values = [Value::Integer(study), Value::Integer(last)];
        let rows = database.query(
            &format!("SELECT t.trial_id, t.number, t.state FROM trials t WHERE {scope} ORDER BY t.trial_id"),
            &values,
        )?;
        let mut found = Self {
            rows,
            attributes: BTreeMap::new(),
            values: BTreeMap::new(),
            params: BTreeMap::new(),
            steps: BTreeMap::new(),
        };
        if found.rows.is_empty() {
            return Ok(found);
        }
        for (table, which) in
            [("user", "a.\"key\" LIKE 'holdfast:%'"), ("system", "a.\"key\" = 'fixed_params'")]
        {
            let attributes = database.query(
                &format!(
                    "SELECT a.trial_id, a.\"key\", a.value_json FROM trial_{table}_attributes a
                     JOIN trials t ON t.trial_id = a.trial_id WHERE {scope} AND {which}"
                ),
                &values,
            )?;
            for cells in attributes {
                if let (Some(id), Some(key), Some(text)) =
                    (cells[0].integer(), cells[1].text(), cells[2].text())
                {
                    found.attributes.insert((id, key.to_owned()), text.to_owned());
                }
            }
        }
        let objectives = database.query(
            &format!(
                "SELECT v.trial_id, v.value FROM trial_values v
                 JOIN trials t ON t.trial_id = v.trial_id WHERE {scope} AND v.objective = 0"
            ),
            &values,
        )?;
        found.values =
            objectives.iter().filter_map(|cells| Some((cells[0].integer()?, cells[1].real()?))).collect();
        found.read_params(database, &scope, &values)?;
        Ok(found)
    }

    /// Reads parameters and steps. Our own finished trials need neither: their artifacts have them.
    fn read_params(
        &mut self,
        database: &mut dyn Database,
        scope: &str,
        values: &[Value<'_>],
    ) -> Result<(), Failure> {
        let ours = |id: i64| self.attributes.contains_key(&(id, ARTIFACT.to_owned()));
        if self.rows.iter().filter_map(|cells| cells[0].integer()).all(ours) {
            return Ok(());
        }
        let steps = database.query(
            &format!(
                "SELECT i.trial_id, max(i.step) FROM trial_intermediate_values i
                 JOIN trials t ON t.trial_id = i.trial_id WHERE {scope} AND t.state = 'PRUNED' GROUP BY i.trial_id"
            ),
            values,
        )?;
        let step = |cells: &Vec<Cell>| Some((cells[0].integer()?, u64::try_from(cells[1].integer()?).ok()?));
        self.steps = steps.iter().filter_map(step).collect();
        let params = database.query(
            &format!(
                "SELECT p.trial_id, p.param_name, p.param_value, p.distribution_json FROM trial_params p
                 JOIN trials t ON t.trial_id = p.trial_id
                 WHERE {scope} AND NOT EXISTS (
                     SELECT 1 FROM trial_user_attributes a
                     WHERE a.trial_id = t.trial_id AND a.\"key\" = '{ARTIFACT}')"
            ),
            values,
        )?;
        for cells in params {
            let value = cells[2]
                .real()
                .zip(cells[3].text())
                .and_then(|(stored, text)| distribution::decode(stored, text));
            if let (Some(id), Some(name), Some(value)) = (cells[0].integer(), cells[1].text(), value) {
                self.params.entry(id).or_default().insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    fn into_rows(mut self, location: &Location) -> Result<Vec<Row>, StorageError> {
        let rows = std::mem::take(&mut self.rows);
        rows.iter().map(|cells| self.row(location, cells)).collect()
    }

    fn row(&mut self, location: &Location, cells: &[Cell]) -> Result<Row, StorageError> {
        let id = cells[0].integer().unwrap_or_default();
        let unreadable = |problem: String| StorageError::Row { location: location.clone(), row: id, problem };
        let state = cells[2].text().and_then(RowState::parse);
        let state = state.ok_or_else(|| {
            unreadable(format!("its state is {:?}, expected one of Optuna's five states", cells[2]))
        })?;
        let number = cells[1].integer().and_then(|number| u64::try_from(number).ok());
        let number = number
            .ok_or_else(|| unreadable(format!("its number is {:?}, expected a row number", cells[1])))?;
        let mut attribute = |key: &str| self.attributes.remove(&(id, key.to_owned()));
        let trial = match attribute(NUMBER) {
            None => None,
            Some(text) => Some(text.parse::<u64>().map_err(|_| {
                unreadable(format!("its attribute {NUMBER} is {text:?}, expected a trial number"))
            })?),
        };
        let artifact = match (attribute(ARTIFACT), trial) {
            (Some(text), Some(trial)) if state.is_final() => Some(digest(location, trial, &text)?),
            // An interrupted attempt fails without an artifact; a scored one must refer to its own.
            (None, Some(number)) if matches!(state, RowState::Complete | RowState::Pruned) => {
                return Err(StorageError::Artifact { location: location.clone(), number, source: None });
            }
            _ => None,
        };
        let described = attribute(STAGE).is_some();
        let fixed = attribute(FIXED).and_then(|text| serde_json::from_str(&text).ok());
        let value = self.values.remove(&id);
        let params = self.params.remove(&id).unwrap_or_default();
        let steps = self.steps.remove(&id).unwrap_or_default();
        Ok(Row {
            id,
            number,
            state,
            trial,
            artifact,
            value,
            steps,
            fixed,
            seen_from: None,
            params,
            described,
        })
    }
}

fn digest(location: &Location, number: u64, json: &str) -> Result<Digest, StorageError> {
    let unnamed = |source| StorageError::Artifact { location: location.clone(), number, source };
    let text: String = serde_json::from_str(json).map_err(|_| unnamed(None))?;
    text.parse().map_err(|source| unnamed(Some(source)))
}
