"""The look-ahead on paper: constraints before promises, reasons for what was missed, percent plan complete, proposals back to the schedule."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Invalid, NotAllowed, NotFound, Refused
from bifocal.projects.lookahead.queries import look
from bifocal.projects.lookahead.rules import ppc, weeks_from
from tests.conftest import run
from tests.test_gantt import MONDAY, days, planned, uid
from tests.test_lists import signed_in

pytestmark = pytest.mark.django_db


def promised(job: Job, what: str, week: date = MONDAY, **more: Any) -> str:
    return str(run("lookahead.promise", "super", job=job.uid, week=week, what=what, **more)["uid"])


def test_what_waits_for_something_cannot_be_promised_until_it_is_cleared() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    stands = run("lookahead.constrain", "super", activity=uid(job, "A"), sort="materials", what="Hangers", who="Supply house")
    with pytest.raises(Refused, match="A waits for materials: Hangers"):
        promised(job, "Hang duct", activity=uid(job, "A"))
    run("lookahead.clear", "super", constraint=stands["uid"], on=MONDAY)
    with pytest.raises(Refused, match="cleared on 01 Mar already"):
        run("lookahead.clear", "super", constraint=stands["uid"])
    assert promised(job, "Hang duct", activity=uid(job, "A"))


def test_percent_plan_complete_is_promises_kept_of_promises_judged() -> None:
    job = planned(("A", 5, []))
    made = [promised(job, f"Work {n}", week=MONDAY + timedelta(days=2)) for n in range(5)]
    for n, one in enumerate(made[:4]):
        run("lookahead.judge", "super", commitment=one, done=n < 3, **({} if n < 3 else {"reason": "weather"}))
    found = look(job, MONDAY)
    assert found["ppc"] == 75 and found["reasons"] == [("weather", 1)]  # three of the four that were judged; the fifth is open
    assert found["chart"][-1] == {"week": MONDAY, "ppc": 75}, "Wednesday's promise is of that week's Monday"
    with pytest.raises(Invalid, match="why it was not done"):
        run("lookahead.judge", "super", commitment=made[4], done=False)


def test_what_the_field_proposes_moves_the_schedule_only_when_accepted() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    said = run("lookahead.propose", "super", activity=uid(job, "A"), days="7", why="Rework at grid C")
    assert days(job)["B"] == ("Mar 08", "Mar 10")
    with pytest.raises(NotAllowed):
        run("lookahead.decide", "super", proposal=said["uid"], accept=True)
    answer = run("lookahead.decide", "pm", proposal=said["uid"], accept=True)
    assert days(job)["B"] == ("Mar 10", "Mar 12") and answer["state"] == "accepted"
    with pytest.raises(Refused, match="accepted already"):
        run("lookahead.decide", "pm", proposal=said["uid"], accept=False)
    first = run("lookahead.propose", "super", activity=uid(job, "A"), days="3")
    second = run("lookahead.propose", "super", activity=uid(job, "A"), days="4")
    with pytest.raises(Refused, match="replaced already"):
        run("lookahead.decide", "pm", proposal=first["uid"], accept=True)
    run("lookahead.decide", "pm", proposal=second["uid"], accept=False)
    assert days(job)["B"] == ("Mar 10", "Mar 12")


def test_the_rest_of_what_is_half_done_is_what_is_proposed() -> None:
    job = planned(("A", 10, []), ("B", 1, ["A"]))
    run("activity.progress", "super", activity=uid(job, "A"), percent=50, started_on=MONDAY)
    run("schedule.data_date", "pm", job=job.uid, until=int((date(2027, 3, 15) - date(1970, 1, 1)).days * 1440 + 480))
    said = run("lookahead.propose", "super", activity=uid(job, "A"), days="3")
    run("lookahead.decide", "pm", proposal=said["uid"], accept=True)
    assert days(job)["A"] == ("Mar 01", "Mar 17")  # three days from Monday the 15th


def test_only_the_weeks_ahead_are_shown_in_a_fixed_number_of_queries() -> None:
    job = planned(("A", 5, []), ("B", 30, ["A"]), ("C", 5, ["B"]))
    assert [r["activity"].code for r in look(job, MONDAY, 2)["rows"]] == ["A", "B"]
    counts = []
    for n in (3, 25):
        many = planned(*((f"A{i}", 2, []) for i in range(n)))
        for i in range(n):
            run("lookahead.constrain", "super", activity=uid(many, f"A{i}"), sort="labor", what="Two more")
        with CaptureQueriesContext(connection) as seen:
            look(Job.objects.get(pk=many.pk), MONDAY)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    with pytest.raises(Invalid, match="2 to 6 weeks"):
        look(job, MONDAY, 9)


def test_strangers_and_those_of_another_job_see_nothing() -> None:
    job, other = planned(("A", 5, [])), planned(("X", 1, []))
    with pytest.raises(NotFound):
        run("lookahead.constrain", "tech", activity=uid(job, "A"), sort="labor", what="People")
    with pytest.raises(NotFound, match="another job"):
        promised(other, "Not of this job", activity=uid(job, "A"))
    with pytest.raises(NotAllowed):
        run("lookahead.constrain", "books", activity=uid(job, "A"), sort="labor", what="People")
    assert signed_in("tech").get(f"/jobs/{job.uid}/lookahead").status_code == 404


def test_a_foreman_on_the_job_edits_it_from_the_page() -> None:
    from bifocal.kernel.jobs.models import JobMember
    from bifocal.kernel.people.models import Person

    job = planned(("A", 5, []))
    JobMember.objects.create(job=job, person=Person.objects.get(name="Dana Whitfield"), role="foreman")
    stands = run("lookahead.constrain", "tech", activity=uid(job, "A"), sort="permit", what="Hot work")
    page = signed_in("tech").get(f"/jobs/{job.uid}/lookahead?weeks=6")
    assert page.status_code == 200 and stands["what"] == "Hot work"


@given(st.lists(st.sampled_from([True, False, None]), max_size=40))
def test_ppc_stays_within_its_bounds_and_open_promises_do_not_count(done: list[bool | None]) -> None:
    found = ppc(done)
    assert found == ppc([d for d in done if d is not None])
    assert found is None if all(d is None for d in done) else 0 <= (found or 0) <= 100


def test_weeks_begin_on_monday() -> None:
    assert weeks_from(date(2027, 3, 4), 2) == [MONDAY, MONDAY + timedelta(days=7)]
