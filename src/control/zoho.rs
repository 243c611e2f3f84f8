//! What an editor of mappings reads from Zoho: the fields of a module, and records to choose one from.

use {
    super::{Control, mapping_live::upstream, module::not_configured},
    crate::{
        domain::{
            access::{Permission, Principal},
            code::Code,
            fault::{Fault, FieldFault},
            mapping::{FieldMapping, LiveField},
            module::ModuleName,
        },
        error::{Error, Result},
        ports::{Named, Search},
    },
    chrono::{DateTime, Utc},
    std::sync::Arc,
};

/// Most records of a search.
const RECORDS_MAX: i32 = 20;
/// Longest text of a search, in characters.
const TEXT_MAX: usize = 100;
/// Canonical fields that make up the name of a record, in this order; the first of a line that is mapped is taken.
const NAMES: [&[&str]; 3] = [
    &["name", "first_name", "display_name", "student_name", "grade_name"],
    &["last_name", "class_name"],
    &["program_name"],
];
/// Canonical fields by which a record is found besides.
const OTHERS: [&str; 4] = ["academic_email", "username", "short_name", "display_name"];
/// Zoho's types of texts that a query compares.
const TEXTS: [&str; 5] = ["text", "email", "phone", "autonumber", "website"];

/// The fields of a module in Zoho.
#[derive(Debug)]
pub struct ZohoFields {
    /// API name of the module in Zoho.
    pub module: String,
    /// The fields.
    pub fields: Arc<Vec<LiveField>>,
    /// When they were read.
    pub read_at: DateTime<Utc>,
    /// Why they could not be read now, if they are older than an hour.
    pub missing: Option<(Code, String)>,
}

/// Records of a module in Zoho.
#[derive(Debug)]
pub struct ZohoRecords {
    /// API name of the module in Zoho.
    pub module: String,
    /// The records, the newest first.
    pub records: Vec<Named>,
}

impl Control {
    /// Returns the fields of a module as Zoho describes them, read again if that is asked for.
    pub async fn list_zoho_fields(
        &self,
        who: &Principal,
        name: &str,
        refresh: bool,
    ) -> Result<ZohoFields> {
        let scope = self.authorise(who, Permission::MetadataRead)?;
        let name = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let module = self.source_module(&scope, name).await?;
        let live = self.read_fields(&scope, name, refresh).await?;
        match (live.fields, live.as_of, live.why) {
            (Some(fields), Some(read_at), why) => {
                let missing = why.map(|error| (error.reason, error.message));
                Ok(ZohoFields { module, fields, read_at, missing })
            }
            (_, _, Some(error)) => Err(error),
            (_, _, None) => {
                Err(Error::internal("the fields of Zoho are neither there nor missing"))
            }
        }
    }

    /// Finds records of a module in Zoho by a part of what they are known by.
    pub async fn search_zoho_records(
        &self,
        who: &Principal,
        name: &str,
        text: &str,
        limit: i32,
    ) -> Result<ZohoRecords> {
        let scope = self.authorise(who, Permission::MappingWrite)?;
        let name = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let (text, limit) = check(text, limit).map_err(Error::fields)?;
        let module = self.source_module(&scope, name).await?;
        let (_, rows) = self.store.of(&scope).mapping_set(name).await?;
        let source = self.open_source(&scope).await??;
        // A query that names an unknown field is refused as a whole, so only known ones are named.
        let live = self.live_fields(&scope, name).await?;
        let search = search(&module, &rows, live.fields.as_deref(), text, limit);
        let found = source.find(&search).await;
        self.count_calls(&scope).await?;
        let records = found.map_err(upstream)?.unwrap_or_default();
        Ok(ZohoRecords { module, records })
    }
}

fn check(text: &str, limit: i32) -> Result<(&str, usize), Vec<FieldFault>> {
    let mut faults = Vec::new();
    if text.chars().count() > TEXT_MAX {
        faults.push(FieldFault::new("text", Fault::TooLong { max: TEXT_MAX }));
    } else if text.chars().any(char::is_control) {
        let fault = Fault::Value("must not hold control characters".to_owned());
        faults.push(FieldFault::new("text", fault));
    }
    let limit = if limit == 0 { RECORDS_MAX } else { limit };
    if limit < 0 {
        faults.push(FieldFault::new("limit", Fault::Below { min: 0 }));
    } else if limit > RECORDS_MAX {
        faults.push(FieldFault::new("limit", Fault::Above { max: RECORDS_MAX.into() }));
    }
    let limit = usize::try_from(limit).unwrap_or_default();
    if faults.is_empty() { Ok((text, limit)) } else { Err(faults) }
}

/// Makes the search: by the source fields that are mapped to what a record is known by, as far as Zoho has them.
fn search(
    module: &str,
    rows: &[FieldMapping],
    known: Option<&Vec<LiveField>>,
    text: &str,
    limit: usize,
) -> Search {
    let is_text = |name: &str| {
        let mut fields = known.into_iter().flatten();
        fields.any(|field| field.name == name && TEXTS.contains(&field.data_type.as_str()))
    };
    let source = |canonical: &str| {
        let row = rows.iter().find(|row| row.canonical_field == canonical)?;
        Some(row.zoho_field_api_name.clone()).filter(|name| is_text(name))
    };
    let names = NAMES.iter().filter_map(|line| line.iter().find_map(|name| source(name)));
    Search {
        module: module.to_owned(),
        names: names.collect(),
        others: OTHERS.iter().filter_map(|name| source(name)).collect(),
        text: text.to_owned(),
        limit,
    }
}
