/** The tour's panel: brings what a step is about into view and outlines it; its buttons are ordinary ones, so the keyboard works. */
export function startTour(): void {
  const panel = document.querySelector<HTMLElement>(".tour");
  if (!panel) return;
  const seen = panel.dataset.look ? document.querySelector<HTMLElement>(panel.dataset.look) : null;
  if (seen) {
    seen.classList.add("looked-at");
    if (!location.hash) seen.scrollIntoView({ block: "center" });
  }
  const next = panel.querySelector<HTMLElement>("[data-tour-next]");
  if (document.activeElement === document.body) next?.focus({ preventScroll: true });
}
