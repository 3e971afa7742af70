//! Decoding of a text that is not UTF-8 from the encodings of Japanese systems.

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS};

/// Why a text could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undecoded {
    /// It is in none of the encodings.
    Unknown,
    /// It can be read in Shift_JIS and in EUC-JP, with other characters.
    Ambiguous,
}

fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

/// Whether the text switches to Japanese characters as ISO-2022-JP does. It is ASCII otherwise, so it is UTF-8, too.
pub(super) fn is_iso_2022_jp(bytes: &[u8]) -> bool {
    bytes.is_ascii() && bytes.windows(3).any(|w| matches!(w, b"\x1B$B" | b"\x1B$@" | b"\x1B(I" | b"\x1B(J"))
}

/// Decodes ISO-2022-JP.
pub(super) fn iso_2022_jp(bytes: &[u8]) -> Option<String> {
    decoded(ISO_2022_JP, bytes)
}

/// Decodes Shift_JIS or EUC-JP.
pub(super) fn two_bytes(bytes: &[u8]) -> Result<String, Undecoded> {
    match (decoded(SHIFT_JIS, bytes), decoded(EUC_JP, bytes)) {
        (None, None) => Err(Undecoded::Unknown),
        (Some(text), None) | (None, Some(text)) => Ok(text),
        (Some(shift_jis), Some(euc)) => choose(bytes, shift_jis, euc),
    }
}

/// Decides between two encodings that both fit.
///
/// Hiragana, Katakana and the common Kanji of Shift_JIS begin with bytes that EUC-JP does not have, so a text in
/// Shift_JIS seldom fits both. One in EUC-JP nearly always does: it looks like half-width Katakana among rare Kanji.
fn choose(bytes: &[u8], shift_jis: String, euc: String) -> Result<String, Undecoded> {
    let is_narrow = |c: char| ('\u{FF61}'..='\u{FF9F}').contains(&c);
    let narrow = shift_jis.chars().any(is_narrow);
    let wide = shift_jis.chars().any(|c| !c.is_ascii() && !is_narrow(c));
    // in EUC-JP only before half-width Katakana and the Kanji of a supplement; in Shift_JIS before 社, 者 and others
    let shifts = bytes.iter().any(|byte| matches!(byte, 0x8E | 0x8F));
    match (shifts, narrow, wide) {
        (true, false, _) => Ok(shift_jis),
        (false, true, true) => Ok(euc),
        _ => Err(Undecoded::Ambiguous),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_in_their_encoding() {
        for text in [
            "project,account_ids,recipients\n決済,1,a@example.com\n",
            "決済基盤,データ分析\n",
            "株式会社サンプル,営業部\n",
            "開発者ポータル,社内システム\n",
            "テスト環境,㈱\n",
            "基幹ｼｽﾃﾑ,会計\n",
        ] {
            for encoding in [SHIFT_JIS, EUC_JP] {
                // what an encoding lacks is replaced by a reference, which is ASCII
                let (bytes, _, _) = encoding.encode(text);
                let want = decoded(encoding, &bytes).unwrap();
                let read = two_bytes(&bytes);
                assert!(
                    read.as_ref() == Ok(&want) || read == Err(Undecoded::Ambiguous),
                    "{text} in {}: {read:?}",
                    encoding.name()
                );
                let narrow_in_euc = encoding == EUC_JP && text.contains('ｼ');
                assert_eq!(read.is_err(), narrow_in_euc, "{text} in {}", encoding.name());
            }
        }
    }

    #[test]
    fn short_texts_in_shift_jis_are_read_as_ever() {
        for text in ["A社", "自社,他社\n", "者", "ｱ", "ﾃｽﾄ"] {
            let (bytes, _, lossy) = SHIFT_JIS.encode(text);
            assert!(!lossy);
            assert_eq!(two_bytes(&bytes).as_deref(), Ok(text));
        }
    }

    #[test]
    fn texts_that_fit_both_are_not_guessed() {
        for (encoding, text) in [(SHIFT_JIS, "ﾃｽﾄｱ"), (EUC_JP, "テスト"), (EUC_JP, "営業"), (SHIFT_JIS, "凜")]
        {
            assert_eq!(two_bytes(&encoding.encode(text).0), Err(Undecoded::Ambiguous), "{text}");
        }
        assert_eq!(two_bytes(b"\x80\xFF\xFF"), Err(Undecoded::Unknown));
    }

    #[test]
    fn no_text_of_shift_jis_is_read_as_euc_with_its_kana_or_common_kanji() {
        // every character of the rows of Hiragana, Katakana and common Kanji, beside half-width Katakana
        for lead in (0x82..=0x9F).filter(|lead| !matches!(lead, 0x8E | 0x8F)) {
            for trail in 0x40..=0xFC {
                let bytes = [0xC3, 0xBD, lead, trail, 0xB1, 0xB1];
                if let Some(text) = decoded(SHIFT_JIS, &bytes) {
                    assert_eq!(two_bytes(&bytes), Ok(text), "{lead:X} {trail:X}");
                }
            }
        }
    }

    #[test]
    fn iso_2022_jp_is_recognised_by_its_escapes() {
        let text = b"project\n\x1B$B7h:Q\x1B(B,1\n";
        assert!(is_iso_2022_jp(text));
        assert_eq!(iso_2022_jp(text).as_deref(), Some("project\n決済,1\n"));
        assert!(!is_iso_2022_jp(b"a\x1B[0mb") && !is_iso_2022_jp("決\u{1b}$B".as_bytes()));
        assert_eq!(iso_2022_jp(b"\x1B$B7"), None);
    }
}
