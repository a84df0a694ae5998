//! A governor under test: its folder, its process, and what it says and stores.
//!
//! Owns the command line of `flyball run --standalone`. Every governor has its own flag file,
//! state folder and port; starting it again takes up the same ones.

use super::flags;
use super::http::{self, Answer};
use super::policy::{GOVERNOR, Terms};
use super::process::{Process, free_port};
use super::rig::Rig;
use super::stored::{self, Decision};
use super::wait::until;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// One governor, running or not.
pub struct Governor {
    pub name: String,
    pub folder: PathBuf,
    /// The flag file it may write.
    pub flags: PathBuf,
    pub state: PathBuf,
    pub port: u16,
    pub prometheus: String,
    /// Where it sends traces, if anywhere.
    pub collector: Option<String>,
    program: PathBuf,
    process: Option<Process>,
}

impl Governor {
    /// A governor with this policy and the flag document of the suite, not started yet.
    pub fn prepare(rig: &Rig, scenario: &str, terms: &Terms) -> Self {
        let folder = rig.folder_of(scenario);
        let governor = Self {
            name: scenario.to_string(),
            flags: folder.join("flags.json"),
            state: folder.join("state"),
            port: free_port(),
            prometheus: rig.prometheus.url(),
            collector: None,
            program: rig.tools.flyball.clone(),
            process: None,
            folder,
        };
        std::fs::create_dir_all(governor.policies()).expect("a folder can be made");
        std::fs::write(&governor.flags, flags::DOCUMENT).expect("a file can be written");
        governor.declare("governor.yaml", GOVERNOR);
        governor.declare("policy.yaml", &terms.yaml());
        governor
    }

    fn policies(&self) -> PathBuf {
        self.folder.join("policies")
    }

    /// Writes one file of its policies.
    pub fn declare(&self, file: &str, text: &str) {
        std::fs::write(self.policies().join(file), text).expect("a file can be written");
    }

    /// Its command line.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        self.arguments().into_iter().for_each(|argument| {
            command.arg(argument);
        });
        command
    }

    /// The arguments of its command line.
    pub fn arguments(&self) -> Vec<String> {
        let path = |path: &Path| path.display().to_string();
        let listen = format!("127.0.0.1:{}", self.port);
        let mut arguments: Vec<String> = ["run", "--standalone", "--log", "json"].map(String::from).to_vec();
        for (option, value) in [
            ("--policies", path(&self.policies())),
            ("--prometheus", self.prometheus.clone()),
            ("--flags", path(&self.flags)),
            ("--state", path(&self.state)),
            ("--listen", listen),
        ] {
            arguments.extend([option.to_string(), value]);
        }
        if let Some(collector) = &self.collector {
            arguments.extend(["--otlp-endpoint".to_string(), collector.clone()]);
        }
        arguments
    }

    /// Starts it.
    pub fn start(&mut self) {
        let command = self.command();
        self.start_as(command);
    }

    /// Starts it by another command line, of a program that runs it.
    pub fn start_as(&mut self, mut command: Command) {
        self.process = None;
        self.process = Some(Process::start(&self.name, &self.log_file(), &mut command));
    }

    /// Starts it and waits until it is ready.
    pub fn up(mut self) -> Self {
        self.start();
        self.await_ready();
        self
    }

    /// Waits until /readyz says yes.
    pub fn await_ready(&mut self) {
        let what = format!("governor {} is ready", self.name);
        until(&what, 60, || {
            if let Some(status) = self.ended() {
                panic!("governor {} ended ({status}):\n{}", self.name, self.last_words());
            }
            self.get("/readyz")?.ok()
        });
    }

    /// GET from its port.
    ///
    /// # Errors
    /// Why there was no answer.
    pub fn get(&self, path: &str) -> Result<Answer, String> {
        http::get(self.port, path)
    }

    /// How its process ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.as_mut().and_then(Process::ended)
    }

    /// SIGKILL; it is gone when this returns.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// SIGTERM, and how it ended.
    pub fn terminate(&mut self) -> ExitStatus {
        let name = self.name.clone();
        let process = self.process.as_mut().expect("it was started");
        process.signal("TERM");
        until(&format!("governor {name} ends on SIGTERM"), 60, || {
            process.ended().ok_or("it runs".to_string())
        })
    }

    /// All it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("flyball.log")
    }

    fn last_words(&self) -> String {
        self.process.as_ref().map(Process::last_words).unwrap_or_default()
    }

    /// Its stored Decisions.
    pub fn decisions(&self) -> Vec<Decision> {
        stored::decisions(&self.state)
    }

    /// Its only Decision.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn decision(&self) -> Result<Decision, String> {
        let mut all = self.decisions();
        match all.len() {
            1 => Ok(all.remove(0)),
            0 => Err("there is no Decision".to_string()),
            n => Err(format!("there are {n} Decisions: {all:?}")),
        }
    }

    /// Waits until its only Decision stands so: `Holding/`, `Ended/Restored`.
    pub fn await_decision(&self, standing: &str) -> Decision {
        until(&format!("the Decision of {} is {standing}", self.name), 120, || {
            let decision = self.decision()?;
            match decision.standing() == standing {
                true => Ok(decision),
                false => Err(format!("it is {}: {}", decision.standing(), decision.text())),
            }
        })
    }

    /// Waits until the flag `key` is cut and the Decision says so.
    pub fn await_cut(&self, key: &str) -> flags::Cut {
        let what = format!("{} cuts {key}", self.name);
        let cut = until(&what, 90, || flags::cut(&self.flags, key));
        self.await_decision("Holding/");
        cut
    }

    /// The end of an episode as it should be: restored by way of a probe, no hold left, the
    /// file as it was.
    pub fn await_restored(&self, document: &str) -> Decision {
        let decision = self.await_decision("Ended/Restored");
        assert!(decision.life().contains(&"Probing"), "{} skipped Probing: {:?}", self.name, decision.life());
        until(&format!("no hold of {} is left", self.name), 30, || match stored::holds(&self.state) {
            holds if holds.is_empty() => Ok(()),
            holds => Err(format!("{holds:?}")),
        });
        flags::holds(&self.flags, document).unwrap_or_else(|found| panic!("{}: {found}", self.name));
        decision
    }
}
