"""States whose statute prescribes the words of a lien waiver: a dated table. The words themselves come from the form you upload."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A state that prescribes waiver forms, of which sorts, by which statute."""

    state: str
    sorts: tuple[str, ...]
    citation: str
    remark: str = ""


ALL = ("conditional_progress", "unconditional_progress", "conditional_final", "unconditional_final")
FORMS: tuple[Form, ...] = (
    Form("AZ", ALL, "Ariz. Rev. Stat. 33-1008"),
    Form("CA", ALL, "Cal. Civ. Code 8132, 8134, 8136, 8138", "a changed form is void; nobody may ask for a notary"),
    Form("FL", ALL, "Fla. Stat. 713.20", "the statute's form can't be refused"),
    Form("GA", ALL, "Ga. Code 44-14-366", "becomes unconditional unless an affidavit of nonpayment follows in time"),
    Form("MA", ALL, "Mass. Gen. Laws ch. 254, 32", "partial waiver and subordination"),
    Form("MI", ALL, "Mich. Comp. Laws 570.1115"),
    Form("MS", ALL, "Miss. Code 85-7-419", "becomes unconditional unless an affidavit of nonpayment follows in time"),
    Form("MO", ALL, "Mo. Rev. Stat. 429.016", "residential property"),
    Form("NV", ALL, "Nev. Rev. Stat. 108.2457"),
    Form("TX", ALL, "Tex. Prop. Code 53.284"),
    Form("UT", ALL, "Utah Code 38-1a-802"),
    Form("WY", ALL, "Wyo. Stat. 29-10-101"),
)  # fmt: skip


def form_for(state: str, sort: str) -> Form | None:
    """The prescribed form of a state for a sort of waiver; None where the table knows none."""
    return next((f for f in FORMS if f.state == state and sort in f.sorts), None)
