//! The template of the links: who reaches the API, what its function may do, and what its log has.

use serde_json::Value;

use super::policy::{Request, has, statements, texts};
use super::template::Template;

const TABLE: &str = "arn:aws:dynamodb:ap-northeast-1:111122223333:table/findings";
const KEY: (&str, &str) =
    ("KmsKeyArn", "arn:aws:kms:ap-northeast-1:111122223333:key/11111111-2222-3333-4444-555555555555");

#[test]
fn api_lets_only_company_network_through() {
    let policy = &Template::links(&[]).properties("Api")["Policy"];
    for (address, allowed) in [
        ("198.51.100.77", true),
        ("2001:db8:42:7::9", true),
        ("203.0.113.5", false),
        ("198.51.101.1", false),
        ("2001:db8:43::5", false),
        ("127.0.0.1", false),
    ] {
        let request = Request::new("execute-api:Invoke", "execute-api:/prod/GET/r/x").with("aws:SourceIp", address);
        assert!(has(policy, "Allow", &request), "{address}");
        assert_eq!(has(policy, "Deny", &request), !allowed, "{address}");
    }
}

#[test]
fn function_may_do_what_redirect_does_and_no_more() {
    for parameters in [&[][..], &[KEY][..]] {
        let role = Template::links(parameters).properties("FunctionRole");
        let policy = &role["Policies"][0]["PolicyDocument"];
        let table = |action: &str, key: &'static str| {
            has(policy, "Allow", &Request::new(action, TABLE).with("dynamodb:LeadingKeys", key))
        };
        for action in ["dynamodb:GetItem", "dynamodb:UpdateItem"] {
            assert!(table(action, "LINK#0123"), "{action}");
            for other in ["PROJ#0123", "RUN#2026-11-23", "PROJECTS"] {
                assert!(!table(action, other), "{action} of {other}");
            }
        }
        for action in ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:DeleteItem", "dynamodb:Scan"] {
            assert!(!table(action, "LINK#0123"), "{action}");
        }
        let reads =
            |key: &str| has(policy, "Allow", &Request::new("s3:GetObject", &format!("arn:aws:s3:::reports/{key}")));
        assert!(reads("security-hub/runs/1/a.xlsx") && !reads("config/projects.csv"));
        let decrypts = Request::new("kms:Decrypt", KEY.1);
        assert_eq!(has(policy, "Allow", &decrypts), !parameters.is_empty(), "reports are encrypted with the key");
        assert_eq!(has(policy, "Allow", &Request::new("kms:GenerateDataKey", KEY.1)), !parameters.is_empty());
        let stores =
            |key: &str| has(policy, "Allow", &Request::new("s3:PutObject", &format!("arn:aws:s3:::reports/{key}")));
        assert!(stores("security-hub/inbox/payments-0123456789ab/r1/answer-0123456789abcdef"));
        for other in ["security-hub/runs/r1/a.xlsx", "security-hub/decisions/audit.jsonl", "config/projects.csv"] {
            assert!(!stores(other), "{other}");
        }
        let all: Vec<&str> = statements(policy).flat_map(|s| texts(&s["Action"])).collect();
        let mut puts = all.iter().filter(|action| action.contains("Put") && !action.starts_with("logs:"));
        assert!(puts.all(|action| *action == "s3:PutObject"), "{all:?}");
    }
}

#[test]
fn no_log_has_tokens() {
    let stage = Template::links(&[]).properties("Stage");
    let format = stage["AccessLogSetting"]["Format"].as_str().unwrap();
    for with_token in ["$context.path\"", "$context.customDomain", "$input", "requestOverride"] {
        assert!(!format.contains(with_token), "{with_token} is in {format}");
    }
    serde_json::from_str::<Value>(format).expect("a line of JSON, as far as its values go");
    let all = &stage["MethodSettings"][0];
    assert_eq!((&all["LoggingLevel"], &all["DataTraceEnabled"]), (&"ERROR".into(), &false.into()));
    assert_eq!(stage["TracingEnabled"], false, "a trace has the URL");
    assert!(Template::links(&[]).properties("Function")["TracingConfig"].is_null());
    assert!(all["ThrottlingRateLimit"].as_f64().unwrap() <= 50.0);
}

/// A deployment is a copy of the API: what is not made before it is missing in it.
#[test]
fn deployment_waits_for_all_methods_and_pages() {
    let template = Template::links(&[]);
    let text = std::fs::read_to_string(Template::path_of("links.yaml")).unwrap();
    let document: Value = serde_saphyr::from_str(&text).unwrap();
    let waits: Vec<&str> = texts(&document["Resources"]["Deployment"]["DependsOn"]);
    for kind in ["AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse"] {
        for (name, _) in template.of_type(kind) {
            assert!(waits.contains(&name.as_str()), "{name}");
        }
    }
}

#[test]
fn pages_are_in_both_languages() {
    let pages = Template::links(&[]).of_type("AWS::ApiGateway::GatewayResponse");
    assert_eq!(pages.len(), 4);
    for (name, page) in pages {
        let html = page["ResponseTemplates"]["text/html"].as_str().unwrap();
        assert!(html.contains("<section lang=\"ja\">") && html.contains("<section lang=\"en\">"), "{name}: {html}");
        // API Gateway reads these as references
        assert!(!html.contains('$') && !html.contains('#'), "{name}: {html}");
    }
}

#[test]
fn main_stack_makes_links_of_parameter() {
    let variable = |template: &Template| {
        let container = template.properties("TaskDefinition")["ContainerDefinitions"][0].take();
        let variables = container["Environment"].as_array().unwrap().clone();
        variables.into_iter().find(|v| v["Name"] == "FINDINGS_LINKS").map(|v| v["Value"].as_str().unwrap().to_owned())
    };
    // an empty variable is one that is not set
    assert_eq!(variable(&Template::with(&[])), Some(String::new()));
    let url = "https://a1.execute-api.ap-northeast-1.amazonaws.com/prod";
    assert_eq!(variable(&Template::with(&[("LinkUrl", url)])), Some(format!("redirect:{url}")));
}
