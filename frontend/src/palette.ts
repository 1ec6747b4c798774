type Hit = { kind: string; title: string; detail: string; href: string };

/** Ctrl K: find anything, do anything. */
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
  let asked = 0;
  input.addEventListener("input", async () => {
    const mine = ++asked;
    const reply = await fetch(`/search?q=${encodeURIComponent(input.value)}`, { headers: { Accept: "application/json" } });
    if (!reply.ok || mine !== asked) return;
    const found = (await reply.json()) as { rows: Hit[] };
    list.replaceChildren(...found.rows.map(row));
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...list.querySelectorAll<HTMLAnchorElement>("a")];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = event.key === "ArrowDown" ? at + 1 : at - 1;
    (links[next] ?? (next < 0 ? input : links.at(-1)))?.focus();
    event.preventDefault();
  });
}

function row(hit: Hit): HTMLLIElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = hit.href;
  const title = document.createElement("strong");
  title.textContent = hit.title;
  const detail = document.createElement("span");
  detail.textContent = `${hit.kind.replaceAll("_", " ")} · ${hit.detail}`;
  link.append(title, detail);
  item.append(link);
  return item;
}
