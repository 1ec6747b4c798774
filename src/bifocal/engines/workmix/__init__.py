"""Which lens fits: the shape of past work, the shares of both, the recommendation. See README.md."""

from bifocal.engines.workmix.advice import Advice, Recommendation, advise
from bifocal.engines.workmix.mix import Judged, Mix, Shares, Sides, mix
from bifocal.engines.workmix.questions import QUESTIONS, Answers, Length, Unit, answer
from bifocal.engines.workmix.work import SOURCES, Piece, Rule, Shape, judge, working_days

__all__ = [
    "QUESTIONS", "SOURCES", "Advice", "Answers", "Judged", "Length", "Mix", "Piece", "Recommendation", "Rule", "Shape", "Shares",
    "Sides", "Unit", "advise", "answer", "judge", "mix", "working_days",
]  # fmt: skip
