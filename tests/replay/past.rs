//! The same case through replay.

use super::inputs::Case;
use super::standalone::Surroundings;
use flyball::app::cycle::make::seasonal;
use flyball::app::observe::observer::Observer;
use flyball::app::observe::source::Source;
use flyball::app::replay::play::setting::Setting;
use flyball::app::replay::play::stage::Stage;
use flyball::domain::model::episode::Episode;
use flyball::edge::crd::kind::decision::Decision;
use serde_json::Value;

/// The Decisions that a replay leaves, oldest first.
pub fn decisions(case: &Case, around: &Surroundings) -> Vec<Value> {
    let header = case.recording.header();
    let span = (header.start, header.end());
    let mut setting = Setting::new(case.loaded.policies.clone(), span, seasonal());
    let (_, governing) = case.loaded.governor.as_ref().unwrap();
    setting.governor = Some(governing.governor.clone());
    setting.startup = governing.startup;
    setting.windows = governing.windows.clone();
    setting.installation = around.installation.clone();
    setting.providers.insert("flags".to_string(), around.provider.clone());
    setting.flags = around.flags.clone();
    setting.restarts = case.restarts.clone();
    let source = Source::Recording(case.recording.clone());
    let observer = Observer::new([("default".to_string(), source)].into(), 4);
    let mut stage = Stage::new(setting, observer);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { while stage.step().await.is_some() {} });
    let mut episodes: Vec<&Episode> = stage.world.decisions.values().collect();
    episodes.sort_by_key(|episode| (episode.started, &episode.name));
    episodes.iter().map(|episode| serde_json::to_value(Decision::from(*episode)).unwrap()).collect()
}
