//! `find`: students, their links in Moodle, and their latest results.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        exit, item,
        output::{Output, print, row, table, written},
    },
    crate::proto::pb,
    clap::Args,
    std::{collections::BTreeMap, process::ExitCode},
};

const FIND: &str = "sigma.v1.PersonService/FindPeople";
const EVENTS: &str = "sigma.v1.PersonService/ListPersonEvents";
/// Outcomes that are shown for a person, if only one is found.
const SHOWN_EVENTS: i32 = 10;
/// People on a page.
const PAGE: u32 = 50;

#[derive(Debug, Args)]
pub(super) struct FindArgs {
    /// A name, an e-mail address, a Zoho id or a Moodle id; the beginnings of words are enough
    #[arg(required = true, value_name = "WORD")]
    words: Vec<String>,
    /// Greatest number of people to list
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Include the values last sent to Moodle (not in the table)
    #[arg(long)]
    with_sent: bool,
    /// Output format [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn find(args: FindArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let query = args.words.join(" ");
    let people = people(&client, &query, &args).await?;
    let output = Output::or_fitting(args.output);
    if output == Output::Table {
        if !people.is_empty() {
            print(&people_table(&people))?;
        }
        if let [only] = people.as_slice() {
            print(&latest(&client, only).await?)?;
        }
    } else {
        let kind = message("Person")?;
        let rows = people.iter().map(|person| row(&kind, person)).collect::<Result<Vec<_>, _>>()?;
        print(&written(output, &kind, &rows, "person_id")?)?;
    }
    if people.is_empty() {
        return Err(Failed::new(exit::NOT_FOUND, "no student matches"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn people(client: &Client, query: &str, args: &FindArgs) -> Result<Vec<pb::Person>, Failed> {
    let request = pb::FindPeopleRequest {
        query: query.to_owned(),
        limit: i32::try_from(args.limit.min(PAGE)).ok(),
        page_token: String::new(),
        with_sent: Some(args.with_sent),
    };
    let open = |page: pb::FindPeopleResponse| (page.people, page.next_page_token);
    let turn = |request: &mut pb::FindPeopleRequest, token| request.page_token = token;
    client.pages(FIND, (request, args.limit), open, turn).await
}

fn people_table(people: &[pb::Person]) -> String {
    let head = ["ZOHO ID", "NAME", "E-MAIL", "MOODLE ID", "LAST SEEN", "LINKS"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for person in people {
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let mut links: BTreeMap<&str, usize> = BTreeMap::new();
        person.links.iter().for_each(|link| *links.entry(&link.module_name).or_default() += 1);
        let links: Vec<String> =
            links.iter().map(|(module, count)| format!("{module} {count}")).collect();
        rows.push(vec![
            person.person_id.clone(),
            dash(&person.name),
            dash(&person.email),
            dash(&person.moodle_id),
            item::local(person.last_seen_at),
            links.join(", "),
        ]);
    }
    table(&rows)
}

/// Returns the last outcomes of a person.
async fn latest(client: &Client, person: &pb::Person) -> Result<String, Failed> {
    let request = pb::ListPersonEventsRequest {
        person_id: person.person_id.clone(),
        limit: Some(SHOWN_EVENTS),
        ..Default::default()
    };
    let page: pb::ListPersonEventsResponse = client.ask(EVENTS, request).await?;
    Ok(format!("\n{}", item::item_table(&page.events)))
}
