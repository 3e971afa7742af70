//! What several benches measure: the growth of a cost, and what the kernel counts for this process.

/// The slope of the least-squares line through the points (findings, cost) on logarithmic scales: 1 if the cost grows
/// linearly.
pub(crate) fn exponent(costs: &[(usize, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = costs.iter().map(|(n, cost)| (number(*n).ln(), cost.ln())).collect();
    let mean = |part: fn(&(f64, f64)) -> f64| logs.iter().map(part).sum::<f64>() / number(logs.len());
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let together: f64 = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum();
    together / logs.iter().map(|log| (log.0 - x).powi(2)).sum::<f64>()
}

pub(crate) fn number(n: usize) -> f64 {
    f64::from(u32::try_from(n).expect("a small number"))
}

/// User and system time of all threads, in seconds.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    // the second field is the name of the program in parentheses, which may contain spaces and parentheses
    let fields = stat.rsplit_once(')').expect("a name").1.split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).map(|field| field.parse::<f64>().expect("a number")).sum();
    // Linux counts here in units of 10 ms (USER_HZ), independently of the kernel's own tick
    ticks / 100.0
}
