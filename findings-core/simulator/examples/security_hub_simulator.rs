//! The Security Hub of the sample organisation on a free port of this machine, to try the job and the AWS CLI with:
//!
//! ```sh
//! cargo run -p security-hub-simulator --example security_hub_simulator
//! ```
//!
//! It prints its address, for `AWS_ENDPOINT_URL_SECURITYHUB`, and answers until it is ended. The home Region is
//! ap-northeast-1, unless an argument names another.

use std::error::Error;

use asff_fixtures::{Findings, Organisation};
use jiff::Timestamp;
use security_hub_simulator::{Aggregator, Simulator};

fn main() -> Result<(), Box<dyn Error>> {
    let home = std::env::args().nth(1).unwrap_or_else(|| "ap-northeast-1".to_owned());
    let mut hub = Simulator::builder()
        .region(&home)
        .findings(Findings::sample().values())
        .aggregator(Aggregator::all_regions(&home));
    // the sample findings are in these two Regions
    for region in [&home, "ap-northeast-1", "us-east-1"] {
        hub = hub.covered(Organisation::sample().accounts.iter().map(|a| &a.id), region, Timestamp::now());
    }
    let hub = hub.spawn_thread()?;
    println!("{}", hub.url());
    loop {
        std::thread::park();
    }
}
