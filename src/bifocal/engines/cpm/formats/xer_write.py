"""Write a Primavera XER file: on top of the one that was read where there is one, so that what is not modelled stays as it was."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bifocal.engines.cpm.calendars import moment
from bifocal.engines.cpm.formats.codes import into_xer
from bifocal.engines.cpm.formats.file import ScheduleFile, Stored
from bifocal.engines.cpm.formats.xer import FLOATS, KINDS, LABOR, LAG_CALENDARS, LIMITS, at, hours_or_none, number
from bifocal.engines.cpm.formats.xer_calendar import calendar_text, read_calendar
from bifocal.engines.cpm.formats.xer_columns import COLUMNS, DEFAULTS, HEADER
from bifocal.engines.cpm.formats.xer_tables import Xer, XerTable, emit
from bifocal.engines.cpm.model import Activity, Constraint, Kind, Link, Options, Project

KIND_CODES = {v: k for k, v in KINDS.items()} | {Kind.SUMMARY: "TT_WBS"}
LIMIT_CODES = {v: k for k, v in LIMITS.items()}
LAG_CODES = {v: k for k, v in LAG_CALENDARS.items() if k != "rcal_ProjectDefault"} | {"predecessor": "rcal_Predecessor"}
FLOAT_CODES = {"start": "FT_SF", "finish": "FT_FF", "smallest": "FT_Min"}
LABOR_CODES = {v: k for k, v in LABOR.items()}
Cells = dict[str, str]


def write(file: ScheduleFile) -> bytes:
    """The bytes of the XER file. Cells whose value did not change are left as they were."""
    doc = copy.deepcopy(file.source) if isinstance(file.source, Xer) else Xer(list(HEADER), {})
    ids = _Ids(file)
    _put(doc, "PROJECT", "proj_id", ((ids.of("project", p.id), _project(p, ids)) for p in file.network.projects))
    _put(doc, "CALENDAR", "clndr_id", ((ids.of("calendar", c.id), _calendar(c, doc)) for c in file.network.calendars))
    _put(
        doc,
        "SCHEDOPTIONS",
        "proj_id",
        ((ids.of("project", p.id), _options(p)) for p in file.network.projects if "SCHEDOPTIONS" in doc.tables or p.options != Options()),
    )
    _put(doc, "PROJWBS", "wbs_id", _breakdown(file, ids))
    _put(doc, "RSRC", "rsrc_id", ((ids.of("resource", r.id), _resource(r, ids)) for r in file.resources))
    units = _units(file)
    activities = [a for a in file.network.activities if a.kind is not Kind.SUMMARY]
    _put(
        doc,
        "TASK",
        "task_id",
        ((ids.of("task", a.id), _task(a, file.stored.get(a.id), ids) | units.get(a.id, {})) for a in activities),
        drop=_live(doc),
    )
    _links(doc, file.network.links, {a.id: a for a in activities}, ids)
    _assignments(doc, file, {a.id: a for a in activities}, ids)
    if not isinstance(file.source, Xer):
        into_xer(doc, file, {a.id: (ids.of("task", a.id), ids.of("project", a.project)) for a in activities})
    return emit(doc)


class _Ids:
    """Numbers for ids: those that are numbers already stay, others get one of their own."""

    def __init__(self, file: ScheduleFile) -> None:
        net = file.network
        groups: dict[str, Iterable[str]] = {
            "project": (p.id for p in net.projects), "calendar": (c.id for c in net.calendars), "task": (a.id for a in net.activities),
            "wbs": (e.id for e in file.wbs), "resource": (r.id for r in file.resources),
        }  # fmt: skip
        self.maps: dict[str, dict[str, str]] = {}
        for name, keys in groups.items():
            known = list(dict.fromkeys(keys))
            numbered = all(k.isascii() and k.isdigit() and int(k) > 0 for k in known)
            self.maps[name] = {k: k if numbered else str(n) for n, k in enumerate(known, 1)}

    def of(self, name: str, key: str) -> str:
        """The number of an id; the id itself where it is unknown."""
        return self.maps[name].get(key, key)


def _table(doc: Xer, name: str) -> XerTable:
    table = doc.tables.get(name)
    if table is None:
        table = doc.tables[name] = XerTable(name, list(COLUMNS[name]), [])
    return table


def _put(doc: Xer, name: str, key: str, rows: Iterable[tuple[str, Mapping[str, Any]]], drop: set[str] | None = None) -> None:
    """Set cells of the rows with those keys; rows that are missing are added with defaults, those in `drop` not named go."""
    rows = list(rows)
    if not rows and name not in doc.tables:
        return
    table = _table(doc, name)
    place = {f: i for i, f in enumerate(table.fields)}
    known = {row[place[key]]: row for row in table.rows}
    named: set[str] = set()
    for number_, cells in rows:
        named.add(number_)
        row = known.get(number_)
        if row is None:
            fresh = DEFAULTS.get(name, {})
            row = known[number_] = [fresh.get(f, "") for f in table.fields]
            row[place[key]] = number_
            table.rows.append(row)
        for field, value in cells.items():
            if field in place:
                row[place[field]] = value(row[place[field]]) if callable(value) else value
            elif value not in ("", None) and not callable(value):
                raise_column(table, place, row, field, value)
    if drop:
        table.rows = [r for r in table.rows if r[place[key]] in named or r[place[key]] not in drop]


def raise_column(table: XerTable, place: dict[str, int], row: list[str], field: str, value: str) -> None:
    """Add a column that an older file lacks."""
    table.fields.append(field)
    place[field] = len(table.fields) - 1
    for other in table.rows:
        other.append("")
    if len(row) < len(table.fields):
        row.append("")
    row[place[field]] = value


Keep = Callable[[str], str]  # the cell's text before -> after: itself where it says the same


def date_cell(instant: int | None) -> Keep:
    """A date; the text stays where it means the same instant."""

    def keep(old: str) -> str:
        if at({"x": old}, "x") == instant:
            return old
        return "" if instant is None else f"{moment(instant):%Y-%m-%d %H:%M}"

    return keep


def hours_cell(minutes: int | None) -> Keep:
    """Hours; the text stays where it means the same minutes."""

    def keep(old: str) -> str:
        if hours_or_none({"x": old}, "x") == minutes:
            return old
        return "" if minutes is None else f"{minutes / 60:.15g}"

    return keep


def number_cell(value: float) -> Keep:
    """A number; the text stays where it means the same."""
    return lambda old: old if abs(number({"x": old}, "x") - value) < 1e-9 else f"{value:.15g}"


def _project(p: Project, ids: _Ids) -> dict[str, Any]:
    o = p.options
    return {
        "proj_short_name": p.name or p.id, "clndr_id": ids.of("calendar", p.calendar) if p.calendar else "",
        "plan_start_date": date_cell(p.start), "last_recalc_date": date_cell(p.data_date), "plan_end_date": date_cell(p.must_finish),
        "critical_path_type": "CT_DrivPath" if o.critical == "longest path" else "CT_TotFloat",
        "critical_drtn_hr_cnt": hours_cell(o.critical_float),
    }  # fmt: skip


def _options(p: Project) -> dict[str, Any]:
    o = p.options

    def flag(yes: bool) -> str:
        return "Y" if yes else "N"

    return {
        "sched_retained_logic": flag(o.progress == "retained"), "sched_progress_override": flag(o.progress == "override"),
        "sched_calendar_on_relationship_lag": LAG_CODES[o.lag_calendar],
        "sched_float_type": lambda old: old if FLOATS.get(old.upper()) == o.total_float else FLOAT_CODES[o.total_float],
        "sched_use_expect_end_flag": flag(o.expected_finish), "sched_use_project_end_date_for_float": flag(o.own_end),
        "sched_open_critical_flag": flag(o.open_ends_critical), "sched_lag_early_start_flag": flag(o.lag_from_early_start),
    }  # fmt: skip


def _calendar(calendar: Any, doc: Xer) -> dict[str, Any]:
    rows = {r["clndr_id"]: r for r in doc.rows("CALENDAR")}
    old = rows.get(calendar.id)
    same = old is not None and (
        bool(old.get("base_clndr_id")) or read_calendar(old, None).week == calendar.week
    ) and (bool(old.get("base_clndr_id")) or dict(read_calendar(old, None).exceptions) == dict(calendar.exceptions))  # fmt: skip
    return {
        "clndr_name": calendar.name or calendar.id, "day_hr_cnt": hours_cell(calendar.minutes_per_day),
        "clndr_data": (lambda text: text) if same else calendar_text(calendar),
    }  # fmt: skip


def _breakdown(file: ScheduleFile, ids: _Ids) -> Iterable[tuple[str, dict[str, Any]]]:
    """Elements of the breakdown; each project has its own top one."""
    for e in file.wbs:
        yield ids.of("wbs", e.id), {
            "proj_id": ids.of("project", e.project), "wbs_short_name": e.code, "wbs_name": e.name,
            "parent_wbs_id": ids.of("wbs", e.parent) if e.parent else "",
            "proj_node_flag": (lambda old, top=e.parent is None: old or ("Y" if top else "N")),
        }  # fmt: skip


def _resource(r: Any, ids: _Ids) -> dict[str, Any]:
    return {
        "rsrc_short_name": r.code, "rsrc_name": r.name, "rsrc_type": LABOR_CODES.get(r.kind, "RT_Labor"),
        "clndr_id": ids.of("calendar", r.calendar) if r.calendar else "",
        "def_qty_per_hr": number_cell(r.units if r.default_units is None else r.default_units),
    }  # fmt: skip


def _live(doc: Xer) -> set[str]:
    """Activities of projects that are computed (those of baselines are kept as they are)."""
    baselines = {r["proj_id"] for r in doc.rows("PROJECT") if r.get("orig_proj_id")}
    return {r["task_id"] for r in doc.rows("TASK") if r["proj_id"] not in baselines}


def _task(a: Activity, stored: Stored | None, ids: _Ids) -> dict[str, Any]:
    status = "TK_Complete" if a.actual_finish is not None else "TK_NotStart" if a.actual_start is None else "TK_Active"
    first, second = _limit(a.constraint), _limit(a.second)
    cells: dict[str, Any] = {
        "proj_id": ids.of("project", a.project), "task_code": a.code, "task_name": a.name, "task_type": KIND_CODES[a.kind],
        "clndr_id": ids.of("calendar", a.calendar), "status_code": status, "wbs_id": ids.of("wbs", a.parent) if a.parent else "",
        "target_drtn_hr_cnt": hours_cell(a.duration if a.planned is None else a.planned), "remain_drtn_hr_cnt": hours_cell(a.remaining),
        "act_start_date": date_cell(a.actual_start), "act_end_date": date_cell(a.actual_finish),
        "cstr_type": first[0], "cstr_date": date_cell(first[1]), "cstr_type2": second[0], "cstr_date2": date_cell(second[1]),
        "expect_end_date": date_cell(a.expected_finish), "suspend_date": date_cell(a.suspend), "resume_date": date_cell(a.resume),
        "external_early_start_date": date_cell(a.external_start), "external_late_end_date": date_cell(a.external_finish),
        "complete_pct_type": "CP_Phys" if a.physical else "CP_Units" if a.units else "CP_Drtn",
        "phys_complete_pct": number_cell(a.percent) if a.physical else (lambda old: old),
    }  # fmt: skip
    return cells | (_dates(a, stored) if stored is not None else {})


def _dates(a: Activity, stored: Stored) -> dict[str, Any]:
    """Computed dates; the remaining ones follow the early ones where those changed or are new."""
    left = a.actual_finish is None
    planned = a.actual_start is None
    slack = hours_cell if left else lambda _: str  # what is done has none: the text that is there stays
    return {
        "early_start_date": date_cell(stored.early_start), "early_end_date": date_cell(stored.early_finish),
        "late_start_date": date_cell(stored.late_start), "late_end_date": date_cell(stored.late_finish),
        "total_float_hr_cnt": slack(stored.total_float), "free_float_hr_cnt": slack(stored.free_float),
        "restart_date": _or_new(stored.early_start if left else None), "reend_date": _or_new(stored.early_finish if left else None),
        "target_start_date": _or_new(stored.early_start if planned else stored.start),
        "target_end_date": _or_new(stored.early_finish if planned else stored.finish),
    }  # fmt: skip


def _or_new(instant: int | None) -> Keep:
    """The text that is there, else the date."""
    return lambda old: old or date_cell(instant)("")


def _units(file: ScheduleFile) -> dict[str, dict[str, Any]]:
    """Labor and equipment hours of each activity of a file that is new: P6 keeps the sums too."""
    if isinstance(file.source, Xer):
        return {}
    kinds = {"labor": "labor", "equipment": "equipment"} | {r.id: r.kind for r in file.resources}
    sums: dict[str, dict[str, float]] = {}
    for a in (*file.assignments, *file.unassigned):
        if kinds.get(a.resource) in ("labor", "equipment"):
            sort = "work" if kinds[a.resource] == "labor" else "equip"
            row = sums.setdefault(a.activity, {})
            for name, value in (("target", a.planned), ("act", a.actual), ("remain", a.remaining)):
                row[f"{name}_{sort}_qty"] = row.get(f"{name}_{sort}_qty", 0.0) + value
    return {key: {name: f"{value / 60:.15g}" for name, value in row.items()} for key, row in sums.items()}


def _limit(c: Constraint | None) -> tuple[str, int | None]:
    return (LIMIT_CODES[c.limit], c.at) if c else ("", None)


def _links(doc: Xer, links: Iterable[Link], known: Mapping[str, Activity], ids: _Ids) -> None:
    """Links by their two ends and type: kept where they are in the file already, added or removed where not."""
    links = list(links)
    if not links and "TASKPRED" not in doc.tables:
        return
    table = _table(doc, "TASKPRED")
    place = {f: i for i, f in enumerate(table.fields)}
    live, kept = _live(doc), []
    rows: dict[tuple[str, str, str], list[list[str]]] = {}
    for row in table.rows:
        rows.setdefault((row[place["pred_task_id"]], row[place["task_id"]], row[place["pred_type"]]), []).append(row)
    top = max((int(r[place["task_pred_id"]]) for r in table.rows if r[place["task_pred_id"]].isdigit()), default=0)
    for link in links:
        if link.before not in known or link.after not in known:
            continue
        key = (ids.of("task", link.before), ids.of("task", link.after), f"PR_{link.type}")
        row = rows[key].pop(0) if rows.get(key) else [""] * len(table.fields)
        if not row[place["task_id"]]:
            top += 1
            cells = {
                "task_pred_id": str(top), "task_id": key[1], "pred_task_id": key[0], "pred_type": key[2],
                "proj_id": ids.of("project", known[link.after].project), "pred_proj_id": ids.of("project", known[link.before].project),
            }  # fmt: skip
            for field, value in cells.items():
                row[place[field]] = value
        row[place["lag_hr_cnt"]] = hours_cell(link.lag)(row[place["lag_hr_cnt"]])
        kept.append(row)
    outside = [r for r in table.rows if r[place["task_id"]] not in live or r[place["pred_task_id"]] not in live]
    chosen = {id(r) for r in kept} | {id(r) for r in outside}
    there = {id(r) for r in table.rows}
    table.rows = [r for r in table.rows if id(r) in chosen] + [r for r in kept if id(r) not in there]


def _assignments(doc: Xer, file: ScheduleFile, known: Mapping[str, Activity], ids: _Ids) -> None:
    """Assignments that the file lacks; those it has are left as they are."""
    if not file.assignments:
        return
    table = _table(doc, "TASKRSRC")
    place = {f: i for i, f in enumerate(table.fields)}
    have = {(r[place["task_id"]], r[place["rsrc_id"]]) for r in table.rows}
    top = max((int(r[place["taskrsrc_id"]]) for r in table.rows if r[place["taskrsrc_id"]].isdigit()), default=0)
    kinds = {r.id: r.kind for r in file.resources}
    for a in file.assignments:
        key = (ids.of("task", a.activity), ids.of("resource", a.resource))
        if key in have or a.activity not in known:
            continue
        top += 1
        cells = {
            "taskrsrc_id": str(top), "task_id": key[0], "rsrc_id": key[1], "proj_id": ids.of("project", known[a.activity].project),
            "target_qty": f"{a.planned / 60:.15g}", "remain_qty": f"{a.remaining / 60:.15g}", "act_reg_qty": f"{a.actual / 60:.15g}",
            "target_qty_per_hr": f"{a.units:.15g}", "remain_qty_per_hr": f"{a.units:.15g}", "target_cost": f"{a.cost_planned:.4f}",
            "act_reg_cost": f"{a.cost_actual:.4f}", "remain_cost": f"{a.cost_remaining:.4f}",
            "rsrc_type": LABOR_CODES.get(kinds.get(a.resource, ""), "RT_Labor"),
        }  # fmt: skip
        table.rows.append([cells.get(f, DEFAULTS["TASKRSRC"].get(f, "")) for f in table.fields])
