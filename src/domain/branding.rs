//! The look of the widget: name, logo, two colours and where to get help, of a tenant or of the deployment. A colour that
//! cannot be read on the other is refused when it is saved, not found by the people who try to read it.

use super::{
    fault::{Fault, FieldFault},
    invisible::is_invisible,
    svg::{LOGO_MAX, check_logo},
};

/// Longest name, in characters.
pub const NAME_MAX: usize = 40;
/// Longest address of support, in characters.
pub const SUPPORT_MAX: usize = 500;
/// The least contrast of text: WCAG 2.2, success criterion 1.4.3 (level AA), for text of any size.
pub const CONTRAST_MIN: f64 = 4.5;

/// A look. Empty fields say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branding {
    /// In place of the name of the service.
    pub name: String,
    /// Text of an SVG.
    pub logo: String,
    /// Of the band at the top, `#rrggbb` in lower case.
    pub colour: String,
    /// Of the text on it, in the same form.
    pub text_colour: String,
    /// An address of the web, or `mailto:` with one of e-mail.
    pub support_url: String,
}

/// Changes of a look: `None` keeps a field, an empty text clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrandingPatch {
    /// See [`Branding`].
    pub name: Option<String>,
    /// See [`Branding`].
    pub logo: Option<String>,
    /// See [`Branding`].
    pub colour: Option<String>,
    /// See [`Branding`].
    pub text_colour: Option<String>,
    /// See [`Branding`].
    pub support_url: Option<String>,
}

impl Branding {
    /// Returns the look with another one behind it, which shows where this one says nothing. Colours come in pairs.
    #[must_use]
    pub fn over(&self, behind: &Self) -> Self {
        let of = |own: &String, other: &String| {
            if own.is_empty() { other.clone() } else { own.clone() }
        };
        let colours = if self.colour.is_empty() { behind } else { self };
        Self {
            name: of(&self.name, &behind.name),
            logo: of(&self.logo, &behind.logo),
            colour: colours.colour.clone(),
            text_colour: colours.text_colour.clone(),
            support_url: of(&self.support_url, &behind.support_url),
        }
    }

    /// Returns the look with changes.
    #[must_use]
    pub fn changed(&self, patch: BrandingPatch) -> Self {
        let of = |new: Option<String>, old: &String| new.unwrap_or_else(|| old.clone());
        let colour = |new: Option<String>, old: &String| of(new, old).trim().to_ascii_lowercase();
        Self {
            name: of(patch.name, &self.name).trim().to_owned(),
            logo: of(patch.logo, &self.logo).trim().to_owned(),
            colour: colour(patch.colour, &self.colour),
            text_colour: colour(patch.text_colour, &self.text_colour),
            support_url: of(patch.support_url, &self.support_url).trim().to_owned(),
        }
    }

    /// The contrast of its colours; `None` without two of them.
    pub fn contrast(&self) -> Option<f64> {
        let (one, other) = (luminance(&self.colour)?, luminance(&self.text_colour)?);
        Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
    }

    /// Names every fault.
    pub fn check(&self) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, fault: Fault| faults.push(FieldFault::new(field, fault));
        if self.name.chars().count() > NAME_MAX {
            fault("name", Fault::TooLong { max: NAME_MAX });
        } else if self.name.contains(is_hidden) {
            fault("name", Fault::Value("characters that cannot be seen are not allowed".into()));
        }
        if self.logo.len() > LOGO_MAX {
            fault("logo", Fault::TooLong { max: LOGO_MAX });
        } else if let Err(why) = check_logo_or_none(&self.logo) {
            fault("logo", Fault::Value(why));
        }
        let mut both = true;
        for (field, colour) in [("colour", &self.colour), ("text_colour", &self.text_colour)] {
            if !colour.is_empty() && luminance(colour).is_none() {
                both = false;
                fault(field, Fault::Pattern { pattern: "^#[0-9a-f]{6}$" });
            }
        }
        match (self.colour.is_empty(), self.text_colour.is_empty(), self.contrast()) {
            (true, false, _) if both => fault("colour", Fault::Value(PAIR.into())),
            (false, true, _) if both => fault("text_colour", Fault::Value(PAIR.into())),
            (_, _, Some(contrast)) if contrast < CONTRAST_MIN => {
                // Rounded down, so that what is refused never reads as the least that is taken.
                let shown = (contrast * 100.0).floor() / 100.0;
                fault(
                    "text_colour",
                    Fault::Value(format!(
                        "the contrast of {} on {} is {shown:.2} to 1; at least {CONTRAST_MIN} to 1 is needed to read it",
                        self.text_colour, self.colour
                    )),
                );
            }
            _ => {}
        }
        if self.support_url.chars().count() > SUPPORT_MAX {
            fault("support_url", Fault::TooLong { max: SUPPORT_MAX });
        } else if !self.support_url.is_empty() && !is_support(&self.support_url) {
            let why = "an https:// address, or mailto: with an e-mail address, is needed";
            fault("support_url", Fault::Value(why.into()));
        }
        faults
    }
}

const PAIR: &str = "set both colours, or clear both";

fn check_logo_or_none(logo: &str) -> Result<(), String> {
    if logo.is_empty() { Ok(()) } else { check_logo(logo) }
}

fn is_hidden(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

fn is_support(text: &str) -> bool {
    if text.contains(|c: char| is_hidden(c) || c.is_whitespace()) {
        return false;
    }
    let Ok(url) = url::Url::parse(text) else { return false };
    match url.scheme() {
        "https" => url.host_str().is_some_and(|host| !host.is_empty()) && url.username().is_empty(),
        "mailto" => {
            let (name, host) = url.path().split_once('@').unwrap_or_default();
            !name.is_empty() && host.contains('.') && !host.contains('@') && url.query().is_none()
        }
        _ => false,
    }
}

/// Relative luminance of `#rrggbb` (WCAG 2.2, "relative luminance"); `None` for another text.
fn luminance(colour: &str) -> Option<f64> {
    let digits = colour.strip_prefix('#')?;
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if digits.len() != 6 || !digits.bytes().all(is_digit) {
        return None;
    }
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?) / 255.0;
        Some(if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * part(0)? + 0.7152 * part(2)? + 0.0722 * part(4)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colours(colour: &str, text_colour: &str) -> Branding {
        Branding { colour: colour.into(), text_colour: text_colour.into(), ..Branding::default() }
    }

    fn faults(branding: &Branding) -> Vec<String> {
        branding.check().into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn contrast_is_that_of_the_guideline() {
        // Values of the definition: black on white is 21, and #777777 on white just fails.
        assert!((colours("#ffffff", "#000000").contrast().unwrap() - 21.0).abs() < 1e-9);
        assert!((colours("#ffffff", "#777777").contrast().unwrap() - 4.478).abs() < 1e-3);
        assert_eq!(faults(&colours("#ffffff", "#777777")), ["text_colour"]);
        assert_eq!(faults(&colours("#ffffff", "#767676")), [""; 0]);
        let Fault::Value(why) = &colours("#ffffff", "#777777").check()[0].fault else { panic!() };
        assert!(why.contains("4.47 to 1") && why.contains("at least 4.5"), "{why}");
        assert_eq!(faults(&colours("#0d5c56", "#f8f5ee")), [""; 0]);
    }

    #[test]
    fn every_fault_of_a_look_is_named() {
        assert_eq!(faults(&Branding::default()), [""; 0]);
        assert_eq!(faults(&colours("#0d5c56", "")), ["text_colour"]);
        assert_eq!(faults(&colours("", "#0d5c56")), ["colour"]);
        assert_eq!(faults(&colours("red", "#0D5C56")), ["colour", "text_colour"]);
        let look = |name: &str, support: &str| Branding {
            name: name.into(),
            support_url: support.into(),
            ..Branding::default()
        };
        assert_eq!(faults(&look("معهد الأفق", "https://help.school.example/a?b=c")), [""; 0]);
        assert_eq!(faults(&look("x", "mailto:help@school.example")), [""; 0]);
        for bad in [
            "http://help.example",
            "javascript:alert(1)",
            "https://",
            "https://me@help.example",
            "mailto:help",
            "mailto:a@b.example?bcc=c@d.example",
            "data:text/html,x",
            "https://help.example/\u{202e}x",
            "https://help.example/a b",
            "help.example",
        ] {
            assert_eq!(faults(&look("x", bad)), ["support_url"], "{bad}");
        }
        assert_eq!(
            faults(&look(&"x".repeat(41), &format!("https://x.example/{}", "x".repeat(500)))),
            ["name", "support_url"]
        );
        assert_eq!(faults(&look("a\u{200b}b", "")), ["name"]);
        assert_eq!(faults(&Branding { logo: "<svg/>".into(), ..Branding::default() }), ["logo"]);
    }

    #[test]
    fn what_a_tenant_does_not_say_is_as_the_deployment_has_it() {
        let behind = Branding {
            name: "Vendor".into(),
            support_url: "mailto:a@b.example".into(),
            ..colours("#000000", "#ffffff")
        };
        assert_eq!(Branding::default().over(&behind), behind);
        let own = Branding { name: "School".into(), ..colours("#ffffff", "#000000") };
        let shown = own.over(&behind);
        assert_eq!(
            (shown.name.as_str(), shown.colour.as_str(), shown.text_colour.as_str()),
            ("School", "#ffffff", "#000000")
        );
        assert_eq!(shown.support_url, behind.support_url);
        let patch = BrandingPatch {
            name: Some(String::new()),
            colour: Some(" #FFFFFF ".into()),
            ..BrandingPatch::default()
        };
        let changed = behind.changed(patch);
        assert_eq!((changed.name.as_str(), changed.colour.as_str()), ("", "#ffffff"));
        assert_eq!(changed.text_colour, "#ffffff");
    }
}
