// Puts the parts together. The page is complete before this runs.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const texts = new Texts(read("texts"), document.documentElement.lang);
const data = new Data(() => read("data"));
const detail = new Detail(document.getElementById("detail"), texts, data);

function offerLanguages(place) {
  const day = document.title.split(" ").pop();
  const choose = (language) => {
    texts.language = language;
    document.documentElement.lang = language;
    texts.translate(document);
    document.title = `${texts.say("title")} ${day}`;
    texts.offerOthers(place, choose);
  };
  texts.offerOthers(place, choose);
}

/** The project that the address names, such as #p3. */
function projectOf(hash) {
  const match = /^#p(\d+)$/.exec(hash);
  return match ? Number(match[1]) : null;
}

/** Links to projects open their details; the address names the project, so that it can be passed on. */
function openProjectsFromLinks() {
  const route = () => {
    const index = projectOf(location.hash);
    if (index === null) document.getElementById("detail").close();
    else detail.show(index);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#p"]');
    if (!link || projectOf(link.hash) === null) return;
    event.preventDefault();
    history.pushState(null, "", link.hash);
    detail.show(projectOf(link.hash));
  });
  document.getElementById("detail").addEventListener("close", () => {
    if (projectOf(location.hash) !== null) history.replaceState(null, "", "#league");
  });
  addEventListener("popstate", route);
  if (projectOf(location.hash) !== null) route();
}

function makeControls() {
  const project = (row) => data.project(Number(row.id.slice(1)));
  const choices = [
    ["show_all", () => true],
    ["show_ranked", (row) => project(row).rank !== null],
    ["show_unranked", (row) => project(row).rank === null],
    ["show_critical", (row) => project(row).open[0] > 0],
    ["show_overdue", (row) => sum(project(row).overdue ?? []) > 0],
    ["show_bad", (row) => project(row).coverage?.[1] > 0],
  ];
  const nameOf = (row) => project(row).name;
  const options = { "league-table": { choices, nameOf, searchedText: nameOf } };
  for (const panel of document.querySelectorAll(".controls")) {
    new Controls(panel, texts, options[panel.dataset.for] ?? {});
  }
}

/** On a phone a chart is wider than the screen: the present is at its end. */
function showLatestWeeks() {
  for (const chart of document.querySelectorAll(".scroll > svg.chart")) {
    chart.parentElement.scrollLeft = chart.parentElement.scrollWidth;
  }
}

offerLanguages(document.getElementById("languages"));
makeThemeButton(document.getElementById("theme"));
for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);
makeControls();
openProjectsFromLinks();
unfoldForPrint();
showLatestWeeks();
document.getElementById("tools").hidden = false;
performance.mark("interactive");
