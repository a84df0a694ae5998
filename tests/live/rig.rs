//! What every scenario shares: two shops under load, and one Prometheus that watches them.
//!
//! `inventory` is wired: it asks the OFREP server on the rig's own flag file, so cutting that
//! flag heals it. `catalog` is not: whatever a governor does, its trouble ends when the incident
//! does, so that one incident serves many governors at once. The rig comes up once per binary.

use super::evidence;
use super::flags;
use super::history;
use super::ofrep::Ofrep;
use super::process::folder_for_now;
use super::prometheus::{Prometheus, REJECT_RATE};
use super::shop::Shop;
use super::stage::Scene;
use super::tools::Tools;
use super::wait::{epoch, until};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The shared processes.
pub struct Rig {
    pub tools: Tools,
    /// Everything the suite writes lies in here.
    pub folder: PathBuf,
    pub prometheus: Prometheus,
    pub inventory: Shop,
    pub catalog: Shop,
    /// The flag file that `inventory` is served from.
    pub wired_flags: PathBuf,
    _ofrep: Ofrep,
}

/// The rig, brought up by whoever comes first. None: components are missing and
/// FLYBALL_ALLOW_SKIP=1 allows that.
pub fn rig() -> Option<&'static Rig> {
    static RIG: OnceLock<Option<Rig>> = OnceLock::new();
    RIG.get_or_init(|| match Tools::find() {
        Ok(tools) => Some(Rig::up(tools)),
        Err(missing) if std::env::var("FLYBALL_ALLOW_SKIP").as_deref() == Ok("1") => {
            println!("skipped: {missing}");
            None
        }
        Err(missing) => panic!("{missing} (FLYBALL_ALLOW_SKIP=1 skips the live suite)"),
    })
    .as_ref()
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
    fn up(tools: Tools) -> Self {
        let root = folder_for_now();
        let folder = root.join("rig");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let wired_flags = folder.join("flags.json");
        std::fs::write(&wired_flags, flags::DOCUMENT).expect("a file can be written");
        let ofrep = Ofrep::of_file(&tools, &folder, &wired_flags);
        let inventory = Shop::open(&tools, &folder, ("shop", "inventory"), Some(ofrep.port));
        let catalog = Shop::open(&tools, &folder, ("lab", "catalog"), None);
        let prometheus =
            Prometheus::prepare(&tools.prometheus, &folder, &[inventory.target(), catalog.target()]);
        history::write(&tools, &folder, &folder.join("tsdb"), &inventory, epoch() as u64 - 2);
        prometheus.start();
        inventory.drive(&tools, &folder, 20);
        catalog.drive(&tools, &folder, 15);
        let rig = Self { tools, folder: root, prometheus, inventory, catalog, wired_flags, _ofrep: ofrep };
        for shop in [&rig.inventory, &rig.catalog] {
            rig.await_calm(shop);
        }
        rig
    }

    /// Waits until Prometheus shows that `shop` has its load and refuses nobody.
    pub fn await_calm(&self, shop: &Shop) {
        until(&format!("{} is calm", shop.service), 120, || {
            let asked =
                format!("sum by (service) (rate(requests_total{{namespace=\"{}\"}}[8s]))", shop.namespace);
            let rate = self.prometheus.value(&asked, shop.service)?;
            let refused = self.prometheus.value(REJECT_RATE, shop.service)?;
            match rate > 5.0 && refused < 0.02 {
                true => Ok(()),
                false => Err(format!("{rate} reservations a second, share refused {refused}")),
            }
        });
    }

    /// A folder of its own for a scenario.
    pub fn folder_of(&self, scenario: &str) -> PathBuf {
        let folder = self.folder.join(scenario);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        folder
    }
}
