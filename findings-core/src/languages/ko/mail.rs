//! Korean.

use crate::languages::mail::MailTexts;

pub(super) const TEXTS: MailTexts = MailTexts {
    undelivered: "일부 미전달",
    project_ok: "완료",
    project_incomplete: "불완전",
    project_failed: "실패",
    project_skipped: "이번에는 실행하지 않음",
    registry_line: "프로젝트 대장의 행",
    part_unchanged: "담당분에 새로운 이슈 없음",
    seen_again_unchanged: "다시 모두 확인됨, 변화 없음",
    unchanged_from: "{severity} 이상 변화 없음",
    unchanged_as_far_as_checked: "확인된 범위에서 변화 없음",
    in_all: "합계",
    now_worse: "악화(현재 {severity}) {n}건",
    one_finding: "결과 1건",
    findings: "결과 {n}건",
    all_pass: "(모두 통과한 검사의 결과)",
    none_critical: "(긴급 없음)",
    none_severe: "(긴급·높음 없음)",
    count: "{n}건",
    compared: "{n}건(지난번 {before}건)",
    changes: ["신규 이슈", "재발", "악화", "해결"],
    company_network: "사내 네트워크",
    open_report: "보고서 열기",
    since: "{day}부터",
    open_since: "{day}부터 미해결",
    open_workbook: "Excel 통합 문서",
    other_report: "보고서",
    until: "유효 기한: {when}",
    test_mail: "테스트 메일",
};
