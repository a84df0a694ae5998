//! What one Unleash does for clients, and for many services that share one of its projects.

use super::stand::{Provided, Stand, provider, runtime, with_clients};
use crate::live::wait::until;
use chrono::Utc;
use flyball::domain::model::flag::{FlagView, Standing};
use flyball::domain::model::hold::FlagHold;
use flyball::domain::model::id::ServiceKey;
use flyball::edge::flags::provider::Provider;
use futures::StreamExt;
use futures::stream;
use std::time::Instant;

/// Flags that are worked on at once, as the governor reads them.
const AT_ONCE: usize = 16;
const SERVICES: usize = 200;

/// A cut is served to clients within seconds, and so is what comes back.
pub fn is_served_to_clients(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    let provider = with_clients(stand, &store.front.url()).expect("it has clients");
    let served = provider.served().expect("they can be asked");
    let awaits = |expected: bool| {
        let begun = Instant::now();
        until(&format!("it is {expected} that clients are served the cut"), 60, || {
            match runtime().block_on(served.serves("served", "off")) {
                Ok(said) if said == expected => Ok(()),
                other => Err(format!("{other:?}")),
            }
        });
        begun.elapsed().as_secs_f64()
    };
    stand.create("served");
    awaits(false);
    let hold = store.hold("served");
    store.cut(&hold).expect("it can be cut");
    println!("{}: clients are served a cut {:.1} s after it", stand.name(), awaits(true));
    store.restore(&hold).expect("it can be given back");
    awaits(false);
    assert!(!runtime().block_on(served.serves("no-such-flag", "off")).expect("it answers"));
}

/// Two hundred services, each with its flag in one project, are cut and given back together: each is
/// written once, and the server's limits are kept.
pub fn two_hundred_services(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    let keys: Vec<String> = (0..SERVICES).map(|i| format!("service-{i}-check")).collect();
    std::thread::scope(|scope| {
        for part in keys.chunks(SERVICES / 8) {
            scope.spawn(|| part.iter().for_each(|key| stand.create(key)));
        }
    });
    let one = provider(stand, &store.front.url(), &stand.token());
    let begun = Instant::now();
    let holds: Vec<FlagHold> = together(keys.iter(), |key| held(&one, key));
    let read = begun.elapsed().as_secs_f64();
    let cut = together(holds.iter(), |hold| cut(&one, hold));
    assert!(cut.iter().all(|standing| matches!(standing, Standing::Cut { .. })), "{cut:?}");
    let cut_after = begun.elapsed().as_secs_f64();
    assert_eq!(store.front.writes(), SERVICES, "each is written once");
    let back = together(holds.iter(), |hold| restored(&one, hold));
    assert!(back.iter().all(|standing| *standing == Standing::Free), "{back:?}");
    println!(
        "{SERVICES} services on one {}: read in {read:.1} s, cut and read back in {:.1} s, given back in {:.1} s",
        stand.name(),
        cut_after - read,
        begun.elapsed().as_secs_f64() - cut_after
    );
}

fn together<'a, T: 'a, U, F: Future<Output = U>>(
    all: impl Iterator<Item = &'a T>,
    work: impl Fn(&'a T) -> F,
) -> Vec<U> {
    runtime().block_on(stream::iter(all.map(work)).buffered(AT_ONCE).collect())
}

async fn seen(provider: &Provider, key: &str, hold: Option<&FlagHold>) -> (String, Standing) {
    let target = provider.facts().target(&ServiceKey::new("shop", "inventory"), key);
    match provider.read(&target, "off", hold, Utc::now()).await {
        FlagView::Seen(state) => (state.document, state.standing),
        other => panic!("{key}: {other:?}"),
    }
}

async fn held(provider: &Provider, key: &str) -> FlagHold {
    let (pre_image, standing) = seen(provider, key, None).await;
    assert_eq!(standing, Standing::Free, "{key}");
    FlagHold {
        target: provider.facts().target(&ServiceKey::new("shop", "inventory"), key),
        installation: "here".into(),
        pre_image,
        uid: None,
        fallback: "off".into(),
        deadline: None,
        claims: Vec::new(),
        created: Some(Utc::now()),
    }
}

async fn cut(provider: &Provider, hold: &FlagHold) -> Standing {
    provider.cut(hold, &hold.pre_image).await.unwrap_or_else(|error| panic!("{error}"));
    seen(provider, &hold.target.key, Some(hold)).await.1
}

async fn restored(provider: &Provider, hold: &FlagHold) -> Standing {
    let (document, _) = seen(provider, &hold.target.key, Some(hold)).await;
    provider.restore(hold, &document).await.unwrap_or_else(|error| panic!("{error}"));
    seen(provider, &hold.target.key, Some(hold)).await.1
}
