//! PostgreSQL and Unleash as processes of ours, in a folder that goes with them.

use super::wire::{self, Request};
use crate::live::process::{Process, folder_for_now, free_ports};
use crate::live::tools::find;
use crate::live::wait::until;
use std::net::SocketAddr;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// A user that is not root, whom PostgreSQL refuses to serve.
const NOBODY: u32 = 65534;

/// A running Unleash, and the database behind it.
pub struct Lab {
    pub address: SocketAddr,
    _unleash: Process,
    _postgres: Process,
}

impl Lab {
    /// Starts both; `token` is that of a person with all rights, `client` that of an application.
    pub fn up(token: &str, client: &str) -> Self {
        let folder = folder_for_now();
        let port = free_ports(2);
        let postgres = postgres(&folder, port);
        let node = find("FLYBALL_UNLEASH").unwrap_or_else(|sentence| panic!("{sentence}"));
        let mut command = Command::new(node);
        command
            .env("DATABASE_HOST", "127.0.0.1")
            .env("DATABASE_PORT", port.to_string())
            .env("DATABASE_USERNAME", "unleash")
            .env("DATABASE_PASSWORD", "unleash")
            .env("DATABASE_NAME", "postgres")
            .env("DATABASE_SSL", "false")
            .env("HTTP_HOST", "127.0.0.1")
            .env("HTTP_PORT", (port + 1).to_string())
            .env("CHECK_VERSION", "false")
            .env("SEND_TELEMETRY", "false")
            .env("NODE_ENV", "production")
            .env("LOG_LEVEL", "warn")
            .env("UNLEASH_DEFAULT_ADMIN_PASSWORD", "unleash4all")
            .env("INIT_ADMIN_API_TOKENS", token)
            .env("INIT_CLIENT_API_TOKENS", client);
        let log = folder.join("unleash.log");
        let mut unleash = Process::start("unleash", &log, &mut command);
        let address = SocketAddr::from(([127, 0, 0, 1], port + 1));
        until("Unleash is well", 120, || {
            assert!(unleash.ended().is_none(), "it ended: {}", unleash.last_words());
            let health = Request::get("/health");
            match wire::ask(address, &health) {
                Some(reply) if reply.status == 200 => Ok(()),
                other => Err(format!("{other:?}: {}", unleash.last_words())),
            }
        });
        Self { address, _unleash: unleash, _postgres: postgres }
    }
}

fn postgres(folder: &Path, port: u16) -> Process {
    let program = find("FLYBALL_POSTGRES").unwrap_or_else(|sentence| panic!("{sentence}"));
    let data = folder.join("data");
    std::fs::create_dir(&data).expect("a folder can be made");
    let as_nobody = |command: &mut Command| {
        let root =
            std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
        if root {
            for path in [folder, &data] {
                chown(path, Some(NOBODY), Some(NOBODY)).expect("root can give folders away");
            }
            command.uid(NOBODY).gid(NOBODY);
        }
        command.current_dir(folder);
    };
    let mut init = Command::new(program.with_file_name("initdb"));
    init.arg("-D").arg(&data).args([
        "-A",
        "trust",
        "-U",
        "unleash",
        "-E",
        "UTF8",
        "--no-locale",
        "--no-sync",
    ]);
    as_nobody(&mut init);
    let done = init.output().expect("initdb is beside postgres");
    assert!(done.status.success(), "initdb: {}", String::from_utf8_lossy(&done.stderr));
    let mut serve = Command::new(program);
    serve.arg("-D").arg(&data).arg("-k").arg(folder);
    serve.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", &format!("port={port}")]);
    as_nobody(&mut serve);
    let log = folder.join("postgres.log");
    let mut running = Process::start("postgres", &log, &mut serve);
    until("PostgreSQL accepts connections", 60, || {
        assert!(running.ended().is_none(), "it ended: {}", running.last_words());
        let said = running.last_words();
        if said.contains("ready to accept connections") { Ok(()) } else { Err(said) }
    });
    running
}
