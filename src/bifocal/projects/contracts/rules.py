"""The contract: our role in it, its states."""

from __future__ import annotations

from enum import StrEnum


class OurRole(StrEnum):
    """Where we stand: it decides who certifies, who holds the ball and whose form is used."""

    PRIME = "prime"
    SUBCONTRACTOR = "subcontractor"
    SECOND_TIER = "second_tier"


class ContractStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    COMPLETE = "complete"
    TERMINATED = "terminated"


NEXT: dict[str, set[str]] = {
    "draft": {"approved"},
    "approved": {"complete", "terminated"},
    "complete": {"approved"},
    "terminated": set(),
}
CERTIFIER = {
    OurRole.PRIME: "architect",
    OurRole.SUBCONTRACTOR: "general_contractor",
    OurRole.SECOND_TIER: "subcontractor",
}
CERTIFIES = {
    OurRole.PRIME: "the owner or their architect certifies", OurRole.SUBCONTRACTOR: "the general contractor certifies",
    OurRole.SECOND_TIER: "the subcontractor above us certifies",
}  # fmt: skip
FORM = {
    OurRole.PRIME: "our own form",
    OurRole.SUBCONTRACTOR: "the general contractor's form",
    OurRole.SECOND_TIER: "the subcontractor's form",
}
