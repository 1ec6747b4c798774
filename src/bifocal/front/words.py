"""The words of the record: how states, sorts and roles are said to people, and which words there are to translate."""

from __future__ import annotations

import re
from dataclasses import fields
from enum import StrEnum
from importlib import import_module
from pkgutil import walk_packages

SAID = {
    "cancelled": "canceled",
    "rfi": "RFI",
    "hvac": "HVAC",
    "epa608": "EPA 608",
    "ach": "ACH",
    "n_a": "not applicable",
    "tbd": "not decided yet",
    "customer_po": "their order number",
    "line4": "completed and stored",
    "line5": "retainage",
    "line8": "payment due",
}
OTHERS = (
    # roles, and people of a job
    "owner", "dispatcher", "technician", "project_manager", "superintendent", "bookkeeper", "read_only", "general_contractor", "tenant",
    "bill_to", "approver", "architect", "subcontractor", "billing", "foreman", "estimator",
    # sorts of customers and sites, ways to pay, trades
    "residential", "commercial", "contractor", "public", "building", "campus", "floor", "unit", "roof", "card", "check", "cash", "ach",
    "wire",
    "hvac", "plumbing", "electrical", "electrician", "plumber", "pipefitter", "sheet_metal", "apprentice", "office", "epa608",
    # states that are computed, and outcomes
    "open", "overdue", "paid", "part_paid", "draft", "conflict", "in_step", "queued", "sent", "failed", "received", "deposited", "bounced",
    "refunded", "waiting_on_parts", "current", "over 90", "No unit", "locked", "answered", "void", "sent_back", "required", "no_impact",
    "yes_known", "yes_unknown", "n_a", "tbd", "completed", "completed_no_charge", "partial_accepted", "diagnosed_only", "refused",
    "return_needed", "parts_wrong", "no_access", "customer_no_show", "unsafe", "warranty", "recall", "follow_up", "photo", "signature",
    "paper", "file", "state", "item", "site", "contact", "equipment", "vendor", "person", "bill", "payapp", "visit", "job", "document",
    "at_risk", "customer", "invoice", "draw", "punch item", "daily log", "change order", "submittal", "RFI", "tenant_fit_out", "time_off",
    "not on site", "not submitted", "not returned", "begun although it failed",
    "weather", "manpower", "work", "deliveries", "visitors", "delays", "inspections", "safety", "spec_section", "lead_days", "on_site",
    "the owner or their architect certifies", "the general contractor certifies", "the subcontractor above us certifies",
    "contract signed", "progress", "name", "address", "city", "access", "phone", "email", "terms_days", "serial", "make", "model",
    "warranty_until", "installed_on", "title", "notes", "hand", "census", "nominatim",
    # how long a piece of work takes, in the charts of the work mix
    "one day", "2 to 5 days", "6 to 14 days", "15 to 30 days", "31 to 65 days", "66 to 130 days", "over half a year",
    # the 14 checks of a schedule and their limits
    "missing predecessor or successor", "leads (negative lags)", "lags", "links other than finish to start", "hard constraints",
    "total float over 44 days", "negative float", "duration over 44 days", "invalid dates", "no resources",
    "missed: finished later than planned, or not yet", "critical path test", "critical path test: days the finish moves for a delay",
    "critical path length index", "baseline execution index", "at most 5%", "at most 10%", "none", "for information", "at least 0.95",
    "days",
)  # fmt: skip

# How the schedule says why a date is what it is (engines/cpm/why.py), part by part: the parts stand within one another.
REASONS = (
    "{0} starts {1} because {2}.", "{0} finishes {1} because {2}.", "{0} may finish as late as {1} because {2}.",
    "it starts {0} and takes {1} on the {2} calendar", "it starts {0} and has {1} left on the {2} calendar",
    "'{0}' finishes {1}", "'{0}' starts {1}", "'{0}' finishes {1} and it takes {2}", "'{0}' starts {1} and it takes {2}",
    "'{0}' finishes {1} and {2} runs on {3}", "'{0}' starts {1} and {2} runs on {3}",
    "'{0}' finishes {1} and {2} is taken off on {3}", "'{0}' starts {1} and {2} is taken off on {3}",
    "'{0}' must start by {1} ({2})", "'{0}' must finish by {1} ({2})", "{0}, less {1}",
    "the {0} h lag", "the {0} h lead", "the lag of {0} percent",
    "the {0} calendar", "all hours of the day", "of its constraint '{0}'", "work",
)  # fmt: skip


def spoken(word: str) -> str:
    """A machine's word as people say it, in English."""
    return SAID.get(word, word.replace("_", " "))


def fact_name(name: str) -> str:
    """'VisitScheduled' as 'Visit scheduled'; 'SovImported' and the like keep their capitals apart."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return text[:1].upper() + text[1:]


def _modules(last: str) -> list[object]:
    import bifocal

    found = (m.name for m in walk_packages(bifocal.__path__, "bifocal.") if re.fullmatch(last, m.name.rpartition(".")[2]))
    return [import_module(name) for name in found]


def words() -> set[str]:
    """Every word that a page may show of a record: members of the rules' enumerations, fields of the facts, and the others."""
    from bifocal.bridges.workmix.rules import WORDS
    from bifocal.engines.cpm.why import RULES

    found = set(OTHERS) | set(SAID) | set(REASONS) | set(WORDS.values()) | {r.format(data_date="{0}") for r in RULES.values()}
    for module in _modules(r"rules\w*"):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, StrEnum):
                found |= {str(member) for member in value}
        found |= {str(state) for state in getattr(module, "NEXT", ())}
    for fact in facts():
        found |= {f.name for f in fields(fact)}
    return {spoken(w) for w in found if re.search(r"[a-z]{2}", w) and not re.fullmatch(r"\d+", w)}


def facts() -> list[type]:
    """Every kind of fact."""
    from bifocal.core.facts import Fact

    _modules("facts")
    return [f for f in Fact.__subclasses__() if f.__module__.startswith("bifocal.")]


def fact_names() -> set[str]:
    """What the history calls them."""
    return {fact_name(f.__name__) for f in facts()}
