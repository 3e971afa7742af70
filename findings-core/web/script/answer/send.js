// Sends answers to the place that the link of the page names.

// what the signature of the place says, so that another one would be refused
const SENT_AS = "application/octet-stream";
const RECEIPT_DIGITS = 8;
// how long to wait before each further try, in milliseconds
const WAITS = [1000, 3000, 8000];

/** Where to send answers, out of what follows # in the address; null if the link names no place on the host of the page. */
function placeOf(hash, origin) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const put = given.get("put");
  if (put === null || !URL.canParse(put) || new URL(put).origin !== origin) return null;
  const until = new Date(given.get("until") ?? "");
  return { put, until: Number.isNaN(until.getTime()) ? null : until };
}

/** The number by which people and operators know what was sent: how the hash of its bytes begins. */
async function receiptOf(bytes) {
  // there is no hash in a page that came over HTTP
  if (!globalThis.crypto?.subtle) return null;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.slice(0, RECEIPT_DIGITS);
}

/** What an answer of the store means: "received", or why it was not. */
function meaningOf(status, isPast) {
  if (status >= 200 && status < 300) return "received";
  if (status === 403 || status === 401) return isPast ? "expired" : "forbidden";
  if (status === 429 || status >= 500) return "busy";
  return "other";
}

/** Sends bytes, several times if the store is busy or nobody answers. Returns what became of it: "received", "expired",
 *  "forbidden", "offline", "busy" or "other". */
async function upload(bytes, place, { onRetry = () => {}, wait = (time) => new Promise((done) => setTimeout(done, time)), send = fetch } = {}) {
  let outcome = "offline";
  for (const time of [...WAITS, null]) {
    try {
      const answer = await send(place.put, { method: "PUT", body: bytes, headers: { "Content-Type": SENT_AS }, cache: "no-store", credentials: "omit" });
      outcome = meaningOf(answer.status, place.until !== null && place.until <= new Date());
    } catch {
      outcome = "offline";
    }
    if (!["busy", "offline"].includes(outcome) || time === null) return outcome;
    onRetry();
    await wait(time);
  }
  return outcome;
}

/** The entries that were made in this browser and perhaps not sent; another link to the same page finds them, too. A browser
 *  need not keep anything, so nothing relies on it. */
class Draft {
  constructor(token, until, storage) {
    Object.assign(this, { name: `answers:${token.split(".").at(-1)}`, until, storage });
  }

  read() {
    try {
      return JSON.parse(this.storage.getItem(this.name))?.entries ?? {};
    } catch {
      return {};
    }
  }

  write(entries) {
    try {
      if (Object.keys(entries).length === 0) this.storage.removeItem(this.name);
      else this.storage.setItem(this.name, JSON.stringify({ until: this.until, entries }));
    } catch {
      // full, or not allowed
    }
  }

  /** Forgets the entries of reports that are not taken any more, and what cannot be read. */
  tidy(now) {
    const { storage } = this;
    const isOver = (name) => {
      try {
        return !(new Date(JSON.parse(storage.getItem(name)).until) >= now);
      } catch {
        return true;
      }
    };
    const names = Object.keys(storage ?? {}).filter((name) => name.startsWith("answers:"));
    for (const name of names.filter(isOver)) storage.removeItem(name);
  }
}
