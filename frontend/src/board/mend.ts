/** The board painted anew: only the rows that changed are sent by the server and put in place; the others are not touched. */
import htmx from "htmx.org";
import { sheet } from "./lanes";

const MOST = 400; // marks in one request's header

/** The rows as they are shown, told with the question; the answer leaves them out. */
export function marks(root: HTMLElement): string {
  const rows = [...root.querySelectorAll<HTMLElement>("[data-mark]")];
  return rows
    .slice(0, MOST)
    .map((r) => r.dataset.mark)
    .join(" ");
}

/** A row that the hand has painted itself is asked for again, whatever the server decides. */
export function unmark(element: Element | null | undefined): void {
  delete element?.closest<HTMLElement>("[data-mark]")?.dataset.mark;
}

/** Put the answer in place; false where it holds no board or asks for a row that is gone, and all has to be swapped. */
export function mend(root: HTMLElement, html: string): boolean {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  const was = sheet(root);
  const now = sheet(answer.content);
  if (!was || !now) return false;
  const kept = new Map([...was.querySelectorAll<HTMLElement>("[data-mark]")].map((r) => [r.dataset.mark, r]));
  const rows = [...now.children].map((r) => {
    const same = (r as HTMLElement).dataset.same;
    return same ? kept.get(same) : (r as HTMLElement);
  });
  if (rows.some((r) => !r)) return false;
  around(root, was, answer.content, now);
  lay(was, rows as HTMLElement[]);
  for (const { name, value } of [...now.attributes]) was.setAttribute(name, value);
  if (now.dataset.now) for (const line of was.querySelectorAll<HTMLElement>(".now")) line.style.left = `${now.dataset.now}%`;
  return true;
}

/** Rows in their order; a row that stands where it should is not moved, so that its scroll and focus stay. */
function lay(board: HTMLElement, rows: HTMLElement[]): void {
  const wanted = new Set<Element>(rows);
  for (const gone of [...board.children]) if (!wanted.has(gone)) gone.remove();
  let at = board.firstElementChild;
  for (const row of rows) {
    if (at === row) at = at.nextElementSibling;
    else board.insertBefore(row, at);
  }
}

/** What stands before and after the card of the board: trays, proposals, notices, columns. */
function around(root: HTMLElement, was: HTMLElement, answer: DocumentFragment, now: HTMLElement): void {
  const old = [...root.children].find((c) => c.contains(was));
  const fresh = [...answer.children].find((c) => c.contains(now));
  if (!old || !fresh) return;
  for (const c of [...root.children]) if (c !== old) c.remove();
  let before = true;
  for (const c of [...answer.children]) {
    if (c === fresh) before = false;
    else {
      if (before) old.before(c);
      else root.append(c);
      htmx.process(c);
    }
  }
}
