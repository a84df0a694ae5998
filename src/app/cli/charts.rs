//! The charts of `explain --prometheus`: a signal's past against its band and limit.

use super::kubectl_args::ExplainArgs;
use crate::app::plugin::explain::policy::stored;
use crate::app::plugin::explain::signal::told;
use crate::app::plugin::gather::past::past;
use crate::app::plugin::plain::plain;
use crate::app::plugin::scene::Scene;
use crate::app::plugin::show::chart::{Plot, chart};
use crate::app::plugin::told::ToldSignal;
use crate::domain::policy::signal::Signal;
use crate::edge::prometheus::client::Client;
use anyhow::Result;

/// Draws the signals that `args` choose; a source that does not answer is said in place of a chart.
pub async fn draw(
    scene: &Scene,
    client: &Client,
    args: &ExplainArgs,
    width: usize,
    print: fn(&str) -> Result<()>,
) -> Result<()> {
    for (policy, signal, told) in chosen(scene, &args.signal) {
        let title = format!("{} of {} (policy {policy})", told.name, plain(&scene.service.to_string()));
        print("\n")?;
        match past(client, scene.now, (&scene.service, signal), args.since).await {
            Err(error) => print(&format!("{title}: {error}\n"))?,
            Ok(past) => {
                let bands = vec![told.lower.zip(told.upper); past.values.len()];
                let plot = Plot {
                    title: &title,
                    values: &past.values,
                    start: past.start,
                    end: past.end,
                    bands: &bands,
                    limit: told.limit,
                };
                print(&chart(&plot, width))?;
            }
        }
    }
    Ok(())
}

/// The signals that are named; else those that are bad, else the first of each policy.
fn chosen<'a>(scene: &'a Scene, named: &[String]) -> Vec<(String, &'a Signal, ToldSignal)> {
    let mut all = Vec::new();
    for view in &scene.policies {
        let Ok(policy) = &view.verdict else { continue };
        if !policy.governs(&scene.service) {
            continue;
        }
        let health = stored(scene, view);
        let policy = policy.meant_for(&scene.service);
        for signal in &policy.signals {
            let known =
                health.and_then(|health| health.signals.iter().find(|known| known.name == signal.name));
            all.push((plain(&view.key.to_string()), signal, told(signal, known)));
        }
    }
    if !named.is_empty() {
        all.retain(|(_, signal, _)| named.contains(&signal.name));
        return all;
    }
    let bad = all.iter().any(|(_, _, told)| told.bad);
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|(policy, _, told)| if bad { told.bad } else { seen.insert(policy.clone()) });
    all
}
