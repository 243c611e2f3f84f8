//! Estimates the memory that JSON takes after decoding, from its text as it comes. Sixty million
//! bytes of text take sixty million bytes of memory as one text, and two thousand million as a list
//! of digits.

/// Bytes of a list or an object that is not empty, without its elements: both start with room for
/// four.
const LIST: usize = 288;
const OBJECT: usize = 480;
/// Bytes of each further element of a list or member of an object, including spare room.
const ELEMENT: usize = 108;
/// Bytes of a member's name besides its characters.
const NAME: usize = 16;

/// Weighs a text that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Weigher {
    overhead: usize,
    in_text: bool,
    escaped: bool,
}

impl Weigher {
    /// Adds a piece.
    pub(super) fn add(&mut self, piece: &[u8]) {
        for byte in piece {
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_text = false,
                    _ => {}
                }
                continue;
            }
            self.overhead += match byte {
                b'[' => LIST,
                b'{' => OBJECT,
                b',' => ELEMENT,
                b':' => NAME,
                b'"' => {
                    self.in_text = true;
                    0
                }
                _ => 0,
            };
        }
    }

    /// Returns the bytes that the text so far takes beyond its characters.
    pub(super) const fn overhead(&self) -> usize {
        self.overhead
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*, serde_json::Value};

    fn overhead(text: &str, piece: usize) -> usize {
        let mut weigher = Weigher::default();
        text.as_bytes().chunks(piece).for_each(|piece| weigher.add(piece));
        weigher.overhead()
    }

    #[test]
    fn texts_weigh_nothing_and_small_values_much() {
        assert_eq!(overhead(r#""[{,:\"[{,:\\""#, 3), 0);
        assert_eq!(overhead("[0,0,0]", 2), LIST + 2 * ELEMENT);
        assert_eq!(overhead(r#"{"a":[],"b":"]"}"#, 1), OBJECT + LIST + ELEMENT + 2 * NAME);
        let digits = format!("[{}0]", "0,".repeat(500_000));
        assert!(overhead(&digits, 4_096) > 50 * digits.len());
    }

    /// The least number of bytes of a value, as the decoder makes it.
    fn least(value: &Value) -> usize {
        size_of::<Value>()
            + match value {
                Value::Array(items) => items.iter().map(least).sum(),
                Value::Object(members) => {
                    members.values().map(|member| least(member) + size_of::<String>()).sum()
                }
                _ => 0,
            }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(".{0,6}", inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// A text weighs the same however it is cut, and no less than its decoded value.
        #[test]
        fn nothing_is_weighed_too_light(value in json(), piece in 1_usize..20) {
            let text = value.to_string();
            let weighed = overhead(&text, piece);
            prop_assert_eq!(weighed, overhead(&text, text.len()));
            prop_assert!(weighed + size_of::<Value>() >= least(&value), "{} < {}", weighed, least(&value));
        }
    }
}
