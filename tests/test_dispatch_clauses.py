"""One small problem for each thing that a dispatch file can say, with the answer worked out on paper.

Places 0 to 4 lie on a line, ten minutes apart; driving costs 3600 an hour, so that a second is a cent.
"""

from __future__ import annotations

from typing import Any

import pytest

from bifocal.engines.routing import files
from bifocal.engines.routing.check import check
from bifocal.engines.routing.explain import explained
from bifocal.engines.routing.solve import iterations, plan
from bifocal.engines.routing.verify import clock, verify
from bifocal.lib.errors import Invalid

LINE = [[600 * abs(a - b) for b in range(5)] for a in range(5)]
RUSH = [[3 * cell for cell in row] for row in LINE]


def tech(name: str = "Dana", **more: Any) -> dict[str, Any]:
    return {"id": name, "start": "0", "end": "0", "shifts": [["08:00", "16:00"]], "cost_per_hour": 3600, "cost_per_mile": 0, **more}


def visit(name: str, place: int, duration: str = "1:00", **more: Any) -> dict[str, Any]:
    return {"id": name, "place": str(place), "duration": duration, **more}


def asked(people: list[Any], visits: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "places": [{"id": str(n)} for n in range(5)],
        "technicians": people,
        "visits": visits,
        "travel": {"car": {"seconds": LINE}},
        **more,
    }


def solved(data: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, str]]:
    """Cost, who begins each visit when, and why the others are out with what would do."""
    problem = files.read_problem(data)
    found = explained(problem, plan(problem, stop=iterations(40)))
    assert verify(problem, found) == ()
    told = {
        f"{s.visit}{'' if s.kind == 'visit' else ' fetched'}": f"{r.technician} {clock(s.start)}" for r in found.routes for s in r.stops
    }
    return found.costs.total, told, {u.visit: f"{u.reason}; {u.relaxation}" for u in found.unserved}


A, B = visit("a", 1), visit("b", 2)
OUT = 300_000  # the usual prize of a visit
TWO = [tech("Al"), tech("Bea", cost_per_hour=9000)]  # Al drives to place 1 and back for 1200, Bea for 3000
CLAUSES: dict[str, tuple[dict[str, Any], int, dict[str, str]]] = {
    "an apprentice goes along": (asked([tech("Ann", apprentice=True), tech("Bob")], [visit("a", 1, crew=2)]), 2400, {"a": "Bob 08:10"}),
    "an apprentice does not go alone": (asked([tech("Ann", apprentice=True)], [A]), OUT, {}),
    "two apprentices do not go either": (asked([tech(n, apprentice=True) for n in ("Ann", "Amy")], [visit("a", 1, crew=2)]), OUT, {}),
    "shifts of two days": (asked([tech(shifts=[["08:00", "10:00"], ["32:00", "34:00"]])], [visit("a", 1, "1:30"), visit("b", 1, "1:31")]), 2400,
                           {"a": "Dana 08:10", "b": "Dana day 2 08:10"}),
    "a break within its window": (asked([tech(breaks=[{"id": "lunch", "window": ["10:00", "10:30"], "duration": "0:30"}])], [visit("a", 1, "3:00")]), 1200,
                                  {"a": "Dana 10:30"}),
    "a break that may begin later instead": (asked([tech(breaks=[{"id": "tea", "window": ["10:00", "10:00"], "also": [["11:10", "11:10"]], "duration": "0:30"}])],
                                                   [visit("a", 1, "3:00", windows=[["08:10", "08:10"]])]), 1200, {"a": "Dana 08:10"}),
    "overtime has a price": (asked([tech(shifts=[["08:00", "09:00"]], overtime="0:30", overtime_cost=6000)], [A]), 1200 + 2000, {"a": "Dana 08:10"}),
    "overtime dearer than the visit": (asked([tech(shifts=[["08:00", "09:00"]], overtime="0:30", overtime_cost=60_000)], [visit("a", 1, prize=10_000)]), 10_000, {}),
    "who is slow at it has no time": (asked([tech("Slow", skills=["gas"], pace={"gas": 2}), tech("Fast", skills=["gas"], cost_per_hour=7200)],
                                            [visit("a", 1, "4:00", skills=["gas"])]), 2400, {"a": "Fast 08:10"}),
    "most visits in a shift": (asked([tech(max_jobs=1)], [A, visit("b", 2, prize=400_000)]), 2400 + OUT, {"b": "Dana 08:20"}),
    "parts on the truck": (asked([tech(stock={"valve": 1})], [visit("a", 1, parts={"valve": 1}), visit("b", 2, parts={"valve": 1})]), 1200 + OUT, {"a": "Dana 08:10"}),
    "parts fetched on the way": (asked([tech()], [visit("b", 2, parts={"valve": 1})], depots=[{"id": "store", "place": "3", "parts": ["valve"], "handling": "0:10"}]),
                                 3600, {"b fetched": "Dana 08:30", "b": "Dana 08:50"}),
    "an errand first": (asked([tech()], [visit("a", 1, collect={"place": "3", "duration": "0:10"})]), 3600, {"a fetched": "Dana 08:30", "a": "Dana 09:00"}),
    "room for one at a time": (asked([tech(room={"box": 1})], [visit(n, 1, windows=[["08:00", until]], collect={"place": p, "duration": 60, "loads": {"box": 1}})
                               for n, p, until in (("a", "2", "09:00"), ("b", "3", "12:00"))]),
                               600 * (2 + 1 + 2 + 2 + 1), {"a fetched": "Dana 08:20", "a": "Dana 08:31", "b fetched": "Dana 09:51", "b": "Dana 10:12"}),
    "a skill's level": (asked([tech("Lo", skills={"gas": 1}), tech("Hi", skills={"gas": 3}, cost_per_hour=9000)], [visit("a", 1, skills={"gas": 2})]), 3000, {"a": "Hi 08:10"}),
    "somebody required": (asked(TWO, [visit("a", 1, required=["Bea"])]), 3000, {"a": "Bea 08:10"}),
    "somebody preferred for less": (asked(TWO, [visit("a", 1, preferred=["Bea"], not_preferred_cost=1799)]), 1200 + 1799, {"a": "Al 08:10"}),
    "somebody preferred for more": (asked(TWO, [visit("a", 1, preferred=["Bea"], not_preferred_cost=1801)]), 3000, {"a": "Bea 08:10"}),
    "somebody banned": (asked(TWO, [visit("a", 1, banned=["Al"])]), 3000, {"a": "Bea 08:10"}),
    "a dear deadline goes first": (asked([tech()], [visit(n, 1, deadline={"by": "09:00", "per_hour": price}) for n, price in (("a", 600), ("b", 6000))]), 1200 + 100,
                                   {"b": "Dana 08:10", "a": "Dana 09:10"}),
    "a prize not worth the way": (asked([tech()], [visit("a", 1, prize=1199)]), 1199, {}),
    "a crew when all are there": (asked([tech("Al"), tech("Bo", shifts=[["09:00", "16:00"]]), tech("Cy")], [visit("a", 1, crew=3)]), 3600, {"a": "Cy 09:10"}),
    "work that waits": (asked([tech()], [visit("b", 1, after=[{"visit": "a", "delay": "2:00"}]), A]), 1200, {"a": "Dana 08:10", "b": "Dana 11:10"}),
    "a lock at an hour": (asked(TWO, [A], locks=[{"visit": "a", "technician": "Bea", "window": ["11:00", "11:00"]}]), 3000, {"a": "Bea 11:00"}),
    "hours taken elsewhere": (asked([tech(busy=[["08:00", "12:00"]])], [A]), 1200, {"a": "Dana 12:10"}),
    "one of several windows": (asked([tech(busy=[["08:00", "10:00"]])], [visit("a", 1, windows=[["08:00", "09:00"], ["13:00", "14:00"]])]), 1200, {"a": "Dana 13:00"}),
    "a promise broken by two hours": (asked([tech(busy=[["08:00", "12:00"]])], [visit("a", 1, promise={"window": ["08:00", "10:10"], "fee": 2000, "per_hour": 3000})]),
                                      1200 + 2000 + 6000, {"a": "Dana 12:10"}),
    "work shared out": (asked([tech("Al"), tech("Bo")], [visit("a", 1, "3:00"), visit("b", 1, "3:00")], fairness=2000), 2400, {"a": "Al 08:10", "b": "Bo 08:10"}),
    "times by vehicle": (asked([tech("Car"), tech("Bike", profile="bike")], [A], travel={"car": {"seconds": RUSH}, "bike": {"seconds": LINE}}), 1200, {"a": "Bike 08:10"}),
    "times by the hour": (asked([tech()], [A], travel={"car": {"seconds": LINE, "bands": [["07:00", RUSH], ["09:00", LINE]]}}), 1800 + 600, {"a": "Dana 08:30"}),
    "leaving after the rush": (asked([tech()], [visit("a", 1, windows=[["09:10", "12:00"]])], travel={"car": {"seconds": LINE, "bands": [["07:00", RUSH], ["09:00", LINE]]}}),
                               1200, {"a": "Dana 09:10"}),
    "an end elsewhere": (asked([tech(end="4")], [B]), 2400, {"b": "Dana 08:20"}),
    "an end anywhere": (asked([tech(end=None)], [B]), 1200, {"b": "Dana 08:20"}),
    "a price a mile": (asked([tech(cost_per_hour=0, cost_per_mile=100)], [A], travel={"car": {"seconds": LINE, "metres": [[16_093 * abs(a - b) for b in range(5)] for a in range(5)]}}),
                       2000, {"a": "Dana 08:10"}),
    "a price an hour of work": (asked([tech("Al", cost_per_work_hour=2000), tech("Bea", cost_per_hour=9000)], [A]), 3000, {"a": "Bea 08:10"}),
    "set up once a place": (asked([tech()], [visit("a", 1, setup="0:30", windows=[["08:00", "09:00"]]), visit("b", 1, setup="0:30")]), 1200,
                            {"a": "Dana 08:10", "b": "Dana 09:40"}),
    "what one of them needs instead": (asked([tech(shifts=[["08:00", "09:00"]])], [visit("a", 1, instead={"Dana": {"duration": "0:40"}})]), 1200, {"a": "Dana 08:10"}),
    "a call-out": (asked([tech(call_out=500)], [A]), 1700, {"a": "Dana 08:10"}),
}  # fmt: skip


@pytest.mark.parametrize("clause", CLAUSES)
def test_each_clause_by_hand(clause: str) -> None:
    data, cost, begins = CLAUSES[clause]
    assert solved(data)[:2] == (cost, begins)


REASONS: dict[str, tuple[dict[str, Any], str, str]] = {
    "skill": (asked([tech(skills={"gas": 1}), tech("Sam", skills={"epa": 0})], [visit("a", 1, skills=["epa"])]), "needs epa, which nobody on shift has", "with epa would do"),
    "overtime": (asked([tech(shifts=[["08:00", "09:00"]])], [A]), "cannot be reached within its window and the shift", "overtime of 20 minutes for Dana would do"),
    "busy": (asked([tech(busy=[["08:00", "15:00"]])], [A]), "taken elsewhere at that time: Dana", "overtime of 20 minutes for Dana would do"),
    "stock": (asked([tech()], [visit("a", 1, parts={"valve": 1})]), "needs valve, which is left on no truck", "valve on the truck of Dana would do"),
    "jobs": (asked([tech(max_jobs=1)], [A, visit("b", 2, prize=400_000)]), "as many visits as they take in a day: Dana", "one visit more than usual for Dana"),
    "banned": (asked([tech()], [visit("a", 1, banned=["Dana"])]), "the customer does not want Dana", "the customer agreeing to Dana would do"),
    "first": (asked([tech(max_jobs=1)], [visit("b", 1, after=[{"visit": "a"}]), visit("a", 1, banned=["Dana"])]), "waits for a, which is not served", ""),
    "driving": (asked([tech(max_travel="0:10")], [A]), "farther than those who could go may drive in a day: Dana", "letting Dana drive farther"),
    "lock": (asked([tech(busy=[["08:00", "12:00"]])], [A], locks=[{"visit": "a", "technician": "Dana", "window": ["09:00", "09:00"]}]), "is locked to Dana at 09:00", ""),
}  # fmt: skip


@pytest.mark.parametrize("rule", REASONS)
def test_each_reason_and_what_would_do(rule: str) -> None:
    data, reason, remedy = REASONS[rule]
    (told,) = [words for name, words in solved(data)[2].items() if name == "a" or rule == "first" and name == "b"][:1]
    assert reason in told and remedy in told


@pytest.mark.parametrize(("change", "words"), [
    ({"room": {"box": -1}}, "Technician Dana: room of box is -1"), ({"cost_per_work_hour": -1}, "Technician Dana: cost_per_work_hour is -1"),
    ({"breaks": [{"id": "tea", "window": ["09:00", "10:00"], "duration": 60, "also": [["12:00", "11:00"]]}]}, "break tea: a window ends"),
])  # fmt: skip
def test_what_a_technician_can_not_be(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check(files.read_problem(asked([tech(**change)], [A])))


@pytest.mark.parametrize(("change", "words"), [
    ({"setup": -5}, "Visit a: setup is -5"), ({"instead": {"Eve": {"duration": 5}}}, "Visit a: instead names Eve"), ({"drops": {"box": -1}}, "Visit a: drops of box"),
    ({"instead": {"Dana": {"duration": -5}}}, "what Dana needs instead is -5"), ({"collect": {"place": "1", "duration": 5, "loads": {"box": -2}}}, "Visit a: loads of box"),
])  # fmt: skip
def test_what_a_visit_can_not_be(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check(files.read_problem(asked([tech()], [visit("a", 1, **change)])))


def test_bands_follow_each_other_within_a_day() -> None:
    for bands in ([["09:00", LINE], ["07:00", RUSH]], [["25:00", LINE]]):
        with pytest.raises(Invalid, match="bands must begin one after the other within one day"):
            check(files.read_problem(asked([tech()], [A], travel={"car": {"seconds": LINE, "bands": bands}})))
