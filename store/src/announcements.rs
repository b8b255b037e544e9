//! What servers tell each other through the database: whose numbers have changed. Nothing but that, so
//! that one that hears it reads what there is to see by the rights of who looks.

use crate::{Result, Store};
use domain::ids::OrganizationId;
use sqlx::postgres::PgListener;
use uuid::Uuid;

/// The channel; the migrations name it, too.
const CHANNEL: &str = "allot_usage";
/// Stands for all organizations.
const ALL: &str = "*";
/// Organizations in one message, which may have 8,000 bytes.
const IN_ONE: usize = 200;

/// Whose numbers have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Those of these organizations.
    Of(Vec<OrganizationId>),
    /// Those of any.
    Any,
}

impl Changed {
    fn messages(&self) -> Vec<String> {
        let Self::Of(ids) = self else { return vec![ALL.to_owned()] };
        let text = |ids: &[OrganizationId]| {
            let ids: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
            ids.join(",")
        };
        ids.chunks(IN_ONE).map(text).collect()
    }

    /// What cannot be read comes from a newer version, and may be about anybody.
    fn read(message: &str) -> Self {
        let ids: Result<Vec<Uuid>, _> = message.split(',').map(str::parse).collect();
        ids.map_or(Self::Any, |ids| Self::Of(ids.into_iter().map(OrganizationId).collect()))
    }
}

impl Store {
    /// Tells all servers whose numbers have changed. Never within the transaction that changes them: all
    /// that announce something wait for each other when they commit.
    pub async fn announce(&self, changed: &Changed) -> Result<()> {
        let mut connection = self.connection().await?;
        let done = sqlx::query!(
            r#"SELECT pg_notify($1, message) AS "sent!" FROM unnest($2::text[]) AS message"#,
            CHANNEL,
            &changed.messages()
        );
        done.execute(&mut *connection).await?;
        Ok(())
    }

    /// Begins to hear what is announced, on a connection of its own.
    pub async fn hear(&self) -> Result<Hearing> {
        let mut listener = PgListener::connect_with(&self.hearing).await?;
        // Whoever hears has to know that something was missed.
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Hearing(listener))
    }
}

/// A connection that hears what is announced.
pub struct Hearing(PgListener);

impl Hearing {
    /// Waits for the next announcement; `None`: the connection was lost, and with it what was announced
    /// since.
    pub async fn next(&mut self) -> Result<Option<Changed>> {
        let heard = self.0.try_recv().await?;
        Ok(heard.map(|notification| Changed::read(notification.payload())))
    }

    /// Whether the connection still works: one can fall silent without ever breaking.
    pub async fn check(&mut self) -> Result<()> {
        sqlx::query_scalar!(r#"SELECT 1 AS "one!""#).fetch_one(&mut self.0).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_back_and_are_short_enough() {
        let ids: Vec<OrganizationId> = (0..450).map(Uuid::from_u128).map(OrganizationId).collect();
        let messages = Changed::Of(ids.clone()).messages();
        assert!(messages.len() == 3 && messages.iter().all(|message| message.len() < 8_000));
        let read = messages.iter().flat_map(|message| match Changed::read(message) {
            Changed::Of(ids) => ids,
            Changed::Any => panic!("{message}"),
        });
        assert_eq!(read.collect::<Vec<_>>(), ids);
        for other in ["*", "", "news"] {
            assert_eq!(Changed::read(other), Changed::Any, "{other}");
        }
        assert_eq!(Changed::Any.messages(), ["*"]);
    }
}
