//! `flyball demo`: the whole loop on a recording, faster than the time it was recorded in.
//!
//! Owns what the demo prints. The loop is the one that governs for real: the same cycle, apply,
//! object store and flag file; only time is driven, and the metrics do not answer to the cut.

use super::load::{self, Loaded};
use super::table;
use super::wire::{self, Paths, WireError};
use crate::app::apply::effect::{Done, Kind};
use crate::app::clock::Clock;
use crate::app::cycle::make::MakeBaseline;
use crate::app::drive::news::{News, Tick};
use crate::app::drive::show::{columns, story};
use crate::app::drive::state::Drive;
use crate::app::observe::source::Source;
use crate::domain::model::reading::Number;
use crate::edge::recording::reader::{self, Error as RecordingError};
use crate::edge::recording::recorded::Recording;
use chrono::{DateTime, TimeDelta, Utc};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// What the program brings along.
const RECORDING: &[u8] = include_bytes!("../../../policies/demo/recording.jsonl.gz");
const FLAGS: &str = include_str!("../../../policies/demo/flags.json");
const POLICIES: [(&str, &str); 2] = [
    ("policies/demo/inventory.yaml", include_str!("../../../policies/demo/inventory.yaml")),
    ("policies/demo/governor.yaml", include_str!("../../../policies/demo/governor.yaml")),
];

/// What to run on; None is what the program brings along.
pub struct Options {
    pub recording: Option<PathBuf>,
    pub policies: Option<PathBuf>,
    pub flags: Option<PathBuf>,
    pub state: PathBuf,
    pub make: MakeBaseline,
    /// Overwrite one line with the progress: for terminals.
    pub live: bool,
}

/// Why the demo could not run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the recording cannot be read")]
    Recording(#[from] RecordingError),
    #[error("--flags {}: cannot be copied", path.display())]
    CopyFlags { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("no policy is accepted; the problems are listed above")]
    NoPolicy,
    #[error("cannot write the output")]
    Print(#[from] io::Error),
}

/// Runs the recording from its start to its end.
///
/// # Errors
/// An input is unusable, or `out` cannot be written to.
pub async fn demo(options: Options, out: &mut dyn Write) -> Result<(), DemoError> {
    let recording = match &options.recording {
        Some(path) => reader::open(path)?,
        None => reader::read(RECORDING)?,
    };
    let loaded = match &options.policies {
        Some(path) => load::load(path).map_err(WireError::from)?,
        None => load::load_texts(&POLICIES),
    };
    for (origin, problem) in &loaded.problems {
        writeln!(out, "not accepted: {origin}: {problem}")?;
    }
    if loaded.policies.is_empty() {
        return Err(DemoError::NoPolicy);
    }
    let paths = Paths {
        policies: PathBuf::new(),
        flags: options.state.join("flags.json"),
        state: options.state.clone(),
    };
    copy_flags(&options, &paths)?;
    let (start, end) = (recording.header().start, recording.header().end());
    introduce(out, &recording, &loaded, &paths)?;
    let source = Source::Recording(Arc::new(recording));
    let mut drive = wire::wire(start, &paths, source, &loaded, options.make).await?;
    let mut stage = Stage { out, live: options.live, original: read(&paths), paths };
    play(&mut drive, &mut stage, start, end).await?;
    stage.close(&drive, end)
}

fn copy_flags(options: &Options, paths: &Paths) -> Result<(), DemoError> {
    let failed = |path: &PathBuf, source| DemoError::CopyFlags { path: path.clone(), source };
    std::fs::create_dir_all(&options.state).map_err(|source| failed(&options.state, source))?;
    match &options.flags {
        Some(path) => std::fs::copy(path, &paths.flags).map(|_| ()).map_err(|source| failed(path, source)),
        None => std::fs::write(&paths.flags, FLAGS).map_err(|source| failed(&paths.flags, source)),
    }
}

fn introduce(out: &mut dyn Write, recording: &Recording, loaded: &Loaded, paths: &Paths) -> io::Result<()> {
    let header = recording.header();
    let span = header.end() - header.start;
    writeln!(
        out,
        "Recording: {} from {} on, a reading every {} s.",
        columns::age(span),
        story::stamp(header.start),
        header.step_ms / 1000
    )?;
    if header.stretch > 1 {
        writeln!(
            out,
            "Each second of the real run is written down as {} seconds; no value is invented.",
            header.stretch
        )?;
    }
    let names: Vec<String> = loaded.policies.iter().map(|policy| policy.key.to_string()).collect();
    writeln!(
        out,
        "Policies: {}. The metrics are recorded, so they do not answer to a cut.",
        names.join(", ")
    )?;
    writeln!(out, "Objects and the flag file: {}\n", paths.state.display())
}

async fn play(
    drive: &mut Drive,
    stage: &mut Stage<'_>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<(), DemoError> {
    let (clock, hand) = Clock::simulated(start);
    let mut hour = start;
    while let Some(due) = drive.next(clock.now()).filter(|due| due.wake <= end) {
        hand.advance_to(due.wake);
        let before = read(&stage.paths);
        let tick = drive.tick(clock.now(), &due).await;
        stage.show(clock.now(), &tick, &before)?;
        if clock.now() - hour >= TimeDelta::hours(1) {
            hour = clock.now();
            stage.progress(drive, clock.now())?;
        }
    }
    Ok(())
}

fn read(paths: &Paths) -> String {
    std::fs::read_to_string(&paths.flags).unwrap_or_default()
}

/// Where the demo is shown.
struct Stage<'a> {
    out: &'a mut dyn Write,
    live: bool,
    original: String,
    paths: Paths,
}

impl Stage<'_> {
    fn show(&mut self, now: DateTime<Utc>, tick: &Tick, before: &str) -> io::Result<()> {
        if self.live && !(tick.news.is_empty() && tick.troubles.is_empty()) {
            write!(self.out, "\r\x1b[K")?;
        }
        for news in &tick.news {
            match news {
                News::Stored(episode) if story::moved(episode) => {
                    write!(self.out, "{}", story::step(now, episode))?;
                }
                News::Stored(_) | News::Looked(_) => {}
                News::Done(done) => self.show_write(done, before)?,
            }
        }
        for trouble in &tick.troubles {
            writeln!(self.out, "      trouble: {trouble}")?;
        }
        Ok(())
    }

    /// A write to a flag, with the lines of the file that it changed.
    fn show_write(&mut self, done: &Done, before: &str) -> io::Result<()> {
        writeln!(self.out, "      {}", story::write(done))?;
        let (old, new) = match done.kind {
            Kind::Restore => ("flags.json (cut)", "flags.json (given back)"),
            Kind::Cut | Kind::Extend => ("flags.json", "flags.json (cut)"),
        };
        for line in story::diff(before, &read(&self.paths), old, new).lines() {
            writeln!(self.out, "        {line}")?;
        }
        Ok(())
    }

    /// One line an hour, overwritten on a terminal, left out elsewhere.
    fn progress(&mut self, drive: &Drive, now: DateTime<Utc>) -> io::Result<()> {
        if !self.live {
            return Ok(());
        }
        let services = drive.cycle.tracks().filter_map(|(_, policy, service, track)| {
            let score = track.score().and_then(|score| score.value);
            let score = score.map_or("-".to_string(), |score| Number(score.round()).to_string());
            Some(format!("{} {score} {}", service.service, track.verdict(policy?, now).as_str()))
        });
        let services: Vec<String> = services.collect();
        write!(self.out, "\r\x1b[K{}  {}", story::stamp(now), services.join("   "))?;
        self.out.flush()
    }

    fn close(&mut self, drive: &Drive, end: DateTime<Utc>) -> Result<(), DemoError> {
        if self.live {
            write!(self.out, "\r\x1b[K")?;
        }
        let episodes = drive.objects.episodes();
        writeln!(
            self.out,
            "\nServices at the end, {}:\n{}",
            story::stamp(end),
            table::services(end, &drive.cycle)
        )?;
        writeln!(self.out, "Decisions:\n{}", table::decisions(end, &episodes))?;
        let diff =
            story::diff(&self.original, &read(&self.paths), "flags.json (at the start)", "flags.json (now)");
        match diff.is_empty() {
            true => writeln!(self.out, "The flag file is byte for byte what it was at the start.")?,
            false => writeln!(self.out, "The flag file differs from the start:\n{diff}")?,
        }
        Ok(())
    }
}
