//! `views`: saved views, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        item::local,
        output::{Output, print, print_line, row, table, written},
    },
    crate::proto::pb,
    clap::{Args, Subcommand},
    std::process::ExitCode,
};

const SERVICE: &str = "sigma.v1.SavedViewService";

#[derive(Debug, Subcommand)]
pub(super) enum ViewsCommand {
    /// List the saved views
    List(ListArgs),
    /// Save a view, in the place of the one with the same screen and name
    Save(SaveArgs),
    /// Delete a saved view
    Delete(DeleteArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only those of this screen, such as runs
    #[arg(long)]
    screen: Option<String>,
    /// Output format [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct SaveArgs {
    /// The list that it is of, such as runs
    screen: String,
    /// Its name
    name: String,
    /// The filters, as they stand in the address, such as status=FAILED
    #[arg(default_value = "")]
    query: String,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct DeleteArgs {
    /// Id of the view
    view_id: String,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn views(command: ViewsCommand) -> Result<ExitCode, Failed> {
    match command {
        ViewsCommand::List(args) => list(args).await?,
        ViewsCommand::Save(SaveArgs { screen, name, query, client }) => {
            let request = pb::SaveViewRequest { name, screen, query };
            let method = format!("{SERVICE}/SaveView");
            let saved: pb::SaveViewResponse = Client::new(&client)?.ask(&method, request).await?;
            print_line(&saved.view.unwrap_or_default().view_id)?;
        }
        ViewsCommand::Delete(DeleteArgs { view_id, client }) => {
            let request = pb::DeleteViewRequest { view_id };
            let method = format!("{SERVICE}/DeleteView");
            let gone: pb::DeleteViewResponse = Client::new(&client)?.ask(&method, request).await?;
            print_line(&format!("deleted {}", gone.view.unwrap_or_default().name))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(args: ListArgs) -> Result<(), Failed> {
    let request = pb::ListViewsRequest { screen: args.screen.unwrap_or_default() };
    let method = format!("{SERVICE}/ListViews");
    let answer: pb::ListViewsResponse = Client::new(&args.client)?.ask(&method, request).await?;
    let output = Output::or_fitting(args.output);
    if output == Output::Table {
        let mut rows =
            vec![["ID", "SCREEN", "NAME", "FILTERS", "SAVED"].map(str::to_owned).to_vec()];
        for view in &answer.views {
            rows.push(vec![
                view.view_id.clone(),
                view.screen.clone(),
                view.name.clone(),
                view.query.clone(),
                local(view.saved_at),
            ]);
        }
        print(&table(&rows))?;
        return Ok(());
    }
    let kind = message("SavedView")?;
    let rows = answer.views.iter().map(|view| row(&kind, view)).collect::<Result<Vec<_>, _>>()?;
    print(&written(output, &kind, &rows, "view_id")?)?;
    Ok(())
}
