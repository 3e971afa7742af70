//! Stacked columns, up and down from a line.

use std::fmt::Write as _;

use findings_core::organisation::WeekState;

use crate::format::number;

const WIDTH: f64 = 720.0;
/// The width of a chart of few columns, which a phone shows without scrolling.
const NARROW: f64 = 360.0;
/// How many columns are few.
const FEW: usize = 6;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 6.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// A part of a column: a class of the style and a number.
pub(crate) type Part = (&'static str, u64);

/// A week in a chart.
#[derive(Debug)]
pub(crate) struct Column {
    /// Its first day.
    pub(crate) day: String,
    /// What is known of it.
    pub(crate) state: WeekState,
    /// What stands above the line, from the line upwards; empty if nothing is known.
    pub(crate) up: Vec<Part>,
    /// What hangs below the line, from the line downwards.
    pub(crate) down: Vec<Part>,
}

impl Column {
    fn height(parts: &[Part]) -> u64 {
        parts.iter().map(|(_, number)| number).sum()
    }

    /// Date and numbers, for the pointer.
    fn title(&self) -> String {
        let (up, down) = (number(Self::height(&self.up)), number(Self::height(&self.down)));
        let numbers = if self.down.is_empty() { up } else { format!("+{up} −{down}") };
        match self.state {
            WeekState::Complete => format!("{}: {numbers}", self.day),
            WeekState::Incomplete => format!("{}: ≥ {numbers}", self.day),
            _ => format!("{}: ?", self.day),
        }
    }
}

/// A chart of weeks.
#[derive(Debug)]
pub(crate) struct Chart {
    /// The weeks, the oldest first.
    pub(crate) columns: Vec<Column>,
}

/// From numbers to places.
#[derive(Clone, Copy, Debug)]
struct Scale {
    step: u64,
    up: u64,
    down: u64,
}

impl Scale {
    fn of(columns: &[Column]) -> Self {
        let max = |of: fn(&Column) -> &[Part]| columns.iter().map(|c| Column::height(of(c))).max().unwrap_or_default();
        let (up, down) = (max(|c| &c.up).max(1), max(|c| &c.down));
        let step = nice_step(up + down);
        let whole = |n: u64| n.div_ceil(step) * step;
        Self { step, up: whole(up), down: whole(down) }
    }

    #[expect(clippy::cast_precision_loss, reason = "places on a screen")]
    fn y(self, above: i128) -> f64 {
        let share = (self.up as f64 - above as f64) / (self.up + self.down) as f64;
        TOP + share * (HEIGHT - TOP - BOTTOM)
    }
}

/// The distance of lines, of which there are about four: 1, 2 or 5 times a power of ten.
fn nice_step(range: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for step in [power, 2 * power, 5 * power] {
            if range / step <= 5 {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

impl Chart {
    /// The chart as an element of the page. `label` is its description as attributes, escaped.
    pub(crate) fn svg(&self, label: &str) -> String {
        let scale = Scale::of(&self.columns);
        let (class, width) = if self.columns.len() <= FEW { ("chart few", NARROW) } else { ("chart", WIDTH) };
        let mut svg = format!("<svg class=\"{class}\" role=\"img\" viewBox=\"0 0 {width} {HEIGHT}\"{label}>");
        lines(&mut svg, scale, width);
        #[expect(clippy::cast_precision_loss, reason = "places on a screen")]
        let slot = (width - LEFT - RIGHT) / self.columns.len().max(1) as f64;
        let every = self.columns.len().div_ceil(if width < WIDTH { 4 } else { 8 }).max(1);
        for (index, column) in self.columns.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "places on a screen")]
            let x = LEFT + slot * index as f64;
            draw(&mut svg, column, scale, x, slot);
            // counted from the latest week, so that the present has its date
            if (self.columns.len() - 1 - index).is_multiple_of(every) {
                let (x, y) = ((x + slot / 2.0).min(width - 36.0), HEIGHT - 6.0);
                let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{y}\" class=\"cx\">{}</text>", column.day);
            }
        }
        svg + "</svg>"
    }
}

/// The lines behind the columns, with their numbers.
fn lines(svg: &mut String, scale: Scale, width: f64) {
    let below = i128::from(scale.down / scale.step);
    for line in -below..=i128::from(scale.up / scale.step) {
        let value = line * i128::from(scale.step);
        let (y, x2) = (scale.y(value), width - RIGHT);
        let class = if value == 0 { "c0" } else { "cl" };
        let _ = write!(svg, "<path class=\"{class}\" d=\"M{LEFT} {y:.1}H{x2}\"/>");
        let text = number(u64::try_from(value.unsigned_abs()).unwrap_or(u64::MAX));
        let _ = write!(svg, "<text x=\"{}\" y=\"{:.1}\" class=\"cy\">{text}</text>", LEFT - 6.0, y + 4.0);
    }
}

/// A week. What is not complete is hatched, what is not known is a hatched band over the whole height.
fn draw(svg: &mut String, column: &Column, scale: Scale, x: f64, slot: f64) {
    let width = (slot * 0.78).min(44.0);
    let left = x + (slot - width) / 2.0;
    let _ = write!(svg, "<g><title>{}</title>", column.title());
    let (up, down) = (i128::from(Column::height(&column.up)), i128::from(Column::height(&column.down)));
    match column.state {
        WeekState::Complete | WeekState::Incomplete => {
            stack(svg, &column.up, 1, (left, width), scale);
            stack(svg, &column.down, -1, (left, width), scale);
            // the whole slot answers to the pointer, also where a column is low
            rect(svg, "ch", (x, slot), (i128::from(scale.up), -i128::from(scale.down)), scale);
            if column.state == WeekState::Incomplete {
                rect(svg, "cq", (left, width), (up, -down), scale);
                rect(svg, "cr", (x, slot), (i128::from(scale.up), -i128::from(scale.down)), scale);
            }
        }
        WeekState::NoRun => rect(svg, "cg", (x, slot), (i128::from(scale.up), -i128::from(scale.down)), scale),
        _ => rect(svg, "cn", (x, slot), (i128::from(scale.up), -i128::from(scale.down)), scale),
    }
    svg.push_str("</g>");
}

fn stack(svg: &mut String, parts: &[Part], sign: i128, place: (f64, f64), scale: Scale) {
    let mut at = 0_i128;
    for (class, number) in parts.iter().filter(|(_, number)| *number > 0) {
        let end = at + sign * i128::from(*number);
        rect(svg, class, place, (at.max(end), at.min(end)), scale);
        at = end;
    }
}

fn rect(svg: &mut String, class: &str, (x, width): (f64, f64), (top, bottom): (i128, i128), scale: Scale) {
    let (y, height) = (scale.y(top), scale.y(bottom) - scale.y(top));
    let _ =
        write!(svg, "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(state: WeekState, up: u64, down: u64) -> Column {
        Column { day: "2026-11-23".into(), state, up: vec![("sc", up)], down: vec![("ff", down)] }
    }

    #[test]
    fn columns_are_as_high_as_their_numbers() {
        let svg = Chart { columns: vec![column(WeekState::Complete, 4, 2), column(WeekState::Complete, 2, 0)] }.svg("");
        let height = |class: &str, nth: usize| -> f64 {
            let rect = svg.split(&format!("<rect class=\"{class}\"")).nth(nth + 1).unwrap();
            rect.split("height=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
        };
        assert!((height("sc", 0) - 2.0 * height("sc", 1)).abs() < 0.2 && height("ff", 0) > 0.0, "{svg}");
        assert!(svg.contains("<title>2026-11-23: +4 −2</title>"), "{svg}");
    }

    #[test]
    fn weeks_of_which_something_is_not_known_are_hatched_or_empty() {
        let of = |state| Chart { columns: vec![column(state, 4, 2)] }.svg("");
        assert!(of(WeekState::Incomplete).contains("class=\"cq\"") && of(WeekState::Incomplete).contains("≥"));
        for (state, class) in [(WeekState::NoRun, "cg"), (WeekState::Pending, "cn"), (WeekState::NotYet, "cn")] {
            let svg = of(state);
            assert!(svg.contains(class) && !svg.contains("\"sc\"") && svg.contains(": ?"), "{svg}");
        }
        assert!(!of(WeekState::Complete).contains("class=\"cq\""));
    }

    #[test]
    fn few_columns_fit_on_a_phone() {
        let svg = |weeks: usize| {
            let columns = (0..weeks).map(|_| column(WeekState::Complete, 1, 0)).collect();
            Chart { columns }.svg("")
        };
        assert!(svg(6).starts_with("<svg class=\"chart few\" role=\"img\" viewBox=\"0 0 360 240\""));
        assert!(svg(7).starts_with("<svg class=\"chart\" role=\"img\" viewBox=\"0 0 720 240\""));
        assert_eq!([4, 6].map(|weeks| svg(weeks).matches("class=\"cx\"").count()), [4, 3], "dates do not overlap");
    }

    #[test]
    fn steps_are_round_and_few() {
        assert_eq!([0, 1, 5, 6, 13, 40, 754].map(nice_step), [1, 1, 1, 2, 5, 10, 200]);
        assert_eq!(nice_step(u64::MAX) % 1_000_000, 0);
        assert!(Chart { columns: Vec::new() }.svg("").ends_with("</svg>"));
    }
}
