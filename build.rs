//! Compiles `proto/` with protox, so no protoc is needed, and keeps the descriptor set with its options and comments:
//! the REST gateway, the API document, reflection and the `call` command read it at run time.

#[path = "build/secret.rs"]
mod secret;

use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=build");
    let mut files: Vec<PathBuf> = fs::read_dir("proto/sigma/v1")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "proto"));
    files.push("proto/sigma/internal/v1/json.proto".into());
    files.push("proto/google/rpc/status.proto".into());
    files.push("proto/google/rpc/error_details.proto".into());
    files.sort();

    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;

    // These bytes, not a re-encoded prost_types::FileDescriptorSet: prost drops extensions, and with them every
    // google.api.http rule and every option of ours.
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script where to write")]
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("sigma.binpb"), compiler.encode_file_descriptor_set())?;

    check_secrets(&compiler)?;
    let (masked, debug) = masked_debug(&compiler)?;
    fs::write(out.join("masked.rs"), debug)?;

    tonic_prost_build::configure()
        .btree_map(".")
        .extern_path(".google.protobuf.Struct", "crate::proto::sigma::internal::v1::Object")
        .skip_debug(masked)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

/// Stops at fields that are named like secrets and are not marked as such.
fn check_secrets(compiler: &protox::Compiler) -> Result<(), Box<dyn Error>> {
    use protox::prost_reflect::Kind;
    let pool = compiler.descriptor_pool();
    let sensitive =
        pool.get_extension_by_name("sigma.v1.sensitive").ok_or("the option sensitive is gone")?;
    let mut faults = Vec::new();
    for message in pool.all_messages().filter(|message| message.package_name() == "sigma.v1") {
        for field in message.fields() {
            let options = field.options();
            let name = field.full_name().to_owned();
            faults.extend(secret::fault(&secret::Field {
                name: &name,
                is_text: matches!(field.kind(), Kind::String | Kind::Bytes),
                is_marked: options.get_extension(&sensitive).as_bool().unwrap_or_default(),
            }));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// Writes the Debug of every message with a field marked `(sigma.v1.sensitive)`: all fields except those. prost's own
/// Debug would print the secrets into the first log line with a request.
fn masked_debug(compiler: &protox::Compiler) -> Result<(Vec<String>, String), Box<dyn Error>> {
    let pool = compiler.descriptor_pool();
    let sensitive =
        pool.get_extension_by_name("sigma.v1.sensitive").ok_or("the option sensitive is gone")?;
    let (mut names, mut code) = (Vec::new(), String::new());
    for message in pool.all_messages() {
        if !message.fields().any(|field| field.options().has_extension(&sensitive)) {
            continue;
        }
        let name = message.name();
        writeln!(code, "impl ::core::fmt::Debug for super::sigma::v1::{name} {{")?;
        writeln!(
            code,
            "    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{"
        )?;
        writeln!(code, "        f.debug_struct({name:?})")?;
        for field in message.fields().filter(|field| !field.options().has_extension(&sensitive)) {
            writeln!(code, "            .field({0:?}, &self.{0})", field.name())?;
        }
        writeln!(code, "            .finish_non_exhaustive()\n    }}\n}}")?;
        names.push(message.full_name().to_owned());
    }
    Ok((names, code))
}
