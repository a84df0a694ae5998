//! What every scenario shares: one control plane, brought up by whoever comes first.

use super::control_plane::ControlPlane;
use crate::live::process::folder_for_now;
use std::sync::OnceLock;

/// The control plane. None: components are missing and FLYBALL_ALLOW_SKIP=1 allows that.
pub fn plane() -> Option<&'static ControlPlane> {
    static PLANE: OnceLock<Option<ControlPlane>> = OnceLock::new();
    PLANE.get_or_init(|| unless_skipped(ControlPlane::up(&folder_for_now().join("cluster")))).as_ref()
}

/// What there is, or nothing if it is missing and that is allowed.
fn unless_skipped<T>(found: Result<T, String>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(missing) if std::env::var("FLYBALL_ALLOW_SKIP").as_deref() == Ok("1") => {
            println!("skipped: {missing}");
            None
        }
        Err(missing) => panic!("{missing} (FLYBALL_ALLOW_SKIP=1 skips the cluster suite)"),
    }
}
