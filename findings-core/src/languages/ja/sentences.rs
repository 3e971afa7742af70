//! Japanese. No space stands before 件 and 時間.

use jiff::civil::Date;

use super::control_titles;
use crate::coverage::{CoverageReason, Verdict};
use crate::decision::DecisionKind;
use crate::languages::sentences::Sentences;
use crate::report::{Change, ClosureKind, LeadReason, Resolution, UnreadReason};
use crate::wording::ReturnColumn;
use crate::{ComplianceStatus, RecordState, Severity, WorkflowStatus};

pub(super) struct Japanese;

impl Sentences for Japanese {
    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "重大",
            Severity::High => "高",
            Severity::Medium => "中",
            Severity::Low => "低",
            Severity::Informational => "情報",
        }
    }

    fn of_severity(&self, severity: Severity, written: &str) -> String {
        format!("{} {written}件", self.severity(severity))
    }

    fn count_of_severity(&self, severity: Severity, written: &str) -> String {
        self.of_severity(severity, written)
    }

    fn control_title(&self, control: &str) -> Option<&'static str> {
        control_titles::title(control)
    }

    fn control_documentation(&self, control: &str) -> Option<&'static str> {
        control_titles::documentation(control)
    }

    fn change(&self, change: Change) -> &'static str {
        match change {
            Change::New => "新規",
            Change::Reopened => "再発",
            Change::Open => "継続",
            Change::Worse => "悪化",
        }
    }

    fn lead_reason(&self, reason: LeadReason) -> String {
        match reason {
            LeadReason::Overdue(days) => format!("期限超過 {days}日"),
            LeadReason::Worse => "悪化".to_owned(),
            LeadReason::Reopened => "再発".to_owned(),
            LeadReason::New => "新規".to_owned(),
            LeadReason::Open(0) => "本日検出".to_owned(),
            LeadReason::Open(days) => format!("未対応 {days}日"),
        }
    }

    fn new_issues(&self, severity: Option<Severity>, written: &str) -> String {
        match severity {
            Some(severity) => format!("新規の{} {written}件", self.severity(severity)),
            None => format!("新規 {written}件"),
        }
    }

    fn overdue_issues(&self, written: &str) -> String {
        format!("新たに期限超過 {written}件")
    }

    fn overdue_in_all(&self, written: &str) -> String {
        format!("期限超過 {written}件")
    }

    fn reopened_issues(&self, written: &str) -> String {
        format!("再発 {written}件")
    }

    fn worse_issues(&self, written: &str) -> String {
        format!("悪化 {written}件")
    }

    fn fixed_issues(&self, written: &str) -> String {
        format!("解消 {written}件")
    }

    fn no_change(&self) -> &'static str {
        "変化なし"
    }

    fn thanks(&self, _issues: u64, written: &str) -> String {
        format!("前回のレポート以降、{written}件が解消しました。ご対応ありがとうございます。")
    }

    fn account_in(&self, account: &str, region: &str) -> String {
        format!("{account}（{region}）")
    }

    fn further_places(&self, _places: u64, written: &str) -> String {
        format!("ほか {written}か所")
    }

    fn resolution(&self, resolution: Resolution) -> &'static str {
        match resolution {
            Resolution::Gone => "検出されなくなりました（理由は不明です）",
            Resolution::Passed => "修正済み：チェックに合格しました",
            Resolution::Archived => "アーカイブ済み：リソースの削除、またはチェックの無効化",
            Resolution::Suppressed => "抑制済み：対応不要と判断されました",
            Resolution::MarkedResolved => "RESOLVED に設定されました（チェックによる確認はまだです）",
            Resolution::AccountLeft => "アカウントがプロジェクトの対象から外れました",
            Resolution::ProjectLeft => "プロジェクトがプロジェクト台帳から外れました",
            Resolution::Merged => "別の問題の一部として検出されるようになりました",
            Resolution::Renamed => "このプロジェクトは別の名前で継続しています",
        }
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Covered => "監視中",
            Verdict::NotChecked => "未確認",
            Verdict::Degraded => "一部のみ監視",
            Verdict::Unknown => "不明",
            Verdict::NotCovered => "監視されていません",
        }
    }

    fn coverage_reason(&self, reason: CoverageReason) -> &'static str {
        match reason {
            CoverageReason::ChecksSeen => "過去48時間以内にチェックが実行されています。",
            CoverageReason::NotLookedAt => "Security Hub とそのチェックが有効かどうかは確認していません。",
            CoverageReason::ChecksImpaired => "AWS Config に必要な記録がないため、一部のチェックを実行できません。",
            CoverageReason::NoRecentCheck => "過去48時間以内にチェックが実行されていないため、問題の有無は不明です。",
            CoverageReason::MembersNotListed => {
                "過去48時間以内のチェックが見当たらず、メンバーの一覧も取得できませんでした。"
            }
            CoverageReason::ServiceOff => {
                "Security Hub に検出結果を送る GuardDuty や Inspector などのサービスが、このアカウントで無効になっています。"
            }
            CoverageReason::ChecksNotRead => "チェックが実行されているかどうかを取得できませんでした。",
            CoverageReason::NotMember => {
                "組織の Security Hub に接続されていないため、このアカウントの問題は検出できません。"
            }
            CoverageReason::NeverEnabled => "Security Hub が一度も有効化されていないため、何もチェックされていません。",
            CoverageReason::NotAccepted => {
                "組織の Security Hub への招待を承諾していないため、このアカウントの問題は検出できません。アカウントの管理者が、Security Hub の［設定］→［アカウント］で承諾できます。"
            }
            CoverageReason::Left => "組織の Security Hub から外れたため、このアカウントの問題は検出できません。",
            CoverageReason::Suspended => "アカウントが停止または解約されています。",
            CoverageReason::HubOff => "管理者アカウントで Security Hub が無効になっているため、何も検出できません。",
            CoverageReason::RegionNotLookedAt => {
                "以前のレポートにはこのリージョンの検出結果がありましたが、現在は確認されていないため、解消されたかどうかは分かりません。"
            }
            CoverageReason::NoRecords => "検出結果のファイルに記録が1件もないため、状態は分かりません。",
        }
    }

    fn account_not_fetched(&self) -> &'static str {
        "検出結果の全部または一部を取得できませんでした。"
    }

    fn unread(&self, reason: UnreadReason) -> &'static str {
        match reason {
            UnreadReason::NotAllowed => "Security Hub へのアクセスが拒否されました（権限の不足）。",
            UnreadReason::NotSignedIn => "Security Hub へのアクセスが拒否されました（認証情報の不足または期限切れ）。",
            UnreadReason::HubOff => "Security Hub が無効になっています。",
            UnreadReason::Throttled => "Security Hub のリクエスト数の制限により取得できませんでした。",
            UnreadReason::NoAnswer => "Security Hub から応答がありませんでした。",
            UnreadReason::BadAnswer => "応答を最後まで読み取れませんでした。",
            UnreadReason::Empty => "どのアカウントについても、データが1件も返されませんでした。",
            UnreadReason::Other => "詳細は運用担当者が把握しています。",
        }
    }

    fn unreadable_finding(&self) -> &'static str {
        "読み取れない検出結果があり、このレポートには含まれていません。"
    }

    fn registry_line(&self) -> &'static str {
        "プロジェクト台帳に読み取れない行があります。このプロジェクトのアカウントが漏れている可能性があります。"
    }

    fn no_account(&self) -> &'static str {
        "このプロジェクトにはアカウントが登録されていないため、何も確認できていません。"
    }

    fn see_report(&self) -> &'static str {
        "確認できなかった範囲は、レポートの先頭ページに記載しています。"
    }

    fn accepted(&self, until: Date, reason: &str) -> String {
        format!("{until} まで了承済み：{reason}")
    }

    fn account(&self, account: &str) -> String {
        format!("アカウント {account}")
    }

    fn colon(&self) -> &'static str {
        "："
    }

    fn checks_in_every_account(&self, regions: &str) -> String {
        let sentence = "すべてのアカウントで、過去48時間以内に Security Hub のチェックが実行されています";
        if regions.is_empty() { format!("{sentence}。") } else { format!("{sentence}（{regions}）。") }
    }

    fn some_regions_verified(&self, regions: &str) -> String {
        let sentence = "監視状況を確認したのは一部のリージョンのみです";
        if regions.is_empty() { format!("{sentence}。") } else { format!("{sentence}（{regions}）。") }
    }

    fn not_looked_at(&self, regions: &str, more: u64) -> String {
        let more = if more > 0 { format!("、ほか {more}リージョン") } else { String::new() };
        format!("確認できなかったリージョン：{regions}{more}。")
    }

    fn not_verified(&self) -> &'static str {
        "各アカウントで Security Hub とそのチェックが有効になっているかどうかは確認していません。"
    }

    fn incomplete(&self) -> &'static str {
        "このレポートは不完全です"
    }

    fn incomplete_meaning(&self) -> &'static str {
        "このプロジェクトには確認できなかった範囲があります。件数は確認できた範囲のもので、実際はこれより多い可能性があります。「問題なし」とは判断しないでください。"
    }

    fn not_all_checked(&self) -> &'static str {
        "確認できていない範囲があります"
    }

    fn not_all_watched(&self) -> &'static str {
        "監視できていないアカウントがあります"
    }

    fn operators_know(&self) -> &'static str {
        "AWS Security Hub の運用担当者が対応する内容です。対処方法は実行の記録にあります。"
    }

    fn organisation(&self) -> &'static str {
        "組織全体"
    }

    fn replaces_earlier(&self) -> &'static str {
        "先にお送りした同じ回のレポートは、このレポートに差し替えます。"
    }

    fn odd_values(&self, written: &str) -> String {
        format!("検出結果に AWS の定義と異なる値が {written}個あります。読み取れる範囲で表示しています。")
    }

    fn ambiguous(&self, written: &str) -> String {
        format!("ID が同じで内容の異なる検出結果が {written}件あります。すべて掲載しています。")
    }

    fn stale(&self, _issues: u64, written: &str, severities: &str) -> String {
        format!(
            "前回まで未対応だった課題のうち {written}件（{severities}）は、今回確認できませんでした。未対応のままとし、解消には数えていません。"
        )
    }

    fn closed(&self, kind: ClosureKind, written: &str) -> String {
        match kind {
            ClosureKind::Fixed => format!("解消 {written}件"),
            ClosureKind::Suppressed => format!("抑制済み {written}件"),
            ClosureKind::Archived => format!("アーカイブ済み（リソースの削除、またはチェックの停止） {written}件"),
            ClosureKind::Left => format!("対象から外れたアカウント {written}件"),
            ClosureKind::Moved => format!("移動 {written}件"),
        }
    }

    fn closed_without_fix(&self, numbers: &str) -> String {
        format!("修正以外の理由で一覧から外れた課題：{numbers}")
    }

    fn comma(&self) -> &'static str {
        "、"
    }

    fn distinct_problems(&self, _issues: u64, written: &str) -> String {
        format!("同じ課題を指す検出結果をまとめると {written}件です。")
    }

    fn counted_once(&self) -> &'static str {
        "課題の件数です。同じ課題を指す検出結果が複数あっても1件と数えます。"
    }

    fn severity_label(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "重大 (CRITICAL)",
            Severity::High => "高 (HIGH)",
            Severity::Medium => "中 (MEDIUM)",
            Severity::Low => "低 (LOW)",
            Severity::Informational => "情報 (INFORMATIONAL)",
        }
    }

    fn severity_meaning(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "直ちに対応してください。放置すると被害が拡大するおそれがあります。",
            Severity::High => "優先的に対応してください。",
            Severity::Medium => "対応が必要ですが、緊急ではありません。",
            Severity::Low => "都合のよいときに対応してください。",
            Severity::Informational => "対応は不要です。または、確認結果が得られていません。",
        }
    }

    fn change_meaning(&self, change: Change) -> &'static str {
        match change {
            Change::New => "今回初めて検出されました。",
            Change::Reopened => "一度解消した後、再び検出されました。",
            Change::Open => "前回のレポートから引き続き検出されています。",
            Change::Worse => "前回のレポートから引き続き検出されており、重要度が上がりました。",
        }
    }

    fn workflow(&self, status: WorkflowStatus) -> &'static str {
        match status {
            WorkflowStatus::New => "未対応 (NEW)",
            WorkflowStatus::Notified => "通知済み (NOTIFIED)",
            WorkflowStatus::Suppressed => "抑制済み (SUPPRESSED)",
            WorkflowStatus::Resolved => "解決済み (RESOLVED)",
        }
    }

    fn workflow_meaning(&self, status: WorkflowStatus) -> &'static str {
        match status {
            WorkflowStatus::New => "まだ誰も確認していません。",
            WorkflowStatus::Notified => "リソースの所有者に通知済みです。",
            WorkflowStatus::Suppressed => "確認の結果、対応不要と判断されました。このレポートには含まれません。",
            WorkflowStatus::Resolved => "修正済みです。このレポートには含まれません。",
        }
    }

    fn compliance(&self, status: ComplianceStatus) -> &'static str {
        match status {
            ComplianceStatus::Failed => "不適合 (FAILED)",
            ComplianceStatus::Warning => "警告 (WARNING)",
            ComplianceStatus::NotAvailable => "評価不可 (NOT_AVAILABLE)",
            ComplianceStatus::Passed => "適合 (PASSED)",
        }
    }

    fn compliance_meaning(&self, status: ComplianceStatus) -> &'static str {
        match status {
            ComplianceStatus::Failed => "チェックに不合格でした。",
            ComplianceStatus::Warning => "チェックの一部を実行できませんでした。",
            ComplianceStatus::NotAvailable => "チェックを実行できませんでした。",
            ComplianceStatus::Passed => "チェックに合格しました。",
        }
    }

    fn record_state(&self, state: RecordState) -> &'static str {
        match state {
            RecordState::Active => "アクティブ (ACTIVE)",
            RecordState::Archived => "アーカイブ済み (ARCHIVED)",
        }
    }

    fn guidance(&self) -> [&'static str; 7] {
        ["意味", "検出される条件", "対処手順", "対処による影響", "問い合わせ先", "例外", "参考資料"]
    }

    fn sentence_space(&self) -> &'static str {
        ""
    }

    fn decision(&self, kind: DecisionKind) -> &'static str {
        match kind {
            DecisionKind::ToFix => "対応する",
            DecisionKind::Fixed => "対応済み",
            DecisionKind::AcceptRisk => "リスクを受容",
            DecisionKind::FalsePositive => "誤検知",
            DecisionKind::NotOurs => "担当外",
            DecisionKind::Withdrawn => "取り消す",
            DecisionKind::AcceptanceEnded => "受容期限切れ",
        }
    }

    fn return_column(&self, column: ReturnColumn) -> &'static str {
        match column {
            ReturnColumn::Decision => "対応方針",
            ReturnColumn::Owner => "担当者",
            ReturnColumn::Due => "期限",
            ReturnColumn::Comment => "コメント",
            ReturnColumn::Key => "キー",
            ReturnColumn::FindingId => "検出結果ID",
            ReturnColumn::Account => "アカウントID",
        }
    }

    fn how_to_return(&self, until: &str) -> String {
        format!("黄色の列に対応方針を入力して保存し、{until} までにこのファイルを返送してください。")
    }

    fn emptied_decides_nothing(&self, withdraw: &str) -> String {
        format!("セルを空欄にしても何も変わりません。対応方針を取り消すときは「{withdraw}」を選択してください。")
    }

    fn overdue(&self, _issues: u64, written: &str) -> String {
        format!("対応期限を過ぎた課題が {written}件あります。")
    }

    fn accepted_issues(&self, _issues: u64, written: &str) -> String {
        format!("リスク受容または誤検知としたため一覧から除いた課題が {written}件あります。")
    }

    fn ending_acceptances(&self, _issues: u64, written: &str, days: u16) -> String {
        format!("うち {written}件は {days}日以内に受容期間が終わります。")
    }

    fn ended_acceptances(&self, _issues: u64, written: &str) -> String {
        format!("受容期間が終わり、一覧に戻った課題が {written}件あります。")
    }

    fn sheet_cell(&self, sheet: &str, cell: &str) -> String {
        format!("シート「{sheet}」のセル {cell}")
    }

    fn sheet_row(&self, sheet: &str, row: u64) -> String {
        format!("シート「{sheet}」の{row}行目")
    }

    fn line(&self, line: u64) -> String {
        format!("{line}行目")
    }
}
