//! The run: what is needed is made once, then each round measures each arm on copies of it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::allot::{Allot, Installation};
use crate::arms::{Arm, Outcome, Place, Round};
use crate::database::{Cluster, WORK};
use crate::figures::Verdict;
use crate::fill::{Past, fill};
use crate::hanging::{Hanging, expect_messages};
use crate::load::{Load, Target, Timing, Traffic};
use crate::measured::Measured;
use crate::naive;
use crate::process::{Server, allow_many_files, client};
use crate::report;

const NAIVE: &str = "bench_naive";

/// What the command line asks for.
pub(crate) struct Options {
    /// The program `allot`.
    pub(crate) allot: PathBuf,
    pub(crate) databases: String,
    pub(crate) output: PathBuf,
    pub(crate) only: Option<Arm>,
    pub(crate) rounds: usize,
    /// Shorter and smaller, for development.
    pub(crate) quick: bool,
}

struct Bench {
    cluster: Cluster,
    allot: Allot,
    timing: Timing,
    hot: Option<Installation>,
    hundred: Option<Installation>,
    filled: Option<Installation>,
}

/// Measures and reports; an error says that something required was not reached.
pub(crate) async fn run(options: &Options) -> Result<()> {
    allow_many_files()?;
    let cluster = Cluster::connect(&options.databases).await?;
    let settings = cluster.settings().await?;
    let arms = Arm::selected(options.only);
    if options.quick {
        println!("Quick: shorter and with less data than the figures are defined for");
    }
    let bench = Bench::prepare(options, cluster, &arms).await?;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        println!("Round {number} of {}", options.rounds);
        let mut round = Round::new();
        for arm in &arms {
            let outcome = bench.measure(*arm, &round).await;
            report::print_arm(number, *arm, &outcome);
            round.insert(*arm, outcome);
        }
        rounds.push(round);
    }
    let lines = report::lines(&rounds);
    report::print_medians(&rounds, &arms);
    report::print_table(&lines);
    report::write(&options.output, &settings, &rounds, &lines, options.quick)?;
    let void = rounds.iter().flat_map(Round::values).filter(|outcome| outcome.is_err()).count();
    let failed = lines.iter().filter(|line| line.verdict == Verdict::Fail).count();
    if void + failed > 0 {
        bail!("{failed} figures are worse than required, and {void} arms are void");
    }
    Ok(())
}

impl Bench {
    /// Makes what the arms need.
    async fn prepare(options: &Options, cluster: Cluster, arms: &[Arm]) -> Result<Self> {
        let seconds = Duration::from_secs_f64;
        let (warm_up, measured) = if options.quick { (0.5, 1.5) } else { (1.0, 4.0) };
        let logs = options.output.parent().map(PathBuf::from).unwrap_or_default();
        let mut bench = Self {
            cluster,
            allot: Allot { binary: options.allot.clone(), logs },
            timing: Timing { warm_up: seconds(warm_up), measured: seconds(measured) },
            hot: None,
            hundred: None,
            filled: None,
        };
        bench.install(arms, options.quick).await?;
        Ok(bench)
    }

    async fn install(&mut self, arms: &[Arm], quick: bool) -> Result<()> {
        let Self { cluster, allot, .. } = self;
        let without_allot =
            [Arm::Ceiling, Arm::Naive1, Arm::Naive8, Arm::Naive32, Arm::NaiveSaturated];
        if arms.iter().any(|arm| without_allot.contains(arm)) {
            cluster.fresh(NAIVE).await?;
            cluster.execute(NAIVE, naive::SCHEMA).await?;
        }
        if arms.iter().any(|arm| !without_allot.contains(arm)) {
            println!("Making an organization …");
            let hot = allot.install(cluster, "bench_hot", 1, (10, 100)).await?;
            allot.compare_answers(cluster, &hot).await?;
            if arms.contains(&Arm::Filled) {
                let (members, entries) = if quick { (1000, 100_000) } else { (10_000, 1_000_000) };
                println!("Making a past of {entries} entries and {members} members …");
                self.filled = Some(fill(allot, cluster, &hot, Past { members, entries }).await?);
            }
            self.hot = Some(hot);
        }
        if arms.contains(&Arm::HundredOrganizations) {
            println!("Making 100 organizations …");
            self.hundred = Some(allot.install(cluster, "bench_hundred", 100, (2, 10)).await?);
        }
        Ok(())
    }

    async fn measure(&self, arm: Arm, round: &Round) -> Outcome {
        let outcome = match arm.plan(round) {
            Ok((Place::Ceiling, load)) => self.on_ceiling(load).await,
            Ok((Place::Naive(connections), load)) => self.on_naive(connections, load).await,
            Ok((Place::Hot, load)) => self.on_allot(self.hot.as_ref(), load).await,
            Ok((Place::Hanging, load)) => self.on_hanging(self.hot.as_ref(), load).await,
            Ok((Place::Hundred, load)) => self.on_allot(self.hundred.as_ref(), load).await,
            Ok((Place::Filled, load)) => self.on_allot(self.filled.as_ref(), load).await,
            Err(error) => Err(error),
        };
        outcome.map_err(|error| format!("{error:#}"))
    }

    async fn on_ceiling(&self, load: Load) -> Result<Measured> {
        let server = self.start_own("ceiling", &[]).await?;
        let target = naive_target(&server)?;
        self.measure_server(server, Traffic::new(vec![target]), load).await
    }

    /// Every answer has to be in the ledger once, and in the balances.
    async fn on_naive(&self, connections: u32, load: Load) -> Result<Measured> {
        let url = self.cluster.copy(NAIVE, WORK).await?;
        let server = self.start_own("naive", &[&url, &connections.to_string()]).await?;
        let target = naive_target(&server)?;
        let measured = self.measure_server(server, Traffic::new(vec![target]), load).await?;
        let entries = "SELECT count(DISTINCT consumption_id) FROM ledger";
        let used = "SELECT coalesce(sum(used), 0)::bigint FROM balances
            WHERE scope = 'member' AND period = 'yearly'";
        for query in [entries, used] {
            self.expect(query, measured.decisions).await?;
        }
        Ok(measured)
    }

    /// Every answer has to be in the ledger once, and `allot verify` has to agree with all of it.
    async fn on_allot(&self, installation: Option<&Installation>, load: Load) -> Result<Measured> {
        let (installation, server, url) = self.start_allot(installation).await?;
        self.measure_allot(installation, server, &url, load).await
    }

    /// The same with channels that hang. That they did is looked up on another server, once the one
    /// that was measured has ended.
    async fn on_hanging(
        &self,
        installation: Option<&Installation>,
        load: Load,
    ) -> Result<Measured> {
        let (installation, server, url) = self.start_allot(installation).await?;
        let hanging = Hanging::listen().await?;
        let api_key = &installation.organizations[0].api_key;
        hanging.add_channels(&client(&server.url, api_key)?).await?;
        let measured = self.measure_allot(installation, server, &url, load).await?;
        let server = self.allot.serve(&url, api_key).await?;
        expect_messages(&client(&server.url, api_key)?).await?;
        server.stop().await?;
        Ok(measured)
    }

    /// Allot on a copy of what is there.
    async fn start_allot<'a>(
        &self,
        installation: Option<&'a Installation>,
    ) -> Result<(&'a Installation, Server, String)> {
        let installation = installation.context("it was not prepared")?;
        let url = self.cluster.copy(installation.database, WORK).await?;
        let server = self.allot.serve(&url, &installation.organizations[0].api_key).await?;
        Ok((installation, server, url))
    }

    async fn measure_allot(
        &self,
        installation: &Installation,
        server: Server,
        url: &str,
        load: Load,
    ) -> Result<Measured> {
        let entries = "SELECT count(DISTINCT consumption_id) FROM ledger";
        let before = self.cluster.number(WORK, entries).await?;
        let traffic = installation.traffic(&server.url)?;
        let measured = self.measure_server(server, traffic, load).await?;
        self.expect(entries, measured.decisions + u64::try_from(before)?).await?;
        self.allot.print(url, &["verify"]).await.context("verify disagrees")?;
        Ok(measured)
    }

    async fn measure_server(
        &self,
        server: Server,
        traffic: Traffic,
        load: Load,
    ) -> Result<Measured> {
        let measured = load.run(traffic, self.timing).await;
        let peak_memory_mb = server.peak_memory_mb()?;
        server.stop().await?;
        Ok(Measured { peak_memory_mb, ..measured? })
    }

    /// One of the servers of this program.
    async fn start_own(&self, command: &str, arguments: &[&str]) -> Result<Server> {
        let program = std::env::current_exe()?;
        let start = |address| {
            let mut process = Command::new(program);
            process.arg(command).arg(format!("{address}")).args(arguments);
            process
        };
        Server::start(start, naive::API_KEY, &self.allot.logs.join("bench-other.log")).await
    }

    async fn expect(&self, query: &'static str, expected: u64) -> Result<()> {
        let found = self.cluster.number(WORK, query).await?;
        if u64::try_from(found)? != expected {
            bail!("{expected} requests were allowed, but `{query}` gives {found}");
        }
        Ok(())
    }
}

/// The members of the naive handler; the ceiling takes the same requests.
fn naive_target(server: &Server) -> Result<Target> {
    let members = (0..naive::MEMBERS).map(naive::member).collect();
    Ok(Target { client: client(&server.url, naive::API_KEY)?, members })
}
