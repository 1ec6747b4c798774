"""`bifocal assess` on small histories as people export them, every figure worked out by hand from the rule's words.

A piece is project-shaped with a change order, 15 working days or more, more than 5 visits, or 80 hours or more; 25,000 of value decides
only where nothing else is known. Shares are of job-shaped work.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bifocal.bridges.workmix.assess import assess, told
from bifocal.engines.workmix import Rule
from bifocal.front.cli import app


@dataclass
class Case:
    """A file and what is true of it: recommendation, shares of service, open rows, lines rejected, columns that matter."""

    text: str
    says: str
    count: F
    hours: F | None = None
    revenue: F | None = None
    open: int = 0
    rejected: tuple[int, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    rule: Rule = field(default_factory=Rule)


HALF = F(1, 2)
MONEY = F(100, 1100)  # 100 of service, 1,000 of project work
PAIR = "1/5/2024,1/6/2024,100\n1/5/2024,5/16/2024,1000\n"
CASES = {
    "Jobber, jobs report": Case(
        "Job #,Date created,Client name,Title,Scheduled start date,Scheduled end date,Closed date,Quote #,Total revenue ($),Time tracked,"
        "Job status\n1,2024-01-05,A,Leak,2024-01-06,2024-01-06,2024-01-08,,350.00,2:30,archived\n"
        "2,2024-01-05,B,Remodel,2024-02-01,2024-04-30,2024-05-02,,64000.00,612:00,archived\n"
        "3,2024-03-05,C,Leak,2024-03-06,2024-03-06,,,,0:00,active\n",
        "projects", HALF, F("2.5") / F("614.5"), F(350, 64350), open=1, columns={"hours": "Time tracked", "finished": "Closed date"}),
    "Housecall Pro, jobs": Case(
        "Job ID,Customer name,Job status,Job created date,Job scheduled start date,Job scheduled end date,Job completed date,Job amount\n"
        '101,Ann,Complete rated,01/02/2024 09:12 AM,01/03/2024 08:00 AM,01/03/2024 10:00 AM,01/03/2024 10:05 AM,"$1,234.50"\n'
        "102,Ben,Scheduled,01/05/2024 09:12 AM,02/03/2024 08:00 AM,02/03/2024 10:00 AM,,$0.00\n"
        '103,Cal,Complete unrated,01/05/2024 09:12 AM,02/05/2024 08:00 AM,04/03/2024 10:00 AM,04/03/2024 04:00 PM,"$82,000.00"\n'
        "104,Dee,User canceled,01/05/2024 09:12 AM,02/03/2024 08:00 AM,02/03/2024 10:00 AM,,$0.00\n",
        "projects", HALF, None, F("1234.5") / F("83234.5"), open=1, columns={"finished": "Job completed date"}),
    "ServiceTitan: hours worked, not hours sold": Case(
        "Job #,Job Status,Business Unit,Customer Name,Created On,Scheduled On,Completed On,Jobs Total Revenue,Sold Hours,Total Hours Worked,"
        "Number of Appointments\n9001,Completed,Service,Ann,1/2/2024,1/3/2024,1/3/2024,$425.00,1.5,2,1\n"
        '9002,Completed,Install,Ben,1/2/2024,1/5/2024,2/20/2024,"$32,500.00",40,120,9\n'
        "9003,Hold,Service,Cy,1/2/2024,1/3/2024,,$0.00,1.5,0,0\n9004,Canceled,Service,Cy,1/2/2024,1/3/2024,,$0.00,1.5,0,0\n",
        "projects", HALF, F(2, 122), F(425, 32925), open=1, columns={"hours": "Total Hours Worked", "visits": "Number of Appointments"}),
    "Buildertrend: the revised price, change orders as money": Case(
        "Job Name,Job Status,Actual Start,Actual Completion,Projected Start,Contract Price,Approved Change Orders,Revised Price,Owner Name\n"
        'Main St,Closed,Jan 5 2024,Jan 12 2024,Jan 1 2024,"$250,000.00","$12,500.00","$262,500.00",Lee\n'
        'Oak,Warranty,Feb 5 2024,Feb 9 2024,Jan 1 2024,"$87,500.00",$0.00,"$87,500.00",Kay\n'
        'Elm,Open,Sep 5 2024,,Jan 1 2024,"$90,000.00",$0.00,"$90,000.00",Kay\n',
        "both", HALF, None, F(1, 4), open=1, columns={"value": "Revised Price", "change_orders": "Approved Change Orders"}),
    "QuickBooks, sales by customer: groups, totals, a time stamp at the foot": Case(
        "Harbor Mechanical\nSales by Customer Detail\nJanuary - December 2024\n\n"
        ",Transaction date,Transaction type,Num,Memo/Description,Quantity,Sales price,Amount,Balance\nAcme Corp,,,,,,,,\n"
        ",01/15/2024,Invoice,1001,Drain,1,250.00,250.00,250.00\n"
        ',02/20/2024,Invoice,1002,Fit-out,1,"48,000.00","48,000.00","48,250.00"\nTotal for Acme Corp,,,,,,,"$48,250.00",\n'
        '"Smith, John",,,,,,,,\n,03/03/2024,Invoice,1003,Leak,1,180.00,180.00,180.00\nTotal for Smith,,,,,,,$180.00,\n'
        'TOTAL,,,,,,,"$48,430.00",\n\n"Monday, Jan 06, 2025 09:15:22 AM GMT-5 - Accrual Basis",,,,,,,,\n',
        "projects", F(2, 3), None, F(430, 48430), columns={"value": "Amount"}),
    "German, semicolons, Windows-1252, a sum at the foot": Case(
        "Auftragsnr.;Kunde;Beginn;Ende;Stunden;Umsatz (€);Status\n1;Müller;03.01.2024;03.01.2024;3,5;1.234,50;fertig\n"
        "2;Schmidt;05.02.2024;29.04.2024;640,0;98.400,00;abgeschlossen\n3;Weiß;05.02.2024;;2,0;0,00;in Bearbeitung\n"
        "Summe;;;;645,5;99.634,50;\n",
        "projects", HALF, F("3.5") / F("643.5"), F("1234.5") / F("99634.5"), open=1, encoding="cp1252"),
    "Spanish, UTF-16": Case(
        "N.º de orden;Cliente;Fecha de inicio;Fecha de finalización;Horas trabajadas;Importe (€);Estado\n"
        "1;Peña;13/01/2024;13/01/2024;3,5;1.234,50;Terminado\n2;Ruiz;05/02/2024;29/04/2024;640;98.400,00;Terminado\n"
        "3;Gil;05/02/2024;;;;En curso\n",
        "projects", HALF, F("3.5") / F("643.5"), F("1234.5") / F("99634.5"), open=1, encoding="utf-16",
        columns={"finished": "Fecha de finalización", "number": "N.º de orden"}),
    "French, tabs, Latin-1": Case(
        "Début\tFin\tMontant\tHeures\n03/01/2024\t03/01/2024\t1 234,50\t3,5\n15/01/2024\t29/03/2024\t98 400,00\t640\n",
        "projects", HALF, F("3.5") / F("643.5"), F("1234.5") / F("99634.5"), encoding="latin-1"),
    "15 working days to the day, weekends, one of a weekend alone": Case(
        # Mondays to Fridays, both ends: 1 to 19 January 2024 are 15, to the 18th 14; the 6th and 7th are a weekend (1); to the 21st 15
        "Started,Finished,Value\n2024-01-01,2024-01-19,100\n2024-01-01,2024-01-18,100\n2024-01-06,2024-01-07,100\n2024-01-01,2024-01-21,100\n",
        "both", HALF, None, HALF),
    "80 hours, and a hundredth less": Case("Hours\n80\n79.99\n80.0\n1\n", "both", HALF, F("80.99") / F("240.99")),
    "5 visits and 6": Case("Visits,Value\n5,100\n6,100\n", "both", HALF, None, HALF),
    "24,999.99 and 25,000 of value alone": Case("Revenue\n24999.99\n25000\n100\n", "both", F(2, 3), None, F("25099.99") / F("50099.99")),
    "exactly 10%": Case("Started,Finished,Value\n2024-01-01,2024-01-02,9000\n2024-01-01,2024-03-02,1000\n", "service", HALF, None, F(9, 10)),
    "a cent more than 10%": Case(
        "Started,Finished,Value\n2024-01-01,2024-01-02,8999.99\n2024-01-01,2024-03-02,1000.01\n", "watch", HALF, None, F("0.899999")),
    "exactly 25%": Case("Started,Finished,Value\n2024-01-01,2024-01-02,7500\n2024-01-01,2024-03-02,2500\n", "both", HALF, None, F(3, 4)),
    "a cent less than 25%": Case(
        "Started,Finished,Value\n2024-01-01,2024-01-02,7500.01\n2024-01-01,2024-03-02,2499.99\n", "watch", HALF, None, F("0.750001")),
    "the larger of revenue and hours": Case(
        "Hours,Revenue\n60,9500\n40,0\n80,500\n", "both", F(2, 3), F(100, 180), F(95, 100)),
    "a general contractor at a fifth of revenue, another pattern": Case(
        "Start,End,Value,Hours\n2024-01-01,2024-01-02,2000,10\n2024-01-01,2024-06-02,8000,90\n",
        "both", HALF, F(1, 10), F(1, 5), rule=Rule(general_contractor=True)),
    "a general contractor at a fifth, the same pattern: 14 days beside 15": Case(
        "Start,End,Value\n2024-01-01,2024-01-18,2000\n2024-01-01,2024-01-19,8000\n", "watch", HALF, None, F(1, 5), rule=Rule(general_contractor=True)),
    "amounts below zero in every way of writing": Case(
        "Job,Start,End,Amount\n1,2024-01-01,2024-01-02,(500)\n2,2024-01-01,2024-01-02,-20\n3,2024-01-01,2024-01-02,\"($1,500.00)\"\n"
        "4,2024-01-01,2024-01-02,500\n5,2024-01-01,2024-01-02,500-\n",
        "service", F(1), None, F(1), rejected=(2, 3, 4, 6)),
    "lines of the file, with newlines inside quotation marks": Case(
        'Job,Notes,Start,End,Amount\n1,"one\ntwo\nthree",2024-01-01,2024-01-02,500\n2,ok,2024-01-01,bad,500\n3,"x\ny",2024-01-05,2024-01-02,500\n',
        "service", F(1), None, F(1), rejected=(5, 6)),
    "a thousands comma without quotation marks is no amount of 1": Case(
        "Start,End,Value\n2024-01-01,2024-01-02,1,234\n2024-01-01,2024-03-02,300\n2024-01-01,2024-01-02,300\n", "both", HALF, None, HALF, rejected=(2,)),
    "hours as people write them": Case(
        "Job,Start,End,Hours\n1,2024-01-01,2024-01-01,3:30\n2,2024-01-01,2024-01-01,3h 30m\n3,2024-01-01,2024-01-01,3 hours and 30 minutes\n"
        "4,2024-01-01,2024-01-01,210 min\n5,2024-01-01,2024-01-01,3.5h\n6,2024-01-01,2024-01-01,half\n7,2024-01-01,2024-01-01,80:00\n",
        "watch", F(5, 6), F("17.5") / F("97.5"), rejected=(7,)),
    "durations alone, each with its unit": Case(  # 1 day, 20 days, 3 weeks = 15 days, 2 hours = a day, 2 months = 40 days
        "Job,Duration,Revenue\n1,1 day,500\n2,20 days,50000\n3,3 wks,900\n4,2 h,90\n5,2 months,9000\n",
        "projects", F(2, 5), None, F(590, 60490), columns={"days": "Duration"}),
    "a duration without a unit is not taken for days: the value decides": Case(
        "Job,Duration,Revenue\n1,20,500\n2,2,50000\n", "projects", HALF, None, F(500, 50500)),
    "duration in days by its heading": Case(
        "Job,Duration (days),Revenue\n1,1,500\n2,20,50000\n3,15,900\n4,14,90\n", "projects", HALF, None, F(590, 51490)),
    "two dates of one name": Case(
        f"Date,Date,Total\n{PAIR}", "projects", HALF, None, MONEY, columns={"started": "Date", "finished": "Date (2)"}),
    "two dates of one name, the later one first": Case(
        "Date,Date,Total\n1/6/2024,1/5/2024,100\n5/16/2024,1/5/2024,1000\n", "projects", HALF, None, MONEY,
        columns={"started": "Date (2)", "finished": "Date"}),
    "start and end twice, the second pair empty": Case(
        "Start Date,End Date,Start Date,End Date,Total\n2024-01-01,2024-01-01,,,100\n2024-01-01,2024-03-01,,,1000\n",
        "projects", HALF, None, MONEY, columns={"started": "Start Date", "finished": "End Date"}),
    "one value proves a column day first": Case(  # 3 to 13 May 2024; read month first, 3 May would be 5 March
        "Start,End,Value\n03/05/2024,13/05/2024,100\n05/02/2024,25/06/2024,1000\n", "projects", HALF, None, MONEY),
    "mixed proofs: the rarer order contradicts": Case(
        "Start,End,Value\n13/02/2024,14/02/2024,100\n14/02/2024,15/02/2024,100\n02/13/2024,15/02/2024,200\n01/02/2024,01/02/2024,200\n",
        "service", F(1), None, F(1), rejected=(4,)),
    "a leap day, and one that never was": Case(
        "Start,End,Value\n2024-02-29,2024-02-29,100\n2023-02-29,2023-03-01,100\n", "service", F(1), None, F(1), rejected=(3,)),
    "names of months with short years": Case(
        "Start,End,Value\n05-Jan-24,06-Jan-24,100\n05-Jan-24,06-Jun-24,1000\n", "projects", HALF, None, MONEY),
    "a spreadsheet's day numbers as text": Case(
        "Job,Start,Finish,Amount\n1,45292,45293,100\n2,45300,45390,1000\n3,45301,,100\n", "projects", HALF, None, MONEY, open=1),
    "amounts with words for the currency": Case(
        'Start,End,Value\n2024-01-01,2024-01-02,USD 60\n2024-01-01,2024-01-02,40 USD\n2024-01-01,2024-03-02,"$ 1,000"\n2024-01-01,2024-01-02,abc\n',
        "projects", F(2, 3), None, MONEY, rejected=(5,)),
    "blank rows and a title before, a page number between": Case(
        "\n\n,,,\n,Report,\n,,\nStart,End,Value\n2024-01-01,2024-01-02,100\nStart,End,Value\n2024-01-01,2024-03-02,1000\nPage 1 of 2,,\n",
        "projects", HALF, None, MONEY),
    "a customer called Total is work": Case(
        "Start,End,Customer,Value\n2024-01-01,2024-01-02,Total Wine,100\n2024-01-01,2024-03-02,Sum Yung,1000\n,,GRAND TOTALS,1100\n",
        "projects", HALF, None, MONEY),
    "a status instead of a finish": Case(
        "Job,Opened,Status,Revenue,Hours\n1,2024-01-01,Closed,100,3\n2,2024-01-01,In Progress,100,3\n3,2024-01-01,Completed,1000,200\n",
        "projects", HALF, F(3, 203), MONEY, open=1),
    "change orders as yes and no": Case(
        "Job,Change Orders?,Revenue\n1,No,100\n2,Yes,1000\n3,No,900000\n", "service", F(2, 3), None, F(900100, 901100)),
    "nothing but zero is known of the money: count decides": Case(
        "Start,End,Value\n2024-01-01,2024-01-02,0\n2024-01-01,2024-06-02,0\n", "both", HALF),
    "old line ends": Case("Start,End,Value\r2024-01-01,2024-01-02,100\r2024-01-01,2024-03-02,1000\r", "projects", HALF, None, MONEY),
    "an inch mark inside a cell": Case(
        'Start,End,Notes,Value\n2024-01-01,2024-01-02,6" pipe,100\n2024-01-01,2024-03-02,"4"" x",1000\n', "projects", HALF, None, MONEY),
    "the estimate, the cost and the payment are not the value": Case(
        "Start,End,Estimate,Invoiced,Cost,Paid\n2024-01-01,2024-01-02,9,100,50,100\n2024-01-01,2024-04-02,9,1000,5000,0\n",
        "projects", HALF, None, MONEY, columns={"value": "Invoiced"}),
}  # fmt: skip


def check(got: dict[str, Any], case: Case) -> None:
    shares = {"count": case.count, "hours": case.hours, "revenue": case.revenue}
    assert got["recommendation"] == case.says
    for key, share in shares.items():
        told_share = got["share_of_jobs"][key]
        assert told_share == (None if share is None else pytest.approx(float(share), abs=1e-12)), key
    assert got["open"] == case.open
    assert [r["line"] for r in got["rejected"]] == list(case.rejected)
    assert got["columns"] == {**got["columns"], **case.columns}


@pytest.mark.parametrize("name", CASES)
def test_a_history_is_read_and_judged_as_by_hand(name: str) -> None:
    case = CASES[name]
    check(told(assess("work.csv", case.text.encode(case.encoding), case.rule)), case)


def book(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    import openpyxl

    made, out = openpyxl.Workbook(), io.BytesIO()
    made.remove(made.worksheets[0])
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(out)
    return out.getvalue()


HEAD = ["Started", "Finished", "Value", "Hours"]
D = datetime
ROWS: list[list[Any]] = [[D(2024, 1, 1), D(2024, 1, 2), 100, 4], [D(2024, 1, 1), D(2024, 3, 2), 1000, 96]]
TEXTS = [["45292", "45293", "$100.00", "4h"], ["45292", "45350", "1,000", "96:00"]]
SPANS: list[list[Any]] = [[D(2024, 1, 1), D(2024, 1, 2), 100, time(4)], [D(2024, 1, 1), D(2024, 3, 2), 1000, timedelta(hours=96)]]
MERGED: list[list[Any]] = [["Job", None, "Dates", None, "Money", None], ["No", "Hours", "Start", "End", "Contract", "Cost"],
                           *([n, r[3], r[0], r[1], r[2], 50] for n, r in enumerate(ROWS, 1))]  # fmt: skip
BOOKS = {
    "dates, numbers": book(("Jobs", [HEAD, *ROWS])),
    "day numbers without a format": book(("Jobs", [HEAD, [45292, 45293, 100, 4], [45292, 45350, 1000, 96]])),
    "everything as text": book(("Jobs", [HEAD, *TEXTS])),
    "hours as durations": book(("Jobs", [HEAD, *SPANS])),
    "the jobs on the second of three sheets": book(
        ("Summary", [["Year", "Revenue"], [2023, 500], [2024, 900]]),
        ("Jobs", [["Harbor"], [], HEAD, *ROWS, ["Total", None, 1100, 100]]),
        ("Notes", [["hello"]]),
    ),
    "moved to the right and down": book(("Jobs", [[None], ["Title"], [None], [None, *HEAD], *([None, *r] for r in ROWS)])),
    "two rows of merged headings": book(("Jobs", MERGED)),
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_however_it_is_laid_out(name: str) -> None:
    check(told(assess("work.xlsx", BOOKS[name], Rule())), Case("", "projects", HALF, F(4, 100), MONEY))


def test_json_is_a_table_too() -> None:
    jobs = [
        {"startedAt": "2024-01-01", "finishedAt": "2024-01-02", "total": 100, "client": {"name": "A"}},
        {"startedAt": "2024-01-01", "finishedAt": "2024-03-02", "total": 1000.0, "client": {"name": "B"}},
        {"startedAt": "2024-01-01", "finishedAt": "soon", "total": 1000.0},
    ]
    check(told(assess("x.json", json.dumps({"jobs": jobs}).encode(), Rule())), Case("", "projects", HALF, None, MONEY, rejected=(3,)))


def test_the_answer_has_the_keys_that_were_promised(tmp_path: Path) -> None:
    file = tmp_path / "work.csv"
    file.write_text("Opened on,Completed on,Total\n2024-01-01,2024-01-02,100\n2024-04-01,2024-06-02,1000\n2024-01-05,,5\n2024-01-05,x,5\n")
    ran = CliRunner().invoke(app, ["assess", str(file), "--json"])
    got = json.loads(ran.stdout)
    assert ran.exit_code == 0
    assert list(got)[:7] == ["recommendation", "share_of_jobs", "rows", "open", "rejected", "quarters", "columns"]
    assert list(got["share_of_jobs"]) == ["count", "hours", "revenue"]
    assert (got["rows"], got["open"]) == (4, 1)
    assert got["rejected"] == [{"line": 5, "reason": "Completed on: 'x' is not a date"}]
    assert got["columns"] == {"started": "Opened on", "finished": "Completed on", "value": "Total"}
    assert [(q["quarter"], q["rows"]) for q in got["quarters"]] == [("2024-Q1", 1), ("2024-Q2", 1)]
