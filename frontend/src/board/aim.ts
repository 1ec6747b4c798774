/** Whom and when as fields of the card: for a thumb, and for whoever would rather choose than drag. */
import type { Hand } from "./hand";
import { FIRST, minutesShown, STEP } from "./lanes";

type Choice = { value: string; text: string };

/** Each choice is held like a move by keyboard; what is returned shows in the fields where the visit is held now. */
export function startAim(hand: Hand, card: HTMLElement | null, then: () => void): () => void {
  const who = card?.querySelector<HTMLSelectElement>("[data-aim-who]");
  const day = card?.querySelector<HTMLSelectElement>("[data-aim-day]");
  const time = card?.querySelector<HTMLInputElement>("[data-aim-time]");
  if (!who || !time) return () => {};
  const aimed = () => {
    const { board, held } = hand;
    if (!board || !held) return;
    held.row = rows(board).find((r) => r.dataset.uid === who.value) ?? null;
    const [hour = 0, minute = 0] = time.value.split(":").map(Number);
    const last = minutesShown(board) - STEP;
    if (time.value)
      held.when = { day: Number(day?.value ?? held.when.day), minute: Math.min(Math.max(hour * 60 + minute - FIRST, 0), last) };
    hand.show();
    then();
  };
  for (const field of [who, day, time]) field?.addEventListener("change", aimed);
  return () => {
    const { board, held } = hand;
    if (!board || !held) return;
    fill(who, [{ value: "", text: hand.words.who ?? "" }, ...rows(board).map(choice)], held.row?.dataset.uid ?? "");
    const days = [...board.querySelectorAll(".hours b")].map((b, n) => ({ value: String(n), text: b.textContent ?? "" }));
    if (day) fill(day, days, String(held.when.day));
    const at = held.when.minute + FIRST;
    time.value = `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
    for (const field of [who, day, time]) if (field) field.disabled = held.stays;
  };
}

function rows(board: HTMLElement): HTMLElement[] {
  return [...board.querySelectorAll<HTMLElement>("[data-row]")];
}

function choice(row: HTMLElement): Choice {
  const fit = row.querySelector("[data-fit]")?.textContent;
  return { value: row.dataset.uid ?? "", text: [row.dataset.name, fit].filter(Boolean).join(" · ") };
}

/** The list's texts change under an open list; it is made anew only where the rows did. */
function fill(list: HTMLSelectElement, choices: Choice[], chosen: string): void {
  if (choices.length !== list.options.length || choices.some((c, n) => list.options[n]?.value !== c.value))
    list.replaceChildren(...choices.map((c) => new Option("", c.value)));
  for (const [n, c] of choices.entries()) {
    const option = list.options[n];
    if (option && option.text !== c.text) option.text = c.text;
  }
  list.value = chosen;
}
