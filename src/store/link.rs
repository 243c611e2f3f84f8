//! Links between source records and target objects, with the values last sent and confirmed: which object belongs to
//! the record, whether it has changed, and which student it concerns. Saved with a slice in `slice.rs`. Raw SQL where
//! an index must be named.

use {
    super::{
        Result, StoreError, TenantRows, Tx, by_index, chunk_rows, id, list, placeholders, statement,
    },
    crate::domain::{
        id::{ObjectId, PersonId, RecordId},
        module::ModuleName,
        record::{Canonical, TargetKind},
    },
    sea_orm::{
        ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
        QuerySelect, Value, entity::prelude::*,
    },
    serde::{Deserialize, Serialize},
    std::collections::{BTreeSet, HashMap, HashSet},
};

/// A link's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "record_links")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub zoho_id: String,
    pub target_kind: String,
    pub target_id: String,
    pub sent_hash: Vec<u8>,
    pub sent: Json,
    pub updated_at: DateTimeUtc,
    pub state: String,
    pub exclusive: bool,
    pub mapping_version: Option<i64>,
    pub person_id: Option<String>,
    pub container_id: Option<String>,
    pub left_places: Option<Json>,
    pub kept_fields: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Stored in place of the fingerprint of a record that is due again: no fingerprint is empty.
const DUE_AGAIN: &[u8] = &[];

/// Whether a link's object is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// In use.
    Active,
    /// Suspended because its record is gone.
    Suspended,
    /// The enrolment or membership was ended because its record is gone.
    Removed,
}

impl LinkState {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Removed]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// An enrolment or membership that a record has left for another one, and whose use has not ended yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftPlace {
    /// Kind of the target object.
    pub kind: TargetKind,
    /// Id in the target.
    pub target_id: ObjectId,
    /// The values last sent there.
    pub sent: Canonical,
}

/// A link between a source record and a target object, with the values last sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The module.
    pub module: ModuleName,
    /// Id in the source.
    pub zoho_id: RecordId,
    /// Kind of the target object.
    pub target_kind: TargetKind,
    /// Id in the target.
    pub target_id: ObjectId,
    /// The object that contains it, such as the course of a group.
    pub container: Option<ObjectId>,
    /// Fingerprint of the values last sent and confirmed; `None` if the record is due again, whatever it contains.
    pub sent_hash: Option<Vec<u8>>,
    /// The values last sent and confirmed.
    pub sent: Canonical,
    /// Whether it is in use.
    pub state: LinkState,
    /// False: several records may belong to the object.
    pub exclusive: bool,
    /// The student whom it concerns.
    pub person: Option<PersonId>,
    /// Version of the mappings that produced the values.
    pub mapping_version: Option<i64>,
    /// The places that the record has left and that are still in use.
    pub left: Vec<LeftPlace>,
    /// Canonical fields that keep the object's values, because the object existed before its record.
    pub kept: BTreeSet<String>,
}

impl Link {
    /// The fingerprint in the stored form.
    pub(super) fn stored_hash(&self) -> Vec<u8> {
        self.sent_hash.clone().unwrap_or_else(|| DUE_AGAIN.to_vec())
    }
}

impl TryFrom<Model> for Link {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self> {
        let broken = |what: &str, word: &str| StoreError::Broken(format!("{what} '{word}'"));
        Ok(Self {
            module: ModuleName::parse(&row.module_name)
                .ok_or_else(|| broken("module", &row.module_name))?,
            target_kind: TargetKind::parse(&row.target_kind)
                .ok_or_else(|| broken("target kind", &row.target_kind))?,
            sent: serde_json::from_value(row.sent)
                .map_err(|_| StoreError::Broken("a link's snapshot is not an object".into()))?,
            left: match row.left_places {
                Some(left) => serde_json::from_value(left).map_err(|_| {
                    StoreError::Broken("the places that a record has left are not a list".into())
                })?,
                None => Vec::new(),
            },
            kept: match row.kept_fields {
                Some(kept) => serde_json::from_value(kept).map_err(|_| {
                    StoreError::Broken("the fields that an object keeps are not a list".into())
                })?,
                None => BTreeSet::new(),
            },
            state: LinkState::parse(&row.state).ok_or_else(|| broken("link state", &row.state))?,
            zoho_id: id::record(row.zoho_id)?,
            target_id: row.target_id.into(),
            container: row.container_id.map(Into::into),
            sent_hash: Some(row.sent_hash).filter(|hash| *hash != DUE_AGAIN),
            exclusive: row.exclusive,
            person: id::person_or_none(row.person_id)?,
            mapping_version: row.mapping_version,
        })
    }
}

fn of_module(tenant: &str, module: ModuleName) -> Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::ModuleName.eq(module.as_str()))
}

impl TenantRows<'_> {
    /// Returns the links of source records, by their ids.
    pub async fn links(
        self,
        module: ModuleName,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Link>> {
        let mut links = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(chunk_rows(1)) {
            let ids = chunk.iter().map(RecordId::as_str);
            let rows = of_module(self.id(), module)
                .filter(Column::ZohoId.is_in(ids))
                .all(&self.reader())
                .await?;
            for row in rows {
                let link = Link::try_from(row)?;
                links.insert(link.zoho_id.clone(), link);
            }
        }
        Ok(links)
    }

    /// Returns a module's active links of some students. Raw SQL, because SQLite must be told not to read the whole
    /// module.
    pub async fn links_of_people(
        self,
        module: ModuleName,
        people: &[PersonId],
    ) -> Result<Vec<Link>> {
        let mut links = Vec::new();
        for chunk in people.chunks(chunk_rows(1)) {
            let sql = format!(
                "WITH asked(id) AS (VALUES {})
                 SELECT l.* FROM asked CROSS JOIN record_links l{} WHERE l.tenant_id = $1
                    AND l.person_id = asked.id AND l.module_name = $2 AND l.state = $3",
                placeholders(chunk.len(), 1, 4),
                by_index(self.backend(), "record_links_person")
            );
            let of_module: [Value; 3] =
                [self.id().into(), module.as_str().into(), LinkState::Active.as_str().into()];
            let values = of_module.into_iter().chain(chunk.iter().map(|id| id.as_str().into()));
            let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in &rows {
                links.push(Link::try_from(Model::from_query_result(row, "")?)?);
            }
        }
        Ok(links)
    }

    /// Returns those of the given target ids to which other active links lead as well. Raw SQL, because no single
    /// index has both the links that own their object and those that share it.
    pub async fn shared_targets(
        self,
        kind: TargetKind,
        targets: &[ObjectId],
        without: &[RecordId],
    ) -> Result<Vec<ObjectId>> {
        let mut shared = Vec::new();
        let without: HashSet<&RecordId> = without.iter().collect();
        for chunk in targets.chunks(chunk_rows(1)) {
            // Each half repeats the condition of its index literally: only then do the databases use it.
            let half = |holds: &str, index: &str| {
                format!(
                    "SELECT l.target_id, l.zoho_id FROM asked CROSS JOIN record_links l{}
                     WHERE l.tenant_id = $1 AND l.target_kind = $2 AND l.target_id = asked.id AND {holds}
                        AND l.state = 'active'",
                    by_index(self.backend(), index)
                )
            };
            let sql = format!(
                "WITH asked(id) AS (VALUES {}) {} UNION ALL {}",
                placeholders(chunk.len(), 1, 3),
                half("l.exclusive AND l.state <> 'removed'", "record_links_target"),
                half("NOT l.exclusive", "record_links_shared"),
            );
            let of_kind: [Value; 2] = [self.id().into(), kind.as_str().into()];
            let values = of_kind.into_iter().chain(chunk.iter().map(|id| id.as_str().into()));
            let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in &rows {
                let record: RecordId = row.try_get("", "zoho_id")?;
                if !without.contains(&record) {
                    shared.push(row.try_get("", "target_id")?);
                }
            }
        }
        Ok(shared)
    }

    /// Returns the records of a module that own some objects, by the objects.
    pub async fn owners(
        self,
        module: ModuleName,
        kind: TargetKind,
        targets: &[ObjectId],
    ) -> Result<HashMap<ObjectId, RecordId>> {
        let mut owners = HashMap::with_capacity(targets.len());
        for chunk in targets.chunks(chunk_rows(1)) {
            let sql = format!(
                "SELECT target_id, zoho_id FROM record_links{hint}
                 WHERE tenant_id = $1 AND target_kind = $2 AND exclusive AND state <> 'removed' AND state = 'active'
                    AND module_name = $3 AND target_id IN ({})",
                list(chunk.len(), 4),
                hint = by_index(self.backend(), "record_links_target"),
            );
            let of_kind: [Value; 3] =
                [self.id().into(), kind.as_str().into(), module.as_str().into()];
            let values = of_kind.into_iter().chain(chunk.iter().map(|id| id.as_str().into()));
            for row in self.reader().query_all_raw(statement(self.backend(), sql, values)).await? {
                owners.insert(row.try_get("", "target_id")?, row.try_get("", "zoho_id")?);
            }
        }
        Ok(owners)
    }

    /// Counts a module's active links.
    pub async fn count_links(self, module: ModuleName) -> Result<u64> {
        Ok(of_module(self.id(), module)
            .filter(Column::State.eq(LinkState::Active.as_str()))
            .count(&self.reader())
            .await?)
    }

    /// Returns the ids of the courses to which a module's active links lead, each once, in order.
    pub async fn linked_courses(self, module: ModuleName) -> Result<Vec<ObjectId>> {
        let rows: Vec<(String, ObjectId, Option<ObjectId>)> = of_module(self.id(), module)
            .select_only()
            .column(Column::TargetKind)
            .column(Column::TargetId)
            .column(Column::ContainerId)
            .filter(Column::State.eq(LinkState::Active.as_str()))
            .into_tuple()
            .all(&self.reader())
            .await?;
        let mut courses: Vec<ObjectId> = rows
            .into_iter()
            .filter_map(|(kind, id, container)| match TargetKind::parse(&kind) {
                Some(TargetKind::Course) => Some(id),
                Some(TargetKind::Group) => container,
                _ => None,
            })
            .collect();
        courses.sort_by(|a, b| (a.as_str().len(), a).cmp(&(b.as_str().len(), b)));
        courses.dedup();
        Ok(courses)
    }
}

impl Tx {
    /// Takes canonical fields out of what was sent of a record, so that they are due.
    pub(super) async fn unsend(
        &self,
        module: ModuleName,
        record: &RecordId,
        fields: &[&str],
    ) -> Result<()> {
        let own = of_module(self.id(), module).filter(Column::ZohoId.eq(record.as_str()));
        let Some(row) = own.one(&self.tx).await? else { return Ok(()) };
        let mut link = Link::try_from(row)?;
        link.sent.retain(|name, _| !fields.contains(&name.as_str()));
        let sql = "UPDATE record_links SET sent = $1, sent_hash = $2
             WHERE tenant_id = $3 AND module_name = $4 AND zoho_id = $5";
        let values: [Value; 5] = [
            serde_json::to_value(&link.sent).unwrap_or_default().into(),
            DUE_AGAIN.to_vec().into(),
            self.id().into(),
            module.as_str().into(),
            record.as_str().into(),
        ];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }
}
