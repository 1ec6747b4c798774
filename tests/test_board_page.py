"""The board's page and its reads: rows, heaps, several days, drafts and proposals shown; the map and its tiles; a constant number of queries."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bifocal.kernel.jobs.models import Job
from tests.conftest import run
from tests.test_board import at, line, monday, other, person, placed, visit
from tests.test_lists import signed_in

pytestmark = pytest.mark.django_db


def page(client: Client | None = None, **asked: Any) -> str:
    reply = (client or signed_in("dispatch")).get("/dispatch", {"branch": "BAL", "day": str(monday()), **asked})
    assert reply.status_code == 200
    return str(reply.content.decode())


@pytest.mark.parametrize("span", [1, 3, 7])
def test_the_board_of_one_day_three_or_seven_shows_who_is_where(span: int) -> None:
    row = placed("Dana Whitfield", 9)
    placed(other(), 9)
    Job.objects.filter(pk=row.job_id).update(title="Cold kitchen")
    text = page(span=span)
    assert "Cold kitchen" in text and f'data-visit="{row.uid}"' in text and text.count("data-visit=") >= 2
    assert len(text.split('data-days="')[1].split('"')[0].split()) == span
    assert f"days-{span}" in text


def test_a_page_that_tells_its_rows_is_sent_only_those_that_changed() -> None:
    row, client = placed("Dana Whitfield", 9), signed_in("dispatch")
    asked = {"branch": "BAL", "day": str(monday())}
    marks = re.findall(r'data-mark="(\w+)"', page(client))
    told = {"HX-Request": "true", "X-Board-Rows": " ".join(marks)}
    same = client.get("/dispatch", asked, headers=told).content.decode()
    assert re.findall(r'data-same="(\w+)"', same) == marks and "data-mark=" not in same
    run("board.move", "dispatch", lines=[line(row, "Dana Whitfield", at(11))])
    fresh = client.get("/dispatch", asked, headers=told).content.decode()
    sent = re.findall(r'data-name="([^"]*)" data-mark=', fresh)
    assert sent == ["Dana Whitfield"] and fresh.count("data-same=") == len(marks) - 1
    Job.objects.filter(pk=row.job_id).update(title="Walk-in freezer")
    assert "Walk-in freezer" in client.get("/dispatch", asked, headers=told).content.decode()


def test_what_waits_stands_in_four_heaps() -> None:
    made = {"unassigned": visit(window_start=at(8), window_end=at(10)), "unscheduled": visit(), "on_hold": visit(), "at_risk": visit()}
    run("job.hold", "dispatch", job=made["on_hold"].job.uid, reason="parts", note="a fan motor")
    soon = at(8) - timedelta(days=100)
    type(made["at_risk"]).objects.filter(pk=made["at_risk"].pk).update(window=(soon, soon + timedelta(hours=2)))
    text = page()
    for name, row in made.items():
        heap = text.split(f'class="heap {name}"')[1].split('class="heap ')[0]
        assert f"/visits/{row.uid}" in heap, name
        assert (f'data-visit="{row.uid}"' in heap) == (name != "on_hold")


def test_a_drive_that_does_not_fit_its_gap_is_drawn_and_told() -> None:
    placed("Dana Whitfield", 7, lat="39.00")
    placed("Dana Whitfield", 9, lat="39.60")
    text = page()
    assert "leg tight" in text and "the gap is too short" in text


def test_a_draft_is_shown_with_what_it_changes_and_the_live_board_can_be_looked_at() -> None:
    row = placed("Dana Whitfield", 9)
    client = signed_in("dispatch")
    draft = run("draft.open", "dispatch", branch="BAL")["uid"]
    run(
        "draft.move",
        "dispatch",
        draft=draft,
        lines=[{"visit": row.uid, "version": row.version, "technician": person(other()).uid, "start": at(11)}],
    )
    text = page(client)
    assert f'data-draft="{draft}"' in text and "what if" in text and "Publish the what-if" in text and 'class="compared"' in text
    assert "draft" not in page(client, live=1).split('id="board"')[1].split('class="board')[1]
    assert "Publish the what-if" not in page(signed_in("owner"))


def test_a_proposal_is_shown_as_differences_and_who_may_not_plan_sees_no_button() -> None:
    visit()
    run("board.optimise", "dispatch", branch="BAL", day=monday(), scope="unassigned", seconds=1)
    text = page()
    assert "Accept the ticked lines" in text and 'name="lines[]"' in text and "no time yet" in text
    assert "Accept the ticked lines" not in page(signed_in("owner"))
    viewer = page(signed_in("viewer"))
    assert "Optimize" not in viewer and "data-may" not in viewer and "data-visit" not in viewer


def test_the_board_costs_the_same_queries_however_full_it_is() -> None:
    client = signed_in("dispatch")
    placed("Dana Whitfield", 6)
    visit()
    page(client)
    with CaptureQueriesContext(connection) as few:
        page(client)
    for hour in (8, 10, 12, 14):
        for who in ("Dana Whitfield", other()):
            placed(who, hour)
        visit(window_start=at(8), window_end=at(10))
    page(client)  # what is cached for some seconds is fresh in both
    with CaptureQueriesContext(connection) as many:
        page(client)
    assert len(many) <= len(few) + 1, [q["sql"][:160] for q in many.captured_queries]


def test_fits_and_the_map_answer_who_may_and_nobody_else() -> None:
    row = placed("Dana Whitfield", 9)
    client = signed_in("dispatch")
    told = client.get(f"/api/v1/visits/{row.uid}/fit", {"start": at(12).isoformat(), "end": at(14).isoformat()}).json()["rows"]
    rows = {r["name"]: r for r in told}
    plumber = person("Dana Whitfield")._meta.model.objects.filter(branch__code="BAL", dispatchable=True, trade="plumbing")[0].name
    assert rows["Dana Whitfield"]["fits"] and not rows[plumber]["fits"] and rows[plumber]["codes"][0] == "skill"
    assert signed_in("viewer").get(f"/api/v1/visits/{row.uid}/fit").status_code == 403
    assert client.get(f"/api/v1/visits/{row.uid}/fit", {"start": "2031-01-01T10:00:00"}).status_code == 422
    shown = client.get("/api/v1/board/map", {"branch": "BAL", "day": str(monday())}).json()
    assert [v["visit"] for v in shown["visits"] if v["who"] == "Dana Whitfield"] == [str(row.uid)]
    assert shown["visits"][0]["place"] == [-76.61, 39.29] and shown["tiles"]["kind"] == ""
    assert signed_in("viewer").get("/api/v1/board/map").status_code == 403


def test_words_before_the_drop_are_in_the_reader_s_language() -> None:
    row = visit()
    plumber = next(p.name for p in type(person("Dana Whitfield")).objects.filter(branch__code="BAL", dispatchable=True, trade="plumbing"))

    def said() -> str:
        reply = signed_in("dispatch").get(f"/api/v1/visits/{row.uid}/fit", {"start": at(9).isoformat(), "end": at(10).isoformat()})
        return str(next(r for r in reply.json()["rows"] if r["name"] == plumber)["no"])

    assert said() == "does not hold EPA 608"
    run("user.choose_language", "dispatch", language="es")
    assert said() != "does not hold EPA 608"


def test_tiles_are_contacted_only_where_the_setting_names_them(settings: Any, tmp_path: Path) -> None:
    client = signed_in("dispatch")
    plain = client.get("/dispatch").headers["Content-Security-Policy"]
    assert "tiles.example" not in plain and client.get("/map/tiles.pmtiles").status_code == 404
    settings.MAP_TILES = "https://tiles.example/{z}/{x}/{y}.png"
    policy = client.get("/dispatch").headers["Content-Security-Policy"]
    assert policy.count("https://tiles.example") == 2 and client.get("/api/v1/board/map").json()["tiles"]["kind"] == "raster"
    file = tmp_path / "town.pmtiles"
    file.write_bytes(bytes(range(256)) * 300)
    settings.MAP_TILES = str(file)
    assert client.get("/api/v1/board/map").json()["tiles"]["url"] == "/map/tiles.pmtiles"
    part: Any = client.get("/map/tiles.pmtiles", headers={"range": "bytes=256-259"})
    assert part.status_code == 206 and b"".join(part.streaming_content) == b"\x00\x01\x02\x03"
    assert part.headers["Content-Range"] == "bytes 256-259/76800"
    assert client.get("/map/tiles.pmtiles", headers={"range": "bytes=90000-"}).status_code == 416
    assert signed_in("tech").get("/map/tiles.pmtiles").status_code == 404
