"""Read a Primavera XER file into a network and the dates that P6 stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bifocal.engines.cpm.calendars import Calendar
from bifocal.engines.cpm.formats.codes import from_xer
from bifocal.engines.cpm.formats.file import (
    Assignment,
    BadFile,
    Baseline,
    Element,
    Resource,
    ScheduleFile,
    Stored,
    distinct,
    sensible,
    whole_minutes,
)  # fmt: skip
from bifocal.engines.cpm.formats.xer_calendar import read_calendar
from bifocal.engines.cpm.formats.xer_tables import Xer, parse
from bifocal.engines.cpm.model import Activity, Constraint, Kind, Limit, Link, Network, Options, Project, Work

Row = Mapping[str, str]
KINDS = {
    "TT_Task": Kind.TASK, "TT_Rsrc": Kind.RESOURCE, "TT_LOE": Kind.LOE, "TT_Mile": Kind.START, "TT_FinMile": Kind.FINISH,
    "TT_WBS": Kind.WBS,
}  # fmt: skip
LIMITS = {
    "CS_MSO": Limit.START_ON, "CS_MSOA": Limit.START_AFTER, "CS_MSOB": Limit.START_BEFORE,
    "CS_MEO": Limit.FINISH_ON, "CS_MEOA": Limit.FINISH_AFTER, "CS_MEOB": Limit.FINISH_BEFORE,
    "CS_MANDSTART": Limit.MUST_START, "CS_MANDFIN": Limit.MUST_FINISH, "CS_ALAP": Limit.LATE,
}  # fmt: skip
LAG_CALENDARS = {"rcal_Successor": "successor", "rcal_ProjDefault": "project", "rcal_ProjectDefault": "project", "rcal_24Hour": "24h"}
FLOATS = {"FT_SF": "start", "FT_FF": "finish", "FT_MIN": "smallest"}
LABOR = {"RT_Labor": "labor", "RT_Equip": "equipment", "RT_Mat": "material"}


def at(row: Row, field: str) -> int | None:
    """A date and time of a row as an instant; None where empty. Raises BadFile."""
    text = row.get(field, "").strip()
    if not text:
        return None
    try:
        return sensible(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise BadFile(f"'{text}' in column {field} is not a date.", field=field) from None


def number(row: Row, field: str, otherwise: float = 0.0) -> float:
    """A number of a row, with comma or point. Raises BadFile."""
    text = row.get(field, "").strip()
    if not text:
        return otherwise
    try:
        value = float(text.replace(",", ".") if "." not in text else text)
        if value != value:
            raise ValueError(text)
    except ValueError:
        raise BadFile(f"'{text}' in column {field} is not a number.", field=field) from None
    if abs(value) >= 1e12:
        raise BadFile(f"'{text}' in column {field} is too large.", field=field)
    return value


def minutes(row: Row, field: str) -> int:
    """Hours of a row (ragged decimals and all) as whole minutes, halves up."""
    return whole_minutes(number(row, field), field)


def hours_or_none(row: Row, field: str) -> int | None:
    """Hours as minutes; None where empty."""
    return minutes(row, field) if row.get(field, "").strip() else None


def read(data: bytes) -> ScheduleFile:
    """Read the file. Raises BadFile in one sentence; nothing is half read."""
    doc = parse(data)
    try:
        return _read(doc)
    except KeyError as missing:
        raise BadFile(f"The file has no column {missing}, which a schedule needs. Export it again from Primavera.") from None


def _read(doc: Xer) -> ScheduleFile:
    if not doc.tables.get("TASK"):
        raise BadFile("The file holds no activities (table TASK). Export a project, not only its codes or resources.")
    rows = doc.rows("TASK")
    baselines = {r["proj_id"] for r in doc.rows("PROJECT") if r.get("orig_proj_id")}
    live = [r for r in rows if r["proj_id"] not in baselines]
    calendars = _calendars(doc)
    resources = {r["rsrc_id"]: r for r in doc.rows("RSRC")}
    work = _work(doc, resources)
    projects = _projects(doc, {r["proj_id"] for r in live})
    default = next((p.calendar for p in projects if p.calendar), None) or (calendars[0].id if calendars else None)
    activities = distinct(tuple(_activity(r, work, default) for r in live))
    links, notes = _links(doc, {a.id for a in activities})
    wbs = tuple(
        Element(r["wbs_id"], r.get("wbs_short_name", ""), r.get("wbs_name", ""), r.get("parent_wbs_id") or None, r["proj_id"])
        for r in doc.rows("PROJWBS")
    )
    outline = {e.id: e.parent for e in wbs if e.parent}
    network = Network(tuple(projects), tuple(calendars), activities, links, "p6", outline)
    return ScheduleFile(
        "xer", network, {r["task_id"]: _stored(r) for r in live}, wbs,
        _resources(doc), tuple(_assignments(doc, {a.id for a in activities})),
        {r["task_id"]: Baseline(at(r, "target_start_date"), at(r, "target_end_date"), minutes(r, "target_drtn_hr_cnt")) for r in live},
        tuple(notes), doc, from_xer(doc), tuple(_unassigned(doc, live)),
    )  # fmt: skip


def _calendars(doc: Xer) -> list[Calendar]:
    """Calendars, base ones before those that stand on them."""
    rows = {r["clndr_id"]: r for r in doc.rows("CALENDAR")}
    made: dict[str, Calendar] = {}

    def make(key: str, above: tuple[str, ...]) -> Calendar:
        if key not in made:
            base = rows[key].get("base_clndr_id", "")
            if base in above:
                raise BadFile(f"Calendar '{rows[key].get('clndr_name')}' is its own base. Give it another base calendar.")
            made[key] = read_calendar(rows[key], make(base, (*above, key)) if base in rows else None)
        return made[key]

    return [make(key, (key,)) for key in rows]


def _projects(doc: Xer, used: set[str]) -> list[Project]:
    chosen = {r["proj_id"]: r for r in doc.rows("SCHEDOPTIONS")}
    out = []
    for r in doc.rows("PROJECT"):
        if r["proj_id"] not in used:
            continue
        start = at(r, "plan_start_date")
        data_date = at(r, "last_recalc_date")
        if start is None and data_date is None:
            raise BadFile(f"Project {r.get('proj_short_name')} has neither a start nor a data date.")
        begin = start if start is not None else data_date or 0
        out.append(Project(
            r["proj_id"], begin, data_date, at(r, "plan_end_date"), r.get("clndr_id") or None,
            _options(chosen.get(r["proj_id"], {}), r), r.get("proj_short_name", ""),
        ))  # fmt: skip
    missing = used - {p.id for p in out}
    if missing:
        raise BadFile(f"Activities belong to project {min(missing)}, which is not in the file.")
    return out


def _options(o: Row, project: Row) -> Options:
    """The scheduling options that P6 kept with the project, its defaults where it kept none."""

    def yes(field: str, otherwise: str) -> bool:
        return (o.get(field) or otherwise) == "Y"

    retained = yes("sched_retained_logic", "Y")
    override = yes("sched_progress_override", "N")
    return Options(
        "retained" if retained else "override" if override else "actual",
        LAG_CALENDARS.get(o.get("sched_calendar_on_relationship_lag", ""), "predecessor"),  # type: ignore[arg-type]
        FLOATS.get(o.get("sched_float_type", "").upper(), "finish"),  # type: ignore[arg-type]
        "longest path" if project.get("critical_path_type") == "CT_DrivPath" else "float",
        minutes(project, "critical_drtn_hr_cnt"), yes("sched_use_expect_end_flag", "Y"),
        yes("sched_use_project_end_date_for_float", "Y"), yes("sched_open_critical_flag", "N"),
        yes("sched_lag_early_start_flag", "Y"), o.get("sched_outer_depend_type") != "SD_None",
    )  # fmt: skip


def _work(doc: Xer, resources: Mapping[str, Row]) -> dict[str, list[Work]]:
    """Work of people and machines by activity, in minutes at the rate they work."""
    out: dict[str, list[Work]] = {}
    for r in doc.rows("TASKRSRC"):
        who = resources.get(r.get("rsrc_id", ""))
        rate = number(r, "remain_qty_per_hr") or number(r, "target_qty_per_hr")
        kind = r.get("rsrc_type") or (who or {}).get("rsrc_type", "")
        if who is None or kind == "RT_Mat" or rate <= 0:
            continue
        actual = number(r, "act_reg_qty") + number(r, "act_ot_qty")
        left = number(r, "remain_qty")
        per = 60 / rate
        out.setdefault(r["task_id"], []).append(
            Work(
                who.get("rsrc_short_name", ""),
                who.get("clndr_id") or None,
                round((left + actual) * per),
                round(left * per),
                round(actual * per),
            )
        )
    return out


def _activity(r: Row, work: Mapping[str, list[Work]], default: str | None) -> Activity:
    started, finished = at(r, "act_start_date"), at(r, "act_end_date")
    if finished is not None and started is None:
        started = finished
    kind = KINDS.get(r.get("task_type", ""), Kind.TASK)
    target, left = minutes(r, "target_drtn_hr_cnt"), minutes(r, "remain_drtn_hr_cnt")
    return Activity(
        r["task_id"], r.get("task_code", ""), r.get("clndr_id") or default or "",
        max(left if started is None else target, 0), 0 if finished is not None else max(left, 0), r.get("task_name", ""), kind,
        r["proj_id"],
        max(target, 0), started, finished, None, _limit(r, "cstr_type", "cstr_date"), _limit(r, "cstr_type2", "cstr_date2"),
        at(r, "expect_end_date"), at(r, "suspend_date"), at(r, "resume_date"), at(r, "external_early_start_date"),
        at(r, "external_late_end_date"), None, _percent(r, target, left), r.get("complete_pct_type") == "CP_Phys", r.get("wbs_id") or None,
        tuple(work.get(r["task_id"], ())) if kind is Kind.RESOURCE else (), units=r.get("complete_pct_type") == "CP_Units",
    )  # fmt: skip


def _percent(r: Row, target: int, left: int) -> float:
    if r.get("complete_pct_type") == "CP_Phys":
        return number(r, "phys_complete_pct")
    if r.get("complete_pct_type") == "CP_Units":
        actual = number(r, "act_work_qty") + number(r, "act_equip_qty")
        whole = actual + number(r, "remain_work_qty") + number(r, "remain_equip_qty")
        return 100 * actual / whole if whole else 0.0
    if r.get("status_code") == "TK_Complete":
        return 100.0
    return max(0.0, 100 * (target - left) / target) if target and r.get("act_start_date") else 0.0


def _limit(r: Row, kind: str, date: str) -> Constraint | None:
    limit = LIMITS.get(r.get(kind, ""))
    if limit is None:
        return None
    when = at(r, date)
    return None if when is None and limit is not Limit.LATE else Constraint(limit, when)


def _links(doc: Xer, known: set[str]) -> tuple[tuple[Link, ...], list[str]]:
    links, outside = [], 0
    for r in doc.rows("TASKPRED"):
        before, after = r["pred_task_id"], r["task_id"]
        if before in known and after in known:
            kind = r.get("pred_type", "PR_FS")[-2:]
            if kind not in ("FS", "SS", "FF", "SF"):
                raise BadFile(f"A link has the type {r.get('pred_type')}, which does not exist.", field="pred_type")
            links.append(Link(before, after, kind, minutes(r, "lag_hr_cnt")))  # type: ignore[arg-type]
        else:
            outside += 1
    return tuple(links), [f"{outside} links lead to activities that are not in the file."] if outside else []


def _stored(r: Row) -> Stored:
    done = bool(r.get("act_end_date"))
    es, ef = at(r, "early_start_date"), at(r, "early_end_date")
    start, finish = at(r, "act_start_date"), at(r, "act_end_date")
    return Stored(
        es, ef, at(r, "late_start_date"), at(r, "late_end_date"),
        None if done else hours_or_none(r, "total_float_hr_cnt"), None if done else hours_or_none(r, "free_float_hr_cnt"), None,
        es if start is None else start, ef if finish is None else finish,
    )  # fmt: skip


def _resources(doc: Xer) -> tuple[Resource, ...]:
    """Resources with their limits: the latest rate row's units an hour; levelled are those that P6 was told to level."""
    limits = {r["rsrc_id"]: number(r, "max_qty_per_hr", 1.0) for r in doc.rows("RSRCRATE") if r.get("max_qty_per_hr")}
    chosen = {r["rsrc_id"] for r in doc.rows("RSRCLEVELLIST")}
    out = []
    for r in doc.rows("RSRC"):
        key, usual = r["rsrc_id"], number(r, "def_qty_per_hr", 1.0)
        levelled = key in chosen if chosen else r.get("level_flag") != "N"
        out.append(Resource(key, r.get("rsrc_short_name", ""), r.get("rsrc_name", ""), LABOR.get(r.get("rsrc_type", ""), "labor"),
                            r.get("clndr_id") or None, limits.get(key, usual), levelled, usual))  # fmt: skip
    return tuple(out)


def _unassigned(doc: Xer, live: list[dict[str, str]]) -> Iterator[Assignment]:
    """Hours that an activity carries although nobody is assigned to it."""
    assigned = {r["task_id"] for r in doc.rows("TASKRSRC")}
    for r in live:
        for kind, sort in (("labor", "work"), ("equipment", "equip")) if r["task_id"] not in assigned else ():
            planned, left, done = (60 * number(r, f"{what}_{sort}_qty") for what in ("target", "remain", "act"))
            if planned or left or done:
                yield Assignment(r["task_id"], kind, planned, left, done)


def _assignments(doc: Xer, known: set[str]) -> list[Assignment]:
    out = []
    for r in doc.rows("TASKRSRC"):
        if r["task_id"] in known and r.get("rsrc_id"):
            actual = number(r, "act_reg_qty") + number(r, "act_ot_qty")
            out.append(Assignment(
                r["task_id"], r["rsrc_id"], 60 * number(r, "target_qty"), 60 * number(r, "remain_qty"), 60 * actual,
                number(r, "target_qty_per_hr", 1.0), number(r, "target_cost"),
                number(r, "act_reg_cost") + number(r, "act_ot_cost"), number(r, "remain_cost"),
            ))  # fmt: skip
    return out
