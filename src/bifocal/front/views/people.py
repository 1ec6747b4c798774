"""One of our people: who they are, what they may do and until when, what an hour costs, their crews, what is planned."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.core.models import Branch
from bifocal.front.queries import history
from bifocal.front.views.doubts import ground_of
from bifocal.front.views.frame import page
from bifocal.front.views.hours import shifts_form
from bifocal.kernel.parties.models import Site
from bifocal.kernel.people.models import Allocation, Person, Skill
from bifocal.service.board.models import Turf


def known_zones() -> list[str]:
    """The zones that sites are in."""
    return list(Site.objects.exclude(zone="").order_by("zone").values_list("zone", flat=True).distinct()[:60])


@page
def person(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A person's page. What an hour of them costs is shown to whoever manages people, and to nobody else."""
    row: Person = Person.objects.select_related("branch", "user").find(uid, actor)
    manages = actor.can("people.manage")
    ahead = Allocation.objects.filter(person=row, during__endswith__gt=timezone.now()).order_by("during")
    turf = Turf.objects.filter(person=row).first()
    zones = list(turf.zones) if turf else []
    return render(request, "pages/person.html", {
        "shifts": shifts_form(row),
        "zones": zones, "zone_fields": [*zones, "", ""][: max(2, len(zones) + 1)], "every_zone": known_zones() if actor.sees_all else [],
        "ground": ground_of(row.branch, []) if manages else "",
        "person": row, "skills": row.skills.select_related("skill").order_by("skill__name"), "ahead": ahead[:15],
        "crews": row.crews.select_related("foreman").order_by("name"), "history": history(uid, actor),
        "rates": row.rates.order_by("pay_class", "-from_date") if manages else [],
        "branches": Branch.objects.order_by("id") if manages else [],
        "every_skill": Skill.objects.order_by("name") if manages else [],
    })  # fmt: skip
