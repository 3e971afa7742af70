//! The whole job from a file at three sizes, each ten times the one before, to find stages that do not scale linearly.

use std::fs::File;
use std::io::BufWriter;

use asff_fixtures::{Findings, Organisation, SAMPLE_NOW};
use findings_core::pipeline::timings::Stage;
use security_hub_simulator::Simulator;

use crate::job::{self, Told};
use crate::measure::{exponent, number};
use crate::table::Table;

/// Numbers of findings and of runs. Small sizes are short and noisy, so the fastest of several runs counts.
const SIZES: [(usize, usize); 3] = [(10_000, 5), (100_000, 3), (1_000_000, 1)];
/// As in an organisation of 500 projects with 200,000 findings. A project has three accounts.
const FINDINGS_OF_A_PROJECT: usize = 400;
/// The limit of the exponent with which the time grows with the number of findings: 1, which is linear, and some noise.
const EXPONENT: f64 = 1.05;
/// The smallest share of a stage in the CPU time of the largest size for which its exponent counts. Shorter stages do
/// not matter, and cannot be measured precisely.
const SHARE: f64 = 0.01;

/// Adds a row for the time of the whole job, one for its CPU time, and one for that of each stage.
pub(crate) fn measure(table: &mut Table) {
    let runs: Vec<Vec<Told>> = SIZES.iter().map(|(findings, runs)| of_size(*findings, *runs)).collect();
    let best = |value: fn(&Told) -> f64| {
        runs.iter().map(|told| told.iter().map(value).fold(f64::INFINITY, f64::min)).collect::<Vec<_>>()
    };
    let (clock, processors) = (best(|told| told.seconds), best(|told| told.cpu_seconds));
    let sizes = SIZES.map(|(findings, _)| findings.to_string()).join(", ");
    line(table, &format!("{sizes} findings from a file, {FINDINGS_OF_A_PROJECT} in a project: time"), &clock, true);
    line(table, "the same: time on all processors", &processors, true);
    for (place, stage) in Stage::ALL.iter().enumerate() {
        // the kernel counts CPU time in steps of some milliseconds: the mean evens that out, the minimum would be too
        // low
        let mean = |told: &Vec<Told>| told.iter().map(|told| told.stages[place]).sum::<f64>() / number(told.len());
        let means: Vec<f64> = runs.iter().map(mean).collect();
        let matters = means.last() >= processors.last().map(|whole| whole * SHARE).as_ref();
        line(table, &format!("stage {stage}: time on all processors"), &means, matters);
    }
    let peaks = runs.iter().filter_map(|told| told.iter().map(|told| told.peak_mib).max());
    println!(
        "\nPeak memory of the three sizes: {} MiB.",
        peaks.map(|mib| mib.to_string()).collect::<Vec<_>>().join(", ")
    );
}

fn line(table: &mut Table, what: &str, seconds: &[f64], judged: bool) {
    let costs: Vec<(usize, f64)> = SIZES.iter().zip(seconds).map(|((n, _), seconds)| (*n, *seconds)).collect();
    let exponent = exponent(&costs);
    let listed: Vec<String> = seconds.iter().map(|seconds| format!("{seconds:.3} s")).collect();
    let listed = listed.join(", ");
    if judged {
        let target = format!("exponent at most {EXPONENT}");
        table.row(what, format!("{listed}: exponent {exponent:.2}"), target, exponent <= EXPONENT);
    } else {
        table.row(what, listed, format!("under {:.0} % of the whole", SHARE * 100.0), true);
    }
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
