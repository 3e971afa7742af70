//! A value for each language.

use std::fmt;
use std::sync::OnceLock;

use super::Locale;

/// A value for each language, made when it is first asked for.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::languages::{Language, PerLanguage};
/// static NAMES: PerLanguage<String> = PerLanguage::new(|locale| Language::of(locale).name.to_uppercase());
/// assert_eq!(NAMES.of(Locale::En), "ENGLISH");
/// ```
pub struct PerLanguage<T> {
    made: [OnceLock<T>; Locale::ALL.len()],
    make: fn(Locale) -> T,
}

impl<T> PerLanguage<T> {
    /// Says how the value of a language is made.
    pub const fn new(make: fn(Locale) -> T) -> Self {
        Self { made: [const { OnceLock::new() }; Locale::ALL.len()], make }
    }

    /// Returns the value of a language.
    pub fn of(&self, locale: Locale) -> &T {
        self.made[locale as usize].get_or_init(|| (self.make)(locale))
    }
}

impl<T> fmt::Debug for PerLanguage<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerLanguage").finish_non_exhaustive()
    }
}
