//! Flags in objects of Kubernetes: FeatureFlags of OpenFeature, and ConfigMaps.
//!
//! Owns where in an object a flag stands, how it is patched and what the object tells beside it:
//! who wrote it, whose it is, which cuts are ours. An object that changed meanwhile is read again;
//! a flag that changed is a conflict.

pub mod body;
pub mod config_map;
pub mod feature_flag;
pub mod note;
pub mod overlay;
pub mod patch;
pub mod shape;
pub mod store;
pub mod whose;

#[cfg(test)]
mod case_test;
#[cfg(test)]
mod object_test;
#[cfg(test)]
mod overlay_test;
#[cfg(test)]
mod property_test;
#[cfg(test)]
mod store_test;
