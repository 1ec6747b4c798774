"""Edits of the Gantt, worked on paper: each verb, what it refuses, the way back, the crews that follow, two at once, strangers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from bifocal.engines.cpm.calendars import minute
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Allocation, Crew, WorkCalendar
from bifocal.lib.errors import DomainError, NotAllowed, NotFound, PersonIsTaken, Refused, StaleVersion
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.models import Edit
from tests.conftest import run
from tests.factories import project

pytestmark = pytest.mark.django_db
MONDAY = date(2027, 3, 1)


def planned(*acts: tuple[str, int, list[str]]) -> Job:
    """A project whose plan starts on Monday 1 March 2027, on a week without holidays."""
    WorkCalendar.objects.all().delete()
    made = project(signed=False)
    job: Job = Job.objects.get(uid=made["job"])
    job.activities.all().delete()
    job.contract.starts = MONDAY
    job.contract.save(update_fields=["starts"])
    rows = [{"code": c, "name": f"Work {c}", "days": n, "after": after} for c, n, after in acts]
    run("schedule.plan", "pm", job=job.uid, activities=rows)
    return Job.objects.get(uid=made["job"])


def at(day: date) -> int:
    return minute(datetime.combine(day, datetime.min.time()))


def uid(job: Job, code: str) -> str:
    return str(job.activities.get(code=code).uid)


def change(job: Job, key: str = "pm", **one: Any) -> dict[str, Any]:
    return run("schedule.change", key, job=job.uid, changes=[one])


def days(job: Job) -> dict[str, tuple[str, str]]:
    """First and last day of each activity, as 'Mar 01'."""
    board = load(Job.objects.get(pk=job.pk))
    return {r.code: (f"{board.days(r)[0]:%b %d}", f"{board.days(r)[1]:%b %d}") for r in board.rows}


def test_a_bar_that_is_moved_pushes_what_follows_and_comes_back() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]), ("C", 2, []))
    assert days(job) == {"A": ("Mar 01", "Mar 05"), "B": ("Mar 08", "Mar 10"), "C": ("Mar 01", "Mar 02")}
    said = change(job, do="move", activity=uid(job, "A"), at=at(MONDAY + timedelta(days=2)))
    assert days(job) == {"A": ("Mar 03", "Mar 09"), "B": ("Mar 10", "Mar 12"), "C": ("Mar 01", "Mar 02")}
    assert {row[1] for row in said["rows"]} == {"A", "B", "C"}  # C's float grew with the finish
    run("schedule.undo", "pm", job=job.uid)
    assert days(job)["B"] == ("Mar 08", "Mar 10")
    run("schedule.redo", "pm", job=job.uid)
    assert days(job)["B"] == ("Mar 10", "Mar 12")
    run("schedule.undo", "pm", job=job.uid)
    with pytest.raises(Refused, match="nothing to take back"):
        run("schedule.undo", "pm", job=job.uid)


def test_a_move_before_what_logic_allows_leaves_no_constraint() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    change(job, do="move", activity=uid(job, "B"), at=at(MONDAY))
    assert days(job)["B"] == ("Mar 08", "Mar 10") and job.activities.get(code="B").not_before is None


def test_a_bar_dropped_on_a_sunday_begins_on_monday() -> None:
    job = planned(("A", 5, []))
    change(job, do="move", activity=uid(job, "A"), at=at(date(2027, 3, 7)))
    assert days(job)["A"] == ("Mar 08", "Mar 12")


def test_each_verb_on_paper() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]), ("C", 2, []))
    change(job, do="resize", activity=uid(job, "A"), minutes=2 * 480)
    assert days(job)["B"] == ("Mar 03", "Mar 05")
    change(job, do="link", activity=uid(job, "C"), other=uid(job, "B"), sort="SS", minutes=480)
    assert days(job)["C"] == ("Mar 04", "Mar 05")
    change(job, do="lag", activity=uid(job, "C"), other=uid(job, "B"), sort="SS", minutes=0)
    assert days(job)["C"] == ("Mar 03", "Mar 04")
    change(job, do="unlink", activity=uid(job, "C"), other=uid(job, "B"), sort="SS")
    assert days(job)["C"] == ("Mar 01", "Mar 02")
    change(job, do="limit", activity=uid(job, "C"), text="finish on or after", at=at(date(2027, 3, 12)) + 960)
    assert days(job)["C"][1] == "Mar 12"
    change(job, do="limit", activity=uid(job, "C"))
    change(job, do="rename", activity=uid(job, "C"), text="Caulk")
    change(job, do="add", text="Paint", other=uid(job, "A"), minutes=3 * 480)
    assert [r.name for r in job.activities.all()] == ["Work A", "Paint", "Work B", "Caulk"]
    change(job, do="remove", activity=uid(job, "A"))
    assert days(job)["B"] == ("Mar 01", "Mar 03")
    run("schedule.undo", "pm", job=job.uid)
    assert days(job)["B"] == ("Mar 03", "Mar 05"), "a removed activity comes back with its links"
    change(job, do="progress", activity=uid(job, "A"), percent=100)
    assert str(job.activities.get(code="A").actual_finish) == "2027-03-02"


def test_half_a_day_is_kept_to_the_minute() -> None:
    job = planned(("A", 5, []), ("B", 1, ["A"]))
    change(job, do="resize", activity=uid(job, "A"), minutes=240)
    board = load(job)
    assert board.span(board.by_key["A"]) == (at(MONDAY) + 480, at(MONDAY) + 720)
    assert board.span(board.by_key["B"]) == (at(MONDAY) + 720, at(MONDAY + timedelta(days=1)) + 720)


def test_a_group_spans_what_is_below_it_and_orders_stay() -> None:
    job = planned(("G", 1, []), ("A", 5, []), ("B", 3, ["A"]), ("Z", 1, []))
    for code in ("A", "B"):
        change(job, do="indent", activity=uid(job, code))
    assert days(job)["G"] == ("Mar 01", "Mar 10")
    with pytest.raises(Refused, match="G is a group"):
        change(job, do="move", activity=uid(job, "G"), at=at(MONDAY))
    change(job, do="outdent", activity=uid(job, "A"))
    assert [r.code for r in job.activities.all()] == ["G", "B", "A", "Z"] and job.activities.get(code="A").parent is None
    change(job, do="place", activity=uid(job, "Z"), other=uid(job, "B"))
    assert [r.code for r in job.activities.all()] == ["G", "B", "Z", "A"] and job.activities.get(code="Z").parent.code == "G"
    with pytest.raises(Refused, match="on its level"):
        change(job, do="indent", activity=uid(job, "G"))


def test_rows_go_to_any_place_of_any_level_and_a_cost_code_is_set_and_taken_back() -> None:
    from bifocal.kernel.jobs.models import CostCode

    code = CostCode.objects.order_by("code")[0]
    job = planned(("G", 1, []), ("A", 5, []), ("B", 3, []), ("Z", 1, []))
    change(job, do="indent", activity=uid(job, "A"))
    change(job, do="first", activity=uid(job, "Z"))
    assert [r.code for r in job.activities.all()] == ["Z", "G", "A", "B"]
    change(job, do="first", activity=uid(job, "B"), other=uid(job, "G"))
    assert [r.code for r in job.activities.all()] == ["Z", "G", "B", "A"] and job.activities.get(code="B").parent.code == "G"
    with pytest.raises(Refused, match="below itself"):
        change(job, do="first", activity=uid(job, "G"), other=uid(job, "A"))
    said = change(job, do="cost", activity=uid(job, "A"), text=code.code)
    assert [row[-1] for row in said["rows"]] == [code.code] and job.activities.get(code="A").cost_code == code
    run("schedule.undo", "pm", job=job.uid)
    assert job.activities.get(code="A").cost_code is None
    with pytest.raises(DomainError, match="no cost code 'nonsense'"):
        change(job, do="cost", activity=uid(job, "A"), text="nonsense")


def test_a_change_made_past_this_process_is_seen() -> None:
    """What is kept of the last computation is used for an equal network only: an update by SQL changes the dates at once."""
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    assert days(job)["B"] == ("Mar 08", "Mar 10")
    with connection.cursor() as cur:
        cur.execute("update schedule_activity set days = 6 where job_id = %s and code = 'A'", [job.pk])
    assert days(job)["B"] == ("Mar 09", "Mar 11")
    with connection.cursor() as cur:
        cur.execute(
            "update schedule_activitylink set lag = 1 where after_id in (select id from schedule_activity where job_id = %s)", [job.pk]
        )
    assert days(job)["B"] == ("Mar 10", "Mar 12")
    job.contract.starts = MONDAY + timedelta(days=7)
    job.contract.save(update_fields=["starts"])
    assert days(job)["A"] == ("Mar 08", "Mar 15")


@pytest.mark.parametrize(("one", "sentence"), [
    ({"do": "link", "activity": "A", "other": "B"}, "A.*B|B.*A"), ({"do": "link", "activity": "A", "other": "A"}, "wait for itself"),
    ({"do": "link", "activity": "B", "other": "A"}, "already"), ({"do": "resize", "activity": "A", "minutes": -480}, "less than no time"),
    ({"do": "rename", "activity": "A", "text": ""}, "needs a name"), ({"do": "code", "activity": "A", "text": "B"}, "taken"),
    ({"do": "limit", "activity": "A", "text": "whenever"}, "is no constraint"), ({"do": "limit", "activity": "A", "text": "start on"}, "needs a date"),
    ({"do": "outdent", "activity": "A"}, "first level"), ({"do": "indent", "activity": "B"}, "has links"),
    ({"do": "unlink", "activity": "A", "other": "B"}, "does not wait"), ({"do": "move", "activity": "A"}, "when it shall start"),
])  # fmt: skip
def test_what_may_not_be_is_said_and_changes_nothing(one: dict[str, Any], sentence: str) -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    before = list(job.activities.order_by("id").values())
    with pytest.raises(DomainError, match=sentence):
        change(job, **{k: uid(job, v) if k in ("activity", "other") else v for k, v in one.items()})
    assert list(job.activities.order_by("id").values()) == before


def test_what_has_begun_stays_where_it_began() -> None:
    job = planned(
        ("A", 5, []),
    )
    run("activity.progress", "super", activity=uid(job, "A"), percent=40, started_on=MONDAY)
    with pytest.raises(Refused, match="where it began is a fact"):
        change(job, do="move", activity=uid(job, "A"), at=at(MONDAY + timedelta(days=7)))
    with pytest.raises(Refused, match="not removed"):
        change(job, do="remove", activity=uid(job, "A"))


def test_the_data_date_moves_what_is_left() -> None:
    job = planned(("A", 10, []), ("B", 2, ["A"]))
    run("activity.progress", "super", activity=uid(job, "A"), percent=50, started_on=MONDAY)
    run("schedule.data_date", "pm", job=job.uid, until=at(date(2027, 3, 15)) + 480)
    assert days(job) == {"A": ("Mar 01", "Mar 19"), "B": ("Mar 22", "Mar 23")}  # five of ten days left from the 15th
    run("schedule.data_date", "pm", job=job.uid)
    assert days(job)["A"] == ("Mar 01", "Mar 12")


def test_somebody_who_was_slower_is_told_and_strangers_see_nothing() -> None:
    job = planned(
        ("A", 5, []),
    )
    version = load(job).version
    change(job, do="rename", activity=uid(job, "A"), text="First")
    with pytest.raises(StaleVersion, match="while you had it open"):
        run(
            "schedule.change",
            "pm",
            version=version - 1,
            job=job.uid,
            changes=[{"do": "rename", "activity": uid(job, "A"), "text": "Second"}],
        )
    with pytest.raises(NotAllowed):
        change(job, key="super", do="rename", activity=uid(job, "A"), text="Mine")
    with pytest.raises((NotFound, NotAllowed)):
        change(job, key="tech", do="rename", activity=uid(job, "A"), text="Mine")
    other = planned(
        ("A", 5, []),
    )
    with pytest.raises(NotFound):
        change(other, do="rename", activity=uid(job, "A"), text="Not of this job")


def two_in_a_crew(name: str) -> Crew:
    from bifocal.kernel.people.models import Person

    made = Crew.objects.create(name=name, foreman=Person.objects.order_by("id")[0])
    made.members.set(Person.objects.order_by("id")[:2])
    return made


def booked(job: Job, code: str) -> list[date]:
    rows = Allocation.objects.filter(source_uid=uid(job, code)).order_by("during")
    return sorted({r.during.lower.date() for r in rows})


def test_the_crew_follows_its_activity_in_the_same_transaction() -> None:
    job = planned(("A", 3, []), ("B", 2, ["A"]))
    crew = two_in_a_crew("Followers")
    for code in ("A", "B"):
        run("crew.book", "pm", activity=uid(job, code), crew=crew.uid)
    assert booked(job, "B") == [date(2027, 3, 4), date(2027, 3, 5)]
    said = change(job, do="resize", activity=uid(job, "A"), minutes=5 * 480)
    assert said["crews_moved"] == ["Work A", "Work B"]
    assert booked(job, "A") == [MONDAY + timedelta(days=n) for n in range(5)]
    assert booked(job, "B") == [date(2027, 3, 8), date(2027, 3, 9)]
    run("schedule.undo", "pm", job=job.uid)
    assert booked(job, "B") == [date(2027, 3, 4), date(2027, 3, 5)]


def test_the_crew_follows_a_plan_that_is_typed_too_and_an_open_gantt_hears_of_it() -> None:
    job = planned(("A", 3, []), ("B", 2, ["A"]))
    run("crew.book", "pm", activity=uid(job, "B"), crew=two_in_a_crew("Typed").uid)
    seen = load(job).version
    run("schedule.plan", "pm", job=job.uid, activities=[
        {"code": "A", "name": "Work A", "days": 5}, {"code": "B", "name": "Work B", "days": 2, "after": ["A"]}])  # fmt: skip
    assert booked(job, "B") == [date(2027, 3, 8), date(2027, 3, 9)]
    with pytest.raises(StaleVersion):
        run("schedule.change", "pm", version=seen, job=job.uid, changes=[{"do": "rename", "activity": uid(job, "A"), "text": "Late"}])


def test_a_move_onto_somebody_elses_day_is_refused_with_who_and_nothing_moves() -> None:
    job, other = planned(("A", 3, [])), planned(("X", 1, []))
    crew = two_in_a_crew("Wanted")
    run("crew.book", "pm", activity=uid(job, "A"), crew=crew.uid)
    run("crew.book", "pm", activity=uid(other, "X"), crew=crew.uid, first=date(2027, 3, 10), last=date(2027, 3, 10))
    before = booked(job, "A")
    with pytest.raises(PersonIsTaken, match=crew.members.order_by("id")[0].name):
        change(job, do="move", activity=uid(job, "A"), at=at(date(2027, 3, 8)))
    assert booked(job, "A") == before


verbs = st.one_of(
    st.fixed_dictionaries({"do": st.just("move"), "activity": st.integers(0, 4), "day": st.integers(0, 40)}),
    st.fixed_dictionaries({"do": st.just("resize"), "activity": st.integers(0, 4), "minutes": st.integers(0, 20).map(lambda n: n * 240)}),
    st.fixed_dictionaries({"do": st.just("link"), "activity": st.integers(0, 4), "other": st.integers(0, 4), "sort": st.sampled_from(["FS", "SS", "FF", "SF"])}),
    st.fixed_dictionaries({"do": st.sampled_from(["indent", "outdent", "remove"]), "activity": st.integers(0, 4)}),
    st.fixed_dictionaries({"do": st.just("add"), "text": st.just("New"), "other": st.integers(0, 4), "minutes": st.just(480)}),
)  # fmt: skip


@settings(max_examples=12)
@given(st.lists(verbs, min_size=1, max_size=8))
def test_taking_everything_back_restores_every_row_and_link(edits: list[dict[str, Any]]) -> None:
    from bifocal.projects.schedule import journal

    job = planned(*((c, n, []) for c, n in zip("ABCDE", (1, 2, 3, 4, 5), strict=True)))
    uids = [uid(job, c) for c in "ABCDE"]

    def kept() -> Any:
        found = journal.state(load(Job.objects.get(pk=job.pk)))
        order = sorted(found["rows"], key=lambda u: found["rows"][u]["place"])
        return {u: {**r, "place": order.index(u)} for u, r in found["rows"].items()}, found["links"]

    first = kept()
    for edit in edits:
        args = {k: uids[v] if k in ("activity", "other") else v for k, v in edit.items() if k != "day"}
        try:
            change(job, **args, **({"at": at(MONDAY + timedelta(days=edit["day"]))} if "day" in edit else {}))
        except DomainError:
            continue
    for _ in range(Edit.objects.filter(job=job).count()):
        run("schedule.undo", "pm", job=job.uid)
    assert kept() == first


def test_queries_do_not_grow_with_the_schedule() -> None:
    counts = []
    for n in (5, 40):
        job = planned(*((f"A{i}", 2, [f"A{i - 1}"] if i else []) for i in range(n)))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            change(job, do="resize", activity=uid(job, "A0"), minutes=960 + 480)
        counts.append(len(seen))
    assert counts[1] <= counts[0]


def test_the_schedules_tab_asks_no_query_a_row() -> None:
    from tests.test_lists import signed_in

    counts, client = [], signed_in("pm")
    for n in (5, 40):
        job = planned(*((f"A{i}", 2, [f"A{i - 1}"] if i else []) for i in range(n)))
        client.get(f"/jobs/{job.uid}?tab=schedule")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/jobs/{job.uid}?tab=schedule").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_every_read_of_the_schedule_answers_who_may_see_the_job_and_nobody_else() -> None:
    from tests.test_lists import signed_in

    job = planned(("A", 5, []), ("B", 3, ["A"]))
    run("schedule.baseline", "pm", job=job.uid)
    reads = (
        "gantt",
        "why",
        "schedule-checks",
        "baselines",
        "schedule-updates",
        "lookahead",
        "schedule-risk",
        "date-notices",
        "earned",
        "time-impact?days=2&after=A",
    )
    for read in reads:
        assert signed_in("pm").get(f"/api/v1/jobs/{job.uid}/{read}").status_code == 200, read
        assert signed_in("tech").get(f"/api/v1/jobs/{job.uid}/{read}").status_code == 404, read
    told = signed_in("pm").get(f"/api/v1/jobs/{job.uid}/why?activity=B").json()
    assert told[0]["sentence"].startswith("B starts 8 Mar 2027 08:00 because 'Work A' finishes 5 Mar 2027 16:00")
    for page in ("updates", "checks?days=3&after=A", "lookahead", "dates", "risk", "schedule.xer"):
        assert signed_in("pm").get(f"/jobs/{job.uid}/{page}").status_code == 200, page
        assert signed_in("tech").get(f"/jobs/{job.uid}/{page}").status_code == 404, page
