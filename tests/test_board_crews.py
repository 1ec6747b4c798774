"""Several on one call, and the optimiser: the crew is moved as one, put together anew, accepted and undone; an apprentice goes along."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from bifocal.kernel.people.models import Allocation, Person
from bifocal.lib.errors import DomainError, NotFound, StaleVersion
from bifocal.service.board.models import Proposal
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.test_board import at, monday, other, person, placed, where


def together(who: str, along: Person, hour: int, **more: Any) -> Visit:
    """A call with two on it."""
    row = placed(who, hour, **more)
    run("visit.add_helper", "dispatch", visit=row.uid, person=along.uid)
    row.refresh_from_db()
    return row


def going(row: Visit) -> set[str]:
    return set(row.assignments.filter(removed_at=None).values_list("person__name", flat=True))


def hours(row: Visit) -> dict[str, tuple[datetime, datetime]]:
    """Everybody's calendar for this visit: what the board draws."""
    return {a.person.name: (a.during.lower, a.during.upper) for a in Allocation.objects.filter(source_uid=row.uid).select_related("person")}


def asked(**more: Any) -> Proposal:
    got = run("board.optimise", "dispatch", branch="BAL", day=monday(), seconds=1, **more)
    return Proposal.objects.get(uid=got["uid"])


@pytest.mark.django_db
def test_a_helper_from_the_other_end_of_town_is_exchanged_and_comes_back_by_undo() -> None:
    """The helper's call before ends at ten, an hour's drive north; somebody without anything that day could be there at once."""
    far = placed(other(), 8, lat="39.60")
    crew = together("Dana Whitfield", person(other()), 10, lat="39.00")
    found = asked(scope="selection", visits=[crew.uid])
    (line,) = found.found["lines"]
    assert line["visit"] == str(crew.uid) and line["from_with"] == other() and other() not in (line["to_person"], line["with"])
    assert found.found["after"]["drive"] < found.found["before"]["drive"]
    done = run("board.accept", "dispatch", proposal=found.uid)
    assert done["left_out"] == [] and going(crew) == {line["to_person"], line["with"]}
    assert set(hours(crew)) == going(crew) and len(set(hours(crew).values())) == 1 and where(far) == (other(), at(8))
    run("board.undo", "dispatch")
    assert going(crew) == {"Dana Whitfield", other()} and where(crew)[0] == "Dana Whitfield" and set(hours(crew)) == going(crew)


@pytest.mark.django_db
def test_a_crew_that_somebody_moved_meanwhile_is_left_alone_and_strangers_are_refused() -> None:
    placed(other(), 8, lat="39.60")
    crew = together("Dana Whitfield", person(other()), 10, lat="39.00")
    found = asked(scope="selection", visits=[crew.uid])
    run("visit.schedule", "owner", visit=crew.uid, technician=person("Dana Whitfield").uid, start=at(13))
    with pytest.raises(NotFound):
        run("board.accept", "tech", proposal=found.uid)
    with pytest.raises(StaleVersion):
        run("board.accept", "dispatch", proposal=found.uid)
    assert going(crew) == {"Dana Whitfield", other()} and where(crew)[1] == at(13)


@pytest.mark.django_db
def test_an_apprentice_who_is_not_dispatched_goes_where_the_crew_goes() -> None:
    """North, south, north, always the same two: straightened, and they are still together at every call."""
    young = Person.objects.filter(branch__code="BAL", dispatchable=True).exclude(name__in=("Dana Whitfield", other())).order_by("name")[0]
    Person.objects.filter(branch__code="BAL", dispatchable=True).exclude(name="Dana Whitfield").update(dispatchable=False)
    rows = [together("Dana Whitfield", young, h, lat=lat) for h, lat in ((8, "39.60"), (12, "39.00"), (16, "39.60"))]
    found = asked(scope="day")
    assert found.found["lines"] and found.found["after"]["drive"] < found.found["before"]["drive"]
    assert all(li["to_person"] == "Dana Whitfield" and li["with"] == young.name for li in found.found["lines"])
    run("board.accept", "dispatch", proposal=found.uid)
    spans = sorted({span for row in rows for span in hours(row).values()})
    assert all(going(row) == {"Dana Whitfield", young.name} for row in rows) and len(spans) == 3
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False)) and spans[-1][1] - spans[0][0] < timedelta(hours=12)


@pytest.mark.django_db
def test_a_crew_that_was_sent_without_the_skill_stays_as_it_was_sent() -> None:
    """The dispatcher gave a reason for sending two plumbers to a cooling call: the optimiser neither stumbles over it nor undoes it."""
    plumbers = list(Person.objects.filter(branch__code="BAL", dispatchable=True, skills__skill__code="plumbing").order_by("name")[:2])
    crew = placed("Dana Whitfield", 10, lat="39.00")
    run("visit.schedule", "dispatch", visit=crew.uid, technician=plumbers[0].uid, start=at(10), override="Only a drain pan")
    run("visit.add_helper", "dispatch", visit=crew.uid, person=plumbers[1].uid)
    Person.objects.filter(branch__code="BAL", dispatchable=True).exclude(pk__in=[p.pk for p in plumbers]).update(dispatchable=False)
    assert asked(scope="day").status == "ready"
    assert going(crew) == {p.name for p in plumbers} and where(crew) == (plumbers[0].name, at(10))


@pytest.mark.django_db
def test_one_technicians_day_leaves_the_crew_where_it_is() -> None:
    placed(other(), 8, lat="39.60")
    crew = together("Dana Whitfield", person(other()), 10, lat="39.00")
    found = asked(scope="technician", technician=person("Dana Whitfield").uid)
    assert str(crew.uid) not in {li["visit"] for li in found.found["lines"]}
    free = asked(scope="day")
    run("visit.pin", "dispatch", visit=crew.uid)
    held = asked(scope="day")
    assert str(crew.uid) in {li["visit"] for li in free.found["lines"]} - {li["visit"] for li in held.found["lines"]}


def test_one_proposal_accepted_by_four_at_once_moves_the_crew_once(clone: str, django_db_blocker: Any) -> None:
    from django.db import connections

    with django_db_blocker.unblock():
        placed(other(), 8, lat="39.60")
        crew = together("Dana Whitfield", person(other()), 10, lat="39.00")
        found = asked(scope="selection", visits=[crew.uid])
        said: list[str] = []

        def accept() -> None:
            try:
                said.append(f"moved {len(run('board.accept', 'dispatch', proposal=found.uid)['moved'])}")
            except DomainError as no:
                said.append(no.sentence)
            finally:
                connections.close_all()

        racers = [Thread(target=accept) for _ in range(4)]
        for r in racers:
            r.start()
        for r in racers:
            r.join()
        assert said.count("moved 1") == 1 and sum("accepted: ask for another" in s for s in said) == 3
        (line,) = found.found["lines"]
        assert going(crew) == {line["to_person"], line["with"]} and set(hours(crew)) == going(crew)
