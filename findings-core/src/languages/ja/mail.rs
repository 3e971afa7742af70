//! Japanese.

use crate::languages::mail::MailTexts;

pub(super) const TEXTS: MailTexts = MailTexts {
    undelivered: "未達あり",
    project_ok: "完了",
    project_incomplete: "不完全",
    project_failed: "失敗",
    project_skipped: "今回は未実施",
    registry_line: "台帳の行",
    part_unchanged: "ご担当分に新たな課題はありません",
    seen_again_unchanged: "確認できない範囲は解消、変化なし",
    unchanged_from: "{severity}以上では変化なし",
    unchanged_as_far_as_checked: "確認できた範囲では変化なし",
    in_all: "合計",
    now_worse: "{severity}に悪化 {n}件",
    one_finding: "検出結果 1件",
    findings: "検出結果 {n}件",
    all_pass: "（すべて合格したチェック）",
    none_critical: "（重大はなし）",
    none_severe: "（重大・高はなし）",
    count: "{n}件",
    compared: "{n}件（前回 {before}件）",
    changes: ["新規の課題", "再発", "悪化", "解消"],
    company_network: "社内ネットワーク",
    open_report: "レポートを開く",
    since: "{day}から",
    open_since: "{day}から未対応",
    open_workbook: "Excel ファイル",
    other_report: "レポート",
    until: "有効期限：{when}",
    test_mail: "テストメール",
};
