"""The tour: six stops in the real product, on the demo company, each of two to four steps with what to look at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """What to look at or do. `place` names where (tour/places.py), `look` is a selector, `act` what can be done for the visitor."""

    text: str
    place: str
    look: str = ""
    act: str = ""
    label: str = ""


@dataclass(frozen=True)
class Stop:
    """One of the six. `make` prepares something fresh, so that the stop can be walked again and again."""

    title: str
    why: str
    steps: tuple[Step, ...]
    make: str = ""


STOPS: tuple[Stop, ...] = (
    Stop(
        "Your own export, assessed",
        "Which lens fits is a fact of your history, not a feeling.",
        (
            Step("Choose an export of your own past work and press 'Assess it'. None at hand? Take the sample: a plumber's two years.",
                 "assess", "#assess", "sample", "Assess the sample"),
            Step("The answer with its reasons. By count the projects hardly show; by revenue and hours they are half of the company.",
                 "assessment", ".lead-card"),
            Step("How it moves by quarter, and how the file was read: which column was what, which rows were left out and why."
                 " 'The report' is a file that you can print or send to your partner.", "assessment", ".chart"),
        ),
    ),
    Stop(
        "One Monday board, crews and calls",
        "A technician on a project is not free for a call, and the board knows it.",
        (
            Step("One line a person: teal is a call, indigo a day on a project. Nobody can be given both in the same hours.", "monday", "#board"),
            Step("The same people, their crews and skills: one calendar for both lenses.", "people", "main h1"),
        ),
    ),
    Stop(
        "A call, booked to paid in 90 seconds, then promoted",
        "The clog of nine o'clock is paid by ten. And if it grows, nothing is typed again.",
        (
            Step("Book the call: type a name and an address, press 'Book the call'.", "intake", "main form.tall", "book", "Book one for me"),
            Step("Give it to whoever is free, then tap through: on my way, arrived, start, finish, invoice, payment.",
                 "visit", "main .head", "work", "Do it for me"),
            Step("Paid, and on the customer's record. Every step is in the history with who and when.", "invoice", "main .head"),
            Step("It has grown. 'Promote to a project' keeps number, time, parts and invoice; what was billed becomes a line of the contract.",
                 "grown", "#grown", "promote", "Promote it for me"),
        ),
    ),
    Stop(
        "A change order, approved on a phone",
        "One tap moves contract, schedule of values, budget and days, or nothing at all.",
        (
            Step("This project's contract before. A change order was just priced and sent to its owner: note the contract sum.", "contract", ".tiles, .tabs"),
            Step("Open the owner's phone: no account, one link. Approve it there, then come back here and go on.", "change", ".tiles", "phone", "The owner's phone"),
            Step("The contract after: a new line of the schedule of values, and the sum with it.", "contract", "main table"),
            Step("The budget took its cost in the same transaction; its days moved the completion date.", "budget", "main table"),
        ),
        make="change",
    ),
    Stop(
        "A pay application that ties to the spreadsheet",
        "The architect checks it with a calculator. So do we.",
        (
            Step("The continuation sheet: G = D + E + F, H = C − G, retainage by line, and every total the sum of its column.", "payapp", ".sheet"),
            Step("The same sheet as a workbook with live formulas: its own arithmetic beside ours, and a column of differences that is all zeros.",
                 "payapp", "a[href$='.xlsx']", "workbook", "The workbook"),
        ),
        make="payapp",
    ),
    Stop(
        "Margin, down to the receipt",
        "A figure that does not open is a rumor.",
        (
            Step("Margin by business unit, both lenses in one table. Open a job.", "reports", "main table"),
            Step("Its cost, line by line: hours with names, parts, bills. Open a bill.", "costs", "main table"),
            Step("The bill with its lines, and the vendor's paper beside it. That is the end of the line: nothing is left to ask.", "bill", "main .head"),
        ),
        make="bill",
    ),
)  # fmt: skip


def clamp(stop: int, step: int) -> tuple[int, int]:
    """A stop and step that exist."""
    stop = min(max(stop, 0), len(STOPS) - 1)
    return stop, min(max(step, 0), len(STOPS[stop].steps) - 1)


def after(stop: int, step: int) -> tuple[int, int] | None:
    """The step that follows; None after the last."""
    if step + 1 < len(STOPS[stop].steps):
        return stop, step + 1
    return (stop + 1, 0) if stop + 1 < len(STOPS) else None


def before(stop: int, step: int) -> tuple[int, int] | None:
    """The step that came before; None before the first."""
    if step:
        return stop, step - 1
    return (stop - 1, len(STOPS[stop - 1].steps) - 1) if stop else None
