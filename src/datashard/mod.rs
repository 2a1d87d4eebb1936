//! DataShard.
