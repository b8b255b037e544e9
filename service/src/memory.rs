//! What this server remembers between two batches of an organization, so that it need not be read
//! again. It is no cache that could be wrong: the locked row says by two numbers whether anybody
//! else has changed anything since, and then it is thrown away.

use crate::loading::Loaded;
use domain::{catalogue::Catalogue, ids::OrganizationId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::batches::Opened;

/// Organizations that are remembered; when one more comes, another is forgotten.
const ORGANIZATIONS: usize = 256;
/// Members and accounts that are remembered of one organization.
const OF_ONE: usize = 50_000;

/// What is remembered.
#[derive(Default)]
pub(crate) struct Memory {
    organizations: Mutex<HashMap<OrganizationId, Loaded>>,
    catalogue: Mutex<Option<(i64, Arc<Catalogue>)>>,
}

impl Memory {
    /// Takes out what is remembered of an organization, if it is still right.
    pub(crate) fn take(&self, id: OrganizationId, opened: &Opened) -> Option<Loaded> {
        lock(&self.organizations).remove(&id).filter(|loaded| {
            // Every edit counts in `version`, and every decision in `last_seq`.
            loaded.lock.version == opened.lock.version
                && loaded.lock.last_seq == opened.lock.last_seq
                && loaded.catalogue_version == opened.catalogue_version
                // What ended before it was loaded is not in it.
                && loaded.now <= opened.now
        })
    }

    /// Remembers an organization as it was committed.
    pub(crate) fn put(&self, loaded: Loaded) {
        if loaded.state.members.len() + loaded.state.balances.accounts() > OF_ONE {
            return;
        }
        let mut organizations = lock(&self.organizations);
        if organizations.len() >= ORGANIZATIONS
            && let Some(other) = organizations.keys().next().copied()
        {
            organizations.remove(&other);
        }
        organizations.insert(loaded.state.id, loaded);
    }

    /// The catalogue, if that of `version` is remembered.
    pub(crate) fn catalogue(&self, version: i64) -> Option<Arc<Catalogue>> {
        let catalogue = lock(&self.catalogue);
        catalogue.as_ref().filter(|(of, _)| *of == version).map(|(_, known)| Arc::clone(known))
    }

    /// Remembers the catalogue of `version`.
    pub(crate) fn put_catalogue(&self, version: i64, catalogue: &Arc<Catalogue>) {
        *lock(&self.catalogue) = Some((version, Arc::clone(catalogue)));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
