//! Which tablet types a cluster has, which tablet is there from the start, and who watches.

use crate::client::SCHEMESHARD;
use crate::oracle::{NoPanic, Oracle};
use crate::world::World;
use tablets::schemeshard::SchemeShard;
use tablets::settings::Settings;
use tablets::tablet::Tablet;

/// Makes the tablet types known to `world`, with their settings, and creates SchemeShard.
pub fn tablet_types(world: &mut World, settings: &Settings) {
    world.add_type::<SchemeShard>(settings.schemeshard);
    world.create_tablet(SCHEMESHARD, SchemeShard::KIND);
}

/// Gives all tablets new settings.
pub(super) fn reconfigure(world: &mut World, settings: &Settings) {
    world.reconfigure::<SchemeShard>(settings.schemeshard);
}

/// The oracles, all of which watch every run.
pub fn oracles() -> Vec<Box<dyn Oracle>> {
    vec![Box::new(NoPanic::default())]
}
