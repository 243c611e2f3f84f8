//! PersonService.

use {
    super::{
        Api,
        convert::{timestamp, to_struct},
        item, open, to_status,
    },
    crate::{
        control::{PeopleQuery, PersonEventQuery, PersonView},
        domain::id::ObjectId,
        proto::pb::{self, person_service_server::PersonService},
    },
    tonic::{Request, Response, Status, async_trait},
};

fn message(view: PersonView, with_sent: bool) -> pb::Person {
    let PersonView { known, links } = view;
    let shown = links.links.into_iter().map(|link| {
        let updated_at = Some(timestamp(link.updated_at));
        let link = link.link;
        pb::PersonLink {
            module_name: link.module.as_str().to_owned(),
            zoho_id: link.zoho_id.into_text(),
            target_kind: link.target_kind.as_str().to_owned(),
            target_id: link.target_id.into_text(),
            state: link.state.as_str().to_owned(),
            updated_at,
            sent: with_sent.then(|| to_struct(&link.sent.into_iter().collect())),
        }
    });
    pb::Person {
        person_id: known.person.id.into_text(),
        name: known.person.name,
        email: known.person.email,
        moodle_id: known.person.account.map(ObjectId::into_text),
        last_seen_at: known.seen_at.map(timestamp),
        links: shown.collect(),
        links_total: links.total,
    }
}

#[async_trait]
impl PersonService for Api {
    async fn find_people(
        &self,
        request: Request<pb::FindPeopleRequest>,
    ) -> Result<Response<pb::FindPeopleResponse>, Status> {
        let (who, request) = open(request)?;
        let with_sent = request.with_sent.unwrap_or_default();
        let query = PeopleQuery {
            query: request.query,
            limit: request.limit,
            page_token: request.page_token,
            with_sent,
        };
        let page = self.control.find_people(&who, query).await.map_err(to_status)?;
        Ok(Response::new(pb::FindPeopleResponse {
            people: page.people.into_iter().map(|view| message(view, with_sent)).collect(),
            next_page_token: page.next_page_token,
        }))
    }

    async fn list_person_events(
        &self,
        request: Request<pb::ListPersonEventsRequest>,
    ) -> Result<Response<pb::ListPersonEventsResponse>, Status> {
        let (who, request) = open(request)?;
        let query = PersonEventQuery {
            module: request.module,
            status: request.status,
            limit: request.limit,
            page_token: request.page_token,
        };
        let page = self.control.list_person_events(&who, &request.person_id, query).await;
        let page = page.map_err(to_status)?;
        Ok(Response::new(pb::ListPersonEventsResponse {
            events: page.items.into_iter().map(item::message).collect(),
            next_page_token: page.next_page_token,
        }))
    }
}
