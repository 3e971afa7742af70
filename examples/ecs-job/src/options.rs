//! The options as they are typed: flags or environment, everything still text.

use clap::{Arg, Args, CommandFactory, Parser, Subcommand};

/// Brings each project its AWS Security Hub findings: one Excel report per project, stored, mailed as a link, and remembered.
///
/// Without any option it runs on the made-up sample organisation in examples/data and leaves reports, mails and history in out/.
/// For AWS give all five of --projects, --source, --reports, --notify and --history, as flags or environment variables.
#[derive(Debug, Parser)]
#[command(name = "ecs-job", version, args_override_self = true, max_term_width = 120, next_line_help = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) options: Options,
}

const AFTER_HELP: &str = "\
Examples:
  ecs-job                                    the sample organisation
  ecs-job plan --projects projects.csv --source findings.json
  ecs-job run --projects s3://config/projects.csv --source securityhub:ap-northeast-1 \\
      --reports s3://reports/security-hub --notify ses:security@example.com --history dynamodb:findings
  ecs-job history --history dynamodb:findings --sla critical=7d,high=30d
  ecs-job enroll --projects projects.csv --source securityhub:ap-northeast-1 --linked-regions us-east-1 --apply
  ecs-job relink --run-id 2026-11-23 --project Payments …

Exit code: 0 every project delivered and complete; 1 something failed or is incomplete (the rest is delivered);
2 could not start. The last line on stdout is a JSON summary; logs and progress go to stderr.
The standard AWS_* variables are honoured, AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE> included.";

#[derive(Clone, Debug, Default, PartialEq, Eq, Subcommand)]
pub(crate) enum Command {
    /// Do the job (the default)
    #[default]
    Run,
    /// Read and check everything, show what would be fetched, written and sent, and send nothing
    Plan,
    /// Create what the chosen backends need and lack, such as the DynamoDB table; safe to repeat
    Setup,
    /// Print who is getting better: open issues by severity and age, time to resolve and to decide, overdue, and each run. Needs --history only
    History {
        /// Of this project alone, by its name
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
        /// Form of the measures
        #[arg(long, value_name = "table | csv | json", default_value = "table")]
        output: crate::output::Output,
    },
    /// Make fresh links to the reports of a finished run, given with --run-id, and mail them
    Relink {
        /// Of this project alone, by its name
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
    },
    /// Make the registry's accounts members of the administrator account in every Region: shows what it would do, and does it with --apply.
    ///
    /// Needs --projects and --source securityhub:REGION[,REGION…]. Turns Security Hub on in the administrator account, adds accounts as members, invites
    /// those outside the organisation, and accepts the invitations where --member-role is given. It never turns on AWS Config, takes no account out and
    /// unlinks no Region. With --organizations it knows beforehand who needs no invitation. It is for an administrator, not for the task: the
    /// permissions stand in docs/enroll.md.
    ///
    /// Exit code: 0 everything is enrolled, or a plan was shown; 1 something failed, cannot be told, or after --apply waits for somebody; 2 could not
    /// start.
    Enroll(crate::enroll::Enroll),
    /// Show for every account whether Security Hub sees it, and which accounts nobody owns; exit code 1 if one is not covered
    Coverage {
        /// Form of the table
        #[arg(long, value_name = "table | csv | json", default_value = "table")]
        output: crate::output::Output,
    },
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Options {
    /// Who owns which accounts and whom to tell: a CSV with the columns project, account_ids, recipients and, optional, locale
    #[arg(long, global = true, env = "FINDINGS_PROJECTS", value_name = "PATH | s3://BUCKET/KEY")]
    pub(crate) projects: Option<String>,

    /// Where findings come from: a file of ASFF JSON or JSON Lines, or Security Hub
    #[arg(long, global = true, env = "FINDINGS_SOURCE", value_name = "PATH | securityhub:REGION[,REGION…]")]
    pub(crate) source: Option<String>,

    /// Where reports are kept
    #[arg(long, global = true, env = "FINDINGS_REPORTS", value_name = "DIR | s3://BUCKET/PREFIX")]
    pub(crate) reports: Option<String>,

    /// Forms of the report, separated by commas; people get a link to the first, the others are stored beside it [default: xlsx]
    #[arg(long, global = true, env = "FINDINGS_FORMAT", value_name = "xlsx | csv | jsonl[,…]")]
    pub(crate) format: Option<String>,

    /// Your own words about controls, shown in the workbook: a CSV with the columns control, meaning, fix, impact, contact and, optional, locale,
    /// or a folder of Markdown files such as S3.8.md or S3.8.ja.md
    #[arg(
        long,
        global = true,
        env = "FINDINGS_GUIDANCE",
        value_name = "PATH | s3://BUCKET/KEY.csv | s3://BUCKET/PREFIX/"
    )]
    pub(crate) guidance: Option<String>,

    /// How people are told; repeatable, in the variable separated by spaces
    // the variable is read apart, because spaces separate values there and may stand in a flag's
    #[arg(
        long,
        global = true,
        value_name = "outbox:DIR | ses:FROM[?configuration-set=NAME] | smtp://… | teams:VARIABLE | slack:VARIABLE",
        help = "How people are told; repeatable [env: FINDINGS_NOTIFY, several separated by spaces]"
    )]
    pub(crate) notify: Vec<String>,

    /// Where is remembered what was seen
    #[arg(long, global = true, env = "FINDINGS_HISTORY", value_name = "sqlite:PATH | dynamodb:TABLE")]
    pub(crate) history: Option<String>,

    /// Stable ID of the scheduled time, so that a run started twice is done once [default: the start time, UTC]
    #[arg(long, global = true, env = "FINDINGS_RUN_ID", value_name = "ID")]
    pub(crate) run_id: Option<String>,

    /// Language of reports and mails; a project's own wins [default: en]
    #[arg(long, global = true, env = "FINDINGS_LOCALE", value_name = "ja | en")]
    pub(crate) locale: Option<String>,

    /// Time zone of the readers [default: Asia/Tokyo with ja, else UTC]
    #[arg(long, global = true, env = "FINDINGS_TIME_ZONE", value_name = "IANA NAME")]
    pub(crate) time_zone: Option<String>,

    /// How long links should work, at most 7d; temporary credentials end them sooner [default: 7d]
    #[arg(long, global = true, env = "FINDINGS_LINK_TTL", value_name = "DURATION")]
    pub(crate) link_ttl: Option<String>,

    /// How long links must work, and what to do if they would not: warn, refuse to run, or attach the reports [default: 3d:warn]
    #[arg(long, global = true, env = "FINDINGS_LINK_MIN_TTL", value_name = "DURATION[:warn|fail|attach]")]
    pub(crate) link_min_ttl: Option<String>,

    /// Who signs links to S3: a lasting key, as JSON in a variable, or a profile [default: the job's own credentials]
    #[arg(long, global = true, env = "FINDINGS_LINK_CREDENTIALS", value_name = "env:VARIABLE | profile:NAME")]
    pub(crate) link_credentials: Option<String>,

    /// How S3 encrypts reports [default: as the bucket says]
    #[arg(long, global = true, env = "FINDINGS_S3_SSE", value_name = "AES256 | aws:kms[:KEY]")]
    pub(crate) s3_sse: Option<String>,

    /// Own texts of the mails: a directory with some of subject.en.txt, mail.en.txt, mail.en.html, … [default: the built-in ones]
    #[arg(long, global = true, env = "FINDINGS_TEMPLATES", value_name = "DIR")]
    pub(crate) templates: Option<String>,

    /// Who gets a mail after each run that says how it went; several separated by ';'
    #[arg(long, global = true, env = "FINDINGS_OPERATORS", value_name = "ADDRESS")]
    pub(crate) operators: Option<String>,

    /// For findings from a file: the members, as `aws securityhub list-members --no-only-associated` prints them. Security Hub is asked itself
    #[arg(long, global = true, env = "FINDINGS_COVERAGE", value_name = "PATH")]
    pub(crate) coverage: Option<String>,

    /// Regions whose members are looked at too, where a finding aggregator links all Regions and so names none
    #[arg(long, global = true, env = "FINDINGS_COVERAGE_REGIONS", value_name = "REGION[,REGION…]")]
    pub(crate) coverage_regions: Option<String>,

    /// Ask AWS Organizations for names and states of accounts too
    #[arg(long, global = true, env = "FINDINGS_ORGANIZATIONS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) organizations: Option<String>,

    /// Gaps in the coverage that are known and fail no run: a CSV with the columns account_id, region (or all), reason and until (2026-12-31)
    #[arg(long, global = true, env = "FINDINGS_ACCEPTED_GAPS", value_name = "PATH | s3://BUCKET/KEY")]
    pub(crate) accepted_gaps: Option<String>,

    /// GetFindings calls a second, in each Region [default: 3]
    #[arg(long, global = true, env = "FINDINGS_RATE", value_name = "CALLS")]
    pub(crate) rate: Option<String>,

    /// GetFindings calls at once, in each Region [default: 6]
    #[arg(long, global = true, env = "FINDINGS_BURST", value_name = "CALLS")]
    pub(crate) burst: Option<String>,

    /// Whom readers can ask, shown in reports and mails
    #[arg(long, global = true, env = "FINDINGS_CONTACT", value_name = "TEXT")]
    pub(crate) contact: Option<String>,

    /// How long a task that died keeps others from its run [default: 5m]
    #[arg(long, global = true, env = "FINDINGS_LEASE", value_name = "DURATION")]
    pub(crate) lease: Option<String>,

    /// Do a finished run again, mails included
    #[arg(long, global = true)]
    pub(crate) force: bool,

    /// How long issues may stay open by severity; `history` counts what is overdue
    #[arg(long, global = true, env = "FINDINGS_SLA", value_name = "SEVERITY=DURATION[,…]")]
    pub(crate) sla: Option<String>,

    /// GetFindings calls, in each Region, that a run may spend on the question why issues are gone, 20 issues a call; 0 asks nothing [default: 300]
    #[arg(long, global = true, env = "FINDINGS_LOOKUPS", value_name = "CALLS")]
    pub(crate) lookups: Option<String>,

    /// Set findings that were delivered from NEW to NOTIFIED in Security Hub; every finding set is an event for EventBridge
    #[arg(long, global = true, env = "FINDINGS_MARK_NOTIFIED", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) mark_notified: Option<String>,

    /// What to do with a mail of which a killed task left unknown whether it was sent: somebody may get it twice, or never [default: resend]
    #[arg(long, global = true, env = "FINDINGS_IN_DOUBT", value_name = "resend | skip")]
    pub(crate) in_doubt: Option<String>,

    /// Print what each stage took, on stderr: time by the clock, on processors, and memory
    #[arg(long, global = true)]
    pub(crate) timings: bool,

    /// Form of the log on stderr [default: text on a terminal, else json]
    #[arg(long, global = true, env = "FINDINGS_LOG", value_name = "text | json")]
    pub(crate) log: Option<String>,

    /// How much is logged [default: info]
    #[arg(long, global = true, env = "FINDINGS_LOG_LEVEL", value_name = "error | warn | info | debug | trace")]
    pub(crate) log_level: Option<String>,

    /// Address buckets by path, for S3-compatible endpoints
    #[arg(long, global = true, env = "FINDINGS_S3_PATH_STYLE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) s3_path_style: Option<String>,
}

/// What these subcommands use of the options that all accept; the others are left out of their help.
const USED: [(&str, &[&str]); 2] = [
    ("history", &["history", "sla", "log", "log_level"]),
    (
        "enroll",
        &[
            "projects",
            "source",
            "coverage_regions",
            "organizations",
            "rate",
            "burst",
            "log",
            "log_level",
            "s3_path_style",
        ],
    ),
];

/// The command line. Options that a subcommand accepts without using them are hidden in its help.
pub(crate) fn command() -> clap::Command {
    let command = Cli::command();
    let options: Vec<Arg> = command.get_arguments().filter(|option| option.is_global_set()).cloned().collect();
    USED.into_iter().fold(command, |command, (name, used)| {
        let unused = options.iter().filter(|option| !used.contains(&option.get_id().as_str()));
        let hidden: Vec<Arg> = unused.map(|option| option.clone().hide(true)).collect();
        command.mut_subcommand(name, |subcommand| subcommand.args(hidden).after_help(OTHERS))
    })
}

const OTHERS: &str = "The other options of ecs-job are accepted too, and not used here.";

#[cfg(test)]
mod tests;
