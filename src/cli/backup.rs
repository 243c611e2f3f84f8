//! `backup` and `restore`: a copy of the database, and putting one back.

use {
    super::{Failed, output::print},
    crate::{boot, config::Config},
    clap::Args,
    std::{path::PathBuf, process::ExitCode},
};

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// File to write; it must not exist
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// Copy made by `sigma-sync backup`; none for a database that was put back by its own tools
    file: Option<PathBuf>,
    /// Replace the database that is there; it is kept beside the new one
    #[arg(long, requires = "file")]
    replace: bool,
}

pub(super) async fn backup(config: &Config, args: BackupArgs) -> Result<ExitCode, Failed> {
    let stop = boot::signals()?;
    let copied = boot::backup(config, &args.file, &stop).await?;
    let mut text = format!("{} written, {} bytes\n", args.file.display(), copied.bytes);
    if let Some(key) = copied.key {
        text.push_str(&format!(
            "its secrets are sealed with master key {key}, which is not in it: keep a copy of the key elsewhere\n"
        ));
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn restore(config: &Config, args: RestoreArgs) -> Result<ExitCode, Failed> {
    let stop = boot::signals()?;
    let (former, ended) = match &args.file {
        Some(file) => {
            let restored = Box::pin(boot::restore(config, file, args.replace, &stop)).await?;
            (restored.former, restored.ended)
        }
        None => (None, boot::mark_restored(config, &stop).await?),
    };
    let mut text = String::from("restored\n");
    if let Some(former) = former {
        text.push_str(&format!("the database that was there is {}\n", former.display()));
    }
    if ended > 0 {
        text.push_str(&format!("{ended} runs of the copy do not go on\n"));
    }
    text.push_str("no removal is carried out before it is approved: start a run, then look at it with `sigma-sync runs list`\n");
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
