//! Records that cannot be read: the first ones, and the numbers of the others.

use std::collections::BTreeMap;

use crate::AccountId;
use crate::source::RejectedRecord;

/// The number of unreadable records of an account, and of those without an account, that are reported one by one. The
/// others are only counted: these reports are part of the result of every query, so files full of such records would
/// flood all projects, and the memory.
const LISTED: u64 = 100;

/// Unreadable records.
#[derive(Debug, Default)]
pub(super) struct Rejections {
    listed: Vec<RejectedRecord>,
    numbers: BTreeMap<Option<AccountId>, u64>,
    total: u64,
}

impl Rejections {
    pub(super) fn add(&mut self, record: RejectedRecord) {
        let number = self.numbers.entry(record.account).or_default();
        *number += 1;
        self.total += 1;
        if *number <= LISTED {
            self.listed.push(record);
        }
    }

    /// Returns the number of all records.
    pub(super) fn len(&self) -> u64 {
        self.total
    }

    /// Returns the records, with one more for the rest of each account.
    pub(super) fn finish(mut self) -> Vec<RejectedRecord> {
        for (account, number) in self.numbers.into_iter().filter(|(_, number)| *number > LISTED) {
            let more = number - LISTED;
            self.listed.push(match account {
                Some(account) => RejectedRecord::new(format!("{more} more records of the account could not be read"))
                    .of_account(account),
                None => RejectedRecord::new(format!("{more} more records that name no account could not be read")),
            });
        }
        self.listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_records_of_each_account_are_listed_and_the_others_counted() {
        let mut rejections = Rejections::default();
        let account: AccountId = "111122223333".parse().unwrap();
        for n in 0..150 {
            rejections.add(RejectedRecord::new(format!("a{n}")).of_account(account));
            rejections.add(RejectedRecord::new(format!("n{n}")));
        }
        rejections.add(RejectedRecord::new("b").of_account("999900000000".parse().unwrap()));
        assert_eq!(rejections.len(), 301);
        let records = rejections.finish();
        let texts: Vec<String> = records.iter().map(ToString::to_string).collect();
        assert_eq!((texts.len(), texts[199].as_str(), texts[200].as_str()), (203, "n99", "b"));
        assert_eq!(texts[201], "50 more records that name no account could not be read");
        assert_eq!(
            (&*texts[202], records[202].account),
            ("50 more records of the account could not be read", Some(account))
        );
    }
}
