//! The command line: flags and environment variables, with their values still unparsed text.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

mod audience;
mod decisions;
mod given;
mod knowledge;
mod questions;
mod registry;
mod sources;
mod staging;
mod urgent;

pub(crate) use audience::Audience;
pub(crate) use decisions::DecisionRules;
pub(crate) use given::GivenOption;
pub(crate) use knowledge::{GuidanceCommand, NewOptions, PublishOptions, StatusOptions, TopicsOptions};
pub(crate) use questions::{CompareOptions, DecisionsOptions, FindingsOptions};
pub(crate) use registry::{FromOrganizations, RegistryTask};
pub(crate) use sources::EarlierSources;
pub(crate) use staging::StagingOptions;
pub(crate) use urgent::UrgentOptions;

/// Delivers AWS Security Hub findings to the projects that own the accounts: stores one report per project, sends its
/// recipients a link, and records the findings in a history.
///
/// Without options it runs on the made-up sample organisation in examples/data, moved to the present day, and writes reports,
/// mails and history to out/. For AWS, set all five of --projects, --source, --reports, --notify and --history, as flags or environment
/// variables.
#[derive(Debug, Parser)]
#[command(name = "ecs-job", version = version(), args_override_self = true, max_term_width = 120, next_line_help = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) options: Options,
}

impl Cli {
    /// Parses the command line; ends the program if it is not usable, or only help was asked for.
    pub(crate) fn parse_all() -> Self {
        let matches = command().get_matches();
        let mut cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        cli.options.given = given::read(&matches);
        cli.options.passed = given::passed(&matches);
        cli
    }
}

/// The version, and the commit if the build was given it (`ECS_JOB_COMMIT`, which `image.sh` sets).
pub(crate) fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| version_of(option_env!("ECS_JOB_COMMIT")));
    &VERSION
}

fn version_of(commit: Option<&str>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match commit {
        Some(commit) if !commit.is_empty() => format!("{version} ({commit})"),
        _ => version.to_owned(),
    }
}

const AFTER_HELP: &str = "\
Examples:
  ecs-job                                    the sample organisation
  ecs-job plan --projects projects.csv --source findings.json
  ecs-job run --projects s3://config/projects.csv --source securityhub:ap-northeast-1 \\
      --reports s3://reports/security-hub --notify ses:security@example.com --history dynamodb:findings
  ecs-job run --project Payments …            a pilot: the others stay as they are
  ecs-job run --urgent …                      between reports: new critical findings alone, told at once
  ecs-job run --workers 4 …                   many projects: four processes render, store and tell
  ecs-job history --history dynamodb:findings --sla critical=7d,high=30d
  ecs-job organisation --history dynamodb:findings --sla critical=7d,high=30d --weeks 26
  ecs-job findings --history dynamodb:findings --control S3.8
  ecs-job compare 2026-11-16 2026-11-23 --history dynamodb:findings
  ecs-job export --format parquet --output tables --history dynamodb:findings
  ecs-job history --project Payments --messages --history dynamodb:findings
  ecs-job status --project Payments --history dynamodb:findings
  ecs-job registry check --projects projects.csv
  ecs-job guidance status --guidance guidance --history dynamodb:findings
  ecs-job topics --guidance guidance --history dynamodb:findings
  ecs-job overdue --history dynamodb:findings --after 8d
  ecs-job enroll --projects projects.csv --source securityhub:ap-northeast-1 --linked-regions us-east-1 --apply
  ecs-job relink --run-id 2026-11-23 --project Payments …
  ecs-job revoke --history dynamodb:findings --run-id 2026-11-23 --project Payments

Exit code: 0 every project was delivered and is complete; 1 something was not delivered (the rest was);
2 the run could not start; 3 everything was delivered, and something is incomplete; 4 another task holds the run,
and nothing was done. The last line on stdout is a JSON summary; logs and progress go to stderr.
The standard AWS_* variables apply, including AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE>.";

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Command {
    /// Fetch the findings, store the reports, and notify the recipients (the default)
    Run {
        /// Do only the project with this name, or earlier name, in the registry; repeat it for several. The others stay as
        /// they are, and the run stays open for them: start it again without this to do the rest [default: all projects]
        #[arg(long, value_name = "NAME", env = "FINDINGS_PROJECT", value_delimiter = ';')]
        project: Vec<String>,
        /// What to print at the end: json is the summary in one line, as always if the output is no terminal; people on a
        /// terminal get a table
        #[arg(long, value_name = "auto | json", default_value = "auto")]
        output: crate::output::RunOutput,
        #[command(flatten)]
        urgent: UrgentOptions,
        #[command(flatten)]
        staging: StagingOptions,
    },
    /// The first stage of a run that several tasks do: fetch the findings, and store them in batches at --work. Then `deliver`
    /// each batch, at the same time if you like, and `finish` the run, all with the same options and --run-id. `run`
    /// does all of this in one process.
    ///
    /// The list of the batches is RUN/work.jsonl at --work, one a line. The last line on stdout is a JSON object that names it.
    /// Exit code: 0 the batches are there; 1 it was stopped: start it again; 2 the findings could not be fetched; 4 another task holds the run
    Fetch {
        /// Fetch only the project with this name, or earlier name, in the registry; repeat it for several
        /// [default: all projects]
        #[arg(long, value_name = "NAME", env = "FINDINGS_PROJECT", value_delimiter = ';')]
        project: Vec<String>,
        #[command(flatten)]
        staging: StagingOptions,
    },
    /// The second stage: deliver the projects of a batch that `fetch` stored. Safe to repeat: what is done stays done. If its process was
    /// killed while it sent a message, --in-doubt says whether that message is sent again.
    ///
    /// Exit code: 0 every project of the batch was delivered; 1 some were not; 2 the batch could not be delivered at all; 4
    /// another task delivers it
    Deliver {
        /// The batch: its number, or its place as in the list of batches
        #[arg(long, value_name = "NUMBER | s3://…", env = "FINDINGS_BATCH")]
        batch: String,
        #[command(flatten)]
        staging: StagingOptions,
    },
    /// The last stage: send reminders, make the report about all projects, the summary and the manifest, and end the run.
    /// Projects of batches that were not delivered are done by the next start of the run. It ends as `run` does, with the same
    /// exit codes
    Finish {
        /// What to print at the end: json is the summary in one line, as always if the output is no terminal; people on a
        /// terminal get a table
        #[arg(long, value_name = "auto | json", default_value = "auto")]
        output: crate::output::RunOutput,
        #[command(flatten)]
        staging: StagingOptions,
    },
    /// Check the configuration and show what a run would fetch, write and send, without storing or sending anything
    Plan {
        /// Also send one real mail with a real link to this address, as a run would: a report without findings is stored
        /// under test/ and sent with the configured notifiers and texts [default: none]
        #[arg(long, value_name = "ADDRESS")]
        test_mail: Option<String>,
        /// Plan a run of only the project with this name, or earlier name; repeat it for several [default: all projects]
        #[arg(long, value_name = "NAME", env = "FINDINGS_PROJECT", value_delimiter = ';')]
        project: Vec<String>,
    },
    /// Write what a run would send to a project into files to look at: the mail as HTML and text, the workbook, the page and
    /// the cards for channels. Fetches findings and reads the history as a run does, and neither sends, stores nor
    /// remembers anything
    Preview {
        /// Show the project with this name [default: the first one that has accounts]
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
        /// Folder for the files, such as mail.html; files of these names are replaced
        #[arg(long, value_name = "DIR", default_value = "out/preview")]
        out: PathBuf,
    },
    /// Create resources that the configured backends require and that are missing, such as the DynamoDB table; safe to
    /// repeat
    Setup,
    /// Print what a report of a fault needs: version, platform, settings without secrets, the identity at AWS, and whether each service
    /// that a run needs answers. Sends and stores nothing. Exit code 0 if all is well, 1 if something does not answer, 2 if a
    /// setting is not usable
    Doctor,
    /// Print completions of the command line for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for each subcommand
    Man {
        /// Folder for the pages, such as ecs-job.1; files of these names are replaced
        dir: PathBuf,
    },
    /// Print measures from the history: open and overdue issues by severity and age, time to resolve and to decide, and
    /// all runs. Requires only --history
    History {
        /// Print only the project with this name [default: all projects]
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
        /// Print who opened which report and when, instead of measures. Requires links of --links redirect:URL
        #[arg(long)]
        opened: bool,
        /// Print who was sent which message about the project, when, and what became of it, instead of measures. Of all
        /// runs of the history, or of the one that --run-id names
        #[arg(long, requires = "project", conflicts_with = "opened")]
        messages: bool,
        /// Output format of the measures
        #[arg(long, value_name = "table | csv | json", default_value = "table")]
        output: crate::output::Output,
    },
    /// Say for each project who was told of its last report: when it was read, how many messages were sent, failed or are
    /// in doubt, who opened it, and until when its links work. Requires only --history
    Status {
        /// The last runs of only the project with this name [default: the last run of each project]
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
        /// Output format
        #[arg(long, value_name = "table | csv | json", default_value = "table")]
        output: crate::output::Output,
    },
    /// Check the registry of projects, or make a first one from AWS Organizations
    #[command(subcommand_required = true)]
    Registry {
        #[command(subcommand)]
        task: RegistryTask,
    },
    /// Say when the last run finished. Exit code 0 if that is recent, 1 if no run finished in this time or none is recorded,
    /// 2 if it could not be read. Requires only --history
    Overdue {
        /// How long ago the last finished run may be
        #[arg(long, value_name = "DURATION", default_value = "8d")]
        after: String,
    },
    /// Print a report about all projects from the history: open issues week by week, what came and what was fixed, the
    /// projects by rank, movers, and the controls that hurt most. Requires only --history
    Organisation {
        #[command(flatten)]
        weeks: OrganisationWeeks,
        /// Output format of the report; csv and json have all of it
        #[arg(long, value_name = "table | csv | json", default_value = "table")]
        output: crate::output::Output,
    },
    /// List the issues of all projects in the history: which are open, since when, and which are overdue. The worst
    /// severity comes first, then the oldest. An issue in an account that the latest run did not see completely is listed as
    /// not confirmed. Requires only --history
    Findings(FindingsOptions),
    /// Print what changed from one run to another: issues that are new, reopened, worse, fixed, suppressed, archived, left
    /// or not confirmed, project by project. Exit code 2 if a run is not in the history. Requires only --history
    Compare(CompareOptions),
    /// Write the whole history as flat tables that DuckDB, Athena and spreadsheets read: issues, runs, and the periods in
    /// which issues were open. Existing files of these names are replaced once the new ones are complete. Requires
    /// only --history
    Export {
        /// Folder for the files, such as issues.parquet
        #[arg(long, value_name = "DIR")]
        output: String,
    },
    /// Create new links to the reports of a finished run and send them to the recipients. Requires --run-id
    Relink {
        /// Send links only for the project with this name [default: all projects]
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
    },
    /// Say what guidance is missing or old, begin it, or publish it as a site
    Guidance {
        #[command(subcommand)]
        what: GuidanceCommand,
    },
    /// List problems that several projects share, those that are new in the last four weeks first, with the projects, the
    /// guidance and whom to ask. Requires only --history
    Topics(TopicsOptions),
    /// Say what would become of decisions in returned reports, entry by entry, and of earlier decisions: what is new, known,
    /// refused, or in conflict with what happened since. --apply keeps the new ones and tells Security Hub. Safe to repeat
    Decisions(DecisionsOptions),
    /// Make links to reports stop working: one link, or all links to the reports of a run. Requires --history
    /// dynamodb:TABLE, and links of --links redirect:URL
    Revoke {
        /// The link as in the mail, or its last part
        #[arg(long, value_name = "URL", conflicts_with = "project")]
        link: Option<String>,
        /// With --run-id, revoke only the links to the report of the project with this name [default: all projects]
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
    },
    /// Answer those who open links that a run with --links redirect:URL made. Looks the link up in the table and sends the
    /// reader on to a link to S3 that works for a minute; altered, expired and revoked links get a page that says what
    /// to do. Requires --reports s3://BUCKET/PREFIX and --history dynamodb:TABLE.
    ///
    /// On AWS Lambda it serves the function's events, elsewhere HTTP, for tests or behind your own web server. It does not
    /// check where readers come from: the API's resource policy or your web server does.
    Redirect {
        /// Address and port to listen at, outside of AWS Lambda
        #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
        listen: String,
    },
    /// Make the registry's accounts members of the Security Hub administrator account in every Region. Shows the plan;
    /// --apply carries it out.
    ///
    /// Requires --projects and --source securityhub:REGION[,REGION…]. Turns Security Hub on in the administrator
    /// account, adds accounts as members, invites accounts outside the organisation, and, with --member-role, accepts
    /// the invitations. Never turns on AWS Config, removes an account or unlinks a Region. With --organizations it
    /// knows beforehand which accounts need no invitation. An administrator runs it, not the scheduled task;
    /// docs/enroll.md lists the permissions.
    ///
    /// Exit code: 0 everything is enrolled, or the plan was shown; 1 something failed or could not be determined, or,
    /// after --apply, still waits for an action; 2 it could not start.
    Enroll(crate::enroll::Enroll),
    /// Show which accounts Security Hub does not cover, by cause and with what closes the gap, and list accounts without an
    /// owner. Exit code 1 if an account is not covered or its coverage is unknown, unless the gap is accepted
    Coverage {
        /// Also list the covered accounts in the table; csv and json always have all
        #[arg(long)]
        all: bool,
        /// Output format of the table
        #[arg(long, value_name = "table | csv | json", default_value = "table")]
        output: crate::output::Output,
    },
}

impl Default for Command {
    /// A run as its variables say.
    fn default() -> Self {
        let run = Cli::try_parse_from(["ecs-job", "run"]).ok().and_then(|cli| cli.command);
        let (project, output) = (Vec::new(), crate::output::RunOutput::Auto);
        let (urgent, staging) = (UrgentOptions::default(), StagingOptions::default());
        run.unwrap_or(Self::Run { project, output, urgent, staging })
    }
}

/// The weeks of the report about the organisation, and its files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct OrganisationWeeks {
    /// A day of the first week, such as 2026-09-07, in place of --weeks [default: as --weeks says]
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// The last day of the report, such as 2026-11-23. What happened later is left out [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// Number of weeks up to the last day, at most 520. Weeks begin on Monday in the --time-zone
    #[arg(long, value_name = "NUMBER", default_value = "52")]
    pub(crate) weeks: String,
    /// Write the report as a web page to this file, too, in the language of --locale
    #[arg(long, value_name = "PATH")]
    pub(crate) html: Option<PathBuf>,
    /// Write the report as a workbook to this file, too, in the language of --locale
    #[arg(long, value_name = "PATH")]
    pub(crate) xlsx: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Options {
    /// Registry of projects, their accounts and recipients: a CSV file with the columns project, account_ids,
    /// recipients and, optionally, locale and aliases, the earlier names of a project [default: that of the sample
    /// organisation]
    #[arg(long, global = true, env = "FINDINGS_PROJECTS", value_name = "PATH | s3://BUCKET/KEY")]
    pub(crate) projects: Option<String>,

    /// A project that was renamed; its history goes on under the new name. Repeatable; the variable holds several values
    /// separated by semicolons.
    // main reads the variable, because semicolons separate its values but may be part of a flag's value
    #[arg(
        long,
        global = true,
        value_name = "OLD=NEW",
        help = "A project that was renamed, for one run: its history goes on under the new name in the registry; repeat it for several [default: none] [env: FINDINGS_RENAME, several separated by ';']"
    )]
    pub(crate) rename: Vec<String>,

    /// Source of the findings: a file, a folder, a pattern such as 'exports/*.json.gz', an object or a prefix in S3, or
    /// Security Hub in one or more Regions, the earlier one (CSPM) or the new one (V2), or an export of the new one, which the run makes. Files and objects hold findings in
    /// ASFF or OCSF, as get-findings exports or EventBridge delivers them, also in messages of SNS and SQS, in gzip, zstd,
    /// ZIP or UTF-16. Repeat it for several; findings that several have count once [default: the sample organisation]
    // main reads the variable, because spaces separate its values but may be part of a flag's value
    #[arg(
        long,
        global = true,
        value_name = "PATH | s3://BUCKET/PREFIX | securityhub:REGION[,REGION…] | securityhub-v2:REGION[,REGION…] | export:REGION:s3://BUCKET/PREFIX?key=ARN",
        help = "Source of the findings: a file, a folder, a pattern such as 'exports/*.json.gz', an object or a prefix in S3, or Security Hub in one or more Regions, the earlier one (CSPM) or the new one (V2), or an export of the new one, which the run makes. Files and objects hold findings in ASFF or OCSF, as get-findings exports or EventBridge delivers them, also in messages of SNS and SQS, in gzip, zstd, ZIP or UTF-16. Repeat it for several; a finding that several have counts once [default: the sample organisation] [env: FINDINGS_SOURCE, several separated by spaces]"
    )]
    pub(crate) source: Vec<String>,

    #[command(flatten)]
    pub(crate) earlier_sources: EarlierSources,

    /// Directory or S3 location in which reports are stored [default: out/reports]
    #[arg(long, global = true, env = "FINDINGS_REPORTS", value_name = "DIR | s3://BUCKET/PREFIX")]
    pub(crate) reports: Option<String>,

    /// Report formats, separated by commas: a workbook, a web page, a table, lines for scripts. Recipients get a link to the
    /// first one; the others are stored beside it [default: xlsx]
    #[arg(long, global = true, env = "FINDINGS_FORMAT", value_name = "xlsx | html | csv | jsonl[,…]")]
    pub(crate) format: Option<String>,

    /// Your own guidance on controls, shown in workbook and page: a CSV file with the columns control, meaning, fix, impact,
    /// contact and, optionally, locale, or a folder of Markdown files such as S3.8.md or S3.8.ja.md [default: none]
    #[arg(
        long,
        global = true,
        env = "FINDINGS_GUIDANCE",
        value_name = "PATH | s3://BUCKET/KEY.csv | s3://BUCKET/PREFIX/"
    )]
    pub(crate) guidance: Option<String>,

    /// Columns of the findings in workbooks and CSV files, in this order, separated by commas, such as
    /// severity,account_name,title,rest. `rest` are all that are not named, folded away [default: the standard order]
    #[arg(long, global = true, env = "FINDINGS_COLUMNS", value_name = "ID[,ID…][,rest]")]
    pub(crate) columns: Option<String>,

    /// Access portal of IAM Identity Center, and the role (permission set) to use: links into the console then open in the
    /// account of the finding [default: none, links open in the account in which the reader is signed in]
    #[arg(long, global = true, env = "FINDINGS_CONSOLE_PORTAL", value_name = "URL[,ROLE]")]
    pub(crate) console_portal: Option<String>,
    /// Address under which `ecs-job guidance publish` is published. Reports and messages link to the pages of controls
    /// there [default: none]
    #[arg(long, global = true, env = "FINDINGS_GUIDANCE_SITE", value_name = "URL")]
    pub(crate) guidance_site: Option<String>,

    /// How recipients are notified. Repeatable; the variable holds several values separated by spaces.
    // main reads the variable, because spaces separate its values but may be part of a flag's value
    #[arg(
        long,
        global = true,
        value_name = "outbox:DIR | ses:FROM[?configuration-set=NAME] | smtp://… | sns:REGION[,REGION…] | (teams|slack|mattermost|googlechat|webhook):VARIABLE",
        help = "How recipients are notified; repeat it for several [default: outbox:out/outbox] [env: FINDINGS_NOTIFY, several separated by spaces]"
    )]
    pub(crate) notify: Vec<String>,

    /// SQLite file or DynamoDB table that records findings and runs [default: sqlite:out/history.db]
    #[arg(long, global = true, env = "FINDINGS_HISTORY", value_name = "sqlite:PATH | dynamodb:TABLE")]
    pub(crate) history: Option<String>,

    /// ID of the run. Use the scheduled time, so that a run that is started twice does its work once [default: the
    /// start time, UTC]
    #[arg(long, global = true, env = "FINDINGS_RUN_ID", value_name = "ID")]
    pub(crate) run_id: Option<String>,

    /// Language of reports and mails; the locale of a project in the registry takes precedence [default: en]
    #[arg(long, global = true, env = "FINDINGS_LOCALE", value_name = "en | ja | ko")]
    pub(crate) locale: Option<String>,

    /// Time zone of the times in reports and mails [default: Asia/Tokyo with ja, Asia/Seoul with ko, else UTC]
    #[arg(long, global = true, env = "FINDINGS_TIME_ZONE", value_name = "IANA NAME")]
    pub(crate) time_zone: Option<String>,

    /// What links lead through: presigned URLs of S3, which nobody can revoke one by one, or the URL at which `ecs-job
    /// redirect` answers. That needs --reports s3://… and --history dynamodb:… [default: presigned]
    #[arg(long, global = true, env = "FINDINGS_LINKS", value_name = "presigned | redirect:URL")]
    pub(crate) links: Option<String>,

    /// How long links to reports work, such as 12h or 7d, at most 7d, or 400d with --links redirect:URL. A presigned link
    /// of temporary credentials stops working when these expire, if that is sooner [default: 7d, or 90d with --links
    /// redirect:URL]
    #[arg(long, global = true, env = "FINDINGS_LINK_TTL", value_name = "DURATION")]
    pub(crate) link_ttl: Option<String>,

    /// Shortest acceptable life of a link, and what happens if links would expire sooner: warn says so in log and
    /// mails, fail does not start the run, attach attaches the reports to the mails [default: 3d:warn]
    #[arg(long, global = true, env = "FINDINGS_LINK_MIN_TTL", value_name = "DURATION[:warn|fail|attach]")]
    pub(crate) link_min_ttl: Option<String>,

    /// Credentials that sign links to S3: a long-term access key, as JSON in the variable, or an AWS profile [default:
    /// the credentials of the job]
    #[arg(long, global = true, env = "FINDINGS_LINK_CREDENTIALS", value_name = "env:VARIABLE | profile:NAME")]
    pub(crate) link_credentials: Option<String>,

    /// Server-side encryption of reports in S3 [default: as the bucket is configured]
    #[arg(long, global = true, env = "FINDINGS_S3_SSE", value_name = "AES256 | aws:kms[:KEY]")]
    pub(crate) s3_sse: Option<String>,

    /// Directory with your own mail and message texts, any of subject.en.txt, mail.en.txt, mail.en.html, … [default:
    /// the built-in ones]
    #[arg(long, global = true, env = "FINDINGS_TEMPLATES", value_name = "DIR")]
    pub(crate) templates: Option<String>,

    /// Mail addresses of the operators, who get a summary after each run; separate several with ';'. Requires a
    /// --notify that sends mail [default: none]
    #[arg(long, global = true, env = "FINDINGS_OPERATORS", value_name = "ADDRESS")]
    pub(crate) operators: Option<String>,

    /// Mail addresses of those who answer for the whole organisation: once a week they get links to the report about all
    /// projects; separate several with ';'. Requires a --notify that sends mail [default: none]
    #[arg(long, global = true, env = "FINDINGS_EXECUTIVES", value_name = "ADDRESS")]
    pub(crate) executives: Option<String>,

    /// Files of the report about all projects, which each run makes at its end and stores beside the reports, or none
    /// [default: html,xlsx]
    #[arg(long, global = true, env = "FINDINGS_ORGANISATION_REPORT", value_name = "html|xlsx[,…] | none")]
    pub(crate) organisation_report: Option<String>,

    /// Domains to which mail may go, separated by commas; *.example.com stands for all domains below example.com and not for
    /// itself. Recipients of other domains are refused, chat channels are not concerned [default: none, all are allowed]
    #[arg(long, global = true, env = "FINDINGS_RECIPIENT_DOMAINS", value_name = "DOMAIN[,DOMAIN…]")]
    pub(crate) recipient_domains: Option<String>,

    /// With a --source of files or of S3: the Security Hub members, as `aws securityhub list-members --no-only-associated` prints
    /// them. A securityhub: source reads them from Security Hub itself
    #[arg(long, global = true, env = "FINDINGS_COVERAGE", value_name = "PATH | s3://BUCKET/KEY")]
    pub(crate) coverage: Option<String>,

    /// Linked Regions in which to check the membership of accounts even if Security Hub is off there. All linked Regions
    /// in which it is on are checked anyway [default: none]
    #[arg(long, global = true, env = "FINDINGS_COVERAGE_REGIONS", value_name = "REGION[,REGION…]")]
    pub(crate) coverage_regions: Option<String>,

    /// Also read names and states of accounts from AWS Organizations: true or false [default: false]
    #[arg(long, global = true, env = "FINDINGS_ORGANIZATIONS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) organizations: Option<String>,

    /// Coverage gaps that are known and do not make a run incomplete: a CSV file with the columns account_id, region
    /// (or all), reason and until (a date, such as 2026-12-31) [default: none]
    #[arg(long, global = true, env = "FINDINGS_ACCEPTED_GAPS", value_name = "PATH | s3://BUCKET/KEY")]
    pub(crate) accepted_gaps: Option<String>,

    /// Whose findings are inside projects: a CSV file with the columns project (or *), match (tag:KEY=VALUE, account:ID,
    /// region:NAME, resource:PREFIX or *, several with & between them) and owner (a name, an address, or tag:KEY). It fills
    /// the column Owner, and owners with an address get a mail about their part [default: none]
    #[arg(long, global = true, env = "FINDINGS_OWNERS", value_name = "PATH | s3://BUCKET/KEY")]
    pub(crate) owners: Option<String>,

    /// Average number of calls for findings per second in each Region [default: 3, with securityhub-v2: 10]
    #[arg(long, global = true, env = "FINDINGS_RATE", value_name = "CALLS")]
    pub(crate) rate: Option<String>,

    /// Number of calls for findings that may be made at once in each Region [default: 6, with securityhub-v2: 30]
    #[arg(long, global = true, env = "FINDINGS_BURST", value_name = "CALLS")]
    pub(crate) burst: Option<String>,

    /// Contact for questions, shown in reports and mails, such as a team name and an address, for all readers or for each
    /// language [default: none]
    #[arg(long, global = true, env = "FINDINGS_CONTACT", value_name = "TEXT | ja=TEXT; en=TEXT")]
    pub(crate) contact: Option<String>,

    /// How long a run stays locked for other tasks after the last sign of life of the task that works on it, at least
    /// 15s [default: 5m]
    #[arg(long, global = true, env = "FINDINGS_LEASE", value_name = "DURATION")]
    pub(crate) lease: Option<String>,

    /// Do projects of the run again that are already done: `incomplete` those whose report is incomplete, and mail only
    /// if the new report says something else; `all` every project, and mail everybody. The mails say that the report
    /// replaces the earlier one. A run that was never begun is refused [default: none]
    #[arg(long, global = true, env = "FINDINGS_REDO", value_name = "incomplete|all")]
    pub(crate) redo: Option<String>,

    /// The same as `--redo all`, also for a run that was never begun
    #[arg(long, global = true, conflicts_with = "redo")]
    pub(crate) force: bool,

    /// How long projects in hand may take after the first signal to stop. Give less than the platform waits before it
    /// kills the task, at most 2m [default: 25s]
    #[arg(long, global = true, env = "FINDINGS_GRACE", value_name = "DURATION")]
    pub(crate) grace: Option<String>,

    /// How long to wait for a run that another task holds, for example one that was killed. Then the exit code is 4
    /// [default: 0s]
    #[arg(long, global = true, env = "FINDINGS_HELD_WAIT", value_name = "DURATION")]
    pub(crate) held_wait: Option<String>,

    /// How long a run may take. Then it begins nothing new: projects whose findings are all fetched are delivered, nothing
    /// is told of the others, the exit code is 1, and a further start with the same run ID does the rest [default: 6h]
    #[arg(long, global = true, env = "FINDINGS_DEADLINE", value_name = "DURATION")]
    pub(crate) deadline: Option<String>,

    /// Target time to resolve issues, by severity, such as critical=7d,high=30d. `history`, `organisation`, `findings` and
    /// the report about all projects show issues that are overdue [default: none]
    #[arg(long, global = true, env = "FINDINGS_SLA", value_name = "SEVERITY=DURATION[,…]")]
    pub(crate) sla: Option<String>,

    /// Maximum number of GetFindings calls in each Region with which a run finds out why issues are no longer reported.
    /// A call covers 20 issues; 0 turns this off [default: 300]
    #[arg(long, global = true, env = "FINDINGS_LOOKUPS", value_name = "CALLS")]
    pub(crate) lookups: Option<String>,

    /// Hold reports back that would be incomplete if more than this share of all accounts could not be read for one
    /// reason, or if nothing could be read; never sends them all the same [default: 50%]
    #[arg(long, global = true, env = "FINDINGS_HOLD_IF_UNREAD", value_name = "PERCENT | never")]
    pub(crate) hold_if_unread: Option<String>,

    /// What to find out about accounts that no project owns: nothing, their names, or also the number of their open
    /// findings, which costs as many calls as projects with these accounts would [default: names]
    #[arg(long, global = true, env = "FINDINGS_UNOWNED", value_name = "skip | names | count")]
    pub(crate) unowned: Option<String>,

    /// Set the workflow status of delivered findings from NEW to NOTIFIED in Security Hub: true or false. Each update
    /// causes an EventBridge event [default: false]
    #[arg(long, global = true, env = "FINDINGS_MARK_NOTIFIED", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) mark_notified: Option<String>,

    #[command(flatten)]
    pub(crate) audience: Audience,

    #[command(flatten)]
    pub(crate) decisions: DecisionRules,

    /// What to do with a message if a task was killed while it sent it: resend may deliver it twice, skip may never
    /// deliver it [default: resend]
    #[arg(long, global = true, env = "FINDINGS_IN_DOUBT", value_name = "resend | skip")]
    pub(crate) in_doubt: Option<String>,

    /// Print metrics of the run on stdout, as a line of the CloudWatch embedded metric format before the summary: emf or
    /// none [default: none]
    #[arg(long, global = true, env = "FINDINGS_METRICS", value_name = "emf | none")]
    pub(crate) metrics: Option<String>,

    /// Print the elapsed time, processor time and memory of each stage on stderr
    #[arg(long, global = true)]
    pub(crate) timings: bool,

    /// Log format on stderr [default: text on a terminal, else json]
    #[arg(long, global = true, env = "FINDINGS_LOG", value_name = "text | json")]
    pub(crate) log: Option<String>,

    /// Least severe level that is logged [default: info]
    #[arg(long, global = true, env = "FINDINGS_LOG_LEVEL", value_name = "error | warn | info | debug | trace")]
    pub(crate) log_level: Option<String>,

    /// Address S3 buckets by path instead of by host name, for S3-compatible endpoints: true or false [default: false]
    #[arg(long, global = true, env = "FINDINGS_S3_PATH_STYLE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) s3_path_style: Option<String>,

    /// All options that were given, for `doctor`.
    #[arg(skip)]
    pub(crate) given: Vec<GivenOption>,

    /// The options of the command line as they were given, for workers.
    #[arg(skip)]
    pub(crate) passed: Vec<OsString>,
}

/// Subcommands that use only some of the global options, with the IDs of these. Their help leaves out the others.
const USED: [(&str, &[&str]); 14] = [
    ("completions", &[]),
    ("man", &[]),
    ("compare", &["history", "log", "log_level"]),
    ("export", &["format", "history", "log", "log_level"]),
    ("findings", &["history", "sla", "locale", "time_zone", "log", "log_level"]),
    ("history", &["history", "run_id", "sla", "log", "log_level"]),
    (
        "topics",
        &[
            "history",
            "guidance",
            "guidance_site",
            "contact",
            "locale",
            "time_zone",
            "log",
            "log_level",
            "s3_path_style",
        ],
    ),
    ("organisation", &["history", "sla", "locale", "time_zone", "log", "log_level"]),
    ("overdue", &["history", "metrics", "log", "log_level"]),
    ("redirect", &["reports", "history", "contact", "log", "log_level", "s3_path_style"]),
    ("registry", &["projects", "rename", "recipient_domains", "log", "log_level", "s3_path_style"]),
    ("revoke", &["history", "run_id", "log", "log_level"]),
    ("status", &["history", "run_id", "log", "log_level"]),
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

/// The same for the subcommands of `guidance`.
const GUIDANCE_USED: [(&str, &[&str]); 3] = [
    ("status", &["history", "guidance", "locale", "time_zone", "log", "log_level", "s3_path_style"]),
    ("new", &["source", "history", "locale", "log", "log_level"]),
    ("publish", &["guidance", "contact", "locale", "log", "log_level", "s3_path_style"]),
];

/// What `--run-id` means to subcommands that are about runs that were: the start time is no default there.
const RUN_ID: [(&str, &str); 4] = [
    ("history", "With --opened, print only the links to the reports of this run [default: all runs]"),
    ("relink", "ID of the run, as in its mails and its summary; required"),
    ("status", "Print this run of each project [default: the last run of each project]"),
    (
        "revoke",
        "ID of the run whose links to revoke, as in its mails and its summary, in place of --link [default: none]",
    ),
];

/// Returns the command line parser. The help of a subcommand hides global options that it accepts but does not use.
pub(crate) fn command() -> clap::Command {
    // values of variables do not belong into the help: FINDINGS_CONTACT may be long, and others secret
    let command = Cli::command().mut_args(|option| option.hide_env_values(true));
    let options: Vec<Arg> = command.get_arguments().filter(|option| option.is_global_set()).cloned().collect();
    let formats: Vec<Arg> = options.iter().filter(|option| option.get_id() == "format").map(table_format).collect();
    let command = command.mut_subcommand("export", |export| export.args(formats));
    let command = USED.into_iter().fold(command, |command, (name, used)| {
        let unused = options.iter().filter(|option| !used.contains(&option.get_id().as_str()));
        let hidden: Vec<Arg> = unused.map(|option| option.clone().hide(true)).collect();
        command.mut_subcommand(name, |subcommand| subcommand.args(hidden).after_help(after_help(name)))
    });
    let command = GUIDANCE_USED.into_iter().fold(command, |command, (name, used)| {
        // those that are used, too: they would come from `guidance` itself, which hides all
        let is_hidden = |option: &Arg| !used.contains(&option.get_id().as_str());
        let known: Vec<Arg> = options.iter().map(|option| option.clone().hide(is_hidden(option))).collect();
        command.mut_subcommand("guidance", |guidance| {
            let help = after_help(&format!("guidance {name}"));
            guidance.mut_subcommand(name, |subcommand| subcommand.args(known).after_help(help))
        })
    });
    let hidden: Vec<Arg> = options.iter().map(|option| option.clone().hide(true)).collect();
    let command = command.mut_subcommand("guidance", |guidance| guidance.args(hidden));
    RUN_ID.into_iter().fold(command, |command, (name, help)| {
        let option = options.iter().find(|option| option.get_id() == "run_id").map(|option| option.clone().help(help));
        command.mut_subcommand(name, |subcommand| subcommand.args(option))
    })
}

/// Returns the option --format as `export` understands it.
fn table_format(format: &Arg) -> Arg {
    let help = "Format of the tables: csv for spreadsheets, parquet for DuckDB and Athena [default: csv]";
    format.clone().help(help).long_help(None).value_name("csv | parquet")
}

/// Returns what stands below the help of a subcommand: an example, and a word about the other options.
fn after_help(name: &str) -> String {
    let example = match name {
        "compare" => "ecs-job compare 2026-11-16 2026-11-23 --details --history dynamodb:findings",
        "export" => "ecs-job export --format parquet --output tables --history dynamodb:findings",
        "findings" => "ecs-job findings --control S3.8 --sla critical=7d,high=30d --history dynamodb:findings",
        "status" => "ecs-job status --project Payments --history dynamodb:findings",
        "registry" => "ecs-job registry check --projects projects.csv",
        "guidance status" => "ecs-job guidance status --guidance guidance --history dynamodb:findings",
        "guidance new" => "ecs-job guidance new S3.8 EC2.19 --locale ja --source securityhub:ap-northeast-1",
        "guidance publish" => "ecs-job guidance publish --guidance guidance --out site",
        "topics" => "ecs-job topics --guidance guidance --history dynamodb:findings",
        "history" => "ecs-job history --project Payments --messages --history dynamodb:findings",
        _ => return OTHERS.to_owned(),
    };
    format!("Example:\n  {example}\n\n{OTHERS}")
}

const OTHERS: &str = "The other options of ecs-job are accepted and ignored.";

#[cfg(test)]
mod tests;
