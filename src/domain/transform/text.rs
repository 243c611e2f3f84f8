//! Steps on texts, and steps that compose a text from several fields.

use {
    super::{Failure, is_empty, parse::Params, text_of},
    crate::domain::record::SourceRecord,
    serde_json::Value,
    std::borrow::Cow,
    unicode_segmentation::UnicodeSegmentation as _,
};

/// Parts that a text is split into at most.
const PARTS_MAX: u32 = 100;

/// From a text to a text.
#[derive(Debug, Clone)]
pub(super) enum TextStep {
    BeforeAt,
    Trim { collapse: bool },
    Lower { turkish: bool },
    Upper { turkish: bool },
    Truncate { max: usize, ellipsis: bool },
    Split { on: String, take: Take },
}

/// The part of a split text that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    First,
    Last,
    /// All but the first.
    Rest,
    /// This one, from 0.
    Nth(usize),
}

impl TextStep {
    pub(super) fn trim(params: &mut Params) -> Result<Self, String> {
        Ok(Self::Trim { collapse: params.flag("collapse")? })
    }

    pub(super) fn lower(params: &mut Params) -> Result<Self, String> {
        Ok(Self::Lower { turkish: turkish(params)? })
    }

    pub(super) fn upper(params: &mut Params) -> Result<Self, String> {
        Ok(Self::Upper { turkish: turkish(params)? })
    }

    pub(super) fn truncate(params: &mut Params) -> Result<Self, String> {
        let max = params.number("max")? as usize;
        Ok(Self::Truncate { max, ellipsis: params.flag("ellipsis")? })
    }

    pub(super) fn split(params: &mut Params) -> Result<Self, String> {
        let on = params.text("on")?;
        let take = match params.take("take") {
            None => Take::First,
            Some(Value::String(word)) if word == "first" => Take::First,
            Some(Value::String(word)) if word == "last" => Take::Last,
            Some(Value::String(word)) if word == "rest" => Take::Rest,
            Some(Value::Number(n)) if n.as_u64().is_some_and(|n| n < u64::from(PARTS_MAX)) => {
                Take::Nth(usize::try_from(n.as_u64().unwrap_or_default()).unwrap_or_default())
            }
            Some(_) => return Err(params.wrong("take")),
        };
        Ok(Self::Split { on, take })
    }

    pub(super) const fn shortens(&self) -> bool {
        matches!(self, Self::Truncate { .. })
    }

    pub(super) fn apply(&self, text: &str) -> Result<Value, Failure> {
        Ok(Value::String(match self {
            Self::BeforeAt => text.split('@').next().unwrap_or_default().to_owned(),
            Self::Trim { collapse: true } => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Trim { collapse: false } => text.trim().to_owned(),
            Self::Lower { turkish: false } => text.to_lowercase(),
            Self::Lower { turkish: true } => {
                text.replace('I', "ı").replace('İ', "i").to_lowercase()
            }
            Self::Upper { turkish: false } => text.to_uppercase(),
            Self::Upper { turkish: true } => text.replace('i', "İ").to_uppercase(),
            Self::Truncate { max, ellipsis } => truncate(text, *max, *ellipsis),
            Self::Split { on, take } => return Ok(split(text, on, *take)),
        }))
    }
}

fn turkish(params: &mut Params) -> Result<bool, String> {
    Ok(params.word("locale")? == "tr")
}

/// Cuts between graphemes: an accent stays with its letter, and a family emoji stays whole.
fn truncate(text: &str, max: usize, ellipsis: bool) -> String {
    let mut borders = text.grapheme_indices(true).map(|(at, _)| at);
    let Some(end) = borders.nth(max) else { return text.to_owned() };
    if !ellipsis {
        return text.get(..end).unwrap_or(text).to_owned();
    }
    let before = text.grapheme_indices(true).map(|(at, _)| at).nth(max.saturating_sub(1));
    format!("{}…", text.get(..before.unwrap_or_default()).unwrap_or_default())
}

fn split(text: &str, on: &str, take: Take) -> Value {
    let part = match take {
        Take::First => text.split(on).next(),
        Take::Last => text.rsplit(on).next(),
        Take::Rest => text.split_once(on).map(|(_, rest)| rest),
        Take::Nth(n) => text.split(on).nth(n),
    };
    part.map_or(Value::Null, |part| Value::String(part.to_owned()))
}

/// From several fields to a text; the row's own field is not read.
#[derive(Debug, Clone)]
pub(super) enum Compose {
    Concat { sources: Vec<String>, sep: String, skip_empty: bool },
    Template(Vec<Part>),
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// The first of these fields that is not empty.
    Fields(Vec<String>),
}

impl Compose {
    pub(super) fn template(params: &mut Params) -> Result<Self, String> {
        parse_template(&params.text("text")?).map(Self::Template)
    }

    pub(super) fn concat(params: &mut Params) -> Result<Self, String> {
        Ok(Self::Concat {
            sources: params.sources()?,
            sep: params.text("sep")?,
            skip_empty: params.flag("skip_empty")?,
        })
    }

    pub(super) fn sources(&self) -> Vec<&str> {
        match self {
            Self::Concat { sources, .. } => sources.iter().map(String::as_str).collect(),
            Self::Template(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    Part::Fields(names) => Some(names),
                    Part::Text(_) => None,
                })
                .flatten()
                .map(String::as_str)
                .collect(),
        }
    }

    pub(super) fn apply(&self, record: &SourceRecord) -> Result<Value, Failure> {
        let mut parts: Vec<Cow<'_, str>> = Vec::new();
        let (mut filled, mut between) = (false, "");
        match self {
            Self::Concat { sources, sep, skip_empty } => {
                between = sep;
                for name in sources {
                    let text = filled_text(record, name)?;
                    filled |= text.is_some();
                    if text.is_some() || !skip_empty {
                        parts.push(text.unwrap_or_default().into());
                    }
                }
            }
            Self::Template(template) => {
                for part in template {
                    match part {
                        Part::Text(text) => parts.push(text.into()),
                        Part::Fields(names) => {
                            let mut texts = names.iter().map(|name| filled_text(record, name));
                            let text = texts.find_map(Result::transpose).transpose()?;
                            filled |= text.is_some();
                            parts.push(text.unwrap_or_default().into());
                        }
                    }
                }
            }
        }
        // At most 20 fields of limited length: a result that is too long is refused as a whole.
        Ok(if filled { Value::String(parts.join(between)) } else { Value::Null })
    }
}

/// The text of a field, if the field has a value.
fn filled_text(record: &SourceRecord, name: &str) -> Result<Option<String>, Failure> {
    let value = field(record, name);
    if is_empty(&value) { Ok(None) } else { text_of(&value).map(Some) }
}

/// A field of the record; `id` is the id of the record, even if the fields do not hold it.
pub(super) fn field<'a>(record: &'a SourceRecord, name: &str) -> Cow<'a, Value> {
    match record.fields.get(name) {
        Some(value) => Cow::Borrowed(value),
        None if name == "id" => Cow::Owned(Value::from(record.id.as_str())),
        None => Cow::Owned(Value::Null),
    }
}

/// Reads `Dear {Nick|First_Name}`; `{{` and `}}` are literal braces.
fn parse_template(text: &str) -> Result<Vec<Part>, String> {
    let wrong = |reason: &str| Err(format!("template: {reason}"));
    let (mut parts, mut plain) = (Vec::new(), String::new());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        plain.push_str(before);
        if let Some(after) = brace.strip_prefix("{{") {
            plain.push('{');
            rest = after;
        } else if let Some(after) = brace.strip_prefix("}}") {
            plain.push('}');
            rest = after;
        } else if let Some(inside) = brace.strip_prefix('{') {
            let Some((names, after)) = inside.split_once('}') else {
                return wrong("a { has no }");
            };
            let names: Vec<String> = names.split('|').map(|name| name.trim().to_owned()).collect();
            let is_name = |name: &String| {
                (1..=100).contains(&name.len())
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.$".contains(&b))
            };
            if !names.iter().all(is_name) {
                return wrong("a field between { and } must be an API name");
            }
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Fields(names));
            rest = after;
        } else {
            return wrong("a } has no {");
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    match parts.iter().filter(|part| matches!(part, Part::Fields(_))).count() {
        0 => wrong("'text' must name a field, such as {First_Name}"),
        1..=20 => Ok(parts),
        _ => wrong("at most 20 fields"),
    }
}
