/** How the Gantt looks: scales, columns, colors, and what is drawn beside the bars. All dates come from the server. */
import type { GanttStatic } from "dhtmlx-gantt";
import { dated, type Row, type Schedule } from "./data";

export const ZOOMS = ["hour", "day", "week", "month", "quarter"] as const;
export type Zoom = (typeof ZOOMS)[number];
const DAY = 86_400_000;

export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c] ?? c);

export function scales(gantt: GanttStatic, zoom: Zoom): void {
  const quarter = (day: Date): string => `Q${Math.floor(day.getMonth() / 3) + 1}`;
  const table = {
    hour: [
      { unit: "day", format: "%D %j %M" },
      { unit: "hour", format: "%H" },
    ],
    day: [
      { unit: "week", format: "%j %M %Y" },
      { unit: "day", format: "%j" },
    ],
    week: [
      { unit: "month", format: "%F %Y" },
      { unit: "week", format: "%j" },
    ],
    month: [
      { unit: "year", format: "%Y" },
      { unit: "month", format: "%M" },
    ],
    quarter: [
      { unit: "year", format: "%Y" },
      { unit: "quarter", format: quarter },
    ],
  };
  gantt.config.scales = table[zoom] as unknown as typeof gantt.config.scales;
  gantt.config.min_column_width = { hour: 26, day: 24, week: 36, month: 44, quarter: 52 }[zoom];
  gantt.config.time_step = zoom === "hour" ? 60 : 1440;
}

/** The days that everybody has off are shaded where a column is a day or less. */
export function shading(gantt: GanttStatic, schedule: Schedule, zoom: () => Zoom): void {
  gantt.templates.timeline_cell_class = (_task: unknown, day: Date): string => {
    if (zoom() !== "day" && zoom() !== "hour") return "";
    const week = schedule.chart.calendars[0];
    const off = week && (!week.weekdays.includes((day.getDay() + 6) % 7) || week.off.includes(gantt.date.date_to_str("%Y-%m-%d")(day)));
    return off ? "off" : "";
  };
}

/** One of eight colors for each crew, the same on every page that shows it. */
export function crewClass(crew: string): string {
  let sum = 0;
  for (const c of crew) sum = (sum * 31 + c.charCodeAt(0)) % 8;
  return crew ? `crew-${sum}` : "";
}

export function taskOf(row: Row): Record<string, unknown> {
  const group = row.kind === "group" || row.kind === "summary" || row.kind === "WBS summary";
  const start = dated(row.start);
  const end = dated(row.finish);
  return {
    id: row.uid,
    text: escaped(row.name), // the library puts it into HTML as it is
    name: row.name,
    code: row.code,
    parent: row.parent ?? 0,
    start_date: start,
    end_date: end.getTime() > start.getTime() ? end : new Date(start.getTime() + (row.kind === "milestone" ? 0 : 60_000)),
    progress: row.percent / 100,
    type: group ? "project" : row.kind === "milestone" ? "milestone" : "task",
    days: row.days,
    cost: row.cost,
    row,
  };
}

/** Baseline under the bar and float behind it: drawn by us, for the rows in sight only. */
export function beside(gantt: GanttStatic, schedule: Schedule, shown: Set<string>): void {
  const box = gantt.$task_data as HTMLElement | undefined;
  if (!box) return;
  const layer = box.querySelector<HTMLElement>(".beside") ?? document.createElement("div");
  layer.className = "beside";
  const pieces: HTMLElement[] = [];
  const piece = (from: number, to: number, top: number, name: string): void => {
    const el = document.createElement("div");
    const left = gantt.posFromDate(dated(from));
    el.className = name;
    el.style.left = `${left}px`;
    el.style.width = `${Math.max(2, gantt.posFromDate(dated(to)) - left)}px`;
    el.style.top = `${top}px`;
    pieces.push(el);
  };
  const height = gantt.config.row_height as number;
  const first = Math.max(0, Math.floor((gantt.getScrollState().y ?? 0) / height) - 2);
  const last = Math.min(gantt.getVisibleTaskCount(), first + Math.ceil((box.parentElement?.clientHeight ?? 600) / height) + 4);
  for (let i = first; i < last; i++) {
    const task = gantt.getTaskByIndex(i);
    const row = task && schedule.rows.get(String(task.id));
    if (!row) continue;
    const was = schedule.chart.baseline_rows[row.code];
    if (was && shown.has("baseline")) piece(was[0], Math.max(was[1], was[0] + 240), i * height + height - 7, "baseline");
    if ((row.float ?? 0) > 0 && shown.has("float")) piece(row.finish, row.late_finish, i * height + height / 2, "float");
  }
  layer.replaceChildren(...pieces);
  box.append(layer);
}

/** The lines of today and of the data date. */
export function lines(gantt: GanttStatic, schedule: Schedule, words: DOMStringMap): void {
  const box = gantt.$task_data as HTMLElement | undefined;
  for (const old of box?.querySelectorAll(".dateline") ?? []) old.remove();
  const draw = (at: Date, name: string, word: string): void => {
    const state = gantt.getState();
    if (!box || at < state.min_date || at > state.max_date) return;
    const el = document.createElement("div");
    el.className = `dateline ${name}`;
    el.style.left = `${gantt.posFromDate(at)}px`;
    el.dataset.word = word;
    box.append(el);
  };
  draw(new Date(), "today", words.wToday ?? "");
  if (schedule.chart.data_date !== null) draw(dated(schedule.chart.data_date), "data", words.wData ?? "");
}

/** From a week before the first to a month behind the last bar. */
export function span(gantt: GanttStatic, schedule: Schedule): void {
  let first = schedule.chart.start;
  let last = schedule.chart.finish;
  for (const r of schedule.rows.values()) {
    first = Math.min(first, r.start);
    last = Math.max(last, r.finish, Math.min(r.late_finish, r.finish + 60 * 1440));
  }
  gantt.config.start_date = new Date(dated(first).getTime() - 7 * DAY);
  gantt.config.end_date = new Date(dated(last).getTime() + 30 * DAY);
}
