//! `mappings`: mapping sets as files, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs},
        exit, mapping_text as text, output, word, zoho,
    },
    crate::{
        domain::mapping::{FieldMapping, MappingFile, from_yaml},
        proto::pb,
    },
    clap::{Args, Subcommand, ValueEnum},
    prost::Message,
    serde_json::Value,
    std::{io::Read as _, process::ExitCode},
};

/// The name that means all modules.
const ALL: &str = "-";
/// Longest file, in bytes: the server refuses longer ones too.
const FILE_MAX: u64 = 3 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum MappingsCommand {
    /// Write mappings and tests as YAML
    Export(ExportArgs),
    /// Show what a file would change; exits with 6 if there is a difference
    Diff(FileArgs),
    /// Check a file, or the stored mappings, against the schema and Zoho's fields
    Validate(JudgeArgs),
    /// Map one record and show the value after each step
    Preview(PreviewArgs),
    /// Run the tests of a file, or the stored tests
    Test(JudgeArgs),
    /// Store the sets of a file: all of them or none
    Apply(ApplyArgs),
    /// List the versions of a module
    History(HistoryArgs),
    /// Make a new version from an older one
    Rollback(RollbackArgs),
    /// List the fields of a module as Zoho describes them
    ZohoFields(zoho::FieldsArgs),
    /// Find records of a module in Zoho, such as one to preview
    ZohoRecords(zoho::RecordsArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// The answer of the API
    Json,
}

#[derive(Debug, Args)]
struct Common {
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Module [default: all]
    #[arg(value_parser = word::lower)]
    module: Option<String>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// YAML of kind MappingSet, or - for standard input
    file: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct JudgeArgs {
    /// YAML of kind MappingSet, or - for standard input [default: the stored mappings]
    file: Option<String>,
    /// Module, if no file is given [default: all]
    #[arg(long, conflicts_with = "file", value_parser = word::lower)]
    module: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct PreviewArgs {
    /// Module
    #[arg(value_parser = word::lower)]
    module: String,
    /// Record as JSON, or @FILE, or @- for standard input
    #[arg(long, value_name = "JSON", required_unless_present = "id", conflicts_with = "id")]
    record: Option<String>,
    /// Id of a record that is read from Zoho
    #[arg(long)]
    id: Option<String>,
    /// Number of a version [default: the current one]
    #[arg(long, conflicts_with = "file")]
    version: Option<i64>,
    /// A set that is not stored: YAML that contains the module
    #[arg(long)]
    file: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// YAML of kind MappingSet, or - for standard input
    file: String,
    /// Only show what would be stored
    #[arg(long)]
    dry_run: bool,
    /// Store even if tests fail; the audit log keeps a note
    #[arg(long)]
    force: bool,
    /// Reason, stored with the version
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// Module
    #[arg(value_parser = word::lower)]
    module: String,
    /// Versions to list, 1 to 100
    #[arg(long, default_value_t = 20)]
    limit: i32,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct RollbackArgs {
    /// Module
    #[arg(value_parser = word::lower)]
    module: String,
    /// Number of the version whose rows to take
    version: i64,
    /// Only if this is the current version
    #[arg(long, value_name = "VERSION")]
    expect: Option<i64>,
    /// Even if stored tests fail; the audit log keeps a note
    #[arg(long)]
    force: bool,
    /// Reason, stored with the version
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn mappings(command: MappingsCommand) -> Result<ExitCode, Failed> {
    match command {
        MappingsCommand::Export(args) => export(args).await,
        MappingsCommand::Diff(args) => diff(args).await,
        MappingsCommand::Validate(args) => judge(args, true).await,
        MappingsCommand::Preview(args) => preview(args).await,
        MappingsCommand::Test(args) => judge(args, false).await,
        MappingsCommand::Apply(args) => apply(args).await,
        MappingsCommand::History(args) => history(args).await,
        MappingsCommand::Rollback(args) => rollback(args).await,
        MappingsCommand::ZohoFields(args) => zoho::fields(args).await,
        MappingsCommand::ZohoRecords(args) => zoho::records(args).await,
    }
}

/// Calls a method of MappingService.
async fn ask<T: Message + Default>(
    client: &ClientArgs,
    method: &str,
    request: &impl Message,
) -> Result<T, Failed> {
    let name = format!("sigma.v1.MappingService/{method}");
    let mut answers = Client::new(client)?.call(&name, request.encode_to_vec().into()).await?;
    let bytes = answers.message().await?.unwrap_or_default();
    T::decode(bytes)
        .map_err(|error| Failed::new(exit::FAILED, format!("the answer cannot be read: {error}")))
}

fn print(output: Output, text: &str, answer: &impl Message, name: &str) -> Result<(), Failed> {
    match output {
        Output::Text => output::print(text)?,
        Output::Json => output::print_line(&text::json(name, answer)?)?,
    };
    Ok(())
}

fn read(path: &str) -> Result<String, Failed> {
    let wrong = |reason: String| Failed::new(exit::FAILED, format!("cannot read {path}: {reason}"));
    let mut text = String::new();
    let read = if path == "-" {
        std::io::stdin().take(FILE_MAX + 1).read_to_string(&mut text)
    } else {
        let file = std::fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
        file.take(FILE_MAX + 1).read_to_string(&mut text)
    };
    let length = read.map_err(|error| wrong(error.to_string()))?;
    if length as u64 > FILE_MAX {
        return Err(wrong(format!("it is over {FILE_MAX} bytes")));
    }
    Ok(text)
}

async fn export(args: ExportArgs) -> Result<ExitCode, Failed> {
    let module_name = args.module.unwrap_or_else(|| ALL.to_owned());
    let request = pb::ExportMappingsRequest { module_name };
    let answer: pb::ExportMappingsResponse = ask(&args.client, "ExportMappings", &request).await?;
    output::print(&answer.yaml)?;
    Ok(ExitCode::SUCCESS)
}

async fn diff(args: FileArgs) -> Result<ExitCode, Failed> {
    let request = pb::DiffMappingsRequest { module_name: ALL.to_owned(), yaml: read(&args.file)? };
    let common = args.common;
    let answer: pb::DiffMappingsResponse = ask(&common.client, "DiffMappings", &request).await?;
    print(common.output, &text::modules(&answer.modules), &answer, "DiffMappingsResponse")?;
    Ok(if answer.changed { ExitCode::from(exit::DIFFERENT) } else { ExitCode::SUCCESS })
}

/// Checks a file, or the stored mappings; with `findings` false only their tests.
async fn judge(args: JudgeArgs, findings: bool) -> Result<ExitCode, Failed> {
    let common = args.common;
    let valid = match args.file {
        Some(file) => {
            let request = pb::ApplyMappingsRequest {
                module_name: ALL.to_owned(),
                yaml: read(&file)?,
                dry_run: true,
                ..Default::default()
            };
            let answer: pb::ApplyMappingsResponse =
                ask(&common.client, "ApplyMappings", &request).await?;
            let told = text::judged(&answer.modules, findings);
            print(common.output, &told, &answer, "ApplyMappingsResponse")?;
            answer.modules.iter().all(|one| passes(&one.findings, &one.tests, findings))
        }
        None => {
            let modules = match args.module {
                Some(module) => vec![module],
                None => crate::domain::module::ModuleName::ALL.map(|m| m.to_string()).to_vec(),
            };
            let mut valid = true;
            for module_name in modules {
                let request =
                    pb::ValidateMappingsRequest { module_name: module_name.clone(), draft: None };
                let answer: pb::ValidateMappingsResponse =
                    ask(&common.client, "ValidateMappings", &request).await?;
                let told = text::report(&module_name, &answer, findings);
                print(common.output, &told, &answer, "ValidateMappingsResponse")?;
                valid &= passes(&answer.findings, &answer.tests, findings);
            }
            valid
        }
    };
    Ok(if valid { ExitCode::SUCCESS } else { ExitCode::from(exit::FAILED) })
}

fn passes(found: &[pb::MappingFinding], tests: &[pb::MappingTestOutcome], findings: bool) -> bool {
    let sound = !findings || found.iter().all(|finding| finding.severity != "error");
    sound && tests.iter().all(|test| test.passed)
}

async fn preview(args: PreviewArgs) -> Result<ExitCode, Failed> {
    let record = match &args.record {
        None => None,
        Some(text) => Some(record(text)?),
    };
    let draft = match &args.file {
        None => None,
        Some(path) => Some(draft(&args.module, &read(path)?)?),
    };
    let request = pb::PreviewMappingsRequest {
        module_name: args.module,
        record,
        zoho_id: args.id,
        draft,
        version: args.version,
    };
    let common = args.common;
    let answer: pb::PreviewMappingsResponse =
        ask(&common.client, "PreviewMappings", &request).await?;
    print(common.output, &text::preview(&answer), &answer, "PreviewMappingsResponse")?;
    let mapped = answer.failure.is_none();
    Ok(if mapped { ExitCode::SUCCESS } else { ExitCode::from(exit::FAILED) })
}

fn record(argument: &str) -> Result<crate::proto::sigma::internal::v1::Object, Failed> {
    let json = match argument.strip_prefix('@') {
        Some(path) => read(path)?,
        None => argument.to_owned(),
    };
    let wrong = |reason: String| {
        Failed::new(exit::FAILED, format!("the record is not valid JSON: {reason}"))
    };
    let value: Value = serde_json::from_str(&json).map_err(|error| wrong(error.to_string()))?;
    match value {
        Value::Object(record) => Ok(text::object(&record)),
        _ => Err(wrong("an object is needed".into())),
    }
}

/// Returns the rows of a module from a file.
fn draft(module: &str, yaml: &str) -> Result<pb::MappingDraft, Failed> {
    let files = from_yaml(yaml).map_err(|faults| {
        let lines = faults.iter().map(|one| format!("\n  {}: {}", one.field, one.fault.message()));
        Failed::new(exit::FAILED, format!("the file was refused{}", lines.collect::<String>()))
    })?;
    let found = files.into_iter().find(|file| file.module.as_str() == module);
    let MappingFile { rows, .. } = found
        .ok_or_else(|| Failed::new(exit::FAILED, format!("the file holds no module '{module}'")))?;
    let input = |row: FieldMapping| pb::MappingInput {
        canonical_field: row.canonical_field,
        zoho_field_api_name: row.zoho_field_api_name,
        required: row.required,
        default_value: row.default_value,
        transform_rules: Some(text::object(&row.transform_rules)),
        on_invalid: row.on_invalid,
    };
    Ok(pb::MappingDraft { mappings: rows.into_iter().map(input).collect(), tests: None })
}

async fn apply(args: ApplyArgs) -> Result<ExitCode, Failed> {
    let request = pb::ApplyMappingsRequest {
        module_name: ALL.to_owned(),
        yaml: read(&args.file)?,
        dry_run: args.dry_run,
        force: args.force,
        reason: args.reason,
    };
    let common = args.common;
    let answer: pb::ApplyMappingsResponse = ask(&common.client, "ApplyMappings", &request).await?;
    let mut told = text::modules(&answer.modules);
    told.push_str(&text::judged(&answer.modules, true));
    print(common.output, &told, &answer, "ApplyMappingsResponse")?;
    let stored = !args.dry_run || answer.valid;
    Ok(if stored { ExitCode::SUCCESS } else { ExitCode::from(exit::FAILED) })
}

async fn history(args: HistoryArgs) -> Result<ExitCode, Failed> {
    let request = pb::ListMappingVersionsRequest {
        module_name: args.module,
        limit: Some(args.limit),
        before: None,
    };
    let common = args.common;
    let answer: pb::ListMappingVersionsResponse =
        ask(&common.client, "ListMappingVersions", &request).await?;
    print(
        common.output,
        &text::versions(&answer.versions),
        &answer,
        "ListMappingVersionsResponse",
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn rollback(args: RollbackArgs) -> Result<ExitCode, Failed> {
    let request = pb::RollbackMappingsRequest {
        module_name: args.module.clone(),
        version: args.version,
        reason: args.reason,
        expected_version: args.expect,
        force: args.force,
    };
    let common = args.common;
    let answer: pb::RollbackMappingsResponse =
        ask(&common.client, "RollbackMappings", &request).await?;
    let told = format!(
        "{} is at version {}, equal to version {}\n",
        args.module, answer.version, args.version
    );
    print(common.output, &told, &answer, "RollbackMappingsResponse")?;
    Ok(ExitCode::SUCCESS)
}
