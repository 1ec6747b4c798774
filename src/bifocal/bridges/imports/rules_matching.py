"""How likely two rows are one customer: e-mail, phone, name and address, each with its weight. Pure.

The score is 1 minus the product of the doubts: a shared e-mail alone is 0.70, a shared phone 0.60, the same name 0.45,
the same address 0.35; what speaks against it (two different e-mail addresses, two different names) takes a part away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WEIGHT = {"email": 0.70, "phone": 0.60, "name": 0.45, "address": 0.35}
LEAST = 0.55  # pairs below are not shown: a name alone, or an address alone, is not enough
_ENDINGS = {"llc", "inc", "co", "corp", "company", "ltd", "lp", "llp", "the", "and", "mr", "mrs", "ms", "dr"}
_STREETS = {
    "street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "lane": "ln", "court": "ct", "boulevard": "blvd", "place": "pl",
    "terrace": "ter", "highway": "hwy", "north": "n", "south": "s", "east": "e", "west": "w", "suite": "ste", "apartment": "apt",
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """What is known of a customer, ready to compare."""

    id: int
    email: str
    phone: str
    name: str
    address: str
    pairs: frozenset[str] = frozenset()  # the name's pairs of letters


def card(id: int, *, name: str, email: str = "", phone: str = "", address: str = "") -> Card:
    """A customer's card: lower case, ten digits, words in order without legal endings, street words shortened."""
    plain, number = plain_name(name), "".join(c for c in phone if c.isdigit())[-10:]
    pairs = frozenset(plain[i : i + 2] for i in range(len(plain) - 1))
    return Card(id, email.strip().lower(), number, plain, plain_address(address), pairs)


def plain_name(name: str) -> str:
    """'Ruiz, Dana' and 'Dana Ruiz' are the same; 'Acme Heating, LLC' is 'acme heating'."""
    words = [w for w in re.sub(r"[^a-z0-9 ]+", " ", name.lower()).split() if w not in _ENDINGS]
    return " ".join(sorted(words))


def plain_address(address: str) -> str:
    """'12 Elm Street' and '12 elm st.' are the same; only the first line counts."""
    words = re.sub(r"[^a-z0-9 ]+", " ", address.lower().split("\n")[0]).split()
    return " ".join(_STREETS.get(w, w) for w in words)


def likeness(a: Card, b: Card) -> float:
    """How alike two names are, from 0 to 1: Dice's coefficient over their pairs of letters (Dice 1945)."""
    both = len(a.pairs) + len(b.pairs)
    return 2 * len(a.pairs & b.pairs) / both if both else 0.0


def score(a: Card, b: Card) -> tuple[float, list[str]]:
    """How sure it is that both are one, from 0 to 1, and why."""
    reasons: list[str] = []
    doubt = 1.0
    if a.email and a.email == b.email:
        doubt, reasons = doubt * (1 - WEIGHT["email"]), [*reasons, "same e-mail"]
    if len(a.phone) >= 7 and a.phone == b.phone:
        doubt, reasons = doubt * (1 - WEIGHT["phone"]), [*reasons, "same phone"]
    alike = likeness(a, b)
    if a.name and a.name == b.name:
        doubt, reasons = doubt * (1 - WEIGHT["name"]), [*reasons, "same name"]
    elif alike >= 0.75:
        doubt, reasons = doubt * (1 - WEIGHT["name"] * 0.6), [*reasons, "similar name"]
    if a.address and a.address == b.address:
        doubt, reasons = doubt * (1 - WEIGHT["address"]), [*reasons, "same address"]
    sure = 1 - doubt
    if a.email and b.email and a.email != b.email:
        sure *= 0.85
    if alike < 0.4:
        sure *= 0.8
    return round(sure, 3), reasons
