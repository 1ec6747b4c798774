/** Places and times on the lanes: percent of a lane to an instant and back. A lane shows some days, each from six in the morning on. */
export const STEP = 15;
export const FIRST = 6 * 60;

export type When = { day: number; minute: number };

export function sheet(root: ParentNode): HTMLElement | null {
  return root.querySelector<HTMLElement>(".board[data-days]");
}

function daysOf(board: HTMLElement): number[] {
  return (board.dataset.days ?? "").split(" ").map((d) => new Date(d).getTime());
}

/** Whether the lanes are lists, as on a phone: there is no place in them that means a time. */
export function listed(board: HTMLElement | null): boolean {
  return !!board && getComputedStyle(board).getPropertyValue("--list").trim() === "1";
}

export function minutesShown(board: HTMLElement): number {
  return Number(board.dataset.hours) * 60;
}

/** The time under a point of a lane, to the quarter of an hour. */
export function whenAt(board: HTMLElement, lane: HTMLElement, x: number): When {
  const box = lane.getBoundingClientRect();
  const count = daysOf(board).length;
  const share = Math.min(Math.max((x - box.left) / box.width, 0), 0.9999) * count;
  const day = Math.floor(share);
  return { day, minute: Math.round(((share - day) * minutesShown(board)) / STEP) * STEP };
}

export function whenOf(board: HTMLElement, iso: string): When {
  const at = new Date(iso).getTime();
  const days = daysOf(board);
  const found = days.findLastIndex((d) => d - FIRST * 60_000 <= at);
  const day = Math.max(found, 0);
  return { day, minute: Math.round((at - (days[day] ?? at)) / 60_000) };
}

/** A wish for another day than those shown is held over its hour of the first one: what is put down must be seen there. */
export function wished(board: HTMLElement, iso: string): When {
  const { day, minute } = whenOf(board, iso);
  const first = daysOf(board)[0] ?? 0;
  const inside = new Date(iso).getTime() >= first && minute < 24 * 60 - FIRST;
  const hour = ((minute % 1440) + 1440) % 1440;
  return inside ? { day, minute } : { day: 0, minute: Math.min(hour, minutesShown(board) - STEP) };
}

export function instant(board: HTMLElement, when: When): string {
  return new Date((daysOf(board)[when.day] ?? 0) + when.minute * 60_000).toISOString();
}

/** Later or earlier by some minutes; past the end of a day's hours it goes on with the next day shown. */
export function shifted(board: HTMLElement, when: When, minutes: number): When {
  const shown = minutesShown(board);
  const minute = when.minute + minutes;
  if (minute < 0 && when.day > 0) return { day: when.day - 1, minute: shown - STEP };
  if (minute >= shown && when.day < daysOf(board).length - 1) return { day: when.day + 1, minute: 0 };
  return { day: when.day, minute: Math.min(Math.max(minute, 0), shown - STEP) };
}

/** Put something where a visit of this length would lie. */
export function lay(board: HTMLElement, what: HTMLElement, when: When, length: number): void {
  const count = daysOf(board).length;
  const shown = minutesShown(board);
  what.style.left = `${((when.day + when.minute / shown) / count) * 100}%`;
  what.style.width = `max(${(length / shown / count) * 100}%, 4px)`;
}

export function clock(minute: number): string {
  const at = minute + FIRST;
  const hour = Math.floor(at / 60) % 24;
  const rest = at % 60 ? `:${String(at % 60).padStart(2, "0")}` : "";
  return `${hour % 12 === 0 ? 12 : hour % 12}${rest} ${hour < 12 ? "am" : "pm"}`;
}
