"""What hangs on activities in the demo company: an inspection to come and one that failed, a submittal, a change's work, who follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from bifocal.front.demo.base import at, run
from bifocal.projects.schedule.models import Activity


def load_ties(job: str, acts: Mapping[str, UUID], today: date) -> None:
    """Through the commands, like superintendent and project manager would."""
    now = at(today)
    live = [a.uid for a in Activity.objects.filter(job__uid=job, actual_finish=None, days__gt=0).order_by("place")]
    rough = run("inspection.book", now, "super", activity=live[0], name="Rough electrical", planned_on=today, inspector="Baltimore County")[
        "uid"
    ]
    run("inspection.judge", now, "super", inspection=rough, result="failed", note="Two boxes on level 2 are not bonded")
    run(
        "inspection.book",
        now,
        "super",
        activity=live[0],
        name="Rough electrical",
        planned_on=today + timedelta(days=2),
        inspector="Baltimore County",
    )
    paper = run("submittal.draft", now, "pm", job=job, title="Light fixtures, level 2", spec_section="26 51 00", lead_days=42)["uid"]
    run("submittal.tie", now, "pm", submittal=paper, activity=acts["A80"])
    run("notices.follow", now, "pm", activity=acts["A80"], name="Chesapeake Lighting Supply", email="dates@chesapeake-lighting.example.com")
    run("notices.set", now, "pm", job=job, way="ask_first", more_than=2)
    change = run("change.draft", now, "pm", job=job, title="Second panel on level 2")["uid"]
    pieces = [{"name": "Set the panel", "days": 3}, {"name": "Feeders and test", "days": 2}]
    run("change.fragment", now, "pm", change=change, pieces=pieces, after=acts["A70"], before=acts["A80"])
