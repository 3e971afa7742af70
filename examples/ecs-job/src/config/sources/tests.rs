use super::*;

fn resolved(texts: &[&str]) -> Result<Sources, Vec<String>> {
    let options = Options { source: texts.iter().map(ToString::to_string).collect(), ..Options::default() };
    let mut reader = Reader::default();
    let sources = Sources::resolve(&options, &mut reader);
    reader.finish(sources).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn sources_have_their_own_quotas_and_share_regions() {
    let sources = resolved(&[
        "securityhub:eu-west-1,us-east-1",
        "securityhub-v2:eu-west-1",
        "scans/prowler.json",
        "s3://exports/findings",
    ])
    .unwrap();
    let rates: Vec<f64> = sources.iter().map(|one| one.pace.rate).collect();
    assert_eq!(rates, [3.0, 10.0, 3.0, 3.0]);
    assert_eq!(sources.regions(), ["eu-west-1", "us-east-1"]);
    assert!(sources.are_several() && sources.has_security_hub() && !sources.are_local());
    let (api, regions) = sources.to_change().unwrap();
    assert_eq!((api, regions), (HubApi::V2, vec![&"eu-west-1".to_owned()]));
    assert!(resolved(&["a.json", "b.json"]).unwrap().are_local());
    assert_eq!(resolved(&["", " "]).unwrap().iter().next().unwrap().source, Source::default());
}

#[test]
fn what_would_be_read_twice_is_refused() {
    for (texts, want) in [
        (&["a.json", "a.json"][..], "the same source is given twice"),
        (&["securityhub:eu-west-1", "securityhub:us-east-1,eu-west-1"], "the Region eu-west-1 is given twice"),
        (&["securityhub-v2:eu-west-1", "securityhub-v2:eu-west-1"], "the same source is given twice"),
        (&["s3://exports/a", "s3://exports/a"], "the same source is given twice"),
        (&["a.json", "securityhub:tokyo"], "\"tokyo\" is not a Region"),
    ] {
        let errors = resolved(texts).unwrap_err();
        assert!(errors.len() == 1 && errors[0].contains(want), "{texts:?}: {errors:?}");
        assert!(errors[0].starts_with("--source (FINDINGS_SOURCE): "), "{errors:?}");
    }
    let many: Vec<String> = (0..=MOST).map(|n| format!("{n}.json")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(resolved(&many).unwrap_err()[0].contains("17 sources are too many"));
    assert!(resolved(&many[1..]).is_ok());
}

#[test]
fn findings_are_marked_in_one_security_hub_only() {
    let unmarkable = |texts: &[&str]| resolved(texts).unwrap().unmarkable();
    assert_eq!(unmarkable(&["securityhub:eu-west-1", "securityhub:us-east-1"]), None);
    for (texts, want) in [
        (&["securityhub:eu-west-1", "scan.json"][..], "--source names files"),
        (&["securityhub:eu-west-1", "securityhub-v2:eu-west-1"], "not both"),
        (
            &["securityhub:eu-west-1", "export:eu-west-1:s3://exports/x?key=arn:aws:kms:eu-west-1:111122223333:key/1"],
            "an export is a copy",
        ),
    ] {
        assert!(unmarkable(texts).unwrap().contains(want), "{texts:?}");
    }
}
