//! Live numbers in the browser: the server tells that something has changed, and the page reads again
//! what it shows. All tabs of a person share one stream: the one that holds a lock of this browser has
//! it, and tells the others.

use domain::views::Identity;
use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
use web_sys::{
    BroadcastChannel, EventSource,
    js_sys::{Date, Function, Promise, Reflect},
};

/// Pages read again at most this often, and look this often whether they may.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a stream has to hold for the next to be asked for at once when it ends, in milliseconds.
const HELD: f64 = 10_000.;
/// How often the time to wait is doubled, from one second, where none can be had.
const DOUBLED: u32 = 5;

/// What somebody does who must not be disturbed: they look into a dialog, or type or choose something.
const BUSY: &str = "dialog[open], main :is(input, select, textarea):focus";

/// The changes that a page follows.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    /// Counts the changes that pages are to look at.
    changes: RwSignal<u32>,
    state: StoredValue<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    /// Whether anything has changed that no page has looked at.
    changed: bool,
    /// Whether a timer runs, after which that is seen to.
    waiting: bool,
    /// When this browser knew all changes last, in milliseconds since 1970.
    known: f64,
}

impl Live {
    /// Lets every page within the frame follow changes.
    pub(crate) fn provide() -> Self {
        let live = Self { changes: RwSignal::new(0), state: StoredValue::new(State::default()) };
        provide_context(live);
        live
    }

    /// Begins to follow the changes of the one who is signed in. Within an effect, because effects run
    /// in browsers only.
    pub(crate) fn follow(self, identity: &Identity) {
        let name = format!("allot {} {}", identity.organization, identity.email);
        Effect::new(move || self.share(&name));
    }

    /// Shares one stream with all tabs that do so under this name.
    fn share(self, name: &str) {
        let loaded = window().performance().map_or(0., |performance| performance.now());
        self.state.update_value(|state| state.known = Date::now() - loaded);
        let Ok(channel) = BroadcastChannel::new(name) else { return self.listen(None, 0) };
        let told = Closure::<dyn FnMut()>::new(move || self.note()).into_js_value();
        channel.set_onmessage(told.dyn_ref());
        let own = channel.clone();
        let begin = Closure::<dyn FnMut() -> Promise>::new(move || {
            self.listen(Some(own.clone()), 0);
            // Never over: the lock is free when the tab is closed.
            Promise::new(&mut |_, _| {})
        });
        if lock(name, &begin.into_js_value()).is_none() {
            self.listen(Some(channel), 0);
        }
    }

    /// Listens to the server, and tells `others` what it says. When the stream ends, it is asked for
    /// again, with more patience each time that it `failed`.
    fn listen(self, others: Option<BroadcastChannel>, failed: u32) {
        let began = Date::now();
        let Some(known) = self.state.try_get_value().map(|state| state.known) else { return };
        // Rounded up to whole seconds.
        let since = Duration::try_from_secs_f64((began - known) / 1_000.).unwrap_or_default();
        let address = format!("/live?since={}", since.as_secs() + 1);
        let Ok(source) = EventSource::new(&address) else { return };
        let told = others.clone();
        let heard = Closure::<dyn FnMut()>::new(move || {
            self.state.try_update_value(|state| state.known = Date::now());
            self.note();
            if let Some(others) = &told {
                // Fails only where the channel was closed, and this one never is.
                _ = others.post_message(&JsValue::TRUE);
            }
        });
        source.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        let stream = source.clone();
        let ended = Closure::once_into_js(move || {
            stream.close();
            drop(heard);
            let failed = if Date::now() - began > HELD { 0 } else { failed + 1 };
            let wait = Duration::from_secs(1 << failed.min(DOUBLED));
            set_timeout(move || self.listen(others, failed), wait);
        });
        source.set_onerror(ended.dyn_ref());
    }

    /// Something has changed.
    fn note(self) {
        let waits = self.state.try_update_value(|state| {
            state.changed = true;
            std::mem::replace(&mut state.waiting, true)
        });
        if waits == Some(false) {
            self.look();
        }
    }

    /// Lets pages look at what has changed, unless somebody is busy with what they show.
    fn look(self) {
        let now = !is_busy();
        let changed = self.state.try_update_value(|state| {
            state.waiting = state.changed;
            let look = now && state.changed;
            state.changed &= !look;
            look
        });
        if changed == Some(true) {
            self.changes.try_update(|changes| *changes += 1);
        }
        if self.state.try_with_value(|state| state.waiting) == Some(true) {
            set_timeout(move || self.look(), PAUSE);
        }
    }
}

/// Whether nobody looks, or somebody must not be disturbed.
fn is_busy() -> bool {
    let document = document();
    document.hidden() || document.query_selector(BUSY).is_ok_and(|found| found.is_some())
}

/// Asks for the lock of this name: `begin` is called when it is there, and holds it. `None` where the
/// browser has no locks, as on an address without TLS.
fn lock(name: &str, begin: &JsValue) -> Option<JsValue> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    request.call2(&locks, &name.into(), begin).ok()
}

/// Reads `resource` again when numbers of the organization have changed: within a second, and not
/// while somebody types or a dialog is open.
pub(crate) fn refetch_when_changed<T>(resource: Resource<T>)
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    when_changed(Box::new(move || resource.refetch()));
}

/// Not generic, so that it is there once and not for each page.
fn when_changed(look: Box<dyn Fn()>) {
    let Some(live) = use_context::<Live>() else { return };
    Effect::new(move |seen: Option<u32>| {
        let changes = live.changes.get();
        if seen.is_some_and(|seen| seen != changes) {
            look();
        }
        changes
    });
}
