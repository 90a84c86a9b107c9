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
            self.escaped(value);
            self.0.push('"');
        }
        self.0.push('>');
    }

    /// Words.
    pub fn text(&mut self, text: &str) {
        self.escaped(text);
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

    fn escaped(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                letter => self.0.push(letter),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Markup;

    #[test]
    fn no_text_ends_an_element_or_an_attribute() {
        let mut markup = Markup::default();
        markup.element("b", &[("title", "\"><i>&amp;")], "</b><script>&");
        assert_eq!(
            markup.finish(),
            "<b title=\"&quot;&gt;&lt;i&gt;&amp;amp;\">&lt;/b&gt;&lt;script&gt;&amp;</b>"
        );
    }
}
