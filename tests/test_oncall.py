"""After hours: the price from paper, accepted before anybody is asked; backup and escalation by the queue; rest kept free next morning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client

from bifocal.core.models import Branch
from bifocal.kernel.messages.models import Message
from bifocal.kernel.people.models import Allocation, Person
from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, Refused
from bifocal.service.oncall.models import CallOut
from bifocal.service.oncall.queries import after_hours, next_shift, on_call
from bifocal.service.oncall.rules import next_asked, quote
from bifocal.service.oncall.tasks import look_again
from bifocal.service.visits.models import Card, Visit
from tests.conftest import run
from tests.factories import call
from tests.test_lists import signed_in
from tests.test_offers import BALTIMORE as ZONE
from tests.test_offers import DAY, at


@dataclass
class Terms:
    factor: D = D("1.5")
    minimum_hours: D = D(2)
    call_out: D = D(95)
    pay_factor: D = D("1.5")
    pay_minimum_hours: D = D(2)
    rest_hours: D = D(8)


def test_the_price_of_a_night_from_paper() -> None:
    start = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
    q = quote(
        start=start, minutes=90, drive=30, price=D("138.00"), rate=D("46.00"), next_shift=datetime(2026, 3, 5, 7, tzinfo=UTC), terms=Terms()
    )
    # 1.5 h of work are billed as 2: 2 × 138 × 1.5 = 414; away 2.5 h, paid 2.5 × 46 × 1.5 = 172.50
    assert (q.call_out, q.labor, q.total) == (D("95.00"), D("414.00"), D("509.00")) and q.pay == D("172.50")
    # home at 1 am, rest until 9 am: two hours of the shift that begins at 7 are paid rest, 92.00
    assert (q.rest_until, q.rest_lost, q.rest_cost) == (datetime(2026, 3, 5, 9, tzinfo=UTC), D(2), D("92.00")) and q.cost == D("264.50")
    early = quote(
        start=start - timedelta(hours=4),
        minutes=180,
        drive=0,
        price=D(100),
        rate=D(40),
        next_shift=datetime(2026, 3, 5, 7, tzinfo=UTC),
        terms=Terms(),
    )
    assert early.labor == D("450.00") and early.rest_lost == 0  # three hours of work: the minimum is past


def test_who_is_asked_next() -> None:
    assert next_asked([1, 2, 3], set(), None) == 1 and next_asked([1, 2, 3], set(), 1) == 2
    assert next_asked([1, 2, 3], {2}, 1) == 3 and next_asked([1, 2, 3], set(), 3) is None and next_asked([], set(), None) is None


def person(name: str) -> Person:
    return Person.objects.get(name=name)


def rota(**more: Any) -> dict[str, Any]:
    args = {"branch": "BAL", "skill": "plumbing", "person": person("Tom Brandt").uid, "backup": person("Keisha Moore").uid,
            "start": at(17), "end": at(24 + 7)}  # fmt: skip
    return run("oncall.set", "dispatch", **{**args, **more})


def night_call() -> Visit:
    return Visit.objects.select_related("job__branch", "job__job_type").get(uid=call(job_type="LEAK")["visit"])


def agreed(visit: Visit, when: datetime, **more: Any) -> dict[str, Any]:
    return run("callout.agree", "dispatch", at=when, **{"visit": visit.uid, "agreed_by": "Nora Web", "total": "509.00", **more})


def link_of(who: str) -> str:
    found = re.search(r"/link/(\S+)", Message.objects.filter(to=person(who).email).latest("id").body)
    assert found
    return f"/link/{found[1]}"


@pytest.mark.django_db
def test_one_is_on_call_at_a_time_and_the_backup_is_somebody_else() -> None:
    rota()
    with pytest.raises(Refused, match="Somebody is on call"):
        rota(person=person("Keisha Moore").uid, backup=None, start=at(20), end=at(22))
    with pytest.raises(Invalid, match="somebody else"):
        rota(backup=person("Tom Brandt").uid, start=at(40), end=at(50))
    with pytest.raises(NotAllowed):
        run("oncall.set", "tech", branch="BAL", skill="plumbing", person=person("Tom Brandt").uid, start=at(60), end=at(70))
    bal = Branch.objects.get(code="BAL")
    turn = on_call(bal, "plumbing", at(22))
    assert turn and turn.person.name == "Tom Brandt" and on_call(bal, "plumbing", at(12)) is None
    run("oncall.drop", "dispatch", turn=turn.uid)
    assert on_call(bal, "plumbing", at(22)) is None


@pytest.mark.django_db
def test_the_caller_accepts_before_anybody_is_asked_and_taking_it_plans_the_visit_and_the_rest() -> None:
    rota()
    visit, when = night_call(), at(22)
    assert after_hours(visit.job.branch, when) and not after_hours(visit.job.branch, at(12))
    with pytest.raises(Refused, match="The rate is 509.00"):
        agreed(visit, when, total="400.00")
    with pytest.raises(Invalid, match="who accepted"):
        agreed(visit, when, agreed_by=" ")
    assert not Message.objects.filter(to=person("Tom Brandt").email).exists()
    made = agreed(visit, when)
    with pytest.raises(Refused, match="being asked"):
        agreed(visit, when)
    client = Client()
    url = link_of("Tom Brandt")
    assert client.get(url).status_code == 200 and CallOut.objects.get(uid=made["uid"]).status == "asking"
    row = CallOut.objects.get(uid=made["uid"])
    assert (row.agreed_by, row.total, row.asked) == ("Nora Web", D("509.00"), person("Tom Brandt"))
    run("callout.answer", "dispatch", at=when + timedelta(minutes=4), call_out=made["uid"], accept=True)
    visit.refresh_from_db()
    assert visit.status == "scheduled" and visit.planned.lower == at(22) + timedelta(minutes=49)
    # 22:45 + 1.5 h + 0.5 h home: rest of eight hours from 0:45, until 8:45
    rest = Allocation.objects.get(person=person("Tom Brandt"), use="time_off")
    assert rest.during.lower == next_shift(visit.job.branch, when) and rest.during.upper == row.rest_until == at(24 + 8.75)
    assert client.post(url, {"answer": "yes"}).status_code == 409  # settled


@pytest.mark.django_db
def test_nobody_answers_and_the_next_is_asked_until_the_office_is_told() -> None:
    rota()
    Person.objects.filter(skills__skill__code="plumbing").exclude(name__in=["Tom Brandt", "Keisha Moore"]).update(dispatchable=False)
    visit = night_call()
    made = agreed(visit, at(22))["uid"]
    tom, keisha = person("Tom Brandt"), person("Keisha Moore")
    run("callout.escalate", "dispatch", at=at(22) + timedelta(minutes=5), call_out=made, asked=tom.pk)
    assert CallOut.objects.get(uid=made).asked == tom  # his ten minutes are not over
    run("callout.escalate", "dispatch", at=at(22) + timedelta(minutes=10), call_out=made, asked=tom.pk)
    assert CallOut.objects.get(uid=made).asked == keisha
    run("callout.escalate", "dispatch", at=at(22) + timedelta(minutes=11), call_out=made, asked=tom.pk)  # a late twin of the queue
    assert CallOut.objects.get(uid=made).asked == keisha
    assert Client().post(link_of("Keisha Moore"), {"answer": "no", "note": "two towns off"}).status_code == 200
    assert CallOut.objects.get(uid=made).status == "nobody_answers" and "2 were asked" in Card.objects.get(visit=visit).sentence
    assert Message.objects.filter(to="dispatch@harbor.example", title__startswith="Nobody on call").exists()
    with pytest.raises(CannotMove):
        run("callout.answer", "dispatch", call_out=made, accept=True)


@pytest.mark.django_db
def test_whoever_was_asked_first_may_still_take_it_and_answers_for_nobody_else() -> None:
    rota()
    made = agreed(night_call(), at(22))["uid"]
    first = link_of("Tom Brandt")
    run("callout.escalate", "dispatch", at=at(22) + timedelta(minutes=10), call_out=made, asked=person("Tom Brandt").pk)
    assert Client().post(first, {"answer": "no"}).status_code == 200
    row = CallOut.objects.get(uid=made)
    assert row.asked == person("Keisha Moore") and row.declined == [person("Tom Brandt").pk]
    assert Client().post(first, {"answer": "yes"}).status_code == 409  # passed on is passed on
    assert Client().post(link_of("Keisha Moore"), {"answer": "yes"}).status_code == 200
    assert CallOut.objects.get(uid=made).asked == person("Keisha Moore")


@pytest.mark.django_db
def test_the_queue_asks_the_next_by_itself() -> None:
    rota()
    when = datetime.now(UTC) - timedelta(minutes=30)
    rota(start=when - timedelta(hours=1), end=when + timedelta(hours=5))
    visit = night_call()
    total = signed_in("dispatch").get(f"/api/v1/visits/{visit.uid}/after-hours").json()["total"]
    made = agreed(visit, when, total=total)["uid"]
    look_again(call_out=made, asked=CallOut.objects.get(uid=made).asked_id)
    assert CallOut.objects.get(uid=made).asked == person("Keisha Moore")


@pytest.mark.django_db
def test_rest_that_meets_a_plan_is_a_card() -> None:
    rota()
    tom = person("Tom Brandt")
    run("person.time_off", "dispatch", person=tom.uid, start=at(24 + 7), end=at(24 + 12), reason="training")
    visit = night_call()
    made = agreed(visit, at(22))["uid"]
    run("callout.answer", "dispatch", at=at(22) + timedelta(minutes=1), call_out=made, accept=True)
    told = Card.objects.get(visit=visit).sentence  # by the branch's clock, and with the plan that stands in the way
    due = CallOut.objects.get(uid=made).rest_until.astimezone(ZONE)
    assert (
        f"due rest until {due:%a %-d %b %-I:%M} am" in told and told.endswith(" 7:00 am.") and "training from" in told and "UTC" not in told
    )


@pytest.mark.django_db
def test_a_call_that_runs_into_the_morning_is_not_in_the_way_of_its_own_rest() -> None:
    rota()
    tom = person("Tom Brandt")
    run("person.time_off", "dispatch", person=tom.uid, start=at(24 + 12), end=at(24 + 13), reason="training")
    visit = night_call()
    made = agreed(visit, at(24 + 6))["uid"]
    run("callout.answer", "dispatch", at=at(24 + 6), call_out=made, accept=True)
    visit.refresh_from_db()
    due = CallOut.objects.get(uid=made).rest_until
    rest = Allocation.objects.filter(person=tom, label="Rest after a call-out").order_by("during")
    # what is free of the rest is kept free, before and after the hour that stands in it
    assert [(r.during.lower, r.during.upper) for r in rest] == [(visit.planned.upper, at(24 + 12)), (at(24 + 13), due)]
    assert visit.job.title not in Card.objects.get(visit=visit).sentence


@pytest.mark.django_db
def test_the_pages_are_for_the_office() -> None:
    visit = night_call()
    for key, status in (("dispatch", 200), ("tech", 404)):
        assert signed_in(key).get("/dispatch/on-call").status_code == status
        assert signed_in(key).get("/api/v1/on-call").status_code == status
        assert signed_in(key).get(f"/visits/{visit.uid}/after-hours").status_code == status
    run("after_hours.set", "dispatch", factor="2", minimum_hours="1", call_out="50", pay_factor="2", pay_minimum_hours="1", rest_hours="10")
    assert DAY
