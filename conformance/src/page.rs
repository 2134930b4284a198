//! What every HTML page of the harness shares: the frame, the style, and the escaping of text.
//!
//! A page stands by itself: it loads nothing, runs nothing, and is well-formed XML besides, so that any reader of either
//! can check it.

/// The colours and the type that all pages share, in light, in dark, and on paper.
const STYLE: &str = include_str!("page/page.css");

/// A whole page: its title, the style that it needs besides the shared one, and its body.
///
/// The title is text and is escaped here; the style and the body are markup.
pub(crate) fn page(title: &str, style: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{title}</title>\n\
         <style>\n{STYLE}{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// Text for HTML and for XML 1.0, between tags and in attributes.
///
/// What no document may hold (section 2.2 of the XML recommendation) is replaced, and so are the controls that turn the
/// direction of writing: a name must not reorder what stands beside it.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' | '\t' => out.push(c),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A sentence for HTML, in which what stands in backticks is code.
pub(crate) fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick is one that means itself.
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let part = |(at, part): (usize, &&str)| match at % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    };
    parts.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup_and_turns_nothing_around() {
        assert_eq!(escaped("a<b> & \"c\"\n\td"), "a&lt;b&gt; &amp; &quot;c&quot;\n\td");
        assert_eq!(
            escaped("\0 \u{7f} \u{85} \u{202e}x\u{2069} \u{ffff}"),
            "\u{fffd} \u{fffd} \u{fffd} \u{fffd}x\u{fffd} \u{fffd}"
        );
        assert_eq!(escaped("é 京 👍 \u{200d} العربية"), "é 京 👍 \u{200d} العربية");
    }

    #[test]
    fn what_stands_in_backticks_is_code() {
        assert_eq!(prose("a `b<` & `c`"), "a <code>b&lt;</code> &amp; <code>c</code>");
        assert_eq!(prose("a ` b"), "a ` b");
    }

    #[test]
    fn a_title_cannot_end_itself() {
        let page = page("</title><script>", "", "");
        assert!(page.contains("<title>&lt;/title&gt;&lt;script&gt;</title>"), "{page}");
    }
}
