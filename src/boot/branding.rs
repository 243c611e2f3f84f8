//! The look of the deployment, from its settings.

use {
    super::{Refused, read_short},
    crate::{
        config::Config,
        domain::{branding::Branding, fault::Fault},
    },
    anyhow::{Result, bail},
};

/// Reads the look of the deployment.
///
/// # Errors
/// When a tenant would not be allowed to have it, or the file of the logo cannot be read.
pub(super) fn branding(config: &Config) -> Result<Branding> {
    let widget = &config.widget;
    let logo = match widget.logo_file.as_str() {
        "" => String::new(),
        path => {
            let bytes = read_short(path.as_ref()).map_err(|error| {
                Refused(format!("widget.logo_file: cannot read {path}: {error}"))
            })?;
            String::from_utf8_lossy(&bytes).trim().to_owned()
        }
    };
    let look = Branding {
        name: widget.name.clone(),
        logo,
        colour: widget.colour.to_ascii_lowercase(),
        text_colour: widget.text_colour.to_ascii_lowercase(),
        support_url: widget.support_url.clone(),
    };
    if let Some(fault) = look.check().first() {
        let name = if fault.field == "logo" { "logo_file" } else { &fault.field };
        let why = match &fault.fault {
            Fault::Value(why) => why.clone(),
            other => other.to_string(),
        };
        bail!(Refused(format!("widget.{name}: {why}")));
    }
    Ok(look)
}
