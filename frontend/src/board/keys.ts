/** By keyboard: arrows go from visit to visit; one that is picked moves by them, and what each place means is said aloud. */
import type { Hand } from "./hand";
import { STEP, shifted } from "./lanes";

export type Acts = { choose: (element: HTMLElement) => void; undo: () => void; shown: () => void };

export function startKeys(hand: Hand, acts: Acts): (key: string) => void {
  const { root } = hand;
  const press = (key: string): boolean => {
    if (!hand.held) return false;
    const done = held(hand, key);
    if (done) acts.shown();
    return done;
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
    const inside = root.contains(event.target as Node) || event.target === document.body;
    if (!inside && !hand.held) return;
    const on = (event.target as HTMLElement).closest?.<HTMLElement>("[data-visit], [data-at]");
    const key = event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key;
    if (press(key) || (!hand.held && free(hand, key, on ?? null, acts))) event.preventDefault();
  });
  return (key) => void press(key);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && !!target.closest("input, select, textarea, dialog, summary");
}

/** With a visit in the hand. */
function held(hand: Hand, key: string): boolean {
  const { board, held: it } = hand;
  if (!board || !it) return false;
  const later = { ArrowLeft: -STEP, ArrowRight: STEP }[key];
  const longer = { "Shift+ArrowLeft": -STEP, "Shift+ArrowRight": STEP }[key];
  const row = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (key === "Enter") void hand.put();
  else if (key === "Delete" || key === "Backspace") void hand.takeOff();
  else if (key === "Escape") {
    hand.drop();
    hand.speak(hand.words.left ?? "");
  } else if (later !== undefined && !it.stays) it.when = shifted(board, it.when, later);
  else if (longer !== undefined) it.length = Math.max(STEP, it.length + longer);
  else if (row !== undefined && !it.stays) it.row = neighbour(board, it.row, row);
  else return false;
  if (hand.held) {
    it.row ??= neighbour(board, null, 1);
    hand.show();
    it.row?.scrollIntoView({ block: "nearest" });
  }
  return true;
}

function neighbour(board: HTMLElement, row: HTMLElement | null, step: number): HTMLElement | null {
  const rows = [...board.querySelectorAll<HTMLElement>("[data-row]")];
  const at = row ? rows.indexOf(row) : -1;
  return rows[Math.min(Math.max(at + step, 0), rows.length - 1)] ?? null;
}

/** With an empty hand. */
function free(hand: Hand, key: string, on: HTMLElement | null, acts: Acts): boolean {
  if (key === "u" || key === "U") {
    acts.undo();
    return true;
  }
  if (!on) return false;
  if (key === " " || key === "p") {
    if (!hand.pick(on)) return false;
    hand.speak(hand.say("picked", { what: hand.held?.what ?? "" }));
    acts.shown();
    return true;
  }
  if (key === "x" || key === "X") acts.choose(on);
  else if (key === "Delete" && hand.pick(on)) void hand.takeOff();
  else if (key.startsWith("Arrow")) next(hand.root, on, key)?.focus();
  else return false;
  return true;
}

/** The visit beside: in the row by left and right, in the nearest row that has one by up and down. */
function next(root: HTMLElement, on: HTMLElement, key: string): HTMLElement | undefined {
  const rows = [...root.querySelectorAll<HTMLElement>(".tray, [data-row]")].map((r) =>
    [...r.querySelectorAll<HTMLElement>("a.band, a.slip")].sort((a, b) => left(a) - left(b)),
  );
  const y = rows.findIndex((r) => r.includes(on));
  const x = rows[y]?.indexOf(on) ?? -1;
  if (key === "ArrowLeft" || key === "ArrowRight") return rows[y]?.[x + (key === "ArrowLeft" ? -1 : 1)];
  const step = key === "ArrowUp" ? -1 : 1;
  for (let n = y + step; n >= 0 && n < rows.length; n += step) {
    const row = rows[n] ?? [];
    if (row.length) return row.reduce((best, a) => (Math.abs(left(a) - left(on)) < Math.abs(left(best) - left(on)) ? a : best));
  }
  return undefined;
}

function left(element: HTMLElement): number {
  return element.getBoundingClientRect().left;
}
