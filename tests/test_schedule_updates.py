"""Files of Primavera and MS Project into a job and out again: the dates their own program stored, matched by id, nothing lost."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

import pytest

from bifocal.engines.cpm.formats import read
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import DomainError, NotAllowed, NotFound, Refused
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.incoming import export
from bifocal.projects.schedule.models import Activity, Update
from bifocal.projects.schedule.reports import between, checks, progress_curve, time_impact, variances
from tests.conftest import case, run
from tests.factories import project
from tests.test_gantt import change, days, planned, uid

pytestmark = pytest.mark.django_db
REAL = ["schedules/MDL4RA.xer", "schedules/MDL4D.xer"]


def empty() -> Job:
    job = Job.objects.get(uid=project(signed=False)["job"])
    job.activities.all().delete()
    return job


def upload(job: Job, data: bytes, name: str = "update.xer", **more: Any) -> dict[str, Any]:
    return run("schedule.upload", "pm", job=job.uid, content=base64.b64encode(data).decode(), filename=name, **more)


def brought(job: Job, data: bytes, **more: Any) -> dict[str, Any]:
    return run("schedule.accept_update", "pm", update=upload(job, data, **more)["uid"])


def file_named(name: str) -> bytes:
    folder = case("schedules")
    found = sorted(folder.rglob(name.rsplit("/", 1)[-1]))
    if not found:
        pytest.fail(f"{name} is not among the cases")
    return found[0].read_bytes()


@pytest.mark.parametrize("name", REAL)
def test_an_imported_schedule_has_the_dates_that_primavera_stored(name: str) -> None:
    data = file_named(name)
    job = empty()
    brought(job, data)
    board, stored = load(job), read(data).stored
    assert len(board.by_key) > 50
    for key in board.by_key:
        d, s = board.result.dates[key], stored[key]
        if s.early_start is not None and board.acts[key].actual_finish is None:
            assert (d.early_start, d.early_finish, d.late_start, d.late_finish) == (
                s.early_start,
                s.early_finish,
                s.late_start,
                s.late_finish,
            )


@pytest.mark.parametrize("name", REAL)
def test_what_goes_out_again_is_what_came_in(name: str) -> None:
    data = file_named(name)
    job = empty()
    brought(job, data)
    back, was = read(export(load(job), "xer")), read(data)
    assert back.network == was.network
    assert back.wbs == was.wbs and back.assignments == was.assignments and back.resources == was.resources
    tables = [set(f.source.tables) for f in (back, was)]
    assert tables[0] == tables[1], "tables that are not modelled are still there"


def test_groups_of_an_update_are_the_groups_that_are_here_although_primavera_numbers_and_names_the_project_anew() -> None:
    """P6 gives each update of a project another short name, which is the code of its topmost element, and its elements other keys."""
    data = file_named(REAL[0])
    job = empty()
    brought(job, data)
    before = {r.code: r.pk for r in job.activities.all()}
    groups = {code for code in before if code.startswith("WBS")}
    assert len(groups) > 3
    file = read(data)
    top = next(e for e in file.wbs if e.parent is None or e.parent not in {x.id for x in file.wbs})
    lines, table, columns = [], "", list[str]()
    for text in data.decode("cp1252").split("\r\n"):
        cells = text.split("\t")
        if cells[0] == "%T":
            table = cells[1]
        elif cells[0] == "%F":
            columns = cells
        elif cells[0] == "%R":
            for n, name in enumerate(columns):
                if name in ("wbs_id", "parent_wbs_id") and n < len(cells) and cells[n]:
                    cells[n] = f"77{cells[n]}"
                if table == "PROJWBS" and name == "wbs_short_name" and cells[n] == top.code:
                    cells[n] = "UP-2027-03"
        lines.append("\t".join(cells))
    changed = "\r\n".join(lines).encode("cp1252")
    assert "UP-2027-03" in {e.code for e in read(changed).wbs}
    brought(job, changed)
    assert {r.code: r.pk for r in job.activities.all()} == before


def test_a_second_import_changes_nothing_and_an_edit_travels_out_and_shows_as_the_only_difference() -> None:
    data = file_named(REAL[0])
    job = empty()
    brought(job, data)
    run("crew.book", "pm", activity=str((row := open_row(job)).uid), crew=some_crew(), first="2031-01-06", last="2031-01-07")
    assert upload(job, data)["difference"]["counts"] == {"added": 0, "deleted": 0, "changed": 0, "links": 0, "moved": 0}
    act = load(job).acts[row.exact["id"]]
    run("schedule.change", "pm", job=job.uid, changes=[{"do": "resize", "activity": str(row.uid), "minutes": act.duration + 600}])
    found = upload(job, data)["difference"]
    assert [c["code"] for c in found["changed"] if c["field"] == "duration"] == [row.code] and not found["added"]
    out = export(load(job), "xer")
    assert next(a for a in read(out).network.activities if a.code == row.code).duration == act.duration + 600
    again = upload(job, out)["difference"]["counts"]
    assert (again["changed"], again["links"], again["moved"]) == (0, 0, 0)
    assert Activity.objects.get(pk=row.pk).crew is not None


def open_row(job: Job) -> Activity:
    board = load(job)
    return next(r for key, r in board.by_key.items() if board.acts[key].actual_start is None and board.acts[key].duration > 480)


def some_crew() -> str:
    from tests.test_gantt import two_in_a_crew

    return str(two_in_a_crew("File crew").uid)


def test_a_plan_made_here_goes_out_and_comes_back_in_each_format() -> None:
    job = planned(("G", 1, []), ("A", 5, []), ("B", 3, ["A SS+2"]), ("M", 0, ["B"]))
    run("schedule.change", "pm", job=job.uid, changes=[{"do": "indent", "activity": uid(job, "A")}])
    mine = load(job)
    for form in ("xer", "pmxml", "mspdi"):
        back = read(export(mine, form)).network
        codes = {a.id: a.name.removeprefix("Work ") for a in back.activities}  # MS Project's files have no ids of the scheduler's own
        assert {codes[a.id]: a.duration for a in back.activities if codes[a.id] in "ABM"} == {"A": 2400, "B": 1440, "M": 0}, form
        assert {(codes[li.before], codes[li.after], li.type, li.lag) for li in back.links} == {
            ("A", "B", "SS", 960),
            ("B", "M", "FS", 0),
        }, form


@pytest.mark.parametrize("form", ["mspdi", "pmxml", "xer"])
def test_a_plan_made_here_comes_back_matched_by_its_ids_and_a_second_time_adds_nothing(form: str) -> None:
    job = planned(("G", 1, []), ("A", 5, []), ("B", 3, ["A"]), ("M", 0, ["B"]), ("Z", 1, ["A SS+2"]))
    for code in ("A", "B"):
        change(job, do="indent", activity=uid(job, code))
    uids = {code: uid(job, code) for code in "ABMZ"}
    before, counts = {k: v for k, v in days(job).items() if k in uids}, []
    for _ in range(2):
        data = base64.b64encode(export(load(Job.objects.get(pk=job.pk)), form)).decode()
        up = run("schedule.upload", "pm", job=job.uid, content=data, filename="again")
        assert set(up["difference"]["counts"].values()) == {0}
        run("schedule.accept_update", "pm", update=up["uid"])
        counts.append(job.activities.count())
    assert counts[0] == counts[1] and {code: uid(job, code) for code in uids} == uids
    assert {k: v for k, v in days(job).items() if k in uids} == before


def test_an_update_is_refused_when_the_schedule_moved_on_and_can_be_put_aside() -> None:
    job = planned(("A", 5, []))
    data = export(load(job), "xer")
    first = upload(job, data)
    run("schedule.change", "pm", job=job.uid, changes=[{"do": "rename", "activity": uid(job, "A"), "text": "New"}])
    with pytest.raises(Refused, match="changed since"):
        run("schedule.accept_update", "pm", update=first["uid"])
    run("schedule.discard_update", "pm", update=first["uid"])
    with pytest.raises(Refused, match="discarded already"):
        run("schedule.accept_update", "pm", update=first["uid"])


@pytest.mark.parametrize("data", [
    b"", b"ERMHDR\t15.1\n%T\tTASK\n%F\ttask_id\n%R", b"<?xml version='1.0'?><Project xmlns='http://schemas.microsoft.com/project'><Tasks><Task>",
    b"\x00\x01\x02" * 50, b"PK\x03\x04 a workbook",
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]><Project xmlns='http://schemas.microsoft.com/project'>&b;</Project>",
])  # fmt: skip
def test_a_damaged_or_hostile_file_is_one_sentence_and_changes_nothing(data: bytes) -> None:
    job = planned(("A", 5, []))
    with pytest.raises(DomainError) as error:
        upload(job, data)
    assert error.value.sentence.endswith(".") and len(error.value.sentence) < 240
    assert not Update.objects.filter(job=job).exists() and job.activities.count() == 1


def test_who_may_not_edit_may_not_import_and_strangers_see_nothing() -> None:
    job = planned(("A", 5, []))
    data = base64.b64encode(export(load(job), "xer")).decode()
    with pytest.raises(NotAllowed):
        run("schedule.upload", "super", job=job.uid, content=data, filename="x.xer")
    with pytest.raises((NotFound, NotAllowed)):
        run("schedule.upload", "tech", job=job.uid, content=data, filename="x.xer")


def test_baselines_are_frozen_and_variance_is_in_working_days() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    base = run("schedule.baseline", "pm", job=job.uid, name="Bid")
    run("schedule.change", "pm", job=job.uid, changes=[{"do": "resize", "activity": uid(job, "A"), "minutes": 7 * 480}])
    kept = job.baselines.get(number=base["number"])
    found = {v["code"]: (v["start"], v["finish"], v["duration"]) for v in variances(load(job), kept)}
    assert found == {"A": (0.0, 2.0, 2.0), "B": (2.0, 2.0, 0.0)}
    assert kept.rows["A"][2] == 2400
    run("schedule.baseline", "pm", job=job.uid)
    assert [b.name for b in job.baselines.all()] == ["Bid", "Baseline 2"]


def test_the_fourteen_checks_name_who_fails() -> None:
    job = planned(("A", 5, []), ("B", 60, ["A"]), ("C", 2, []))
    found = {c["number"]: c for c in checks(load(job))}
    assert set(found) == set(range(1, 15))
    assert found[8]["activities"] == ["B"] and found[8]["passed"] is False  # 60 days are more than 44
    assert set(found[1]["activities"]) == {"A", "B", "C"}


def test_two_updates_are_compared_with_the_change_log_owners_ask_for() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    upload(job, export(load(job), "xer"), name="march.xer")
    run("schedule.change", "pm", job=job.uid, changes=[
        {"do": "resize", "activity": uid(job, "A"), "minutes": 6 * 480}, {"do": "add", "text": "Extra", "minutes": 480}])  # fmt: skip
    upload(job, export(load(job), "xer"), name="april.xer")
    old, new = Update.objects.filter(job=job).order_by("number")
    found = between(old, new)
    assert [a["name"] for a in found["added"]] == ["Extra"]
    assert {c["code"] for c in found["changed"]} == {"A"} and found["finish"] == ["2027-03-10 16:00", "2027-03-11 16:00"]


def test_a_long_schedule_prints_on_several_sheets_with_a_legend_on_each() -> None:
    import io

    from pypdf import PdfReader

    from tests.test_lists import signed_in

    job = planned(("G", 1, []), *((f"A{n}", 2, [f"A{n - 1}"] if n else []) for n in range(120)))
    run("schedule.change", "pm", job=job.uid, changes=[{"do": "indent", "activity": uid(job, "A0")}])
    run("schedule.baseline", "pm", job=job.uid, name="Bid")
    for sheet, width in (("letter", 792), ("tabloid", 1224)):
        reply = signed_in("pm").get(f"/jobs/{job.uid}/schedule.pdf?sheet={sheet}")
        pages = PdfReader(io.BytesIO(reply.content)).pages
        assert len(pages) > 1 and round(float(pages[0].mediabox.width)) == width
        for page in pages:
            text = page.extract_text()
            assert "critical" in text and "baseline" in text and "Finish" in text
        assert "A119" in pages[-1].extract_text()


def test_the_command_line_shows_the_difference_and_changes_nothing_without_accept(tmp_path: Any, monkeypatch: Any) -> None:
    import json

    from typer.testing import CliRunner

    from bifocal.front.cli import app, schedule_jobs

    monkeypatch.setattr(schedule_jobs, "ready", lambda: None)
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    path = tmp_path / "plan.xer"
    assert CliRunner().invoke(app, ["schedule", "export", str(path), "--project", job.number]).exit_code == 0
    run("schedule.change", "pm", job=job.uid, changes=[{"do": "rename", "activity": uid(job, "A"), "text": "Other"}])
    shown = CliRunner().invoke(app, ["schedule", "import", str(path), "--project", job.number, "--json"])
    assert shown.exit_code == 0 and json.loads(shown.stdout)["difference"]["counts"]["changed"] == 1
    assert job.activities.get(code="A").name == "Other"
    done = CliRunner().invoke(app, ["schedule", "import", str(path), "--project", job.number, "--accept"])
    assert done.exit_code == 0 and job.activities.get(code="A").name == "Work A"
    path.write_bytes(b"ERMHDR nonsense")
    bad = CliRunner().invoke(app, ["schedule", "import", str(path), "--project", job.number])
    assert bad.exit_code == 2 and bad.stdout == ""
    assert CliRunner().invoke(app, ["schedule", "import", str(path), "--project", "J-0"]).exit_code == 2


def test_more_work_moves_the_finish_by_what_its_float_does_not_take() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]), ("C", 2, []), ("D", 1, ["C"]))
    board = load(job)  # finish Wednesday 10 March; C has a float of five days
    found = time_impact(board, 4, "A", "B")
    assert (str(found["finish_before"]), str(found["finish_after"]), found["days_later"]) == ("2027-03-10", "2027-03-16", 4.0)
    assert found["critical"] == ["A", "change order", "B"]
    assert time_impact(board, 5, "C", "D")["days_later"] == 0.0 and time_impact(board, 7, "C", "D")["days_later"] == 2.0
    assert days(job)["B"] == ("Mar 08", "Mar 10"), "nothing was changed"
    for bad in ((0, "A", ""), (3, "Z", ""), (3, "A", "Z"), (3, "B", "A")):
        with pytest.raises(DomainError):
            time_impact(board, *bad)


def test_earned_value_by_hand() -> None:
    from decimal import Decimal

    job = planned(("A", 4, []), ("B", 4, ["A"]))  # planned Mar 1-4 and Mar 5-10
    run("schedule.baseline", "pm", job=job.uid)
    run("activity.progress", "super", activity=uid(job, "A"), percent=50, started_on=date(2027, 3, 1))
    run("schedule.data_date", "pm", job=job.uid, until=(date(2027, 3, 4) - date(1970, 1, 1)).days * 1440 + 480)
    found = progress_curve(load(job), job.baselines.get())
    assert (found["budget"], found["planned"], found["earned"], found["spi"]) == (Decimal(8), Decimal(3), Decimal(2), Decimal("0.67"))
    assert found["curve"][0][1] == 0 and found["curve"][-1][1] == 8
    assert [v for _, v in found["curve"]] == sorted(v for _, v in found["curve"])
