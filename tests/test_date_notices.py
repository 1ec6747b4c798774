"""Who must know: one message to each with old and new dates, only for what moved by more than asked, confirmed by a signed link."""

from __future__ import annotations

import pytest
from django.test import Client

from bifocal.kernel.jobs.models import Job
from bifocal.kernel.messages.models import Message
from bifocal.lib.errors import Invalid, NotAllowed, Refused
from bifocal.projects.notices.models import Notice
from tests.conftest import run
from tests.test_change_events import as_link
from tests.test_gantt import change, planned, two_in_a_crew, uid

pytestmark = pytest.mark.django_db


def followed() -> Job:
    job = planned(("A", 5, []), ("B", 3, ["A"]), ("C", 2, []))
    for code in ("A", "B"):
        run("notices.follow", "pm", activity=uid(job, code), name="Lou Sub", email="Lou@example.com")
    run("notices.follow", "pm", activity=uid(job, "C"), name="Ida Spector", email="ida@example.com")
    return job


def test_one_message_each_with_old_and_new_dates_and_a_button() -> None:
    job = followed()
    assert set(run("notices.tell", "pm", job=job.uid)["told"]) == {"Lou Sub", "Ida Spector"}
    with pytest.raises(Refused, match="Nobody's dates moved"):
        run("notices.tell", "pm", job=job.uid)
    change(job, do="resize", activity=uid(job, "A"), minutes=7 * 480)
    before = Message.objects.count()
    said = run("notices.tell", "pm", job=job.uid)
    assert said["told"] == ["Lou Sub"] and Message.objects.count() == before + 1
    body = Message.objects.order_by("-id")[0].body
    assert "Work A: Mon 1 Mar – Tue 9 Mar (was Mon 1 Mar – Fri 5 Mar)" in body
    assert "Work B: Wed 10 Mar – Fri 12 Mar (was Mon 8 Mar – Wed 10 Mar)" in body


def test_small_moves_are_not_told_but_they_add_up() -> None:
    job = followed()
    run("notices.tell", "pm", job=job.uid)
    change(job, do="resize", activity=uid(job, "A"), minutes=6 * 480)  # Friday to Monday: three days
    with pytest.raises(Refused):
        run("notices.tell", "pm", job=job.uid, more_than=3)
    change(job, do="resize", activity=uid(job, "A"), minutes=7 * 480)
    assert run("notices.tell", "pm", job=job.uid, more_than=3)["told"] == ["Lou Sub"]


def test_the_foreman_of_a_booked_crew_follows_by_itself() -> None:
    job = planned(("A", 5, []))
    crew = two_in_a_crew("Knowers")
    crew.foreman.email = "foreman@example.com"
    crew.foreman.save(update_fields=["email"])
    run("crew.book", "pm", activity=uid(job, "A"), crew=crew.uid)
    assert run("notices.tell", "pm", job=job.uid)["told"] == [crew.foreman.name]


def test_the_link_shows_and_confirms_exactly_its_own_notice() -> None:
    job = followed()
    links = run("notices.tell", "pm", job=job.uid)["links"]
    lou, ida = Notice.objects.get(job=job, name="Lou Sub"), Notice.objects.get(job=job, name="Ida Spector")
    page = Client().get(links["Lou Sub"])
    assert page.status_code == 200 and "Work A" in page.content.decode() and "Work C" not in page.content.decode()
    assert not Notice.objects.filter(confirmed_at__isnull=False).exists(), "reading is not confirming"
    with pytest.raises(Exception, match="no date notice|may not see it"):
        as_link(links["Lou Sub"], "notices.confirm", notice=ida.uid, name="Lou Sub")
    reply = Client().post(links["Lou Sub"], {"act": "notices.confirm", "name": "Lou Sub", "note": "Monday is a holiday here"})
    assert reply.status_code == 200 and "Confirmed" in reply.content.decode()
    lou.refresh_from_db()
    assert (lou.confirmed_by, lou.note) == ("Lou Sub", "Monday is a holiday here") and lou.confirmed_at
    assert Client().post(links["Lou Sub"], {"act": "notices.confirm", "name": "Lou"}).status_code == 409
    assert Client().post(links["Ida Spector"], {"act": "subapp.fill"}).status_code == 403


def test_who_may_not_edit_may_not_tell_and_bad_addresses_are_said() -> None:
    job = planned(("A", 5, []))
    with pytest.raises(NotAllowed):
        run("notices.tell", "super", job=job.uid)
    with pytest.raises(Invalid, match="no e-mail address"):
        run("notices.follow", "pm", activity=uid(job, "A"), name="Lou", email="lou at example")
