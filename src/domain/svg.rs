//! Logos: an SVG that only draws. Everybody who opens the widget has its logo in the browser, so it may hold nothing that
//! runs, loads or leads elsewhere. What may be in it is listed; anything else is refused and nothing is taken out, because a
//! logo with a part missing is another logo.

use roxmltree::{Document, Node, NodeType, ParsingOptions};

/// Longest text of a logo, in bytes.
pub const LOGO_MAX: usize = 32 * 1024;
/// Most elements, texts and comments of a logo.
const NODES_MAX: u32 = 4_000;
/// Deepest nesting of its elements.
const DEPTH_MAX: usize = 32;

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Elements that draw, or say what is drawn with.
/// An element that draws another one again, `use` or a mask, is not among them: a few lines that refer to each other would be
/// drawn without end by every browser that opens the page.
const ELEMENTS: [&str; 19] = [
    "svg",
    "g",
    "defs",
    "title",
    "desc",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "style",
];

/// Returns why a text is not a logo, in words, lower case, no full stop.
pub fn check_logo(text: &str) -> Result<(), String> {
    if text.len() > LOGO_MAX {
        return Err(format!("the logo has {} bytes; at most {LOGO_MAX} are taken", text.len()));
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..Default::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => {
            format!("the logo has more than {NODES_MAX} elements and texts")
        }
        roxmltree::Error::DtdDetected => {
            "the logo has a document type (<!DOCTYPE>); remove that line".to_owned()
        }
        error => format!("the logo is not well-formed XML: {error}"),
    })?;
    let root = document.root_element();
    if root.tag_name().name() != "svg" || root.tag_name().namespace() != Some(SVG) {
        return Err(format!("the logo does not begin with <svg xmlns=\"{SVG}\">"));
    }
    document.descendants().try_for_each(check_node)
}

fn check_node(node: Node<'_, '_>) -> Result<(), String> {
    match node.node_type() {
        NodeType::PI => Err("the logo has a processing instruction (<?…?>); remove it".to_owned()),
        NodeType::Root | NodeType::Comment | NodeType::Text => Ok(()),
        NodeType::Element => check_element(node),
    }
}

fn check_element(node: Node<'_, '_>) -> Result<(), String> {
    let name = node.tag_name();
    if name.namespace() != Some(SVG) || !ELEMENTS.contains(&name.name()) {
        return Err(format!(
            "the logo has the element <{}>, which is not one that only draws; export it as plain SVG",
            shown(name.name())
        ));
    }
    if node.ancestors().nth(DEPTH_MAX + 1).is_some() {
        return Err(format!("the elements of the logo are nested more than {DEPTH_MAX} deep"));
    }
    if name.name() == "style" {
        // A browser joins the texts around a comment.
        if !node.children().all(|part| part.is_text()) {
            return Err("the styles of the logo have a comment or an element; remove it".into());
        }
        let text: String = node.children().filter_map(|part| part.text()).collect();
        check_style(&text)?;
        check_clip(&text)?;
    }
    let clips = node.ancestors().any(|one| one.tag_name().name() == "clipPath");
    node.attributes().try_for_each(|attribute| {
        let (name, value) = (attribute.name(), attribute.value());
        match attribute.namespace() {
            None => {}
            Some(XLINK) if name == "href" => {}
            Some(XML) if ["space", "lang"].contains(&name) => {}
            Some(_) => return Err(refused(name)),
        }
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("on") || ["src", "action", "base"].contains(&lower.as_str()) {
            return Err(refused(name));
        }
        if lower == "href" {
            return match value.trim().starts_with('#') {
                true => Ok(()),
                false => {
                    Err("the logo refers to something outside itself; only #… is taken".into())
                }
            };
        }
        check_style(value)?;
        match lower.as_str() {
            "clip-path" if clips => Err(CLIPPED.into()),
            "style" => check_clip(value),
            _ => Ok(()),
        }
    })
}

const CLIPPED: &str =
    "the logo has a clip path that a style sets, or one in another; set the attribute clip-path";

/// Refuses a clip path in a style, which could clip clip paths without end: only the attribute is taken, outside of them.
fn check_clip(text: &str) -> Result<(), String> {
    match text.to_ascii_lowercase().contains("clip-path") {
        true => Err(CLIPPED.into()),
        false => Ok(()),
    }
}

fn refused(name: &str) -> String {
    format!(
        "the logo has the attribute {}, which is not one that only draws; export it as plain SVG",
        shown(name)
    )
}

/// Returns why a style, or the value of an attribute, could load something: it may refer to parts of the logo only.
fn check_style(text: &str) -> Result<(), String> {
    let lower = text.to_ascii_lowercase();
    // A backslash spells any letter in another way, and an at-rule loads or nests.
    if let Some(sign) = lower.chars().find(|c| matches!(c, '\\' | '@')) {
        return Err(format!("the styles of the logo have the character {sign}"));
    }
    let outside =
        |rest: &str| !rest.trim_start_matches([' ', '\t', '\n', '\r', '"', '\'']).starts_with('#');
    // Those of images take several addresses, and a drawing of shapes needs none.
    let loads = ["image(", "image-set(", "src("].iter().any(|word| lower.contains(word));
    if loads || lower.split("url(").skip(1).any(outside) {
        return Err("the logo refers to something outside itself; only url(#…) is taken".into());
    }
    match ["javascript:", "data:", "vbscript:"].iter().find(|word| lower.contains(**word)) {
        Some(word) => Err(format!("the logo has an address that begins with {word}")),
        None => Ok(()),
    }
}

/// A name as a message shows it.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn svg(inside: &str) -> String {
        format!("<svg xmlns=\"{SVG}\" xmlns:xlink=\"{XLINK}\" viewBox=\"0 0 10 10\">{inside}</svg>")
    }

    #[test]
    fn what_only_draws_is_taken() {
        for inside in [
            "",
            "<title>مدرسة</title><path d=\"M0 0L1 1\" fill=\"#0d5c56\"/>",
            "<defs><linearGradient id=\"a\"><stop offset=\"0\"/></linearGradient></defs><rect fill=\"url(#a)\"/>",
            "<style>.a{fill:#fff;stroke:url(#a)}</style><g class=\"a\"><path d=\"\"/></g><linearGradient xlink:href=\"#b\"/>",
            "<!-- made by hand --><text xml:space=\"preserve\" style=\"fill: url('#a')\">A &amp; B</text>",
            "<g clip-path=\"url( &quot;#c&quot; )\"/><clipPath id=\"c\"><rect/></clipPath><radialGradient href=\" #b\"/>",
            "<clipPath id=\"clip-path\"><rect/></clipPath><g clip-path=\"url(#clip-path)\"/>",
        ] {
            assert_eq!(check_logo(&svg(inside)), Ok(()), "{inside}");
        }
        assert_eq!(check_logo(&format!("<?xml version=\"1.0\"?>\n{}", svg("<g/>"))), Ok(()));
    }

    #[test]
    fn what_runs_loads_or_leads_elsewhere_is_refused() {
        for inside in [
            "<script>alert(1)</script>",
            "<script xlink:href=\"https://x.example/a.js\"/>",
            "<g onload=\"alert(1)\"/>",
            "<g ONLOAD=\"alert(1)\"/>",
            "<foreignObject><p xmlns=\"http://www.w3.org/1999/xhtml\">x</p></foreignObject>",
            "<p xmlns=\"http://www.w3.org/1999/xhtml\">x</p>",
            "<g xmlns=\"http://www.w3.org/1999/xhtml\"/>",
            "<image href=\"https://x.example/a.png\"/>",
            "<image href=\"data:image/svg+xml;base64,PHN2Zz4=\"/>",
            "<use href=\"https://x.example/a.svg#b\"/>",
            "<use xlink:href=\"data:image/svg+xml,x#b\"/>",
            "<a href=\"javascript:alert(1)\"><path d=\"\"/></a>",
            "<animate attributeName=\"href\" values=\"javascript:alert(1)\"/>",
            "<set attributeName=\"onload\" to=\"alert(1)\"/>",
            "<rect fill=\"url(https://x.example/#a)\"/>",
            "<rect fill=\"URL(//x.example/#a)\"/>",
            "<rect style=\"fill:u\\72l(https://x.example)\"/>",
            "<rect style=\"background:image-set('https://x.example/a.png' 1x)\"/>",
            "<style>@import 'https://x.example/a.css';</style>",
            "<style>g{fill:url(#a);mask:url(https://x.example/a)}</style>",
            "<style><![CDATA[@import 'x';]]></style>",
            "<style>g{fill:u<!--x-->rl(https://x.example/a)}</style>",
            "<style>g{fill:u<g/>rl(https://x.example/a)}</style>",
            "<rect style=\"background:image-set('#a' 1x, 'https://x.example/a.png' 2x)\"/>",
            "<g id=\"a\"/><use href=\"#a\"/>",
            "<mask id=\"a\"><rect mask=\"url(#b)\"/></mask>",
            "<clipPath id=\"a\"><rect clip-path=\"url(#b)\"/></clipPath>",
            "<clipPath id=\"a\" clip-path=\"url(#b)\"><rect/></clipPath>",
            "<clipPath id=\"a\"><rect style=\"clip-path:url(#b)\"/></clipPath>",
            "<style>rect{Clip-Path:url(#b)}</style>",
            "<feImage href=\"https://x.example/a.png\"/>",
            "<filter><feImage href=\"#a\"/></filter>",
            "<?xml-stylesheet href=\"https://x.example/a.css\"?>",
            "<g xmlns:e=\"http://www.w3.org/2001/xml-events\" e:handler=\"#a\"/>",
            "<g xml:base=\"https://x.example/\"/>",
            "<text>&a;</text>",
            "<g>",
        ] {
            assert!(check_logo(&svg(inside)).is_err(), "{inside}");
        }
        let bomb = "<!DOCTYPE svg [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>";
        let most = DEPTH_MAX - 1;
        let nested = format!("{}{}", "<g a=\"/>\">".repeat(most), "</g>".repeat(most));
        assert_eq!(check_logo(&svg(&nested)), Ok(()));
        for whole in [
            format!("{bomb}{}", svg("<text>&b;</text>")),
            "<svg/>".to_owned(),
            "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>".to_owned(),
            "GIF89a".to_owned(),
            String::new(),
            svg(&"<g>".repeat(4_000)),
            svg(&format!("{}{}", "<g>".repeat(DEPTH_MAX), "</g>".repeat(DEPTH_MAX))),
            svg(&format!("{}{}", "<g id=\"/>\">".repeat(DEPTH_MAX), "</g>".repeat(DEPTH_MAX))),
            svg(&"<g/>".repeat(5_000)),
            svg(&" ".repeat(LOGO_MAX)),
        ] {
            assert!(check_logo(&whole).is_err(), "{}", whole.chars().take(80).collect::<String>());
        }
    }

    proptest! {
        /// A word that runs or loads, wherever it is put into a drawing, is refused or is text that is only shown.
        #[test]
        fn nothing_is_smuggled_in(
            before in "[ -~]{0,12}",
            word in proptest::sample::select(vec![
                "<script>", "<image href='//x'/>", " onload='x'", "<a href='javascript:x'/>", "<!DOCTYPE svg>",
                "<style>@import url(x)</style>", "<foreignObject/>", "<use href='x#y'/>",
            ]),
            after in "[ -~]{0,12}",
        ) {
            let text = svg(&format!("<g class='a'{before}{word}{after}/>"));
            if check_logo(&text).is_ok() {
                let document = Document::parse(&text).unwrap();
                for node in document.descendants().filter(Node::is_element) {
                    prop_assert!(ELEMENTS.contains(&node.tag_name().name()));
                    prop_assert!(node.attributes().all(|one| !one.name().starts_with("on")));
                    let hrefs = node.attributes().filter(|one| one.name() == "href");
                    prop_assert!(hrefs.into_iter().all(|one| one.value().trim().starts_with('#')));
                }
            }
        }

        #[test]
        fn any_text_is_taken_or_refused(text in ".{0,200}") {
            let _any = check_logo(&text);
            let _any = check_logo(&svg(&text));
        }
    }
}
