//! Statements that more than one file needs.

/// Sets the user attribute `?2` of row `?1` to the JSON `?3`.
pub(super) const SET_USER_ATTRIBUTE: &str =
    "INSERT INTO trial_user_attributes (trial_id, \"key\", value_json)
    VALUES (?1, ?2, ?3) ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json = excluded.value_json";
/// Sets the system attribute `?2` of row `?1` to the JSON `?3`.
pub(super) const SET_SYSTEM_ATTRIBUTE: &str =
    "INSERT INTO trial_system_attributes (trial_id, \"key\", value_json)
    VALUES (?1, ?2, ?3) ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json = excluded.value_json";
/// Records a heartbeat for row `?1`, by the database's clock.
pub(super) const BEAT: &str =
    "INSERT INTO trial_heartbeats (trial_id, heartbeat) VALUES (?1, CURRENT_TIMESTAMP)
    ON CONFLICT (trial_id) DO UPDATE SET heartbeat = excluded.heartbeat";
/// Ends row `?1` in state `?2` at time `?3`, if it is running: finished rows never change.
pub(super) const END: &str =
    "UPDATE trials SET state = ?2, datetime_complete = ?3 WHERE trial_id = ?1 AND state = 'RUNNING'";
