/** The visit in the dispatcher's hand, whether by pointer, by keyboard or by the buttons: where it would go, and what speaks against it. */
import { Fits } from "./fits";
import { clock, instant, lay, sheet, type When, whenAt, whenOf, wished } from "./lanes";
import { unmark } from "./mend";
import { type Fields, send } from "./send";

export type Words = Record<string, string>;
const MORNING = 2 * 60; // eight o'clock, two hours into the lane

export type Held = {
  visit: string;
  version: string;
  what: string;
  who: string;
  stays: boolean;
  onBoard: boolean;
  row: HTMLElement | null;
  when: When;
  length: number;
};

export class Hand {
  held: Held | undefined;
  private marker: HTMLElement | undefined;
  private readonly fits: Fits;
  private stale = false;
  pressed = false;

  constructor(
    readonly root: HTMLElement,
    readonly words: Words,
  ) {
    this.fits = new Fits(root);
    // what others do is painted when the hand is empty again: neither asked for nor, if it was asked before, put in place
    root.addEventListener("htmx:confirm", (event) => {
      if (event.target !== root || !this.busy) return;
      event.preventDefault();
      this.stale = true;
    });
    root.addEventListener("htmx:beforeSwap", (event) => {
      if (event.target !== root || !this.busy) return;
      (event as CustomEvent<{ shouldSwap: boolean }>).detail.shouldSwap = false;
      this.stale = true;
    });
  }

  private get busy(): boolean {
    return !!this.held || this.pressed;
  }

  get board(): HTMLElement | null {
    return sheet(this.root);
  }

  pick(element: HTMLElement): boolean {
    const board = this.board;
    const { visit, version, start, end, minutes, wish } = element.dataset;
    if (!board || !visit || !("may" in this.root.dataset)) return false;
    this.drop();
    const row = element.closest<HTMLElement>("[data-row]");
    const length = start && end ? (new Date(end).getTime() - new Date(start).getTime()) / 60_000 : Number(minutes ?? 60);
    this.held = {
      visit,
      version: version ?? "",
      what: element.querySelector("b")?.textContent?.trim() ?? "",
      who: row?.dataset.name ?? "",
      stays: "stays" in element.dataset,
      onBoard: !!start,
      row,
      when: start ? whenOf(board, start) : wish ? wished(board, wish) : { day: 0, minute: MORNING },
      length,
    };
    for (const same of this.same(visit)) same.classList.add("picked-up");
    this.ask();
    return true;
  }

  private same(visit: string): NodeListOf<HTMLElement> {
    return this.root.querySelectorAll<HTMLElement>(`[data-visit="${visit}"]`);
  }

  /** Hold it over a point of the page: the row and the time there. */
  over(lane: HTMLElement | null, x: number, grip: number): void {
    const board = this.board;
    const held = this.held;
    if (!board || !held || !lane) return;
    const row = lane.closest<HTMLElement>("[data-row]");
    const when = whenAt(board, lane, x - grip);
    if (this.marker && row === held.row && when.day === held.when.day && when.minute === held.when.minute) return;
    Object.assign(held, { row, when });
    this.show();
  }

  show(): void {
    const { board, held } = this;
    const lane = held?.row?.querySelector<HTMLElement>(".lane");
    if (!board || !held || !lane) {
      this.marker?.remove();
      this.ask(); // nobody yet: still who could at this time
      return;
    }
    this.marker ??= Object.assign(document.createElement("div"), { className: "drop" });
    this.marker.textContent = clock(held.when.minute);
    lay(board, this.marker, held.when, held.length);
    if (this.marker.parentElement !== lane) lane.append(this.marker);
    this.ask();
  }

  private ask(): void {
    const { board, held } = this;
    if (!board || !held) return;
    const end = { day: held.when.day, minute: held.when.minute + held.length };
    this.fits.ask(held.visit, instant(board, held.when), instant(board, end), (told) => {
      const said = held.row ? told.get(held.row.dataset.uid ?? "") : undefined;
      this.root.dispatchEvent(new CustomEvent("fits", { detail: said }));
    });
  }

  where(): string {
    const held = this.held;
    if (!held) return "";
    const from = clock(held.when.minute);
    return this.say("at", { who: held.row?.dataset.name ?? "–", from, to: clock(held.when.minute + held.length) });
  }

  say(key: string, values: Words): string {
    return (this.words[key] ?? "").replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
  }

  /** Let go without moving anything. */
  drop(): void {
    this.marker?.remove();
    this.marker = undefined;
    this.fits.clear();
    for (const element of this.root.querySelectorAll(".picked-up")) element.classList.remove("picked-up");
    this.held = undefined;
    this.catchUp();
  }

  /** Paint what was held back. */
  catchUp(): void {
    if (!this.stale || this.busy) return;
    this.stale = false;
    this.refresh();
  }

  /** Put it down where it is held: painted at once, then asked of the server, put back where it says no. */
  async put(): Promise<void> {
    const { board, held } = this;
    if (!board || !held?.row) return;
    const end = { day: held.when.day, minute: held.when.minute + held.length };
    const fields: Fields = { start: instant(board, held.when), end: instant(board, end) };
    if (!held.stays) fields[held.row.dataset.row === "crew" ? "crew" : "technician"] = held.row.dataset.uid ?? "";
    const back = this.paint(board, held);
    const told = this.say("saved", { what: held.what, who: held.row.dataset.name ?? "", from: clock(held.when.minute) });
    await this.commit(held, fields, told, back);
  }

  async takeOff(): Promise<void> {
    const held = this.held;
    if (held?.onBoard && !held.stays) await this.commit(held, { tray: "true" }, this.say("off", { what: held.what }), () => {});
  }

  /** The visit stands at its new place before the server has answered. */
  private paint(board: HTMLElement, held: Held): () => void {
    const lane = held.row?.querySelector<HTMLElement>(".lane");
    const element = this.same(held.visit)[0];
    if (!lane || !element) return () => {};
    const from = element.parentElement;
    const { left, width } = element.style;
    const band = element.classList.contains("slip") ? bandOf(element) : element;
    unmark(from);
    unmark(lane);
    band.classList.add("saving");
    lay(board, band, held.when, held.length);
    lane.append(band);
    if (band !== element) element.hidden = true;
    return () => {
      element.hidden = false;
      if (band !== element) {
        band.remove();
        return;
      }
      element.classList.remove("saving");
      Object.assign(element.style, { left, width });
      from?.append(element);
    };
  }

  private async commit(held: Held, fields: Fields, told: string, back: () => void): Promise<void> {
    this.drop();
    const draft = this.root.dataset.draft;
    const line: Fields = { visit: held.visit, version: held.version, ...fields };
    const body = Object.fromEntries(Object.entries(line).map(([k, v]) => [`lines.0.${k}`, v]));
    const said = await this.run(draft ? "draft.move" : "board.move", draft ? { draft, ...body } : body);
    if (said) back();
    this.speak(said || told, !!said);
    this.refresh(held.visit);
  }

  /** A command; its refusal, or nothing. */
  async run(command: string, fields: Fields): Promise<string> {
    try {
      return await send(command, fields);
    } catch {
      return this.words.lost ?? "";
    }
  }

  /** Said to who listens; a refusal also stands above the board until the next act. */
  speak(sentence: string, refused = false): void {
    const live = document.querySelector<HTMLElement>("[data-board-say]");
    const text = document.createElement("div");
    text.innerHTML = sentence; // a sentence that the server has escaped
    if (live) live.textContent = text.textContent;
    const place = document.querySelector<HTMLElement>("[data-board-error]");
    if (place) place.innerHTML = refused ? sentence : "";
    if (refused) place?.scrollIntoView({ block: "center" });
  }

  refresh(focus?: string): void {
    if (focus) this.root.dataset.focus = focus;
    this.root.dispatchEvent(new CustomEvent("live"));
  }
}

function bandOf(slip: HTMLElement): HTMLElement {
  const band = document.createElement("a");
  band.className = "band visit firm";
  band.append(...[...slip.children].slice(0, 2).map((c) => c.cloneNode(true)));
  return band;
}
