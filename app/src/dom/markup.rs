//! HTML in one string, for what is on a page hundreds of times and follows nothing: a browser reads it faster than any
//! program builds it, and nothing has to walk through it when the page is taken over.

/// HTML that is being written. Names are the program's own; whatever comes from elsewhere is a text or an attribute's
/// value, and both are escaped, so that no text changes what elements there are.
#[derive(Default)]
pub struct Markup(String);

impl Markup {
    /// Begins an element.
    pub fn open(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            escape(value, &mut self.0);
            self.0.push('"');
        }
        self.0.push('>');
    }

    /// Words.
    pub fn text(&mut self, text: &str) {
        escape(text, &mut self.0);
    }

    /// Ends an element.
    pub fn close(&mut self, name: &'static str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element that holds words only.
    pub fn element(&mut self, name: &'static str, attributes: &[(&'static str, &str)], text: &str) {
        self.open(name, attributes);
        self.text(text);
        self.close(name);
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.0
    }
}

/// Adds a text to HTML, as words or within an attribute's quotation marks.
pub fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            letter => html.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Markup;

    #[test]
    fn no_text_ends_an_element_or_an_attribute() {
        let mut markup = Markup::default();
        markup.element("b", &[("title", "'\"><i>&amp;")], "</b><script>&");
        assert_eq!(
            markup.finish(),
            "<b title=\"&#39;&quot;&gt;&lt;i&gt;&amp;amp;\">&lt;/b&gt;&lt;script&gt;&amp;</b>"
        );
    }
}
