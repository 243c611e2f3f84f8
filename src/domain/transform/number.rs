//! Numbers from texts, by decimal arithmetic only: with doubles, 0.1 + 0.2 of an amount would not be 0.3.

use {
    super::{Failure, Kind, parse::Params, shown, text::field, text_of, western},
    crate::domain::record::SourceRecord,
    serde_json::{Number, Value},
    std::{cmp::Ordering, fmt},
};

/// Most digits of a number.
const DIGITS_MAX: usize = 60;

/// A decimal number in its one normal form: no leading and no trailing zeros, no negative zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// At least one digit.
    whole: String,
    /// Without trailing zeros.
    fraction: String,
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::new(number < 0, &number.unsigned_abs().to_string(), "")
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let dot = if self.fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{dot}{}", self.whole, self.fraction)
    }
}

impl Decimal {
    fn new(negative: bool, whole: &str, fraction: &str) -> Self {
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole }.to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let is_zero = whole == "0" && fraction.is_empty();
        Self { negative: negative && !is_zero, whole, fraction }
    }

    /// Reads digits with at most one dot, a sign and an exponent, as JSON and CSV write numbers; `None` for anything
    /// else and for more than 60 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole)
            || !all_digits(fraction)
            || whole.len() + fraction.len() > 2 * DIGITS_MAX
        {
            return None;
        }
        let shift = exponent.unsigned_abs() as usize;
        if shift > DIGITS_MAX {
            return None;
        }
        let zeros = "0".repeat(shift);
        let (whole, fraction) = if exponent >= 0 {
            let moved = format!("{fraction}{zeros}");
            let (left, right) = moved.split_at(shift);
            (format!("{whole}{left}"), right.to_owned())
        } else {
            let moved = format!("{zeros}{whole}");
            let (left, right) = moved.split_at(moved.len() - shift);
            (left.to_owned(), format!("{right}{fraction}"))
        };
        let number = Self::new(negative, &whole, &fraction);
        (number.whole.len() + number.fraction.len() <= DIGITS_MAX).then_some(number)
    }

    /// Reads a JSON number, or a text that is one.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::String(text) => Self::parse(text.trim()),
            _ => None,
        }
    }

    /// True below zero.
    pub const fn is_negative(&self) -> bool {
        self.negative
    }

    /// True for zero.
    pub fn is_zero(&self) -> bool {
        self.whole == "0" && self.fraction.is_empty()
    }

    /// Orders two numbers.
    pub fn compare(&self, other: &Self) -> Ordering {
        let size =
            |number: &Self| (number.whole.len(), number.whole.clone(), number.fraction.clone());
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
        }
    }

    /// The whole number that it is, when it has no fraction and fits.
    pub fn to_i64(&self) -> Option<i64> {
        if self.fraction.is_empty() { self.to_string().parse().ok() } else { None }
    }

    /// A JSON number: an integer if it is one, otherwise the nearest double.
    pub(super) fn into_value(self) -> Value {
        match (self.to_i64(), self.to_string().parse::<f64>()) {
            (Some(number), _) => Value::from(number),
            (None, Ok(number)) => Number::from_f64(number).map_or(Value::Null, Value::Number),
            (None, Err(_)) => Value::Null,
        }
    }

    /// Rounds to `scale` digits after the dot; `None` if digits would be lost and rounding is off.
    fn rounded(&self, scale: usize, rounding: Rounding) -> Option<Self> {
        let Some((kept, lost)) = self.fraction.split_at_checked(scale) else {
            return Some(self.clone());
        };
        if lost.is_empty() {
            return Some(self.clone());
        }
        let digits = format!("{}{kept}", self.whole);
        let up = match rounding {
            Rounding::None => return None,
            Rounding::Floor => self.negative,
            Rounding::HalfEven => match lost.as_bytes() {
                // The fraction has no trailing zeros, so a lone 5 is exactly half.
                b"5" => digits.bytes().last().is_some_and(|last| last % 2 == 1),
                [first, ..] => *first >= b'5',
                [] => false,
            },
        };
        let digits = if up { one_more(&digits) } else { digits };
        let (whole, fraction) = digits.split_at(digits.len() - kept.len());
        Some(Self::new(self.negative, whole, fraction))
    }
}

/// Adds one to a number of decimal digits.
fn one_more(digits: &str) -> String {
    let mut out: Vec<u8> = digits.bytes().collect();
    for digit in out.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return out.into_iter().map(char::from).collect();
        }
    }
    out.insert(0, b'1');
    out.into_iter().map(char::from).collect()
}

/// A JSON number in the normal form, such as `7` for `7.0`.
pub(super) fn plain(number: &Number) -> String {
    let text = number.to_string();
    Decimal::parse(&text).map_or(text, |decimal| decimal.to_string())
}

/// What is done with digits that do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rounding {
    None,
    HalfEven,
    Floor,
}

/// The mark that separates the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Dot,
    Comma,
    /// Detected from the text; refused if it could be either.
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Integer,
    Decimal,
    Money,
}

#[derive(Debug, Clone)]
pub(super) struct NumberStep {
    form: Form,
    mark: Mark,
    /// The separator of thousands, if it is not the other mark.
    group: Option<String>,
    scale: Option<usize>,
    rounding: Rounding,
    min: Option<Decimal>,
    max: Option<Decimal>,
    currency: Option<Currency>,
}

/// The currency that an amount must be in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Currency {
    Code(String),
    /// A field that holds the code.
    Field(String),
}

impl NumberStep {
    pub(super) fn parse(form: Form, params: &mut Params) -> Result<Self, String> {
        let mark = match params.word("decimal")? {
            "." => Mark::Dot,
            "," => Mark::Comma,
            _ => Mark::Auto,
        };
        let group = params.optional("group")?;
        let mark_text = if mark == Mark::Comma { "," } else { "." };
        let fits = |group: &String| {
            ["", ",", ".", " ", "'", "_"].contains(&group.as_str())
                && group != mark_text
                && mark != Mark::Auto
        };
        if group.as_ref().is_some_and(|group| !fits(group)) {
            return Err(params.wrong("group"));
        }
        let rounding = match params.word("round")? {
            "none" => Rounding::None,
            "half_even" => Rounding::HalfEven,
            _ => Rounding::Floor,
        };
        let scale = match form {
            Form::Integer => Some(0),
            Form::Money => params.whole("scale")?.map(|scale| scale as usize),
            Form::Decimal => match params.whole("scale")? {
                None if rounding != Rounding::None => {
                    return Err("to_decimal: 'round' needs 'scale'".into());
                }
                scale => scale.map(|scale| scale as usize),
            },
        };
        let mut limit = |key: &str| match params.take(key) {
            None => Ok(None),
            Some(value) => Decimal::of(&value).map(Some).ok_or_else(|| params.wrong(key)),
        };
        let (min, max) = (limit("min")?, limit("max")?);
        if let (Some(min), Some(max)) = (&min, &max)
            && min.compare(max) == Ordering::Greater
        {
            return Err(params.unfit("min", "at most 'max'"));
        }
        let currency = if form == Form::Money { parse_currency(params)? } else { None };
        Ok(Self { form, mark, group, scale, rounding, min, max, currency })
    }

    pub(super) fn sources(&self) -> Vec<&str> {
        match &self.currency {
            Some(Currency::Field(name)) => vec![name],
            _ => Vec::new(),
        }
    }

    pub(super) const fn gives(&self) -> Kind {
        match self.form {
            Form::Integer => Kind::Integer,
            Form::Decimal | Form::Money => Kind::Decimal,
        }
    }

    pub(super) fn apply(&self, value: &Value, record: &SourceRecord) -> Result<Value, Failure> {
        let what = match self.form {
            Form::Integer => "a whole number",
            Form::Decimal => "a decimal number",
            Form::Money => "an amount",
        };
        let (number, scale) = match value {
            Value::Number(number) => {
                let read = Decimal::parse(&number.to_string());
                let read = read.ok_or_else(|| Failure::new(format!("{number} is not {what}")))?;
                (read, self.scale_in("", AS_IT_STANDS, record)?)
            }
            _ => self.read(&text_of(value)?, what, record)?,
        };
        let fitted = match scale {
            Some(scale) => number.rounded(scale, self.rounding).ok_or_else(|| {
                let digits = if scale == 0 {
                    "has a fraction".to_owned()
                } else {
                    format!("has more than {scale} decimals")
                };
                Failure::new(format!("{number} {digits}; set 'round' to allow it"))
            })?,
            None => number,
        };
        if let Some(min) = self.min.as_ref().filter(|min| fitted.compare(min) == Ordering::Less) {
            return Err(Failure::new(format!("{fitted} is below {min}")));
        }
        if let Some(max) = self.max.as_ref().filter(|max| fitted.compare(max) == Ordering::Greater)
        {
            return Err(Failure::new(format!("{fitted} is above {max}")));
        }
        match self.form {
            Form::Integer => fitted
                .to_i64()
                .map(Value::from)
                .ok_or_else(|| Failure::new(format!("{fitted} is too large"))),
            Form::Decimal | Form::Money => Ok(Value::String(fitted.to_string())),
        }
    }

    fn read(
        &self,
        text: &str,
        what: &str,
        record: &SourceRecord,
    ) -> Result<(Decimal, Option<usize>), Failure> {
        let wrong = || Failure::new(format!("'{}' is not {what}", shown(text)));
        let western = western(text.trim());
        let money = self.form == Form::Money;
        let (digits, code) = if money { amount(&western) } else { (western.as_str(), "") };
        if money {
            self.check_currency(code, record)?;
        }
        let scale = self.scale_in(code, USUAL, record)?;
        let (digits, behind) = match digits.strip_suffix(MINUS) {
            Some(rest) if money => (rest.trim_end(), true),
            _ => (digits, false),
        };
        // A second sign is not a number.
        let (negative, digits) = match digits.strip_prefix(MINUS) {
            Some(rest) if !behind => (true, rest.trim_start()),
            _ if behind => (true, digits),
            _ => (false, digits.strip_prefix('+').unwrap_or(digits)),
        };
        let (whole, fraction) = self.split(digits, text)?;
        let whole = without_groups(&whole).ok_or_else(wrong)?;
        let fraction = fraction.unwrap_or_default();
        if whole.len() + fraction.len() > DIGITS_MAX
            || !fraction.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(wrong());
        }
        // "1.500" may well mean fifteen hundred: three decimals of an amount are not accepted only because the last
        // ones are zeros.
        if self.form == Form::Money
            && self.rounding == Rounding::None
            && scale.is_some_and(|scale| fraction.len() > self.scale.unwrap_or(scale.max(USUAL)))
        {
            return Err(Failure::new(format!(
                "'{}' has more decimals than an amount; set 'decimal' or 'round'",
                shown(text)
            )));
        }
        Ok((Decimal::new(negative, &whole, &fraction), scale))
    }

    /// Returns how many decimals are accepted: for an amount those of its currency or, if that is not known, `unknown`.
    fn scale_in(
        &self,
        code: &str,
        unknown: usize,
        record: &SourceRecord,
    ) -> Result<Option<usize>, Failure> {
        if self.scale.is_some() || self.form != Form::Money {
            return Ok(self.scale);
        }
        let named = match &self.currency {
            Some(Currency::Field(name)) if code.is_empty() => text_of(&field(record, name))?,
            Some(Currency::Code(own)) if code.is_empty() => own.clone(),
            _ => code.to_owned(),
        };
        let named = named.trim().to_uppercase();
        let is_code = named.len() == 3 && named.bytes().all(|b| b.is_ascii_uppercase());
        Ok(Some(if is_code { decimals_of(&named) } else { unknown }))
    }

    /// Splits a number into the groups of its whole part and its fraction.
    fn split(&self, digits: &str, text: &str) -> Result<(Vec<String>, Option<String>), Failure> {
        let digits: String = digits
            .chars()
            .map(|c| if matches!(c, '\u{a0}' | '\u{202f}' | '\u{2009}') { ' ' } else { c })
            .collect();
        let (mark, group) = match self.mark {
            Mark::Dot => ('.', self.group.as_deref().unwrap_or(",")),
            Mark::Comma => (',', self.group.as_deref().unwrap_or(".")),
            Mark::Auto => find_mark(&digits).ok_or_else(|| {
                let reason = format!(
                    "'{}' can be read in two ways; say which mark is the decimal one",
                    shown(text)
                );
                Failure::new(reason)
            })?,
        };
        let (whole, fraction) = match digits.split_once(mark) {
            Some((whole, fraction)) => (whole, Some(fraction.to_owned())),
            None => (digits.as_str(), None),
        };
        let groups = if group.is_empty() {
            vec![whole.to_owned()]
        } else {
            whole.split(group).map(str::to_owned).collect()
        };
        Ok((groups, fraction))
    }

    fn check_currency(&self, code: &str, record: &SourceRecord) -> Result<(), Failure> {
        let wanted = match &self.currency {
            None => return Ok(()),
            Some(Currency::Code(code)) => code.clone(),
            Some(Currency::Field(name)) => text_of(&field(record, name))?.to_uppercase(),
        };
        let code = code.to_uppercase();
        if code.is_empty() || wanted.is_empty() || code == wanted {
            return Ok(());
        }
        Err(Failure::new(format!("the amount is in {}, not in {}", shown(&code), shown(&wanted))))
    }
}

/// Decimals of most currencies.
const USUAL: usize = 2;
/// Decimals of a number, which cannot be misread, when its currency is not known.
const AS_IT_STANDS: usize = 4;

/// Returns the decimals of a currency by its code (ISO 4217).
fn decimals_of(code: &str) -> usize {
    match code {
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        _ => USUAL,
    }
}

/// Returns the mark of the fraction and that of the groups; `None` if it could be either.
fn find_mark(digits: &str) -> Option<(char, &'static str)> {
    let (dot, comma) = (('.', ","), (',', "."));
    match (digits.rfind('.'), digits.rfind(',')) {
        (Some(at), Some(other)) => Some(if at > other { dot } else { comma }),
        (None, None) => Some(dot),
        (Some(at), None) => one_mark(digits, at, dot, comma),
        (None, Some(at)) => one_mark(digits, at, comma, dot),
    }
}

fn one_mark<T>(digits: &str, at: usize, as_decimal: T, as_group: T) -> Option<T> {
    let (before, after) = digits.split_at(at);
    let mark = after.chars().next().unwrap_or('.');
    let before = before.trim_start_matches(['-', '+']);
    if before.contains(mark) {
        return Some(as_group);
    }
    let is_group_like =
        after.len() == 4 && (1..=3).contains(&before.len()) && !before.starts_with('0');
    (!is_group_like).then_some(as_decimal)
}

/// Joins groups of digits: the last has three, those between two or three, as in 1,234,567 and 12,34,567.
fn without_groups(groups: &[String]) -> Option<String> {
    let all_digits = |part: &String| part.bytes().all(|b| b.is_ascii_digit());
    if !groups.iter().all(all_digits) {
        return None;
    }
    match groups {
        [only] => (!only.is_empty()).then(|| only.clone()),
        [first, between @ .., last] => {
            let fits = (1..=3).contains(&first.len())
                && between.iter().all(|group| (2..=3).contains(&group.len()))
                && last.len() == 3;
            fits.then(|| groups.concat())
        }
        [] => None,
    }
}

/// Signs of a number below zero, in front of it or, as books of account have it, behind.
const MINUS: [char; 2] = ['-', '\u{2212}'];

/// Returns whether a currency may be written with a character: letters, the signs of currencies, and a dot.
fn is_of_currency(c: char) -> bool {
    c.is_alphabetic()
        || matches!(c, '.' | ' ' | '$' | '\u{a2}'..='\u{a5}' | '\u{58f}' | '\u{60b}' | '\u{7fe}' | '\u{7ff}'
            | '\u{9f2}' | '\u{9f3}' | '\u{9fb}' | '\u{af1}' | '\u{bf9}' | '\u{e3f}' | '\u{17db}'
            | '\u{20a0}'..='\u{20cf}' | '\u{a838}' | '\u{fdfc}' | '\u{fe69}' | '\u{ff04}' | '\u{ffe0}'
            | '\u{ffe1}' | '\u{ffe5}' | '\u{ffe6}')
}

/// Cuts the currency off an amount, in front or behind: the number, with a sign behind it, and the letters or signs of the
/// currency. Credit and debit are not currencies; which of them is below zero, the text does not tell.
fn amount(text: &str) -> (&str, &str) {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '\u{2212}');
    let start = text.find(is_number).unwrap_or(text.len());
    let (before, rest) = text.split_at(start);
    let end = rest.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let signed = rest.get(end..).unwrap_or_default();
    let blanks = signed.len() - signed.trim_start().len();
    let sign = signed.trim_start().chars().next().filter(|c| MINUS.contains(c));
    let end = sign.map_or(end, |sign| end + blanks + sign.len_utf8());
    let (digits, after) = rest.split_at(end);
    let (before, after) = (before.trim(), after.trim());
    let code = if before.is_empty() { after } else { before };
    let is_booking =
        ["CR", "DR"].iter().any(|word| code.trim_end_matches('.').eq_ignore_ascii_case(word));
    let both = !before.is_empty() && !after.is_empty();
    let only_marks = !code.is_empty() && code.chars().all(|c| c == '.');
    if both
        || only_marks
        || is_booking
        || !code.chars().all(is_of_currency)
        || code.chars().count() > 20
    {
        // Not an amount with a currency: it is refused as a number.
        return (text, "");
    }
    (digits, code)
}

fn parse_currency(params: &mut Params) -> Result<Option<Currency>, String> {
    let Some(text) = params.optional("currency")? else { return Ok(None) };
    let is_code = text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
    let is_field = (1..=100).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match (is_code, is_field) {
        (true, _) => Ok(Some(Currency::Code(text))),
        (false, true) => Ok(Some(Currency::Field(text))),
        (false, false) => Err(params.wrong("currency")),
    }
}
