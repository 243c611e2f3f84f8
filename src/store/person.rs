//! People, the words by which they are found, and their links in the target. Raw SQL: a beginning is a range of
//! words, and a page of them must be read in the order of the index.

use {
    super::{
        Result, StoreError, TenantRows, Tx, by_index, chunk_rows, id,
        link::{Link, LinkState},
        list, placeholders, statement,
    },
    crate::domain::{
        id::{ObjectId, PersonId},
        module::ModuleName,
        person::Person,
        record::{Canonical, TargetKind},
    },
    chrono::{DateTime, Duration, Utc},
    sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value},
    std::collections::{BTreeMap, BTreeSet, HashMap},
};

/// A person who occurs in every run is not written every time.
const SEEN_EVERY: Duration = Duration::hours(24);
/// Sorts after every word that begins with the text before it.
const LAST: char = '\u{10ffff}';

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    /// The person.
    pub person: Person,
    /// When a run last processed a record about this person.
    pub seen_at: Option<DateTime<Utc>>,
}

/// A link of a record about a person.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonLink {
    /// The link; without the values last sent unless they were asked for.
    pub link: Link,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// The links of one person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersonLinks {
    /// By module, the latest first, at most as many as were asked for.
    pub links: Vec<PersonLink>,
    /// Their number in all.
    pub total: i64,
}

/// The position of a person in the order of the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermCursor {
    /// The word.
    pub term: String,
    /// The person.
    pub person: PersonId,
}

/// Returns the range of words that begin with `beginning`: from, inclusive, and to, exclusive.
fn range(beginning: &str) -> [Value; 2] {
    [beginning.into(), format!("{beginning}{LAST}").into()]
}

fn person_of(row: &QueryResult) -> Result<Person> {
    Ok(Person {
        id: row.try_get("", "person_id")?,
        name: row.try_get("", "name")?,
        email: row.try_get("", "email")?,
        account: row.try_get("", "account_id")?,
    })
}

impl TenantRows<'_> {
    /// Returns people by their ids, in any order.
    pub async fn people(self, ids: &[PersonId]) -> Result<Vec<KnownPerson>> {
        let mut people = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(chunk_rows(1)) {
            let sql = format!(
                "SELECT p.person_id, p.name, p.email, p.account_id, p.seen_at,
                    (SELECT i.created_at FROM sync_run_items i
                     WHERE i.tenant_id = p.tenant_id AND i.person_id = p.person_id
                     ORDER BY i.created_at DESC LIMIT 1) AS met_at
                 FROM people p WHERE p.tenant_id = $1 AND p.person_id IN ({})",
                list(chunk.len(), 2)
            );
            let values =
                std::iter::once(self.id().into()).chain(chunk.iter().map(|id| id.as_str().into()));
            let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in &rows {
                let met_at: Option<DateTime<Utc>> = row.try_get("", "met_at")?;
                let seen_at: DateTime<Utc> = row.try_get("", "seen_at")?;
                let person = person_of(row)?;
                people.push(KnownPerson { person, seen_at: Some(met_at.unwrap_or(seen_at)) });
            }
        }
        Ok(people)
    }

    /// Returns the ids of people by their account in the target, at most `most`.
    pub async fn people_by_account(self, account: &ObjectId, most: u64) -> Result<Vec<PersonId>> {
        let sql = format!(
            "SELECT person_id FROM people WHERE tenant_id = $1 AND account_id = $2
             ORDER BY person_id LIMIT {most}"
        );
        let values = [self.id().into(), account.as_str().into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(|row| Ok(row.try_get("", "person_id")?)).collect()
    }

    /// Returns when a run last processed a record about a person without a row, by the outcomes and links with the
    /// id; `None` if there are none.
    pub async fn trace_of(self, id: &PersonId) -> Result<Option<DateTime<Utc>>> {
        for (table, time, index) in [
            ("sync_run_items", "created_at", "sync_run_items_person"),
            ("record_links", "updated_at", "record_links_person"),
        ] {
            let hint = by_index(self.backend(), index);
            let sql = format!(
                "SELECT {time} AS at FROM {table}{hint} WHERE tenant_id = $1 AND person_id = $2
                 ORDER BY {time} DESC LIMIT 1"
            );
            let values = [self.id().into(), id.as_str().into()];
            let row = self.reader().query_one_raw(statement(self.backend(), sql, values)).await?;
            if let Some(row) = row {
                return Ok(Some(row.try_get("", "at")?));
            }
        }
        Ok(None)
    }

    /// Counts words that begin with `beginning`, up to `most`.
    pub async fn count_terms(self, beginning: &str, most: u64) -> Result<i64> {
        let sql = format!(
            "SELECT count(*) AS n FROM (SELECT 1 FROM person_terms
             WHERE tenant_id = $1 AND term >= $2 AND term < $3 LIMIT {most}) counted"
        );
        let [from, to] = range(beginning);
        let values = [self.id().into(), from, to];
        let row = self.reader().query_one_raw(statement(self.backend(), sql, values)).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("", "n"))?)
    }

    /// Finds people who have a word that begins with `beginning` and one for each of `others`, in the order of the first
    /// such word, each person once, those behind a place or all.
    pub async fn people_by_terms(
        self,
        beginning: &str,
        others: &[String],
        after: Option<&TermCursor>,
        limit: u64,
    ) -> Result<Vec<TermCursor>> {
        let [from, to] = range(beginning);
        let mut values: Vec<Value> = vec![self.id().into(), from, to];
        // Where the last page ended is also where this one begins to read.
        // No id is empty, so that all people are behind an empty text.
        let (term, person) =
            after.map_or(("", ""), |after| (after.term.as_str(), after.person.as_str()));
        values.extend([term.max(beginning).into(), person.into()]);
        let mut more = String::new();
        for other in others {
            let place = values.len() + 1;
            more.push_str(&format!(
                " AND (SELECT 1 FROM person_terms o WHERE o.tenant_id = $1 AND o.person_id = t.person_id
                    AND o.term >= ${place} AND o.term < ${} LIMIT 1) IS NOT NULL",
                place + 1
            ));
            values.extend(range(other));
        }
        // The same condition, in the form that each database reads as one range of the key.
        let behind = match self.backend() {
            DbBackend::Postgres => "(t.term > $4 OR t.person_id > $5)",
            _ => "(t.term, t.person_id) > ($4, $5)",
        };
        // Not EXISTS, because PostgreSQL may answer that by a join over all people: reading must end with the page.
        let sql = format!(
            "SELECT t.term, t.person_id FROM person_terms t
             WHERE t.tenant_id = $1 AND t.term >= $4 AND t.term < $3 AND {behind}{more}
                AND (SELECT 1 FROM person_terms e WHERE e.tenant_id = $1 AND e.person_id = t.person_id
                    AND e.term >= $2 AND e.term < t.term LIMIT 1) IS NULL
             ORDER BY t.term, t.person_id LIMIT {limit}"
        );
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        let place = |row: &QueryResult| {
            let (term, person) = (row.try_get("", "term")?, row.try_get("", "person_id")?);
            Ok(TermCursor { term, person })
        };
        rows.iter().map(place).collect()
    }

    /// Returns the links of people in the target, at most `most` for each of them.
    pub async fn links_of(
        self,
        people: &[PersonId],
        most: u64,
        with_sent: bool,
    ) -> Result<HashMap<PersonId, PersonLinks>> {
        let mut found: HashMap<PersonId, PersonLinks> = HashMap::new();
        let sent = if with_sent { "sent, " } else { "" };
        for chunk in people.chunks(chunk_rows(1)) {
            let sql = format!(
                "WITH asked(id) AS (VALUES {asked})
                 SELECT * FROM (
                    SELECT module_name, zoho_id, target_kind, target_id, {sent}updated_at, state, exclusive,
                        mapping_version, person_id, container_id,
                        row_number() OVER (PARTITION BY person_id ORDER BY module_name, updated_at DESC, zoho_id)
                            AS place,
                        count(*) OVER (PARTITION BY person_id) AS total
                    FROM asked CROSS JOIN record_links{hint} WHERE tenant_id = $1 AND person_id = asked.id) numbered
                 WHERE place <= {most} ORDER BY person_id, place",
                asked = placeholders(chunk.len(), 1, 2),
                hint = by_index(self.backend(), "record_links_person"),
            );
            let values =
                std::iter::once(self.id().into()).chain(chunk.iter().map(|id| id.as_str().into()));
            let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in &rows {
                let link = link_of(row, with_sent)?;
                let Some(person) = link.link.person.clone() else { continue };
                let of_person = found.entry(person).or_default();
                of_person.total = row.try_get("", "total")?;
                of_person.links.push(link);
            }
        }
        Ok(found)
    }
}

fn link_of(row: &QueryResult, with_sent: bool) -> Result<PersonLink> {
    let broken = |what: &str, word: &str| StoreError::Broken(format!("{what} '{word}'"));
    let module: String = row.try_get("", "module_name")?;
    let kind: String = row.try_get("", "target_kind")?;
    let state: String = row.try_get("", "state")?;
    let sent = if with_sent {
        let sent: serde_json::Value = row.try_get("", "sent")?;
        serde_json::from_value(sent)
            .map_err(|_| StoreError::Broken("a link's snapshot is not an object".into()))?
    } else {
        Canonical::new()
    };
    let link = Link {
        module: ModuleName::parse(&module).ok_or_else(|| broken("module", &module))?,
        zoho_id: row.try_get("", "zoho_id")?,
        target_kind: TargetKind::parse(&kind).ok_or_else(|| broken("target kind", &kind))?,
        target_id: row.try_get("", "target_id")?,
        container: row.try_get("", "container_id")?,
        sent_hash: None,
        sent,
        state: LinkState::parse(&state).ok_or_else(|| broken("link state", &state))?,
        exclusive: row.try_get("", "exclusive")?,
        person: id::person_or_none(row.try_get("", "person_id")?)?,
        mapping_version: row.try_get("", "mapping_version")?,
        left: Vec::new(),
        kept: BTreeSet::new(),
    };
    Ok(PersonLink { link, updated_at: row.try_get("", "updated_at")? })
}

impl Tx {
    /// Stores the data by which people are found, as far as it is new or changed.
    pub(super) async fn save_people(
        &self,
        people: impl Iterator<Item = &Person>,
        dry_run: bool,
        now: DateTime<Utc>,
    ) -> Result<()> {
        // In the order of their ids, so that two runs with the same people cannot wait for each other in a circle.
        let people: BTreeMap<&PersonId, &Person> =
            people.map(|person| (&person.id, person)).collect();
        // The account of a dry run does not exist.
        let real = |person: &Person| person.account.clone().filter(|_| !dry_run);
        let people: Vec<Person> = people
            .into_values()
            .map(|person| Person { account: real(person), ..person.clone() })
            .collect();
        for chunk in people.chunks(chunk_rows(6)) {
            let before = self.people_before(chunk).await?;
            let (mut written, mut renamed) = (Vec::new(), Vec::new());
            for person in chunk {
                let Some((known, seen_at)) = before.get(&person.id) else {
                    written.push(person.clone());
                    renamed.push(person.clone());
                    continue;
                };
                let merged = person.clone().or_else(known);
                if merged.name != known.name || merged.email != known.email {
                    renamed.push(merged.clone());
                }
                if merged != *known || *seen_at + SEEN_EVERY <= now {
                    written.push(merged);
                }
            }
            self.upsert_people(&written, now).await?;
            self.replace_terms(&renamed).await?;
        }
        Ok(())
    }

    async fn people_before(
        &self,
        people: &[Person],
    ) -> Result<HashMap<PersonId, (Person, DateTime<Utc>)>> {
        let sql = format!(
            "SELECT person_id, name, email, account_id, seen_at FROM people
             WHERE tenant_id = $1 AND person_id IN ({})",
            list(people.len(), 2)
        );
        let ids = people.iter().map(|person| Value::from(person.id.as_str()));
        let values = std::iter::once(self.id().into()).chain(ids);
        let rows = self.tx.query_all_raw(statement(self.backend(), sql, values)).await?;
        let known = |row: &QueryResult| {
            let person = person_of(row)?;
            Ok((person.id.clone(), (person, row.try_get("", "seen_at")?)))
        };
        rows.iter().map(known).collect()
    }

    async fn upsert_people(&self, people: &[Person], now: DateTime<Utc>) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO people (tenant_id, person_id, name, email, account_id, seen_at) VALUES {}
             ON CONFLICT (tenant_id, person_id) DO UPDATE SET name = excluded.name, email = excluded.email,
                account_id = excluded.account_id, seen_at = excluded.seen_at",
            placeholders(people.len(), 6, 1)
        );
        let values = people.iter().flat_map(|person| {
            [
                self.id().into(),
                person.id.as_str().into(),
                person.name.clone().into(),
                person.email.clone().into(),
                person.account.as_ref().map(ObjectId::as_str).into(),
                now.into(),
            ]
        });
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }

    async fn replace_terms(&self, people: &[Person]) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "DELETE FROM person_terms WHERE tenant_id = $1 AND person_id IN ({})",
            list(people.len(), 2)
        );
        let ids = people.iter().map(|person| Value::from(person.id.as_str()));
        let values = std::iter::once(self.id().into()).chain(ids);
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        let terms: Vec<(String, &str)> = people
            .iter()
            .flat_map(|person| person.terms().into_iter().map(|term| (term, person.id.as_str())))
            .collect();
        for chunk in terms.chunks(chunk_rows(3)) {
            let sql = format!(
                "INSERT INTO person_terms (tenant_id, term, person_id) VALUES {} ON CONFLICT DO NOTHING",
                placeholders(chunk.len(), 3, 1)
            );
            let values = chunk
                .iter()
                .flat_map(|(term, id)| [self.id().into(), term.as_str().into(), (*id).into()]);
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }
}
