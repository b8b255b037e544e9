//! The system under test: two servers on one database, and one organization.

use crate::{
    answers::{Names, Reply},
    commands::{Command, Node, OPERATIONS, SUBTENANTS, Step, Use, Who},
    edits,
    model::{Model, Outcome, picked},
};
use domain::{
    access::Role,
    amount::{Amount, Quantity},
    balances::Holder,
    ids::{ConsumptionId, MemberId, QuotaId, SubtenantId},
    input::{Code, IdempotencyKey, MemberReference},
    settlement::TimeToLive,
    views::MemberStatus,
};
use service::{
    Caller, Clock, ConsumeRequest, Error, NewMember, NewOrganization, Operator, RequestList,
    Result, Service, Store,
};
use sqlx::PgPool;
use uuid::Uuid;

/// A request as a server gets it.
#[derive(Clone, Debug)]
enum Request {
    Consume(ConsumeRequest),
    ConsumeAll(Vec<ConsumeRequest>),
    Check(ConsumeRequest),
    Reserve(ConsumeRequest, TimeToLive),
    Commit(ConsumptionId, Quantity),
    Release(ConsumptionId),
    Renew(ConsumptionId, TimeToLive),
    Refund(ConsumptionId, Quantity),
    SetGauge(Option<MemberReference>, Code, Amount),
}

pub(crate) struct Servers {
    pub(crate) pool: PgPool,
    pub(crate) services: [Service; 2],
    pub(crate) clock: Clock,
    pub(crate) caller: Caller,
    pub(crate) names: Names,
    pub(crate) quotas: Vec<QuotaId>,
    /// How many requests were denied that were to be recorded.
    pub(crate) denied: i64,
    /// Requests that were sent with a key, and their answers.
    keyed: Vec<(IdempotencyKey, Request, Reply)>,
}

fn quantity(units: i64) -> Quantity {
    Quantity::parse("quantity", units).unwrap()
}

fn time_to_live(minutes: i64) -> TimeToLive {
    TimeToLive::parse(Some(minutes * 60)).unwrap()
}

fn email(member: usize) -> String {
    format!("member{member}@acme.test")
}

impl Servers {
    /// Begins a history with a new organization, as the model does.
    pub(crate) async fn new(pool: &PgPool, model: &Model) -> Self {
        let clock = Clock::at(model.now);
        let service = || Service::new(Store::from_pool(pool.clone()), clock.clone());
        let services = [service(), service()];
        services[0].maintain().await.unwrap();
        let new = NewOrganization {
            name: "Acme".parse().unwrap(),
            plan: "histories".parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            time_zone: model.zone.name().parse().unwrap(),
            admin: email(0).parse().unwrap(),
        };
        let created =
            services[0].create_organization(&Operator::command_line(), new, None).await.unwrap();
        let caller = services[0].caller_of_key(&created.api_key).await.unwrap();
        let mut names = Names::default();
        for name in ["North", "South"] {
            let subtenant = services[0].add_subtenant(&caller, name.parse().unwrap(), None);
            names.subtenants.push(subtenant.await.unwrap().0);
        }
        names.members.push(created.admin.0);
        for (member, subtenant) in SUBTENANTS.iter().enumerate().skip(1) {
            let new = NewMember {
                email: email(member).parse().unwrap(),
                name: "Somebody".parse().unwrap(),
                external_id: None,
                subtenant: subtenant.map(|of| SubtenantId(names.subtenants[of])),
                job_role: "other".parse().unwrap(),
                status: MemberStatus::Active,
                roles: vec![Role::Member],
                limit: None,
            };
            names.members.push(services[0].add_member(&caller, new, None).await.unwrap().id.0);
        }
        let (pool, keyed) = (pool.clone(), Vec::new());
        Self { pool, services, clock, caller, names, quotas: Vec::new(), denied: 0, keyed }
    }

    /// Lets a command happen and returns what was answered. `model` is where it happened already.
    pub(crate) async fn happen(&mut self, step: &Step, model: &Model) -> Outcome {
        self.clock.set(model.now);
        let service = self.services[step.server].clone();
        let reply = match &step.command {
            Command::SendAgain { pick } => return self.send_again(&service, *pick).await,
            Command::ReuseKey { pick } => return self.reuse_key(&service, *pick).await,
            Command::Sweep => service.expire_reservations().await.map(|()| Reply::Done),
            Command::Wait(_) | Command::WaitForDay { .. } => Ok(Reply::Done),
            command => match self.request(command, model) {
                Some(request) => self.send(&service, request, step.keyed).await,
                None => edits::edit(self, &service, command).await.map(|()| Reply::Done),
            },
        };
        self.names.outcome(reply)
    }

    async fn send(&mut self, service: &Service, request: Request, keyed: bool) -> Result<Reply> {
        let key: Option<IdempotencyKey> =
            keyed.then(|| format!("key-{}", Uuid::now_v7()).parse().unwrap());
        let recorded = !matches!(request, Request::Check(_));
        let reply = self.ask(service, request.clone(), key.clone()).await?;
        if recorded {
            self.names.works.extend(reply.works());
            self.denied += reply.denied();
            self.keyed.extend(key.map(|key| (key, request, reply.clone())));
        }
        Ok(reply)
    }

    /// The same key and request is answered the same again, whichever server gets it.
    async fn send_again(&self, service: &Service, pick: usize) -> Outcome {
        if let Some(position) = picked(pick, self.keyed.len()) {
            let (key, request, reply) = self.keyed[position].clone();
            let again = self.ask(service, request, Some(key)).await;
            assert_eq!(again, Ok(reply), "a request that was sent again");
        }
        Outcome::Done
    }

    async fn reuse_key(&self, service: &Service, pick: usize) -> Outcome {
        if let Some(position) = picked(pick, self.keyed.len()) {
            let (key, ..) = self.keyed[position].clone();
            let other = self.consumption(Use {
                who: Who::Organization,
                operation: 0,
                quantity: 12_345,
                partial: false,
            });
            let reply = service.consume(&self.caller, other, Some(key)).await;
            assert_eq!(reply, Err(Error::KeyReused));
        }
        Outcome::Done
    }

    /// Lets reservations expire, which any decision does. The sweeper passes over an organization
    /// whose row is locked, if only because a server has yet to end a transaction that it is done
    /// with.
    pub(crate) async fn expire(&self, service: &Service) {
        let free = self.consumption(Use {
            who: Who::Organization,
            operation: OPERATIONS.len() - 1,
            quantity: 1,
            partial: false,
        });
        service.consume(&self.caller, free, None).await.unwrap();
    }

    async fn ask(
        &self,
        service: &Service,
        request: Request,
        key: Option<IdempotencyKey>,
    ) -> Result<Reply> {
        let caller = &self.caller;
        Ok(match request {
            Request::Consume(request) => {
                Reply::Decided(vec![service.consume(caller, request, key).await?])
            }
            Request::ConsumeAll(requests) => {
                let list = RequestList { requests, refused: Vec::new() };
                Reply::Decided(service.consume_all(caller, list, key).await?)
            }
            Request::Check(request) => Reply::Decided(vec![service.check(caller, request).await?]),
            Request::Reserve(request, live) => {
                Reply::Decided(vec![service.reserve(caller, request, live, key).await?.answer])
            }
            Request::Commit(id, quantity) => {
                Reply::Settled(service.commit(caller, id, quantity, key).await?)
            }
            Request::Release(id) => Reply::Settled(service.release(caller, id, key).await?),
            Request::Renew(id, live) => Reply::Renewed(service.renew(caller, id, live, key).await?),
            Request::Refund(id, quantity) => {
                Reply::Refunded(service.refund(caller, id, quantity, key).await?)
            }
            Request::SetGauge(member, meter, level) => {
                Reply::Gauge(service.set_gauge(caller, member, meter, level, key).await?)
            }
        })
    }

    /// The request that a command stands for; `None` for what administrators do.
    fn request(&self, command: &Command, model: &Model) -> Option<Request> {
        let reservation = |pick| self.work(model.reservation(pick));
        Some(match command {
            Command::Consume(request) => Request::Consume(self.consumption(*request)),
            Command::ConsumeAll(requests) => {
                let requests = requests.iter().map(|request| self.consumption(*request));
                Request::ConsumeAll(requests.collect())
            }
            Command::Check(request) => Request::Check(self.consumption(*request)),
            Command::Reserve { request, minutes } => {
                Request::Reserve(self.consumption(*request), time_to_live(*minutes))
            }
            Command::Commit { pick, quantity: units } => {
                Request::Commit(reservation(*pick), quantity(*units))
            }
            Command::Release { pick } => Request::Release(reservation(*pick)),
            Command::Renew { pick, minutes } => {
                Request::Renew(reservation(*pick), time_to_live(*minutes))
            }
            Command::Refund { pick, quantity: units } => {
                let work = self.work(picked(*pick, self.names.works.len()));
                Request::Refund(work, quantity(*units))
            }
            Command::SetGauge { who, meter, level } => Request::SetGauge(
                self.reference(*who),
                meter.parse().unwrap(),
                Amount::parse("level", *level).unwrap(),
            ),
            _ => return None,
        })
    }

    /// The id of work; without any, one that nobody knows.
    fn work(&self, position: Option<usize>) -> ConsumptionId {
        position.map_or_else(|| ConsumptionId(Uuid::now_v7()), |work| self.names.works[work])
    }

    fn consumption(&self, request: Use) -> ConsumeRequest {
        let operation = OPERATIONS.get(request.operation).map_or("try_nothing", |(code, _)| *code);
        ConsumeRequest {
            member: self.reference(request.who),
            operation: operation.parse().unwrap(),
            quantity: quantity(request.quantity),
            allow_partial: request.partial,
        }
    }

    /// Members go by their emails and their ids in turn.
    fn reference(&self, who: Who) -> Option<MemberReference> {
        let name = match who {
            Who::Organization => return None,
            Who::Stranger => "nobody@acme.test".to_owned(),
            Who::Member(member) if member % 2 == 0 => email(member),
            Who::Member(member) => self.names.members[member].to_string(),
        };
        Some(name.parse().unwrap())
    }

    pub(crate) fn holder(&self, node: Node) -> Holder {
        match node {
            Node::Organization => Holder::Organization,
            Node::Subtenant(subtenant) => {
                Holder::Subtenant(SubtenantId(self.names.subtenants[subtenant]))
            }
            Node::Member(member) => Holder::Member(MemberId(self.names.members[member])),
        }
    }
}
