// The pages of the guidance: one language at a time, and a search over all texts.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const texts = new Texts(read("texts"), document.documentElement.lang);
const data = read("data");

/** The language that a link, an earlier page or the browser asks for. */
function wantedLanguage() {
  const asked = location.hash.slice(1).split("-")[0];
  if (asked in texts.all) return asked;
  const known = navigator.languages.map((language) => language.split("-")[0]).find((language) => language in texts.all);
  return known ?? texts.language;
}

/** Shows the texts of a language. What is not there in it is shown in the first language that it is there in. */
function show(language) {
  texts.language = language;
  document.documentElement.lang = language;
  texts.translate(document);
  for (const group of [document.getElementById("main"), ...document.querySelectorAll(".controls li")]) {
    const parts = [...group.children].filter((part) => part.matches("article[lang], .told[lang]"));
    const shown = parts.find((part) => part.lang === language) ?? parts[0];
    for (const part of parts) part.hidden = part !== shown;
  }
  texts.offerOthers(document.getElementById("languages"), (other) => {
    choose(other);
    search?.run();
  });
}

/** Links between the pages keep the language. */
function keepLanguage() {
  for (const link of document.querySelectorAll("a[href]")) {
    const name = link.getAttribute("href").split("#")[0];
    if (/^[\w.-]+\.html$/.test(name)) link.setAttribute("href", `${name}#${texts.language}`);
  }
}

function choose(language) {
  show(language);
  keepLanguage();
}

class Search {
  constructor(form) {
    this.input = form.querySelector("input");
    this.items = [...document.querySelectorAll("#controls li")];
    this.texts = data.map((text) => searchable(text));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      // the control that was typed, also if others speak of it
      const links = this.items.filter((item) => !item.hidden).map((item) => item.querySelector("a"));
      const asked = searchable(this.input.value).trim();
      (links.find((link) => searchable(link.textContent) === asked) ?? links[0])?.focus();
    });
    this.input.addEventListener("input", () => this.run());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.input.focus();
    });
    this.run();
  }

  /** Shows the controls whose texts have all words, in any order and language. */
  run() {
    const words = searchable(this.input.value).split(/\s+/).filter((word) => word !== "");
    let found = 0;
    for (const [at, item] of this.items.entries()) {
      item.hidden = !words.every((word) => this.texts[at].includes(word));
      found += item.hidden ? 0 : 1;
    }
    document.getElementById("nothing").hidden = found > 0;
    document.getElementById("told").textContent = texts.say("found", number(found), number(this.items.length));
  }
}

const form = document.getElementById("search");
const search = form === null ? null : new Search(form);
choose(wantedLanguage());
search?.run();
addEventListener("hashchange", () => choose(wantedLanguage()));
makeThemeButton(document.getElementById("theme"));
for (const hidden of document.querySelectorAll(".script")) hidden.hidden = false;
document.getElementById("tools").hidden = false;
// a link names the part of its language, which was not there alone when the browser looked for it
const target = document.getElementById(location.hash.slice(1));
if (target !== null && target.matches("h2")) target.scrollIntoView();
performance.mark("interactive");
