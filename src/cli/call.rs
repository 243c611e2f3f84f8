//! `call`: any method of the API by the embedded descriptors, signed over the bytes that are sent.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, descriptors, method},
        exit,
        output::print_line,
    },
    bytes::Bytes,
    clap::Args,
    prost::Message as _,
    prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions},
    std::process::ExitCode,
};

#[derive(Debug, Args)]
pub(super) struct CallArgs {
    /// Service/Method, such as SettingsService/GetSettings
    method: String,
    /// The request as JSON, or @FILE, or @- for standard input
    #[arg(short, long, value_name = "JSON", default_value = "{}")]
    data: String,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn call(args: CallArgs) -> Result<ExitCode, Failed> {
    let pool = descriptors()?;
    let method = method(&pool, &args.method)?;
    let message = encode(&method.input(), &read_data(&args.data)?)?;
    let name = format!("{}/{}", method.parent_service().full_name(), method.name());
    let mut answers = Client::new(&args.client)?.call(&name, message).await.map_err(as_answered)?;
    while let Some(answer) = answers.message().await.map_err(as_answered)? {
        if !print_line(&to_json(&method.output(), answer, !method.is_server_streaming())?)? {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the exit code of grpcurl, for scripts that were written for it.
fn as_answered(failed: Failed) -> Failed {
    match failed.answered.and_then(|code| u8::try_from(code as i32).ok()) {
        Some(code) => Failed { code: exit::ANSWERED + code, ..failed },
        None => failed,
    }
}

fn read_data(data: &str) -> Result<String, Failed> {
    let read = match data.strip_prefix('@') {
        None => return Ok(data.to_owned()),
        Some("-") => std::io::read_to_string(std::io::stdin()),
        Some(path) => std::fs::read_to_string(path),
    };
    read.map_err(|error| Failed::new(exit::FAILED, format!("cannot read the request: {error}")))
}

/// Encodes a request from its JSON form, fields in ascending order as grpcurl writes them.
pub(super) fn encode(message: &MessageDescriptor, json: &str) -> Result<Bytes, Failed> {
    let wrong = |error: serde_json::Error| {
        Failed::new(exit::FAILED, format!("the request is not a valid {}: {error}", message.name()))
    };
    let mut reader = serde_json::Deserializer::from_str(json);
    let request = DynamicMessage::deserialize(message.clone(), &mut reader).map_err(wrong)?;
    reader.end().map_err(wrong)?;
    Ok(request.encode_to_vec().into())
}

/// Writes an answer as JSON with the names of the wire.
pub(super) fn to_json(
    message: &MessageDescriptor,
    bytes: Bytes,
    pretty: bool,
) -> Result<String, Failed> {
    let unreadable =
        |error: String| Failed::new(exit::FAILED, format!("the answer cannot be read: {error}"));
    let answer = DynamicMessage::decode(message.clone(), bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
    let mut out = Vec::new();
    let written = if pretty {
        answer.serialize_with_options(&mut serde_json::Serializer::pretty(&mut out), &options)
    } else {
        answer.serialize_with_options(&mut serde_json::Serializer::new(&mut out), &options)
    };
    written.map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(out).map_err(|error| unreadable(error.to_string()))
}
