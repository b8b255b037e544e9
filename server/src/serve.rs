//! `allot serve`: the listener, what runs beside it, and how it ends.

use crate::{config::ServeConfig, database::Database, http};
use anyhow::{Context as _, Result};
use service::{DEMO_PASSWORD, Service};
use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};
use tracing_subscriber::EnvFilter;

/// Serves until it is told to stop, then answers what it has accepted and ends.
pub async fn serve(database: Database, config: ServeConfig) -> Result<ExitCode> {
    let filter = EnvFilter::try_from_env("ALLOT_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    // The address first: a second server on it should not touch the database.
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("can't listen on {}", config.listen))?;
    if config.demo {
        announce_demo(&database.service).await?;
    }
    println!("Allot serves on {}", config.public_url());

    let database = Arc::new(database);
    let watch = tokio::spawn(watch(Arc::clone(&database)));
    let maintain = tokio::spawn(maintain(database.service.clone()));
    let router = http::router(database.service.clone(), &config);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(told_to_stop()).await?;

    for task in [watch, maintain] {
        task.abort();
        let _ended = task.await;
    }
    if let Some(database) = Arc::into_inner(database) {
        database.close().await?;
    }
    println!("Allot has stopped");
    Ok(ExitCode::SUCCESS)
}

async fn announce_demo(service: &Service) -> Result<()> {
    println!("Demo logins, password {DEMO_PASSWORD}:");
    for login in service.demo().await? {
        println!("  {:<26} {}", login.role.to_string(), login.email);
    }
    Ok(())
}

/// Starts a private database again if it dies.
async fn watch(database: Arc<Database>) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        database.revive().await;
    }
}

/// Makes room ahead and clears away what has expired.
async fn maintain(service: Service) {
    let mut ticks = interval(Duration::from_hours(1));
    loop {
        ticks.tick().await;
        if let Err(error) = service.maintain().await {
            tracing::warn!(%error, "maintenance failed; it is tried again in an hour");
        }
    }
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
