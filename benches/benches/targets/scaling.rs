//! The whole job from a file at three sizes, each ten times the one before: what grows faster than its input?

use std::fs::File;
use std::io::BufWriter;

use findings_core::testing::fixture::{Findings, Organisation, SAMPLE_NOW};
use findings_core::testing::simulator::Simulator;

use crate::job::{self, Told};
use crate::table::Table;

/// (findings, runs): small ones are over in a blink, and the quickest of some runs counts.
const SIZES: [(usize, usize); 3] = [(10_000, 5), (100_000, 3), (1_000_000, 1)];
/// Three accounts each, as 200,000 findings in 500 projects.
const FINDINGS_OF_A_PROJECT: usize = 400;
/// The exponent of the time over the number of findings: 1 is linear, and some noise.
const EXPONENT: f64 = 1.1;

/// What is measured, and its seconds.
type Measure = (&'static str, fn(&Told) -> f64);

/// None of these may grow faster than the findings.
const MEASURES: [Measure; 2] = [("time", |told| told.seconds), ("CPU time", |told| told.cpu_seconds)];

/// Adds a line for each measure.
pub(crate) fn measure(table: &mut Table) {
    let runs: Vec<Vec<Told>> = SIZES.iter().map(|(findings, runs)| of_size(*findings, *runs)).collect();
    let sizes = SIZES.map(|(findings, _)| findings.to_string()).join(", ");
    for (name, value) in MEASURES {
        let best = |told: &Vec<Told>| told.iter().map(value).fold(f64::INFINITY, f64::min);
        let points: Vec<(f64, f64)> = SIZES.iter().zip(&runs).map(|((n, _), told)| (number(*n), best(told))).collect();
        let exponent = exponent(&points);
        let seconds: Vec<String> = points.iter().map(|(_, seconds)| format!("{seconds:.2} s")).collect();
        table.row(
            format!("{sizes} findings from a file, {FINDINGS_OF_A_PROJECT} in a project: {name} of the whole job"),
            format!("{}: exponent {exponent:.2}", seconds.join(", ")),
            format!("exponent at most {EXPONENT}"),
            exponent <= EXPONENT,
        );
    }
    let peaks = runs.iter().filter_map(|told| told.iter().map(|told| told.peak_kib / 1024).max());
    println!("\nPeak memory: {} MiB.", peaks.map(|mib| mib.to_string()).collect::<Vec<_>>().join(", "));
}

fn of_size(findings: usize, runs: usize) -> Vec<Told> {
    let projects = findings / FINDINGS_OF_A_PROJECT;
    let organisation = Organisation::of_size(projects, 3);
    let input = tempfile::tempdir().expect("a folder");
    let file = input.path().join("findings.json");
    let made = Findings::new(7, SAMPLE_NOW).with_regions([Simulator::REGION]);
    let made = made.with_accounts(&organisation.accounts, findings, &job::open_mix());
    made.write_json(BufWriter::new(File::create(&file).expect("a file"))).expect("findings");
    let run = |_| {
        let folder = tempfile::tempdir().expect("a folder");
        let registry = File::create(folder.path().join("projects.csv")).expect("a file");
        organisation.write_registry(registry).expect("the registry");
        let told = job::run(file.to_str().expect("a path"), folder.path());
        let whole = (0, findings as u64, projects);
        assert_eq!((told.exit_code, told.findings, told.delivered), whole, "the job is not whole");
        told
    };
    (0..runs).map(run).collect()
}

/// The slope of the straight line through the points on logarithmic scales, by least squares.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(n, seconds)| (n.ln(), seconds.ln())).collect();
    let mean = |part: fn(&(f64, f64)) -> f64| logs.iter().map(part).sum::<f64>() / number(logs.len());
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let together: f64 = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum();
    together / logs.iter().map(|log| (log.0 - x).powi(2)).sum::<f64>()
}

fn number(n: usize) -> f64 {
    f64::from(u32::try_from(n).expect("a small number"))
}
