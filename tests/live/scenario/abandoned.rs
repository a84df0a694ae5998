//! The governor dies for good during a hold: the cut ends at its deadline by itself.
//!
//! Applications are asked, through OFREP and flagd's own engine, what the flag is.

use crate::live::flags::{self, CATALOG};
use crate::live::governor::Governor;
use crate::live::ofrep::Ofrep;
use crate::live::policy::Terms;
use crate::live::rig::Rig;
use crate::live::stage::Part;
use crate::live::wait::{epoch, until, until_true};

pub fn run(rig: &Rig, part: &Part) {
    let terms = Terms { max_duration: "15s", ..Terms::default() };
    let mut governor = Governor::prepare(rig, "abandoned", &terms).up();
    let ofrep = Ofrep::of_file(&rig.tools, &governor.folder, &governor.flags);
    assert_eq!(ofrep.ask(CATALOG), Ok(true));
    part.incident_begins();

    let cut = governor.await_cut(CATALOG);
    governor.kill();
    let abandoned = flags::print(&governor.flags);
    until_true("applications are told off", 30, || ofrep.ask(CATALOG) == Ok(false));
    let ended = until("the cut ends", 120, || {
        let asked = epoch();
        match ofrep.ask(CATALOG)? {
            true => Ok(epoch()),
            false if asked > cut.deadline + 1.0 => Err(format!("off {} s later", asked - cut.deadline)),
            false => Err("off before the deadline".to_string()),
        }
    });
    assert!(ended >= cut.deadline, "the cut ended {} s before its deadline", cut.deadline - ended);
    assert_eq!(flags::print(&governor.flags), abandoned, "nobody wrote the file");
    part.incident_ends();
}
