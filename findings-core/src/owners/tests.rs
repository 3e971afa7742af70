use super::*;
use crate::finding::Resource;
use crate::registry::parse_csv;

fn rules(rows: &str) -> OwnerRules {
    OwnerRules::parse_csv(format!("project,match,owner\n{rows}").as_bytes()).unwrap()
}

fn finding(account: &str, region: &str, resource: &str, tags: &[(&str, &str)]) -> Finding {
    let mut finding = Finding::new(account.parse().unwrap(), "f");
    finding.region = Some(region.into());
    let mut of_finding = Resource { id: resource.into(), ..Resource::default() };
    of_finding.tags = tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    finding.resources = vec![of_finding];
    finding
}

fn owner(rules: &OwnerRules, project: &str, finding: &Finding) -> Option<String> {
    let found = rules.of_project(&Project::new(project))?.find(finding)?;
    Some(found.owner.to_string())
}

#[test]
fn each_condition_fits_what_it_says() {
    let sample = finding("111100000001", "eu-west-1", "arn:aws:s3:::logs-1", &[("Team", "data"), ("Empty", " ")]);
    for (condition, fits) in [
        ("*", true),
        ("account:111100000001", true),
        ("account:1111-0000-0001", true),
        ("account:111100000002", false),
        ("region:eu-west-1", true),
        ("Region: EU-West-1", true),
        ("region:eu-west-2", false),
        ("resource:arn:aws:s3:::logs-", true),
        ("resource:arn:aws:s3:::logs-*", true),
        ("resource:logs-", false),
        ("tag:Team=data", true),
        ("tag:Team", true),
        ("tag:team=data", false),
        ("tag:Team=Data", false),
        ("tag:Empty", false),
        ("tag:Other", false),
        ("account:111100000001 & region:eu-west-1 & tag:Team=data", true),
        ("account:111100000001&region:eu-west-2", false),
    ] {
        let found = owner(&rules(&format!("*,{condition},Sato\n")), "Payments", &sample);
        assert_eq!(found.is_some(), fits, "{condition}");
    }
}

#[test]
fn the_first_rule_that_fits_counts() {
    let rules = rules("Web,*,Mori\nPayments,tag:Owner,tag:Owner\n*,region:eu-west-1,Sato\n*,*,Nakata\n");
    let tagged = finding("111100000001", "eu-west-1", "r", &[("Owner", "  基盤\nチーム ")]);
    let plain = finding("111100000001", "eu-west-1", "r", &[]);
    let far = finding("111100000001", "us-east-1", "r", &[("Owner", "")]);
    for (project, finding, want) in [
        ("Payments", &tagged, "基盤 チーム"),
        ("Payments", &plain, "Sato"),
        ("Payments", &far, "Nakata"),
        ("Web", &tagged, "Mori"),
        ("Other", &tagged, "Sato"),
    ] {
        assert_eq!(owner(&rules, project, finding).as_deref(), Some(want), "{project}");
    }
    let found = rules.of_project(&Project::new("Payments")).unwrap().find(&tagged).unwrap();
    assert!(found.is_from_tag && found.line == 3);
}

#[test]
fn without_rules_nothing_is_said_of_owners() {
    let rules = rules("Web,*,Mori\n");
    assert!(rules.of_project(&Project::new("Payments")).is_none());
    assert!(rules.of_project(&Project::new("Shop").with_aliases(["web"])).is_none(), "case counts, as in the registry");
    assert!(rules.of_project(&Project::new("Shop").with_aliases(["Web"])).is_some());
}

#[test]
fn wrong_lines_say_what_to_do_and_leave_the_others() {
    let rules = rules(
        ",*,Sato\nWeb,,Sato\nWeb,acount:1,Sato\nWeb,account:12,Sato\nWeb,tag:=x,Sato\nWeb,resource:*,Sato\n\
         Web,region:eu-west-1;eu-west-2,Sato\nWeb,*,\nWeb,*,tag:\nWeb,*,Sato <sato@>\nWeb,*,a@example.com b@example.com\n\
         Web,*,Mori\n",
    );
    assert_eq!(rules.rules.len(), 1);
    let wants = [
        "line 2: project: it is empty",
        "line 3: match: it is empty",
        "line 4: match: \"acount:1\" is no condition; write tag:KEY=VALUE",
        "line 5: match: account: ",
        "line 6: match: \"tag:=x\" has no key",
        "line 7: match: \"resource:*\" says nothing",
        "line 8: match: \"eu-west-1;eu-west-2\" is not the name of one Region",
        "line 9: owner: it is empty",
        "line 10: owner: tag: names no key",
        "line 11: owner: \"Sato <sato@>\" has no address",
        "line 12: owner: \"a@example.com b@example.com\" has no address",
    ];
    assert_eq!(rules.problems.len(), wants.len());
    for (problem, want) in rules.problems.iter().zip(wants) {
        assert!(problem.to_string().starts_with(want), "{problem}");
    }
    let error = OwnerRules::parse_csv(b"project,owner\n").unwrap_err();
    assert!(error.to_string().contains("\"match\""), "{error}");
}

#[test]
fn the_registry_shows_rules_that_never_fit() {
    let csv = "project,account_ids,recipients,aliases\nWeb,111100000001,a@example.com,Shop\nPay,111100000002,b@example.com,\n";
    let registry = parse_csv(csv.as_bytes()).unwrap();
    let rules = rules(
        "Web,account:111100000001,A\nShop,region:eu-west-1,B\nWep,*,C\nWeb,account:111100000002,D\n\
         *,account:111100000003,E\nWeb,*,F\nWeb,region:eu-west-1,G\nPay,region:eu-west-1,H\n",
    );
    let told: Vec<String> = rules.check(&registry).iter().map(ToString::to_string).collect();
    let wants = [
        "line 4: \"Wep\" is not in the registry",
        "line 5: account 111100000002 is not of \"Web\"",
        "line 6: account 111100000003 is not of any project",
        "line 8: line 7 fits every finding before it",
    ];
    assert_eq!(told.len(), wants.len(), "{told:?}");
    assert!(told.iter().zip(wants).all(|(told, want)| told.starts_with(want)), "{told:?}");
}

#[test]
fn addresses_are_found_in_owners() {
    for (owner, want) in [
        ("Sato@Example.com", Some("sato@example.com")),
        ("佐藤 <Sato@example.com>", Some("sato@example.com")),
        ("slack:Data", Some("slack:Data")),
        ("Data <slack:Data>", Some("slack:Data")),
        ("基盤チーム", None),
        ("Sato <>", None),
    ] {
        assert_eq!(address_of(owner).map(String::from).as_deref(), want, "{owner}");
    }
}
