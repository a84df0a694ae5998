//! A graceful restart during a hold goes on where it was; one state folder has one governor.

use crate::live::flags::{self, CATALOG, DOCUMENT};
use crate::live::governor::Governor;
use crate::live::policy::Terms;
use crate::live::process::free_port;
use crate::live::rig::Rig;
use crate::live::scenario::inputs::ends;
use crate::live::stage::Part;
use crate::live::stored;
use crate::live::wait::throughout;
use std::process::Command;

pub fn run(rig: &Rig, part: &Part) {
    let mut governor = Governor::prepare(rig, "restart", &Terms::default()).up();
    a_second_one_is_refused(&governor);
    part.incident_begins();
    governor.await_cut(CATALOG);
    let (cut, holds) = (flags::print(&governor.flags), stored::holds(&governor.state));
    assert_eq!(holds.len(), 1);

    let status = governor.terminate();
    assert!(status.success(), "SIGTERM is an ordinary end, but it was {status}");
    assert_eq!(flags::print(&governor.flags), cut, "SIGTERM touched the flag");
    assert_eq!(stored::holds(&governor.state), holds, "SIGTERM lost or changed the hold");
    governor.await_decision("Holding/");

    let mut governor = governor.up();
    throughout("the restarted governor leaves the cut as it is", 5, || {
        match flags::print(&governor.flags) == cut {
            true => Ok(()),
            false => Err("it wrote the flag file".to_string()),
        }
    });
    part.incident_ends();
    let decision = governor.await_restored(DOCUMENT);
    assert_eq!(decision.life(), ["Acting", "Holding", "Probing", "Ended"], "one undisturbed life");
    assert!(governor.ended().is_none());
}

fn a_second_one_is_refused(first: &Governor) {
    let (taken, free) = (format!("127.0.0.1:{}", first.port), format!("127.0.0.1:{}", free_port()));
    let arguments = first.arguments();
    let mut second = Command::new(first.command().get_program());
    second.args(arguments.iter().map(|argument| if *argument == taken { &free } else { argument }));
    let (status, said) = ends(&mut second, 60);
    assert!(!status.success(), "two governors share one state folder");
    let state = first.state.display().to_string();
    assert!(said.contains(&state), "the refusal does not name the folder {state}: {said}");
}
