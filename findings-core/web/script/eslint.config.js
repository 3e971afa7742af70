import js from "@eslint/js";
import globals from "globals";

// The parts of the page's script are joined into one function, so each sees what the ones before it declare.
const parts = {
  AnswerList: "readonly",
  Draft: "readonly",
  Entries: "readonly",
  dayIn: "readonly",
  placeOf: "readonly",
  receiptOf: "readonly",
  upload: "readonly",
  CHANGES: "readonly",
  SEVERITIES: "readonly",
  Controls: "readonly",
  Data: "readonly",
  Detail: "readonly",
  FindingDetail: "readonly",
  FindingList: "readonly",
  Findings: "readonly",
  Texts: "readonly",
  decimal: "readonly",
  el: "readonly",
  makeSortable: "readonly",
  makeThemeButton: "readonly",
  niceMax: "readonly",
  number: "readonly",
  openByWeek: "readonly",
  save: "readonly",
  searchable: "readonly",
  signed: "readonly",
  sum: "readonly",
  toCsv: "readonly",
  unfoldForPrint: "readonly",
  weekChart: "readonly",
};

const rules = {
  ...js.configs.recommended.rules,
  eqeqeq: "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-var": "error",
  "prefer-const": "error",
  "no-restricted-properties": [
    "error",
    ...["innerHTML", "outerHTML", "insertAdjacentHTML", "style"].map((property) => ({ property })),
  ],
};

export default [
  {
    files: ["*.js", "answer/*.js", "guidance/*.js", "project/*.js"],
    ignores: ["eslint.config.js"],
    languageOptions: { sourceType: "script", globals: { ...globals.browser, ...parts } },
    rules: {
      ...rules,
      "no-redeclare": "off",
      // what one part declares, another one uses
      "no-unused-vars": ["error", { vars: "local" }],
    },
  },
  {
    files: ["eslint.config.js", "tests/*.js", "browser/*.js"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { ...rules, "no-new-func": "off" },
  },
];
