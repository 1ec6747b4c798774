"""What speaks against a row, in hours and minutes as people say them, in both languages."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from bifocal.front.fit_words import say_reason
from bifocal.service.board.rules import Reason


@pytest.mark.parametrize(("code", "values", "english", "spanish"), [
    ("overtime", {"minutes": 35}, "35 min overtime", "35 min de horas extra"),
    ("overtime", {"minutes": 125}, "2 h 05 overtime", "2 h 05 de horas extra"),
    ("early", {"minutes": 60}, "1 h before the shift", "1 h antes del turno"),
    ("drive", {"minutes": 1}, "1 min drive", "1 min de viaje"),
    ("drive_there", {"minutes": 75, "late": 5, "label": "J-7"}, "1 h 15 from J-7: 5 min late", "1 h 15 desde J-7: 5 min tarde"),
    ("drive_on", {"minutes": 20, "late": 90, "label": "J-7"}, "20 min on to J-7: that starts 1 h 30 late", "20 min hasta J-7: eso empieza 1 h 30 tarde"),
])  # fmt: skip
def test_minutes_are_hours_and_minutes(code: str, values: dict[str, object], english: str, spanish: str) -> None:
    assert say_reason(Reason(code, False, values), "UTC") == english
    with override("es"):
        assert say_reason(Reason(code, False, values), "UTC") == spanish
