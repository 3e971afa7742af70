// The chart of a project's weeks: stacked columns, like those that the job draws.

const CHART = { width: 520, height: 170, left: 40, top: 8, bottom: 22 };
const SEVERITY_CLASSES = ["sc", "sh", "sm", "sl", "si"];

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The open issues of each week by severity; null if nothing is known. */
function openByWeek(weeks) {
  return weeks.states.map((_, at) => {
    const numbers = SEVERITIES.map((severity) => weeks[`open_${severity}`][at]);
    return numbers[0] === null ? null : numbers;
  });
}

/** A round number that is not less. */
function niceMax(value) {
  let power = 1;
  for (;;) {
    for (const step of [1, 2, 5]) if (step * power >= value) return step * power;
    power *= 10;
  }
}

/** The rectangles of one week, from the line upwards: [class, y, height]. */
function columnParts(numbers, max, height) {
  const parts = [];
  let above = 0;
  numbers.forEach((value, at) => {
    if (value === 0) return;
    above += value;
    parts.push([SEVERITY_CLASSES[at], height * (1 - above / max), (height * value) / max]);
  });
  return parts;
}

function weekChart(weeks, max, label) {
  const { width, height, left, top, bottom } = CHART;
  const inner = height - top - bottom;
  const slot = (width - left) / Math.max(1, weeks.states.length);
  const chart = svg("svg", { class: "chart", role: "img", viewBox: `0 0 ${width} ${height}`, ...label });
  for (const value of [0, max]) {
    const y = top + inner * (1 - value / max);
    chart.append(svg("path", { class: value === 0 ? "c0" : "cl", d: `M${left} ${y}H${width}` }));
    chart.append(svg("text", { class: "cy", x: left - 6, y: y + 4 }, number(value)));
  }
  openByWeek(weeks).forEach((numbers, at) => {
    const whole = { x: left + slot * at, y: top, width: slot, height: inner };
    const [x, thick] = [left + slot * (at + 0.1), slot * 0.8];
    const state = weeks.states[at];
    const total = numbers?.reduce((sum, value) => sum + value, 0);
    const known = numbers === null ? "?" : `${state === "i" ? "≥ " : ""}${number(total)}`;
    const group = svg("g", {}, svg("title", {}, `${weeks.day[at]}: ${known}`));
    for (const [name, y, high] of columnParts(numbers ?? [], max, inner)) {
      group.append(svg("rect", { class: name, x, y: top + y, width: thick, height: high }));
    }
    const kind = { c: "ch", i: "cr", n: "cg" }[state] ?? "cn";
    group.append(svg("rect", { class: kind, ...whole }));
    chart.append(group);
  });
  for (const at of [0, weeks.states.length - 1]) {
    const x = Math.min(left + slot * (at + 0.5), width - 32);
    chart.append(svg("text", { class: "cx", x: Math.max(x, left + 24), y: height - 5 }, weeks.day[at] ?? ""));
  }
  return chart;
}
