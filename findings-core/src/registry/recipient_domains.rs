//! The domains to which mail may go.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Project, ProjectRegistry, Registry, RegistryProblem};
use crate::Result;
use crate::recipient::{Recipient, is_domain};

/// The domains to which mail may go; the default is all.
///
/// `example.com` is this domain alone, `*.example.com` all domains below it and not itself. Case is ignored, and a domain
/// with characters outside ASCII is the same as its punycode. Chat channels are not concerned.
///
/// ```
/// use findings_core::registry::RecipientDomains;
/// let domains: RecipientDomains = "example.com,*.例え.jp".parse()?;
/// assert!(domains.allow(&"a@EXAMPLE.com".parse().unwrap()) && domains.allow(&"a@x.xn--r8jz45g.jp".parse().unwrap()));
/// assert!(!domains.allow(&"a@mail.example.com".parse().unwrap()));
/// # Ok::<(), findings_core::registry::InvalidRecipientDomain>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecipientDomains(Vec<String>);

/// The error for a text that is not a domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a domain; expected example.com or *.example.com, several separated by commas")]
pub struct InvalidRecipientDomain(String);

impl RecipientDomains {
    /// Whether mail may go to the recipient. A chat channel is always allowed.
    pub fn allow(&self, recipient: &Recipient) -> bool {
        if self.allow_all() || recipient.channel().is_some() {
            return true;
        }
        let domain = recipient.as_str().rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
        self.0.iter().any(|allowed| match allowed.strip_prefix('*') {
            Some(below) => domain.ends_with(below),
            None => domain == *allowed,
        })
    }

    /// Whether no domain is excluded.
    pub fn allow_all(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for RecipientDomains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl FromStr for RecipientDomains {
    type Err = InvalidRecipientDomain;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let domains = text.split(',').map(str::trim).map(|entry| {
            let (stars, name) = entry.strip_prefix("*.").map_or(("", entry), |name| ("*.", name));
            let invalid = || InvalidRecipientDomain(entry.escape_debug().take(80).collect());
            let name = idna::domain_to_ascii(name).map_err(|_| invalid())?;
            if is_domain(&name) { Ok(format!("{stars}{name}")) } else { Err(invalid()) }
        });
        domains.collect::<Result<_, _>>().map(Self)
    }
}

impl Registry {
    /// Takes recipients of other domains out of the projects. Each is a problem of its project, whose other recipients
    /// are told.
    pub fn with_recipient_domains(mut self, domains: &RecipientDomains) -> Self {
        if !domains.allow_all() {
            self.projects.iter_mut().for_each(|project| refuse(project, domains));
        }
        self
    }
}

fn refuse(project: &mut Project, domains: &RecipientDomains) {
    let mut refused = Vec::new();
    for list in [&mut project.recipients, &mut project.leads] {
        refused.extend(list.extract_if(.., |recipient| !domains.allow(recipient)));
    }
    for recipient in refused {
        let line = project.recipient_lines.of(&recipient);
        let message = format!(
            "\"{recipient}\" is outside the domains that may get mail ({domains}), so it is not told; use another address, or allow its domain"
        );
        project.problems.push(RegistryProblem::new(line, message).about_people());
    }
    project.problems.sort_by_key(|problem| problem.line);
}

/// A registry without the recipients of other domains.
#[derive(Debug)]
pub struct RestrictedRegistry {
    inner: Arc<dyn ProjectRegistry>,
    domains: RecipientDomains,
}

impl RestrictedRegistry {
    /// Restricts the recipients of `inner`.
    pub fn new(inner: Arc<dyn ProjectRegistry>, domains: RecipientDomains) -> Self {
        Self { inner, domains }
    }
}

#[async_trait]
impl ProjectRegistry for RestrictedRegistry {
    async fn load(&self) -> Result<Registry> {
        Ok(self.inner.load().await?.with_recipient_domains(&self.domains))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::parse_csv;

    #[test]
    fn domains_are_compared_in_one_form() {
        for (domains, address, want) in [
            ("example.com", "a@example.com", true),
            ("Example.COM", "a@eXample.com", true),
            ("example.com", "a@mail.example.com", false),
            ("example.com", "a@notexample.com", false),
            ("example.com", "a@example.com.evil.org", false),
            ("*.example.com", "a@x.mail.example.com", true),
            ("*.example.com", "a@example.com", false),
            ("*.example.com", "a@notexample.com", false),
            ("a.jp, 例え.jp", "a@XN--R8JZ45G.jp", true),
            ("xn--r8jz45g.jp", "a@例え.jp", true),
            ("example.com", "teams:payments", true),
        ] {
            let domains: RecipientDomains = domains.parse().unwrap();
            assert_eq!(domains.allow(&address.parse().unwrap()), want, "{domains}: {address}");
        }
        assert!(RecipientDomains::default().allow(&"a@example.com".parse().unwrap()));
        for bad in ["", "com", "a@example.com", "*", "*.", "*.com", "a.com,,b.com", "a.com;b.com", "x.*.com"] {
            assert!(bad.parse::<RecipientDomains>().is_err(), "{bad}");
        }
    }

    #[test]
    fn other_domains_are_problems_with_their_lines() {
        let csv = "project,account_ids,recipients\nA,111100000001,a@example.com;b@example.org\nA,111100000002,c@example.net;slack:x\nB,111100000003,d@example.com\n";
        let registry = parse_csv(csv.as_bytes()).unwrap().with_recipient_domains(&"example.com".parse().unwrap());
        let told: Vec<_> = registry.projects[0].recipients.iter().map(Recipient::as_str).collect();
        assert_eq!(told, ["a@example.com", "slack:x"]);
        let problems: Vec<_> = registry.projects[0].problems.iter().map(ToString::to_string).collect();
        assert!(problems[0].starts_with("line 2: \"b@example.org\" is outside"), "{problems:?}");
        assert!(problems[1].starts_with("line 3: \"c@example.net\" is outside"), "{problems:?}");
        assert!(problems.len() == 2 && !registry.projects[0].problems[0].hides_accounts);
        assert!(registry.projects[1].problems.is_empty());
    }

    #[test]
    fn problem_without_a_line_names_none() {
        let project = Project::new("A").with_recipients(["a@example.org".parse().unwrap()]);
        let registry = Registry { projects: vec![project], ..Registry::default() };
        let registry = registry.with_recipient_domains(&"example.com".parse().unwrap());
        assert!(registry.projects[0].recipients.is_empty());
        assert!(registry.projects[0].problems[0].to_string().starts_with("\"a@example.org\""));
    }
}
