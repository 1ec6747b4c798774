/** By pointer: drag a visit to a row and a time, drag its right edge to make it longer, click to pick it. */
import type { Hand } from "./hand";
import { listed, STEP, whenAt } from "./lanes";

const FAR = 4; // pixels before a press is a drag
const EDGE = 8;
const LONG_PRESS = 350;

type Press = { element: HTMLElement; x: number; y: number; grip: number; edge: boolean; moving: boolean };

export function startPointer(hand: Hand, clicked: (element: HTMLElement, event: MouseEvent) => void): void {
  const { root } = hand;
  let press: Press | undefined;
  let ghost: HTMLElement | undefined;
  let frame = 0;
  let held = 0;

  const begin = (x: number, y: number) => {
    if (!press || !hand.pick(press.element)) return end();
    press.moving = true;
    if (press.edge) return;
    ghost = press.element.cloneNode(true) as HTMLElement;
    ghost.classList.add("ghost");
    ghost.removeAttribute("data-visit");
    ghost.style.width = `${Math.min(press.element.getBoundingClientRect().width, 260)}px`;
    document.body.append(ghost);
    move(x, y);
  };

  const move = (x: number, y: number, under = document.elementFromPoint(x, y)) => {
    if (!press) return;
    if (ghost) ghost.style.transform = `translate(${x + 10}px, ${y + 10}px)`;
    const lane = under?.closest<HTMLElement>(".board .lane") ?? null;
    if (press.edge) stretch(hand, press.element, x);
    else if (lane?.closest("[data-row]")) hand.over(lane, x, press.grip);
    else {
      if (hand.held) hand.held.row = null;
      hand.show();
    }
  };

  const end = () => {
    window.clearTimeout(held);
    cancelAnimationFrame(frame);
    ghost?.remove();
    ghost = press = undefined;
    hand.pressed = false;
  };

  root.addEventListener("dragstart", (event) => {
    if ((event.target as HTMLElement).closest("[data-visit]")) event.preventDefault();
  });
  root.addEventListener("pointerdown", (event) => {
    const element = (event.target as HTMLElement).closest<HTMLElement>("[data-visit]");
    if (!element || event.button !== 0 || event.ctrlKey || event.metaKey || !("may" in root.dataset) || listed(hand.board)) return;
    const box = element.getBoundingClientRect();
    const band = element.classList.contains("band");
    const edge = band && box.right - event.clientX < EDGE && box.width > 2 * EDGE;
    hand.pressed = true;
    press = { element, x: event.clientX, y: event.clientY, grip: band ? event.clientX - box.left : 0, edge, moving: false };
    if (event.pointerType === "touch") held = window.setTimeout(() => begin(event.clientX, event.clientY), LONG_PRESS);
  });
  window.addEventListener("pointermove", (event) => {
    if (!press) return;
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > FAR;
    if (!press.moving && event.pointerType === "touch") return far ? end() : undefined;
    if (!press.moving && far) begin(event.clientX, event.clientY);
    if (!press?.moving) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => move(event.clientX, event.clientY));
  });
  window.addEventListener("pointerup", (event) => {
    if (!press?.moving) {
      end();
      hand.catchUp();
      return;
    }
    const under = document.elementFromPoint(event.clientX, event.clientY); // before anything changes: after it, the page would be laid out twice
    move(event.clientX, event.clientY, under);
    end();
    root.dataset.dragged = "1"; // the click that follows is the end of the drag
    window.setTimeout(() => delete root.dataset.dragged, 0);
    if (hand.held?.row) void hand.put();
    else if (under?.closest("[data-tray]")) void hand.takeOff();
    else hand.drop();
  });
  window.addEventListener("pointercancel", () => {
    if (press?.moving) hand.drop();
    end();
  });
  root.addEventListener("touchmove", (event) => press?.moving && event.preventDefault(), { passive: false });
  root.addEventListener("click", (event) => {
    const element = (event.target as HTMLElement).closest<HTMLElement>("[data-visit], [data-at], [data-split]");
    if (!element) return;
    if (root.dataset.dragged) return event.preventDefault();
    clicked(element, event);
  });
}

/** The end follows the pointer; the start stays. */
function stretch(hand: Hand, element: HTMLElement, x: number): void {
  const { board, held } = hand;
  const lane = element.closest<HTMLElement>(".lane");
  if (!board || !held || !lane) return;
  const until = whenAt(board, lane, x);
  if (until.day === held.when.day) held.length = Math.max(STEP, until.minute - held.when.minute);
  hand.show();
}
