//! `sign`: the headers of one request, for curl and grpcurl.

use {
    super::{
        Failed,
        call::encode,
        client::{Client, ClientArgs, Content, SignScheme, descriptors, method},
        exit,
        output::print_line,
    },
    clap::{Args, ValueEnum},
    std::process::ExitCode,
};

#[derive(Debug, Args)]
pub(super) struct SignArgs {
    /// METHOD and path for REST (GET '/v1/extension/runs?limit=5'), or one Service/Method for gRPC
    #[arg(required = true, num_args = 1..=2, value_names = ["METHOD", "TARGET"])]
    target: Vec<String>,
    /// REST: the body as it will be sent. gRPC: the request as JSON
    #[arg(short, long, default_value = "")]
    data: String,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Headers)]
    format: Format,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One header per line
    Headers,
    /// A whole curl command
    Curl,
    /// Options for grpcurl
    Grpcurl,
    /// Variables for a shell
    Env,
}

pub(super) fn sign(args: &SignArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let text = match args.target.as_slice() {
        [name] => grpc(&client, name, &args.data, args.format)?,
        [verb, target] => rest(&client, &verb.to_uppercase(), target, &args.data, args.format)?,
        _ => return Err(Failed::new(exit::FAILED, "a method and a path, or one Service/Method")),
    };
    print_line(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn grpc(client: &Client, name: &str, data: &str, format: Format) -> Result<String, Failed> {
    let pool = descriptors()?;
    let method = method(&pool, name)?;
    let message = encode(&method.input(), if data.is_empty() { "{}" } else { data })?;
    let name = format!("{}/{}", method.parent_service().full_name(), method.name());
    let headers = client.headers("POST", &format!("/{name}"), Content::Message(&message))?;
    match format {
        Format::Curl => {
            Err(Failed::new(exit::FAILED, "curl speaks REST: give a method and a path"))
        }
        // grpcurl would name the port also where the client of this service leaves it out.
        Format::Grpcurl if client.scheme == SignScheme::V2 => {
            let (host, options) = (client.server.host(), write(&headers, format));
            Ok(format!("-authority {} {options}", quoted(&host)))
        }
        other => Ok(write(&headers, other)),
    }
}

fn rest(
    client: &Client,
    verb: &str,
    target: &str,
    body: &str,
    format: Format,
) -> Result<String, Failed> {
    let headers = client.headers(verb, target, Content::Body(body.as_bytes()))?;
    Ok(match format {
        Format::Curl => curl(client, verb, target, body, &headers),
        other => write(&headers, other),
    })
}

/// A curl command that sends exactly what was signed.
pub(super) fn curl(
    client: &Client,
    verb: &str,
    target: &str,
    body: &str,
    headers: &[(&str, String)],
) -> String {
    let mut command = format!("curl -sS -X {verb}");
    if let Some(ca) = client.server.ca() {
        command += &format!(" --cacert {}", quoted(&ca.display().to_string()));
    }
    for (name, value) in headers {
        command += &format!(" -H {}", quoted(&format!("{name}: {value}")));
    }
    if !body.is_empty() {
        command += &format!(" -H 'Content-Type: application/json' --data-binary {}", quoted(body));
    }
    command + &format!(" {}", quoted(&format!("{}{target}", client.server.address())))
}

/// Quotes a text for a POSIX shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Returns whether a shell reads a character as it stands.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'+' | b'=' | b':')
}

/// Writes headers; for grpcurl as options of the call alone, because a nonce is valid once and reflection would use
/// it up.
fn write(headers: &[(&str, String)], format: Format) -> String {
    let line = |(name, value): &(&str, String)| match format {
        Format::Grpcurl if value.bytes().all(is_plain) => format!("-rpc-header {name}:{value}"),
        Format::Grpcurl => format!("-rpc-header {}", quoted(&format!("{name}:{value}"))),
        Format::Env => format!("{}={}", name.to_uppercase().replace('-', "_"), quoted(value)),
        Format::Headers | Format::Curl => format!("{name}: {value}"),
    };
    let lines: Vec<String> = headers.iter().map(line).collect();
    lines.join(if format == Format::Grpcurl { " " } else { "\n" })
}

/// A grpcurl command for a method, signed.
pub(super) fn grpcurl(client: &Client, name: &str, json: &str) -> Result<String, Failed> {
    let options = grpc(client, name, json, Format::Grpcurl)?;
    let way = match client.server.ca() {
        Some(ca) => format!("-cacert {} ", quoted(&ca.display().to_string())),
        None if client.server.is_private() => String::new(),
        None => "-plaintext ".to_owned(),
    };
    let host = client.server.authority();
    Ok(format!("grpcurl {way}{options} -d {} {host} {name}", quoted(json)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_for_the_shell() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
