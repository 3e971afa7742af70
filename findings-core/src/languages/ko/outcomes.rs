//! The sentences in Korean.

use super::sentences::Korean;
use crate::Severity;
use crate::decision::{Conflict, DecisionKind, Refusal, Rejection, SheetFault};
use crate::languages::outcomes::Outcomes;

impl Outcomes for Korean {
    fn taken(&self) -> &'static str {
        "접수했습니다"
    }

    fn not_seen(&self) -> &'static str {
        "해당 결과를 확인하지 못했습니다. 다시 시도합니다"
    }

    fn conflict(&self, conflict: &Conflict, decision: &dyn Fn(DecisionKind) -> &'static str) -> String {
        match conflict {
            Conflict::Decided(kind) => {
                format!("보고서 작성 후 다른 대응 방침이 정해졌습니다: {}", decision(*kind))
            }
            Conflict::Closed => {
                "이미 미해결이 아닙니다(검사를 통과했거나, 제품이 더 이상 보고하지 않습니다)".to_owned()
            }
            Conflict::Status(status) => {
                format!("보고서 작성 후 상태가 변경되었습니다: {}", status.as_str())
            }
            Conflict::Note(note) => {
                format!("보고서 작성 후 메모가 작성되었습니다. 먼저 내용을 확인하십시오: “{note}”")
            }
        }
    }

    fn refusal(&self, refusal: &Refusal, severity: &dyn Fn(Severity) -> &'static str) -> String {
        match refusal {
            Refusal::PastDue(date) => format!("기한이 이미 지났습니다: {date}"),
            Refusal::NoComment => "코멘트가 없습니다. 그대로 두어도 되는 이유를 입력하십시오".to_owned(),
            Refusal::NotAcceptable(of) => format!("이 심각도({})의 위험은 수용할 수 없습니다", severity(*of)),
            Refusal::TooLong(date) => format!("이 심각도의 위험은 최대 {date}까지만 수용할 수 있습니다"),
            Refusal::FalsePositive => "오탐 여부는 보안 담당자가 판단합니다. 문의해 주십시오".to_owned(),
        }
    }

    fn rejection(&self, rejection: &Rejection) -> String {
        match rejection {
            Rejection::Unknown => "이 프로젝트에 없는 결과입니다".to_owned(),
            Rejection::Foreign(account) => format!("이 프로젝트의 계정이 아닙니다: {account}"),
            Rejection::Contradiction(places) => {
                format!("같은 이슈에 대한 행의 내용이 서로 다릅니다: {}", places.join(", "))
            }
            Rejection::NothingToWithdraw => "철회할 대응 방침이 없습니다".to_owned(),
        }
    }

    fn fault(&self, fault: &SheetFault) -> String {
        match fault {
            SheetFault::UnknownChoice(_) => {
                format!("선택 항목에 없는 값입니다: “{}”. 목록에서 선택하십시오", fault.shown())
            }
            SheetFault::UnreadableDate(_) => {
                format!("날짜로 읽을 수 없습니다: “{}”. 2027-03-31 형식으로 입력하십시오", fault.shown())
            }
            SheetFault::AmbiguousDate(_) => {
                format!("여러 날짜로 읽을 수 있습니다: “{}”. 2027-03-31 형식으로 입력하십시오", fault.shown())
            }
            SheetFault::Formula => "셀에 수식이 있습니다. 값을 입력하십시오".to_owned(),
            SheetFault::NoDecision => "대응 방침이 비어 있습니다. 대응 방침도 선택하십시오".to_owned(),
            SheetFault::NoIdentity => "어느 결과의 행인지 알 수 없습니다. 보고서 자체에 입력하십시오".to_owned(),
            SheetFault::AlteredKey => "행 끝의 키가 변경되었습니다. 보고서에서 그 행을 다시 복사하십시오".to_owned(),
            SheetFault::TooLong(limit) => format!("{limit}자를 초과했습니다. 줄여서 입력하십시오"),
        }
    }

    fn overdue_by(&self, days: i64) -> String {
        format!("기한 {days}일 초과")
    }

    fn fix_in(&self, days: i64) -> String {
        match days {
            0 => "오늘이 기한".to_owned(),
            _ => format!("기한까지 {days}일"),
        }
    }

    fn accepted_for(&self, days: i64) -> String {
        match days {
            ..0 => "수용 기간 종료됨".to_owned(),
            0 => "수용 기간은 오늘까지".to_owned(),
            _ => format!("수용 기간 {days}일 남음"),
        }
    }
}
