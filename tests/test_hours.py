"""Service hours: one setting that offers, capacity, online booking, the board and on-call all keep; two branches, a Saturday, the day the clocks change."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bifocal.core.models import Branch
from bifocal.front.cli import app
from bifocal.front.views.replan import of_shift
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.people.models import Person, PersonSkill, Skill, WorkCalendar
from bifocal.lib.errors import Invalid, NotAllowed, NotFound
from bifocal.service.board import offering
from bifocal.service.board.day import day_of_branch
from bifocal.service.board.queries import read
from bifocal.service.capacity.queries import day_room, forecast, slots, table
from bifocal.service.dispatch.queries import day_range, offers
from bifocal.service.dispatch.rules import Need
from bifocal.service.hours.queries import hours_of
from bifocal.service.hours.rules import Hours, checked_week, checked_windows, said
from bifocal.service.oncall.queries import after_hours, next_shift, uncovered
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.factories import call
from tests.test_lists import signed_in
from tests.test_offers import DAY, NIGHT, at, only

EAST, WEST = "America/New_York", "America/Los_Angeles"
SATURDAY = DAY + timedelta(days=5 - DAY.weekday())


def week(first: int, last: int, starts: str, ends: str) -> list[dict[str, Any]]:
    return [{"weekday": n, "starts": starts, "ends": ends} for n in range(first, last + 1)]


def windows(*pairs: str) -> list[dict[str, str]]:
    return [dict(zip(("starts", "ends"), p.split("-"), strict=True)) for p in pairs]


def branch(code: str = "BAL") -> Branch:
    return Branch.objects.get(code=code)


def person(name: str) -> Person:
    return Person.objects.get(name=name)


def saturdays() -> None:
    """Baltimore serves on Saturday mornings too; Keisha works then, Tom does not."""
    only("Tom Brandt", "Keisha Moore")
    run("branch.set_hours", "dispatch", branch="BAL", days=[*week(0, 4, "07:00", "17:00"), *week(5, 5, "08:00", "12:00")],
        windows=windows("08:00-10:00", "10:00-12:00", "13:00-15:00"))  # fmt: skip
    run("person.set_hours", "dispatch", person=person("Keisha Moore").uid, days=week(1, 5, "08:00", "13:00"))


# the rules, from paper


def test_a_week_is_said_and_checked_in_words() -> None:
    assert said(checked_week([(n, time(7), time(17)) for n in range(5)] + [(5, time(8), time(12)), (6, None, None)])) == (
        "Monday to Friday 7:00 am to 5:00 pm, Saturday 8:00 am to 12:00 pm"
    )
    for days, sentence in (
        ([(0, time(9), time(9))], "Monday: 9:00 am is not before 9:00 am"), ([(1, time(7), None)], "Tuesday: give both"),
        ([(2, time(7), time(8)), (2, time(9), time(10))], "Wednesday is there twice"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=sentence):
            checked_week(days)
    served = {5: (time(8), time(12))}
    assert checked_windows([(time(10), time(12)), (time(8), time(10)), (time(8), time(10))], served) == [
        (time(8), time(10)), (time(10), time(12))
    ]  # fmt: skip
    for wanted, held, sentence in (
        ([(time(11), time(13))], served, "lies inside the hours of no weekday"), ([(time(10), time(8))], served, "ends before it begins"),
        ([], served, "at least one arrival window"), ([(time(8), time(10))], {}, "at least one weekday"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=sentence):
            checked_windows(wanted, held)


def test_on_the_day_the_clocks_change_a_shift_over_the_change_is_an_hour_longer_or_shorter() -> None:
    # 2026: forward on 8 March, back on 1 November, both Sundays at 2 am
    nights = Hours(EAST, {6: (time(1), time(9))}, ((time(1), time(9)),))
    assert [nights.shift(date(2026, *d)).hours for d in ((3, 8), (3, 15), (11, 1))] == [7, 8, 9]
    days = Hours(EAST, {6: (time(7), time(17))})
    assert [days.open(date(2026, *d)).start for d in ((3, 1), (3, 8))] == [
        datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 8, 11, tzinfo=UTC)
    ]  # fmt: skip
    assert [day_range(date(2026, *d), EAST).hours for d in ((3, 8), (3, 9), (11, 1))] == [23, 24, 25]


some_times = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda t: t.replace(second=0, microsecond=0, fold=0))
some_spans = st.tuples(some_times, some_times).filter(lambda s: s[0] < s[1])


@given(
    served=st.dictionaries(st.integers(0, 6), some_spans, min_size=1), told=st.lists(some_spans, max_size=6), own=st.dictionaries(st.integers(0, 6), some_spans),
    day=st.dates(date(2025, 1, 1), date(2027, 12, 31)), tz=st.sampled_from([EAST, WEST, "UTC"]), at_=some_times,
)  # fmt: skip
def test_what_is_offered_lies_inside_the_branch_and_the_shift_whatever_they_are(
    served: Any, told: Any, own: Any, day: date, tz: str, at_: time
) -> None:
    hours = Hours(tz, served, tuple(told), None, {1: own})
    open_, shift, both = hours.open(day), hours.shift(day, 1), hours.within(day, 1)
    assert all(open_ and open_.start <= w.start < w.end <= open_.end for w in hours.windows_of(day))
    assert both is None or (open_ and shift and max(open_.start, shift.start) <= both.start and both.end == min(open_.end, shift.end))
    now = datetime.combine(day, at_, ZoneInfo(tz)).astimezone(UTC)
    assert hours.is_open(now) == (open_ is not None and open_.start <= now < open_.end)
    assert hours.next_start(now) > now
    assert all(d.weekday() in served for d in hours.days(day, 5))


# one setting, and everything that keeps it


@pytest.mark.django_db
def test_without_a_setting_the_usual_hours_hold() -> None:
    hours = hours_of(branch())
    assert hours.open(DAY) and (hours.open(DAY).start, hours.open(DAY).end) == (at(7), at(17)) and hours.open(SATURDAY) is None  # type: ignore[union-attr]
    assert [w.start for w in hours.windows_of(DAY)] == [at(8), at(10), at(12), at(14)]
    WorkCalendar.objects.all().delete()  # a company that has set nothing at all: its people work while their branch serves
    hours = hours_of(branch(), [person("Tom Brandt")])
    assert hours.shift(DAY, person("Tom Brandt").pk) == hours.open(DAY) and hours.open(SATURDAY) is None


@pytest.mark.django_db
def test_a_saturday_is_served_by_who_works_on_it_and_by_nobody_else() -> None:
    assert table(SATURDAY, 1, branch(), NIGHT)["days"] != [SATURDAY] and day_room(SATURDAY, branch()).hands == ()
    saturdays()
    keisha, saturday = person("Keisha Moore"), 24 * (SATURDAY - DAY).days
    assert table(SATURDAY, 1, branch(), NIGHT)["days"] == [SATURDAY]
    assert [(t.person, t.shift) for t in day_room(SATURDAY, branch()).people] == [(keisha, 300)]
    found = offering.windows_of(Need(60, "plumbing"), SATURDAY, branch(), NIGHT)
    assert {(c.window.start, c.person) for c in found} == {(at(saturday + 8), keisha), (at(saturday + 10), keisha)}
    visit = Visit.objects.get(uid=call(job_type="LEAK")["visit"])
    assert [(o["person"], o["start"]) for o in offers(visit, SATURDAY)] == [(keisha, at(saturday + 8))]
    run("capacity.set", "dispatch", reserve_percent="0", drive_minutes=0, online=True, days_ahead=40)
    sold = [
        s for s in slots(branch(), JobType.objects.get(code="LEAK"), "", NIGHT) if s.start.astimezone(ZoneInfo(EAST)).date() == SATURDAY
    ]
    assert [s.start for s in sold] == [at(saturday + 8), at(saturday + 10)]
    assert (
        not after_hours(branch(), at(saturday + 9))
        and after_hours(branch(), at(saturday + 12))
        and after_hours(branch(), at(saturday + 24))
    )
    # her rest after a night is due against her own shift at eight, not the branch's opening at seven
    assert next_shift(branch(), at(22), keisha) == at(32) and next_shift(branch(), at(22)) == at(31)
    run("person.set_hours", "dispatch", person=keisha.uid)
    assert offering.windows_of(Need(60, "plumbing"), SATURDAY, branch(), NIGHT) == []


@pytest.mark.django_db
def test_a_monday_off_is_nobodys_hour_on_board_optimiser_and_forecast() -> None:
    saturdays()
    keisha, monday = person("Keisha Moore"), DAY - timedelta(days=DAY.weekday())
    found = read(branch(), monday, 1, [keisha, person("Tom Brandt")])
    assert found.shift(monday, keisha.pk) is None and [p.name for p in found.people if found.stint(monday, p.pk)] == ["Tom Brandt"]
    assert [t.id for t in day_of_branch(monday, branch(), NIGHT - timedelta(days=7), skill="plumbing").problem.technicians] == [
        "Tom Brandt"
    ]
    hands = next(w["hands"] for w in forecast(branch(), monday) if w["week"] == monday)
    run("person.set_hours", "dispatch", person=keisha.uid)
    usual = next(w["hands"] for w in forecast(branch(), monday) if w["week"] == monday)
    closed = WorkCalendar.objects.get().days_off  # Christmas and New Year lie around it
    worked = [sum(monday + timedelta(days=n) not in closed for n in days) for days in (range(5), range(1, 6))]
    assert usual - hands == worked[0] * 8.5 - worked[1] * 5.0


@pytest.mark.django_db
def test_two_branches_keep_their_own_hours_by_their_own_clocks() -> None:
    run("branch.set", "owner", code="LA", name="Los Angeles", tz=WEST)
    run("branch.set_hours", "dispatch", branch="LA", days=week(0, 6, "10:00", "19:00"), windows=windows("10:00-12:00", "17:00-19:00"))
    west, zone = branch("LA"), ZoneInfo(WEST)
    who = Person.objects.create(name="Wes Tern", branch=west, dispatchable=True)
    PersonSkill.objects.create(person=who, skill=Skill.objects.get(code="plumbing"))
    run("person.set_hours", "dispatch", person=who.uid, days=week(0, 6, "09:00", "18:00"))
    found = offering.windows_of(Need(60, "plumbing"), DAY, west, NIGHT)
    assert sorted(c.window.start.astimezone(zone).hour for c in found) == [10, 17] and all(c.start <= at(21) for c in found)  # 6 pm in LA
    ours = offering.windows_of(Need(60, "plumbing"), DAY, branch(), NIGHT)
    assert sorted({c.window.start for c in ours}) == [at(8), at(10), at(12), at(14)]
    noon = at(12)  # 9 am in Los Angeles
    assert after_hours(west, noon) and not after_hours(branch(), noon)
    assert not after_hours(west, at(21.5)) and after_hours(branch(), at(21.5))
    closed = next(d for n in range(60) if (d := date.today() + timedelta(days=n)) in WorkCalendar.objects.get().days_off)
    assert hours_of(west).open(closed) is None


@pytest.mark.django_db
def test_calls_on_the_day_the_clocks_change_are_where_the_clock_says() -> None:
    sunday = next(d for n in range(20, 400) if day_range(d := date.today() + timedelta(days=n), EAST).hours == 23)
    only("Tom Brandt")
    run("branch.set_hours", "dispatch", branch="BAL", days=week(6, 6, "07:00", "17:00"), windows=windows("08:00-10:00", "12:00-14:00"))
    run("person.set_hours", "dispatch", person=person("Tom Brandt").uid, days=week(6, 6, "07:00", "17:00"))
    zone = ZoneInfo(EAST)
    noon = datetime.combine(sunday, time(12), zone)
    made = run("call.book", "dispatch", job_type="LEAK", branch="BAL", technician=person("Tom Brandt").uid, start=noon,
               customer_name="Clock", address="1 Hand", tax_code="MD")  # fmt: skip
    known = day_of_branch(sunday, branch(), NIGHT)
    stop = known.plan.routes[0].stops[0]
    assert (stop.visit, known.at(stop.start)) == (str(made["visit"]), noon) and known.problem.technicians[0].shifts[0].start == 6 * 3600
    found = offering.windows_of(Need(60, "plumbing"), sunday, branch(), NIGHT)
    early = next(c for c in found if c.window.start == datetime.combine(sunday, time(8), zone))
    assert early.start.astimezone(zone).hour in (8, 9)
    assert day_room(sunday, branch()).people[0].shift == 600


# who may, and how it is told


@pytest.mark.django_db
def test_hours_are_the_offices_to_set() -> None:
    days, told = week(0, 4, "08:00", "16:00"), windows("08:00-10:00")
    for key in ("tech", "viewer", "super"):
        with pytest.raises(NotAllowed):
            run("branch.set_hours", key, branch="BAL", days=days, windows=told)
        with pytest.raises((NotAllowed, NotFound)):
            run("person.set_hours", key, person=person("Tom Brandt").uid, days=days)
    with pytest.raises(NotFound, match="no branch 'X'"):
        run("branch.set_hours", "dispatch", branch="X", days=days, windows=told)
    assert Client().get("/api/v1/hours").status_code == 401


@pytest.mark.django_db
def test_the_pages_set_them_and_the_api_tells_them() -> None:
    dispatcher = signed_in("dispatch")
    form: dict[str, str] = {
        "branch": "BAL",
        "windows.0.starts": "09:00",
        "windows.0.ends": "11:00",
        "windows.1.starts": "",
        "windows.1.ends": "",
    }
    for n in range(7):
        form |= {
            f"days.{n}.weekday": str(n),
            f"days.{n}.starts": "09:00" if n in (1, 5) else "",
            f"days.{n}.ends": "15:00" if n in (1, 5) else "",
        }
    assert "/do/branch.set_hours" in dispatcher.get("/dispatch/capacity?branch=BAL").content.decode()
    assert dispatcher.post("/do/branch.set_hours", form).status_code == 302
    assert dispatcher.get("/api/v1/hours", {"branch": "BAL"}).json() == {
        "branch": "BAL", "tz": EAST, "days": [{"weekday": n, "starts": "09:00", "ends": "15:00"} for n in (1, 5)],
        "windows": [{"starts": "09:00", "ends": "11:00"}],
    }  # fmt: skip
    text = dispatcher.get("/dispatch/capacity?branch=BAL").content.decode()
    assert "nobody has a shift" in text and "Tuesday 9:00 am – 3:00 pm" in text  # on Saturdays the company's week is off
    assert (
        b"9:00 am is not before 8:00 am"
        in dispatcher.post("/do/branch.set_hours", {**form, "days.1.ends": "08:00"}, HTTP_HX_REQUEST="true").content
    )
    who = person("Tom Brandt").uid
    assert dispatcher.get(f"/api/v1/people/{who}/hours").json()["own"] is False
    assert (
        dispatcher.post(
            "/do/person.set_hours", {"person": str(who), "days.5.weekday": "5", "days.5.starts": "08:00", "days.5.ends": "12:00"}
        ).status_code
        == 302
    )
    assert dispatcher.get(f"/api/v1/people/{who}/hours").json() == {
        "person": str(who), "own": True, "days": [{"weekday": 5, "starts": "08:00", "ends": "12:00"}]
    }  # fmt: skip
    page = dispatcher.get(f"/people/{who}").content.decode()
    assert "Saturday" in page and "8:00 am – 12:00 pm" in page and "Back to the company" in page
    assert "/do/branch.set_hours" in signed_in("owner").get("/settings").content.decode()


@pytest.mark.django_db
def test_the_command_line_shows_and_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bifocal.front.cli.hours.ready", lambda: None)
    shell = CliRunner()
    told = shell.invoke(app, ["hours", "BAL", "--open", "mon-fri=7:30-16", "--open", "sat=8-12", "--window", "8:00-10:00", "--json"])
    assert told.exit_code == 0, told.output
    answer = json.loads(told.output)
    assert answer["days"][-1] == {"weekday": 5, "starts": "08:00", "ends": "12:00"} and len(answer["days"]) == 6
    assert "sat  08:00-12:00" in shell.invoke(app, ["hours", "BAL"]).output
    for bad in (["--open", "noday=7-8"], ["--open", "fri-mon=7-8"], ["--open", "mon=7-25"], ["--open", "mon=17-7"], ["--window", "soon"]):
        assert shell.invoke(app, ["hours", "BAL", *bad]).exit_code == 2, bad
    assert shell.invoke(app, ["hours", "NOWHERE"]).exit_code == 2


@pytest.mark.django_db
def test_a_sick_call_means_the_whole_of_that_persons_own_shift() -> None:
    saturdays()
    keisha, tom = person("Keisha Moore"), person("Tom Brandt")
    for who, now, wanted in (
        (keisha, at(6.5), (at(8), at(15))), (keisha, at(9), (at(9), at(15))),  # at half past six; in the middle of it
        (keisha, at(20), (at(32), at(39))), (tom, at(6.5), (at(7), at(17.5))),  # after it: the next one; by the company's week
    ):  # fmt: skip
        assert of_shift(who, now, None, None) == wanted, (who, now)
    assert of_shift(keisha, at(6.5), at(10), at(11)) == (at(10), at(11))


@pytest.mark.django_db
def test_whoever_calls_in_sick_late_leaves_no_customer_waiting() -> None:
    tom = person("Tom Brandt")
    early, later = (run("call.book", "dispatch", job_type="LEAK", branch="BAL", technician=tom.uid, start=at(h), customer_name=f"At {h}",
                        address=f"{h} Wait Street", tax_code="MD")["visit"] for h in (8, 13))  # fmt: skip
    page = (
        signed_in("dispatch")
        .get(f"/dispatch/replan?branch=BAL&event=sick&person={tom.uid}&start={at(10.5):%Y-%m-%dT%H:%M}")
        .content.decode()
    )
    assert "At 8" in page and "not begun, goes to the tray" in page
    told = run("person.sick", "dispatch", person=tom.uid, start=at(10.5), end=at(17))
    assert told["in_tray"] == 2
    assert {Visit.objects.get(uid=v).status for v in (early, later)} == {"unscheduled"}


@pytest.mark.django_db
def test_a_rota_says_where_nobody_is_on_call() -> None:
    tom, now = person("Tom Brandt").uid, at(17)
    for start, end in ((17, 17 + 7 * 24), (17 + 8 * 24, 17 + 30 * 24)):
        run("oncall.set", "dispatch", branch="BAL", skill="plumbing", person=tom, start=at(start), end=at(end))
    assert [(s.code, g.start, g.end) for s, g in uncovered(branch(), now)] == [("plumbing", at(17 + 7 * 24), at(17 + 8 * 24))]


@pytest.mark.django_db
def test_the_last_day_that_customers_are_shown_is_shown_whole() -> None:
    run("capacity.set", "dispatch", reserve_percent="0", drive_minutes=0, online=True, days_ahead=40)
    found = [s.start.astimezone(ZoneInfo(EAST)) for s in slots(branch(), JobType.objects.get(code="LEAK"), "", NIGHT, 5)]
    assert len(found) == 8 and len({s.date() for s in found}) == 2
