//! `events watch` and `audit watch`: follow what happens in a tenant, a JSON line for each event.

use {
    super::{
        Failed,
        call::to_json,
        client::{Client, ClientArgs, descriptors, method},
        exit,
        output::{print_line, tell},
    },
    crate::{domain::code, proto::pb},
    bytes::Bytes,
    clap::{Args, Subcommand},
    prost::Message as _,
    std::process::ExitCode,
};

const EVENTS: &str = "sigma.v1.SyncRunService/WatchEvents";
const AUDIT: &str = "sigma.v1.AuditService/WatchAudit";

#[derive(Debug, Subcommand)]
pub(super) enum EventsCommand {
    /// Follow the events of the tenant: its runs, changes and connections
    Watch(WatchArgs),
}

#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    /// Only what comes after this number, 0 for all that is kept [default: from now on]
    #[arg(long, value_name = "SEQUENCE")]
    after: Option<i64>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn events(command: EventsCommand) -> Result<ExitCode, Failed> {
    let EventsCommand::Watch(WatchArgs { after, client }) = command;
    let ask = |after| pb::WatchEventsRequest { after }.encode_to_vec();
    let read = |bytes| {
        let told = pb::WatchEventsResponse::decode(bytes).ok()?;
        Some((told.sequence, told.event.is_some()))
    };
    watch(&client, EVENTS, after, ask, read).await
}

/// Follows the audit log of a tenant; an empty id means that of the key.
pub(super) async fn audit(args: WatchArgs, tenant: String) -> Result<ExitCode, Failed> {
    let WatchArgs { after, client } = args;
    let ask = |after| pb::WatchAuditRequest { tenant_id: tenant.clone(), after }.encode_to_vec();
    let read = |bytes| {
        let told = pb::WatchAuditResponse::decode(bytes).ok()?;
        Some((told.sequence, told.entry.is_some()))
    };
    watch(&client, AUDIT, after, ask, read).await
}

/// Prints what a stream tells. A stream that has reached its longest duration is called again from where it ended.
async fn watch(
    args: &ClientArgs,
    name: &str,
    mut after: Option<i64>,
    ask: impl Fn(Option<i64>) -> Vec<u8>,
    read: impl Fn(Bytes) -> Option<(i64, bool)>,
) -> Result<ExitCode, Failed> {
    let client = Client::new(args)?;
    let pool = descriptors()?;
    let output = method(&pool, name)?.output();
    let follow = async {
        loop {
            let begun = after;
            let mut answers = client.call(name, ask(after).into()).await?;
            let ended = loop {
                let bytes = match answers.message().await {
                    Ok(Some(bytes)) => bytes,
                    Ok(None) => break None,
                    Err(failed) => break Some(failed),
                };
                let unreadable = || Failed::new(exit::FAILED, "the answer cannot be read");
                let (sequence, tells) = read(bytes.clone()).ok_or_else(unreadable)?;
                after = Some(sequence);
                if tells && !print_line(&to_json(&output, bytes, false)?)? {
                    return Ok(ExitCode::SUCCESS);
                }
            };
            let over = |failed: &Failed| failed.message.contains(code::WATCH_OVER.word());
            match ended {
                Some(failed) if !over(&failed) || begun == after => return Err(failed),
                _ => {}
            }
        }
    };
    tokio::select! {
        ended = follow => ended,
        _ = tokio::signal::ctrl_c() => {
            tell("stopped");
            Err(Failed::new(exit::INTERRUPTED, "interrupted"))
        }
    }
}
