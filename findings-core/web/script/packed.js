// Unpacks the data of the page. src/packed.rs says how it is packed.

const KNOWN = "ci";
const STOCKS = 6;

/** "bc2" as ["b", "c", "c"]: a letter for each week. */
function unpackStates(packed) {
  const states = [];
  for (const [, letter, count] of packed.matchAll(/([a-z])(\d*)/g)) {
    for (let n = Number(count || 1); n > 0; n -= 1) states.push(letter);
  }
  return states;
}

/** The numbers of a series; null in weeks of which nothing is known. */
function unpackSeries(states, pairs, isStock) {
  let next = 0;
  let left = pairs[0] ?? 0;
  let stock = 0;
  return states.map((state) => {
    if (!KNOWN.includes(state)) return null;
    left -= 1;
    let value = 0;
    if (left === 0 && next < pairs.length) {
      value = pairs[next + 1];
      next += 2;
      left = pairs[next] ?? 0;
    }
    stock += value;
    return isStock ? stock : value;
  });
}

/** The projects that have a problem, as [index, open issues]. */
function unpackProjects(pairs) {
  const projects = [];
  for (let at = 0, index = 0; at < pairs.length; at += 2) {
    index += pairs[at];
    projects.push([index, pairs[at + 1]]);
  }
  return projects;
}

/** The data of the page. It is read when something asks for it, so that the page is there sooner. */
class Data {
  constructor(read) {
    this.read = read;
    this.raw = null;
  }

  get all() {
    this.raw ??= this.read();
    return this.raw;
  }

  get count() {
    return this.all.projects.length;
  }

  /** A project with names for its fields. */
  project(index) {
    const { fields, projects } = this.all;
    return Object.fromEntries(fields.map((field, at) => [field, projects[index][at]]));
  }

  /** The weeks of a project: states, and the numbers by name. */
  weeks(index) {
    const project = this.project(index);
    const states = unpackStates(project.states);
    const weeks = { day: this.all.weeks, states };
    this.all.series.forEach((name, at) => {
      weeks[name] = unpackSeries(states, project.series[at], at < STOCKS);
    });
    return weeks;
  }

  /** The open problems of a project, those with most issues first: [control, title, open issues]. */
  problems(index) {
    const found = [];
    for (const [control, title, , pairs] of this.all.problems) {
      const own = unpackProjects(pairs).find(([project]) => project === index);
      if (own) found.push([control, title, own[1]]);
    }
    return found.sort((a, b) => b[2] - a[2]);
  }

  time(index) {
    return index === null ? null : this.all.times[index];
  }
}
