//! Parses the URL of a relay. Errors contain no secret part of the URL, because it can contain the password.

use std::fmt;
use std::net::IpAddr;

use findings_core::{Error, ErrorKind, Result, Secret};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::Sender;
use crate::redact::Secrets;

/// A relay and the settings of connections to it.
pub(super) struct Target {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    pub credentials: Option<Credentials>,
    pub hello: ClientId,
    /// What the relay learns and no text may contain: user and password.
    pub secrets: Secrets,
}

/// When the connection is encrypted.
pub(super) enum Encryption {
    /// TLS from the first byte.
    Wrapped(TlsParameters),
    /// STARTTLS; without it the connection fails.
    Required(TlsParameters),
    /// STARTTLS if the relay offers it.
    Opportunistic(TlsParameters),
    /// No encryption.
    None,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encryption = match self.encryption {
            Encryption::Wrapped(_) => "TLS",
            Encryption::Required(_) => "STARTTLS",
            Encryption::Opportunistic(_) => "STARTTLS if offered",
            Encryption::None => "not encrypted",
        };
        write!(f, "{}:{} ({encryption})", self.host, self.port)
    }
}

/// Returns the relay of a URL, and the sender if the URL names one.
pub(super) fn parse(url: &Secret<String>) -> Result<(Target, Option<Sender>)> {
    let url = Url::parse(url.expose()).map_err(|e| invalid(format!("its URL cannot be read: {e}")))?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid("its URL has no host"))?;
    let host = host.trim_matches(['[', ']']).to_owned();
    let credentials = credentials(&url)?;
    let (mut tls, mut from, mut ca) = (None, None, None);
    for (name, value) in url.query_pairs() {
        match &*name {
            "tls" => tls = Some(value.into_owned()),
            "from" => from = Some(value.parse().map_err(|e| invalid(format!("its URL's \"from\": {e}")))?),
            "ca" => ca = Some(certificate(&value)?),
            _ => return Err(invalid("its URL's query has something other than \"ca\", \"from\" and \"tls\"")),
        }
    }
    let encryption = encryption(url.scheme(), tls.as_deref(), &host, ca.as_ref())?;
    let port = url.port().unwrap_or(match (url.scheme(), &credentials) {
        ("smtps", _) => 465,
        (_, Some(_)) => 587,
        (_, None) => 25,
    });
    let hello = match url.path().trim_matches('/') {
        "" => ClientId::default(),
        name if name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b)) => {
            ClientId::Domain(name.to_owned())
        }
        _ => return Err(invalid("its URL's path is not a host name; it is what the client calls itself")),
    };
    let secrets = Secrets::of_login(url.username(), url.password().unwrap_or_default());
    Ok((Target { host, port, encryption, credentials, hello, secrets }, from))
}

fn credentials(url: &Url) -> Result<Option<Credentials>> {
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map(String::from).map_err(|_| invalid("its URL's user or password is not UTF-8"))
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (_, None) => Err(invalid("its URL has a user but no password")),
        (user, Some(password)) => Ok(Some(Credentials::new(decode(user)?, decode(password)?))),
    }
}

/// Reads the certificate of a private authority from a PEM file.
fn certificate(path: &str) -> Result<Certificate> {
    let failed = |what: String| invalid(format!("the certificate {path} of its URL's \"ca\" {what}"));
    let pem = std::fs::read(path).map_err(|e| failed(format!("cannot be read: {e}")))?;
    Certificate::from_pem(&pem).map_err(|_| failed("is not PEM".to_owned()))
}

/// Selects the encryption. Nothing is sent over a network without encryption unless the URL says so.
fn encryption(scheme: &str, tls: Option<&str>, host: &str, ca: Option<&Certificate>) -> Result<Encryption> {
    let parameters = || {
        let builder = TlsParameters::builder(host.to_owned());
        let builder = match ca {
            Some(ca) => builder.add_root_certificate(ca.clone()),
            None => builder,
        };
        builder.build().map_err(|_| invalid("its host cannot be verified by a certificate"))
    };
    // nobody else can listen there
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match (scheme, tls) {
        ("smtps", None) => Ok(Encryption::Wrapped(parameters()?)),
        ("smtp", Some("none")) => Ok(Encryption::None),
        ("smtp", None) if !is_loopback => Ok(Encryption::Required(parameters()?)),
        ("smtp", Some("required")) => Ok(Encryption::Required(parameters()?)),
        ("smtp", None | Some("opportunistic")) => Ok(Encryption::Opportunistic(parameters()?)),
        ("smtp", _) => Err(invalid("its URL's \"tls\" is none of required, opportunistic and none")),
        ("smtps", _) => Err(invalid("its URL is smtps://, which leaves no choice to \"tls\"")),
        _ => Err(invalid("its URL is neither smtp:// nor smtps://")),
    }
}

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, "use the SMTP relay").with_message(message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> Result<String> {
        parse(&Secret::new(url.to_owned())).map(|(target, _)| target.to_string())
    }

    #[test]
    fn relay_urls_are_parsed() {
        for (url, want) in [
            ("smtp://mail.example.com", "mail.example.com:25 (STARTTLS)"),
            ("smtp://mail.example.com?tls=opportunistic", "mail.example.com:25 (STARTTLS if offered)"),
            ("smtp://mail.example.com?tls=none", "mail.example.com:25 (not encrypted)"),
            ("smtp://localhost", "localhost:25 (STARTTLS if offered)"),
            ("smtp://u:p@mail.example.com", "mail.example.com:587 (STARTTLS)"),
            ("smtp://u:p@127.0.0.1:2525", "127.0.0.1:2525 (STARTTLS if offered)"),
            ("smtp://u:p@mail.example.com:25?tls=none", "mail.example.com:25 (not encrypted)"),
            ("smtp://mail.example.com/job.example.com?tls=required", "mail.example.com:25 (STARTTLS)"),
            ("smtps://u:p@mail.example.com?from=a%40example.com", "mail.example.com:465 (TLS)"),
        ] {
            assert_eq!(shown(url).unwrap(), want, "{url}");
        }
    }

    #[test]
    fn errors_contain_no_password() {
        for url in [
            "smtp:geheim",
            "smtp://u:geheim@",
            "smtp://u:geheim@host:99999",
            "smtp://geheim@host",
            "smtp://u:geheim%ff@host",
            "smtp://u:geheim@host?tls=maybe",
            "smtp://u:geheim@host?form=a@example.com",
            "smtp://u:geheim@host?from=nobody",
            "smtps://u:geheim@host?tls=none",
            "http://u:geheim@host",
            "smtp://u:geheim@host/a b",
            "geheim",
        ] {
            let error = shown(url).expect_err(url);
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!format!("{error:?} {}", error.report()).contains("geheim"), "{error:?}");
        }
    }
}
