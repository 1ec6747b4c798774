"""What an estimate may become, its states, and what stands in the way of a signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bifocal.engines.estimating.pricing import Charge, Line, Option
from bifocal.lib.errors import Invalid, Refused, StaleVersion
from bifocal.lib.money import ZERO, allocate


class Status(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    VOID = "void"


class Becomes(StrEnum):
    """What the signature makes: a project with its contract, a long job with draws, or a service job with one invoice."""

    PROJECT = "project"
    LONG_JOB = "long_job"
    SERVICE = "service_quote"


class Shows(StrEnum):
    """How much of the estimate the client sees: every line, a price by phase, or the price alone. Never cost."""

    LINES = "lines"
    PHASES = "phases"
    TOTAL = "total"


# An offer that was sent can be signed while a better one is drafted: it stands until it is withdrawn or replaced.
NEXT: dict[str, set[str]] = {
    Status.DRAFT: {Status.SENT, Status.ACCEPTED, Status.DECLINED, Status.VOID},
    Status.SENT: {Status.SENT, Status.DRAFT, Status.ACCEPTED, Status.DECLINED, Status.VOID},
    Status.DECLINED: {Status.DRAFT, Status.SENT, Status.VOID},
    Status.ACCEPTED: set(),
    Status.VOID: set(),
}
OPEN = {Status.DRAFT, Status.SENT, Status.DECLINED}
COST_TYPES = {"L": "Labor", "M": "Material", "E": "Equipment", "S": "Subcontract", "O": "Other"}


def charges_of(kept: Sequence[Mapping[str, Any]]) -> list[Charge]:
    """Charges as they are kept (JSON) for the engine."""
    return [
        Charge(c["name"], Decimal(c["rate"]), "margin" if c["sort"] == "margin" else "markup", c["types"], c["compounds"]) for c in kept
    ]


def line_of(kept: Mapping[str, Any]) -> Line:
    """A line of a frozen version for the engine."""
    return Line(
        key=kept["key"], phase=kept["phase"], cost_code=kept["cost_code"], cost_type=kept["cost_type"], quantity=Decimal(kept["quantity"]),
        unit_cost=Decimal(kept["unit_cost"]), waste=Decimal(kept["waste"]),
        per_hour=Decimal(kept["per_hour"]) if kept["per_hour"] else None, unit=kept["unit"], option=kept["option"],
        description=kept["description"],
    )  # fmt: skip


def options_of(kept: Sequence[Mapping[str, Any]]) -> list[Option]:
    """The options of a frozen version."""
    return [Option(o["key"], o["name"], o["group"], o["usual"]) for o in kept]


def check_signable(status: str, until: date, today: date, sha256: str, sent_sha256: str) -> None:
    """Refuse a signature on a paper that is replaced, withdrawn, declined or out of time. Raises StaleVersion, Refused."""
    if status == "superseded" or sha256 != sent_sha256:
        raise StaleVersion("This is not the newest proposal. Ask for the newest link and read that one.")
    if status != "sent":
        raise Refused(f"This proposal is {status}: it can't be signed.")
    if today > until:
        raise Refused(f"This proposal was good until {until:%B %-d, %Y}. Ask for a new one: prices may have moved.")


def draws_of(total: Decimal, shares: Sequence[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """A price in draws by their shares, to the cent. Raises Invalid where the shares are not the whole."""
    whole = sum((s for _, s in shares), Decimal(0))
    if whole != 1:
        raise Invalid(f"The draws add up to {whole * 100:.2f} percent of the price. They must be 100.", field="draws")
    return [(name, part) for (name, _), part in zip(shares, allocate(total, [s for _, s in shares]), strict=True)]


USUAL_DRAWS = (
    ("On signing", Decimal("0.30")),
    ("When rough-in is complete", Decimal("0.40")),
    ("On completion", Decimal("0.30")),
)


def check_sendable(becomes: str, lines: int, price: Decimal, job_lens: str, has_contract: bool) -> None:
    """Refuse to send what could not be signed. Raises Refused."""
    if not lines:
        raise Refused("The estimate has no lines yet: there is nothing to propose.")
    if price <= ZERO:
        raise Refused("The price is not above zero. Check quantities and costs.")
    if becomes == Becomes.PROJECT and job_lens == "service":
        raise Refused("This estimate is for a service job. Send it as a service quote or a long job, or promote the job first.")
    if becomes != Becomes.PROJECT and job_lens == "project":
        raise Refused("This estimate is for a project: it becomes its contract. Choose 'project'.")
    if has_contract:
        raise Refused("The project has its contract already. Price more work as a change order.")
