//! Korean.

use crate::languages::workbook::{Font, ReturnTexts, WorkbookTexts};

pub(super) const TEXTS: WorkbookTexts = WorkbookTexts {
    font: Font { name: "Malgun Gothic", charset: 129, row_pixels: 22, column_pixels: 72, digit_pixels: 8.0 },
    date_format: "yyyy-mm-dd",
    date_time_format: "yyyy-mm-dd hh:mm",
    cut_mark: " … [이하 생략: 셀의 한도를 초과함]",
    decision_title: "대응 방침",
    decision_hint: "목록에서 선택하십시오. 조치가 끝난 항목은 다음 보고서에서 자동으로 사라집니다.",
    due_title: "기한",
    due_hint: "날짜를 입력하십시오(예: 2026-12-31).",
    advice_differs: "결과별로 다릅니다. ‘결과 목록’ 시트를 참조하십시오.",
    nobody: "담당자 없음(해당하는 규칙 없음)",
    view: "이 파일의 ‘{sheet}’ 시트에는 {owner}의 담당분 {n}건(전체 {all}건 중)만 표시되어 있습니다. 모두 보려면 ‘{column}’ 열의 필터를 해제하십시오. 이 페이지의 건수는 프로젝트 전체의 건수입니다.",
    no_findings_row: "미해결 결과가 없습니다. 확인한 범위는 ‘요약’ 시트에 있습니다.",
    no_findings_incomplete_row: "수집한 결과는 0건이지만, 이 보고서는 불완전합니다. 미해결 결과가 없다는 뜻이 아닙니다. ‘요약’ 시트를 참조하십시오.",
    no_findings_partial_row: "미해결 결과가 발견되지 않았으나, 확인하지 못한 범위가 있습니다. ‘요약’ 시트를 참조하십시오.",
    no_end: "기한 없음",
    returning: ReturnTexts {
        mark: "보고서 식별 정보",
        sender: "이 보고서를 보낸 사람",
        heading: "대응 방침의 회신 방법",
        notes: [
            "입력한 파일의 회신처: {contact}. 이 보고서에 있던 행만 읽습니다. 마지막 열은 행을 식별하므로 삭제하지 마십시오.",
            "정렬, 필터, 숨기기, 이동은 자유롭게 할 수 있습니다. 수용한 위험과 오탐은 ‘{sheet}’ 시트에 있으며, 그곳에서 변경하십시오.",
            "위험을 수용하려면 코멘트가 필요합니다. 기한이 지나면 결과가 목록에 다시 나타납니다. 조치가 끝난 항목은 자동으로 사라집니다.",
        ],
        nobody_reads: "노란색 열(대응 방침, 담당자, 기한, 코멘트)은 직접 쓰는 칸입니다. 자동으로 읽지 않으므로 입력한 파일을 보관하십시오.",
    },
    page_footer: "&P / &N 페이지",
    page_incomplete: "[불완전한 보고서]",
    more_problems: "… 외 {n}건의 문제가 있습니다. 모두 ‘{sheet}’ 시트에 있습니다.",
    more_notices: "… 외 {n}건. ‘{sheet}’ 시트에 있습니다.",
    other_accounts: "그 밖의 계정 {n}개(‘{sheet}’ 시트 참조)",
    next_sheet: "모든 결과와 조치 방법, 대응 방침 입력란은 ‘{sheet}’ 시트에 있습니다.",
    shown: "= 이 통합 문서에 기재된 결과",
    use_heading: "이 통합 문서의 사용 방법",
    console_note: "콘솔 링크를 누르면 로그인한 계정의 Security Hub가 열립니다. 결과가 있는 계정의 액세스 권한이 필요합니다.",
    portal_note: "콘솔 링크를 누르면 AWS 액세스 포털을 거쳐 결과가 있는 계정에서 열립니다. 그 계정의 액세스 권한이 필요합니다.",
    use_notes: [
        "‘결과 목록’ 시트는 머리글의 화살표로 필터링할 수 있습니다. 심각도순, 오래된 순으로 정렬되어 있습니다.",
        "상세 열은 접혀 있습니다. 시트 위쪽의 +를 클릭하면 표시됩니다. 행 링크는 시트를 정렬하기 전까지만 올바릅니다.",
        "텍스트는 결과의 내용 그대로입니다. = + - @ 기호로 시작해도 수식이 아닙니다.",
        "시트를 CSV로 저장하면 이 보호가 사라집니다. CSV 파일은 두 번 클릭해 열지 말고, [데이터] > [텍스트/CSV에서]에서 모든 열을 텍스트로 지정해 여십시오.",
        "표시할 수 없는 문자는 기호로 바꾸었으며, 셀의 한도를 넘는 텍스트는 끝에 표시를 남기고 잘랐습니다.",
    ],
};
