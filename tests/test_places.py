"""Finding addresses: off unless turned on, one place or none; a place that can't be right is asked about, not driven to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.conf import settings as running

from bifocal.core.models import Branch
from bifocal.kernel.parties.models import Site
from bifocal.kernel.travel import geocode
from bifocal.lib.errors import Invalid, NotAllowed, Refused
from bifocal.service.board.day import day_of_branch
from bifocal.service.dispatch.places import doubtful
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.test_lists import signed_in
from tests.test_offers import DAY, NIGHT, at, only, placed
from tests.test_replan import booked

# answers as the two services document them
CENSUS = {
    "result": {
        "addressMatches": [{"matchedAddress": "4600 SILVER HILL RD, WASHINGTON, DC, 20233", "coordinates": {"x": -76.92748, "y": 38.84601}}]
    }
}
NOMINATIM = [{"lat": "38.845", "lon": "-76.927", "display_name": "Silver Hill"}, {"lat": "38.9", "lon": "-77.0", "display_name": "Another"}]


class _Answers(BaseHTTPRequestHandler):
    said: Any = b"{}"
    asked: list[str] = []  # noqa: RUF012 - one a test

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        self.send_response(500 if self.said is None else 200)
        self.end_headers()
        self.wfile.write(self.said or b"")

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[tuple[str, type[_Answers]]]:
    handler = type("Answers", (_Answers,), {"asked": []})
    served = HTTPServer(("127.0.0.1", 0), handler)
    Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}", handler
    served.shutdown()


def test_both_services_are_read_as_they_document_it_and_trouble_is_a_sentence(service: tuple[str, type[_Answers]]) -> None:
    url, handler = service
    handler.said = json.dumps(CENSUS).encode()
    (found,) = geocode.Census(url).find("4600 Silver Hill Rd, Washington DC 20233")
    assert (found.lat, found.lng) == (38.84601, -76.92748) and "benchmark=Public_AR_Current" in handler.asked[0]
    handler.said = json.dumps(NOMINATIM).encode()
    assert [f.lat for f in geocode.Nominatim(url).find("Silver Hill")] == [38.845, 38.9] and "/search?q=Silver" in handler.asked[1]
    for said in (b"<html>", b'{"result": 1}', None):
        handler.said = said
        for source in (geocode.Census(url), geocode.Nominatim(url)):
            with pytest.raises(Refused):
                source.find("x")
    assert isinstance(geocode.chosen(""), geocode.Off) and isinstance(geocode.chosen("census"), geocode.Census)
    with pytest.raises(Refused, match="is off"):
        geocode.chosen("").find("x")


@pytest.mark.django_db
def test_one_place_is_kept_two_are_asked_about_and_nobody_is_asked_by_default(
    service: tuple[str, type[_Answers]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, handler = service
    who = run("customer.add", "owner", name="Nowhere yet")["uid"]
    site = run("site.add", "owner", customer=who, address="4600 Silver Hill Rd", city="Washington", state="DC")["uid"]
    with pytest.raises(Refused, match="is off"):
        run("site.locate", "dispatch", site=site)
    monkeypatch.setattr(running, "GEOCODER", url)
    handler.said = json.dumps(NOMINATIM).encode()
    with pytest.raises(Refused, match="2 places could be meant"):
        run("site.locate", "dispatch", site=site)
    handler.said = b"[]"
    with pytest.raises(Refused, match="Nobody knows this address"):
        run("site.locate", "dispatch", site=site)
    handler.said = json.dumps(NOMINATIM[:1]).encode()
    run("site.locate", "dispatch", site=site)
    row = Site.objects.get(uid=site)
    assert (float(row.lat or 0), float(row.lng or 0), row.placed_by) == (38.845, -76.927, "nominatim")
    with pytest.raises(Invalid, match="in the sea"):
        run("site.pin", "dispatch", site=site, lat="0", lng="0")
    with pytest.raises(Invalid):
        run("site.pin", "dispatch", site=site, lat="91", lng="0")
    with pytest.raises(NotAllowed):
        run("site.pin", "viewer", site=site, lat="39", lng="-76")


@pytest.mark.django_db
def test_a_site_three_hundred_miles_off_is_asked_about_and_not_driven_to() -> None:
    only("Tom Brandt")
    branch = Branch.objects.get(code="BAL")
    near = [booked("Tom Brandt", h, lat=39.28 + h / 1000) for h in (8, 10, 12)]
    far = run(
        "call.book",
        "dispatch",
        job_type="LEAK",
        branch="BAL",
        technician=near[0].assignments.get().person.uid,
        start=at(14),
        **placed(43.6, -76.6),
    )
    lost = Visit.objects.get(uid=far["visit"])
    told = {d["site"].pk: d["reason"] for d in doubtful(branch, at(6))}
    assert "lies 298 miles" in told[lost.job.site_id] or "miles from the middle" in told[lost.job.site_id]
    assert not {v.job.site_id for v in near} & set(told)
    day = day_of_branch(DAY, branch, NIGHT)
    assert str(lost.uid) in day.guessed and all(p.lat is not None and p.lat < 41 for p in day.problem.places)
    page = signed_in("dispatch").get("/dispatch/places")
    assert page.status_code == 200 and signed_in("tech").get("/dispatch/places").status_code == 404
    run("site.pin", "dispatch", site=lost.job.site.uid, lat="43.6", lng="-76.6")  # it is right: they have a cabin there
    assert lost.job.site_id not in {d["site"].pk for d in doubtful(branch, at(6))}
    assert str(lost.uid) not in day_of_branch(DAY, branch, NIGHT).guessed
    assert datetime.now(UTC)
