//! Statistics of small groups, which must not say more than they know.

use serde::Serialize;

use crate::history::Durations;

/// The smallest number of values that have a median. Of two values, the nearest rank is simply one of them.
pub const MIN_FOR_MEDIAN: u64 = 3;

/// The smallest number of values that have a 90th percentile. Of fewer than ten, the nearest rank is the largest value,
/// so that one issue alone would speak for all.
pub const MIN_FOR_P90: u64 = 10;

/// The smallest number that shares are of. Of fewer than five, one issue moves the share by more than 20 points.
pub const MIN_FOR_SHARE: u64 = 5;

/// Statistics of durations, in days with one decimal, by nearest rank. A statistic of too few values is missing; the
/// number of values never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DurationStats {
    /// Number of durations.
    pub count: u64,
    /// The median; `null` for fewer than [`MIN_FOR_MEDIAN`].
    pub median_days: Option<f64>,
    /// The 90th percentile; `null` for fewer than [`MIN_FOR_P90`].
    pub p90_days: Option<f64>,
}

impl DurationStats {
    /// The statistics of durations in seconds.
    pub(super) fn of(seconds: Vec<i64>) -> Self {
        let Durations { count, median_days, p90_days } = Durations::of(seconds);
        Self {
            count,
            median_days: median_days.filter(|_| count >= MIN_FOR_MEDIAN),
            p90_days: p90_days.filter(|_| count >= MIN_FOR_P90),
        }
    }
}

/// A share of issues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Share {
    /// The issues that count.
    pub count: u64,
    /// The issues that they are a share of.
    pub of: u64,
    /// The share in percent with one decimal, which can be more than 100 if `count` is no part of `of`; `null` if it
    /// would be of fewer than [`MIN_FOR_SHARE`].
    pub percent: Option<f64>,
}

impl Share {
    pub(super) fn new(count: u64, of: u64) -> Self {
        let percent = (of >= MIN_FOR_SHARE).then(|| one_decimal(ratio(count, of) * 100.0));
        Self { count, of, percent }
    }
}

/// A quotient; 0 if nothing is there to divide by.
#[expect(clippy::cast_precision_loss, reason = "numbers of issues are exact in an f64")]
pub(super) fn ratio(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

pub(super) fn one_decimal(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_groups_have_no_median_percentile_or_share() {
        let of = |days: &[i64]| DurationStats::of(days.iter().map(|d| d * 86_400).collect());
        assert_eq!(of(&[]), DurationStats::default());
        assert_eq!(of(&[1, 9]), DurationStats { count: 2, median_days: None, p90_days: None });
        assert_eq!(of(&[9, 1, 2]), DurationStats { count: 3, median_days: Some(2.0), p90_days: None });
        assert_eq!(of(&[1, 2, 3, 4, 5, 6, 7, 8, 9]).p90_days, None, "it would be the largest of nine");
        assert_eq!(of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 99]).p90_days, Some(9.0));
        assert_eq!((Share::new(2, 4).percent, Share::new(1, 6).percent), (None, Some(16.7)));
        assert_eq!(Share::new(0, 0), Share::default());
    }
}
