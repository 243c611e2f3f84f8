//! What happened to a person: people by name, address or id, and the outcomes of their records over all runs.

use {
    super::{
        Control,
        item::{ITEMS, ItemPage, checked_status, page, read_place},
        page::{Asked, checked_size},
    },
    crate::{
        domain::{
            access::{Permission, Principal},
            code,
            fault::{Fault, FieldFault},
            id::{ObjectId, PersonId},
            module::ModuleName,
            person::{self, Person},
        },
        error::{Code, Error, Result},
        store::{KnownPerson, PersonLinks, RunItemFilter, Subject, TenantScope, TermCursor},
    },
    std::collections::HashMap,
};

/// People on a page: the default and the maximum.
const PEOPLE: (i64, i64) = (20, 50);
/// Greatest number of links shown for each person.
const LINKS: u64 = 50;
/// Longest search text, in characters.
const QUESTION_MAX: usize = 200;
/// People who may share an account id after a site was set up again.
const SAME_ACCOUNT: u64 = 5;
/// Greatest number of people counted for a word, to find the rarest.
const COUNTED: u64 = 10_000;

/// A search for people, unchecked.
#[derive(Debug, Clone, Default)]
pub struct PeopleQuery {
    /// A name, an e-mail address or an id, or the beginnings of words of them.
    pub query: String,
    /// Number of people on the page.
    pub limit: Option<i32>,
    /// The token from the previous page; empty for the first page.
    pub page_token: String,
    /// True: include the values last sent for each record.
    pub with_sent: bool,
}

/// A person with the links of the records about that person.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonView {
    /// The person.
    pub known: KnownPerson,
    /// Links by module, the latest first.
    pub links: PersonLinks,
}

/// A page of people.
#[derive(Debug, Clone, PartialEq)]
pub struct PeoplePage {
    /// People whose id matches come first, then those found by words.
    pub people: Vec<PersonView>,
    /// Token of the next page; empty on the last page.
    pub next_page_token: String,
}

/// The filter of a list of a person's outcomes, unchecked; empty texts match all.
#[derive(Debug, Clone, Default)]
pub struct PersonEventQuery {
    /// Only outcomes of this module.
    pub module: String,
    /// Only outcomes with this status.
    pub status: String,
    /// Number of outcomes on the page.
    pub limit: Option<i32>,
    /// The token from the previous page; empty for the first page.
    pub page_token: String,
}

/// A place as a token holds it: which word leads, the word found, and the person; empty texts before the first word.
type Place = (usize, String, String);

impl Control {
    /// Finds people.
    pub async fn find_people(&self, who: &Principal, query: PeopleQuery) -> Result<PeoplePage> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let limit = checked_size(query.limit, PEOPLE, &mut faults);
        let words = checked_question(&query.query, &mut faults);
        let asked = Asked::new("people", &scope, &words);
        let after: Option<Place> = asked.place(&query.page_token, &mut faults);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let rows = self.store.of(&scope);
        let mut by_id = self.people_by_id(&scope, &words).await?;
        by_id.truncate(most);
        let lead = match &after {
            Some((lead, ..)) => *lead,
            None => self.rarest(&scope, &words).await?,
        };
        let mut found: Vec<PersonId> = if after.is_none() { by_id.clone() } else { Vec::new() };
        let mut place = after.and_then(|(_, term, person)| {
            Some(TermCursor { term, person: PersonId::try_from(person).ok()? })
        });
        let mut others = words.clone();
        let beginning = if lead < others.len() { others.remove(lead) } else { String::new() };
        let mut more = false;
        // People found by id are left out, so a page may need a second query.
        while !beginning.is_empty() && found.len() <= most && !more {
            let wanted = limit + 1 - found.len() as u64;
            let terms = rows.people_by_terms(&beginning, &others, place.as_ref(), wanted).await?;
            let last = (terms.len() as u64) < wanted;
            for term in terms {
                if by_id.contains(&term.person) {
                    place = Some(term);
                } else if found.len() < most {
                    found.push(term.person.clone());
                    place = Some(term);
                } else {
                    more = true;
                }
            }
            if last {
                break;
            }
        }
        let token = || {
            let (term, person) =
                place.as_ref().map_or(("", ""), |place| (&place.term, place.person.as_str()));
            asked.token(&(lead, term, person))
        };
        let next_page_token = more.then(token).unwrap_or_default();
        let people = self.view(&scope, found, query.with_sent).await?;
        Ok(PeoplePage { people, next_page_token })
    }

    /// Returns the ids of people with a given id, in the source or in the target.
    async fn people_by_id(&self, scope: &TenantScope, words: &[String]) -> Result<Vec<PersonId>> {
        let [word] = words else { return Ok(Vec::new()) };
        if !word.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Vec::new());
        }
        let account = ObjectId::from(word.as_str());
        let mut ids = self.store.of(scope).people_by_account(&account, SAME_ACCOUNT).await?;
        if let Ok(id) = PersonId::parse(word)
            && self.is_known(scope, &id).await?
            && !ids.contains(&id)
        {
            ids.insert(0, id);
        }
        Ok(ids)
    }

    /// Returns the index of the word that the fewest people have.
    async fn rarest(&self, scope: &TenantScope, words: &[String]) -> Result<usize> {
        let mut rarest = (i64::MAX, 0);
        if words.len() > 1 {
            for (place, word) in words.iter().enumerate() {
                let count = self.store.of(scope).count_terms(word, COUNTED).await?;
                rarest = rarest.min((count, place));
            }
        }
        Ok(rarest.1)
    }

    /// Returns people with their links, in the order of the given ids.
    async fn view(
        &self,
        scope: &TenantScope,
        ids: Vec<PersonId>,
        with_sent: bool,
    ) -> Result<Vec<PersonView>> {
        let rows = self.store.of(scope).people(&ids).await?;
        let mut known: HashMap<PersonId, KnownPerson> =
            rows.into_iter().map(|known| (known.person.id.clone(), known)).collect();
        let mut links = self.store.of(scope).links_of(&ids, LINKS, with_sent).await?;
        let mut people = Vec::with_capacity(ids.len());
        for id in ids {
            let known = match known.remove(&id) {
                Some(known) => known,
                // This student was not read yet; other records refer to the id.
                None => KnownPerson {
                    seen_at: self.store.of(scope).trace_of(&id).await?,
                    person: Person::nameless(id.clone()),
                },
            };
            people.push(PersonView { known, links: links.remove(&id).unwrap_or_default() });
        }
        Ok(people)
    }

    /// Lists the outcomes of a person's records over all runs, the latest first.
    pub async fn list_person_events(
        &self,
        who: &Principal,
        id: &str,
        query: PersonEventQuery,
    ) -> Result<ItemPage> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let limit = checked_size(query.limit, ITEMS, &mut faults);
        let status = checked_status(&query.status, &mut faults);
        let asked = Asked::new("events", &scope, &(id, &query.module, &query.status));
        let after = read_place(&asked, &query.page_token, &mut faults);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let module = ModuleName::parse(&query.module);
        let none = module.is_none() && !query.module.is_empty();
        let Ok(person) = PersonId::parse(id) else { return Err(not_found()) };
        let filter = RunItemFilter { module, status, ..Default::default() };
        let placed = if none {
            Vec::new()
        } else {
            self.store
                .of(&scope)
                .subject_items(Subject::Person(&person), &filter, after.as_ref(), limit + 1)
                .await?
        };
        if placed.is_empty() && after.is_none() && !self.is_known(&scope, &person).await? {
            return Err(not_found());
        }
        Ok(page(&asked, placed, limit))
    }

    async fn is_known(&self, scope: &TenantScope, id: &PersonId) -> Result<bool> {
        Ok(!self.store.of(scope).people(std::slice::from_ref(id)).await?.is_empty()
            || self.store.of(scope).trace_of(id).await?.is_some())
    }
}

fn not_found() -> Error {
    Error::new(Code::NotFound, code::PERSON_NOT_FOUND, "Person not found")
}

/// Returns the words of a search, or says what is wrong with it.
fn checked_question(text: &str, faults: &mut Vec<FieldFault>) -> Vec<String> {
    if text.chars().count() > QUESTION_MAX {
        faults.push(FieldFault::new("query", Fault::TooLong { max: QUESTION_MAX }));
        return Vec::new();
    }
    if text.trim().is_empty() {
        faults.push(FieldFault::new("query", Fault::TooShort { min: 1 }));
        return Vec::new();
    }
    let words = person::question(text);
    if words.is_empty() {
        let reason = "query holds no letter and no digit";
        faults.push(FieldFault::new("query", Fault::Value(reason.into())));
    }
    words
}
