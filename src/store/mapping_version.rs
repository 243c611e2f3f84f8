//! Versions of mapping sets, which never change, and the stored tests of a set.

use {
    super::{Result, StoreError, TenantRows, Tx, module},
    crate::domain::{
        mapping::{FieldMapping, MappingTest, canonical_text},
        module::ModuleName,
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        ActiveValue::Set, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
        entity::prelude::*,
    },
    serde_json::{Map, Value},
    sha2::{Digest as _, Sha256},
};

/// A version's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mapping_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub author: String,
    pub reason: Option<String>,
    pub hash: String,
    pub rows: Json,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Stored tests.
mod test {
    use sea_orm::entity::prelude::*;

    /// A test's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mapping_tests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub module_name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i32,
        pub name: Option<String>,
        pub given: Json,
        pub expect: Json,
        pub expect_error: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A version of a module's mappings.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingVersion {
    /// Its number, from 1.
    pub number: i64,
    /// The key that saved it, or the operation.
    pub author: String,
    /// The reason, if the author gave one.
    pub reason: Option<String>,
    /// SHA-256 of its rows, in hex.
    pub hash: String,
    /// When it was saved.
    pub created_at: DateTime<Utc>,
    /// Its rows.
    pub rows: Vec<FieldMapping>,
}

/// A set to save.
#[derive(Debug, Clone, Copy)]
pub struct NewMappings<'a> {
    /// The module.
    pub module: ModuleName,
    /// Its rows.
    pub rows: &'a [FieldMapping],
    /// The key that saves it, or the operation.
    pub author: &'a str,
    /// The reason.
    pub reason: Option<&'a str>,
    /// The time.
    pub at: DateTime<Utc>,
}

impl TryFrom<Model> for MappingVersion {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self> {
        let rows = serde_json::from_value(row.rows)
            .map_err(|error| StoreError::Broken(format!("a mapping version: {error}")))?;
        Ok(Self {
            number: row.number,
            author: row.author,
            reason: row.reason,
            hash: row.hash,
            created_at: row.created_at,
            rows,
        })
    }
}

impl From<test::Model> for MappingTest {
    fn from(row: test::Model) -> Self {
        let object = |value| match value {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        Self {
            name: row.name,
            given: object(row.given),
            expect: object(row.expect),
            expect_error: row.expect_error,
        }
    }
}

fn of(tenant: &str, module: ModuleName) -> Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::ModuleName.eq(module.as_str()))
        .order_by_desc(Column::Number)
}

async fn tests(
    db: &impl ConnectionTrait,
    tenant: &str,
    module: ModuleName,
) -> Result<Vec<MappingTest>> {
    let rows = test::Entity::find()
        .filter(test::Column::TenantId.eq(tenant))
        .filter(test::Column::ModuleName.eq(module.as_str()))
        .order_by_asc(test::Column::Position)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(MappingTest::from).collect())
}

/// Returns the number and the rows of the current version; version 0 without rows, if there is none.
fn current(newest: Option<Model>) -> Result<(i64, Vec<FieldMapping>)> {
    Ok(match newest.map(MappingVersion::try_from).transpose()? {
        Some(version) => (version.number, version.rows),
        None => (0, Vec::new()),
    })
}

impl TenantRows<'_> {
    /// Returns the current version of a module's mappings and its rows, read together; version 0 without rows for a
    /// module that has none.
    pub async fn mapping_set(self, module: ModuleName) -> Result<(i64, Vec<FieldMapping>)> {
        let newest = of(self.id(), module).one(&self.reader()).await?;
        current(newest)
    }

    /// Lists versions, newest first: at most `limit` of them, below `before` if that is given.
    pub async fn mapping_versions(
        self,
        module: ModuleName,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<MappingVersion>> {
        let mut query = of(self.id(), module).limit(limit);
        if let Some(before) = before {
            query = query.filter(Column::Number.lt(before));
        }
        query.all(&self.reader()).await?.into_iter().map(MappingVersion::try_from).collect()
    }

    /// Returns a version.
    pub async fn mapping_version(
        self,
        module: ModuleName,
        number: i64,
    ) -> Result<Option<MappingVersion>> {
        let found =
            of(self.id(), module).filter(Column::Number.eq(number)).one(&self.reader()).await?;
        found.map(MappingVersion::try_from).transpose()
    }

    /// Lists a module's stored tests in their order.
    pub async fn mapping_tests(self, module: ModuleName) -> Result<Vec<MappingTest>> {
        tests(&self.reader(), self.id(), module).await
    }
}

impl Tx {
    /// Locks a module's mappings until the end of the transaction and returns the number of their current version and its
    /// rows.
    pub async fn lock_mappings(&self, module: ModuleName) -> Result<(i64, Vec<FieldMapping>)> {
        // The module's row is locked for its mappings; SQLite has one writer and needs no lock.
        module::Entity::find_by_id((self.id().to_owned(), module.as_str().to_owned()))
            .lock_exclusive()
            .one(&self.tx)
            .await?;
        let newest = of(self.id(), module).one(&self.tx).await?;
        current(newest)
    }

    /// Stores a set and returns its version: a new one, unless the content equals that of the current one.
    pub async fn save_mappings(&self, new: NewMappings<'_>) -> Result<i64> {
        let hash = hex::encode(Sha256::digest(canonical_text(new.rows)));
        let newest = of(self.id(), new.module).one(&self.tx).await?;
        let number = match &newest {
            Some(row) if row.hash == hash => return Ok(row.number),
            Some(row) => row.number + 1,
            None => 1,
        };
        self.replace_mappings(new.module, new.rows).await?;
        let row = ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            module_name: Set(new.module.as_str().to_owned()),
            number: Set(number),
            author: Set(new.author.to_owned()),
            reason: Set(new.reason.map(str::to_owned)),
            hash: Set(hash),
            rows: Set(serde_json::json!(new.rows)),
            created_at: Set(new.at),
        };
        Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(number)
    }

    /// Lists a module's stored tests in their order.
    pub async fn mapping_tests(&self, module: ModuleName) -> Result<Vec<MappingTest>> {
        tests(&self.tx, self.id(), module).await
    }

    /// Replaces a module's stored tests.
    pub async fn replace_mapping_tests(
        &self,
        module: ModuleName,
        tests: &[MappingTest],
    ) -> Result<()> {
        test::Entity::delete_many()
            .filter(test::Column::TenantId.eq(self.id()))
            .filter(test::Column::ModuleName.eq(module.as_str()))
            .exec(&self.tx)
            .await?;
        if tests.is_empty() {
            return Ok(());
        }
        let rows = (0_i32..).zip(tests).map(|(position, test)| test::ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            module_name: Set(module.as_str().to_owned()),
            position: Set(position),
            name: Set(test.name.clone()),
            given: Set(Value::Object(test.given.clone())),
            expect: Set(Value::Object(test.expect.clone())),
            expect_error: Set(test.expect_error.clone()),
        });
        test::Entity::insert_many(rows).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}
