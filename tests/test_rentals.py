"""Rented equipment: on hire, off hire, kept longer, reminded of once each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from bifocal.core.actor import system
from bifocal.core.commands import Call
from bifocal.lib.errors import Invalid, NotAllowed, Refused
from bifocal.projects.rentals.rules import Per, cost, reminder
from tests.conftest import run
from tests.factories import project
from tests.test_commitments import vendor
from tests.test_lists import signed_in

TODAY = date.today()


@pytest.mark.parametrize(
    ("per", "days", "costs"), [("day", 1, "145.00"), ("day", 5, "725.00"), ("week", 7, "410.00"), ("week", 8, "820.00"), ("month", 28, "1200.00"), ("month", 29, "2400.00")]
)  # fmt: skip
def test_every_period_begun_is_paid(per: str, days: int, costs: str) -> None:
    rate = {"day": D(145), "week": D(410), "month": D(1200)}[per]
    assert cost(rate, Per(per), TODAY, TODAY + timedelta(days=days - 1)) == D(costs)


@pytest.mark.parametrize(
    ("left", "due"), [(5, None), (3, None), (2, 2), (1, 2), (0, 0), (-1, None), (-6, None), (-7, -7), (-13, -7), (-14, -14)]
)
def test_reminders_are_two_days_before_on_the_day_and_every_week_after(left: int, due: int | None) -> None:
    assert reminder(TODAY + timedelta(days=left), TODAY) == due


@pytest.mark.django_db
def test_from_on_hire_to_off_hire() -> None:
    from bifocal.kernel.messages.models import Message
    from bifocal.kernel.people.models import Person
    from bifocal.projects.rentals.commands import remind
    from bifocal.projects.rentals.models import Rental

    made, who = project(), vendor()
    walt = Person.objects.get(name="Walt Jankowski")
    Person.objects.filter(pk=walt.pk).update(email="walt@harbor.example")
    run("job.add_member", "pm", job=made["job"], role="superintendent", person=walt.uid)
    args = {"job": made["job"], "vendor": who, "description": "Scissor lift", "rate": "410.00", "per": "week"}
    with pytest.raises(Invalid, match="before it came"):
        run("rental.on_hire", "super", expected=TODAY - timedelta(days=1), **args)
    with pytest.raises(NotAllowed):
        run("rental.on_hire", "dispatch", expected=TODAY, **args)
    uid = run("rental.on_hire", "super", expected=TODAY + timedelta(days=4), **args)["uid"]

    def letters(day: date) -> int:
        remind(day, actor=system("rentals"), call=Call.new())
        return Message.objects.filter(title="On rent: Scissor lift").count()

    back = TODAY + timedelta(days=4)
    assert [letters(back - timedelta(days=n)) for n in (4, 2, 2, 1, 0, 0)] == [0, 1, 1, 1, 2, 2]
    assert "Scissor lift" in signed_in("pm").get(f"/jobs/{made['job']}?tab=commitments").content.decode()
    with pytest.raises(Invalid, match="give a later day"):
        run("rental.keep", "super", rental=uid, expected=back, reason="x")
    run("rental.keep", "super", rental=uid, expected=back + timedelta(days=9), reason="ceiling is late")
    assert letters(back) == 2 and letters(back + timedelta(days=16)) == 3  # the reminder moved along; a week late it is told again
    run("rental.off_hire", "super", rental=uid, confirmation="OH-1", on=TODAY)
    with pytest.raises(Refused, match="off hire since"):
        run("rental.off_hire", "super", rental=uid, confirmation="OH-2")
    assert letters(back + timedelta(days=30)) == 3 and Rental.objects.get(uid=uid).confirmation == "OH-1"


@pytest.mark.django_db
def test_a_license_that_was_shown_and_ran_out_holds_execution_and_the_check() -> None:
    from tests.test_commitments import executed, subcontract

    made = project()
    c = subcontract(made)
    run("vendor.show", "books", vendor=c["vendor"], sort="license", until=TODAY - timedelta(days=1), reference="MD 4471")
    run("commitment.send", "pm", commitment=c["uid"])
    with pytest.raises(Refused, match="license ran out"):
        run("commitment.approve", "pm", commitment=c["uid"])
    run("vendor.show", "books", vendor=c["vendor"], sort="license", until=TODAY + timedelta(days=9))
    run("commitment.approve", "pm", commitment=c["uid"])
    assert executed(project())["uid"]
