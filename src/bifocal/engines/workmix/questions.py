"""The same decision without a history: four questions, answered in five minutes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from bifocal.engines.workmix.advice import SIGNS, Advice, Recommendation, decide, other, percent
from bifocal.engines.workmix.work import Rule, Shape
from bifocal.lib.errors import Invalid


class Length(StrEnum):
    """How long an average piece of work takes."""

    DAYS = "days"
    WEEKS = "weeks"
    BOTH = "both"


class Unit(StrEnum):
    """What people in the company call a piece of work."""

    JOB = "job"
    PROJECT = "project"
    BOTH = "both"


QUESTIONS: tuple[tuple[str, str], ...] = (
    ("length", "How long does an average piece of work take from start to finish?"),
    ("unit", "Is your unit of work the project or the job?"),
    ("service_share", "How much of a year's revenue comes from service work, in percent?"),
    ("friction", "On the smaller side, is there friction: workarounds, double entry, missed information?"),
)


@dataclass(frozen=True)
class Answers:
    """The four answers. `service_share` is the share of revenue from service work, 0 to 1; None where it isn't known."""

    length: Length
    unit: Unit
    service_share: Decimal | None = None
    friction: bool = False


def answer(answers: Answers, rule: Rule) -> Advice:
    """What to run by the answers alone. Raises Invalid where a share is needed to say anything, or is no share."""
    if answers.service_share is None:
        return _without_share(answers)
    if not 0 <= answers.service_share <= 1:
        raise Invalid("The share of service work must be between 0 and 100 percent.", field="service_share")
    service = Fraction(answers.service_share)
    dominant = Shape.SERVICE if service >= Fraction(1, 2) else Shape.PROJECT
    share = min(service, 1 - service)
    chosen, sentence = decide(share, share, dominant, answers.length is Length.BOTH or answers.unit is Unit.BOTH, rule)
    reasons = [f"By your answer {percent(share, rule)} of revenue is the smaller side.", sentence]
    if answers.friction and chosen is Recommendation.WATCH:
        chosen = Recommendation.BOTH
        reasons.append("There is friction on it, so it is bigger than you thought: run both.")
    elif answers.friction and chosen is not Recommendation.BOTH:
        chosen = Recommendation.WATCH
        reasons.append("But there is friction on it: it may be bigger than you thought. Watch it, and assess your real history.")
    signs = SIGNS if chosen is Recommendation.WATCH else ()
    return Advice(chosen, dominant, other(dominant), share, "revenue", tuple(reasons), signs)


def _without_share(answers: Answers) -> Advice:
    if answers.length is Length.BOTH or answers.unit is Unit.BOTH:
        raise Invalid("You do both: say how much of a year's revenue is service work, in percent.", field="service_share")
    service = answers.length is Length.DAYS
    if service != (answers.unit is Unit.JOB):
        raise Invalid("Length and unit point to different lenses: say how much of a year's revenue is service work.", field="service_share")
    dominant = Shape.SERVICE if service else Shape.PROJECT
    lens = Recommendation.SERVICE if service else Recommendation.PROJECTS
    why = "Work takes hours or days, and the job is the unit." if service else "Work takes weeks or months, and the project is the unit."
    if answers.friction:
        note = "There is friction on the smaller side: watch it, and assess your real history."
        return Advice(Recommendation.WATCH, dominant, other(dominant), Fraction(0), "answers", (why, note), SIGNS)
    return Advice(lens, dominant, other(dominant), Fraction(0), "answers", (why,))
