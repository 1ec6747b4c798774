type Hit = { kind: string; title: string; detail: string; href: string };

/** Ctrl K: find anything, do anything. What can be done stands in the page; what can be found is asked for. */
export function startPalette(): void {
  const dialog = document.querySelector<HTMLDialogElement>("#palette");
  const input = dialog?.querySelector<HTMLInputElement>("input");
  const list = dialog?.querySelector<HTMLUListElement>("ul");
  if (!dialog || !input || !list) return;
  const open = () => {
    dialog.showModal();
    input.select();
  };
  for (const button of document.querySelectorAll("[data-palette]")) button.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  let asked = 0;
  input.addEventListener("input", async () => {
    const mine = ++asked;
    const words = input.value.trim();
    const done = narrowActions(list, words);
    const hits = words.length < 2 ? [] : await ask(words);
    if (mine !== asked) return;
    for (const old of list.querySelectorAll("[data-hit]")) old.remove();
    list.prepend(...hits.map(row));
    if (words && !hits.length && !done) list.prepend(nothing(dialog.dataset.none ?? ""));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    links(list)[0]?.click();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const all = links(list);
    const at = all.indexOf(document.activeElement as HTMLAnchorElement);
    const next = event.key === "ArrowDown" ? at + 1 : at - 1;
    (all[next] ?? (next < 0 ? input : all.at(-1)))?.focus();
    event.preventDefault();
  });
}

function links(list: HTMLElement): HTMLAnchorElement[] {
  return [...list.querySelectorAll<HTMLAnchorElement>("li:not([hidden]) a")];
}

/** Shows the actions whose name holds every word; returns how many there are. */
function narrowActions(list: HTMLElement, words: string): number {
  const parts = plain(words).split(/\s+/);
  let shown = 0;
  for (const item of list.querySelectorAll<HTMLElement>("[data-action]")) {
    const name = plain(item.dataset.action ?? "");
    item.hidden = !parts.every((part) => name.includes(part));
    if (!item.hidden) shown++;
  }
  return shown;
}

/** Without case and accents, so that 'facturacion' finds 'Facturación'. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "");
}

async function ask(words: string): Promise<Hit[]> {
  const reply = await fetch(`/search?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } });
  return reply.ok ? ((await reply.json()) as { rows: Hit[] }).rows : [];
}

function nothing(text: string): HTMLLIElement {
  const item = document.createElement("li");
  item.dataset.hit = "";
  const line = document.createElement("p");
  line.textContent = text;
  item.append(line);
  return item;
}

function row(hit: Hit): HTMLLIElement {
  const item = document.createElement("li");
  item.dataset.hit = "";
  const link = document.createElement("a");
  link.href = hit.href;
  const title = document.createElement("strong");
  title.textContent = hit.title;
  const detail = document.createElement("span");
  detail.textContent = `${hit.kind} · ${hit.detail}`;
  link.append(title, detail);
  item.append(link);
  return item;
}
