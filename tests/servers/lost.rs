//! Writes whose outcome is not known: never repeated unread, and found out by the next look.

use super::cases::is_cut;
use super::front::Fault;
use super::stand::{Provided, Stand};
use crate::live::wait::until_true;
use flyball::domain::model::flag::Standing;
use flyball::edge::flags::error::FlagError;
use tokio::runtime::Runtime;

/// The store did it, and we never heard: reading tells, and nothing is written twice.
pub fn answer(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("lost-answer");
    let original = stand.content("lost-answer");
    let hold = store.hold("lost-answer");
    store.front.set(Fault::LostAnswer);
    store.cut(&hold).expect("it is read back as cut");
    assert_eq!(store.front.writes(), 1, "{:?}", store.front.seen());
    assert!(is_cut(&store.see("lost-answer", Some(&hold)).standing));
    store.front.set(Fault::LostAnswer);
    store.restore(&hold).expect("it is read back as given back");
    assert_eq!(store.front.writes(), 1, "{:?}", store.front.seen());
    assert_eq!(stand.content("lost-answer"), original);
}

/// The store never did it: we say that we do not know, and the next try does it.
pub fn write(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("lost-write");
    let original = stand.content("lost-write");
    let hold = store.hold("lost-write");
    store.front.set(Fault::LostWrite);
    let written = store.cut(&hold);
    assert!(matches!(written, Err(FlagError::Unavailable { .. })), "{written:?}");
    assert_eq!(store.front.writes(), 1, "{:?}", store.front.seen());
    store.front.set(Fault::None);
    assert_eq!(stand.content("lost-write"), original);
    assert_eq!(store.see("lost-write", Some(&hold)).standing, Standing::Free);
    store.cut(&hold).expect("it can be cut now");
}

/// Everything of ours is gone in the midst of a write, before or after the store did it. What is left
/// is the FlagHold; with it alone a new provider goes on, and gives back.
pub fn killed(stand: &'static dyn Stand) {
    for (key, fault, done) in
        [("killed-before", Fault::HoldWrite, false), ("killed-after", Fault::HoldAnswer, true)]
    {
        let store = Provided::open(stand);
        stand.create(key);
        let original = stand.content(key);
        let hold = store.hold(key);
        store.front.set(fault);
        let life = Runtime::new().expect("a runtime can be made");
        let (provider, held) = (store.provider.clone(), hold.clone());
        life.spawn(async move { provider.cut(&held, &held.pre_image).await });
        until_true("the write is under way", 20, || store.front.held());
        life.shutdown_background();
        store.front.set(Fault::None);
        let next = store.anew();
        let state = next.see(key, Some(&hold));
        assert_eq!(is_cut(&state.standing), done, "{} {key}: {state:?}", stand.name());
        next.cut(&hold).expect("it is cut, or goes on being so");
        assert!(is_cut(&next.see(key, Some(&hold)).standing));
        assert_eq!(next.front.writes(), usize::from(!done), "what is done is not done again");
        next.restore(&hold).expect("it can be given back");
        assert_eq!(stand.content(key), original);
    }
}

/// Gone between the two requests of one cut: that is no cut, and is given back in both places.
pub fn between_two_requests(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("half");
    let original = stand.content("half");
    let hold = store.hold("half");
    store.front.set(Fault::HoldAnswer);
    let life = Runtime::new().expect("a runtime can be made");
    let (provider, held) = (store.provider.clone(), hold.clone());
    life.spawn(async move { provider.cut(&held, &held.pre_image).await });
    until_true("the first request is done", 20, || store.front.held());
    life.shutdown_background();
    store.front.set(Fault::None);
    assert_ne!(stand.content("half"), original, "a draft was left behind");
    let next = store.anew();
    let state = next.see("half", Some(&hold));
    assert!(matches!(state.standing, Standing::CutAndEdited(_)), "{state:?}");
    assert!(matches!(next.see("half", None).standing, Standing::Refused(_)), "it is cut by nobody so");
    assert!(next.cut(&hold).is_err(), "half a cut is not completed");
    next.restore(&hold).expect("it can be given back");
    assert_eq!(stand.content("half"), original);
}
