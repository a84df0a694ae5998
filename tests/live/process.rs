//! Processes that end with us, whatever happens.
//!
//! Each is the leader of a group of its own and is killed with it when dropped. A keeper, a
//! shell that reads group ids from a pipe, kills what is left when the test binary has gone,
//! even by SIGKILL; it also removes the rig's folder. Nothing is ever ended by name.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, OnceLock};

/// One running process, or one that has ended.
pub struct Process {
    log: PathBuf,
    child: Child,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts `command` with all its output appended to `log`.
    pub fn start(name: &str, log: &Path, command: &mut Command) -> Self {
        let out = File::options().create(true).append(true).open(log);
        let out = out.unwrap_or_else(|e| panic!("cannot open {}: {e}", log.display()));
        let err = out.try_clone().expect("a file handle can be doubled");
        let command = command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
        let child = command.spawn().unwrap_or_else(|e| panic!("cannot start {name}: {e}"));
        keeper().tell("add", child.id());
        Self { log: log.to_owned(), child, ended: None }
    }

    /// Its id, which is that of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("our own child can be waited for");
            if self.ended.is_some() {
                keeper().tell("gone", self.child.id());
            }
        }
        self.ended
    }

    /// Sends a signal (`TERM`, `STOP`, `CONT`, ...) to its group.
    pub fn signal(&mut self, signal: &str) {
        if self.ended().is_none() {
            send(signal, self.child.id());
        }
    }

    /// Kills it and its group, and waits until it has gone.
    pub fn kill(&mut self) {
        if self.ended().is_none() {
            send("KILL", self.child.id());
            self.ended = self.child.wait().ok();
            keeper().tell("gone", self.child.id());
        }
    }

    /// The last lines it wrote.
    pub fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `kill` of a whole group; a group that has just gone is no error.
pub fn send(signal: &str, group: u32) {
    let mut kill = Command::new("kill");
    kill.args(["-s", signal, "--", &format!("-{group}")]).stderr(Stdio::null());
    kill.status().expect("the command kill is there");
}

/// The shell's input; the shell itself is never waited for, because it outlives us.
struct Keeper {
    pipe: Mutex<ChildStdin>,
    _shell: Child,
}

impl Keeper {
    fn tell(&self, what: &str, id: u32) {
        self.write(&format!("{what} {id}"));
    }

    fn write(&self, line: &str) {
        let mut pipe = self.pipe.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        writeln!(pipe, "{line}").expect("the keeper outlives the tests");
    }
}

const KEEPER: &str = r#"
trap '' INT TERM HUP
groups=" " folders=""
while read -r what which; do
  case $what in
    add) groups="$groups$which " ;;
    gone) groups="${groups%% $which *} ${groups#* $which }" ;;
    folder) folders="$folders $which" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
for folder in $folders; do rm -rf "$folder"; done
"#;

fn keeper() -> &'static Keeper {
    static KEEPER_OF_ALL: OnceLock<Keeper> = OnceLock::new();
    KEEPER_OF_ALL.get_or_init(|| {
        let mut shell = Command::new("sh");
        shell.args(["-c", KEEPER]).stdin(Stdio::piped()).stdout(Stdio::null()).process_group(0);
        let mut shell = shell.spawn().expect("a shell is there");
        let pipe = shell.stdin.take().expect("its input is a pipe");
        Keeper { pipe: Mutex::new(pipe), _shell: shell }
    })
}

/// Has the keeper end the group `id`, which somebody else started, once the tests have gone.
pub fn end_with_us(id: u32) {
    keeper().tell("add", id);
}

/// A new folder that the keeper removes once the tests have gone.
pub fn folder_for_now() -> PathBuf {
    let folder = tempfile::Builder::new().prefix("flyball-live-").tempdir();
    let path = folder.expect("a temporary folder can be made").keep();
    keeper().write(&format!("folder {}", path.display()));
    path
}

/// A port on which nothing listens. Below the ports that outgoing connections get, so that
/// nobody else takes it meanwhile; never the same one twice. FLYBALL_FIRST_PORT says where to begin
/// looking, for two suites side by side.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of `count` such ports in a row.
pub fn free_ports(count: u16) -> u16 {
    static NEXT: Mutex<Option<u16>> = Mutex::new(None);
    let mut next = NEXT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let told = || std::env::var("FLYBALL_FIRST_PORT").ok()?.parse().ok();
    let somewhere = || 20_000 + (std::process::id() % 600) as u16 * 10;
    let mut first = next.or_else(told).unwrap_or_else(somewhere);
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    while let Some(taken) = (first..first + count).find(|port| !is_free(port)) {
        first = taken + 1;
    }
    *next = Some(first + count);
    first
}
