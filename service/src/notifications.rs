//! What somebody was told in the app.

use crate::{
    Caller, Result, Service,
    notices::{About, page_for},
};
use channels::words;
use domain::{
    access::Action,
    notices::Language,
    views::{Moment, Notification, NotificationsView},
};

/// Notifications on one page.
const SIZE: i64 = 50;
/// The last page that is looked at.
const LAST: i64 = 1_000;

impl Service {
    /// How many notifications the caller has not read.
    pub async fn unread_notifications(&self, caller: &Caller) -> Result<i64> {
        caller.require(Action::ViewOwnUsage)?;
        let id = caller.organization;
        let mut transaction = self.store.read(id).await?;
        Ok(store::notifications::unread(&mut transaction, id, caller.member()?).await?)
    }

    /// What the caller was told, newest first: the page of this number, from 1.
    pub async fn notifications(&self, caller: &Caller, page: i64) -> Result<NotificationsView> {
        caller.require(Action::ViewOwnUsage)?;
        let (id, me) = (caller.organization, caller.member()?);
        let page = page.clamp(1, LAST);
        let mut transaction = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let about = About::of(self, &mut transaction, id).await?;
        let unread = store::notifications::unread(&mut transaction, id, me).await?;
        let total = store::notifications::count(&mut transaction, id, me).await?;
        let offset = (page - 1) * SIZE;
        let found = store::notifications::page(&mut transaction, id, me, offset, SIZE).await?;
        let notifications = found.into_iter().map(|(event, read)| {
            let link = page_for(&event.news, me);
            let notice = about.notice(event);
            let words = words(&notice, Language::English);
            Notification {
                title: words.title,
                lines: words.lines,
                when: Moment::new(notice.at, notice.time_zone, now),
                read,
                link,
                button: words.button,
            }
        });
        let notifications = notifications.collect();
        let pages = (total + SIZE - 1) / SIZE;
        Ok(NotificationsView { unread, total, notifications, page, pages })
    }

    /// Notes that the caller has read all that they were told by now.
    pub async fn read_notifications(&self, caller: &Caller) -> Result<()> {
        caller.require(Action::ViewOwnUsage)?;
        let id = caller.organization;
        let mut transaction = self.store.begin(id).await?;
        let now = self.clock.now(&mut transaction).await?;
        store::notifications::set_read(&mut transaction, id, caller.member()?, now).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        self.live.note(id);
        Ok(())
    }
}
