//! The settings of both tablet types, with their ranges. YDB keeps them on its
//! immediate control board, so they can change while tablets run.

use crate::ids::SECOND_US;
use serde::{Deserialize, Serialize};

/// SchemeShard's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SchemeShardSettings {
    /// Sub-operations of a restore with a dispatched shard; −1 is unbounded, 0 pauses.
    pub max_incremental_restore_tables_in_flight: i64,
    /// A restore's time from its propose commit, in seconds; −1 is off.
    pub incremental_restore_overall_duration: i64,
    /// An increment's time from the commit that makes it current, in seconds; −1 is off.
    pub incremental_restore_stage_duration: i64,
    /// Retries of one shard within one increment; −1 is unlimited.
    pub max_retries_per_incremental: i64,
    /// How often a restore looks whether something is due, in microseconds.
    pub heartbeat_us: i64,
    /// How long a backup waits for all shards to block writes, in microseconds.
    pub cut_timeout_us: i64,
}

/// DataShard's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DataShardSettings {
    /// Rows that a scan reads at once, at most.
    pub scan_batch_rows: i64,
    /// Bytes that a scan reads at once, at most (one row is always read).
    pub scan_batch_bytes: i64,
    /// Records that a change sender holds, sent and not acknowledged included; −1 is unbounded.
    pub change_sender_records: i64,
    /// Bytes that a change sender holds; one record is admitted whatever its size.
    pub change_sender_bytes: i64,
}

/// A setting as scripts name it: name, default, lowest and highest value, unit and meaning.
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Lowest value allowed.
    pub min: i64,
    /// Highest value allowed.
    pub max: i64,
    /// Unit and meaning.
    pub about: &'static str,
    get: fn(&Settings) -> i64,
    field: fn(&mut Settings) -> &mut i64,
}

/// All settings of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Settings {
    /// SchemeShard's.
    pub schemeshard: SchemeShardSettings,
    /// DataShards'.
    pub datashard: DataShardSettings,
}

impl Default for SchemeShardSettings {
    fn default() -> Self {
        SchemeShardSettings {
            max_incremental_restore_tables_in_flight: 32,
            incremental_restore_overall_duration: 86_400,
            incremental_restore_stage_duration: 86_400,
            max_retries_per_incremental: 50,
            heartbeat_us: SECOND_US as i64,
            cut_timeout_us: 10 * SECOND_US as i64,
        }
    }
}

impl Default for DataShardSettings {
    fn default() -> Self {
        DataShardSettings {
            scan_batch_rows: 500,
            scan_batch_bytes: 64 * 1024,
            change_sender_records: -1,
            change_sender_bytes: 192 * 1024,
        }
    }
}

macro_rules! settings {
    ($($part:ident.$field:ident: $min:expr, $max:expr, $about:literal;)+) => {
        /// Every setting, in the order of the documentation.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($field),
            min: $min,
            max: $max,
            about: $about,
            get: |settings| settings.$part.$field,
            field: |settings| &mut settings.$part.$field,
        },)+];
    };
}

settings! {
    schemeshard.max_incremental_restore_tables_in_flight: -1, 1_000_000, "tables of a restore worked on at once; -1 unbounded, 0 pauses";
    schemeshard.incremental_restore_overall_duration: -1, i64::MAX, "seconds for a whole restore; -1 off";
    schemeshard.incremental_restore_stage_duration: -1, i64::MAX, "seconds for one increment; -1 off";
    schemeshard.max_retries_per_incremental: -1, i64::MAX, "retries of one shard in one increment; -1 unlimited";
    schemeshard.heartbeat_us: 1, i64::MAX, "microseconds between two looks of a restore at itself";
    schemeshard.cut_timeout_us: 1, i64::MAX, "microseconds for all shards to block writes before a cut";
    datashard.scan_batch_rows: 1, i64::MAX, "rows a scan reads at once";
    datashard.scan_batch_bytes: 1, i64::MAX, "bytes a scan reads at once";
    datashard.change_sender_records: -1, i64::MAX, "records a change sender holds; -1 unbounded";
    datashard.change_sender_bytes: 1, i64::MAX, "bytes a change sender holds";
}

impl Settings {
    /// Changes one setting.
    ///
    /// # Errors
    /// No setting has that name, or the value is outside its range; the error says so.
    pub fn set(&mut self, name: &str, value: i64) -> Result<(), String> {
        let setting = SETTINGS
            .iter()
            .find(|setting| setting.name == name)
            .ok_or_else(|| format!("there is no setting '{name}'"))?;
        if value < setting.min || value > setting.max {
            return Err(format!("{name} takes {} to {}, not {value}", setting.min, setting.max));
        }
        *(setting.field)(self) = value;
        Ok(())
    }

    /// The value of one setting.
    pub fn get(&self, setting: &Setting) -> i64 {
        (setting.get)(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{SETTINGS, Settings};

    #[test]
    fn ranges_are_checked_and_defaults_lie_inside() {
        let mut settings = Settings::default();
        for setting in SETTINGS {
            let value = settings.get(setting);
            assert!((setting.min..=setting.max).contains(&value), "{} = {value}", setting.name);
        }
        assert!(settings.set("max_incremental_restore_tables_in_flight", -2).is_err());
        assert!(settings.set("no_such", 1).is_err());
        settings.set("scan_batch_rows", 2).expect("in range");
        assert_eq!(settings.datashard.scan_batch_rows, 2);
    }
}
