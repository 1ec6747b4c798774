"""Something happens to a day with a crew visit on it: one stands in or all meet at another hour, as one, accepted in one act."""

from __future__ import annotations

from datetime import datetime
from threading import Thread
from typing import Any

import pytest

from bifocal.kernel.people.models import Allocation, Person
from bifocal.lib.errors import DomainError, NotAllowed, StaleVersion
from bifocal.service.replan.queries import Move, Occasion, Proposal, proposals
from bifocal.service.replan.rules import Event
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.test_board_crews import going, hours
from tests.test_lists import signed_in
from tests.test_offers import at, only
from tests.test_replan import booked, branch, nobody_is_in_two_places, open_call

TOM, KEISHA = "Tom Brandt", "Keisha Moore"


def third() -> str:
    """A plumber, or somebody made one, beside the two."""
    row = Person.objects.filter(branch__code="BAL", dispatchable=True).exclude(name__in=(TOM, KEISHA)).order_by("name")[0]
    if not row.skills.filter(skill__code="plumbing").exists():
        run("person.give_skill", "owner", person=row.uid, skill="plumbing")
    return str(row.name)


def uid(name: str) -> Any:
    return Person.objects.get(name=name).uid


def together(hour: float, lead: str = TOM, along: str = KEISHA, **more: Any) -> Visit:
    row = booked(lead, hour, **more)
    run("visit.add_helper", "dispatch", visit=row.uid, person=uid(along))
    row.refresh_from_db()
    return row


def sick(name: str, start: float = 7, until: float = 17) -> Occasion:
    return Occasion(Event.SICK, person=Person.objects.get(name=name), start=at(start), until=at(until))


def as_moves(p: Proposal) -> list[dict[str, Any]]:
    return [
        {"visit": m.visit.uid, "technician": m.person.uid, "start": m.start, "version": m.visit.version}
        | ({"helpers": [h.uid for h in m.along]} if m.along else {})
        for m in p.moves
    ]


def fell_out(name: str, p: Proposal | None, key: str = "dispatch") -> dict[str, Any]:
    return run("person.sick", key, person=uid(name), start=at(7), end=at(17), moves=as_moves(p) if p else [])


def of(p: Proposal, row: Visit) -> Move:
    (move,) = [m for m in p.moves if m.visit.pk == row.pk]
    return move


def people_of(move: Move) -> set[str]:
    return {move.person.name, *(h.name for h in move.along)}


@pytest.mark.django_db
def test_a_helper_falls_out_and_somebody_stands_in_while_the_others_stay() -> None:
    other = third()
    only(TOM, KEISHA, other)
    crew, alone = together(10), booked(KEISHA, 14)
    found = proposals(branch(), sick(KEISHA), at(6.5))
    best = of(found[0], crew)
    assert people_of(best) == {TOM, other} and best.person.name == TOM and best.start == at(10) and best.late == 0
    assert [p.name for p in best.stand_ins] == [other] and [p.name for p in best.left] == [KEISHA]
    told = fell_out(KEISHA, found[0])
    assert told["moved"] == len(found[0].moves) and told["in_tray"] == 0
    assert going(crew) == {TOM, other} and hours(crew) == {TOM: (at(10), at(11.5)), other: (at(10), at(11.5))}
    assert going(alone) <= {TOM, other} and [a.use for a in Allocation.objects.filter(person__name=KEISHA)] == ["time_off"]
    nobody_is_in_two_places([TOM, other])
    with pytest.raises(StaleVersion):
        run("day.replan", "dispatch", reason="sick", moves=as_moves(found[0]))


@pytest.mark.django_db
def test_a_lead_falls_out_and_one_who_may_lead_leads() -> None:
    other = third()
    only(TOM, KEISHA, other)
    Person.objects.get(name=KEISHA).skills.all().delete()  # she only goes along
    crew = together(10)
    move = of(proposals(branch(), sick(TOM), at(6.5))[0], crew)
    assert move.person.name == other and people_of(move) == {KEISHA, other} and move.before is not None and move.before.name == TOM
    fell_out(TOM, proposals(branch(), sick(TOM), at(6.5))[0])
    assert going(crew) == {KEISHA, other} and crew.assignments.get(removed_at=None, lead=True).person.name == other


@pytest.mark.django_db
def test_nobody_is_free_at_that_hour_and_all_meet_at_another() -> None:
    other = third()
    only(TOM, KEISHA, other)
    crew, held = together(10), booked(other, 9.5, length=0.5)
    run("visit.confirm", "dispatch", visit=held.uid)
    found = proposals(branch(), sick(KEISHA), at(6.5))
    moved = [of(p, crew) for p in found if crew.pk in {m.visit.pk for m in p.moves}]
    assert moved and all(people_of(m) == {TOM, other} for m in moved)
    assert moved[0].start != at(10) and held.pk not in {m.visit.pk for m in found[0].moves}
    fell_out(KEISHA, found[0])
    assert going(crew) == {TOM, other} and len(set(hours(crew).values())) == 1 and hours(crew)[TOM][0] == moved[0].start
    nobody_is_in_two_places([TOM, other])


@pytest.mark.django_db
def test_one_alone_is_not_sent_where_two_were() -> None:
    only(TOM, KEISHA)
    crew = together(10)
    (only_way,) = proposals(branch(), sick(KEISHA), at(6.5))
    assert crew.pk in {v.pk for v in only_way.dropped} and not only_way.moves
    assert fell_out(KEISHA, only_way)["in_tray"] == 1
    crew.refresh_from_db()
    assert crew.status == "unscheduled" and not Allocation.objects.filter(source_uid=crew.uid).exists()


@pytest.mark.django_db
def test_a_call_before_runs_over_and_the_crew_meets_later_as_one() -> None:
    only(TOM, KEISHA)
    row, crew = booked(KEISHA, 8), together(11, length=0.5)
    run("visit.dispatch", "dispatch", visit=row.uid)
    for step in ("visit.start_travel", "visit.arrive", "visit.start_work"):
        run(step, "dispatch", visit=row.uid, at=at(8))
    found = proposals(branch(), Occasion(Event.OVERRUN, visit=Visit.objects.get(pk=row.pk), until=at(13)), at(9))
    move = of(found[0], crew)
    assert people_of(move) == {TOM, KEISHA} and move.start >= at(13) and move.stand_ins == () and found[0].told == 1
    run("day.replan", "dispatch", reason="overrun", moves=as_moves(found[0]))
    assert set(hours(crew)) == {TOM, KEISHA} and {h[0] for h in hours(crew).values()} == {move.start}


@pytest.mark.django_db
def test_an_emergency_does_not_tear_a_crew_apart_and_one_for_two_gets_two() -> None:
    other = third()
    only(TOM, KEISHA, other)
    crew, urgent = together(10), open_call()
    for p in proposals(branch(), Occasion(Event.EMERGENCY, visit=urgent), at(7.2)):
        assert all(people_of(m) == {TOM, KEISHA} for m in p.moves if m.visit.pk == crew.pk)
    run("visit.set_people", "dispatch", visit=urgent.uid, people=2)
    urgent = Visit.objects.select_related("job__site", "job__customer", "job__branch").get(pk=urgent.pk)
    found = proposals(branch(), Occasion(Event.EMERGENCY, visit=urgent), at(7.2))
    assert len(people_of(of(found[0], urgent))) == 2
    run("day.replan", "dispatch", reason="emergency", moves=as_moves(found[0]))
    assert len(hours(urgent)) == 2 and len(set(hours(urgent).values())) == 1
    nobody_is_in_two_places([TOM, KEISHA, other])


@pytest.mark.django_db
def test_page_and_api_say_who_stands_in_and_strangers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = third()
    only(TOM, KEISHA, other)
    crew = together(10)
    real: datetime = at(6.5)
    monkeypatch.setattr("django.utils.timezone.now", lambda: real)
    asked = {"event": "sick", "person": str(uid(KEISHA)), "branch": "BAL", "start": "", "until": ""}
    client = signed_in("dispatch")
    page = client.get("/dispatch/replan", asked).content.decode()
    assert f"{other} stands in for {KEISHA}" in " ".join(page.split()) and f'moves.0.helpers[]" value="{uid(other)}"' in page
    said = client.get("/api/v1/replan", {**asked, "start": at(7).isoformat(), "until": at(17).isoformat()}).json()
    assert any(m["visit"] == str(crew.uid) and m["helpers"] == [str(uid(other))] for p in said for m in p["moves"])
    found = proposals(branch(), sick(KEISHA), at(6.5))
    with pytest.raises(NotAllowed):
        run("day.replan", "tech", reason="x", moves=as_moves(found[0]))
    outsider = Person.objects.filter(branch__code="BAL", active=True, dispatchable=False).exclude(trade="office").order_by("name")[0]
    assert client.get("/dispatch/replan", {**asked, "person": str(outsider.uid)}).status_code == 200


def test_two_accept_two_ways_at_once_and_one_of_them_is_told(clone: str, django_db_blocker: Any) -> None:
    from django.db import connections

    with django_db_blocker.unblock():
        other = third()
        only(TOM, KEISHA, other)
        crew = together(10)
        moves = as_moves(proposals(branch(), sick(KEISHA), at(6.5))[0])
        later = [{**m, "start": at(13)} for m in moves]
        said: list[str] = []

        def accept(wanted: list[dict[str, Any]]) -> None:
            try:
                run("day.replan", "dispatch", reason="sick", moves=wanted)
                said.append("moved")
            except DomainError as no:
                said.append(no.code)
            finally:
                connections.close_all()

        racers = [Thread(target=accept, args=(m,)) for m in (moves, later)]
        for r in racers:
            r.start()
        for r in racers:
            r.join()
        assert sorted(said) == ["moved", "stale_version"] and going(crew) == {TOM, other} and len(set(hours(crew).values())) == 1
