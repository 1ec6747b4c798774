/** What each row says before the drop: asked of the server once for each time that the visit is held over. */
export type Fit = { no: string; mind: string };
type Row = { uid: string; fits: string; no: string; mind: string };

export class Fits {
  private readonly known = new Map<string, Map<string, Fit>>();
  private asked = "";
  private waiting = 0;
  private flight: AbortController | undefined;

  constructor(private readonly root: HTMLElement) {}

  ask(visit: string, start: string, end: string, then: (told: Map<string, Fit>) => void): void {
    if (!this.asked) this.wipe();
    const key = `${visit} ${start} ${end}`;
    const told = this.known.get(key);
    if (told) {
      this.asked = key;
      this.paint(told);
      then(told);
      return;
    }
    if (key === this.asked) return;
    this.asked = key;
    window.clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.fetch(key, visit, start, end, then), 60);
  }

  private async fetch(key: string, visit: string, start: string, end: string, then: (told: Map<string, Fit>) => void): Promise<void> {
    this.flight?.abort();
    this.flight = new AbortController();
    const draft = this.root.dataset.draft ? "&draft=1" : "";
    try {
      const reply = await fetch(`/api/v1/visits/${visit}/fit?start=${start}&end=${end}${draft}`, { signal: this.flight.signal });
      if (!reply.ok) return;
      const rows = (await reply.json()) as { rows: Row[] };
      const told = new Map(rows.rows.map((r) => [r.uid, { no: r.no, mind: r.mind }]));
      this.known.set(key, told);
      if (key !== this.asked) return;
      this.paint(told);
      then(told);
    } catch {
      if (this.asked === key) this.asked = ""; // asked for another time meanwhile, or nobody answers: the server decides at the drop in any case
    }
  }

  private paint(told: Map<string, Fit>): void {
    for (const row of this.root.querySelectorAll<HTMLElement>("[data-row]")) {
      const fit = told.get(row.dataset.uid ?? "");
      if (!fit) continue;
      row.dataset.fits = fit.no ? "no" : fit.mind ? "mind" : "yes";
      const place = row.querySelector<HTMLElement>("[data-fit]");
      const text = fit.no || fit.mind || "✓";
      if (place && place.textContent !== text) place.textContent = text;
    }
  }

  /** Nothing is held any more; the rows are wiped after the move itself is painted. */
  clear(): void {
    window.clearTimeout(this.waiting);
    this.flight?.abort();
    this.asked = "";
    this.known.clear();
    this.waiting = window.setTimeout(() => this.wipe(), 60);
  }

  private wipe(): void {
    for (const row of this.root.querySelectorAll<HTMLElement>("[data-row]")) {
      delete row.dataset.fits;
      const place = row.querySelector<HTMLElement>("[data-fit]");
      if (place) place.textContent = "";
    }
  }
}
