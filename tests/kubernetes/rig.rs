//! What every scenario shares: a control plane, two shops under load, one Prometheus that watches
//! them, and one governor.
//!
//! `inventory` is wired: it asks a flag server that watches its FeatureFlag in the API server, so
//! cutting that flag heals it. `catalog` is not, and is scraped as the service of every
//! namespace of `LABS`: one incident serves many scenarios at once, each with flags, policy
//! and Decisions of its own. All of it comes up once per test binary.

use super::control_plane::ControlPlane;
use super::evidence;
use super::governor::Governor;
use crate::live::history;
use crate::live::http;
use crate::live::ofrep::Ofrep;
use crate::live::process::folder_for_now;
use crate::live::prometheus::{Prometheus, REJECT_RATE, Target};
use crate::live::shop::Shop;
use crate::live::stage::Scene;
use crate::live::tools::Tools;
use crate::live::wait::{epoch, until};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

/// Namespace of `inventory`.
pub const SHOP: &str = "shop";
/// The object that holds the flags of a namespace.
pub const FLAGS: &str = "flags";
/// Namespaces in which `catalog` is seen; one per scenario.
pub const LABS: [&str; 23] = [
    "frozen",
    "observed",
    "described",
    "edited-beside",
    "edited-instead",
    "edited-inside",
    "policy-deleted",
    "decision-deleted",
    "hold-deleted",
    "namespace-deleted",
    "config-map",
    "unlabelled",
    "not-allowed",
    "overlaid",
    "handover",
    "undisturbed",
    "killed",
    "outer-http",
    "outer-unleash",
    "plugin",
    "issues",
    "issues-yes",
    "issues-no",
];

/// The shared processes.
pub struct Rig {
    pub tools: Tools,
    /// Everything the suite writes lies in here.
    pub folder: PathBuf,
    pub plane: &'static ControlPlane,
    pub prometheus: Prometheus,
    pub inventory: Shop,
    pub catalog: Shop,
    /// The governor that is there unless a scenario runs its own.
    pub governor: Mutex<Option<Governor>>,
    _ofrep: Ofrep,
}

fn root() -> &'static PathBuf {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(folder_for_now)
}

/// The control plane alone. None: components are missing and FLYBALL_ALLOW_SKIP=1 allows that.
pub fn plane() -> Option<&'static ControlPlane> {
    static PLANE: OnceLock<Option<ControlPlane>> = OnceLock::new();
    PLANE.get_or_init(|| unless_skipped(ControlPlane::up(&root().join("cluster")))).as_ref()
}

/// A second control plane, for what nothing else may meddle with.
pub fn plane_of_its_own(name: &str) -> Option<ControlPlane> {
    unless_skipped(ControlPlane::up(&root().join(name)))
}

/// What runs beside the program.
pub fn tools() -> Option<Tools> {
    unless_skipped(Tools::find())
}

/// Everything, brought up by whoever comes first.
pub fn rig() -> Option<&'static Rig> {
    static RIG: OnceLock<Option<Rig>> = OnceLock::new();
    RIG.get_or_init(|| Some(Rig::up(tools()?, plane()?))).as_ref()
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

impl Scene for Rig {
    fn incident(&self, yes: bool) {
        self.catalog.slow(yes);
    }

    fn keep(&self, scenario: &str) {
        evidence::keep(self, scenario);
    }
}

impl Rig {
    fn up(tools: Tools, plane: &'static ControlPlane) -> Self {
        let folder = root().join("rig");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        plane.open_shop(SHOP);
        let ofrep = Ofrep::of_object(&tools, &folder, (SHOP, FLAGS), &plane.folder.join("kubeconfig"));
        let inventory = Shop::open(&tools, &folder, (SHOP, "inventory"), Some(ofrep.port));
        let catalog = Shop::open(&tools, &folder, ("lab", "catalog"), None);
        let mut targets = vec![inventory.target()];
        targets.extend(LABS.map(|namespace| Target { namespace, ..catalog.target() }));
        let prometheus = Prometheus::prepare(&tools.prometheus, &folder, &targets);
        history::write(&tools, &folder, &folder.join("tsdb"), &inventory, epoch() as u64 - 2);
        prometheus.start();
        inventory.drive(&tools, &folder, 20);
        catalog.drive(&tools, &folder, 15);
        let folder = root().to_owned();
        let governor = Mutex::default();
        let rig = Self { tools, folder, plane, prometheus, inventory, catalog, governor, _ofrep: ofrep };
        rig.await_calm("inventory");
        rig.await_calm("catalog");
        rig
    }

    /// Waits until Prometheus shows that a shop has its load and refuses nobody.
    pub fn await_calm(&self, service: &str) {
        until(&format!("{service} is calm"), 120, || {
            let rate = self.prometheus.value("sum by (service) (rate(requests_total[8s]))", service)?;
            let refused = self.prometheus.value(REJECT_RATE, service)?;
            match rate > 5.0 && refused < 0.02 {
                true => Ok(()),
                false => Err(format!("{rate} reservations a second, share refused {refused}")),
            }
        });
    }

    /// A replica of its own, not started, that reaches the API server itself.
    pub fn replica(&self, name: &str) -> Governor {
        Governor::prepare(&self.tools.flyball, &self.plane.governor_kubeconfig(), &self.folder_of(name), name)
    }

    /// Makes sure that the shared governor runs and is ready.
    pub fn governed(&self) {
        self.plane.declare_fleet(&self.prometheus.url());
        let mut governor = self.governor.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let running = governor.as_ref().is_some_and(|one| http::get(one.port, "/livez").is_ok());
        if !running {
            *governor = Some(self.replica("governor").up());
        }
    }

    /// Ends the shared governor, for a scenario that runs its own.
    pub fn ungoverned(&self) {
        self.plane.declare_fleet(&self.prometheus.url());
        let mut governor = self.governor.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(mut governor) = governor.take() {
            governor.terminate();
        }
    }

    /// A folder of its own for a scenario.
    pub fn folder_of(&self, scenario: &str) -> PathBuf {
        let folder = self.folder.join(scenario);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        folder
    }
}
