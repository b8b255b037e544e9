//! Clients that send until nobody answers any more, and remember what they were told.

use crate::support::{CONSUME, Installation, Server, agent, call, one_credit};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const CLIENTS: usize = 8;
/// How long a server may take to answer as many as a test waits for.
const LIMIT: Duration = Duration::from_mins(2);

/// What clients have sent, and what they were told.
#[derive(Default)]
pub(crate) struct Clients {
    /// By key: the consumption if it was acknowledged.
    sent: Mutex<HashMap<String, Option<String>>>,
    acknowledged: AtomicUsize,
    /// Answers that said that the database is away.
    unavailable: AtomicUsize,
}

impl Clients {
    /// Sends to `server` with new keys until it does not answer any more, which is what `end` is
    /// to bring about. It is called once `count` more are acknowledged; clients send on meanwhile.
    pub(crate) fn send(&self, server: &str, token: &str, count: usize, end: impl FnOnce()) {
        let goal = self.acknowledged() + count;
        let give_up = Instant::now() + LIMIT;
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| self.send_until_the_end(server, token));
            }
            while self.acknowledged() < goal && Instant::now() < give_up {
                thread::yield_now();
            }
            end();
        });
        assert!(self.acknowledged() >= goal, "the server answers too few");
    }

    fn send_until_the_end(&self, server: &str, token: &str) {
        let agent = agent();
        loop {
            let key = {
                let mut sent = self.sent.lock().unwrap();
                let key = sent.len().to_string();
                sent.insert(key.clone(), None);
                key
            };
            match call(&agent, server, token, CONSUME, Some(&key), &one_credit()) {
                Ok((200, body)) => {
                    let id = body["consumption_id"].as_str().unwrap().to_owned();
                    self.sent.lock().unwrap().insert(key, Some(id));
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                Ok((503, _)) => {
                    self.unavailable.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Err(_) => return,
                Ok((status, body)) => panic!("{status}: {body}"),
            }
        }
    }

    /// How many were acknowledged so far.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// How many were told that the database is away.
    pub(crate) fn unavailable(&self) -> usize {
        self.unavailable.load(Ordering::Relaxed)
    }

    /// Whoever heard nothing sends again, and so does everybody else: each key counts once, and
    /// has the answer that it had before.
    pub(crate) fn send_all_again(&self, installation: &Installation, server: &Server, token: &str) {
        assert_eq!(installation.answer(&["verify"])["agrees"], true);
        let (agent, sent) = (agent(), self.sent.lock().unwrap());
        for (key, acknowledged) in &*sent {
            let reply = call(&agent, &server.url, token, CONSUME, Some(key), &one_credit());
            let (status, body) = reply.unwrap();
            assert_eq!(status, 200, "{body}");
            if let Some(id) = acknowledged {
                assert_eq!(body["consumption_id"], id.as_str(), "the same answer as before");
            }
        }
        let used = call(&agent, &server.url, token, ("GET", "/api/usage"), None, &Value::Null);
        assert_eq!(used.unwrap().1["quota_used"], sent.len());
        let verified = installation.answer(&["verify"]);
        let found = (&verified["agrees"], &verified["entries"]);
        assert_eq!(found, (&true.into(), &sent.len().into()));
    }
}
