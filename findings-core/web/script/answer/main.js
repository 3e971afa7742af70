// Puts the parts of the page for answers together.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const { lang } = document.documentElement;
const texts = new Texts(read("texts"), lang);
const byId = (id) => document.getElementById(id);

/** A moment in the zone of the report, or of the reader if the browser does not know it. */
function momentIn(zone, time) {
  const format = (timeZone) =>
    new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(time);
  try {
    return format(zone ?? undefined);
  } catch {
    return format(undefined);
  }
}

/** The browser's storage; null if it gives none, as to a page of a disk. */
function storageOf() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

class Page {
  constructor() {
    this.data = read("data");
    this.place = this.data.token === null ? null : placeOf(location.hash, location.origin);
    this.entries = new Entries(this.data, dayIn(this.data.time_zone, new Date()));
    this.draft = new Draft(this.data.token ?? "", this.data.until, storageOf());
    this.sent = null;
    this.file = null;
    this.isSending = false;
  }

  start() {
    this.draft.tidy(new Date());
    this.keepPlace();
    const kept = this.entries.restore(this.draft.read());
    if (byId("issues")) {
      this.list = new AnswerList(byId("filters"), byId("issues"), texts, this.entries, () => this.changed());
    }
    this.sayWhereTo();
    this.makeButtons();
    this.makeDrop();
    this.update();
    if (kept > 0) this.tell(byId("told"), texts.say("draft_kept", number(kept)));
    byId("bar").hidden = this.data.token === null;
  }

  /** Keeps the right to send in the address, also after somebody skipped to the content: a reload would lose it. */
  keepPlace() {
    const { hash } = location;
    addEventListener("hashchange", () => this.place !== null && history.replaceState(null, "", hash));
  }

  /** Says what to do if nothing can be sent from here. */
  sayWhereTo() {
    const { place } = this;
    const key = location.protocol === "file:" ? "nowhere_disk" : "nowhere_link";
    byId("nowhere").hidden = place !== null;
    byId("nowhere").replaceChildren(el("p", {}, texts.say(key)), el("p", {}, this.whom()));
  }

  /** Whom to send the saved file to. */
  whom() {
    const { contact } = this.data;
    return contact === null ? texts.say("saved_hint") : texts.say("saved_contact", contact);
  }

  makeButtons() {
    const [send, saving] = [byId("send"), byId("save")];
    send.hidden = this.place === null;
    send.textContent = texts.say("send");
    saving.textContent = texts.say("save_file");
    saving.classList.toggle("main", this.place === null);
    send.addEventListener("click", () => this.checked(() => this.sendEntries()));
    saving.addEventListener("click", () =>
      this.checked(() => {
        save("answers.json", this.entries.file(), "application/json");
        this.tell(byId("told"), this.whom());
      }),
    );
  }

  /** Does something with the entries if all of them would be taken; else goes to the first that would not. */
  checked(work) {
    if (this.entries.wrong.length > 0) {
      this.tell(byId("told"), texts.say("problem_first", number(this.entries.wrong.length)), "bad");
      this.list.showWrong();
      return;
    }
    work();
  }

  async sendEntries() {
    const count = this.entries.changed.length;
    const body = this.entries.file();
    const told = byId("told");
    const receipt = await this.send(new TextEncoder().encode(body), told);
    if (receipt === undefined) return;
    this.sent = body;
    this.update();
    this.received(told, count === 1 ? texts.say("received_one") : texts.say("received", number(count)), receipt);
  }

  async sendFile() {
    const { file } = this;
    const told = byId("file-told");
    const receipt = await this.send(new Uint8Array(await file.arrayBuffer()), told);
    if (receipt === undefined) return;
    byId("send-file").hidden = true;
    this.received(told, texts.say("received_file", file.name), receipt);
  }

  /** Sends bytes, and says what became of it. Returns the receipt, or undefined if they did not arrive. */
  async send(bytes, told) {
    if (this.isSending) return undefined;
    this.isSending = true;
    this.update();
    this.tell(told, texts.say("sending"));
    const outcome = await upload(bytes, this.place, { onRetry: () => this.tell(told, texts.say("retrying")) });
    this.isSending = false;
    this.update();
    if (outcome === "received") return receiptOf(bytes);
    this.tell(told, texts.say(`not_sent_${outcome}`), "bad", this.whom());
    return undefined;
  }

  received(told, text, receipt) {
    const number = receipt === null ? null : el("span", {}, texts.say("received_receipt"), " ", el("strong", { class: "receipt" }, receipt));
    const what = el("p", { class: "good" }, text, " ", ...(number === null ? [] : [number]));
    told.replaceChildren(what, el("small", {}, `${texts.say("received_next")} ${texts.say("replaces")}`));
  }

  tell(told, text, kind = "", further = "") {
    const more = further === "" ? [] : [el("small", {}, further)];
    told.replaceChildren(el("p", { class: kind }, text), ...more);
  }

  makeDrop() {
    const { place } = this;
    const [drop, chosen, send] = [byId("drop"), byId("chosen"), byId("send-file")];
    byId("file").hidden = place === null;
    send.textContent = texts.say("send_file");
    send.addEventListener("click", () => this.sendFile());
    chosen.addEventListener("change", () => this.choose(chosen.files[0]));
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      this.choose(event.dataTransfer.files[0]);
    });
  }

  choose(file) {
    if (!file) return;
    const told = byId("file-told");
    const megabytes = (bytes) => number(Math.ceil(bytes / 2 ** 20));
    const isKnown = /\.(xlsx|ods|csv|jsonl?)$/i.test(file.name);
    const isSmall = file.size <= this.data.max_bytes;
    this.file = isKnown && isSmall ? file : null;
    byId("send-file").hidden = this.file === null;
    if (!isKnown) this.tell(told, texts.say("file_kind", file.name), "bad");
    else if (!isSmall) this.tell(told, texts.say("file_too_large", file.name, megabytes(file.size), megabytes(this.data.max_bytes)), "bad");
    else this.tell(told, texts.say("file_chosen", file.name, number(Math.ceil(file.size / 1024))), "", texts.say("replaces"));
  }

  /** Somebody entered something. */
  changed() {
    this.draft.write(this.entries.draft());
    this.update();
    this.tell(byId("told"), this.state());
  }

  /** How far the entries are. */
  state() {
    const [count, wrong] = [this.entries.changed.length, this.entries.wrong.length];
    if (count === 0) return texts.say("bar_nothing");
    if (wrong > 0) return texts.say("bar_problems", number(count), number(wrong));
    return texts.say("bar_ready", number(count));
  }

  update() {
    const { entries, isSending } = this;
    const isNothing = entries.changed.length === 0;
    byId("send").disabled = isSending || isNothing || entries.file() === this.sent;
    byId("save").disabled = isNothing;
    byId("send-file").disabled = isSending;
    if (byId("told").childElementCount === 0) {
      const { place, data } = this;
      const until = place?.until ? texts.say("sent_until", momentIn(data.time_zone, place.until)) : "";
      this.tell(byId("told"), this.state(), "", until);
    }
  }
}

makeThemeButton(byId("theme"));
new Page().start();
for (const hidden of document.querySelectorAll(".script")) hidden.hidden = false;
byId("tools").hidden = false;
performance.mark("interactive");
