//! Korean. Numbers touch their counters: 3건. No particle that depends on the last sound stands behind a value.

use jiff::civil::Date;

use crate::coverage::{CoverageReason, Verdict};
use crate::decision::DecisionKind;
use crate::languages::sentences::Sentences;
use crate::report::{Change, ClosureKind, LeadReason, Resolution, UnreadReason};
use crate::wording::ReturnColumn;
use crate::{ComplianceStatus, RecordState, Severity, WorkflowStatus};

pub(super) struct Korean;

impl Sentences for Korean {
    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "긴급",
            Severity::High => "높음",
            Severity::Medium => "중간",
            Severity::Low => "낮음",
            Severity::Informational => "정보",
        }
    }

    fn of_severity(&self, severity: Severity, written: &str) -> String {
        format!("{} {written}건", self.severity(severity))
    }

    fn count_of_severity(&self, severity: Severity, written: &str) -> String {
        self.of_severity(severity, written)
    }

    fn change(&self, change: Change) -> &'static str {
        match change {
            Change::New => "신규",
            Change::Reopened => "재발",
            Change::Open => "지속",
            Change::Worse => "악화",
        }
    }

    fn lead_reason(&self, reason: LeadReason) -> String {
        match reason {
            LeadReason::Overdue(days) => format!("기한 초과 {days}일"),
            LeadReason::Worse => "악화".to_owned(),
            LeadReason::Reopened => "재발".to_owned(),
            LeadReason::New => "신규".to_owned(),
            LeadReason::Open(0) => "오늘 발견".to_owned(),
            LeadReason::Open(days) => format!("미해결 {days}일"),
        }
    }

    fn new_issues(&self, severity: Option<Severity>, written: &str) -> String {
        match severity {
            Some(severity) => format!("신규 {} {written}건", self.severity(severity)),
            None => format!("신규 {written}건"),
        }
    }

    fn overdue_issues(&self, written: &str) -> String {
        format!("새로 기한 초과 {written}건")
    }

    fn overdue_in_all(&self, written: &str) -> String {
        format!("기한 초과 {written}건")
    }

    fn reopened_issues(&self, written: &str) -> String {
        format!("재발 {written}건")
    }

    fn worse_issues(&self, written: &str) -> String {
        format!("악화 {written}건")
    }

    fn fixed_issues(&self, written: &str) -> String {
        format!("해결 {written}건")
    }

    fn no_change(&self) -> &'static str {
        "변화 없음"
    }

    fn thanks(&self, _issues: u64, written: &str) -> String {
        format!("지난 보고서 이후 이슈 {written}건이 해결되었습니다. 조치해 주셔서 감사합니다.")
    }

    fn account_in(&self, account: &str, region: &str) -> String {
        format!("{account}({region})")
    }

    fn further_places(&self, _places: u64, written: &str) -> String {
        format!("외 {written}곳")
    }

    fn resolution(&self, resolution: Resolution) -> &'static str {
        match resolution {
            Resolution::Gone => "더 이상 발견되지 않음(이유는 알 수 없음)",
            Resolution::Passed => "해결: 검사를 통과함",
            Resolution::Archived => "보관됨: 리소스가 삭제되었거나 검사가 비활성화됨",
            Resolution::Suppressed => "억제됨: 조치가 필요 없다고 판단됨",
            Resolution::MarkedResolved => "RESOLVED로 설정됨(검사로는 아직 확인되지 않음)",
            Resolution::AccountLeft => "계정이 프로젝트에서 빠짐",
            Resolution::ProjectLeft => "프로젝트가 프로젝트 대장에서 빠짐",
            Resolution::Merged => "이제 다른 문제의 일부로 보고됨",
            Resolution::Renamed => "프로젝트가 다른 이름으로 이어짐",
        }
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Covered => "모니터링 중",
            Verdict::NotChecked => "미확인",
            Verdict::Degraded => "일부만 모니터링",
            Verdict::Unknown => "알 수 없음",
            Verdict::NotCovered => "모니터링되지 않음",
        }
    }

    fn coverage_reason(&self, reason: CoverageReason) -> &'static str {
        match reason {
            CoverageReason::ChecksSeen => "최근 48시간 이내에 검사가 실행되었습니다.",
            CoverageReason::NotLookedAt => "Security Hub와 그 검사가 활성화되어 있는지 확인하지 않았습니다.",
            CoverageReason::ChecksImpaired => "AWS Config에 필요한 기록이 없어 일부 검사를 실행할 수 없습니다.",
            CoverageReason::NoRecentCheck => "최근 48시간 이내에 실행된 검사가 없어, 문제가 있는지 알 수 없습니다.",
            CoverageReason::MembersNotListed => {
                "최근 48시간 이내에 실행된 검사가 보이지 않고, 멤버 목록도 가져오지 못했습니다."
            }
            CoverageReason::ServiceOff => {
                "GuardDuty, Inspector 등 Security Hub에 결과를 보내는 서비스가 이 계정에서 비활성화되어 있습니다."
            }
            CoverageReason::ChecksNotRead => "검사가 실행되고 있는지에 대한 정보를 읽지 못했습니다.",
            CoverageReason::NotMember => {
                "조직의 Security Hub에 연결되어 있지 않아 이 계정의 문제를 발견할 수 없습니다."
            }
            CoverageReason::NeverEnabled => {
                "Security Hub가 한 번도 활성화되지 않아 이 계정에서는 아무것도 검사되지 않습니다."
            }
            CoverageReason::NotAccepted => {
                "조직의 Security Hub 초대를 수락하지 않아 이 계정의 문제를 발견할 수 없습니다. 계정 관리자가 이 계정의 Security Hub에서 [설정] > [계정]을 열어 수락할 수 있습니다."
            }
            CoverageReason::Left => "조직의 Security Hub에서 빠져나가 더 이상 이 계정의 문제를 발견할 수 없습니다.",
            CoverageReason::Suspended => "계정이 정지되었거나 해지되었습니다.",
            CoverageReason::HubOff => "관리자 계정에서 Security Hub가 비활성화되어 있어 아무것도 발견할 수 없습니다.",
            CoverageReason::RegionNotLookedAt => {
                "이전 보고서에는 이 리전의 결과가 있었습니다. 지금은 이 리전을 확인하지 않으므로 해결되었는지 알 수 없습니다."
            }
            CoverageReason::NoRecords => "결과 파일에 기록이 하나도 없어 상태를 알 수 없습니다.",
        }
    }

    fn account_not_fetched(&self) -> &'static str {
        "결과의 전부 또는 일부를 수집하지 못했습니다."
    }

    fn unread(&self, reason: UnreadReason) -> &'static str {
        match reason {
            UnreadReason::NotAllowed => "Security Hub가 요청을 거부했습니다(권한 부족).",
            UnreadReason::NotSignedIn => "Security Hub가 요청을 거부했습니다(자격 증명이 없거나 만료됨).",
            UnreadReason::HubOff => "Security Hub가 비활성화되어 있습니다.",
            UnreadReason::Throttled => "Security Hub의 요청 수 제한에 걸렸습니다.",
            UnreadReason::NoAnswer => "Security Hub가 응답하지 않았습니다.",
            UnreadReason::BadAnswer => "응답을 끝까지 읽지 못했습니다.",
            UnreadReason::Empty => "어느 계정에 대해서도 데이터가 전혀 반환되지 않았습니다.",
            UnreadReason::Other => "자세한 내용은 운영 담당자가 알고 있습니다.",
        }
    }

    fn unreadable_finding(&self) -> &'static str {
        "읽지 못한 결과가 있으며, 이 보고서에는 포함되지 않았습니다."
    }

    fn registry_line(&self) -> &'static str {
        "프로젝트 대장에 읽지 못한 행이 있습니다. 이 프로젝트의 계정이 빠져 있을 수 있습니다."
    }

    fn no_account(&self) -> &'static str {
        "이 프로젝트에는 등록된 계정이 없어 아무것도 확인하지 못했습니다."
    }

    fn see_report(&self) -> &'static str {
        "확인하지 못한 범위는 보고서의 첫 페이지에 있습니다."
    }

    fn accepted(&self, until: Date, reason: &str) -> String {
        format!("{until}까지 승인됨: {reason}")
    }

    fn account(&self, account: &str) -> String {
        format!("계정 {account}")
    }

    fn colon(&self) -> &'static str {
        ": "
    }

    fn checks_in_every_account(&self, regions: &str) -> String {
        let sentence = "최근 48시간 이내에 모든 계정에서 Security Hub 검사가 실행되었습니다";
        if regions.is_empty() { format!("{sentence}.") } else { format!("{sentence}({regions}).") }
    }

    fn some_regions_verified(&self, regions: &str) -> String {
        let sentence = "모니터링 상태는 일부 리전에서만 확인했습니다";
        if regions.is_empty() { format!("{sentence}.") } else { format!("{sentence}({regions}).") }
    }

    fn not_looked_at(&self, regions: &str, more: u64) -> String {
        let more = if more > 0 { format!(" 외 {more}개") } else { String::new() };
        format!("확인하지 못한 리전: {regions}{more}.")
    }

    fn not_verified(&self) -> &'static str {
        "각 계정에서 Security Hub와 그 검사가 활성화되어 있는지 확인하지 않았습니다."
    }

    fn incomplete(&self) -> &'static str {
        "이 보고서는 불완전합니다"
    }

    fn incomplete_meaning(&self) -> &'static str {
        "이 프로젝트에는 확인하지 못한 범위가 있습니다. 건수는 확인된 범위만 센 것이며, 실제로는 더 많을 수 있습니다. 이 보고서를 보고 ‘문제없음’으로 판단하지 마십시오."
    }

    fn not_all_checked(&self) -> &'static str {
        "확인하지 못한 범위가 있습니다"
    }

    fn not_all_watched(&self) -> &'static str {
        "모니터링되지 않는 범위가 있습니다"
    }

    fn operators_know(&self) -> &'static str {
        "AWS Security Hub 운영 담당자가 처리할 내용입니다. 조치 방법은 실행 기록에 있습니다."
    }

    fn organisation(&self) -> &'static str {
        "조직 전체"
    }

    fn replaces_earlier(&self) -> &'static str {
        "앞서 보낸 같은 회차의 보고서를 이 보고서로 대체합니다."
    }

    fn odd_values(&self, written: &str) -> String {
        format!("결과에 AWS 정의와 다른 값이 {written}개 있습니다. 해석할 수 있는 범위에서 표시했습니다.")
    }

    fn ambiguous(&self, written: &str) -> String {
        format!("ID는 같지만 내용이 다른 결과가 {written}건 있습니다. 모두 기재했습니다.")
    }

    fn stale(&self, _issues: u64, written: &str, severities: &str) -> String {
        format!(
            "지난번까지 미해결이던 이슈 중 {written}건({severities})은 이번에 확인하지 못했습니다. 미해결로 유지하며, 해결로 집계하지 않습니다."
        )
    }

    fn closed(&self, kind: ClosureKind, written: &str) -> String {
        match kind {
            ClosureKind::Fixed => format!("해결 {written}건"),
            ClosureKind::Suppressed => format!("억제됨 {written}건"),
            ClosureKind::Archived => format!("보관됨(리소스 삭제 또는 검사 비활성화) {written}건"),
            ClosureKind::Left => format!("프로젝트에서 빠진 계정의 이슈 {written}건"),
            ClosureKind::Moved => format!("이동 {written}건"),
        }
    }

    fn closed_without_fix(&self, numbers: &str) -> String {
        format!("해결되지 않았으나 목록에서 빠진 이슈: {numbers}")
    }

    fn comma(&self) -> &'static str {
        ", "
    }

    fn distinct_problems(&self, _issues: u64, written: &str) -> String {
        format!("같은 이슈에 대한 결과를 하나로 세면 이슈는 {written}건입니다.")
    }

    fn counted_once(&self) -> &'static str {
        "이슈 건수입니다. 같은 이슈에 대한 결과는 여러 건이어도 1건으로 셉니다."
    }

    fn severity_label(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "긴급(CRITICAL)",
            Severity::High => "높음(HIGH)",
            Severity::Medium => "중간(MEDIUM)",
            Severity::Low => "낮음(LOW)",
            Severity::Informational => "정보(INFORMATIONAL)",
        }
    }

    fn severity_meaning(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "즉시 조치하십시오. 방치하면 피해가 커질 수 있습니다.",
            Severity::High => "우선적으로 조치하십시오.",
            Severity::Medium => "조치가 필요하지만 당장은 아닙니다.",
            Severity::Low => "여유가 있을 때 조치하십시오.",
            Severity::Informational => "조치가 필요 없거나, 검사로 판단하지 못한 것입니다.",
        }
    }

    fn change_meaning(&self, change: Change) -> &'static str {
        match change {
            Change::New => "이번에 처음 발견되었습니다.",
            Change::Reopened => "종료되었다가 다시 발견되었습니다.",
            Change::Open => "지난 보고서에도 있었습니다.",
            Change::Worse => "지난 보고서에도 있었으며, 심각도가 올라갔습니다.",
        }
    }

    fn workflow(&self, status: WorkflowStatus) -> &'static str {
        match status {
            WorkflowStatus::New => "미처리(NEW)",
            WorkflowStatus::Notified => "알림 완료(NOTIFIED)",
            WorkflowStatus::Suppressed => "억제됨(SUPPRESSED)",
            WorkflowStatus::Resolved => "해결됨(RESOLVED)",
        }
    }

    fn workflow_meaning(&self, status: WorkflowStatus) -> &'static str {
        match status {
            WorkflowStatus::New => "아직 아무도 확인하지 않았습니다.",
            WorkflowStatus::Notified => "리소스 소유자에게 알렸습니다.",
            WorkflowStatus::Suppressed => "검토한 뒤 조치가 필요 없다고 판단했습니다. 이 보고서에는 포함되지 않습니다.",
            WorkflowStatus::Resolved => "해결되었습니다. 이 보고서에는 포함되지 않습니다.",
        }
    }

    fn compliance(&self, status: ComplianceStatus) -> &'static str {
        match status {
            ComplianceStatus::Failed => "실패(FAILED)",
            ComplianceStatus::Warning => "경고(WARNING)",
            ComplianceStatus::NotAvailable => "평가 불가(NOT_AVAILABLE)",
            ComplianceStatus::Passed => "통과(PASSED)",
        }
    }

    fn compliance_meaning(&self, status: ComplianceStatus) -> &'static str {
        match status {
            ComplianceStatus::Failed => "검사를 통과하지 못했습니다.",
            ComplianceStatus::Warning => "검사의 일부를 실행하지 못했습니다.",
            ComplianceStatus::NotAvailable => "검사를 실행하지 못했습니다.",
            ComplianceStatus::Passed => "검사를 통과했습니다.",
        }
    }

    fn record_state(&self, state: RecordState) -> &'static str {
        match state {
            RecordState::Active => "활성(ACTIVE)",
            RecordState::Archived => "보관됨(ARCHIVED)",
        }
    }

    fn guidance(&self) -> [&'static str; 7] {
        ["의미", "발견되는 조건", "조치 방법", "조치의 영향", "문의처", "예외", "참고 자료"]
    }

    fn sentence_space(&self) -> &'static str {
        " "
    }

    fn decision(&self, kind: DecisionKind) -> &'static str {
        match kind {
            DecisionKind::ToFix => "조치 예정",
            DecisionKind::Fixed => "조치 완료",
            DecisionKind::AcceptRisk => "위험 수용",
            DecisionKind::FalsePositive => "오탐",
            DecisionKind::NotOurs => "담당 아님",
            DecisionKind::Withdrawn => "철회",
            DecisionKind::AcceptanceEnded => "수용 기간 종료",
        }
    }

    fn return_column(&self, column: ReturnColumn) -> &'static str {
        match column {
            ReturnColumn::Decision => "대응 방침",
            ReturnColumn::Owner => "담당자",
            ReturnColumn::Due => "기한",
            ReturnColumn::Comment => "코멘트",
            ReturnColumn::Key => "키",
            ReturnColumn::FindingId => "결과 ID",
            ReturnColumn::Account => "계정 ID",
        }
    }

    fn how_to_return(&self, until: &str) -> String {
        format!("노란색 열에 대응 방침을 입력하고 저장한 뒤, {until}까지 이 파일을 회신해 주십시오.")
    }

    fn emptied_decides_nothing(&self, withdraw: &str) -> String {
        format!("셀을 비워도 아무것도 바뀌지 않습니다. 대응 방침을 취소하려면 ‘{withdraw}’ 항목을 선택하십시오.")
    }

    fn overdue(&self, _issues: u64, written: &str) -> String {
        format!("기한을 초과한 이슈가 {written}건 있습니다.")
    }

    fn accepted_issues(&self, _issues: u64, written: &str) -> String {
        format!("위험 수용 또는 오탐으로 정해 목록에서 제외한 이슈가 {written}건 있습니다.")
    }

    fn ending_acceptances(&self, _issues: u64, written: &str, days: u16) -> String {
        format!("이 중 {written}건은 {days}일 이내에 수용 기간이 끝납니다.")
    }

    fn ended_acceptances(&self, _issues: u64, written: &str) -> String {
        format!("수용 기간이 끝나 목록에 다시 나타난 이슈가 {written}건 있습니다.")
    }

    fn sheet_cell(&self, sheet: &str, cell: &str) -> String {
        format!("‘{sheet}’ 시트의 {cell} 셀")
    }

    fn sheet_row(&self, sheet: &str, row: u64) -> String {
        format!("‘{sheet}’ 시트의 {row}행")
    }

    fn line(&self, line: u64) -> String {
        format!("{line}행")
    }
}
