/** What the server says of a schedule, and the calls that change it. Instants are minutes since 1970 in the job's own time. */
export type Row = {
  uid: string;
  code: string;
  name: string;
  parent: string | null;
  place: number;
  kind: string;
  start: number;
  finish: number;
  minutes: number;
  days: number;
  percent: number;
  float: number | null;
  critical: boolean;
  late_finish: number;
  crew: string;
  limit: string;
  limit_at: number | null;
  started: boolean;
  finished: boolean;
  per_day: number;
  cost: string;
};
export type Link = [before: string, after: string, sort: string, lag: number];
export type Week = { name: string; weekdays: number[]; off: string[] };
export type Chart = {
  version: number;
  columns: (keyof Row)[];
  rows: unknown[][];
  links: Link[];
  data_date: number | null;
  finish: number;
  start: number;
  baseline: number | null;
  baseline_rows: Record<string, [number, number, number]>;
  calendars: Week[];
  costs: [code: string, name: string][];
  trouble: Record<string, string[]>;
};
export type Answer = {
  version: number;
  said: string;
  rows: unknown[][];
  removed: string[];
  links_added: Link[];
  links_removed: Link[];
  crews_moved: string[];
  finish: number;
};
export type Change = Record<string, unknown> & { do: string };

export class Refusal extends Error {
  constructor(
    sentence: string,
    readonly code: string,
  ) {
    super(sentence);
  }
}

export const dated = (minutes: number): Date => {
  const utc = new Date(minutes * 60_000);
  return new Date(utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate(), utc.getUTCHours(), utc.getUTCMinutes());
};
export const minuted = (day: Date): number =>
  Date.UTC(day.getFullYear(), day.getMonth(), day.getDate(), day.getHours(), day.getMinutes()) / 60_000;

/** The schedule as the page keeps it; every change goes through one queue, so that each sees the version the last one made. */
export class Schedule {
  rows = new Map<string, Row>();
  links: Link[] = [];
  chart!: Chart;
  private columns: (keyof Row)[] = [];
  private queue: Promise<unknown> = Promise.resolve();

  constructor(readonly job: string) {}

  async load(baseline = ""): Promise<void> {
    const reply = await fetch(`/api/v1/jobs/${this.job}/gantt${baseline && `?baseline=${baseline}`}`);
    if (!reply.ok) throw new Refusal(((await reply.json()) as { title: string }).title, "load");
    this.chart = (await reply.json()) as Chart;
    this.columns = this.chart.columns;
    this.rows = new Map(this.chart.rows.map((r) => [r[0] as string, this.row(r)]));
    this.links = this.chart.links;
  }

  /** What is in trouble, read again after a change; answers the rows whose words are others now. */
  async reread(): Promise<string[]> {
    const reply = await fetch(`/api/v1/jobs/${this.job}/schedule-trouble`);
    if (!reply.ok) return [];
    const was = this.chart.trouble;
    const now = (await reply.json()) as Record<string, string[]>;
    this.chart.trouble = now;
    return Object.keys({ ...was, ...now }).filter((uid) => String(was[uid]) !== String(now[uid]));
  }

  private row(values: unknown[]): Row {
    return Object.fromEntries(this.columns.map((name, i) => [name, values[i]])) as Row;
  }

  /** Post a command about this schedule; its answer is taken in. */
  post(command: string, args: Record<string, unknown>): Promise<Answer> {
    const next = this.queue.then(() => this.send(command, args));
    this.queue = next.catch(() => undefined);
    return next;
  }

  private async send(command: string, args: Record<string, unknown>): Promise<Answer> {
    const token = (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>)["X-CSRFToken"] ?? "";
    const body = { job: this.job, ...args, call: { expected_version: this.chart.version } };
    const reply = await fetch(`/api/v1/commands/${command}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
    });
    const answer = (await reply.json()) as Answer & { title: string; code: string };
    if (!reply.ok) throw new Refusal(answer.title, answer.code);
    this.take(answer);
    return answer;
  }

  private take(answer: Answer): void {
    this.chart.version = answer.version;
    this.chart.finish = answer.finish;
    for (const uid of answer.removed) this.rows.delete(uid);
    for (const values of answer.rows) this.rows.set(values[0] as string, this.row(values));
    const gone = new Set(answer.links_removed.map(String));
    this.links = this.links.filter((li) => !gone.has(String(li)) && this.rows.has(li[0]) && this.rows.has(li[1]));
    this.links.push(...answer.links_added);
  }

  /** Rows in the order of the page: by place, each behind its parent. */
  ordered(): Row[] {
    return [...this.rows.values()].sort((a, b) => a.place - b.place);
  }
}
