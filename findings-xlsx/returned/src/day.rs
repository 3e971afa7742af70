//! Dates as people enter them. A text that can mean two dates is told, never guessed.

use findings_core::Locale;
use findings_core::languages::Language;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use unicode_normalization::UnicodeNormalization as _;

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayFault {
    Unreadable,
    /// It can be more than one date, or the year is missing.
    Ambiguous,
}

type Result = std::result::Result<Date, DayFault>;

/// Years of dates that are written as text. Others are typing errors.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;
/// The longest text that is tried.
const LONGEST: usize = 100;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// The year before the first one of the era Reiwa.
const BEFORE_REIWA: i16 = 2018;

/// Reads a date that was entered as text.
pub(crate) fn parse(text: &str) -> Result {
    if text.len() > LONGEST {
        return Err(DayFault::Unreadable);
    }
    let text = text.nfkc().collect::<String>().to_lowercase();
    let text = without_weekday(without_time(text.trim())?);
    let text = without_marks(text.replace("令和元", "令和1"));
    let (numbers, words) = parts(&text)?;
    match (&numbers[..], &words[..]) {
        ([day], []) => compact(day),
        ([year, month, day], [era]) if era == "令和" || era == "r" => {
            let year = number(year)?.checked_add(BEFORE_REIWA).ok_or(DayFault::Unreadable)?;
            new(year, number(month)?, number(day)?)
        }
        ([first, second, third], []) => of_numbers(first, second, third),
        ([first, second], [word]) => of_month(first, second, month(word).ok_or(DayFault::Unreadable)?),
        // the year is missing
        ([first, second], []) if first.len() <= 2 && second.len() <= 2 => Err(DayFault::Ambiguous),
        _ => Err(DayFault::Unreadable),
    }
}

/// Reads a date that was entered as a number: as 20270331, or as the number of days in which spreadsheets count.
pub(crate) fn of_number(number: f64, is_1904: bool) -> Result {
    if number >= 20_000_101.0 && number.fract() == 0.0 {
        return compact(&number.to_string());
    }
    of_serial(number, is_1904).filter(|day| YEARS.contains(&day.year())).ok_or(DayFault::Unreadable)
}

/// Returns the day of a spreadsheet's day count.
pub(crate) fn of_serial(serial: f64, is_1904: bool) -> Option<Date> {
    // Excel counts a day too many until 1900-02-28
    if !serial.is_finite() || !(61.0..=2_958_465.999).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "in the range that was checked")]
    let days = serial.floor() as i64;
    let epoch = if is_1904 { date(1904, 1, 1) } else { date(1899, 12, 30) };
    epoch.checked_add(days.days()).ok()
}

/// Takes off what some languages write behind the year, the month and the day.
fn without_marks(text: String) -> String {
    Locale::ALL.into_iter().fold(text, |text, locale| {
        let [year, month, day] = Language::of(locale).formats.day_marks;
        if day.is_empty() { text } else { text.replace(year, "-").replace(month, "-").replace(day, " ") }
    })
}

/// Takes off the time of a day. A time in UTC that is not midnight may be another day where the reader is.
fn without_time(text: &str) -> std::result::Result<&str, DayFault> {
    let Some(colon) = text.find(':') else { return Ok(text) };
    let start = text[..colon].rfind(['t', ' ']).ok_or(DayFault::Unreadable)?;
    let (day, time) = (&text[..start], text[start + 1..].trim());
    let is_time = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | 'z' | '+' | '-');
    if !time.chars().all(is_time) {
        return Err(DayFault::Unreadable);
    }
    let is_midnight = time.trim_end_matches('z').chars().all(|c| !c.is_ascii_digit() || c == '0');
    if time.ends_with('z') && !is_midnight { Err(DayFault::Ambiguous) } else { Ok(day.trim_end()) }
}

/// Takes off a weekday in brackets, such as "(水)".
fn without_weekday(text: &str) -> &str {
    let open = text.strip_suffix(')').and_then(|text| text.rfind('('));
    open.map_or(text, |open| text[..open].trim_end())
}

/// Returns the numbers and the words of a text, without names of weekdays and endings such as "31st".
fn parts(text: &str) -> std::result::Result<(Vec<String>, Vec<String>), DayFault> {
    let (mut numbers, mut words) = (Vec::<String>::new(), Vec::<String>::new());
    let mut before = ' ';
    for c in text.chars() {
        let list = match c {
            '0'..='9' => &mut numbers,
            c if c.is_alphabetic() => &mut words,
            '-' | '/' | '.' | ',' | ' ' | '\'' => {
                before = c;
                continue;
            }
            _ => return Err(DayFault::Unreadable),
        };
        let goes_on = c.is_ascii_digit() == before.is_ascii_digit() && before.is_alphanumeric();
        match list.last_mut().filter(|_| goes_on) {
            Some(last) => last.push(c),
            None => list.push(c.to_string()),
        }
        before = c;
    }
    let is_weekday = |word: &str| word.len() >= 3 && WEEKDAYS.iter().any(|day| day.starts_with(word));
    words.retain(|word| !is_weekday(word) && !matches!(word.as_str(), "st" | "nd" | "rd" | "th" | "of"));
    Ok((numbers, words))
}

fn of_numbers(first: &str, second: &str, third: &str) -> Result {
    match (first.len(), third.len()) {
        (4, 1..=2) => new(number(first)?, number(second)?, number(third)?),
        (1..=2, 4) => {
            let (first, second, year) = (number(first)?, number(second)?, number(third)?);
            match (new(year, second, first), new(year, first, second)) {
                (Ok(a), Ok(b)) if a != b => Err(DayFault::Ambiguous),
                (Ok(day), _) | (_, Ok(day)) => Ok(day),
                (Err(fault), _) => Err(fault),
            }
        }
        // which of them is the year?
        (1..=2, 1..=2) if second.len() <= 2 => Err(DayFault::Ambiguous),
        _ => Err(DayFault::Unreadable),
    }
}

/// A date with the name of its month.
fn of_month(first: &str, second: &str, month: i16) -> Result {
    match (first.len(), second.len()) {
        (4, 1..=2) => new(number(first)?, month, number(second)?),
        (1..=2, 4) => new(number(second)?, month, number(first)?),
        (1..=2, 1..=2) => Err(DayFault::Ambiguous),
        _ => Err(DayFault::Unreadable),
    }
}

/// A date of eight digits.
fn compact(digits: &str) -> Result {
    if digits.len() != 8 || !digits.is_ascii() {
        return Err(DayFault::Unreadable);
    }
    new(number(&digits[..4])?, number(&digits[4..6])?, number(&digits[6..])?)
}

fn month(word: &str) -> Option<i16> {
    let at = MONTHS.iter().position(|month| *month == word || (word.len() >= 3 && month.starts_with(word)))?;
    i16::try_from(at + 1).ok()
}

fn number(digits: &str) -> std::result::Result<i16, DayFault> {
    digits.parse().map_err(|_| DayFault::Unreadable)
}

fn new(year: i16, month: i16, day: i16) -> Result {
    let small = |n: i16| i8::try_from(n).map_err(|_| DayFault::Unreadable);
    let day = Date::new(year, small(month)?, small(day)?).map_err(|_| DayFault::Unreadable)?;
    if YEARS.contains(&day.year()) { Ok(day) } else { Err(DayFault::Unreadable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANT: Date = date(2027, 3, 31);

    #[test]
    fn forms_of_one_date() {
        for text in [
            "2027-03-31",
            "2027-3-31",
            "2027/3/31",
            "2027/03/31",
            "2027.3.31",
            " ２０２７／３／３１ ",
            "20270331",
            "2027年3月31日",
            "2027年03月31日（水）",
            "2027 年 3 月 31 日",
            "令和9年3月31日",
            "2027년 3월 31일",
            "2027년 03월 31일(수)",
            "2027. 3. 31.",
            "R9.3.31",
            "r9/3/31",
            "31.03.2027",
            "31/3/2027",
            "3/31/2027",
            "31 Mar 2027",
            "March 31, 2027",
            "Mar 31st 2027",
            "Wed, 31 March 2027",
            "31-Mar-2027",
            "2027 March 31",
            "2027-03-31T00:00:00",
            "2027-03-31T00:00:00.000Z",
            "2027-03-31 09:30",
            "2027-03-31T00:00:00+09:00",
            "2027/3/31 0:00",
        ] {
            assert_eq!(parse(text), Ok(WANT), "{text}");
        }
        assert_eq!(parse("令和元年12月1日"), Ok(date(2019, 12, 1)));
        assert_eq!(parse("5/5/2027"), Ok(date(2027, 5, 5)), "both readings are the same");
    }

    #[test]
    fn what_can_be_two_dates_is_told() {
        for text in [
            "03/04/2027",
            "3.4.2027",
            "27/3/31",
            "31/3/27",
            "3/31",
            "1.5",
            "3月31日",
            "31 Mar 27",
            "2027-03-30T15:00:00.000Z",
        ] {
            assert_eq!(parse(text), Err(DayFault::Ambiguous), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_told() {
        for text in [
            "",
            "next week",
            "来週",
            "2027",
            "2027-03",
            "2027-02-29",
            "2027-13-01",
            "0027-03-31",
            "20227-03-31",
            "31/13/2027",
            "2027-03-31x",
            "=TODAY()",
            "99999999",
            "2027-03-31 noon:ish",
            "12:00",
            "令和99999年1月1日",
            "平成31年3月31日",
            ")",
            "()",
            "(",
            "31 foo 2027",
            "-",
            "2027--",
            "March 2027",
        ] {
            assert_eq!(parse(text), Err(DayFault::Unreadable), "{text}");
        }
        assert_eq!(parse(&"1".repeat(1_000)), Err(DayFault::Unreadable));
    }

    #[test]
    fn numbers_are_day_counts_or_eight_digits() {
        assert_eq!(of_number(46_477.0, false), Ok(WANT));
        assert_eq!(of_number(46_477.99, false), Ok(WANT));
        assert_eq!(of_number(45_015.0, true), Ok(WANT));
        assert_eq!(of_number(20_270_331.0, false), Ok(WANT));
        for number in [0.0, -1.0, 5.0, 2027.0, 20_271_331.0, 3e9, f64::NAN, f64::INFINITY, 1e300, 20_270_331.5] {
            assert_eq!(of_number(number, false), Err(DayFault::Unreadable), "{number}");
        }
        assert_eq!(of_serial(61.0, false), Some(date(1900, 3, 1)));
        assert_eq!(of_serial(60.0, false), None);
    }
}
