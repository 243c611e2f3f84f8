//! Reading a transform from its JSON form: unknown types, parameters and keys are refused by name.

use {
    super::{KNOWN, Other, Take, Transform},
    serde_json::{Map, Value},
};

/// Steps of a chain.
const STEPS_MAX: usize = 12;

/// Reads parameters and sees that none is left over.
struct Params<'a> {
    name: &'a str,
    left: Map<String, Value>,
}

impl Params<'_> {
    fn flag(&mut self, key: &str, default: bool) -> Result<bool, String> {
        match self.left.remove(key) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(format!("{}: '{key}' must be true or false", self.name)),
        }
    }

    fn text(&mut self, key: &str, default: Option<&str>) -> Result<String, String> {
        match (self.left.remove(key), default) {
            (Some(Value::String(text)), _) if text.len() <= 1_024 => Ok(text),
            (None, Some(default)) => Ok(default.to_owned()),
            _ => Err(format!("{}: '{key}' must be a text of at most 1024 bytes", self.name)),
        }
    }

    fn sources(&mut self) -> Result<Vec<String>, String> {
        let wrong = || format!("{}: 'sources' must list 1 to 20 field names", self.name);
        let Some(Value::Array(items)) = self.left.remove("sources") else { return Err(wrong()) };
        let names: Option<Vec<String>> = items
            .iter()
            .map(|item| item.as_str().filter(|s| !s.is_empty()).map(str::to_owned))
            .collect();
        names.filter(|names| (1..=20).contains(&names.len())).ok_or_else(wrong)
    }

    fn end(self, transform: Transform) -> Result<Transform, String> {
        match self.left.keys().next() {
            None => Ok(transform),
            Some(key) => Err(format!("{}: unknown parameter '{key}'", self.name)),
        }
    }
}

impl Transform {
    /// Reads `{}` or `{"type", "params"?, "description"?}`; the error says what was refused.
    pub fn parse(rules: &Map<String, Value>) -> Result<Option<Self>, String> {
        if rules.is_empty() {
            return Ok(None);
        }
        Self::parse_step(rules, true).map(Some)
    }

    fn parse_step(rules: &Map<String, Value>, may_chain: bool) -> Result<Self, String> {
        if let Some(key) =
            rules.keys().find(|key| !["type", "params", "description"].contains(&key.as_str()))
        {
            return Err(format!("unknown key '{key}'; type, params and description are known"));
        }
        if rules.get("description").is_some_and(|text| !(text.is_string() || text.is_null())) {
            return Err("'description' must be a text".into());
        }
        let name =
            rules.get("type").and_then(Value::as_str).ok_or("'type' must name a transform")?;
        let left = match rules.get("params") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(params)) => params.clone(),
            Some(_) => return Err("'params' must be an object".into()),
        };
        let mut params = Params { name, left };
        let transform = match name {
            "value" => Self::Value,
            "before_at" => Self::BeforeAt,
            "image_url_resolver" => match params.text("prefer", Some("first"))?.as_str() {
                "first" => Self::ImageUrl { last: false },
                "last" => Self::ImageUrl { last: true },
                _ => return Err("image_url_resolver: 'prefer' must be first or last".into()),
            },
            "trim" => Self::Trim { collapse: params.flag("collapse", true)? },
            "lower" => Self::Lower,
            "upper" => Self::Upper,
            "truncate" => {
                let max =
                    params.left.remove("max").and_then(|max| max.as_u64()).unwrap_or_default();
                let max = usize::try_from(max).unwrap_or_default();
                if !(1..=10_000).contains(&max) {
                    return Err("truncate: 'max' must be 1 to 10000".into());
                }
                Self::Truncate { max, ellipsis: params.flag("ellipsis", false)? }
            }
            "concat" => Self::Concat {
                sources: params.sources()?,
                sep: params.text("sep", Some(" "))?,
                skip_empty: params.flag("skip_empty", true)?,
            },
            "split" => parse_split(&mut params)?,
            "coalesce" => Self::Coalesce { sources: params.sources()? },
            "default" => {
                let value = params
                    .left
                    .remove("value")
                    .filter(|value| !value.is_object() && !value.is_array());
                Self::Default {
                    value: value.ok_or("default: 'value' must be a text, number, true or false")?,
                }
            }
            "value_map" => parse_value_map(&mut params)?,
            "lookup_id" => Self::LookupId,
            "lookup_name" => Self::LookupName,
            "date_only" => Self::DateOnly,
            "to_integer" => Self::ToInteger,
            "to_decimal" => match params.text("decimal", Some("."))?.as_str() {
                "." => Self::ToDecimal { comma: false },
                "," => Self::ToDecimal { comma: true },
                _ => return Err("to_decimal: 'decimal' must be . or ,".into()),
            },
            "json" => Self::Json,
            "chain" if may_chain => parse_chain(&mut params)?,
            "chain" => return Err("a chain cannot hold a chain".into()),
            unknown => {
                let known: Vec<&str> = KNOWN.iter().map(|(name, _, _)| *name).collect();
                let shown: String = unknown.chars().take(60).collect();
                return Err(format!(
                    "unknown transform type '{shown}'; known are {}",
                    known.join(", ")
                ));
            }
        };
        params.end(transform)
    }
}

fn parse_split(params: &mut Params<'_>) -> Result<Transform, String> {
    let on = params.text("on", None)?;
    if on.is_empty() {
        return Err("split: 'on' must not be empty".into());
    }
    let take = match params.left.remove("take") {
        None => Take::First,
        Some(Value::String(word)) if word == "first" => Take::First,
        Some(Value::String(word)) if word == "last" => Take::Last,
        Some(Value::String(word)) if word == "rest" => Take::Rest,
        Some(Value::Number(n)) if n.as_u64().is_some_and(|n| n < 100) => {
            Take::Nth(usize::try_from(n.as_u64().unwrap_or_default()).unwrap_or_default())
        }
        Some(_) => {
            return Err("split: 'take' must be first, last, rest or a number below 100".into());
        }
    };
    Ok(Transform::Split { on, take })
}

fn parse_value_map(params: &mut Params<'_>) -> Result<Transform, String> {
    let case = params.flag("case", false)?;
    let other = match params.text("else", Some("keep"))?.as_str() {
        "keep" => Other::Keep,
        "null" => Other::Null,
        "fail" => Other::Fail,
        _ => return Err("value_map: 'else' must be keep, null or fail".into()),
    };
    let Some(Value::Object(entries)) = params.left.remove("map") else {
        return Err("value_map: 'map' must be an object".into());
    };
    if entries.values().any(|value| value.is_object() || value.is_array()) {
        return Err("value_map: values must be texts, numbers, true, false or null".into());
    }
    let fold = |key: String| if case { key } else { key.to_lowercase() };
    let map = entries.into_iter().map(|(key, value)| (fold(key), value)).collect();
    Ok(Transform::ValueMap { map, other, case })
}

fn parse_chain(params: &mut Params<'_>) -> Result<Transform, String> {
    let wrong = || format!("chain: 'steps' must list 1 to {STEPS_MAX} transforms");
    let Some(Value::Array(steps)) = params.left.remove("steps") else { return Err(wrong()) };
    if !(1..=STEPS_MAX).contains(&steps.len()) {
        return Err(wrong());
    }
    let parse = |(index, step): (usize, &Value)| {
        let rules = step.as_object().ok_or_else(wrong)?;
        Transform::parse_step(rules, false)
            .map_err(|reason| format!("step {}: {reason}", index + 1))
    };
    steps.iter().enumerate().map(parse).collect::<Result<_, _>>().map(Transform::Chain)
}
