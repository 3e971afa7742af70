//! Tests of the report on histories that `diff` made, run by run, as the pipeline does.

mod knowledge;
mod properties;
mod questions;
mod story;

use std::collections::HashMap;
use std::sync::Arc;

use super::*;
use crate::history::{AbsenceRules, DiffInput, IdentifiedFindings, ProjectHistory, ProjectRun, Resolution, diff};
use crate::testing::organisation::{Story, account, finding, range, report, week};
use crate::{Finding, RunId};
