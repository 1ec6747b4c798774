"""The Gantt in a real browser: nothing of it offends the content security policy, and what is dragged is what the server computes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bifocal.kernel.jobs.models import Job
from bifocal.projects.risk.tasks import simulate_risk
from bifocal.projects.schedule.board import load
from tests.conftest import run
from tests.factories import project
from tests.test_browser import browser, serious, signed_in  # noqa: F401 the fixture

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HOSTILE = '<img src=x onerror="document.title=1"> style="color:red"'


def planned() -> Job:
    made = project(signed=False)
    job: Job = Job.objects.get(uid=made["job"])
    job.activities.all().delete()
    job.contract.starts = date.today() - timedelta(days=date.today().weekday())
    job.contract.save(update_fields=["starts"])
    acts = [
        {"code": "A", "name": "Rough-in", "days": 5},
        {"code": "B", "name": HOSTILE, "days": 3, "after": ["A"]},
        {"code": "C", "name": "Trim", "days": 4},
    ]
    run("schedule.plan", "pm", job=job.uid, activities=acts)
    return Job.objects.get(uid=made["job"])


def opened(page: Any, server: str, job: Job) -> list[str]:
    """The Gantt, ready; returns the console's words, which grow."""
    told: list[str] = []
    page.set_default_timeout(8000)
    page.on("console", lambda m: told.append(m.text))
    page.goto(f"{server}/jobs/{job.uid}?tab=schedule")
    page.wait_for_selector("#gantt[data-ready]")
    page.select_option("[data-gantt-zoom]", "day")
    return told


def bar(page: Any, job: Job, code: str) -> dict[str, float]:
    found: dict[str, float] = page.locator(f".gantt_task_line[data-task-id='{job.activities.get(code=code).uid}']").bounding_box()
    return found


def drag(page: Any, start: tuple[float, float], by: float) -> None:
    with page.expect_response(lambda r: "schedule.change" in r.url):
        page.mouse.move(start[0] - 10, start[1])  # a handle is there while the pointer is on the bar
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(start[0] + by, start[1], steps=6)
        page.wait_for_timeout(150)  # the library follows the mouse by a timer
        page.mouse.up()


def days(job: Job, code: str) -> int:
    board = load(Job.objects.get(pk=job.pk))
    first, last = board.days(board.by_key[code])
    return (last - first).days + 1


def test_bars_are_dragged_sized_named_indented_and_taken_back(browser: Any, server: str) -> None:  # noqa: F811
    job = planned()
    page = signed_in(browser, server, "pm")
    told = opened(page, server, job)
    where = bar(page, job, "C")
    column = page.evaluate("chart.gantt.getScale().col_width")
    drag(page, (where["x"] + where["width"] / 2, where["y"] + 8), column * 7)
    board = load(job)
    assert board.days(board.by_key["C"])[0] == job.contract.starts + timedelta(days=7)
    page.wait_for_selector("[data-gantt-said]:has-text('C moved')")
    where, was = bar(page, job, "A"), days(job, "A")
    drag(page, (where["x"] + where["width"] + 3, where["y"] + 8), column * -2)
    assert days(job, "A") < was
    with page.expect_response(lambda r: "schedule.undo" in r.url):
        page.click("[data-gantt-do=undo]")
    assert days(job, "A") == was
    page.click(f"[data-task-id='{job.activities.get(code='C').uid}'] .gantt_cell >> nth=3")
    page.wait_for_selector("#activity .why li")
    with page.expect_response(lambda r: "schedule.change" in r.url):
        page.click("[data-gantt-do=indent]")
    page.wait_for_selector("[data-gantt-said][role=alert]:has-text('B has links')")
    cell = page.locator(f"[data-task-id='{job.activities.get(code='C').uid}'] .gantt_cell >> nth=1")
    cell.dblclick()
    page.fill(".gantt_grid_editor_placeholder input", "Trim and devices")
    with page.expect_response(lambda r: "schedule.change" in r.url):
        page.keyboard.press("Enter")
    assert job.activities.get(code="C").name == "Trim and devices"
    assert not [t for t in told if "Content Security Policy" in t or "Refused" in t], told
    assert page.title() != "1" and page.locator("#gantt img").count() == 0
    assert HOSTILE in page.locator(f".gantt_row[data-task-id='{job.activities.get(code='B').uid}']").inner_text()


def test_a_link_is_drawn_from_bar_to_bar(browser: Any, server: str) -> None:  # noqa: F811
    job = planned()
    page = signed_in(browser, server, "pm")
    told = opened(page, server, job)
    a, c = bar(page, job, "A"), bar(page, job, "C")
    page.mouse.move(a["x"] + a["width"] / 2, a["y"] + 8)
    page.mouse.move(a["x"] + a["width"] + 10, a["y"] + 8)
    page.mouse.down()
    page.mouse.move(c["x"] - 8, c["y"] + 8, steps=8)
    with page.expect_response(lambda r: "schedule.change" in r.url):
        page.mouse.up()
    assert job.activities.get(code="C").links_in.get().before.code == "A"
    assert not [t for t in told if "Content Security Policy" in t], told


def order(job: Job) -> list[str]:
    return list(job.activities.order_by("place", "id").values_list("code", flat=True))


def carry(page: Any, job: Job, code: str, onto: str) -> None:
    """A row of the grid taken by its id and let go before another, once the line that shows the place stands there."""
    rows = {c: page.locator(f".gantt_row[data-task-id='{job.activities.get(code=c).uid}']") for c in (code, onto)}
    start, end = rows[code].bounding_box(), rows[onto].bounding_box()
    page.mouse.move(start["x"] + 30, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 34, start["y"] + start["height"] / 2 + 6, steps=3)
    page.wait_for_selector(".gantt_drag_marker")
    line = page.locator(".gantt_grid_dnd_marker_line")
    for n in range(40):  # the library follows the mouse by a timer, and a move may be lost
        page.mouse.move(end["x"] + 34 + n % 2, end["y"] + end["height"] * 0.1, steps=4)
        page.wait_for_timeout(50)
        if line.count() and abs(line.bounding_box()["y"] - end["y"]) < end["height"] * 0.25:
            break
    with page.expect_response(lambda r: "schedule.change" in r.url) as told:
        page.mouse.up()
    assert told.value.ok, told.value.text()


def test_a_row_is_dragged_to_another_place_and_so_is_a_group_with_what_is_in_it(browser: Any, server: str) -> None:  # noqa: F811
    job = planned()
    acts = {c: str(job.activities.get(code=c).uid) for c in "ABC"}
    run("schedule.change", "pm", job=job.uid, changes=[{"do": "add", "text": "Level 2", "minutes": 480, "other": acts["C"]}])
    made = job.activities.get(name="Level 2")
    run("schedule.change", "pm", job=job.uid, changes=[{"do": "add", "text": "Paint", "minutes": 480, "other": str(made.uid)}])
    paint = job.activities.get(name="Paint")
    run("schedule.change", "pm", job=job.uid, changes=[{"do": "indent", "activity": str(paint.uid)}])
    group, inner = made.code, paint.code
    page = signed_in(browser, server, "pm")
    opened(page, server, job)
    assert order(job) == ["A", "B", "C", group, inner]
    carry(page, job, "C", "A")
    assert order(job) == ["C", "A", "B", group, inner]
    page.wait_for_function(f"chart.gantt.getTaskByIndex(0).id === '{acts['C']}'")
    carry(page, job, group, "C")
    assert order(job) == [group, inner, "C", "A", "B"], "a group takes along what is in it"
    assert job.activities.get(code=inner).parent.code == group
    page.wait_for_function(f"chart.gantt.getTaskByIndex(1).id === '{paint.uid}'")
    with page.expect_response(lambda r: "schedule.undo" in r.url):
        page.click("[data-gantt-do=undo]")
    assert order(job) == ["C", "A", "B", group, inner]


def test_a_cost_code_is_chosen_in_the_grid(browser: Any, server: str) -> None:  # noqa: F811
    job = planned()
    page = signed_in(browser, server, "pm")
    opened(page, server, job)
    row = f".gantt_row[data-task-id='{job.activities.get(code='C').uid}']"
    page.evaluate("chart.gantt.config.grid_width = 760; chart.gantt.render()")  # the last column is in sight
    code, name = page.evaluate("chart.schedule.chart.costs[0]")
    page.locator(f"{row} .gantt_cell[data-column-name=cost]").dblclick()
    with page.expect_response(lambda r: "schedule.change" in r.url):
        page.select_option(".gantt_grid_editor_placeholder select", label=f"{code} {name}")
    job.refresh_from_db()
    assert job.activities.get(code="C").cost_code.code == code
    page.wait_for_selector(f"{row} .gantt_cell[data-column-name=cost]:has-text('{code}')")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_the_schedule_reads_well_for_everybody(browser: Any, server: str, width: int, scheme: str) -> None:  # noqa: F811
    job = planned()
    run("schedule.baseline", "pm", job=job.uid)
    for week, done in ((-7, True), (0, None)):
        made = run("lookahead.promise", "super", job=job.uid, week=date.today() + timedelta(days=week), what="Hang duct")
        if done:
            run("lookahead.judge", "super", commitment=made["uid"], done=True)
    run("lookahead.constrain", "super", activity=job.activities.get(code="A").uid, sort="permit", what="Hot work")
    run("notices.follow", "pm", activity=job.activities.get(code="A").uid, name="Lou Sub", email="lou@example.com")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page = signed_in(browser, server, "pm", width=width, scheme=scheme)
    cookies = page.context.cookies()
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{server}/jobs/{job.uid}?tab=schedule")
    page.wait_for_selector("#gantt[data-ready]" if width > 700 else ".planlist .planrow")
    assert serious(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")
    run("risk.spread", "pm", job=job.uid, low_percent=90, high_percent=140)
    run("risk.run", "pm", job=job.uid, samples=100)
    row = job.risk_run
    simulate_risk(run=str(row.uid), version=row.version)
    for path in ("updates", "checks?days=2&after=A", "lookahead", "dates", "risk"):
        page.goto(f"{server}/jobs/{job.uid}/{path}")
        assert serious(page) == [], path
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"), path
    if width < 700:
        page.goto(f"{server}/jobs/{job.uid}?tab=schedule")
        page.click(".planrow summary >> nth=0")
        page.wait_for_selector(".planrow .why li")


def test_the_red_words_follow_a_change_and_held_work_starts_with_its_reason(browser: Any, server: str) -> None:  # noqa: F811
    job = planned()
    page = signed_in(browser, server, "pm")
    told = opened(page, server, job)

    def inspected(result: str, note: str = "") -> None:
        one = run(
            "inspection.book", "super", activity=job.activities.get(code="A").uid, name="Rough electrical", planned_on=str(date.today())
        )
        run("inspection.judge", "super", inspection=one["uid"], result=result, note=note)

    def rename(to: str) -> None:
        page.evaluate('([uid, text]) => chart.change([{do: "rename", activity: uid, text}])', [str(job.activities.get(code="C").uid), to])
        page.wait_for_selector(f".gantt_row:has-text('{to}')")

    inspected("failed", "Boxes not bonded")  # somebody else, while the Gantt is open
    rename("Trim and paint")
    page.wait_for_selector(".trouble:has-text('Rough electrical: failed')")
    page.locator(f".gantt_row[data-task-id='{job.activities.get(code='B').uid}'] .gantt_cell").nth(1).click()
    page.wait_for_selector("text=It can't start yet")
    form = page.locator("form:has([name=despite])")
    form.locator("[name=percent]").fill("10")
    form.locator("[name=despite]").fill("The inspector agreed by phone")
    form.get_by_role("button", name="Note progress").click()
    page.wait_for_selector(".trouble:has-text('begun although it failed')")
    inspected("passed")
    rename("Trim")
    page.wait_for_selector(".trouble", state="detached")
    assert not told
