/** The board of the day: a visit is dragged to a person and an hour; the server decides, its sentence is shown. */
const STEP = 15;

type Held = { visit: string; version: string; grip: number };

export function startBoard(): void {
  const root = document.querySelector<HTMLElement>("#board");
  if (!root) return;
  let held: Held | undefined;
  root.addEventListener("dragstart", (event) => {
    const slip = (event.target as HTMLElement).closest<HTMLElement>("[data-visit]");
    if (!slip || !event.dataTransfer) return;
    const grip = slip.classList.contains("band") ? event.clientX - slip.getBoundingClientRect().left : 0;
    held = { visit: slip.dataset.visit ?? "", version: slip.dataset.version ?? "", grip };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.visit);
  });
  root.addEventListener("dragover", (event) => {
    const lane = laneAt(event);
    mark(root, lane);
    if (lane && held) event.preventDefault();
  });
  root.addEventListener("dragend", () => mark(root));
  root.addEventListener("drop", (event) => {
    const lane = laneAt(event);
    mark(root);
    if (!lane || !held) return;
    event.preventDefault();
    void schedule(root, lane, startOf(lane, event.clientX - held.grip), held);
    held = undefined;
  });
}

function laneAt(event: DragEvent): HTMLElement | undefined {
  return (event.target as HTMLElement).closest<HTMLElement>("[data-person]") ?? undefined;
}

function mark(root: HTMLElement, lane?: HTMLElement): void {
  for (const other of root.querySelectorAll(".lane.over")) other.classList.toggle("over", other === lane);
  lane?.classList.add("over");
}

/** The time under the pointer, to the quarter of an hour. */
function startOf(lane: HTMLElement, x: number): string {
  const board = lane.closest<HTMLElement>("[data-midnight]");
  const box = lane.getBoundingClientRect();
  const share = Math.min(Math.max((x - box.left) / box.width, 0), 1);
  const minutes = Number(board?.dataset.first) * 60 + share * Number(board?.dataset.hours) * 60;
  const snapped = Math.round(minutes / STEP) * STEP;
  return new Date(new Date(board?.dataset.midnight ?? "").getTime() + snapped * 60_000).toISOString();
}

async function schedule(root: HTMLElement, lane: HTMLElement, start: string, held: Held): Promise<void> {
  const body = new FormData();
  const fields = { visit: held.visit, technician: lane.dataset.person ?? "", start, expected_version: held.version };
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const token = (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>)["X-CSRFToken"] ?? "";
  const reply = await fetch("/do/visit.schedule", { method: "POST", body, headers: { "X-CSRFToken": token, "HX-Request": "true" } });
  const said = reply.ok ? "" : await reply.text();
  const place = root.querySelector<HTMLElement>("[data-board-error]");
  if (place) place.innerHTML = said; // a sentence that the server has escaped
  if (reply.ok) root.dispatchEvent(new CustomEvent("live"));
  else place?.scrollIntoView({ block: "center" });
}
