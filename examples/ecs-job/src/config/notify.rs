//! Options for notifications to recipients and operators.

use std::path::PathBuf;
use std::sync::Arc;

use findings_core::Secret;
use findings_core::notify::Recipient;
use findings_core::registry::RecipientDomains;
use findings_notify::{ChatFormat, Sender, SmtpNotifier, WebhookEndpoints, Webhooks, chat_formats};

use super::reader::{Reader, given};
use super::regions;
use super::values::{is_variable, read_variable};
use crate::options::Options;

/// The configuration of notifications.
#[derive(Clone, Debug)]
pub(crate) struct NotifyConfig {
    pub(crate) notifiers: Vec<Notify>,
    pub(crate) templates: Option<PathBuf>,
    /// Operators, who get a digest after each run.
    pub(crate) operators: Vec<Recipient>,
    /// Those who are told of the report of the organisation.
    pub(crate) executives: Vec<Recipient>,
    /// Domains to which mail may go.
    pub(crate) domains: RecipientDomains,
}

#[derive(Clone, Debug)]
pub(crate) enum Notify {
    Outbox(PathBuf),
    Ses {
        from: Sender,
        configuration_set: Option<String>,
    },
    Chat {
        format: Arc<dyn ChatFormat>,
        webhooks: Webhooks,
    },
    Webhook(WebhookEndpoints),
    /// Topics in these Regions.
    Sns {
        regions: Vec<String>,
    },
    /// The URL holds a password.
    Smtp {
        url: Secret<String>,
    },
}

impl Notify {
    /// Whether everybody would be told twice by both.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Outbox(a), Self::Outbox(b)) => a == b,
            (Self::Ses { from: a, configuration_set: c }, Self::Ses { from: b, configuration_set: d }) => {
                (a, c) == (b, d)
            }
            (Self::Smtp { url: a }, Self::Smtp { url: b }) => a == b,
            (Self::Chat { format: f, webhooks: a }, Self::Chat { format: g, webhooks: b }) => {
                (f.scheme(), a) == (g.scheme(), b)
            }
            (Self::Webhook(a), Self::Webhook(b)) => a == b,
            (Self::Sns { regions: a }, Self::Sns { regions: b }) => a.iter().any(|region| b.contains(region)),
            _ => false,
        }
    }
}

impl NotifyConfig {
    pub(super) fn resolve(options: &Options, reader: &mut Reader) -> Self {
        let config = Self {
            notifiers: notifiers(&options.notify, reader),
            templates: given(options.templates.as_deref()).map(PathBuf::from),
            operators: reader.read("operators", options.operators.as_deref(), Vec::new(), addresses),
            executives: reader.read("executives", options.executives.as_deref(), Vec::new(), addresses),
            domains: reader.read(
                "recipient-domains",
                options.recipient_domains.as_deref(),
                RecipientDomains::default(),
                |text| text.parse().map_err(|e| format!("{e}")),
            ),
        };
        // an invalid --notify is already reported, and might be one that sends mail
        for (option, addresses) in [("operators", &config.operators), ("executives", &config.executives)] {
            if !addresses.is_empty() && !reader.has_failed("notify") && !config.sends_mail() {
                reader.fail(option, "they are told by mail, and --notify names nothing that sends mail");
            }
            for address in addresses {
                config.refuse_outside(option, address, reader);
            }
        }
        config
    }
}

impl NotifyConfig {
    /// Parses the address of the test mail.
    pub(super) fn test_mail(&self, text: Option<&str>, reader: &mut Reader) -> Option<Recipient> {
        let to = reader.read_optional("test-mail", text, test_mail)?;
        if !reader.has_failed("notify") && !self.sends_mail() {
            reader.fail("test-mail", "no notifier serves a mail address: --notify names nothing that sends mail");
        }
        self.refuse_outside("test-mail", &to, reader);
        Some(to)
    }

    fn refuse_outside(&self, option: &'static str, to: &Recipient, reader: &mut Reader) {
        if !self.domains.allow(to) {
            reader.fail(option, format!("\"{to}\" is outside the domains that may get mail ({})", self.domains));
        }
    }

    fn sends_mail(&self) -> bool {
        self.notifiers.iter().any(|n| matches!(n, Notify::Outbox(_) | Notify::Ses { .. } | Notify::Smtp { .. }))
    }
}

fn test_mail(text: &str) -> Result<Recipient, String> {
    let to: Recipient = text.parse().map_err(|e| format!("{e}"))?;
    if to.channel().is_some() {
        return Err(format!("\"{to}\" is a channel; name a mail address"));
    }
    Ok(to)
}

/// Parses mail addresses, separated by `;`, commas or blanks.
fn addresses(text: &str) -> Result<Vec<Recipient>, String> {
    let mut all: Vec<Recipient> = Vec::new();
    for entry in text.split([';', ',', ' ', '\n']).filter(|entry| !entry.is_empty()) {
        let address: Recipient = entry.parse().map_err(|e| format!("{e}"))?;
        if address.channel().is_some() {
            return Err(format!("\"{address}\" is a channel; they are told by mail"));
        }
        if !all.contains(&address) {
            all.push(address);
        }
    }
    Ok(all)
}

fn notifiers(texts: &[String], reader: &mut Reader) -> Vec<Notify> {
    let mut texts = texts.iter().filter_map(|text| given(Some(text))).peekable();
    if texts.peek().is_none() {
        return vec![Notify::Outbox("out/outbox".into())];
    }
    let mut all = Vec::new();
    for text in texts {
        match notify(text) {
            Ok(notify) if all.iter().any(|known: &Notify| known.is_same(&notify)) => {
                reader.fail("notify", "the same notifier is given twice, so that everybody would be told twice");
            }
            Ok(notify) => all.push(notify),
            Err(message) => reader.fail("notify", message),
        }
    }
    all
}

fn notify(text: &str) -> Result<Notify, String> {
    match text.split_once(':') {
        Some(("outbox", dir)) if !dir.is_empty() => Ok(Notify::Outbox(dir.into())),
        Some(("ses", rest)) => ses(rest),
        Some(("smtp" | "smtps", rest)) if rest.starts_with("//") => {
            refuse_proxy(rest)?;
            let url = Secret::new(text.to_owned());
            SmtpNotifier::from_url(&url, None).map_err(|e| e.report())?;
            Ok(Notify::Smtp { url })
        }
        Some(("webhook", variable)) => webhook(variable),
        Some(("sns", list)) => regions(list).map(|regions| Notify::Sns { regions }),
        Some((scheme, variable)) if let Some(format) = chat_formats().into_iter().find(|f| f.scheme() == scheme) => {
            chat(format, variable)
        }
        // the text is not repeated: it may hold a password
        _ => Err("not a notifier; expected outbox:DIR, ses:FROM[?configuration-set=NAME], smtp://USER:PASSWORD@HOST:PORT?from=FROM, \
                  sns:REGION[,REGION…], webhook:VARIABLE, or teams:, slack:, mattermost: or googlechat:VARIABLE"
            .to_owned()),
    }
}

/// Refuses a proxy for everything, which SMTP cannot use, unless the relay is on this machine. `HTTPS_PROXY` does not
/// concern SMTP.
fn refuse_proxy(rest: &str) -> Result<(), String> {
    let authority = rest.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_here = ["localhost", "127.", "[::1]"].iter().any(|start| host.starts_with(start));
    let is_set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    match ["ALL_PROXY", "all_proxy"].into_iter().find(|name| is_set(name)) {
        Some(name) if !is_here => Err(format!(
            "{name} is set, and mail by SMTP goes through no proxy; set HTTPS_PROXY in its place, which concerns AWS and webhooks only"
        )),
        _ => Ok(()),
    }
}

/// Reads webhooks from the variable. They are secrets and must not be part of the command line.
fn chat(format: Arc<dyn ChatFormat>, variable: &str) -> Result<Notify, String> {
    if !is_variable(variable) {
        // the text is not repeated: it may be the webhook itself
        return Err(format!(
            "expected {0}:VARIABLE, the variable holding the webhook of the channel {0}:VARIABLE, or several as JSON, such as \
             {{\"payments\":\"https://…\"}} for {0}:payments",
            format.scheme()
        ));
    }
    let webhooks = Webhooks::parse(variable, &Secret::new(read_variable(variable)?)).map_err(|e| e.report())?;
    Ok(Notify::Chat { format, webhooks })
}

/// Reads endpoints and their keys from the variable.
fn webhook(variable: &str) -> Result<Notify, String> {
    if !is_variable(variable) {
        // the text is not repeated: it may be a URL or a key
        return Err("expected webhook:VARIABLE, the variable holding endpoints and keys as JSON, such as \
                    {\"tickets\":{\"url\":\"https://…\",\"key\":\"whsec_…\"}} for webhook:tickets"
            .to_owned());
    }
    let endpoints =
        WebhookEndpoints::parse(variable, &Secret::new(read_variable(variable)?)).map_err(|e| e.report())?;
    Ok(Notify::Webhook(endpoints))
}

/// Parses `FROM` or `FROM?configuration-set=NAME`.
fn ses(text: &str) -> Result<Notify, String> {
    let (from, query) = text.split_once('?').unwrap_or((text, ""));
    let from: Sender = from.parse().map_err(|e| format!("{e}; expected ses:FROM, such as ses:security@example.com"))?;
    let is_name = |name: &str| {
        (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    let configuration_set = match query.split_once('=') {
        None if query.is_empty() => None,
        Some(("configuration-set", name)) if is_name(name) => Some(name.to_owned()),
        _ => return Err(format!("\"?{query}\" is not known here; expected ?configuration-set=NAME")),
    };
    Ok(Notify::Ses { from, configuration_set })
}
