//! A file of key=value lines: cut and given back likewise, every other byte left alone.

use crate::live::governor::Governor;
use crate::live::policy::Terms;
use crate::live::rig::Rig;
use crate::live::stage::Part;
use crate::live::wait::until;

const LINES: &str =
    "# what the shop reads\r\ncatalog-local-cache = off\n\ncatalog-strong-check=on\nlast.line = yes";

pub fn run(rig: &Rig, part: &Part) {
    let mut governor = Governor::prepare(rig, "plain_file", &Terms::default());
    governor.flags = governor.folder.join("flags.properties");
    std::fs::write(&governor.flags, LINES).expect("a file can be written");
    let governor = governor.up();
    part.incident_begins();
    let cut = LINES.replace("strong-check=on", "strong-check=off");
    until("the line is cut, and only that", 90, || crate::live::flags::holds(&governor.flags, &cut));
    governor.await_decision("Holding/");
    part.incident_ends();
    governor.await_restored(LINES);
}
