//! The sentences in Japanese.

use super::sentences::Japanese;
use crate::Severity;
use crate::decision::{Conflict, DecisionKind, Refusal, Rejection, SheetFault};
use crate::languages::outcomes::Outcomes;

impl Outcomes for Japanese {
    fn taken(&self) -> &'static str {
        "受け付けました"
    }

    fn not_seen(&self) -> &'static str {
        "検出結果を確認できませんでした。改めて確認します"
    }

    fn conflict(&self, conflict: &Conflict, decision: &dyn Fn(DecisionKind) -> &'static str) -> String {
        match conflict {
            Conflict::Decided(kind) => {
                format!("レポート作成後に別の対応方針（{}）が決まっています", decision(*kind))
            }
            Conflict::Closed => "すでに検出されていません（修正済み、または対象がなくなっています）".to_owned(),
            Conflict::Status(status) => {
                format!("レポート作成後にステータスが {} に変更されています", status.as_str())
            }
            Conflict::Note(note) => {
                format!("レポート作成後にメモが書かれています。先に内容を確認してください：「{note}」")
            }
        }
    }

    fn refusal(&self, refusal: &Refusal, severity: &dyn Fn(Severity) -> &'static str) -> String {
        match refusal {
            Refusal::PastDue(date) => format!("期限 {date} は過ぎています"),
            Refusal::NoComment => "コメントがありません。対応しない理由を入力してください".to_owned(),
            Refusal::NotAcceptable(of) => format!("重要度「{}」のリスクは受容できません", severity(*of)),
            Refusal::TooLong(date) => format!("この重要度のリスクを受容できるのは {date} までです"),
            Refusal::FalsePositive => "誤検知かどうかはセキュリティ部門が判断します。お問い合わせください".to_owned(),
        }
    }

    fn rejection(&self, rejection: &Rejection) -> String {
        match rejection {
            Rejection::Unknown => "このプロジェクトにこの検出結果はありません".to_owned(),
            Rejection::Foreign(account) => format!("アカウント {account} はこのプロジェクトのものではありません"),
            Rejection::Contradiction(places) => {
                format!("同じ問題の行の内容が食い違っています：{}", places.join("、"))
            }
            Rejection::NothingToWithdraw => "取り消す対応方針がありません".to_owned(),
        }
    }

    fn fault(&self, fault: &SheetFault) -> String {
        match fault {
            SheetFault::UnknownChoice(_) => {
                format!("「{}」は選択肢にありません。リストから選択してください", fault.shown())
            }
            SheetFault::UnreadableDate(_) => {
                format!("「{}」は日付として読めません。2027-03-31 の形で入力してください", fault.shown())
            }
            SheetFault::AmbiguousDate(_) => {
                format!("「{}」は二通りに読めます。2027-03-31 の形で入力してください", fault.shown())
            }
            SheetFault::Formula => "セルに数式があります。値を入力してください".to_owned(),
            SheetFault::NoDecision => "対応方針が空欄です。対応方針も選択してください".to_owned(),
            SheetFault::NoIdentity => "どの検出結果の行か判別できません。レポートそのものに入力してください".to_owned(),
            SheetFault::AlteredKey => {
                "行末のキーが変更されています。レポートからその行をコピーし直してください".to_owned()
            }
            SheetFault::TooLong(limit) => format!("{limit} 文字を超えています。短くしてください"),
        }
    }

    fn overdue_by(&self, days: i64) -> String {
        format!("{days}日超過")
    }

    fn fix_in(&self, days: i64) -> String {
        match days {
            0 => "本日が期限".to_owned(),
            _ => format!("あと {days}日"),
        }
    }

    fn accepted_for(&self, days: i64) -> String {
        match days {
            ..0 => "受容期間は終了".to_owned(),
            0 => "受容期間は本日まで".to_owned(),
            _ => format!("受容期間はあと {days}日"),
        }
    }
}
