/** The estimate as a sheet: what is changed is kept at once, keys move as in a spreadsheet, lines can be pasted. */

type Answer = {
  version: number;
  added: string[];
  figures: Record<string, string | null>;
  sections: { option: string; cost: string; price: string }[];
  lines: { uid: string; hours: string; cost: string; price: string }[];
};
type Given = Record<string, string | boolean>;

const PASTED = ["phase", "cost_code", "cost_type", "description", "quantity", "unit", "per_hour", "unit_cost", "waste"];
let queue: Promise<void> = Promise.resolve(); // one change after the other: each answers the version of the next

export function startEstimate(): void {
  const root = document.querySelector<HTMLElement>("[data-estimate]");
  startAssemblies();
  if (!root) return;
  if ("closed" in root.dataset) {
    for (const field of root.querySelectorAll<HTMLInputElement>("input, select, button")) field.disabled = true;
    return;
  }
  root.addEventListener("change", (event) => changed(root, event.target as HTMLInputElement));
  root.addEventListener("keydown", (event) => keyed(root, event));
  root.addEventListener("paste", (event) => pasted(root, event));
  root.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest("[data-remove]");
    if (button) removed(root, button.closest<HTMLTableRowElement>("tr"));
  });
}

const fields = (row: Element) => [...row.querySelectorAll<HTMLInputElement>("[data-f]")];
const value = (field: HTMLInputElement): string | boolean => {
  if (field.type === "checkbox") return field.checked;
  return field.value.trim() === "" && field.dataset.f !== "phase" ? (field.classList.contains("n") ? "0" : "") : field.value.trim();
};

function changed(root: HTMLElement, field: HTMLInputElement): void {
  const row = field.closest<HTMLTableRowElement>("tr");
  if (!row || !field.dataset.f) return;
  if ("new" in row.dataset) {
    const given = typed(row);
    if (given.description && given.cost_code) void send(root, [withOption(row, given)], [], () => location.reload(), row);
    return;
  }
  void send(root, [{ uid: row.dataset.line ?? "", [field.dataset.f]: value(field) }], [], undefined, row);
}

function typed(row: HTMLTableRowElement): Given {
  return Object.fromEntries(
    fields(row)
      .filter((f) => f.value.trim() !== "")
      .map((f) => [f.dataset.f, f.value.trim()]),
  );
}

function withOption(row: HTMLTableRowElement, given: Given): Given {
  const option = row.closest<HTMLElement>("[data-section]")?.dataset.section;
  return option ? { ...given, option } : given;
}

function keyed(root: HTMLElement, event: KeyboardEvent): void {
  const field = event.target as HTMLInputElement;
  const row = field.closest<HTMLTableRowElement>("tr");
  if (!row || !field.dataset.f) return;
  const step = event.key === "ArrowDown" || event.key === "Enter" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step && field.tagName !== "SELECT") {
    event.preventDefault();
    same(root, row, field.dataset.f, step)?.focus();
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") {
    event.preventDefault();
    const above = same(root, row, field.dataset.f, -1);
    if (above) field.value = above.value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  } else if ((event.ctrlKey || event.metaKey) && event.key === "Delete") {
    event.preventDefault();
    removed(root, row);
  }
}

/** The same column some lines on. */
function same(root: HTMLElement, row: HTMLTableRowElement, name: string, step: number): HTMLInputElement | null {
  const rows = [...root.querySelectorAll<HTMLTableRowElement>("tr[data-line], tr[data-new]")];
  const next = rows[rows.indexOf(row) + step]?.querySelector<HTMLInputElement>(`[data-f="${name}"]`) ?? null;
  next?.select?.();
  return next;
}

function removed(root: HTMLElement, row: HTMLTableRowElement | null): void {
  if (!row?.dataset.line) return;
  void send(root, [], [row.dataset.line], () => {
    same(root, row, "description", 1)?.focus();
    row.remove();
  });
}

/** Lines of a spreadsheet, pasted into a cell: columns run on from there, new lines are added below. */
function pasted(root: HTMLElement, event: ClipboardEvent): void {
  const field = event.target as HTMLInputElement;
  const row = field.closest<HTMLTableRowElement>("tr");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const first = PASTED.indexOf(field.dataset.f ?? "");
  if (!row || first < 0 || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const rows = [...root.querySelectorAll<HTMLTableRowElement>("tr[data-line], tr[data-new]")];
  const lines = text
    .replace(/\r/g, "")
    .replace(/\n+$/, "")
    .split("\n")
    .map((line, n) => {
      const given: Given = {};
      for (const [k, cell] of line.split("\t").entries()) {
        const name = PASTED[first + k];
        if (name && cell.trim()) given[name] = plain(name, cell.trim());
      }
      const below = rows[rows.indexOf(row) + n];
      return below?.dataset.line ? { uid: below.dataset.line, ...given } : withOption(row, { cost_type: "M", ...given });
    });
  void send(root, lines, [], () => location.reload(), row);
}

/** '$1,234.50' is 1234.50, '5%' is 0.05. */
function plain(name: string, cell: string): string {
  if (["phase", "cost_code", "description", "unit"].includes(name)) return cell;
  if (name === "cost_type") return cell.slice(0, 1).toUpperCase();
  const number = cell.replace(/[$,\s]/g, "");
  return number.endsWith("%") ? String(Number(number.slice(0, -1)) / 100) : number;
}

function send(root: HTMLElement, lines: Given[], remove: string[], then?: () => void, row?: HTMLElement): Promise<void> {
  queue = queue.then(() => post(root, lines, remove, then, row));
  return queue;
}

async function post(root: HTMLElement, lines: Given[], remove: string[], then?: () => void, row?: HTMLElement): Promise<void> {
  const token = (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>)["X-CSRFToken"] ?? "";
  const call = { expected_version: Number(root.dataset.version) };
  const reply = await fetch("/api/v1/commands/estimate.edit", {
    method: "POST",
    body: JSON.stringify({ estimate: root.dataset.estimate, lines, remove, call }),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
  });
  const place = document.querySelector<HTMLElement>("[data-sheet-error]");
  row?.classList.toggle("wrong", !reply.ok);
  if (!reply.ok) {
    if (place) place.textContent = ((await reply.json()) as { title: string }).title;
    place?.scrollIntoView({ block: "nearest" });
    return;
  }
  if (place) place.textContent = "";
  show(root, (await reply.json()) as Answer);
  then?.();
}

const money = (text: string) => Number(text).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const put = (place: Element | null | undefined, text: string) => {
  if (place) place.textContent = text;
};

function show(root: HTMLElement, answer: Answer): void {
  root.dataset.version = String(answer.version);
  for (const line of answer.lines) {
    const row = root.querySelector(`[data-line="${line.uid}"]`);
    put(row?.querySelector('[data-o="hours"]'), Number(line.hours) ? String(Number(line.hours)) : "");
    put(row?.querySelector('[data-o="cost"]'), money(line.cost));
    put(row?.querySelector('[data-o="price"]'), money(line.price));
  }
  for (const s of answer.sections) {
    const section = root.querySelector(`[data-section="${s.option}"]`);
    put(section?.querySelector('[data-s="price"]'), money(s.price));
    put(section?.querySelector('[data-s="cost"]'), money(s.cost));
  }
  for (const tile of document.querySelectorAll<HTMLElement>("[data-tiles] [data-t]")) {
    const name = tile.dataset.t ?? "";
    const figure = answer.figures[name];
    if (figure === null || figure === undefined) tile.textContent = "";
    else if (name === "hours") tile.textContent = String(Number(figure));
    else tile.textContent = name === "markup" || name === "margin" ? `${(Number(figure) * 100).toFixed(1)}%` : money(figure);
  }
}

/** The parameters of the assembly that is chosen, with their usual values. */
function startAssemblies(): void {
  const choice = document.querySelector<HTMLSelectElement>("[data-assembly]");
  const place = document.querySelector<HTMLElement>("[data-parameters-of]");
  if (!choice || !place) return;
  const draw = () => {
    place.textContent = "";
    for (const pair of (choice.selectedOptions[0]?.dataset.parameters ?? "").split(";").filter(Boolean)) {
      const [name = "", usual = ""] = pair.split("=");
      const label = document.createElement("label");
      const input = Object.assign(document.createElement("input"), { name: `parameters.${name}`, value: usual, inputMode: "decimal" });
      input.className = "form-control";
      label.append(name.replace(/_/g, " "), input);
      place.append(label);
    }
  };
  choice.addEventListener("change", draw);
  draw();
}

/** The client's page: the price follows what is chosen; the server computes it again when it is signed. */
export function startOffer(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-offer]");
  const total = form?.querySelector<HTMLElement>("[data-total]");
  if (!form || !total) return;
  const cents = (text: string | undefined) => Math.round(Number(text) * 100);
  const add = () => {
    let sum = cents(form.dataset.offer);
    for (const box of form.querySelectorAll<HTMLInputElement>("input[data-price]:checked")) sum += cents(box.dataset.price);
    total.textContent = money(String(sum / 100));
  };
  form.addEventListener("change", add);
  add();
}
