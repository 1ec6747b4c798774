/** The Gantt: dhtmlx-gantt paints, the server computes. A change is posted, its answer holds every row whose dates moved. */
import "./csp";

import { type GanttStatic, gantt as library, type Task } from "dhtmlx-gantt";
import "dhtmlx-gantt/codebase/dhtmlxgantt.css";
import htmx from "htmx.org";
import "./gantt.css";
import { type Change, minuted, Refusal, type Row, Schedule } from "./data";
import { beside, crewClass, escaped, lines, scales, shading, span, taskOf, ZOOMS, type Zoom } from "./look";

const SORTS = ["FS", "SS", "FF", "SF"];

class Chart {
  readonly gantt: GanttStatic = library;
  readonly schedule: Schedule;
  private zoom: Zoom = (localStorage.getItem("gantt.zoom") as Zoom | null) ?? "week";
  private readonly shown = new Set((localStorage.getItem("gantt.shown") ?? "baseline,float,critical,links").split(","));
  private readonly may: boolean;
  private told = "";
  private warnings: number[] = [];

  constructor(private readonly root: HTMLElement) {
    this.schedule = new Schedule(root.dataset.job ?? "");
    this.may = root.dataset.may === "1";
    if (!ZOOMS.includes(this.zoom)) this.zoom = "week";
  }

  async start(): Promise<void> {
    await this.schedule.load();
    this.configure();
    this.listen();
    this.toolbar();
    this.gantt.init(this.root);
    this.whole();
    this.choose(new URLSearchParams(location.search).get("at"));
    this.root.dataset.ready = "1";
  }

  private configure(): void {
    const g = this.gantt;
    const w = this.root.dataset;
    g.plugins({ keyboard_navigation: true });
    if (document.documentElement.lang.startsWith("es")) g.i18n.setLocale("es");
    Object.assign(g.config, {
      readonly: !this.may,
      row_height: 30,
      bar_height: 17,
      scale_height: 44,
      details_on_dblclick: false,
      details_on_create: false,
      drag_project: false,
      drag_links: this.may,
      drag_progress: this.may,
      show_progress: true,
      open_tree_initially: true,
      duration_unit: "minute",
      round_dnd_dates: true,
      smart_rendering: true,
      static_background: false,
      keyboard_navigation_cells: true,
      grid_width: Math.min(700, Math.max(this.root.clientWidth * 0.5, Math.min(596, this.root.clientWidth * 0.6))),
      show_errors: false,
      sort: false,
      order_branch: this.may ? "marker" : false,
      order_branch_free: true,
      show_links: this.shown.has("links"),
      show_task_cells: true,
      fit_tasks: false,
      min_grid_column_width: 40,
    }); // prettier-ignore
    const short = this.schedule.chart.finish - this.schedule.chart.start < 300 * 1440; // within a year no date needs its year
    const day = g.date.date_to_str(short ? "%j %M" : "%j %M %y");
    const dates = short ? 62 : 78;
    const cell = (name: keyof Row) => (task: Task) => escaped(String(this.row(task)?.[name] ?? ""));
    g.config.columns = [
      { name: "code", label: w.wId, width: 54, template: cell("code"), editor: this.may ? { type: "text", map_to: "code" } : undefined },
      {
        name: "text",
        label: w.wName,
        tree: true,
        width: "*",
        min_width: 150,
        template: cell("name"),
        editor: this.may ? { type: "text", map_to: "name" } : undefined,
      },
      {
        name: "days",
        label: w.wDays,
        width: 46,
        align: "right",
        template: (t: Task) => (this.row(t)?.kind === "group" ? "" : String(this.row(t)?.days ?? "")),
        editor: this.may ? { type: "number", map_to: "days", min: 0, max: 9999 } : undefined,
      },
      { name: "start", label: w.wStart, width: dates, template: (t: Task) => day(t.start_date as Date) },
      { name: "finish", label: w.wFinish, width: dates, template: (t: Task) => day(t.end_date as Date) },
      { name: "float", label: w.wFloat, width: 56, align: "right", template: cell("float") },
      { name: "crew", label: w.wCrew, width: 72, template: cell("crew") },
      {
        name: "cost",
        label: w.wCost,
        width: 72,
        template: cell("cost"),
        editor: this.may ? { type: "select", map_to: "cost", options: this.costs() } : undefined,
      },
    ]; // prettier-ignore
    g.templates.task_class = (_s, _e, task) => this.classes(this.row(task as Task));
    g.templates.task_text = () => "";
    g.templates.rightside_text = (_s, _e, task) =>
      (this.zoom === "quarter" ? "" : String((task as Task).text)) + this.warned(String(task.id));
    g.templates.grid_row_class = (_s, _e, task) => (this.row(task as Task)?.kind === "group" ? "group" : "");
    g.templates.link_class = (link) =>
      this.critical(link.source as string) && this.critical(link.target as string) ? "gantt_critical_link" : "";
    shading(g, this.schedule, () => this.zoom);
    scales(g, this.zoom);
  }

  /** The company's cost codes to choose from, and none. */
  private costs(): { key: string; label: string }[] {
    return [{ key: "", label: "–" }, ...this.schedule.chart.costs.map(([code, name]) => ({ key: code, label: `${code} ${name}` }))];
  }

  /** What is wrong with an activity, behind its name: a submittal that is late, an inspection that failed. */
  private warned(uid: string): string {
    const said = this.schedule.chart.trouble[uid];
    return said ? ` <span class="trouble">▲ ${escaped(said.join("; "))}</span>` : "";
  }

  /** The red words once more: at once for what the change did itself, and when what follows it (submittals' dates) has had its time. */
  private warnAgain(): void {
    for (const timer of this.warnings) clearTimeout(timer);
    this.warnings = [300, 2500].map((wait) =>
      window.setTimeout(async () => {
        const uids = (await this.schedule.reread()).filter((uid) => this.gantt.isTaskExists(uid));
        const busy = this.gantt.getState().drag_id || this.gantt.ext.inlineEditors.isVisible(); // painted with what comes next
        if (uids.length && !busy) this.some(uids);
      }, wait),
    );
  }

  private row(task: Task): Row | undefined {
    return this.schedule.rows.get(String(task.id));
  }

  private critical(uid: string): boolean {
    return this.shown.has("critical") && (this.schedule.rows.get(uid)?.critical ?? false);
  }

  private classes(row?: Row): string {
    if (!row) return "";
    const late = this.shown.has("critical") && row.critical ? "critical" : "";
    return [late, row.kind === "task" ? crewClass(row.crew) : "", row.finished ? "done" : row.started ? "going" : ""].join(" ");
  }

  /** Everything painted anew, the place on the page and what is folded kept. */
  private whole(): void {
    const g = this.gantt;
    const at = g.getScrollState();
    const folded = new Set<string>();
    g.eachTask((t) => {
      if (g.hasChild(t.id) && !t.$open) folded.add(String(t.id));
    });
    const chosen = g.getSelectedId();
    span(g, this.schedule);
    this.root.style.setProperty("--rows", String(this.schedule.rows.size)); // a short plan leaves no white field under itself
    g.setSizes();
    g.clearAll();
    g.parse({
      data: this.schedule.ordered().map((r) => ({ ...taskOf(r), open: !folded.has(r.uid) })),
      links: this.schedule.links.map(([before, after, sort, lag]) => ({
        id: `${before} ${after} ${sort}`,
        source: before,
        target: after,
        type: String(["FS", "SS", "FF", "SF"].indexOf(sort)),
        lag,
      })), // prettier-ignore
    });
    g.scrollTo(at.x, at.y);
    if (chosen && g.isTaskExists(chosen)) g.selectTask(chosen);
    this.tell();
  }

  /** Only the rows that an answer names. */
  private some(uids: string[]): void {
    const g = this.gantt;
    for (const uid of uids) {
      const row = this.schedule.rows.get(uid);
      if (row && g.isTaskExists(uid)) Object.assign(g.getTask(uid), taskOf(row));
    }
    g.render();
    this.tell();
  }

  private tell(): void {
    const place = document.querySelector("[data-gantt-finish]");
    if (place)
      place.textContent = this.gantt.date.date_to_str("%D %j %M %Y")(
        this.gantt.date.add(new Date(0), this.schedule.chart.finish + new Date(0).getTimezoneOffset(), "minute"),
      );
  }

  /** Post changes and paint what came of them; a refusal is said and the bar goes back. */
  async change(changes: Change[], touched: string[] = []): Promise<void> {
    await this.send("schedule.change", { changes }, touched);
  }

  private async send(command: string, args: Record<string, unknown>, touched: string[] = []): Promise<void> {
    const began = performance.now();
    const before = new Map(this.schedule.rows);
    try {
      const answer = await this.schedule.post(command, args);
      const uids = answer.rows.map((r) => r[0] as string);
      const moved = uids.some(
        (u) => before.get(u)?.parent !== this.schedule.rows.get(u)?.parent || before.get(u)?.place !== this.schedule.rows.get(u)?.place,
      );
      if (moved || answer.removed.length || answer.links_added.length || answer.links_removed.length) this.whole();
      else this.some([...new Set([...uids, ...touched])]);
      const crews = answer.crews_moved.length ? ` ${this.root.dataset.wCrews}: ${answer.crews_moved.join(", ")}.` : "";
      this.say(`${answer.said}.${crews}`, false);
      this.root.dataset.took = String(Math.round(performance.now() - began));
      this.told = "";
      this.warnAgain();
      const chosen = this.gantt.getSelectedId();
      if (chosen) this.panel(String(chosen));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.say(error.message, true);
      if (error.code === "stale_version") await this.schedule.load();
      this.whole();
    }
  }

  private say(text: string, bad: boolean): void {
    const place = document.querySelector<HTMLElement>("[data-gantt-said]");
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("neg", bad);
    place.setAttribute("role", bad ? "alert" : "status");
  }

  private listen(): void {
    const g = this.gantt;
    g.attachEvent("onAfterTaskDrag", (id: string, mode: string) => void this.dragged(String(id), mode));
    g.attachEvent("onBeforeLinkAdd", (id, link) => {
      if (String(id).includes(" ")) return true; // the server's own
      const sort = SORTS[Number(link.type)] ?? "FS";
      void this.change([{ do: "link", activity: link.target, other: link.source, sort }]);
      return false;
    });
    g.attachEvent("onLinkDblClick", (id: string) => {
      const [before, after, sort] = String(id).split(" ");
      if (this.may && confirm(this.root.dataset.wUnlink)) void this.change([{ do: "unlink", activity: after, other: before, sort }]);
      return false;
    });
    g.attachEvent("onRowDragEnd", (id: string) => {
      const beside = g.getPrevSibling(id) as string | null;
      const group = g.getParent(id) as string | 0;
      void this.change([beside ? { do: "place", activity: id, other: beside } : { do: "first", activity: id, other: group || null }], [id]);
    });
    g.attachEvent("onBeforeLightbox", () => false);
    g.attachEvent("onTaskSelected", (id: string) => this.panel(String(id)));
    g.attachEvent("onTaskClick", (id: string) => {
      this.panel(String(id));
      return true;
    });
    g.attachEvent("onGanttRender", () => {
      lines(g, this.schedule, this.root.dataset);
      beside(g, this.schedule, this.shown);
    });
    g.attachEvent("onGanttScroll", () => requestAnimationFrame(() => beside(g, this.schedule, this.shown)));
    g.ext.inlineEditors.attachEvent("onBeforeSave", (state) => {
      if (String(state.newValue) !== String(state.oldValue)) void this.edited(String(state.id), state.columnName, String(state.newValue));
      return true;
    });
    document.addEventListener("keydown", (event) => this.key(event), true);
    this.root.addEventListener("change", (event) => {
      if ((event.target as HTMLElement).matches(".gantt_grid_editor_placeholder select")) g.ext.inlineEditors.save();
    });
  }

  private async dragged(id: string, mode: string): Promise<void> {
    const task = this.gantt.getTask(id);
    const row = this.schedule.rows.get(id);
    if (!row) return;
    const at = minuted(task.start_date as Date);
    const end = minuted(task.end_date as Date);
    if (mode === "progress") await this.change([{ do: "progress", activity: id, percent: Math.round((task.progress ?? 0) * 100) }], [id]);
    else if (mode === "move" && at !== row.start) await this.change([{ do: "move", activity: id, at }], [id]);
    else if (mode === "resize" && Math.abs(at - row.start) > Math.abs(end - row.finish))
      await this.change(
        [
          { do: "move", activity: id, at },
          { do: "resize", activity: id, at: row.finish },
        ],
        [id],
      );
    else if (mode === "resize") await this.change([{ do: "resize", activity: id, at: end }], [id]);
    else this.some([id]);
  }

  private async edited(id: string, column: string, value: string): Promise<void> {
    const row = this.schedule.rows.get(id);
    if (!row) return;
    if (column === "code") await this.change([{ do: "code", activity: id, text: value }], [id]);
    else if (column === "text") await this.change([{ do: "rename", activity: id, text: value }], [id]);
    else if (column === "cost") await this.change([{ do: "cost", activity: id, text: value }], [id]);
    else await this.change([{ do: "resize", activity: id, minutes: Math.round(Number(value) * row.per_day) }], [id]);
  }

  /** One place up or down among the rows of its level. */
  private step(id: string, up: boolean): Change | null {
    const g = this.gantt;
    const next = (up ? g.getPrevSibling(id) : g.getNextSibling(id)) as string | null;
    if (!next) return null;
    const before = g.getPrevSibling(next) as string | null;
    if (!up) return { do: "place", activity: id, other: next };
    return before ? { do: "place", activity: id, other: before } : { do: "first", activity: id, other: g.getParent(id) || null };
  }

  private key(event: KeyboardEvent): void {
    const inside = this.root.contains(document.activeElement) || document.activeElement === document.body;
    const moves = event.altKey && event.shiftKey && event.key.startsWith("Arrow");
    if (!inside || (!moves && (event.target as HTMLElement).matches("input, select, textarea"))) return;
    const act =
      event.ctrlKey || event.metaKey
        ? { z: "undo", y: "redo" }[event.key]
        : event.altKey && event.shiftKey
          ? { ArrowRight: "indent", ArrowLeft: "outdent", ArrowUp: "up", ArrowDown: "down" }[event.key]
          : event.key === "Delete"
            ? "remove"
            : undefined; // prettier-ignore
    if (!act || !this.may) return;
    event.preventDefault();
    event.stopPropagation();
    if (moves) this.gantt.ext.inlineEditors.hide(); // a cell that was clicked is open, and an arrow would count its number up
    void this.act(act);
  }

  private toolbar(): void {
    for (const button of document.querySelectorAll<HTMLElement>("[data-gantt-do]"))
      button.addEventListener("click", () => void this.act(button.dataset.ganttDo ?? ""));
    for (const box of document.querySelectorAll<HTMLInputElement>("[data-gantt-show]")) {
      box.checked = this.shown.has(box.value);
      box.addEventListener("change", () => {
        this.shown[box.checked ? "add" : "delete"](box.value);
        localStorage.setItem("gantt.shown", [...this.shown].join(","));
        this.gantt.config.show_links = this.shown.has("links");
        this.gantt.render();
      });
    }
    const zoom = document.querySelector<HTMLSelectElement>("[data-gantt-zoom]");
    if (zoom) zoom.value = this.zoom;
    zoom?.addEventListener("change", () => this.setZoom(zoom.value as Zoom));
    const baseline = document.querySelector<HTMLSelectElement>("[data-gantt-baseline]");
    baseline?.addEventListener("change", () => void this.schedule.load(baseline.value).then(() => this.whole()));
    const told = document.querySelector<HTMLInputElement>("[data-gantt-data-date]");
    told?.addEventListener(
      "change",
      () => void this.send("schedule.data_date", { until: told.value ? minuted(new Date(`${told.value}T08:00`)) : null }),
    );
  }

  /** A date, with some of what is before it. */
  private see(day: Date, before = 240): void {
    this.gantt.scrollTo(Math.max(0, this.gantt.posFromDate(day) - before), this.gantt.getScrollState().y);
  }

  private setZoom(zoom: Zoom): void {
    const left = this.gantt.dateFromPos(this.gantt.getScrollState().x);
    this.zoom = zoom;
    localStorage.setItem("gantt.zoom", zoom);
    scales(this.gantt, zoom);
    this.gantt.render();
    if (left) this.see(left, 0);
  }

  private async act(what: string): Promise<void> {
    const id = this.gantt.getSelectedId() as string | null;
    if (what === "undo" || what === "redo") await this.send(`schedule.${what}`, {});
    else if (what === "today") this.see(new Date());
    else if (what === "add") await this.change([{ do: "add", text: this.root.dataset.wNew ?? "New", other: id, minutes: 5 * 480 }]);
    else if (id && ["indent", "outdent", "remove"].includes(what)) await this.change([{ do: what, activity: id }]);
    else if (id && (what === "up" || what === "down")) {
      const step = this.step(id, what === "up");
      if (step) await this.change([step]);
    } else this.say(this.root.dataset.wChoose ?? "", true);
  }

  private choose(code: string | null): void {
    const found = [...this.schedule.rows.values()].find((r) => r.code === code);
    if (found) {
      this.gantt.selectTask(found.uid);
      this.gantt.showTask(found.uid);
    } else this.see(new Date());
  }

  private panel(uid: string): void {
    if (this.told === uid) return;
    this.told = uid;
    if (document.querySelector("#activity"))
      void htmx.ajax("get", `/jobs/${this.schedule.job}/activities/${uid}`, { target: "#activity", swap: "innerHTML" });
  }
}

const root = document.querySelector<HTMLElement>("#gantt");
if (root && matchMedia("(min-width: 700px)").matches) {
  const chart = new Chart(root);
  (window as unknown as { chart: Chart }).chart = chart;
  chart.start().catch((error: Error) => {
    root.textContent = error.message;
  });
}
