//! Tests of the report on histories that `diff` made, run by run, as the pipeline does.

mod knowledge;
mod properties;
mod questions;
mod story;

use super::*;
use crate::history::{ProjectHistory, ProjectRun, Resolution};
use crate::testing::organisation::{Story, account, finding, range, report, week};
use crate::{Finding, RunId};
