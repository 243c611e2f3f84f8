//! `runs watch`: follows a run until it ends, with a bar on a terminal and a JSON line for each change elsewhere.

use {
    super::{
        Failed,
        call::to_json,
        client::{Client, ClientArgs, descriptors, method},
        exit,
        output::{print_line, tell},
        report::Bar,
    },
    crate::proto::pb,
    bytes::Bytes,
    clap::Args,
    prost::Message as _,
    std::{io::IsTerminal as _, process::ExitCode},
};

const METHOD: &str = "sigma.v1.SyncRunService/WatchRun";

#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    /// Id of the run
    run_id: String,
    /// Exit with 6 if items failed, with 1 if the run failed
    #[arg(long)]
    exit_status: bool,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn watch(args: WatchArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    tokio::select! {
        code = follow_to_end(&client, &args) => code,
        _ = tokio::signal::ctrl_c() => {
            let hint = format!(
                "detached, the run goes on; to cancel it: sigma-sync call SyncRunService/CancelRun -d '{{\"run_id\":\"{}\"}}'",
                args.run_id
            );
            Err(Failed::new(exit::INTERRUPTED, hint))
        }
    }
}

async fn follow_to_end(client: &Client, args: &WatchArgs) -> Result<ExitCode, Failed> {
    let run = if std::io::stderr().is_terminal() {
        let bar = Bar::new(None);
        let run = follow(client, &args.run_id, |run| bar.show(run)).await?;
        bar.finish();
        tell(&format!("{}: {}", run.run_id, run.status));
        run
    } else {
        match print_states(client, &args.run_id).await? {
            Some(run) => run,
            None => return Ok(ExitCode::SUCCESS),
        }
    };
    let code = match run.state() {
        pb::RunState::Failed | pb::RunState::Cancelled => exit::FAILED,
        pb::RunState::Partial | pb::RunState::Held => exit::DIFFERENT,
        _ => 0,
    };
    Ok(ExitCode::from(if args.exit_status { code } else { 0 }))
}

/// Follows a run until it ends and returns its last state.
pub(super) async fn follow(
    client: &Client,
    run_id: &str,
    mut each: impl FnMut(&pb::Run),
) -> Result<pb::Run, Failed> {
    let request = pb::WatchRunRequest { run_id: run_id.to_owned() }.encode_to_vec();
    let mut states = client.call(METHOD, request.into()).await?;
    let mut last = None;
    while let Some(bytes) = states.message().await? {
        let run = decode(bytes)?;
        each(&run);
        last = Some(run);
    }
    last.ok_or_else(|| Failed::new(exit::UNAVAILABLE, "the server sent no state of the run"))
}

/// Prints the states of a run and returns the last one; `None` when the reader has gone.
async fn print_states(client: &Client, run_id: &str) -> Result<Option<pb::Run>, Failed> {
    let pool = descriptors()?;
    let output = method(&pool, METHOD)?.output();
    let request = pb::WatchRunRequest { run_id: run_id.to_owned() }.encode_to_vec();
    let mut states = client.call(METHOD, request.into()).await?;
    let mut last = None;
    while let Some(bytes) = states.message().await? {
        if !print_line(&to_json(&output, bytes.clone(), false)?)? {
            return Ok(None);
        }
        last = Some(decode(bytes)?);
    }
    match last {
        Some(run) => Ok(Some(run)),
        None => Err(Failed::new(exit::UNAVAILABLE, "the server sent no state of the run")),
    }
}

fn decode(bytes: Bytes) -> Result<pb::Run, Failed> {
    let unreadable = || Failed::new(exit::FAILED, "the answer cannot be read");
    pb::WatchRunResponse::decode(bytes).ok().and_then(|answer| answer.run).ok_or_else(unreadable)
}
