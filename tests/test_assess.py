"""`bifocal assess` on seeded histories whose shares are known, and on files as awkward as those that companies keep."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bifocal.bridges.workmix.assess import assess, told
from bifocal.engines.workmix import Rule
from bifocal.front.cli import app
from bifocal.lib.errors import Invalid

HEADS = ["Job #", "Customer", "Job type", "Opened on", "Completed on", "Visits", "Hours", "Change orders", "Total"]


def made(seed: int = 7, calls: int = 400, projects: int = 12, still_open: int = 9) -> tuple[list[list[Any]], dict[str, float]]:
    """A plumber with fit-outs: rows of plain values, and what is true of them, counted while they are made."""
    rng = random.Random(seed)
    rows: list[list[Any]] = []
    sums = {"service": [0, Decimal(0), Decimal(0)], "project": [0, Decimal(0), Decimal(0)]}
    for n in range(calls + projects + still_open):
        big = n < projects
        start = date(2024, 1, 8) + timedelta(days=rng.randrange(600))
        end = start + timedelta(days=rng.randrange(30, 140) if big else rng.randrange(0, 4))
        hours = Decimal(rng.randrange(200, 900)) if big else Decimal(rng.randrange(2, 20)) / 2
        value = Decimal(rng.randrange(1_500_000, 9_000_000) if big else rng.randrange(9_000, 180_000)) / 100
        kind = "project" if big else "service"
        finished = n < calls + projects
        rows.append([f"J-{n}", f"Customer {rng.randrange(90)}", "Fit-out" if big else "Call", start, end if finished else None,
                     rng.randrange(6, 40) if big else rng.randrange(1, 3), hours, rng.randrange(0, 4) if big else 0, value])  # fmt: skip
        if finished:
            sums[kind] = [sums[kind][0] + 1, sums[kind][1] + hours, sums[kind][2] + value]
    rng.shuffle(rows)
    share = {k: float(sums["service"][i] / (sums["service"][i] + sums["project"][i])) for i, k in enumerate(("count", "hours", "revenue"))}
    return rows, share


def written(
    rows: list[list[Any]], heads: list[str] = HEADS, *, day: str = "%Y-%m-%d", money: Callable[[Decimal], str] = str, hours: Callable[[Decimal], str] = str,
    separator: str = ",", before: str = "", after: str = "", encoding: str = "utf-8",
) -> bytes:  # fmt: skip
    out = io.StringIO()
    out.write(before)
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(heads)
    for r in rows:
        cells = [c.strftime(day) if isinstance(c, date) else "" if c is None else c for c in r]
        writer.writerow([*cells[:6], hours(r[6]), r[7], money(r[8]), *cells[9:]])
    out.write(after)
    return out.getvalue().encode(encoding)


def answer(data: bytes, name: str = "history.csv", **more: Any) -> dict[str, Any]:
    return told(assess(name, data, more.pop("rule", Rule()), **more))


def same(got: dict[str, Any], share: dict[str, float], still_open: int = 9) -> None:
    assert got["rejected"] == []
    assert got["open"] == still_open
    for key, value in share.items():
        assert got["share_of_jobs"][key] == pytest.approx(value, abs=1e-12), key
    assert got["recommendation"] == "both"


def european(value: Decimal) -> str:
    return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".") + " €"


STYLES: dict[str, dict[str, Any]] = {
    "ISO": {},
    "American": {"day": "%m/%d/%Y", "money": lambda v: f"${v:,.2f}"},
    "American, short years, with times": {"day": "%m/%d/%y 09:30 AM"},
    "British": {"day": "%d/%m/%Y", "money": lambda v: f"£{v:,.2f}"},
    "German, cp1252": {
        "day": "%d.%m.%Y",
        "money": european,
        "hours": lambda h: str(h).replace(".", ","),
        "separator": ";",
        "encoding": "cp1252",
    },
    "Swiss": {"day": "%d.%m.%Y", "money": lambda v: f"CHF {v:,.2f}".replace(",", "'"), "separator": ";"},
    "French": {"day": "%d/%m/%Y", "money": lambda v: f"{v:,.2f}".replace(",", "\u202f").replace(".", ","), "separator": ";"},
    "names of months": {"day": "%d %b %Y"},
    "long names": {"day": "%B %d, %Y"},
    "timestamps": {"day": "%Y-%m-%dT08:00:00Z"},
    "compact": {"day": "%Y%m%d"},
    "tabs, UTF-16": {"separator": "\t", "encoding": "utf-16"},
    "UTF-16 without its mark": {"encoding": "utf-16-le"},
    "UTF-8 with its mark": {"encoding": "utf-8-sig"},
    "pipes": {"separator": "|"},
    "Excel's hint": {"separator": ";", "before": "sep=;\n"},
    "a title above": {"before": "Harbor Mechanical\nJobs 2024 to 2025\n\n"},
    "totals below": {"after": "Total,,,,,700,9000,14,1234567.00\n\nPrinted 3 Jan 2026\n"},
    "negative amounts in parentheses are none here": {"money": lambda v: f"{v:,.2f} USD"},
}


@pytest.mark.parametrize("style", STYLES)
def test_one_history_in_every_style_has_one_answer(style: str) -> None:
    rows, share = made()
    got = answer(written(rows, **STYLES[style]))
    same(got, share)
    assert got["rows"] == len(rows)
    assert got["columns"]["started"] == "Opened on" and got["columns"]["value"] == "Total"


@pytest.mark.parametrize(
    "heads",
    [
        ["Auftrag", "Kunde", "Art", "Beginn", "Fertiggestellt am", "Termine", "Stunden", "Nachträge", "Auftragssumme"],
        ["Orden", "Cliente", "Tipo", "Fecha de inicio", "Fecha de fin", "Visitas", "Horas", "Órdenes de cambio", "Importe"],
        ["Chantier", "Client", "Type de travaux", "Date de début", "Date de fin", "Visites", "Heures", "Avenants", "Montant HT"],
        ["job_id", "customerName", "jobType", "startDate", "endDate", "visitCount", "laborHours", "changeOrderCount", "totalAmount"],
        ["No.", "Bill to", "Category", "Started", "Closed", "# of visits", "Hrs", "COs", "Contract value ($)"],
        [
            "WO Number",
            "Client Name",
            "Work Type",
            "Job Start Date",
            "Job Completion Date",
            "Appointments",
            "Actual Hours",
            "Change Orders (count)",
            "Invoice Total",
        ],
    ],
)
def test_columns_are_found_by_their_names(heads: list[str]) -> None:
    rows, share = made(seed=3)
    got = answer(written(rows, heads))
    same(got, share)
    assert [got["columns"][k] for k in ("customer", "type", "started", "finished", "visits", "hours", "change_orders", "value")] == heads[
        1:
    ]


def test_a_wide_export_with_other_dates_and_amounts_is_read_right() -> None:
    rows, share = made(seed=11)
    heads = [*HEADS[:8], "Invoice Total", "Created On", "Due Date", "Invoice Date", "Modified On", "Customer Since", "Estimated Hours", "Labor Cost",
             "Materials Cost", "Balance Due", "Tax", "Margin %", "Completed By", "First Visit Date?", "Zip", "Phone", *(f"Tag {n}" for n in range(90))]  # fmt: skip
    for r in rows:
        r += [r[3] - timedelta(days=9), r[3] + timedelta(days=40), date(2026, 1, 5), date(2026, 2, 1), date(2011, 5, 5), 4, 77, 55, "12.00", "3.20", "41%",
              "Dana", "yes", "21201", "410-555-0101", *[""] * 90]  # fmt: skip
    heads[3] = "Start Date"
    got = answer(written(rows, heads))
    same(got, share)
    assert got["columns"]["started"] == "Start Date" and got["columns"]["finished"] == "Completed on" and got["columns"]["hours"] == "Hours"


def test_two_columns_of_one_name_are_told_apart_by_their_content() -> None:
    rows, share = made(seed=5)
    heads = ["Job #", "Customer", "Job type", "Date", "Date", "Visits", "Hours", "Change orders", "Total"]
    got = answer(written(rows, heads))
    same(got, share)
    assert (got["columns"]["started"], got["columns"]["finished"]) == ("Date", "Date (2)")
    swapped = [[*r[:3], r[4], r[3], *r[5:]] for r in rows if r[4]]
    again = answer(written(swapped, heads))
    assert (again["columns"]["started"], again["columns"]["finished"]) == ("Date (2)", "Date")
    assert again["rejected"] == []


def test_headings_in_two_merged_rows() -> None:
    rows, share = made(seed=6)
    before = ",,,Planned,,Actual,,,,,\n"
    heads = ["Job #", "Customer", "Job type", "Start", "End", "Start", "End", "Visits", "Hours", "Change orders", "Total"]
    wide = [[*r[:3], r[3] - timedelta(days=30), r[3], *r[3:]] for r in rows]
    out = io.StringIO()
    csv.writer(out).writerows([heads, *([c.isoformat() if isinstance(c, date) else "" if c is None else c for c in r] for r in wide)])
    got = answer((before + out.getvalue()).encode())
    same(got, share)
    assert got["columns"]["started"] == "Actual Start" and got["columns"]["finished"] == "Actual End"


def test_no_heading_at_all_is_read_by_content() -> None:
    rows, _ = made(seed=8)
    out = io.StringIO()
    csv.writer(out).writerows(
        [r[0], r[1], r[3].strftime("%m/%d/%Y"), r[4].strftime("%m/%d/%Y") if r[4] else "", f"${r[8]:,.2f}"] for r in rows
    )
    got = answer(out.getvalue().encode())
    assert got["rows"] == len(rows) and got["open"] == 9 and got["rejected"] == []
    assert got["columns"] == {"started": "column 3", "finished": "column 4", "value": "column 5"}


def test_rows_that_are_wrong_are_listed_by_line_and_left_out() -> None:
    text = """Job,Start,End,Amount,Hours
1,2025-01-06,2025-01-06,500.00,3
2,2025-02-30,2025-03-01,500.00,3
3,2025-03-05,2025-03-01,500.00,3
4,2025-03-05,2025-03-05,-500.00,3
5,2025-03-05,2025-03-05,five hundred,3
6,2025-03-05,,500.00,3
"7
over two lines",2025-03-05,2025-03-06,500.00,3
8,2024-02-29,2024-02-29,500.00,-1
9,2025-02-29,2025-03-02,500.00,1
10,2025-03-05,2025-03-05,500.00,1,too,many
11,2025-03-05,n/a,500.00,1
"""
    got = answer(text.encode())
    assert [r["line"] for r in got["rejected"]] == [3, 4, 5, 6, 10, 11, 12]
    reasons = {r["line"]: r["reason"] for r in got["rejected"]}
    assert "not a date" in reasons[3] and "before it started" in reasons[4] and "negative" in reasons[5] and "not a number" in reasons[6]
    assert "negative" in reasons[10] and "Start" in reasons[11] and "cells" in reasons[12]
    assert (got["rows"], got["open"], got["finished"]) == (11, 2, 2)
    assert got["shapes"]["service"]["revenue"] == 1000


def test_without_a_proof_dates_are_month_first_and_it_is_said() -> None:
    got = answer(b"Start,End,Total\n03/04/2025,05/06/2025,100\n01/02/2025,01/03/2025,200\n")
    assert got["quarters"][0]["quarter"] == "2025-Q1" and got["rejected"] == []
    assert got["shapes"]["project"]["count"] == 1  # 4 March to 6 May
    assert any("'Start' are read month first, since no value proves the order" in n for n in got["notes"])


def test_one_value_proves_a_column_and_its_sister_follows() -> None:
    got = answer(b"Start,End,Total\n03/04/2025,25/04/2025,100\n05/04/2025,07/04/2025,200\n")
    assert got["shapes"]["project"]["count"] == 1 and got["rejected"] == []  # 3 to 25 April: 17 working days


def test_mixed_proofs_reject_the_rows_that_contradict() -> None:
    lines = [
        "Start,End,Total",
        *(f"{d:02d}/03/2025,{d:02d}/03/2025,100" for d in range(13, 23)),
        "03/25/2025,03/25/2025,100",
        "02/03/2025,02/03/2025,100",
    ]
    got = answer("\n".join(lines).encode())
    assert [r["line"] for r in got["rejected"]] == [12] and "contradicts" in got["rejected"][0]["reason"]
    assert got["finished"] == 11 and got["quarters"] == [q for q in got["quarters"] if q["quarter"] == "2025-Q1"]


def test_numbers_of_two_styles_in_one_column() -> None:
    got = answer(b"Hours;Total\n1;1.234,50\n1;2.000\n1;99,90\n1;1,234.50\n")
    assert [r["line"] for r in got["rejected"]] == [5]
    assert got["shapes"]["service"]["revenue"] == pytest.approx(1234.50 + 2000 + 99.90)


@pytest.mark.parametrize(
    ("cell", "hours"),
    [("7:30", 7.5), ("7 h 30 min", 7.5), ("7h30", 7.5), ("450 min", 7.5), ("7.5 hrs", 7.5), ("7,5", 7.5), ("7.50", 7.5), ("$ -", 0)],
)
def test_hours_as_people_write_them(cell: str, hours: float) -> None:
    got = answer(f'Job;Hours\nA;"{cell}"\n'.encode())
    assert got["shapes"]["service"]["hours"] == pytest.approx(hours)


def test_status_says_what_a_missing_finish_does_not() -> None:
    text = "Job,Status,Start Date,Scheduled End,Total\n1,Completed,2025-01-06,2025-01-06,100\n2,In progress,2025-01-06,2025-01-09,100\n3,Canceled,2025-01-06,,100\n4,Open,2025-01-06,,100\n"
    got = answer(text.encode())
    assert (got["rows"], got["open"], got["canceled"], got["finished"]) == (4, 2, 1, 1)


def test_change_orders_as_words_and_amounts() -> None:
    got = answer(b"Hours,Change orders\n3,yes\n3,no\n3,\n3,None\n")
    assert (got["shapes"]["project"]["count"], got["shapes"]["service"]["count"]) == (1, 3)
    got = answer(b'Hours,Change order total\n3,"$1,500.00"\n3,$0.00\n3,-$250.00\n')
    assert (got["shapes"]["project"]["count"], got["shapes"]["service"]["count"]) == (2, 1)


@pytest.mark.parametrize(
    ("text", "recommendation", "by"),
    [
        ("Total\n100\n200\n30000\n", "projects", "revenue"),  # the value alone: 30,000 of 30,300
        ("Start,End\n2025-01-06,2025-01-06\n2025-01-06,2025-05-06\n", "both", "count"),
        ("Hours\n3\n4\n5\n", "service", "hours"),
        ("Date,Amount\n1/15/2025,400\n1/16/2025,90000\n", "projects", "revenue"),
    ],
)
def test_narrow_files(text: str, recommendation: str, by: str) -> None:
    got = answer(text.encode())
    assert got["recommendation"] == recommendation and got["smaller_side"]["by"] == by


def test_a_mapping_wins_over_names() -> None:
    text = b"A,B,C,Total\n2025-01-06,2025-01-07,9,100\n2025-01-06,2025-06-07,9,100\n"
    got = answer(text, mapping={"started": "A", "finished": "B", "hours": "C", "value": None})
    assert got["columns"] == {"started": "A", "finished": "B", "hours": "C"} and got["share_of_jobs"]["revenue"] is None
    with pytest.raises(Invalid, match="'Z', which is not in the file"):
        answer(text, mapping={"started": "Z"})
    with pytest.raises(Invalid, match="it may name started"):
        answer(text, mapping={"begin": "A"})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""),
        ("blank.csv", b"\n\n \n"),
        ("heads.csv", b"Start,End,Total\n"),
        ("text.csv", b"Dear all,\nplease find attached nothing.\n"),
        ("all-open.csv", b"Start,End,Total\n2025-01-06,,100\n"),
        ("all-bad.csv", b"Start,End,Total\n2025-14-01,2025-01-06,100\n"),
        ("binary.csv", bytes(range(256)) * 40),
        ("page.xls", b"<html><table><tr><td>Start</td></tr></table></html>"),
        ("broken.xlsx", b"PK\x03\x04 and then nothing"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100),
        ("paper.pdf", b"%PDF-1.7 nothing to see"),
        ("old.xls", b"\xd0\xcf\x11\xe0" + b"\x00" * 600),
        ("phones.csv", b"Name,Phone\nDana,410-555-0101\n"),
    ],
)
def test_an_unusable_file_is_one_clear_sentence_and_status_2(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    done = CliRunner().invoke(app, ["assess", str(tmp_path / name)])
    assert done.exit_code == 2 and done.stdout == ""
    assert done.stderr.startswith("bifocal: ") and done.stderr.count("\n") == 1 and done.stderr.strip().endswith(".")


def test_the_command_line_answers_in_the_shape_that_was_promised(tmp_path: Path) -> None:
    rows, share = made(seed=2, still_open=31)
    file = tmp_path / "past work.csv"
    file.write_bytes(written(rows) + b"X,Y,Call,2025-13-01,2025-13-02,1,1,0,100\n")
    done = CliRunner().invoke(app, ["assess", str(file), "--json"])
    assert done.exit_code == 0, done.stderr
    got = json.loads(done.stdout)
    assert got["recommendation"] == "both" and got["rows"] == len(rows) + 1 and got["open"] == 31
    assert got["share_of_jobs"] == pytest.approx(share)
    assert got["rejected"][0]["line"] == len(rows) + 2 and "2025-13-01" in got["rejected"][0]["reason"]
    assert got["columns"]["started"] == "Opened on" and sum(q["rows"] for q in got["quarters"]) == got["finished"]
    (tmp_path / "map.json").write_text(json.dumps(got))
    again = CliRunner().invoke(
        app, ["assess", str(file), "--json", "--mapping", str(tmp_path / "map.json"), "--rows", str(tmp_path / "rows.csv")]
    )
    assert json.loads(again.stdout)["share_of_jobs"] == got["share_of_jobs"]
    told_rows = list(csv.DictReader((tmp_path / "rows.csv").open()))
    assert len(told_rows) == got["finished"] and all(r["because"] for r in told_rows)


@pytest.mark.parametrize(
    "flags", [["--small", "30%"], ["--both", "lots"], ["--days", "0"], ["--mapping", "/nowhere.json"], ["--sheet", "Q1"]]
)
def test_bad_options_are_refused_in_a_sentence(flags: list[str], tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["Start", "End", "Total"])
    book.active.append([date(2025, 1, 6), date(2025, 1, 7), 100])
    book.save(tmp_path / "h.xlsx")
    done = CliRunner().invoke(app, ["assess", str(tmp_path / "h.xlsx"), *flags])
    assert done.exit_code == 2 and done.stderr.count("\n") == 1, done.stderr


def test_thresholds_change_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "h.csv"
    file.write_text("Start,End,Total\n2025-01-06,2025-01-17,3000\n2025-01-06,2025-01-06,7000\n")
    assert json.loads(CliRunner().invoke(app, ["assess", str(file), "--json"]).stdout)["recommendation"] == "service"
    assert json.loads(CliRunner().invoke(app, ["assess", str(file), "--json", "--days", "10"]).stdout)["recommendation"] == "both"
    assert (
        json.loads(CliRunner().invoke(app, ["assess", str(file), "--json", "--days", "10", "--both", "0.4"]).stdout)["recommendation"]
        == "watch"
    )


def test_the_four_questions_on_the_terminal() -> None:
    done = CliRunner().invoke(app, ["assess", "--ask", "--json"], input="both\njob\n85\ny\n")
    assert done.exit_code == 0 and json.loads(done.stdout[done.stdout.index("{") :])["recommendation"] == "both"
    done = CliRunner().invoke(app, ["assess", "--ask"], input="both\njob\n\nn\n")
    assert done.exit_code == 2 and "say how much of a year's revenue is service work" in done.stderr


def test_the_report_is_one_file_that_needs_nothing_else(tmp_path: Path) -> None:
    rows, _ = made()
    file = tmp_path / "a & <b>.csv"
    rows[0][1] = "<script>alert(1)</script>"
    file.write_bytes(written(rows))
    done = CliRunner().invoke(app, ["assess", str(file), "--html", str(tmp_path / "report.html")])
    assert done.exit_code == 0, done.stderr
    page = (tmp_path / "report.html").read_text()
    assert page.count("<svg") == 3 and "Run both lenses" in page and "change order" in page
    assert not re.search(r"<script|https?://(?!www\.w3\.org)|<link|<img|@import|url\(", page)


def workbook(rows: list[list[Any]], *, cover: bool = False, merged: bool = False) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    if cover:
        sheet["A1"] = "Harbor Mechanical, jobs by year"
        sheet = book.create_sheet("Jobs")
        sheet.append([])
        sheet.append(["Everything since 2024"])
    if merged:
        sheet.append(["Job #", "Customer", "Job type", "Dates", None, "Work", None, None, "Money"])
        sheet.append([None, None, None, "Opened on", "Completed on", "Visits", "Hours", "Change orders", "Total"])
        top = sheet.max_row - 1
        sheet.merge_cells(start_row=top, end_row=top, start_column=4, end_column=5)
    else:
        sheet.append(HEADS)
    for r in rows:
        sheet.append([datetime(c.year, c.month, c.day) if isinstance(c, date) else float(c) if isinstance(c, Decimal) else c for c in r])
    sheet.append(["Total", None, None, None, None, None, None, None, 9_999_999])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("shape", [{}, {"cover": True}, {"merged": True}, {"cover": True, "merged": True}])
def test_workbooks(shape: dict[str, bool]) -> None:
    rows, share = made(seed=13)
    got = answer(workbook(rows, **shape), "jobs.xlsx")
    same(got, share)
    assert got["rows"] == len(rows) and got["columns"]["customer"] == "Customer"


def test_a_workbook_of_numbers_as_text_and_its_lines() -> None:
    rows, share = made(seed=14)
    bad = [["J-x", "C", "Call", "31/31/2025", date(2025, 1, 1), 1, 1, 0, 5]]
    texts = [[*r[:5], str(r[5]), f"{r[6]}", str(r[7]), f"${r[8]:,.2f}"] for r in rows]
    got = answer(workbook(bad + texts, cover=True), "jobs.xlsx")
    assert [r["line"] for r in got["rejected"]] == [4]  # a blank row, a title, the heading, then the first row of work
    got["rejected"] = []
    same(got, share)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_hundred_thousand_rows_in_less_than_five_seconds(kind: str) -> None:
    rows, _ = made(calls=4_000, projects=60, still_open=40)
    if kind == "csv":
        body = written(rows, day="%m/%d/%Y", money=lambda v: f"${v:,.2f}").decode().split("\r\n", 1)
        data = (body[0] + "\r\n" + body[1] * 24 + body[1][: body[1].index("\r\n") + 2] * 1600).encode()
    else:
        data = fast_workbook(rows, 24, 1600)
    before = time.process_time()
    got = answer(data, f"big.{kind}")
    assert got["rows"] == 100_000
    assert time.process_time() - before < 5


def fast_workbook(rows: list[list[Any]], times: int, more: int) -> bytes:
    """A workbook of many rows, written as XML by hand: openpyxl takes half a minute for it."""
    import zipfile

    def cell(c: Any) -> str:
        if isinstance(c, date):
            return f'<c s="1"><v>{(c - date(1899, 12, 30)).days}</v></c>'
        return (
            "<c/>" if c is None else f"<c><v>{c}</v></c>" if isinstance(c, (int, Decimal)) else f'<c t="inlineStr"><is><t>{c}</t></is></c>'
        )

    def line(r: list[Any]) -> str:
        return f"<row>{''.join(map(cell, r))}</row>"

    body = line(HEADS) + "".join(map(line, rows)) * times + line(rows[0]) * more
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        z.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        z.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="Jobs" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        z.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{rel}/styles" Target="styles.xml"/></Relationships>',
        )
        z.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{main}"><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        z.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>')
    return out.getvalue()
