use proptest::prelude::*;

use super::*;
use crate::{ErrorKind, Locale};

const HEADER: &str = "project,account_ids,recipients,locale\n";

fn parse(rows: &str) -> Registry {
    parse_csv(format!("{HEADER}{rows}").as_bytes()).unwrap()
}

fn texts(problems: &[RegistryProblem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn only(registry: &Registry) -> &Project {
    assert_eq!(registry.projects.len(), 1, "{registry:?}");
    &registry.projects[0]
}

#[test]
fn parse_reads_columns_lists_and_quotes() {
    let csv = " Locale ,RECIPIENTS,project, Account_IDs\r\nja,a@example.com; b@example.com,決済,111100000001；022200000002\r\n\
               ,c@example.com,\"A, \"\"B\"\"\",333300000003\r\n";
    let registry = parse_csv(format!("\u{FEFF}{csv}").as_bytes()).unwrap();
    let id = |text: &str| text.parse::<AccountId>().unwrap();
    let to = |text: &str| text.parse::<Recipient>().unwrap();
    let first = Project::new("決済")
        .with_accounts([id("111100000001"), id("022200000002")])
        .with_recipients([to("a@example.com"), to("b@example.com")])
        .with_locale(Locale::Ja);
    let second = Project::new("A, \"B\"").with_accounts([id("333300000003")]).with_recipients([to("c@example.com")]);
    assert_eq!(registry, Registry { projects: vec![first, second], ..Registry::default() });
}

#[test]
fn tabs_separate_columns_like_commas() {
    let csv = "project,account_ids,recipients,\"notes, etc.\",locale\nA,111100000001;111100000002,a@example.com,\"x, y\",ja\n\
               \"B, \"\"C\"\"\",111100000003,\"\"\"Sato, Taro\"\" <b@example.com>\",,\n";
    let tabs = "project\taccount_ids\trecipients\t\"notes, etc.\"\tlocale\nA\t111100000001;111100000002\ta@example.com\tx, y\tja\n\
                \"B, \"\"C\"\"\"\t111100000003\t\"\"\"Sato, Taro\"\" <b@example.com>\"\t\t\n";
    let want = parse_csv(csv.as_bytes()).unwrap();
    assert!(want.projects.len() == 2 && want.projects.iter().all(|project| project.problems.is_empty()), "{want:?}");
    assert_eq!(parse_csv(tabs.as_bytes()).unwrap(), want);
    // "Unicode Text" of Excel
    let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(tabs.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse_csv(&utf16).unwrap(), want);
}

#[test]
fn cells_are_read_as_people_copy_them() {
    let registry = parse_csv(
        "project,account_ids,recipients,leads\n\
         A,1111-0000-0001;1111 0000 0002;1111-0000-003,佐藤 <a@example.com>;c@example.com <d@example.com>,\"\"\"Sato; Taro\"\" <l@example.com>\"\n"
            .as_bytes(),
    )
    .unwrap();
    let project = only(&registry);
    assert_eq!(project.accounts.iter().map(ToString::to_string).collect::<Vec<_>>(), ["111100000001", "111100000002"]);
    assert_eq!(project.recipients.iter().map(Recipient::as_str).collect::<Vec<_>>(), ["a@example.com"]);
    assert_eq!(project.leads.iter().map(Recipient::as_str).collect::<Vec<_>>(), ["l@example.com"]);
    assert_eq!(project.problems.iter().map(|p| p.hides_accounts).collect::<Vec<_>>(), [true, false]);
    assert!(project.problems[0].message.starts_with("\"1111-0000-003\" is not an account ID"));
    assert!(project.problems[1].message.contains("stands before <d@example.com>"));
}

#[test]
fn sample_registry_has_no_problem() {
    let registry = parse_csv(include_bytes!("../../../../examples/data/projects.csv")).unwrap();
    assert!(!registry.projects.is_empty() && registry.problems.is_empty());
    assert!(registry.projects.iter().all(|project| project.problems.is_empty()), "{registry:?}");
}

#[test]
fn invalid_file_is_refused_with_what_to_do() {
    for (csv, want) in [
        ("", "it is empty; expected a header"),
        (" \n,,\n\n", "it is empty; expected a header"),
        ("\u{FEFF}", "it is empty"),
        (HEADER, "no project below it"),
        ("project,accounts,recipients\nA,1,2", "no column \"account_ids\"; expected"),
        ("project,accounts,recipients\nA,1,2", "found \"project\", \"accounts\", \"recipients\""),
        (
            "My projects\nproject,account_ids,recipients\n",
            "line 1 has no column \"project\", \"account_ids\", \"recipients\"",
        ),
        ("A,111100000001,a@example.com\n", "the header is missing"),
        ("project;account_ids;recipients\nA;1;2", "separated by semicolons"),
        ("project|account_ids|recipients\nA|1|2", "separated by bars instead of commas or tabs"),
        ("\"project\"\t\"account_ids\"\t\"recipients\"\n", "no project below it"),
        ("project\taccount_ids\trecipients\trecipients\nA\t1\t2", "\"recipients\" twice"),
        ("project\taccount_ids\nA\t1", "no column \"project\""),
        ("project，account_ids，recipients\n", "full-width commas"),
        ("project,project,account_ids,recipients\n", "\"project\" twice"),
        ("project,account_ids,recipients,locale,Locale\n", "\"locale\" twice"),
        ("{\"projects\": []}", "no column \"project\""),
    ] {
        let error = parse_csv(csv.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{csv:?}");
        assert!(error.to_string().starts_with("read the registry: "), "{error}");
        assert!(error.to_string().contains(want), "{csv:?}: {error}");
    }
}

#[test]
fn bad_entry_is_a_problem_of_its_project() {
    for (rows, accounts, want) in [
        (
            "A,111100000001;1.23E+11,a@example.com,",
            1,
            "line 2: \"1.23E+11\" is a number that a spreadsheet has rounded",
        ),
        ("A,111100000001;22200000001,a@example.com,", 1, "line 2: \"22200000001\" has 11 digits"),
        ("A,111100000001;１１１１０００００００２,a@example.com,", 1, "full-width digits"),
        ("A,111100000001 111100000002,a@example.com,", 0, "separate several account IDs with ';'"),
        ("A,111100000001,a@example.com;bad,", 1, "\"bad\" is not a mail address"),
        ("A,111100000001,佐藤@example.com,", 1, "before the '@'"),
        ("A,111100000001,a@example.com,fr", 1, "\"fr\" is not a language"),
        ("A,,a@example.com,", 0, "line 2: the project has no account"),
        ("A,111100000001,,", 1, "line 2: the project has no recipient"),
        (
            "A,111100000001,a@example.com,ja\nA,111100000002,a@example.com,en",
            2,
            "line 3: the locale is \"en\" here and \"ja\"",
        ),
        (
            "A,111100000001,a@example.com,\nA,111100000002,111100000003,a@example.com,ja",
            1,
            "line 3: the row has 5 fields",
        ),
        ("A,111100000001", 0, "line 2: the row has 2 fields instead of 4"),
        ("\nA,\"111100000001\n111100000002\",a@example.com,", 0, "from line 3 to line 4"),
    ] {
        let registry = parse(rows);
        let project = only(&registry);
        assert_eq!(project.accounts.len(), accounts, "{rows:?}");
        let problems = texts(&project.problems);
        assert!(problems.iter().any(|p| p.contains(want)), "{rows:?}: {problems:?}");
    }
}

#[test]
fn row_without_project_is_a_problem_of_the_registry() {
    let long = "x".repeat(201);
    for (row, want) in [
        (",111100000001,a@example.com,", "line 2: the project's name is empty"),
        ("\u{3000},111100000001,a@example.com,", "line 2: the project's name is empty"),
        (&format!("{long},111100000001,a@example.com,"), "line 2: the project's name has 201 characters"),
    ] {
        let registry = parse(row);
        assert!(registry.projects.is_empty());
        assert!(texts(&registry.problems)[0].starts_with(want), "{registry:?}");
    }
}

#[test]
fn unclosed_quote_is_a_problem_of_project_and_registry() {
    for rows in [
        "A,\"111100000001,a@example.com,\nB,222200000001,b@example.com,\n",
        "A,\"111100000001,a@example.com,\nB,\"222200000001\",b@example.com,\nC,333300000001,c@example.com,\n",
    ] {
        let registry = parse(rows);
        assert!(
            texts(&registry.problems)[0].starts_with("line 2: a cell goes on from line 2 to line 3"),
            "{registry:?}"
        );
        assert!(!registry.projects[0].problems.is_empty());
    }
}

#[test]
fn rows_of_a_project_are_merged_without_duplicates() {
    let registry = parse(
        "A,111100000001;111100000001,a@example.com;A@EXAMPLE.com,\nB,222200000001,b@example.com,\n\
         \u{3000}A ,111100000002;111100000001,a@example.com;c@example.com,ja\na,333300000001,a@example.com,\n",
    );
    let names: Vec<_> = registry.projects.iter().map(|project| project.name.as_str()).collect();
    assert_eq!(names, ["A", "B", "a"]);
    let first = &registry.projects[0];
    assert_eq!((first.accounts.len(), first.recipients.len(), first.locale), (2, 2, Some(Locale::Ja)));
    assert!(first.problems.is_empty() && registry.warnings.is_empty());
}

#[test]
fn oddities_are_warnings() {
    let csv = "project,Owner,account_ids,recipients,,cost\tcenter\nA,x,111100000001,a@example.com,,\nA,x,111100000001,a@example.com,,\n\
               \"B\nC\",x,222200000001;111100000001,b@example.com,,,,\n";
    let registry = parse_csv(csv.as_bytes()).unwrap();
    assert_eq!(
        texts(&registry.warnings),
        [
            "line 1: the column \"owner\" is not known and not used",
            "line 1: the column \"cost\\tcenter\" is not known and not used",
            "line 3: the row is the same as line 2",
            "line 4: the project's name has control characters; it is read as \"B C\"",
            "line 4: account 111100000001 belongs to \"B C\" and, by line 2, to \"A\"",
        ]
    );
    assert!(registry.problems.is_empty());
    assert!(registry.projects.iter().all(|project| project.problems.is_empty()), "{registry:?}");
}

#[test]
fn project_names_are_kept_unchanged() {
    let names = ["../../etc/passwd", "a/b", "決済 基盤", "=HYPERLINK(1)", "👩‍💻", "O'Neil & <Sons>", ".", "ﾃｽﾄ"];
    let rows: Vec<_> = names.iter().map(|name| format!("{name},111100000001,a@example.com,")).collect();
    let registry = parse(&rows.join("\n"));
    assert_eq!(registry.projects.iter().map(|project| project.name.as_str()).collect::<Vec<_>>(), names);
}

/// The CSV file of projects, as a spreadsheet would write it.
fn written(projects: &[Project]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["project", "account_ids", "recipients", "locale"]).unwrap();
    for project in projects {
        let accounts: Vec<_> = project.accounts.iter().map(ToString::to_string).collect();
        let recipients: Vec<_> = project.recipients.iter().map(ToString::to_string).collect();
        let locale = project.locale.map_or("", Locale::as_str);
        writer.write_record([&project.name, &accounts.join(";"), &recipients.join(";"), locale]).unwrap();
    }
    writer.into_inner().unwrap()
}

prop_compose! {
    fn any_project()(
        name in "[a-zA-Z決済基盤ｱ\"',;=/.]([ a-z決済基盤\"',;/.]{0,20}[a-z決\"])?",
        // 12 digits each, distinct within the project
        accounts in prop::collection::btree_set(1_u64..1_000_000_000_000, 1..5),
        recipients in prop::collection::btree_set("[a-z]{1,8}@[a-z]{1,8}\\.com", 1..4),
        locale in prop::option::of(prop::sample::select(vec![Locale::Ja, Locale::En])),
    ) -> Project {
        let project = Project::new(name)
            .with_accounts(accounts.iter().map(|id| format!("{id:012}").parse().unwrap()))
            .with_recipients(recipients.iter().map(|to| to.parse().unwrap()));
        Project { locale, ..project }
    }
}

proptest! {
    #[test]
    fn written_registries_are_read_unchanged(projects in prop::collection::vec(any_project(), 1..6)) {
        let names: std::collections::HashSet<_> = projects.iter().map(|project| &project.name).collect();
        prop_assume!(names.len() == projects.len());
        let read = parse_csv(&written(&projects)).unwrap();
        prop_assert_eq!(&read.projects, &projects);
        prop_assert!(read.problems.is_empty());
        let shift_jis = encoding_rs::SHIFT_JIS.encode(std::str::from_utf8(&written(&projects)).unwrap()).0.into_owned();
        prop_assert_eq!(parse_csv(&shift_jis).unwrap().projects, projects);
    }

    #[test]
    fn parse_does_not_panic_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse_csv(&bytes);
        let _ = parse_csv(&[HEADER.as_bytes(), &bytes].concat());
    }

    #[test]
    fn each_project_is_listed_once_and_lines_are_valid(rows in "([a-c１;,\"\r\n 決]|1111|@x\\.jp|\u{b}){0,80}") {
        if let Ok(registry) = parse_csv(format!("{HEADER}{rows}").as_bytes()) {
            let names: std::collections::HashSet<_> = registry.projects.iter().map(|project| &project.name).collect();
            prop_assert_eq!(names.len(), registry.projects.len());
            let lines = u64::try_from(rows.len()).unwrap() + 2;
            let problems = registry.projects.iter().flat_map(|project| &project.problems).chain(&registry.problems);
            prop_assert!(problems.chain(&registry.warnings).all(|p| (1..=lines).contains(&p.line)));
        }
    }
}

#[test]
fn rows_whose_names_have_one_key_are_one_project() {
    let text = "project,account_ids,recipients\n\u{304c}  b,111100000001,a@example.com\n\u{304b}\u{3099}\u{3000}b,111100000002,b@example.com\n";
    let registry = parse_csv(text.as_bytes()).unwrap();
    assert_eq!(registry.projects.len(), 1);
    let project = &registry.projects[0];
    assert_eq!((project.name.as_str(), project.accounts.len(), project.recipients.len()), ("\u{304c}  b", 2, 2));
    assert!(
        registry.warnings[0].to_string().starts_with("line 3: the project's name is spelled in another way in line 2")
    );
}

#[test]
fn aliases_are_a_list_of_earlier_names() {
    let text = "project,account_ids,recipients,aliases\n\
                A,111100000001,a@example.com,x; old name ；X\n\
                A,111100000002,a@example.com,A;old\u{3000}name\n";
    let registry = parse_csv(text.as_bytes()).unwrap();
    assert_eq!(registry.projects[0].aliases, ["x", "old name", "X"]);
    assert!(registry.projects[0].problems.is_empty() && registry.warnings.is_empty());
}

#[test]
fn alias_in_doubt_is_a_problem_and_not_used() {
    let text = "project,account_ids,recipients,aliases\n\
                A,111100000001,a@example.com,old;B\n\
                B,111100000002,b@example.com,mine\n\
                C,111100000003,c@example.com,old\n";
    let registry = parse_csv(text.as_bytes()).unwrap();
    let problems = |index: usize| registry.projects[index].problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(
        problems(0)[0].starts_with("line 2: \"old\" is an earlier name of \"C\", too (line 4)"),
        "{:?}",
        problems(0)
    );
    assert!(problems(0)[1].starts_with("line 2: \"B\" is the name of another project (line 3)"), "{:?}", problems(0));
    assert!(problems(2)[0].starts_with("line 4: \"old\" is an earlier name of \"A\", too (line 2)"));
    assert!(registry.projects.iter().flat_map(|p| &p.problems).all(|p| !p.hides_accounts));
    let aliases: Vec<_> = registry.projects.iter().map(|p| p.aliases.len()).collect();
    assert_eq!(aliases, [0, 1, 0]);
}

#[test]
fn hostile_registries_are_bounded() {
    let header = "project,account_ids,recipients,aliases\n";
    let many = |n: usize, entry: &dyn Fn(usize) -> String| (0..n).map(entry).collect::<Vec<_>>().join(";");
    let recipients = many(200_000, &|n| format!("u{n}@example.com"));
    let accounts = many(200_000, &|n| format!("{n:012}"));
    let aliases = many(100_000, &|n| format!("alias {n}"));
    let registry = parse_csv(format!("{header}A,{accounts},{recipients},{aliases}\n").as_bytes()).unwrap();
    let project = &registry.projects[0];
    assert_eq!((project.recipients.len(), project.accounts.len(), project.aliases.len()), (500, 200_000, 100_000));
    assert_eq!(project.problems.len(), 1, "{:?}", project.problems.first());
    let told = project.problems[0].to_string();
    assert!(told.contains("more than 500 recipients") && told.contains("u500@example.com") && told.contains("list"));
    assert!(!project.problems[0].hides_accounts);

    let bad = many(50_000, &|n| format!("x{n}"));
    let registry = parse_csv(format!("{header}A,111100000001;{bad},a@example.com;{bad},\n").as_bytes()).unwrap();
    assert_eq!(registry.projects[0].problems.len(), 101);
    assert!(registry.projects[0].problems[100].message.contains("further entries"));

    let error = parse_csv(&vec![b','; (64 << 20) + 1]).unwrap_err().to_string();
    assert!(error.contains("more than 64 MiB"), "{error}");
}

#[test]
fn repeated_recipients_do_not_count() {
    let all: Vec<_> = (0..500).map(|n| format!("u{n}@example.com")).collect();
    let csv = format!("project,account_ids,recipients\nA,111100000001,{0};{0}\n", all.join(";"));
    let registry = parse_csv(csv.as_bytes()).unwrap();
    assert!(registry.projects[0].recipients.len() == 500 && registry.projects[0].problems.is_empty());
}

#[test]
fn long_lists_of_problems_are_cut() {
    let header = "project,account_ids,recipients\n";
    let nameless = parse_csv(format!("{header}{}", ",1,a@example.com\n".repeat(1_000)).as_bytes());
    // the rows are the same, but a row without a name is read first
    let problems = nameless.unwrap().problems;
    assert_eq!(problems.len(), 101);
    assert!(problems[100].to_string().starts_with("line 102: and 900 more problems"), "{}", problems[100]);

    let broken = |n: usize| format!("p{n},1;2;3;4;111122223333,a@example.com\n");
    let many: String = (0..400).map(broken).collect();
    let registry = parse_csv(format!("{header}{many}").as_bytes()).unwrap();
    let listed: usize = registry.projects.iter().map(|project| project.problems.len()).sum();
    assert_eq!(listed, 4 * 400, "three, and how many more");
    let last = &registry.projects[399].problems[3];
    assert!(last.hides_accounts && last.message.starts_with("and 1 more problems"), "{last}");
    let few: String = (0..200).map(broken).collect();
    let registry = parse_csv(format!("{header}{few}").as_bytes()).unwrap();
    assert!(
        registry
            .projects
            .iter()
            .all(|project| project.problems.len() == 4 && !project.problems[3].message.contains("more"))
    );
}

#[test]
fn leads_are_read_like_recipients_and_get_no_reports() {
    let csv = "project,account_ids,recipients,leads\nA,111100000001,a@example.com,boss@example.com; Boss@example.com;teams:heads\nA,111100000002,b@example.com,nobody\n";
    let project = &parse_csv(csv.as_bytes()).unwrap().projects[0];
    let leads: Vec<_> = project.leads.iter().map(Recipient::as_str).collect();
    assert_eq!(leads, ["boss@example.com", "teams:heads"]);
    assert_eq!(project.recipients.len(), 2);
    assert!(project.problems[0].to_string().starts_with("line 3: \"nobody\" is not a mail address"), "{project:?}");
    assert!(!project.problems[0].hides_accounts);
    let registry = parse_csv(csv.as_bytes()).unwrap().with_recipient_domains(&"example.org".parse().unwrap());
    assert_eq!(registry.projects[0].leads.len(), 1, "only the channel");
}

#[test]
fn recipients_choose_behind_a_bar() {
    let text = "project,account_ids,recipients,notify\n\
                A,111100000001,Sato <sato@example.com>|critical; mori@example.com ;slack:pay|NEVER;kato@example.com|weekly,changes\n\
                A,111100000002,SATO@example.com|always;slack:pay|hooks.example.com/geheim,\n";
    let a = parse_csv(text.as_bytes()).unwrap().projects.remove(0);
    let told: Vec<_> = a.recipients.iter().map(Recipient::as_str).collect();
    assert_eq!(told, ["sato@example.com", "mori@example.com", "slack:pay", "kato@example.com"], "all are told");
    let choices: Vec<_> = a.recipients.iter().map(|recipient| a.choice_of(recipient).unwrap()).collect();
    assert_eq!(choices, [NotifyWhen::Critical, NotifyWhen::Changes, NotifyWhen::Never, NotifyWhen::Changes]);
    let said: Vec<String> = a.problems.iter().map(ToString::to_string).collect();
    let want = "line 2: what stands behind the bar is not a choice of reports, so kato@example.com hears of them as without it; expected one of always, changes, critical, overdue, monthly, never";
    assert_eq!(said[0], want);
    assert_eq!(
        said[1],
        "line 3: SATO@example.com chose \"always\" here and \"critical\" before, which is used; make them the same"
    );
    assert!(said[2].starts_with("line 3: what stands behind") && said.len() == 3, "{said:?}");
    assert!(!said.concat().contains("geheim") && a.problems.iter().all(|problem| !problem.hides_accounts));
}

#[test]
fn leads_hear_monthly_unless_they_chose() {
    let text = "project,account_ids,recipients,leads,notify\n\
                A,111100000001,a@example.com,boss@example.com;Mori <mori@example.com>|never;kato@example.com|weekly,changes\n";
    let a = parse_csv(text.as_bytes()).unwrap().projects.remove(0);
    let choices: Vec<_> = a.leads.iter().map(|lead| a.choice_of_lead(lead)).collect();
    assert_eq!(
        choices,
        [NotifyWhen::Monthly, NotifyWhen::Never, NotifyWhen::Monthly],
        "the project's is for recipients"
    );
    assert!(a.problems.len() == 1 && a.problems[0].to_string().contains("kato@example.com"), "{:?}", a.problems);
}

/// A quote that is not closed must not hide the rows of other projects in a text.
#[test]
fn a_contact_that_goes_on_over_lines_is_a_problem_of_the_registry() {
    let text = "project,account_ids,recipients,contact\nA,111100000001,a@example.com,\"desk\nB,111100000002,b@example.com,\"\n";
    let registry = parse_csv(text.as_bytes()).unwrap();
    assert!(registry.problems[0].to_string().contains("a cell goes on from line 2 to line 3"), "{registry:?}");
}
