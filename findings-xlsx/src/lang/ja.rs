//! Japanese.

use findings_core::Locale;
use findings_core::wording::{ReportTexts, Wording};

use super::texts::{Font, ReturnTexts, Texts};

const SHARED: &ReportTexts = ReportTexts::of(Locale::Ja);

pub(super) const TEXTS: Texts = Texts {
    wording: Wording::of(Locale::Ja),
    font: Font { name: "Yu Gothic", charset: 128, row_pixels: 25, column_pixels: 72, digit_pixels: 8.0 },
    date_format: "yyyy/mm/dd",
    date_time_format: "yyyy/mm/dd hh:mm",
    cut_mark: " …［以下省略：セルの上限を超えています］",
    sheets: &SHARED.sections,
    columns: &SHARED.columns,
    finding: &SHARED.finding,
    summary: &SHARED.summary,
    about: &SHARED.about,
    decision_title: "対応方針",
    decision_hint: "リストから選択してください。対応が完了した検出結果は、次回のレポートから自動的になくなります。",
    due_title: "期限",
    due_hint: "日付を入力してください（例：2026/12/31）。",
    advice_differs: "検出結果ごとに異なります。「検出結果一覧」シートをご覧ください。",
    nobody: "担当者なし（該当するルールなし）",
    view: "このファイルの「{sheet}」シートは、{owner} の担当分 {n}件（全 {all}件中）に絞り込まれています。すべて表示するには、「{column}」列のフィルターを解除してください。このページの件数はプロジェクト全体のものです。",
    no_findings_row: "未対応の検出結果はありません。確認した範囲は「サマリー」シートをご覧ください。",
    no_findings_incomplete_row: "取得できた検出結果は 0件ですが、このレポートは【不完全】です。「問題なし」を意味するものではありません。「サマリー」シートをご覧ください。",
    no_findings_partial_row: "未対応の検出結果は見つかりませんでしたが、確認できていない範囲があります。「サマリー」シートをご覧ください。",
    no_end: "期限なし",
    returning: ReturnTexts {
        mark: "レポートの識別情報",
        sender: "レポートの送付元",
        heading: "対応方針の返送方法",
        notes: [
            "記入したファイルの返送先：{contact}。このレポートの行だけが読み取られます。行の識別に使うため、最後の列は削除しないでください。",
            "並べ替え、絞り込み、行の非表示、列の移動は自由です。受容したリスクと誤検知は「{sheet}」シートにあり、そこで変更できます。",
            "リスクの受容にはコメントが必要です。期限を過ぎると検出結果は一覧に戻ります。対応が完了した検出結果は自動的になくなります。",
        ],
        nobody_reads: "黄色い列（対応方針・担当者・期限・コメント）は記入欄です。自動では読み取られませんので、記入したファイルは各自で保管してください。",
    },
    page_footer: "&P / &N ページ",
    page_incomplete: "【不完全なレポート】",
    more_problems: "…ほか {n}件の問題があります。すべての内容は「{sheet}」シートをご覧ください。",
    more_notices: "ほか {n}件。シート「{sheet}」に記載しています。",
    other_accounts: "その他 {n} アカウント（「{sheet}」シート参照）",
    next_sheet: "すべての検出結果と対処方法、対応方針の記入欄は「{sheet}」シートにあります。",
    shown: "＝ このブックに記載した検出結果",
    use_heading: "このブックの使い方",
    console_note: "コンソールへのリンクは、サインイン中のアカウントの Security Hub を開きます。検出結果のアカウントへのアクセス権が必要です。",
    portal_note: "コンソールへのリンクは AWS アクセスポータルを経由し、検出結果のアカウントで開きます。そのアカウントへのアクセス権が必要です。",
    use_notes: [
        "「検出結果一覧」シートは、見出しの矢印から絞り込めます。重要度順、次に古い順に並んでいます。",
        "詳細の列は折りたたまれています。シート上部の「＋」をクリックすると表示されます。行へのリンクは、シートを並べ替えると別の行を指します。",
        "文字列は検出結果の内容をそのまま記載しています。= + - @ で始まる場合でも数式にはなりません。",
        "シートを CSV 形式で保存すると、この保護は失われます。保存した CSV ファイルはダブルクリックで開かず、「データ」タブの「テキストまたは CSV から」で、すべての列を文字列として読み込んでください。",
        "表示できない文字は記号に置き換え、セルの上限を超える文字列は末尾に印を付けて省略しています。",
    ],
};
