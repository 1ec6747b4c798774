"""Microsoft Project's own rules, each with the dates that Project stored in a file of MPXJ's or Aspose's published test data (named)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bifocal.engines.cpm import schedule
from bifocal.engines.cpm.against import against
from bifocal.engines.cpm.formats import ScheduleFile, read
from bifocal.engines.cpm.model import Dates

NAMES = {"Sun": 1, "Mon": 2, "Tue": 3, "Wed": 4, "Thu": 5, "Fri": 6, "Sat": 7}
SHIFTS = (
    "<WorkingTimes><WorkingTime><FromTime>08:00:00</FromTime><ToTime>12:00:00</ToTime></WorkingTime>"
    "<WorkingTime><FromTime>13:00:00</FromTime><ToTime>17:00:00</ToTime></WorkingTime></WorkingTimes>"
)
CALENDAR = "".join(
    f"<WeekDay><DayType>{n}</DayType><DayWorking>{int(2 <= n <= 6)}</DayWorking>{SHIFTS if 2 <= n <= 6 else ''}</WeekDay>"
    for n in range(1, 8)
)


def tags(values: dict[str, object]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())


def hours(n: float) -> str:
    return f"PT{int(n)}H{round(n % 1 * 60)}M0S"


def task(uid: int, length: float, *links: tuple[int, int], level: int = 1, **more: object) -> str:
    """A task with links (predecessor, type: 0 FF, 1 FS, 2 SF, 3 SS)."""
    before = "".join(f"<PredecessorLink>{tags({'PredecessorUID': p, 'Type': kind})}</PredecessorLink>" for p, kind in links)
    base: dict[str, object] = {"UID": uid, "Name": f"T{uid}", "OutlineLevel": level, "Duration": hours(length), "DurationFormat": 7}
    return f"<Task>{tags(base | more)}{before}</Task>"


def project(start: str, *tasks: str, assignments: str = "", **more: object) -> ScheduleFile:
    head = {"StartDate": start, "CalendarUID": 1, "MinutesPerDay": 480, "HonorConstraints": 1} | more
    return read(
        f'<Project xmlns="http://schemas.microsoft.com/project">{tags(head)}<Calendars><Calendar><UID>1</UID><Name>Standard</Name>'
        f"<WeekDays>{CALENDAR}</WeekDays></Calendar></Calendars><Tasks>{''.join(tasks)}</Tasks>"
        f"<Resources><Resource><UID>1</UID><Name>Crew</Name><Type>1</Type></Resource><Resource><UID>2</UID><Name>Budget</Name><Type>1</Type>"
        f"<IsBudget>1</IsBudget></Resource></Resources><Assignments>{assignments}</Assignments></Project>".encode()
    )


def assigned(uid: int, resource: int, work: float, **more: object) -> str:
    base: dict[str, object] = {"TaskUID": uid, "ResourceUID": resource, "Units": 1, "Work": hours(work), "RemainingWork": hours(work)}
    return f"<Assignment>{tags(base | more)}</Assignment>"


def when(t: int) -> str:
    return f"{datetime(1970, 1, 1) + (datetime(1970, 1, 2) - datetime(1970, 1, 1)) / 1440 * t:%a %d %b %H:%M}"


def dates(file: ScheduleFile) -> dict[str, Dates]:
    return dict(schedule(file.network).dates)


def four(d: Dates) -> list[str]:
    return [when(t) for t in (d.early_start, d.early_finish, d.late_start, d.late_finish)]


def test_interrupted_tasks_end_after_their_pauses() -> None:
    """mpp14splittask.mpp: 10 days with 3 between, 15 days with 5 between; Project kept the pauses on an assignment to nobody."""
    shape: dict[str, Any] = {"WorkContour": 8, "Start": "2006-09-21T08:00:00"}
    found = dates(
        project(
            "2006-09-21T08:00:00", task(1, 80), task(2, 120),
            assignments=assigned(1, -65535, 80, Finish="2006-10-09T17:00:00", **shape)
            + assigned(2, -65535, 120, Finish="2006-10-18T17:00:00", **shape),
        )
    )  # fmt: skip
    assert four(found["1"]) == ["Thu 21 Sep 08:00", "Mon 09 Oct 17:00", "Mon 02 Oct 08:00", "Wed 18 Oct 17:00"]
    assert found["1"].total_float == 3360 and found["2"].total_float == 0


def test_a_pause_moves_with_its_task() -> None:
    """The length is what the file gives, not the date: two days later, the same task ends two working days later."""
    file = project(
        "2006-09-25T08:00:00", task(1, 80),
        assignments=assigned(1, -65535, 80, WorkContour=8, Start="2006-09-21T08:00:00", Finish="2006-10-09T17:00:00"),
    )  # fmt: skip
    assert four(dates(file)["1"])[:2] == ["Mon 25 Sep 08:00", "Wed 11 Oct 17:00"]


def test_overtime_shortens_and_a_budget_drives_nothing() -> None:
    """ResourceOvertime.mpp: 16 hours of work, 4 of them overtime, from Tuesday 08:00 to Wednesday 12:00."""
    file = project(
        "2010-06-08T08:00:00", task(3, 12),
        assignments=assigned(3, 1, 16, OvertimeWork=hours(4), RemainingOvertimeWork=hours(4)) + assigned(3, 2, 80),
    )  # fmt: skip
    assert four(dates(file)["3"])[:2] == ["Tue 08 Jun 08:00", "Wed 09 Jun 12:00"]


def test_the_status_date_moves_no_task() -> None:
    """CustomBarStyle.mpp: status date in July, nothing begun, and all is planned from February on."""
    file = project("2016-02-01T08:00:00", task(2, 8), StatusDate="2016-07-01T17:00:00")
    assert four(dates(file)["2"])[:2] == ["Mon 01 Feb 08:00", "Mon 01 Feb 17:00"]


def test_a_start_to_finish_link_keeps_the_instant_at_the_other_side_of_the_night() -> None:
    """mpp14relations.mpp: what must finish when the other starts, on Monday at 08:00, finishes on Monday at 08:00."""
    file = project("2006-09-21T08:00:00", task(3, 16), task(4, 8, (3, 1)), task(5, 8, (4, 2)))
    found = dates(file)
    assert four(found["4"])[:2] == ["Mon 25 Sep 08:00", "Mon 25 Sep 17:00"]
    assert four(found["5"]) == ["Fri 22 Sep 08:00", "Mon 25 Sep 08:00", "Mon 25 Sep 08:00", "Mon 25 Sep 17:00"]


def test_what_follows_a_task_held_before_the_projects_start_follows_it_there() -> None:
    """bug2.mpp: the project starts on 28 March, its first task on 1 January by its constraint, the next one on 6 January."""
    file = project(
        "2003-03-28T08:00:00", task(1, 24, ConstraintType=4, ConstraintDate="2003-01-01T08:00:00"), task(2, 24, (1, 1)), task(3, 32, (2, 1))
    )
    found = dates(file)
    assert [four(found[k])[0] for k in "123"] == ["Wed 01 Jan 08:00", "Mon 06 Jan 08:00", "Thu 09 Jan 08:00"]


def test_what_is_below_a_summary_set_by_hand_begins_with_it() -> None:
    """Software Development Plan-1.mpp: the project starts in 2012, its first summary was set to 1 November 2016."""
    file = project(
        "2012-12-01T08:00:00",
        task(1, 28, Summary=1, Manual=1, ManualStart="2016-11-01T08:00:00", ManualFinish="2016-11-04T12:00:00"),
        task(2, 4, level=2), task(3, 8, (2, 1), level=2),
    )  # fmt: skip
    found = dates(file)
    assert four(found["2"])[:2] == ["Tue 01 Nov 08:00", "Tue 01 Nov 12:00"] and found["2"].why_start == "summary above"
    assert four(found["3"])[:2] == ["Tue 01 Nov 13:00", "Wed 02 Nov 12:00"]


@pytest.mark.parametrize(
    ("kind", "day", "expected"),
    [
        (4, "2026-03-04T08:00:00", ["Wed 04 Mar 08:00", "Wed 04 Mar 17:00"]),
        (7, "2026-03-03T17:00:00", ["Mon 02 Mar 08:00", "Mon 02 Mar 17:00"]),
    ],
)
def test_a_constraint_of_a_summary_is_one_of_all_below_it(kind: int, day: str, expected: list[str]) -> None:
    """Project lets summaries start no earlier and finish no later than a date: early dates move, or late ones."""
    file = project("2026-03-02T08:00:00", task(1, 8, Summary=1, ConstraintType=kind, ConstraintDate=day), task(2, 8, level=2), task(3, 40))
    found = dates(file)
    assert four(found["2"])[:2] == expected
    assert four(found["2"])[3] == ("Tue 03 Mar 17:00" if kind == 7 else "Fri 06 Mar 17:00")


def test_a_task_set_by_hand_that_cannot_move_has_its_own_start_as_late_start() -> None:
    """ReadGroupDefinitionData.mpp: 1 to 31 July by hand, a Sunday, with 22 days of duration that are only 21 days of work."""
    by_hand: dict[str, Any] = {"Manual": 1, "Start": "2016-07-01T08:00:00", "Finish": "2016-07-31T17:00:00"}
    file = project("2016-06-02T08:00:00", task(2, 176, **by_hand), task(3, 176, (2, 1), Manual=1, Start="2016-08-01T08:00:00",
                                                                      Finish="2016-08-31T17:00:00"))  # fmt: skip
    assert four(dates(file)["2"]) == ["Fri 01 Jul 08:00", "Sun 31 Jul 17:00", "Fri 01 Jul 08:00", "Mon 01 Aug 08:00"]


def test_work_before_a_summary_that_has_begun_must_end_when_that_began() -> None:
    """TaskWBS.mpp: below the summary one task has begun on 24 June; what comes before the summary may end on the 23rd, not later."""
    begun: dict[str, Any] = {"ActualStart": "2010-06-24T08:00:00", "ActualDuration": hours(15), "RemainingDuration": hours(121)}
    file = project(
        "2010-06-08T08:00:00", task(4, 80), task(5, 136, (4, 1), Summary=1), task(11, 136, level=2, **begun), task(6, 80, level=2)
    )
    assert four(dates(file)["4"])[3] == "Wed 23 Jun 17:00"


def test_a_file_whose_late_dates_are_older_than_its_early_ones_is_said_to_contradict_itself() -> None:
    """mpp14duration.mpp: Project left late finishes of 21 April where its own project ends on the 23rd."""
    own: dict[str, Any] = {"EarlyStart": "2009-03-25T08:00:00"}
    file = project(
        "2009-03-25T08:00:00",
        task(1, 1, **own, EarlyFinish="2009-03-25T09:00:00", LateStart="2009-04-21T16:00:00", LateFinish="2009-04-21T17:00:00"),
        task(2, 176, **own, EarlyFinish="2009-04-23T17:00:00", LateStart="2009-03-25T08:00:00", LateFinish="2009-04-23T17:00:00"),
    )
    agreed = against(file, schedule(file.network))
    assert agreed.equal == 1 and {d.rule.partition(":")[0] for d in agreed.differences} == {"the file contradicts itself"}
