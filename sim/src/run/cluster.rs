//! Which tablet types a cluster has, which tablet is there from the start, and with which settings.

use crate::client::SCHEMESHARD;
use crate::world::{Types, World};
use tablets::datashard::DataShard;
use tablets::schemeshard::SchemeShard;
use tablets::settings::Settings;
use tablets::tablet::Tablet;

/// Makes the tablet types known to `world`, with their settings, and creates SchemeShard.
pub fn tablet_types(world: &mut World, settings: &Settings) {
    world.add_type::<SchemeShard>(settings.schemeshard);
    world.add_type::<DataShard>(settings.datashard);
    world.create_tablet(SCHEMESHARD, SchemeShard::KIND);
}

/// The tablet types that every cluster has: what is needed to read a trace that was kept in a file.
pub fn known_types() -> Types {
    let (mut types, settings) = (Types::default(), Settings::default());
    types.add::<SchemeShard>(settings.schemeshard);
    types.add::<DataShard>(settings.datashard);
    types
}

/// Gives all tablets new settings.
pub(super) fn reconfigure(world: &mut World, settings: &Settings) {
    world.reconfigure::<SchemeShard>(settings.schemeshard);
    world.reconfigure::<DataShard>(settings.datashard);
}
