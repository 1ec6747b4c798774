"""Dates are told by themselves: after some quiet, several moves in one message, asked first where wanted; who is silent is reminded once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bifocal.core.actor import system
from bifocal.core.call import Call
from bifocal.core.commands import execute
from bifocal.core.links import actor_of
from bifocal.core.models import AccessLink, Fact
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.messages.models import Message
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, NotAllowed, NotFound, Refused
from bifocal.projects.notices.handlers import tell_when_settled
from bifocal.projects.notices.models import Notice, Telling
from bifocal.projects.notices.rules import tell_when
from tests.conftest import run
from tests.test_gantt import change, planned, uid
from tests.test_lists import signed_in

pytestmark = pytest.mark.django_db
DAY = 480


def followed() -> Job:
    job = planned(("A", 5, []), ("B", 3, ["A"]), ("C", 2, []))
    for code in ("A", "B"):
        run("notices.follow", "pm", activity=uid(job, code), name="Lou Sub", email="Lou@example.com")
    return job


def heard(job: Job) -> int:
    """Hand every move that nobody heard of to its subscriber, as the queue does; returns how many there were."""
    rows = list(Fact.objects.filter(name="DatesMoved", subject_uid=job.uid).order_by("id"))
    for row in rows:
        tell_when_settled(row)
    return len(rows)


def settle(job: Job, minutes: int) -> dict[str, Any]:
    """The queue's look, so many minutes from now."""
    call = Call.new(occurred_at=datetime.now(UTC) + timedelta(minutes=minutes))
    return execute("notices.settle", {"job": str(job.uid)}, actor=system("who must know"), call=call)


def test_several_moves_become_one_message_with_the_dates_before_the_first() -> None:
    job = followed()
    for n in (6, 7):
        change(job, do="resize", activity=uid(job, "A"), minutes=n * DAY)
    assert heard(job) == 2
    before = Message.objects.count()
    assert settle(job, 10)["told"] == [] and Message.objects.count() == before, "it has not settled"
    assert settle(job, 61)["told"] == ["Lou Sub"] and Message.objects.count() == before + 1
    body = Message.objects.order_by("-id")[0].body
    assert "Work A: Mon 1 Mar – Tue 9 Mar (was Mon 1 Mar – Fri 5 Mar)" in body and "Work B" in body
    assert settle(job, 200)["told"] == [], "once"


def test_what_moves_there_and_back_is_told_to_nobody() -> None:
    job = followed()
    change(job, do="resize", activity=uid(job, "A"), minutes=9 * DAY)
    run("schedule.undo", "pm", job=job.uid)
    assert heard(job) == 2 and settle(job, 300)["told"] == [] and not Notice.objects.filter(job=job).exists()


def test_asked_first_nobody_is_told_until_the_scheduler_says_so() -> None:
    job = followed()
    priya = Person.objects.get(name="Priya Raman")
    run("job.add_member", "pm", job=job.uid, person=priya.uid, role="project_manager")
    run("notices.set", "pm", job=job.uid, way="ask_first", more_than=2, settle_minutes=30)
    change(job, do="resize", activity=uid(job, "A"), minutes=8 * DAY)
    heard(job)
    assert settle(job, 31) == {"kind": "date_notices", "told": [], "asked": ["Lou Sub"]}
    asked = Message.objects.order_by("-id")[0]
    assert asked.to == priya.email and "shall others be told?" in asked.title
    assert "Dear Priya Raman" in asked.body and "Lou Sub:" in asked.body and "Work A: Mon 1 Mar – Wed 10 Mar (was" in asked.body
    assert f"/jobs/{job.uid}/dates" in asked.body and "/link/" in asked.body
    page = signed_in("pm").get(f"/jobs/{job.uid}/dates").content.decode()
    assert "Nobody was told: say below" in page and "Wed 10 Mar" in page and "2027-03-10" not in page
    run("notices.tell", "pm", job=job.uid, more_than=2)
    assert Telling.objects.get(job=job).asked_at is None


def test_asked_first_and_the_answer_is_no() -> None:
    job = followed()
    run("notices.set", "pm", job=job.uid, way="ask_first", settle_minutes=30)
    with pytest.raises(Refused, match="Nobody is asking"):
        run("notices.leave", "pm", job=job.uid)
    change(job, do="resize", activity=uid(job, "A"), minutes=8 * DAY)
    heard(job)
    settle(job, 31)
    with pytest.raises(NotAllowed):
        run("notices.leave", "viewer", job=job.uid)
    run("notices.leave", "pm", job=job.uid)
    assert Telling.objects.get(job=job).asked_at is None and not Notice.objects.filter(job=job).exists()
    assert "Nobody was told: say below" not in signed_in("pm").get(f"/jobs/{job.uid}/dates").content.decode()


def asked(job: Job) -> str:
    """The job's dates moved and settled, and who runs it was asked: the path of the link in the letter."""
    priya = Person.objects.get(name="Priya Raman")
    if not job.members.filter(person=priya, until=None).exists():
        run("job.add_member", "pm", job=job.uid, person=priya.uid, role="project_manager")
    run("notices.set", "pm", job=job.uid, way="ask_first", more_than=2, settle_minutes=30)
    change(job, do="resize", activity=uid(job, "A"), minutes=8 * DAY)
    heard(job)
    assert settle(job, 31)["asked"] == ["Lou Sub"]
    mail = Message.objects.order_by("-id")[0]
    assert mail.to == priya.email
    return "/link/" + mail.body.split("/link/")[1].split()[0]


def answered(link: str, tell: str, seen: str | None = None) -> Any:
    """Press a button of the page as it was loaded (or as it was when its hash was `seen`)."""
    page = Client().get(link).content.decode()
    found = re.search(r'name="sha256" value="(\w+)"', page)
    return Client().post(link, {"act": "notices.answer", "tell": tell, "sha256": seen or (found.group(1) if found else "")})


def test_who_is_asked_says_yes_by_one_press_without_an_account() -> None:
    job = followed()
    link, before = asked(job), Message.objects.count()
    page = Client().get(link).content.decode()
    assert "Tell of new dates?" in page and "Lou Sub" in page and "Wed 10 Mar" in page
    assert Message.objects.count() == before and Telling.objects.get(job=job).asked_at, "looking tells nobody"
    assert "Answered" in answered(link, "yes").content.decode()
    assert Message.objects.order_by("-id")[0].to == "lou@example.com" and Notice.objects.filter(job=job).count() == 1
    again = answered(link, "no")
    assert (
        again.status_code == 409 and "answered already" in again.content.decode() and "Nothing is asked any more" in again.content.decode()
    )
    assert Client().post(link, {"act": "notices.confirm", "name": "Lou"}).status_code == 403
    assert Client().post(link, {"act": "schedule.change"}).status_code == 403


def test_no_by_link_tells_nobody_and_what_moved_since_is_read_again_before_a_yes() -> None:
    job = followed()
    link = asked(job)
    seen = re.search(r'name="sha256" value="(\w+)"', Client().get(link).content.decode())
    assert seen
    change(job, do="resize", activity=uid(job, "A"), minutes=12 * DAY)
    stale = answered(link, "yes", seen.group(1))
    assert stale.status_code == 409 and "moved since you looked" in stale.content.decode() and "Tue 16 Mar" in stale.content.decode()
    assert not Notice.objects.filter(job=job).exists()
    assert answered(link, "no").status_code == 200 and not Notice.objects.filter(job=job).exists()
    assert Fact.objects.filter(name="DatesLeft", subject_uid=job.uid).count() == 1
    assert Telling.objects.get(job=job).asked_at is None


def test_a_link_to_a_question_ends_is_taken_back_and_is_of_no_use_for_another_job() -> None:
    job, other = followed(), followed()
    link = asked(job)
    row = AccessLink.objects.get(subject_kind="date_telling", subject_uid=Telling.objects.get(job=job).uid)
    assert row.rights == ["notices.answer"] and timedelta(days=13) < row.expires_at - datetime.now(UTC) < timedelta(days=15)
    asked(other)
    with pytest.raises(NotFound):
        execute(
            "notices.answer",
            {"telling": str(Telling.objects.get(job=other).uid), "tell": True, "sha256": ""},
            actor=actor_of(row),
            call=Call.new(),
        )
    run("link.revoke", "owner", link=row.uid)
    assert Client().get(link).status_code == 404 and answered(link, "yes").status_code == 404
    assert Telling.objects.get(job=job).asked_at, "nobody answered"


def test_by_button_and_small_moves_tell_nobody() -> None:
    job = followed()
    run("notices.set", "pm", job=job.uid, more_than=4)
    change(job, do="resize", activity=uid(job, "A"), minutes=6 * DAY)  # Friday to Monday: three days
    heard(job)
    assert settle(job, 61)["told"] == []
    run("notices.set", "pm", job=job.uid, way="by_button")
    change(job, do="resize", activity=uid(job, "A"), minutes=15 * DAY)
    heard(job)
    assert settle(job, 600)["told"] == [] and not Notice.objects.filter(job=job).exists()


def test_every_way_that_moves_dates_says_so() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))

    def said() -> int:
        return Fact.objects.filter(name="DatesMoved", subject_uid=job.uid).count()

    assert said() == 0, "a first plan moves nothing"
    run("schedule.plan", "pm", job=job.uid, activities=[{"code": "A", "name": "Work A", "days": 7}])
    assert said() == 1
    run("activity.progress", "super", activity=uid(job, "A"), percent=50, started_on="2027-03-03")
    assert said() == 2
    change(job, do="resize", activity=uid(job, "B"), minutes=5 * DAY)
    assert said() == 3
    proposed = run("lookahead.propose", "super", activity=uid(job, "B"), days="8")
    run("lookahead.decide", "pm", proposal=proposed["uid"], accept=True)
    assert said() == 4
    change(job, do="rename", activity=uid(job, "B"), text="Only a name")
    assert said() == 4


def test_who_is_silent_is_reminded_once_and_by_the_newest_dates_only() -> None:
    job = followed()
    run("notices.tell", "pm", job=job.uid)
    old = Notice.objects.get(job=job)
    run("notices.remind", "pm", notice=old.uid)
    mail = Message.objects.order_by("-id")[0]
    assert mail.title.startswith("Reminder:") and "/link/" in mail.body
    link = "/link/" + mail.body.split("/link/")[1].split()[0]
    change(job, do="resize", activity=uid(job, "A"), minutes=9 * DAY)
    run("notices.tell", "pm", job=job.uid)
    with pytest.raises(Refused, match="newer dates since"):
        run("notices.remind", "pm", notice=old.uid)
    assert Client().post(link, {"act": "notices.confirm", "name": "Lou"}).status_code == 200
    with pytest.raises(Refused, match="Lou confirmed this already"):
        run("notices.remind", "pm", notice=old.uid)


def test_who_may_not_and_what_is_out_of_range() -> None:
    job = followed()
    for command in ("notices.set", "notices.settle", "notices.moved"):
        with pytest.raises(NotAllowed):
            run(command, "super", job=job.uid)
        with pytest.raises((NotFound, NotAllowed)):
            run(command, "tech", job=job.uid)
    with pytest.raises(Invalid):
        run("notices.set", "pm", job=job.uid, settle_minutes=0)


@given(st.lists(st.integers(0, 600), max_size=20), st.integers(5, 240))
def test_the_wait_is_a_settling_time_of_quiet_and_never_more_than_four(gaps: list[int], minutes: int) -> None:
    first = now = datetime(2027, 3, 1, tzinfo=UTC)
    at = tell_when(now, first, minutes)
    for gap in gaps:
        now += timedelta(minutes=gap)
        if now >= at:
            break  # it was told
        at = tell_when(now, first, minutes)
        assert now < at <= now + timedelta(minutes=minutes) and at <= first + timedelta(minutes=4 * minutes)
