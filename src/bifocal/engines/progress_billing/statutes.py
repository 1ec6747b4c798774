"""Statutory limits of retainage: a dated table. Verify each with counsel; a state that is not here has no row, not no law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from bifocal.lib.errors import Refused

Sector = Literal["private", "public"]


@dataclass(frozen=True, slots=True)
class Statute:
    """One limit: in `state` for `sector` contracts of at least `at_least` dollars, signed from `since` on."""

    state: str
    sector: Sector
    since: date
    rate: Decimal
    at_least: Decimal
    citation: str
    remark: str


STATUTES: tuple[Statute, ...] = (
    Statute("CA", "private", date(2026, 1, 1), Decimal("0.05"), Decimal(0), "Cal. Civ. Code 8811 (SB 61)",
            "of each payment and of the contract price; not residential of four storeys or fewer, nor where a required bond is missing"),
    Statute("NY", "private", date(2023, 11, 17), Decimal("0.05"), Decimal(150_000), "N.Y. Gen. Bus. Law 756-c",
            "retainage may be billed at substantial completion"),
    Statute("AZ", "public", date(1984, 1, 1), Decimal("0.10"), Decimal(0), "Ariz. Rev. Stat. 41-2576",
            "at half completion one half is returned and the rate is 5%"),
)  # fmt: skip


def limit(state: str, sector: Sector, signed: date, contract_sum: Decimal) -> Statute | None:
    """The limit that holds for a contract, the newest first; None where the table has none."""
    rows = [s for s in STATUTES if (s.state, s.sector) == (state, sector) and s.since <= signed and contract_sum >= s.at_least]
    return max(rows, key=lambda s: s.since, default=None)


def check(rate: Decimal, *, state: str, sector: Sector, signed: date, contract_sum: Decimal, prime_rate: Decimal | None = None) -> None:
    """Raises Refused for a rate above the statute's, or, for a subcontract, above the prime contract's where a statute holds."""
    statute = limit(state, sector, signed, contract_sum)
    if statute is None:
        return
    if rate > statute.rate:
        raise Refused(
            f"{state} allows at most {statute.rate:.0%} of retainage on this contract ({statute.citation}; verify with counsel).",
            field="retainage",
        )
    if prime_rate is not None and rate > prime_rate:
        raise Refused(f"{state} lets a subcontract hold no more than the prime contract, {prime_rate:.2%}.", field="retainage")
