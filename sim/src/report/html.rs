//! HTML, written piece by piece.

/// A page under construction.
pub(super) struct Html {
    pub(super) text: String,
}

impl Html {
    pub(super) fn new() -> Html {
        Html { text: String::new() }
    }

    /// Text that is HTML already.
    pub(super) fn raw(&mut self, html: &str) {
        self.text += html;
    }

    /// An element that holds this text.
    pub(super) fn tag(&mut self, tag: &str, text: &str) {
        self.tag_with(tag, "", text);
    }

    /// An element with a class.
    pub(super) fn tag_with(&mut self, tag: &str, class: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        self.text += &format!("<{tag}{class}>{}</{tag}>\n", escaped(text));
    }
}

/// A part of the page, with a heading that a link can point at.
pub(super) fn section(out: &mut Html, id: &str, title: &str, content: impl FnOnce(&mut Html)) {
    out.raw(&format!("<section id=\"{id}\">\n"));
    out.tag("h2", title);
    content(out);
    out.raw("</section>\n");
}

/// Text as HTML or XML shows it; what cannot be shown is a space.
pub(crate) fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            c if c.is_control() => " ".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

/// A number with its digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let with_gap = |(at, digit): (usize, char)| {
        let gap = at > 0 && (digits.len() - at).is_multiple_of(3);
        gap.then_some('\u{202f}').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(with_gap).collect()
}
