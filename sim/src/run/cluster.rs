//! Which tablet types a cluster has, and which tablet is there from the start.

use crate::client::SCHEMESHARD;
use crate::world::World;
use tablets::settings::Settings;

/// Makes the tablet types known to `world`, with their settings, and creates SchemeShard.
pub fn tablet_types(world: &mut World, settings: &Settings) {
    let _ = (settings, SCHEMESHARD, world);
}

/// Gives all tablets new settings.
pub(super) fn reconfigure(world: &mut World, settings: &Settings) {
    let _ = (settings, world);
}
