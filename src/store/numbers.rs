//! The numbers by which links lead to objects, and the end of links whose objects are gone. Raw SQL, because ids are compared
//! by their parts.

use {
    super::{
        Link, Result, TenantRows, Tx, by_index, chunk_rows, link, list, removal::not_met, statement,
    },
    crate::domain::{
        id::{ObjectId, RecordId, RunId},
        module::ModuleName,
        record::TargetKind,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, FromQueryResult as _, Value},
    std::collections::{BTreeMap, BTreeSet},
};

impl TenantRows<'_> {
    /// Returns the links to objects that belong to one record each, and when they were stored.
    pub async fn links_to(
        self,
        kind: TargetKind,
        ids: &[ObjectId],
    ) -> Result<Vec<(Link, DateTime<Utc>)>> {
        let mut links = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(chunk_rows(1)) {
            let sql = format!(
                "SELECT * FROM record_links{hint} WHERE tenant_id = $1 AND target_kind = $2 AND exclusive
                    AND state <> 'removed' AND target_id IN ({})",
                list(chunk.len(), 3),
                hint = by_index(self.backend(), "record_links_target"),
            );
            let of_kind: [Value; 2] = [self.id().into(), kind.as_str().into()];
            let values = of_kind.into_iter().chain(chunk.iter().map(|id| id.as_str().into()));
            let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in &rows {
                let row = link::Model::from_query_result(row, "")?;
                let stored = row.updated_at;
                links.push((Link::try_from(row)?, stored));
            }
        }
        Ok(links)
    }

    /// Returns those of a module's records that a dry run of a chain would have written.
    pub async fn would_write(
        self,
        chain: RunId,
        module: ModuleName,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>> {
        let mut found = Vec::new();
        for chunk in ids.chunks(chunk_rows(1)) {
            let sql = format!(
                "SELECT i.zoho_id FROM sync_runs r JOIN sync_run_items i ON i.run_id = r.run_id
                 WHERE r.tenant_id = $1 AND i.tenant_id = $2 AND r.chain_id = $3 AND r.module_name = $4 AND r.dry_run
                    AND i.status IN ('NEW', 'UPDATED') AND i.zoho_id IN ({})",
                list(chunk.len(), 5)
            );
            let of: [Value; 4] = [
                self.id().into(),
                self.id().into(),
                chain.to_string().into(),
                module.as_str().into(),
            ];
            let values = of.into_iter().chain(chunk.iter().map(|id| id.as_str().into()));
            let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in rows {
                found.push(row.try_get("", "zoho_id")?);
            }
        }
        Ok(found)
    }

    /// Returns active links of a module's records that a run has not met, in the order of the ids' texts, after `after`.
    pub async fn absent_links(
        self,
        module: ModuleName,
        run: RunId,
        after: Option<&RecordId>,
        limit: u64,
    ) -> Result<Vec<Link>> {
        let not_met = not_met(self.backend(), "l");
        let sql = format!(
            "SELECT * FROM record_links l
             WHERE l.tenant_id = $2 AND l.module_name = $3 AND l.state = 'active' AND l.zoho_id > $4 AND {not_met}
             ORDER BY l.zoho_id LIMIT {limit}"
        );
        let values = [
            run.to_string().into(),
            self.id().into(),
            module.as_str().into(),
            after.map_or("", RecordId::as_str).into(),
        ];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(|row| Link::try_from(link::Model::from_query_result(row, "")?)).collect()
    }

    /// Forgets links whose objects are gone, with the links of what was in these objects or made of them, and makes all their
    /// records due. A link that leads to another object by now stays.
    pub async fn forget_gone(self, run: RunId, gone: &[&Link], now: DateTime<Utc>) -> Result<()> {
        let tx = self.begin().await?;
        tx.lock_waits().await?;
        let mut records: BTreeMap<ModuleName, BTreeSet<RecordId>> = BTreeMap::new();
        for link in gone {
            for (module, id) in tx.led_by(link).await? {
                records.entry(module).or_default().insert(id);
            }
        }
        for (module, ids) in records {
            let ids: Vec<RecordId> = ids.into_iter().collect();
            tx.forget_records(module, &ids, now).await?;
            tx.take_waits(module, run, now).await?;
        }
        tx.commit().await
    }
}

impl Tx {
    /// Returns the records whose links lead to the object of a link: its own, and those whose objects have its number as a
    /// part of theirs.
    async fn led_by(&self, link: &Link) -> Result<Vec<(ModuleName, RecordId)>> {
        let number = link.target_id.as_str();
        let mut found = Vec::new();
        let own = "module_name = $2 AND zoho_id = $3 AND target_id = $4";
        let module = link.module.as_str();
        found.extend(self.records(own, [module, link.zoho_id.as_str(), number]).await?);
        // What is not a number may hold a sign that stands for any text.
        if found.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(found);
        }
        let (member, behind) = (format!("{number}:%"), format!("%:{number}"));
        let container = link.container.as_ref().map_or("", |container| container.as_str());
        let parts = match link.target_kind {
            TargetKind::User => {
                let of =
                    "person_id = $2 AND target_kind IN ('enrolment', 'cohort_member', 'profile')
                    AND (target_id = $3 OR target_id LIKE '%:' || $3 OR target_id LIKE $4)";
                let between = format!("%:{number}:%");
                self.records(of, [link.zoho_id.as_str(), number, &between]).await?
            }
            TargetKind::Course => {
                let of = "(target_kind = 'enrolment' AND target_id LIKE $2
                    OR target_kind = $3 AND container_id = $4)";
                self.records(of, [&member, TargetKind::Group.as_str(), number]).await?
            }
            TargetKind::Group => {
                let of = "target_kind = $2 AND target_id LIKE $3 AND target_id LIKE $4";
                let course = format!("{container}:%");
                self.records(of, [TargetKind::Enrolment.as_str(), &course, &behind]).await?
            }
            TargetKind::Profile
            | TargetKind::Category
            | TargetKind::Enrolment
            | TargetKind::Cohort
            | TargetKind::CohortMember
            | TargetKind::Record
            | TargetKind::Grade => Vec::new(),
        };
        found.extend(parts);
        Ok(found)
    }

    async fn records(&self, of: &str, values: [&str; 3]) -> Result<Vec<(ModuleName, RecordId)>> {
        let sql =
            format!("SELECT module_name, zoho_id FROM record_links WHERE tenant_id = $1 AND {of}");
        let values = std::iter::once(self.id()).chain(values).map(Value::from);
        let rows = self.tx.query_all_raw(statement(self.backend(), sql, values)).await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let module: String = row.try_get("", "module_name")?;
            if let Some(module) = ModuleName::parse(&module) {
                records.push((module, row.try_get("", "zoho_id")?));
            }
        }
        Ok(records)
    }
}
