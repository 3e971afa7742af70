// Puts the parts of a project's page together. The page is there before this runs, with the first of its findings.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const { lang } = document.documentElement;
const texts = new Texts(read("texts"), lang);

/** The finding that the address names, such as #f3. */
function findingOf(hash) {
  const match = /^#f(\d+)$/.exec(hash);
  return match ? Number(match[1]) : null;
}

/** Links to findings open their details; the address names the finding, so that it can be passed on with the file. */
function openFindingsFromLinks(detail) {
  const route = () => {
    const index = findingOf(location.hash);
    if (index === null) detail.dialog.close();
    else detail.show(index);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#f"]');
    if (!link || findingOf(link.hash) === null) return;
    event.preventDefault();
    history.pushState(null, "", link.hash);
    detail.show(findingOf(link.hash));
  });
  detail.dialog.addEventListener("close", () => {
    if (findingOf(location.hash) !== null) history.replaceState(null, "", "#findings");
  });
  addEventListener("popstate", route);
  if (findingOf(location.hash) !== null) route();
}

/** Numbers of findings show these findings. */
function filterFromLinks(list) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href="#findings"]');
    if (!link) return;
    const { showSeverity, showAccount, showControl } = link.dataset;
    if ([showSeverity, showAccount, showControl].every((value) => value === undefined)) return;
    const severity = showSeverity ? String(SEVERITIES.indexOf(showSeverity)) : "";
    list.show({ severity, account: showAccount, control: showControl });
  });
}

/** All findings that are shown are printed, and not only those that are drawn. */
function drawAllForPrint(list) {
  addEventListener("beforeprint", () => list.draw(list.shown.length));
}

const table = document.getElementById("findings-table");
if (table) {
  const findings = new Findings(() => read("data"), lang);
  const list = new FindingList(document.getElementById("filters"), table, texts, findings);
  openFindingsFromLinks(new FindingDetail(document.getElementById("detail"), texts, list));
  filterFromLinks(list);
  drawAllForPrint(list);
}
// on a phone, the latest report of the chart
for (const chart of document.querySelectorAll(".chart")) chart.parentElement.scrollLeft = chart.scrollWidth;
makeThemeButton(document.getElementById("theme"));
for (const sorted of document.querySelectorAll("table.sortable")) makeSortable(sorted);
unfoldForPrint();
for (const hidden of document.querySelectorAll(".script")) hidden.hidden = false;
document.getElementById("tools").hidden = false;
performance.mark("interactive");
