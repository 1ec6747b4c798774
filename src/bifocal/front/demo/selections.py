"""A signed bath whose owner is choosing: pictures, one choice made, one that is late and says what it delays."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, execute
from bifocal.core.links import actor_of
from bifocal.core.models import AccessLink
from bifocal.front.demo.base import at, run
from bifocal.kernel.parties.models import Customer
from bifocal.projects.estimates.models import Proposal
from bifocal.projects.selections.models import Selection

OFFERS = {
    "Vanity and top": [
        ("Oak, 36 in, quartz top", "Two drawers, soft close", "1085.00", None, ("#b98b5e", "#f1efe9", 1)),
        ("Walnut, 42 in, marble top", "Made to order in Virginia", "1890.00", 56, ("#5b3a29", "#e9e6e1", 2)),
        ("Painted white, 36 in", "In stock", "740.00", 3, ("#f4f4f2", "#cfd8dc", 1)),
    ],
    "Faucet and shower trim": [
        ("Brushed nickel set", "Pressure-balanced valve", "585.00", None, ("#b8b6b0", "#8f8d87", 3)),
        ("Unlacquered brass set", "Ages with use", "960.00", 21, ("#b08d3c", "#8a6a22", 3)),
    ],
    "Floor tile": [
        ("Hexagon, matte white", "2 in, gray grout", "318.00", None, ("#eceae6", "#b4b1aa", 9)),
        ("Bluestone, honed", "12 x 24", "702.00", 10, ("#55616a", "#3e474e", 4)),
    ],
}


def _picture(ground: str, joint: str, across: int) -> str:
    """A drawn sample of a surface: no photograph of anybody's goods."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (640, 480), ground)
    draw, step = ImageDraw.Draw(image), 640 // across
    for n in range(across + 1):
        draw.line([(n * step, 0), (n * step, 480)], fill=joint, width=6)
        draw.line([(0, n * step * 3 // 4), (640, n * step * 3 // 4)], fill=joint, width=6)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


def _holder(link: str) -> Actor:
    return actor_of(AccessLink.objects.get(uid=link))


def load_selections(who: Customer, today: date) -> None:
    """Sign the proposal as the client does, then let them choose."""
    from bifocal.front.demo.estimates import bath

    when = at(today - timedelta(days=3))
    e = bath(who, today, send=False)
    sent = run("proposal.send", when, "pm", estimate=e, name=who.name, email=who.email or "client@example.com")
    row = Proposal.objects.get(uid=sent["uid"])
    paper: dict[str, Any] = {
        "proposal": sent["uid"],
        "sha256": row.sent_sha256,
        "chosen": row.chosen,
        "name": who.name,
        "address": "203.0.113.7",
    }
    execute("proposal.accept", paper, actor=_holder(sent["link"]), call=Call.new(occurred_at=when))
    job = Proposal.objects.get(uid=sent["uid"]).made["job"]
    run("selection.rule", when, "pm", job=job, tax="0.06", markup="0.18")
    run("selection.from_estimate", when, "pm", job=job)
    for s in Selection.objects.filter(list__job__uid=job):
        for name, text, goods, lead, look in OFFERS[s.title]:
            run("selection.offer", when, "pm", selection=s.uid, name=name, text=text, goods=goods, lead_days=lead, content=_picture(*look),
                filename=f"{name}.png")  # fmt: skip
    link = run("selection.send", when, "pm", job=job, name=who.name, email=who.email or "client@example.com")
    brass = Selection.objects.get(list__job__uid=job, title="Faucet and shower trim")
    choice = {"list": link["uid"], "selection": str(brass.uid), "choice": str(brass.choices.order_by("-id")[0].uid), "name": who.name}
    execute("selection.choose", choice, actor=_holder(link["link"]), call=Call.new(occurred_at=at(today - timedelta(days=1))))
