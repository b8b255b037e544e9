//! `allot serve`: the listener, what runs beside it, and how it ends.

use crate::{config::ServeConfig, database::Database, http, logs, messages, metrics, traces};
use anyhow::{Context as _, Result};
use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo};
use metrics_exporter_prometheus::PrometheusHandle;
use service::{DEMO_PASSWORD, Service};
use std::{net::SocketAddr, path::Path, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::spawn_blocking,
    time::{MissedTickBehavior, interval, sleep},
};

/// The router, told the address of each client.
type MakeService = IntoMakeServiceWithConnectInfo<Router, SocketAddr>;

/// How long requests that were accepted may still take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(30);

/// Serves until it is told to stop, then answers what it has accepted and ends. `data` is the folder for
/// what is kept outside of the database.
pub async fn serve(mut database: Database, config: ServeConfig, data: &Path) -> Result<ExitCode> {
    let tracer = config.log.otlp_endpoint.as_deref().map(traces::begin).transpose()?;
    logs::begin(&config.log, tracer.as_ref())?;
    // Before anything happens that is counted.
    let metrics = metrics::handle();

    // The address first: a second server on it should not touch the database.
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("can't listen on {}", config.listen))?;
    let courier = messages::courier(&config.messages, data, config.demo)?;
    if courier.mail_folder().is_some() {
        println!("Emails are kept, and shown at {}{}", config.public_url(), http::DEV_MAIL);
    }
    database.service = database.service.delivering_by(courier);
    if config.demo {
        announce_demo(&database.service).await?;
    }
    println!("Allot serves on {}", config.public_url());

    let database = Arc::new(database);
    let revive = tokio::spawn(keep_database_running(Arc::clone(&database)));
    let maintain = tokio::spawn(maintain(database.service.clone(), config.ledger_months));
    let sweep = tokio::spawn(sweep(database.service.clone()));
    let note_keys = tokio::spawn(note_keys(database.service.clone()));
    let roll_up = tokio::spawn(roll_up(database.service.clone()));
    let announce = tokio::spawn(announce(database.service.clone()));
    let hear = tokio::spawn(hear(database.service.clone()));
    let tell = tokio::spawn(tell(database.service.clone()));
    let digest = tokio::spawn(digest(database.service.clone()));
    let deliver = tokio::spawn(deliver(database.service.clone()));
    let tidy = tokio::spawn(tidy(metrics));
    let router = http::router(database.service.clone(), &config);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let drain = Duration::from_secs(config.drain_seconds);
    answer_until_told_to_stop(listener, service, database.service.clone(), drain).await?;

    for task in [revive, maintain, sweep, note_keys, roll_up, announce, hear, tell, digest, tidy] {
        task.abort();
        let _ended = task.await;
    }
    // What is on its way is given the time to arrive.
    database.service.end_delivering();
    let _ended = deliver.await;
    database.service.announce_noted().await;
    if let Err(error) = database.service.record_key_uses().await {
        tracing::warn!(%error, "when keys were used last was not written down");
    }
    if let Some(database) = Arc::into_inner(database) {
        database.close().await?;
    }
    if let Some(tracer) = tracer {
        spawn_blocking(move || traces::end(&tracer)).await?;
    }
    println!("Allot has stopped");
    Ok(ExitCode::SUCCESS)
}

async fn announce_demo(service: &Service) -> Result<()> {
    println!("Demo logins, password {DEMO_PASSWORD}:");
    for login in service.demo().await? {
        println!("  {:<26} {}", login.role.to_string(), login.email);
    }
    println!("  {:<26} {} (at /operator/login)", "Operator", service.demo_operator().await?);
    Ok(())
}

/// Starts a private database again if it dies.
async fn keep_database_running(database: Arc<Database>) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        database.revive().await;
    }
}

/// Makes room ahead and clears away what has expired.
async fn maintain(service: Service, ledger_months: Option<u32>) {
    let mut ticks = interval(Duration::from_hours(1));
    loop {
        ticks.tick().await;
        if let Err(error) = service.maintain().await {
            tracing::warn!(%error, "maintenance failed; it is tried again in an hour");
        }
        let Some(months) = ledger_months else { continue };
        match service.retain_ledger(months).await {
            Ok(detached) if detached.is_empty() => {}
            Ok(detached) => tracing::info!(?detached, "old months of the ledger were detached"),
            Err(error) => tracing::warn!(%error, "the ledger's old months were not detached"),
        }
    }
}

/// Gives back what reservations hold whose worker has vanished.
async fn sweep(service: Service) {
    let mut ticks = interval(Duration::from_secs(10));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = service.expire_reservations().await {
            tracing::warn!(%error, "reservations were not looked after; that is tried again soon");
        }
    }
}

/// Writes down when keys were used last.
async fn note_keys(service: Service) {
    let mut ticks = interval(Duration::from_mins(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = service.record_key_uses().await {
            tracing::warn!(%error, "when keys were used last was not written down");
        }
    }
}

/// Sums the ledger up for pages about the past. What it has not come to is read from the ledger itself.
async fn roll_up(service: Service) {
    let mut ticks = interval(Duration::from_secs(2));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = service.roll_up().await {
            tracing::warn!(%error, "the ledger was not summed up; that is tried again soon");
        }
    }
}

/// Tells other servers what has changed by this one.
async fn announce(service: Service) {
    service.announce_changes().await;
}

/// Hears from other servers what has changed.
async fn hear(service: Service) {
    service.hear_changes().await;
}

/// Works out who is told of what happens.
async fn tell(service: Service) {
    service.keep_telling().await;
}

/// Tells weeks and months in numbers.
async fn digest(service: Service) {
    service.keep_writing_digests().await;
}

/// Sends what people and channels are told.
async fn deliver(service: Service) {
    service.keep_delivering().await;
}

/// Keeps what was counted small where nobody asks for it.
async fn tidy(metrics: PrometheusHandle) {
    let mut ticks = interval(Duration::from_secs(5));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}

/// Answers what was accepted before it ends, except what takes too long for that. For the time of `drain`
/// it still accepts more: whoever sends requests here has to hear first that it is not ready any more.
async fn answer_until_told_to_stop(
    listener: TcpListener,
    router: MakeService,
    service: Service,
    drain: Duration,
) -> Result<()> {
    let (tell, mut told) = watch::channel(false);
    tokio::spawn(async move {
        told_to_stop().await;
        service.end_readiness();
        sleep(drain).await;
        // Else they would go on until they are cut off.
        service.end_following();
        tell.send_replace(true);
    });
    let mut stop = told.clone();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        let _told = stop.wait_for(|told| *told).await;
    });
    let too_late = async {
        let _told = told.wait_for(|told| *told).await;
        sleep(GRACE).await;
    };
    tokio::select! {
        result = serving.into_future() => result?,
        () = too_late => tracing::warn!("requests that took too long were cut off"),
    }
    Ok(())
}

async fn told_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("can't listen for signals: stop this server with SIGKILL");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
