//! Fields one by one: where they come from, and what an odd value of each costs.

use super::*;
use crate::Severity;

/// A record with every attribute that the decoder reads.
fn whole() -> Value {
    let remediation = json!({ "desc": "d", "references": ["https://a.example"], "kb_articles": ["https://b.example"] });
    let resource = json!({
        "uid": "u", "uid_alt": "arn:aws:x", "name": "n", "type": "AWS::S3::Bucket", "region": "r", "cloud_partition": "aws",
        "tags": [{ "name": "k", "value": "v" }], "labels": ["l=m"],
    });
    let packages = json!([{ "name": "p", "version": "1", "fixed_in_version": "2", "remediation": { "desc": "e" } }]);
    json!({
        "class_uid": 2002, "activity_id": 1, "severity": "High", "severity_id": 4, "status": "New", "status_id": 1,
        "state": "New", "state_id": 1, "status_code": "FAIL", "status_detail": "s", "message": "m", "comment": "c",
        "time": 1_767_225_600_000_u64, "time_dt": "2026-01-01T00:00:00Z", "event_time": "2026-01-01T00:00:00Z",
        "cloud": { "account": { "uid": ACCOUNT, "name": "n" }, "provider": "AWS", "region": "eu-west-1" },
        "metadata": {
            "product": {
                "uid": "arn:aws:securityhub:eu-west-1::productv2/aws/securityhub", "name": "Security Hub",
                "feature": { "uid": "f" },
            },
            "event_code": "e",
        },
        "finding_info": {
            "uid": "x", "title": "t", "desc": "d", "types": ["a/b/c"], "src_url": "https://c.example",
            "analytic": { "uid": "a" }, "product_uid": "p", "remediation": remediation,
            "created_time": 1_767_225_600_000_u64, "created_time_dt": "2026-01-01T00:00:00Z",
            "first_seen_time": 1_767_225_600_000_u64, "first_seen_time_dt": "2026-01-01T00:00:00Z",
            "last_seen_time": 1_767_225_600_000_u64, "last_seen_time_dt": "2026-01-01T00:00:00Z",
            "modified_time": 1_767_225_600_000_u64, "modified_time_dt": "2026-01-01T00:00:00Z",
        },
        "compliance": {
            "control": "S3.1", "standards": ["s"], "status": "Fail", "status_id": 3, "status_code": "A",
            "assessments": [{ "name": "B" }],
        },
        "resources": [resource], "databucket": resource, "remediation": remediation,
        "vulnerabilities": [{
            "cve": { "uid": "CVE-1", "cvss": [{ "base_score": 9.8 }], "epss": { "score": "0.5" } }, "title": "t", "affected_packages": packages, "packages": packages,
            "fix_coverage": "Complete", "is_fix_available": true, "is_exploit_available": false, "remediation": remediation,
        }],
        "unmapped": {
            "RecordState": "ACTIVE", "Sample": "false", "ProductFields.ControlId": "S3.1", "UserDefinedFields.k": "v",
            "ProductFields.StandardsArn": "a", "Compliance.StatusReasons[].ReasonCode": "A",
        },
        "vendor_attributes": { "severity": "High", "severity_id": 4 },
    })
}

/// Calls `visit` with the path of each value in `value`, as a JSON pointer.
fn for_each_path(value: &Value, path: &str, visit: &mut dyn FnMut(&str)) {
    let members: Vec<_> = match value {
        Value::Object(members) => members.iter().map(|(k, v)| (k.replace('/', "~1"), v)).collect(),
        Value::Array(entries) => entries.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in members {
        let path = format!("{path}/{name}");
        visit(&path);
        for_each_path(value, &path, visit);
    }
}

#[test]
fn no_value_of_any_other_field_costs_the_finding() {
    let odd: Value =
        serde_json::from_str(r#"[null, true, 7, -1.5, 1e300, "x", [], {}, [null], {"a": null}, [[7]]]"#).unwrap();
    let mut paths = Vec::new();
    for_each_path(&whole(), "", &mut |path| paths.push(path.to_owned()));
    assert!(paths.len() > 120, "{}", paths.len());
    let required = ["/cloud", "/cloud/account", "/cloud/account/uid", "/finding_info", "/finding_info/uid"];
    // what is not a class of findings or of AWS is set aside, which has a test of its own
    let decides = ["/class_uid", "/cloud/provider"];
    for path in paths.iter().filter(|path| !required.iter().chain(&decides).any(|p| p == path)) {
        for value in odd.as_array().unwrap() {
            let mut record = whole();
            *record.pointer_mut(path).unwrap() = value.clone();
            let finding = finding(&record);
            assert_eq!(&*finding.id, "x", "{path} {value}");
            assert!(finding.odd_values.iter().all(|odd| &*odd.field != "finding"), "{path} {value}: {finding:?}");
        }
    }
}

#[test]
fn odd_value_costs_only_itself() {
    type Want = (&'static str, Value, &'static str, fn(&Finding) -> bool);
    let table: Vec<Want> = vec![
        ("/finding_info/title", json!(41), "finding_info.title=41", |f| &*f.title == "41"),
        ("/finding_info/title", json!(["a"]), r#"finding_info.title=["a"]"#, |f| f.title.is_empty()),
        ("/finding_info/types", json!("a/b"), "finding_info.types=a/b", |f| *f.types == ["a/b".into()]),
        ("/finding_info/types", json!(["a/b", null]), "finding_info.types=null", |f| f.types.len() == 1),
        ("/finding_info/modified_time_dt", json!("soon"), "finding_info.modified_time_dt=soon", |f| {
            f.updated_at == "2026-01-01T00:00:00Z".parse().ok()
        }),
        ("/finding_info/first_seen_time_dt", json!(null), "", |f| f.first_observed_at.is_some()),
        ("/finding_info/analytic", json!("x"), "", |f| f.generator_id.as_deref() == Some("f")),
        ("/cloud/account/uid", json!(111_122_223_333_u64), "cloud.account.uid=111122223333", |f| {
            f.account.to_string() == ACCOUNT
        }),
        ("/metadata", json!(7), "metadata=7", |f| &*f.product_arn == "p"),
        ("/compliance", json!("Fail"), "compliance=Fail", |f| f.compliance.is_none()),
        ("/compliance/standards", json!({}), "compliance.standards={}", |f| &*f.standards[0] == "a"),
        ("/resources", json!({ "uid": "only" }), "resources={…}", |f| &*f.resources[0].id == "only"),
        ("/resources/0/tags", json!({ "k": "v" }), "resources.tags={…}", |f| f.resources[0].tags.len() == 1),
        ("/vulnerabilities/0/is_exploit_available", json!("true"), "vulnerabilities.is_exploit_available=true", |f| {
            f.vulnerabilities[0].exploit_available.as_deref() == Some("YES")
        }),
        ("/activity_id", json!("3"), "activity_id=3", |f| f.record_state == RecordState::Archived),
        ("/activity_id", json!(1.5), "activity_id=1.5", |f| f.record_state == RecordState::Active),
        ("/severity", json!(["High"]), r#"severity=["High"]"#, |f| f.severity == crate::Severity::High),
    ];
    for (path, value, want, holds) in table {
        let mut record = whole();
        *record.pointer_mut(path).unwrap() = value.clone();
        let finding = finding(&record);
        assert_eq!(odd(&finding), want, "{path} {value}");
        assert!(holds(&finding), "{path} {value}: {finding:?}");
    }
    assert_eq!(odd(&finding(&whole())), "");
}

#[test]
fn vulnerabilities_say_what_asff_says() {
    let of = |vulnerability: Value| {
        let mut record = whole();
        record["vulnerabilities"] = json!([vulnerability]);
        finding(&record).vulnerabilities[0].clone()
    };
    let read = of(json!({
        "cve": { "uid": "CVE-2026-1", "references": ["x"] }, "references": ["https://a.example"],
        "affected_packages": [{ "name": "n", "version": "1", "fixed_in_version": "2" }, { "name": "m" }],
        "fix_coverage": "Partial", "is_fix_available": true, "is_exploit_available": true,
    }));
    assert_eq!((&*read.id, read.packages.len()), ("CVE-2026-1", 2));
    assert_eq!(read.packages[0].fixed_in.as_deref(), Some("2"));
    assert_eq!((read.fix_available.as_deref(), read.exploit_available.as_deref()), (Some("PARTIAL"), Some("YES")));
    assert_eq!(of(json!({ "is_fix_available": false })).fix_available.as_deref(), Some("NO"));
    assert_eq!(of(json!({ "fix_coverage": "Complete" })).fix_available.as_deref(), Some("YES"));
    assert_eq!(&*of(json!({ "title": "a library" })).id, "a library");
    assert_eq!(of(json!({ "packages": [{ "name": "n" }] })).packages[0].name.as_deref(), Some("n"));
}

#[test]
fn what_explains_a_severity_is_read_as_in_asff() {
    let of = |path: &str, value: Value| {
        let mut record = whole();
        *record.pointer_mut(path).unwrap() = value;
        let read = finding(&record);
        (read.provider_severity, read.vulnerabilities[0].cvss_score, read.vulnerabilities[0].epss_score)
    };
    let high = Some(Severity::High);
    assert_eq!(of("/severity", json!("Low")), (high, Some(9.8), Some(0.5)));
    let two = json!([{ "base_score": 4.0 }, { "base_score": 7.5 }]);
    assert_eq!(of("/vulnerabilities/0/cve/cvss", two), (high, Some(7.5), Some(0.5)));
    assert_eq!(of("/vulnerabilities/0/cve/epss", json!(null)), (high, Some(9.8), None));
    for (vendor, want) in [
        (json!({ "severity_id": 5 }), Some(Severity::Critical)),
        (json!({ "severity": "Unknown", "severity_id": 0 }), None),
        (json!({ "severity_id": 99 }), None),
        (json!({}), None),
    ] {
        assert_eq!(of("/vendor_attributes", vendor.clone()).0, want, "{vendor}");
    }
}

#[test]
fn remediation_is_that_of_a_package_if_the_finding_has_none() {
    let mut record = whole();
    (record["remediation"], record["finding_info"]["remediation"]) = (Value::Null, Value::Null);
    record["vulnerabilities"][0]["remediation"] = Value::Null;
    record["vulnerabilities"][0]["affected_packages"] =
        json!([{ "name": "a" }, { "remediation": { "desc": "update" } }]);
    let read = finding(&record);
    assert_eq!((read.remediation_text.as_deref(), read.remediation_url.as_deref()), (Some("update"), None));
}

#[test]
fn data_bucket_is_a_resource() {
    let mut record = whole();
    record["databucket"]["uid_alt"] = "arn:aws:s3:::b".into();
    let ids: Vec<_> = finding(&record).resources.iter().map(|r| r.id.to_string()).collect();
    assert_eq!(ids, ["arn:aws:x", "arn:aws:s3:::b"]);
    assert_eq!(finding(&whole()).resources.len(), 1, "it is there already");
}

#[test]
fn times_are_texts_or_numbers() {
    let time = |value: Value| {
        let mut record = minimal();
        record["finding_info"]["created_time"] = value;
        let read = finding(&record);
        (read.created_at.map(|at| at.to_string()), odd(&read))
    };
    let at = |text: &str| (Some(text.to_owned()), String::new());
    assert_eq!(time(json!(1_767_225_600_123_u64)), at("2026-01-01T00:00:00.123Z"));
    assert_eq!(time(json!(1_767_225_600)), at("2026-01-01T00:00:00Z"));
    assert_eq!(time(json!(1_767_225_600.0)), at("2026-01-01T00:00:00Z"));
    assert_eq!(time(json!("2026-01-01T00:00:00.5")), at("2026-01-01T00:00:00.5Z"));
    assert_eq!(time(json!(0)), (None, String::new()));
    assert_eq!(time(json!(7)), (None, "finding_info.created_time=7".to_owned()));
    assert_eq!(time(json!(u64::MAX)), (None, "finding_info.created_time=18446744073709551615".to_owned()));
}
