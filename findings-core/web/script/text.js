// Texts in all languages, and numbers as the page writes them.

const SEVERITIES = ["critical", "high", "medium", "low", "informational"];
const TRANSLATED_ATTRIBUTES = ["aria-label", "placeholder"];

/** A text with its values in place of {0}, {1} … */
function fill(text, values) {
  return text.replace(/\{(\d)\}/g, (place, index) => (index in values ? String(values[index]) : place));
}

/** 1234 as 1,234. */
function number(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number with one decimal. */
function decimal(value) {
  return value.toFixed(1).replace("-", "−");
}

/** A number with its sign. */
function signed(value) {
  if (value === 0) return "0";
  return (value < 0 ? "−" : "+") + number(Math.abs(value));
}

/** An element with attributes and children; texts become text and never markup. */
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The texts of the page, in the language that is chosen. */
class Texts {
  constructor(all, language) {
    this.all = all;
    this.language = language;
  }

  say(key, ...values) {
    return fill(this.all[this.language][key] ?? key, values);
  }

  /** The languages that are not chosen. */
  get others() {
    return Object.keys(this.all).filter((language) => language !== this.language);
  }

  /** A button for each other language, with its name in itself. */
  offerOthers(place, choose) {
    const button = (language) => {
      const made = el("button", { type: "button", lang: language }, this.all[language].language_name);
      made.addEventListener("click", () => {
        choose(language);
        place.querySelector("button")?.focus();
      });
      return made;
    };
    place.replaceChildren(...this.others.flatMap((language) => [button(language), " "]));
  }

  /** A text that follows the language. */
  t(key, ...values) {
    const attributes = { "data-t": key };
    if (values.length > 0) attributes["data-a"] = JSON.stringify(values);
    return el("span", attributes, this.say(key, ...values));
  }

  /** Writes all texts below an element in the chosen language. */
  translate(root) {
    for (const element of root.querySelectorAll("[data-t]")) {
      element.textContent = this.say(element.dataset.t, ...JSON.parse(element.dataset.a ?? "[]"));
    }
    for (const name of TRANSLATED_ATTRIBUTES) {
      for (const element of root.querySelectorAll(`[data-t-${name}]`)) {
        element.setAttribute(name, this.say(element.getAttribute(`data-t-${name}`)));
      }
    }
  }
}
