//! A mail parsed by `mailparse`, which shares no code with the crate that composes it.

use findings_core::testing::conformance::notifier::Message;
use mailparse::{DispositionType, MailHeaderMap, ParsedMail, parse_mail};

pub(crate) struct Parsed {
    /// Header names and decoded values.
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
    /// File name, media type and content of each attachment.
    pub attachments: Vec<(String, String, Vec<u8>)>,
    pub raw: Vec<u8>,
}

impl Parsed {
    pub(crate) fn of(raw: &[u8]) -> Self {
        let mail = parse_mail(raw).expect("a message that can be parsed");
        let headers = mail.headers.iter().map(|h| (h.get_key(), h.get_value())).collect();
        let mut parsed =
            Self { headers, text: String::new(), html: String::new(), attachments: Vec::new(), raw: raw.to_vec() };
        parsed.collect(&mail);
        parsed
    }

    fn collect(&mut self, part: &ParsedMail<'_>) {
        part.subparts.iter().for_each(|part| self.collect(part));
        let disposition = part.get_content_disposition();
        match part.ctype.mimetype.as_str() {
            kind if disposition.disposition == DispositionType::Attachment => {
                let name = disposition.params.get("filename").cloned().unwrap_or_default();
                self.attachments.push((name, kind.to_owned(), part.get_body_raw().unwrap()));
            }
            "text/plain" => self.text = part.get_body().unwrap().replace("\r\n", "\n"),
            "text/html" => self.html = part.get_body().unwrap(),
            _ => {}
        }
    }

    /// Returns the values of all headers with this name.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn subject(&self) -> &str {
        self.header("Subject")[0]
    }
}

impl From<Parsed> for Message {
    fn from(mail: Parsed) -> Self {
        let headers = parse_mail(&mail.raw).unwrap().headers;
        let recipients =
            ["To", "Cc", "Bcc"].iter().flat_map(|name| headers.get_all_values(name)).flat_map(|list| addresses(&list));
        let mut message = Self::new(recipients, format!("{}\n{}", mail.subject(), mail.text));
        message.html = Some(mail.html);
        message.raw = mail.raw;
        message
    }
}

fn addresses(list: &str) -> Vec<String> {
    let list = mailparse::addrparse(list).expect("a list of addresses");
    list.iter()
        .map(|address| match address {
            mailparse::MailAddr::Single(one) => one.addr.clone(),
            mailparse::MailAddr::Group(group) => panic!("a group: {group:?}"),
        })
        .collect()
}
