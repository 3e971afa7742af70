//! Sentences with places for values.

/// Replaces each `{name}` placeholder of a template by its value. Placeholders in values are not replaced, because
/// values come from outside.
///
/// ```
/// use findings_core::wording::fill;
/// assert_eq!(fill("{a} and {b} {", &[("a", "{b}"), ("b", "2")]), "{b} and 2 {");
/// ```
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        if let Some((value, tail)) = leading_value(after, values) {
            filled.push_str(value);
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// Returns the value of the name before the first `}`, and the text behind it.
fn leading_value<'v, 't>(text: &'t str, values: &[(&str, &'v str)]) -> Option<(&'v str, &'t str)> {
    let (name, tail) = text.split_once('}')?;
    values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_leaves_placeholders_in_values() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("{unknown} {", &[]), "{unknown} {");
    }
}
