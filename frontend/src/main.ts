import "@fontsource-variable/inter";
import "@tabler/core/dist/css/tabler.min.css";
import "./bifocal.css";
import "./estimates.css";
import "./board.css";
import htmx from "htmx.org";
import { startBoard } from "./board";
import { startDrafts } from "./drafts";
import { startEstimate, startOffer } from "./estimate";
import { startLive } from "./live";
import { startPalette } from "./palette";
import { startPins } from "./pin";
import { startSignatures } from "./signature";
import { startTour } from "./tour";

// No inline styles and no eval: the content security policy forbids both.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "[45]..", swap: true, error: true },
];

/** Bars get their place from data attributes: style attributes in the page are forbidden. */
function placeBars(root: ParentNode): void {
  for (const bar of root.querySelectorAll<HTMLElement>("[data-left], [data-width]")) {
    if (bar.dataset.left) bar.style.left = `${bar.dataset.left}%`;
    if (bar.dataset.width) bar.style.width = `max(${bar.dataset.width}%, 4px)`;
  }
}

/** On a phone a table of cards names its figures, and what has an empty data-label, by its own headings. */
function labelCards(root: ParentNode): void {
  for (const table of root.querySelectorAll<HTMLTableElement>("table.cards")) {
    const heads = Array.from(table.tHead?.rows[0]?.cells ?? [], (cell) => cell.textContent?.trim() ?? "");
    for (const row of table.tBodies[0]?.rows ?? [])
      for (const [place, cell] of Array.from(row.cells).entries())
        if (heads[place] && !cell.dataset.label && (cell.classList.contains("r") || "label" in cell.dataset))
          cell.dataset.label = heads[place];
  }
}

/** The open tab is in sight, however narrow the screen. */
function showTab(): void {
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** The switch of light and dark; scheme.js has set what was chosen, before the first paint. */
function startTheme(): void {
  document.querySelector("[data-theme-switch]")?.addEventListener("click", () => {
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = next;
    localStorage.setItem("theme", next);
  });
}

/** Lines of a form: add another from the template row. */
function startRows(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-add-row]")) {
    button.addEventListener("click", () => {
      const body = document.querySelector<HTMLElement>(button.dataset.addRow ?? "");
      const last = body?.lastElementChild;
      if (!body || !last) return;
      const row = last.cloneNode(true) as HTMLElement;
      const next = body.children.length;
      for (const input of row.querySelectorAll<HTMLInputElement>("[name]")) {
        input.name = input.name.replace(/\.\d+\./, `.${next}.`);
        if (input.type !== "hidden" && input.tagName !== "SELECT") input.value = "";
      }
      body.append(row);
      row.querySelector<HTMLInputElement>("input,select")?.focus();
    });
  }
}

/** Menus close when something else is touched, and by Escape. */
function startMenus(): void {
  const close = (except?: Element | null) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => close((event.target as HTMLElement).closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
}

/** A choice above a list acts at once. */
function startFilters(): void {
  for (const choice of document.querySelectorAll<HTMLSelectElement>("select[data-submit]"))
    choice.addEventListener("change", () => choice.form?.requestSubmit());
}

/** A form that was sent can't be sent twice while it waits. */
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = (event.target as HTMLElement).closest("form.do");
  for (const button of form?.querySelectorAll("button") ?? []) button.disabled = true;
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = (event.target as HTMLElement).closest("form.do");
  for (const button of form?.querySelectorAll("button") ?? []) button.disabled = false;
});
document.addEventListener("htmx:afterSettle", (event) => {
  placeBars(event.target as HTMLElement);
  labelCards(event.target as HTMLElement);
});

startTheme();
placeBars(document);
labelCards(document);
showTab();
startRows(document);
startMenus();
startTour();
startFilters();
startBoard();
startDrafts();
startEstimate();
startOffer();
startPalette();
startPins();
startSignatures();
startLive();
