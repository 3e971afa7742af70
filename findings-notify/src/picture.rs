//! The picture of the weeks in the mail about the organisation: one column for each week, stacked by severity.
//!
//! It has no text: names of months would need a font, and the mail has them in its own.

use findings_core::organisation::{OrganisationReport, OrganisationWeek, WeekState};
use findings_core::{Error, ErrorKind, Result};

/// Width and height in pixels: twice those at which the mail shows it, for sharp screens.
pub(crate) const WIDTH: usize = 1_120;
const HEIGHT: usize = 280;

/// Pixels above the highest column.
const HEAD: usize = 8;

/// The colours of the severities, the worst first, as in the workbook; see `findings-xlsx/src/formats.rs`.
const SEVERITIES: [u8; 5] = [2, 3, 4, 5, 6];

/// Red, green and blue of each colour: paper, line, the severities, and the mark of a week without a run.
const PALETTE: [[u8; 3]; 8] = [
    [0xff, 0xff, 0xff],
    [0xb8, 0xc0, 0xc8],
    [0x8b, 0x1a, 0x1a],
    [0xd6, 0x4b, 0x12],
    [0xf2, 0xb2, 0x33],
    [0x4f, 0x8f, 0xc0],
    [0x8d, 0x99, 0xa6],
    [0xe3, 0xe7, 0xeb],
];
const PAPER: u8 = 0;
const LINE: u8 = 1;
const NOT_KNOWN: u8 = 7;

/// The weeks of the picture: those from the first run on.
pub(crate) fn drawn_weeks(report: &OrganisationReport) -> impl Iterator<Item = &OrganisationWeek> {
    report.weeks.iter().skip_while(|week| week.state == WeekState::NotYet)
}

/// Draws the open issues of the weeks as a PNG; `None` if no week has numbers.
///
/// A week without a run is a pale band, and an incomplete week is hatched: neither may look like an improvement.
pub(crate) fn weeks_picture(report: &OrganisationReport) -> Result<Option<Vec<u8>>> {
    let weeks: Vec<&OrganisationWeek> = drawn_weeks(report).collect();
    let totals = weeks.iter().filter_map(|week| Some(week.numbers?.open.total()));
    let Some(highest) = totals.max() else { return Ok(None) };
    let mut canvas = Canvas::new();
    let slot = WIDTH / weeks.len().max(8);
    let gap = slot / 6;
    for (n, week) in weeks.iter().enumerate() {
        let (from, to) = (n * slot + gap, (n + 1) * slot - gap);
        match week.numbers {
            Some(_) => draw_week(&mut canvas, week, from..to, highest),
            None => canvas.fill(from..to, HEAD..HEIGHT - 2, NOT_KNOWN),
        }
    }
    canvas.fill(0..WIDTH, HEIGHT - 2..HEIGHT, LINE);
    canvas.png().map(Some)
}

fn draw_week(canvas: &mut Canvas, week: &OrganisationWeek, columns: std::ops::Range<usize>, highest: u64) {
    let Some(numbers) = week.numbers else { return };
    let open = numbers.open;
    let (mut bottom, mut sum) = (HEIGHT - 2, 0);
    let room = (HEIGHT - 2 - HEAD) as u64;
    for (count, color) in
        [open.critical, open.high, open.medium, open.low, open.informational].into_iter().zip(SEVERITIES)
    {
        sum += count;
        // from the sum and not from the count, so that the heights add up
        let height = usize::try_from(sum * room / highest.max(1)).unwrap_or_default();
        let top = HEIGHT - 2 - height;
        canvas.fill(columns.clone(), top..bottom, color);
        bottom = top;
    }
    if week.state != WeekState::Complete {
        canvas.hatch(columns, bottom..HEIGHT - 2);
    }
}

/// An image with one byte for each pixel, an index into the palette.
struct Canvas {
    pixels: Vec<u8>,
}

impl Canvas {
    fn new() -> Self {
        Self { pixels: vec![PAPER; WIDTH * HEIGHT] }
    }

    fn fill(&mut self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>, color: u8) {
        for row in rows {
            if let Some(pixels) = self.pixels.get_mut(row * WIDTH + columns.start..row * WIDTH + columns.end) {
                pixels.fill(color);
            }
        }
    }

    /// Draws paper-coloured diagonals over what is there.
    fn hatch(&mut self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) {
        for row in rows {
            for column in columns.clone().filter(|column| (column + row) % 8 < 4) {
                self.fill(column..column + 1, row..row + 1, PAPER);
            }
        }
    }

    fn png(&self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        let failed =
            |error: png::EncodingError| Error::new(ErrorKind::Other, "draw the weeks of a mail").with_source(error);
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut encoder = png::Encoder::new(&mut file, size(WIDTH), size(HEIGHT));
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(PALETTE.concat());
        encoder.write_header().and_then(|mut writer| writer.write_image_data(&self.pixels)).map_err(failed)?;
        Ok(file)
    }
}
