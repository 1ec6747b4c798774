"""`bifocal schedule …` as scripts call it: files in, one JSON document or a sentence out, no database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bifocal.front.cli.schedule import app
from tests.conftest import case

RUN = CliRunner()
MDL = "schedules/mit-exupery/MDL4D.xer"
ACTIVITY = {"id", "name", "early_start", "early_finish", "late_start", "late_finish", "total_float_minutes", "free_float_minutes", "critical",
            "driving", "stored", "project"}  # fmt: skip


def ask(*words: object, status: int = 0) -> str:
    done = RUN.invoke(app, [str(w) for w in words])
    assert done.exit_code == status, done.output
    return done.stdout


def answer(*words: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(ask(*words, "--json"))
    return document


def test_compute_prints_one_document_in_the_promised_form() -> None:
    told = answer("compute", case(MDL), "--against", "stored")
    assert told["data_date"] == "2023-07-23T08:00:00" and told["against"]["share"] == 1.0
    row = next(a for a in told["activities"] if a["id"] == "C2010")
    assert set(row) >= ACTIVITY and set(row["stored"]) >= {
        "early_start",
        "late_finish",
        "total_float_minutes",
        "free_float_minutes",
        "critical",
    }
    assert row["early_start"] == row["stored"]["early_start"] == "2023-07-23T08:00:00" and row["critical"] is True
    linked = next(a for a in told["activities"] if a["driving"])
    assert set(linked["driving"][0]) == {"id", "type", "lag_minutes"}


def test_a_completed_activity_has_its_actual_dates_and_no_float() -> None:
    told = answer("compute", case("schedules/synthetic/synth-500-progress.xer"))
    row = next(a for a in told["activities"] if a["id"] == "A0000")
    assert (row["early_start"], row["early_finish"], row["total_float_minutes"], row["free_float_minutes"], row["critical"]) == (
        "2025-01-06T08:00:00", "2025-01-10T08:00:00", None, None, False)  # fmt: skip
    assert row["stored"]["early_start"] == row["early_start"]


def test_projects_of_one_file_are_told_apart() -> None:
    told = answer("compute", case("schedules/mit-aspose/MultiprojectWithExternal.xer"))
    assert len({a["project"] for a in told["activities"]}) == 2 == len(told["projects"])


def test_why_and_reports() -> None:
    sentences = ask("compute", case(MDL), "--why", "C2020").splitlines()
    assert sentences[0].startswith("C2020 starts 27 Aug 2023 08:00 because") and len(sentences) == 3
    assert len(answer("compute", case(MDL), "--report", "dcma")["dcma"]) == 14
    assert answer("compute", case(MDL), "--report", "earned")["earned"]["total"]["BAC"] == "62545.32"
    assert "no activity NONE" in RUN.invoke(app, ["compute", str(case(MDL)), "--why", "NONE"]).stderr


def test_the_table_and_the_agreement_are_readable() -> None:
    text = ask("compute", case(MDL), "--against", "stored")
    assert "2023-07-23 08:00" in text and "62 of 62 activities equal the file in all five values (100.0 %)." in text


@pytest.mark.parametrize("name", ["out.xer", "out.pmxml", "out.xml"])
def test_convert_writes_a_file_that_computes_alike(name: str, tmp_path: Path) -> None:
    source = case("schedules/synthetic/synth-500-plan.xer")
    assert "500 activities" in ask("convert", source, tmp_path / name)
    again = answer("compute", tmp_path / name)
    assert again["projects"][0]["finish"] is not None and sum(a["type"] != "summary" for a in again["activities"]) == 500
    assert [p.name for p in tmp_path.iterdir()] == [name]  # nothing half written lies about


def test_convert_says_what_microsoft_project_has_no_place_for(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["convert", str(case(MDL)), str(tmp_path / "out.xml")])
    assert done.exit_code == 0 and "50 'start on' and 'finish on' constraints, which become mandatory" in done.stderr
    assert RUN.invoke(app, ["convert", str(case(MDL)), str(tmp_path / "out.pmxml")]).stderr == ""


def test_diff_risk_and_level(tmp_path: Path) -> None:
    found = answer("diff", case("schedules/mit-exupery/MDL4RA.xer"), case(MDL))
    assert (
        not found["added"]
        and not found["deleted"]
        and len(found["changed"]) >= 50
        and found["finish"][0]["before"] == "2024-02-17T16:00:00"
    )
    risk = answer("risk", case(MDL), "--samples", "50", "--seed", "4")
    assert risk["finish"]["P50"] <= risk["finish"]["P80"] <= risk["finish"]["P90"] and risk == answer(
        "risk", case(MDL), "--samples", "50", "--seed", "4"
    )
    points = tmp_path / "points.csv"
    points.write_text("id,low,likely,high\nC2010,10,20,30\n")
    assert answer("risk", case(MDL), "--samples", "5", "--points", points)["samples"] == 5
    points.write_text("C2010,10,20\n")
    assert "line 1: expected" in RUN.invoke(app, ["risk", str(case(MDL)), "--points", str(points)]).stderr


def test_levelling_keeps_three_workers_apart_and_beats_primaveras_own(tmp_path: Path) -> None:
    source = case("schedules/mit-exupery/MDL4RA.xer")
    told = answer("level", source, "--seconds", "0.5", "--out", tmp_path / "levelled.xer")
    assert told["bound"] <= told["finish"] <= min(told["rules"].values()) <= "2024-08-01T16:00:00"  # P6 levelled it to 1 August
    assert (tmp_path / "levelled.xer").read_bytes().startswith(b"ERMHDR")
    assert "There is no resource crane" in RUN.invoke(app, ["level", str(source), "--limit", "crane=1"]).stderr


def test_bad_input_is_a_sentence_and_status_2(tmp_path: Path) -> None:
    bad = tmp_path / "bad.xer"
    bad.write_text("ERMHDR\t20.12\n%T\tTASK\n")
    for words in (
        ("compute", bad),
        ("compute", tmp_path / "none.xer"),
        ("convert", bad, tmp_path / "x.xer"),
        ("diff", bad, bad),
        ("risk", bad),
    ):
        done = RUN.invoke(app, [str(w) for w in words])
        assert done.exit_code == 2 and done.stdout == "" and done.stderr.startswith("bifocal: ") and "Traceback" not in done.stderr
    ask("convert", case(MDL), tmp_path / "x.mpp", status=2)
    ask("convert", case(MDL), tmp_path / "nowhere" / "x.xer", status=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.xer"]
