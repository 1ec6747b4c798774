"""Schedule files of other programs: the dates Primavera and Microsoft Project stored, round trips without loss, hostile files."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.cpm import Limit, Network, moment, schedule
from bifocal.engines.cpm.against import against
from bifocal.engines.cpm.formats import BadFile, Code, ScheduleFile, format_of, load, read, with_dates, write
from bifocal.engines.cpm.formats.xml import Node, namespace
from bifocal.lib.errors import Invalid
from tests.conftest import case

PRIMAVERA = [
    "mit-exupery/MDL4RA.xer",
    "mit-exupery/MDL4D.xer",
    "mit-aspose/MultiprojectWithExternal.xer",
    "lgpl-mpxj/percent-complete-8.4.pmxml",
]
MADE = ["synth-500-plan.xer", "synth-500-plan.pmxml.xml", "synth-2000-plan.xer", "synth-500-progress.xer", "synth-500-progress.pmxml.xml",
        "synth-2000-progress.xer"]  # fmt: skip
MICROSOFT = ["mit-aspose/Homemoveplan.mpp", "mit-aspose/Residential Construction.mpp", "mit-aspose/Software Development.mpp",
             "mit-aspose/OzBuild 16 Orig.mpp", "mit-aspose/ConstraintMustFinishOn.mpp", "mit-aspose/ActualTaskProperties.mpp",
             "mit-aspose/GetCrossProjectTaskLinks.mpp", "lgpl-mpxj/slack9.mpp"]  # fmt: skip
MPXJ = bool(importlib.util.find_spec("mpxj") and importlib.util.find_spec("jpype") and shutil.which("java"))


def opened(name: str) -> ScheduleFile:
    return load(case("schedules") / name)


@pytest.mark.parametrize("name", PRIMAVERA)
def test_every_date_and_float_of_primavera_is_ours(name: str) -> None:
    file = opened(name)
    agreed = against(file, schedule(file.network))
    assert agreed.activities > 0 and agreed.share == 1.0, agreed.differences[:3]


@pytest.mark.parametrize("name", MADE)
def test_every_date_of_the_made_files_is_ours_progress_out_of_sequence_too(name: str) -> None:
    file = opened(f"synthetic/{name}")
    agreed = against(file, schedule(file.network))
    assert agreed.activities >= 300 and agreed.share == 1.0, agreed.differences[:3]


def test_microsofts_early_dates_are_ours_and_each_difference_of_late_ones_has_a_name() -> None:
    file = opened("lgpl-mpxj/task-links-project2019-mspdi.xml")  # all four links with lags in days, hours and percent
    agreed = against(file, schedule(file.network))
    assert agreed.activities == 16 and agreed.fields["early_start"] == agreed.fields["early_finish"] == 16
    assert agreed.fields["late_finish"] >= 15 and all(d.rule and d.id == "11" for d in agreed.differences)


@pytest.mark.skipif(not MPXJ, reason="MPP files are read through MPXJ, an optional extra (bifocal[mpxj])")
@pytest.mark.parametrize("name", MICROSOFT)
def test_every_date_of_microsoft_project_is_ours(name: str) -> None:
    file = opened(name)
    agreed = against(file, schedule(file.network))
    assert agreed.activities > 0
    assert agreed.equal == agreed.activities and agreed.spans == agreed.spans_equal, agreed.differences[:3]


# --- round trips ---


@pytest.mark.parametrize("name", ["mit-exupery/MDL4RA.xer", "mit-exupery/MDL4D.xer", "synthetic/synth-500-progress.xer",
                                  "mit-aspose/MultiprojectWithExternal.xer", "lgpl-mpxj/percent-complete-8.4.xer"])  # fmt: skip
def test_an_xer_written_back_is_the_same_to_the_byte(name: str) -> None:
    data = (case("schedules") / name).read_bytes()
    assert write(read(data), "xer") == data


def essence(net: Network) -> tuple[object, ...]:
    """What is modelled, by activity code."""
    codes = {a.id: a.code for a in net.activities}
    week = {c.id: (c.week, dict(c.exceptions)) for c in net.calendars}
    acts = {
        a.code: (a.name, a.kind, a.duration if a.actual_start is None else a.planned, a.remaining, a.actual_start, a.actual_finish, a.constraint,
                 a.second, week[a.calendar])
        for a in net.activities
    }  # fmt: skip
    return (
        acts,
        sorted((codes[li.before], codes[li.after], li.type, li.lag) for li in net.links),
        [replace(p, id="", calendar="") for p in net.projects],
    )


@pytest.mark.parametrize(
    "name", ["mit-exupery/MDL4D.xer", "mit-exupery/MDL4RA.xer", "synthetic/synth-500-progress.xer", "synthetic/synth-500-plan.pmxml.xml"]
)
@pytest.mark.parametrize("form", ["xer", "pmxml"])
def test_primaveras_two_forms_lose_nothing_of_each_other(name: str, form: str) -> None:
    file = opened(name)
    again = read(write(file, form))
    assert essence(again.network) == essence(file.network)
    assert schedule(again.network).finish.values().__iter__().__next__() == schedule(file.network).finish.values().__iter__().__next__()
    assert len(again.assignments) == len(file.assignments) and len(again.wbs) == len(file.wbs)


def test_microsofts_form_keeps_names_durations_links_and_calendars() -> None:
    file = opened("synthetic/synth-500-plan.xer")
    again = read(write(file, "mspdi")).network
    tasks = [a for a in again.activities if a.kind.value != "summary"]
    assert [(a.name, a.duration) for a in tasks] == [(a.name, a.duration) for a in file.network.activities]
    names = ({a.id: a.name for a in file.network.activities}, {a.id: a.name for a in again.activities})
    arrows = [
        sorted((n[li.before], n[li.after], li.type, li.lag) for li in net.links)
        for n, net in zip(names, (file.network, again), strict=True)
    ]
    assert arrows[0] == arrows[1]
    assert [(c.week, dict(c.exceptions)) for c in again.calendars] == [(c.week, dict(c.exceptions)) for c in file.network.calendars]


@pytest.mark.parametrize("form", ["xer", "pmxml"])
@pytest.mark.parametrize("name", ["xer", "pmxml"])
def test_how_percent_complete_is_counted_goes_through_primaveras_forms(name: str, form: str) -> None:
    """P6 8.4 wrote both files: four activities by duration, four physical, four by units; 600 of 800 hours left and the start on the data date."""
    file = opened(f"lgpl-mpxj/percent-complete-8.4.{name}")
    again = read(write(replace(file, source=None), form))  # nothing left of the document: all of it is written anew
    sorts = [[(a.code, a.physical, a.units, round(a.percent, 6)) for a in f.network.activities] for f in (file, again)]
    assert sorts[0] == sorts[1] and sum(a.units for a in again.network.activities) == 4
    assert [(a.planned, a.actual, a.remaining) for a in again.unassigned if a.actual] == [
        (6000, 1500, 4500), (6000, 4500, 1500), (6000, 6000, 0)]  # fmt: skip
    if form == "pmxml":  # no work between the start and the data date: as much at completion as is left, as P6 says itself
        rows = {a.text("Id"): a for a in Node(again.source, namespace(again.source)).group("Project", "Activity")}
        assert (rows["A1010"].text("AtCompletionDuration"), rows["A1010"].text("ActualDuration")) == ("600", "0")


@pytest.mark.parametrize("form", ["xer", "pmxml", "mspdi"])
def test_codes_and_activity_ids_go_through_every_form(form: str) -> None:
    """Responsibility and area as a scheduler sorts by them; Microsoft's form has values without descriptions."""
    file = opened("mit-exupery/MDL4RA.xer")
    first, second = file.network.activities[:2]
    codes = {
        first.id: (Code("Responsibility", "ELEC", "Electrician"), Code("Area", "B2", "Basement 2")),
        second.id: (Code("Area", "B2", "Basement 2"),),
    }
    bare = replace(file, source=None, codes=codes)
    again = read(write(bare, form))
    names = {a.id: a.code for a in again.network.activities}
    found = {names[key]: {(c.sort, c.value, "" if form == "mspdi" else c.name) for c in values} for key, values in again.codes.items()}
    said = {a.code: {(c.sort, c.value, "" if form == "mspdi" else c.name) for c in codes[a.id]} for a in (first, second)}
    assert found == said
    assert {a.code for a in again.network.activities if a.kind.value != "summary"} == {a.code for a in file.network.activities}


def test_what_is_not_modelled_is_kept_and_what_changed_is_written() -> None:
    file = opened("mit-exupery/MDL4D.xer")
    acts = tuple(replace(a, name="Brickwork", remaining=60, duration=60) if a.code == "C2010" else a for a in file.network.activities)
    text = write(replace(file, network=replace(file.network, activities=acts, links=file.network.links[1:])), "xer").decode("cp1252")
    before = (case("schedules") / "mit-exupery/MDL4D.xer").read_bytes().decode("cp1252")
    assert "Brickwork" in text and text.count("%T\t") == before.count("%T\t") and "RSRCLEVELLIST" in text
    old, new = set(before.split("\r\n")), set(text.split("\r\n"))
    assert len(old - new) == 2 and len(new - old) == 1  # one activity's row changed, one link's row gone
    xml = opened("mit-aspose/PrimaveraProject.xml")
    assert write(xml, "pmxml").count(b"NotebookTopic>") == (case("schedules") / "mit-aspose/PrimaveraProject.xml").read_bytes().count(
        b"NotebookTopic>"
    )


def test_computed_dates_are_written_where_they_are_asked_for() -> None:
    file = opened("mit-exupery/MDL4D.xer")
    pushed = replace(file, network=replace(file.network, activities=tuple(
        replace(a, constraint=None) if a.constraint and a.constraint.limit is Limit.START_ON else a for a in file.network.activities
    )))  # fmt: skip
    result = schedule(pushed.network)
    for form in ("xer", "pmxml", "mspdi"):
        again = read(write(with_dates(pushed, result), form))
        assert max(s.finish or 0 for s in again.stored.values()) == max(d.finish for d in result.dates.values()), form


# --- damaged and hostile ---

XER = (
    "ERMHDR\t20.12\r\n%T\tPROJECT\r\n%F\tproj_id\tproj_short_name\tclndr_id\tplan_start_date\tlast_recalc_date\r\n"
    "%R\t1\tP\t1\t2026-03-02 08:00\t2026-03-02 08:00\r\n%T\tCALENDAR\r\n%F\tclndr_id\tclndr_name\tday_hr_cnt\tclndr_data\r\n"
    "%R\t1\tdays\t8\t{calendar}\r\n%T\tTASK\r\n%F\ttask_id\tproj_id\tclndr_id\ttask_type\ttask_code\ttask_name\tremain_drtn_hr_cnt\ttarget_drtn_hr_cnt\tcstr_type\tcstr_date\r\n"
    "%R\t1\t1\t1\tTT_Task\tA1\tDig\t{hours}\t8\t\t{date}\r\n%E\r\n"
)
EVERY_DAY = "(0||CalendarData()((0||DaysOfWeek()(" + "".join(f"(0||{d}()((0||0(f|16:00|s|08:00)())))" for d in range(1, 8)) + "))))"
GOOD = {"calendar": EVERY_DAY, "hours": "8", "date": ""}


def xer(**changed: str) -> bytes:
    return XER.format(**GOOD | changed).encode("cp1252")


def test_a_small_file_is_read_shifts_in_either_order() -> None:
    file = read(xer(hours="12,5"))
    assert f"{moment(schedule(file.network).finish['1'])}" == "2026-03-03 12:30:00"


@pytest.mark.parametrize(("data", "sentence"), [
    (b"", "no schedule file"), (b"hello", "no schedule file"), (xer()[:-4], "cut short"), (xer()[:250], "cut short"),
    (xer(hours="nan"), "'nan' in column remain_drtn_hr_cnt is not a number"),
    (xer().replace(b"%E", b"%R\t2\t1\t1\tTT_Task\tA1\tFill\t8\t8\t\t\r\n%E"), "Two activities of one project have the id 'A1'"),
    (xer(hours="eight"), "'eight' in column remain_drtn_hr_cnt is not a number"), (xer(hours="1e300"), "too large"),
    (xer(date="soon").replace(b"TT_Task\tA1\tDig\t8\t8\t\t", b"TT_Task\tA1\tDig\t8\t8\tCS_MSO\t"), "'soon' in column cstr_date is not a date"),
    (xer(calendar="(0||CalendarData()("), "working hours of calendar 'days' can't be read"),
    (xer(calendar="(" * 200 + ")" * 200), "working hours of calendar 'days' can't be read"),
    (xer().replace(b"\tDig\t", b"\tDig\t1\t2\t3\t4\t5\t6\t7\t"), "this row has"),
    (xer().replace(b"%T\tTASK", b"%T\tOTHER"), "no activities"), (xer().replace(b"proj_short_name", b"x").replace(b"%F\tproj_id", b"%F\tid"), "proj_id"),
    (xer().replace(b"Dig", b"D\0g"), "binary data"), (b"\xff\xfe" + b"E\0R\0M\0H\0D\0R\0\0", "UTF-16"),
    (b"<Project xmlns='http://schemas.microsoft.com/project'><Tasks>", "damaged or cut short"),
    (b"<Project xmlns='http://schemas.microsoft.com/project'/>", "no tasks"),
    (b"<APIBusinessObjects/>", "no activities"), (b"<html/>", "no schedule file"),
    (b"<!DOCTYPE p [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><Project>&b;</Project>", "document type or entities"),
    (b"<Project>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</Project>", "nested more than 60 deep"),
    (b"<!DOCTYPE p SYSTEM 'file:///etc/passwd'><Project/>", "document type or entities"),
])  # fmt: skip
def test_a_damaged_or_hostile_file_is_one_clear_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence) as told:
        read(data)
    assert "\n" not in told.value.sentence and len(told.value.sentence) < 300


def test_junk_in_a_table_that_is_only_kept_does_not_spoil_the_schedule() -> None:
    """P6 18.1 exports such a row among its risk types: a text with tabs in it. It is written back as it was."""
    junk = b'%T\tRISKTYPE\r\n%F\trisk_type_id\tseq_num\trisk_type\r\n%R\t12798\t10003\t"??? ????\t\t\t"\r\n%T\tTASK'
    data = xer().replace(b"%T\tTASK", junk)
    assert write(read(data), "xer").count(junk[:-8]) == 1
    assert schedule(read(data).network).finish == schedule(read(xer()).network).finish


def test_too_many_rows_are_refused_before_they_are_kept() -> None:
    with pytest.raises(BadFile, match="1,000,000 rows"):
        read(xer().replace(b"%E", b"%R\t2\r\n" * 1_000_001 + b"%E"))


def test_dates_that_run_away_are_a_sentence_too() -> None:
    rows = "".join(f"%R\t{n}\t1\t1\tTT_Task\tA{n}\tDig\t800000\t8\t\t\r\n" for n in range(2, 9))
    links = "%T\tTASKPRED\r\n%F\ttask_pred_id\ttask_id\tpred_task_id\tpred_type\tlag_hr_cnt\r\n" + "".join(
        f"%R\t{n}\t{n}\t{n - 1}\tPR_FS\t0\r\n" for n in range(2, 9)
    )
    data = xer().replace(b"%E", (rows + links).encode() + b"%E")
    with pytest.raises(Invalid, match="further than any schedule"):
        schedule(read(data).network)


@given(st.integers(0, 2000), st.binary(max_size=8))
def test_no_damage_escapes_as_anything_but_a_sentence(place: int, junk: bytes) -> None:
    data = xer()
    broken = data[: place % len(data)] + junk + data[place % len(data) + len(junk) :]
    try:
        schedule(read(broken).network)
    except Exception as error:
        assert hasattr(error, "sentence"), repr(error)


def test_a_name_says_the_format_to_write() -> None:
    assert [format_of(Path(n)) for n in ("a.xer", "a.pmxml", "a.pmxml.xml", "a.xml")] == ["xer", "pmxml", "pmxml", "mspdi"]
    with pytest.raises(BadFile, match="written as"):
        format_of(Path("a.mpp"))


def test_a_format_of_others_says_what_to_install(tmp_path: Path) -> None:
    if MPXJ:
        pytest.skip("MPXJ is here")
    path = tmp_path / "plan.mpp"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(BadFile, match=r"pip install 'bifocal\[mpxj\]'"):
        load(path)
