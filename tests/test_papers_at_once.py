"""Papers under real concurrency: two answers, two submittal numbers, two diversions at the same moment."""

from __future__ import annotations

from datetime import timedelta

from bifocal.kernel.time.models import TimeSegment
from bifocal.lib.errors import Refused
from bifocal.projects.register.models import Clock, Document
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.factories import project
from tests.test_concurrency import TOMORROW, at_once, booked, technician
from tests.test_papers import as_link, contact, opened, submitted


def test_two_reviewers_who_answer_at_once_return_the_submittal_once(clone: str) -> None:
    made = project()
    uid = submitted(made)
    names = ("Ada Lindqvist", "Bo Chen")
    run("submittal.send", "pm", submittal=uid, reviewers=[{"who": contact(made, n)} for n in names])
    got = at_once(*(lambda n=n: as_link(uid, n, "submittal.review", submittal=uid, code="approved") for n in names))
    doc = Document.objects.get(uid=uid)
    assert sorted(g["status"] for g in got) == ["in_review", "returned"] and doc.status == "returned"
    assert doc.responses.filter(code="approved").count() == 2 and Clock.objects.filter(document=doc, until=None).count() == 1


def test_one_answer_sent_twice_at_once_is_one_answer(clone: str) -> None:
    made = project()
    rfi = opened(made, contact(made, "Ada Lindqvist"))
    got = at_once(*(lambda: as_link(rfi, "Ada Lindqvist", "rfi.respond", rfi=rfi, text="Left.") for _ in range(3)))
    assert sum(isinstance(g, dict) for g in got) == 1 and sum(isinstance(g, Refused) for g in got) == 2
    assert Document.objects.get(uid=rfi).responses.count() == 1


def test_numbers_within_a_spec_section_have_no_gap_and_no_twin(clone: str) -> None:
    made = project()
    drafts = [run("submittal.draft", "pm", job=made["job"], title=f"S{n}", spec_section="23 74 13")["uid"] for n in range(5)]
    got = at_once(*(lambda d=d: run("submittal.require", "pm", submittal=d) for d in drafts))
    assert sorted(g["number"] for g in got) == [f"23 74 13-{n:03d}" for n in range(1, 6)]


def test_two_technicians_diverted_to_each_others_visits_do_not_deadlock(clone: str) -> None:
    visits = []
    for name in ("Tom Brandt", "Keisha Moore"):
        made = booked()
        run("visit.schedule", "dispatch", visit=made["visit"], technician=technician(name), start=TOMORROW, override="race")
        run("visit.start_work", "dispatch", visit=made["visit"], at=TOMORROW)
        visits.append((made["visit"], technician(name)))
    (a, tom), (b, gail) = visits
    at = TOMORROW + timedelta(minutes=5)
    got = at_once(
        lambda: run("visit.divert", "dispatch", visit=a, to=b, person=tom, at=at),
        lambda: run("visit.divert", "dispatch", visit=b, to=a, person=gail, at=at),
    )
    assert all(isinstance(g, dict) for g in got), got
    assert TimeSegment.objects.filter(status="open", person__uid__in=[tom, gail]).count() == 2
    assert {Visit.objects.get(uid=v).status for v in (a, b)} <= {"en_route", "paused", "working"}
