/** The board: a visit is picked, moved and put down by pointer, keyboard or buttons; the server decides, its sentence is shown. */
import { startAim } from "./aim";
import type { Fit } from "./fits";
import { Hand, type Words } from "./hand";
import { startKeys } from "./keys";
import { marks, mend } from "./mend";
import { startPointer } from "./pointer";

type Asked = { headers: Record<string, string> };
type Answer = { shouldSwap: boolean; isError: boolean; serverResponse: string };

export function startBoard(): void {
  const root = document.querySelector<HTMLElement>("#board");
  if (!root) return;
  const hand = new Hand(root, JSON.parse(root.dataset.words ?? "{}") as Words);
  const chosen = new Set<string>();
  const card = startCard(hand);
  const choose = (element: HTMLElement) => {
    const visit = element.dataset.visit;
    if (!visit) return;
    if (!chosen.delete(visit)) chosen.add(visit);
    paintChosen(hand, chosen);
  };
  const undo = async () => {
    const draft = root.dataset.draft;
    const said = await hand.run(draft ? "draft.undo" : "board.undo", draft ? { draft } : {});
    hand.speak(said, !!said);
    hand.refresh();
  };
  const press = startKeys(hand, { choose, undo: () => void undo(), shown: card });
  for (const button of document.querySelectorAll<HTMLElement>("[data-picked] [data-key]"))
    button.addEventListener("click", () => press(button.dataset.key ?? ""));
  startPointer(hand, (element, event) => {
    if (element.dataset.split) return openSplit(element);
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      return choose(element);
    }
    if (event.detail === 0 || !hand.pick(element)) return; // Enter on the keyboard opens it
    event.preventDefault();
    card();
  });
  root.addEventListener("pick-visit", (event) => {
    const found = root.querySelector<HTMLElement>(`[data-visit="${(event as CustomEvent<string>).detail}"]`);
    found?.scrollIntoView({ block: "center", inline: "center" });
    if (found && hand.pick(found)) card();
  });
  root.addEventListener("fits", (event) => card((event as CustomEvent<Fit | undefined>).detail));
  startKeeping(hand, () => paintChosen(hand, chosen));
  rove(root);
  startMapSwitch(root);
}

/** The card of the picked visit: what it is, where it would go, what speaks against it, and buttons for who has no keyboard. */
function startCard(hand: Hand): (fit?: Fit) => void {
  const card = document.querySelector<HTMLElement>("[data-picked]");
  const pin = card?.querySelector<HTMLElement>("[data-pin]");
  const pinned = () => !!hand.root.querySelector(`[data-visit="${hand.held?.visit}"][data-pinned]`);
  const paint = (fit?: Fit) => {
    if (!card) return;
    card.hidden = !hand.held;
    const held = hand.held;
    if (!held) return;
    const put = (name: string, text: string) => {
      const place = card.querySelector<HTMLElement>(name);
      if (place) place.textContent = text;
    };
    put("[data-picked-what]", held.what);
    put("[data-picked-where]", hand.where());
    if (fit) put("[data-picked-fit]", fit.no || fit.mind || "✓");
    if (fit) hand.speak(`${hand.where()} ${fit.no || fit.mind}`);
    card.dataset.fits = fit?.no ? "no" : fit?.mind ? "mind" : "yes";
    card.querySelector("[data-picked-open]")?.setAttribute("href", `/visits/${held.visit}`);
    if (pin) pin.textContent = (pinned() ? pin.dataset.pinOff : pin.dataset.pinOn) ?? "";
    if (pin) pin.hidden = !held.onBoard;
    aim();
  };
  const aim = startAim(hand, card, () => paint());
  pin?.addEventListener("click", async () => {
    const visit = hand.held?.visit ?? "";
    const said = await hand.run(pinned() ? "visit.unpin" : "visit.pin", { visit });
    hand.drop();
    hand.speak(said, !!said);
    hand.refresh(visit);
    paint();
  });
  hand.root.addEventListener("htmx:beforeRequest", () => paint());
  return paint;
}

function paintChosen(hand: Hand, chosen: Set<string>): void {
  for (const element of hand.root.querySelectorAll<HTMLElement>("[data-visit]"))
    element.classList.toggle("chosen", chosen.has(element.dataset.visit ?? ""));
  const place = document.querySelector<HTMLElement>("[data-chosen]");
  const inputs = [...chosen].map((value) => Object.assign(document.createElement("input"), { type: "hidden", name: "visits[]", value }));
  place?.replaceChildren(...inputs);
  const count = document.querySelector<HTMLElement>("[data-chosen-count]");
  if (count) count.textContent = chosen.size ? hand.say("chosen", { n: String(chosen.size) }) : "";
}

/** What the eye and the hand had before the board was painted anew: the place scrolled to, the focus, unticked lines. */
function startKeeping(hand: Hand, then: () => void): void {
  const { root } = hand;
  const unticked = new Set<string>();
  let left = 0;
  let focus = "";
  root.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    if (box.name !== "lines[]") return;
    if (box.checked) unticked.delete(box.value);
    else unticked.add(box.value);
  });
  root.addEventListener("htmx:configRequest", (event) => {
    if (event.target === root) (event as CustomEvent<Asked>).detail.headers["X-Board-Rows"] = marks(root);
  });
  root.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<Answer>;
    if (event.target !== root || !detail.shouldSwap) return;
    left = root.querySelector("[data-keep]")?.scrollLeft ?? 0;
    focus = root.dataset.focus ?? (document.activeElement as HTMLElement | null)?.dataset?.visit ?? "";
    delete root.dataset.focus;
    if (detail.isError) return;
    detail.shouldSwap = false;
    if (mend(root, detail.serverResponse)) root.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true }));
    else location.reload();
  });
  root.addEventListener("htmx:afterSettle", () => {
    const board = root.querySelector("[data-keep]");
    if (board) board.scrollLeft = left;
    for (const box of root.querySelectorAll<HTMLInputElement>("input[name='lines[]']")) box.checked = !unticked.has(box.value);
    rove(root);
    then();
    const to = focus && root.querySelector<HTMLElement>(`[data-visit="${focus}"]`);
    if (to && to !== document.activeElement) to.focus({ preventScroll: true });
  });
}

/** Four hundred visits are one stop of the Tab key: arrows go on from there. */
function rove(root: HTMLElement): void {
  const all = [...root.querySelectorAll<HTMLElement>(".board a.band, .tray a.slip")];
  for (const [n, element] of all.entries()) element.tabIndex = n === 0 || element === document.activeElement ? 0 : -1;
  root.querySelector<HTMLElement>(".board a.band")?.setAttribute("tabindex", "0");
}

function openSplit(element: HTMLElement): void {
  const dialog = document.querySelector<HTMLDialogElement>("[data-split-dialog]");
  const field = dialog?.querySelector<HTMLInputElement>("[name=allocation]");
  if (!dialog || !field) return;
  field.value = element.dataset.split ?? "";
  dialog.showModal();
}

function startMapSwitch(root: HTMLElement): void {
  const button = document.querySelector<HTMLElement>("[data-map-switch]");
  button?.addEventListener("click", async () => {
    const { toggleMap } = await import("./map");
    const on = await toggleMap(root);
    button.setAttribute("aria-pressed", String(on));
  });
}
