//! What all groups of texts have in common: a language without one of them does not compile, and all can be listed.

/// What can be listed for tests and for outputs that look texts up by name.
pub(crate) trait TextList {
    /// Adds the texts with their names.
    fn list(&self, name: &str, texts: &mut Vec<(String, &'static str)>);
}

impl TextList for &'static str {
    fn list(&self, name: &str, texts: &mut Vec<(String, &'static str)>) {
        texts.push((name.to_owned(), self));
    }
}

impl<T: TextList, const N: usize> TextList for [T; N] {
    fn list(&self, name: &str, texts: &mut Vec<(String, &'static str)>) {
        for (at, text) in self.iter().enumerate() {
            text.list(&format!("{name}.{at}"), texts);
        }
    }
}

impl TextList for (&'static str, &'static str) {
    fn list(&self, name: &str, texts: &mut Vec<(String, &'static str)>) {
        self.0.list(&format!("{name}.name"), texts);
        self.1.list(&format!("{name}.meaning"), texts);
    }
}

/// Declares a group of texts. A field without a type is a text.
macro_rules! texts {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident $(: $kind:ty)?,)* }) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct $name {
            $(
                #[doc = concat!("`", stringify!($field), "`")]
                #[doc = ""]
                $(#[$doc])*
                pub $field: $crate::languages::texts::text_type!($($kind)?),
            )*
        }

        impl $name {
            /// The texts with their names; those of a group inside stand behind its name and a dot.
            pub fn by_name(&self) -> Vec<(String, &'static str)> {
                let mut texts = Vec::new();
                $($crate::languages::texts::TextList::list(&self.$field, stringify!($field), &mut texts);)*
                texts
            }
        }

        impl $crate::languages::texts::TextList for $name {
            fn list(&self, name: &str, texts: &mut Vec<(String, &'static str)>) {
                texts.extend(self.by_name().into_iter().map(|(own, text)| (format!("{name}.{own}"), text)));
            }
        }
    };
}

/// The type of a field of a group.
macro_rules! text_type {
    () => { &'static str };
    ($kind:ty) => { $kind };
}

pub(crate) use {text_type, texts};
