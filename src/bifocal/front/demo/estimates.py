"""The assembly library of the demo company, and estimates in every state: sent, being priced, signed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bifocal.front.demo.base import at, run
from bifocal.front.demo.selections import load_selections
from bifocal.kernel.parties.models import Customer, Vendor

ELECTRICIAN, PLUMBER, CARPENTER, TILER, LABORER = "68", "71", "58", "62", "44"


def _goods(formula: str, name: str, cost: str, code: str, unit: str = "ea", waste: str = "0") -> dict[str, Any]:
    return {"formula": formula, "description": name, "unit": unit, "cost_code": code, "cost_type": "M", "unit_cost": cost, "waste": waste}


def _work(formula: str, name: str, rate: str, per_hour: str, code: str, unit: str = "ea") -> dict[str, Any]:
    return {
        "formula": formula, "description": name, "unit": unit, "cost_code": code, "cost_type": "L", "unit_cost": rate, "per_hour": per_hour,
    }  # fmt: skip


def _nested(formula: str, code: str, **given: str) -> dict[str, Any]:
    return {"formula": formula, "assembly": code, "given": given}


E, LIGHT, P, GC, FA = "26-0000", "26-5000", "22-0000", "01-0000", "28-0000"
LIBRARY: list[tuple[str, str, str, str, dict[str, str], list[dict[str, Any]]]] = [
    ("EMT-34", "3/4 in EMT run with wire", "ft", "electrical", {"wires": "3"}, [
        _goods("qty", "3/4 in EMT", "1.12", E, "ft", "0.05"), _goods("qty*wires", "12 AWG THHN", "0.24", E, "ft", "0.08"),
        _goods("ceil(qty/10)", "Couplings and straps", "1.65", E), _work("qty", "Run EMT and pull wire", ELECTRICIAN, "22", E, "ft")]),
    ("REC-20A", "20 A receptacle, complete", "ea", "electrical", {"run": "25"}, [
        _goods("qty", "Box, ring and plate", "4.85", E), _goods("qty", "20 A receptacle", "3.90", E, waste="0.02"),
        _work("qty", "Set and trim receptacle", ELECTRICIAN, "2.5", E), _nested("qty*run", "EMT-34", wires="3")]),
    ("SWITCH", "Occupancy switch", "ea", "electrical", {"run": "18"}, [
        _goods("qty", "Occupancy sensor switch", "42.00", LIGHT), _work("qty", "Set and program", ELECTRICIAN, "2", LIGHT),
        _nested("qty*run", "EMT-34", wires="4")]),
    ("LAY-IN", "2x4 LED fixture, lay-in", "ea", "electrical", {"whip": "8"}, [
        _goods("qty", "2x4 LED fixture", "118.00", LIGHT), _goods("qty*whip", "MC whip", "0.92", LIGHT, "ft", "0.05"),
        _work("qty", "Hang and connect", ELECTRICIAN, "1.6", LIGHT)]),
    ("PANEL-200", "200 A panel, 42 spaces", "ea", "electrical", {"breakers": "24"}, [
        _goods("qty", "Panel with main", "1180.00", E), _goods("qty*breakers", "20 A breaker", "9.40", E),
        _work("qty", "Set panel", ELECTRICIAN, "0.125", E), _work("qty*breakers", "Land circuits and label", ELECTRICIAN, "4", E)]),
    ("OFFICE", "Office room: power and light by its size", "room", "electrical", {"length": "14", "width": "12"}, [
        _nested("qty*max(4, ceil(2*(length+width)/10))", "REC-20A", run="length"), _nested("qty*max(1, round(length*width/80))", "LAY-IN"),
        _nested("qty", "SWITCH", run="width")]),
    ("SMOKE", "Smoke detector on the loop", "ea", "electrical", {}, [
        _goods("qty", "Addressable detector and base", "86.00", FA), _goods("qty*30", "FPLP cable", "0.38", FA, "ft", "0.05"),
        _work("qty", "Mount, connect, test", ELECTRICIAN, "0.8", FA)]),
    ("PEX", "PEX branch, hot and cold", "ft", "plumbing", {}, [
        _goods("2*qty", "1/2 in PEX", "0.62", P, "ft", "0.08"), _goods("ceil(qty/6)", "Fittings and hangers", "3.20", P),
        _work("qty", "Run PEX", PLUMBER, "11", P, "ft")]),
    ("DWV", "2 in drain and vent", "ft", "plumbing", {}, [
        _goods("qty", "2 in PVC", "2.35", P, "ft", "0.07"), _goods("ceil(qty/5)", "Fittings", "5.10", P),
        _work("qty", "Run drain and vent", PLUMBER, "7", P, "ft")]),
    ("LAV", "Lavatory, roughed and set", "ea", "plumbing", {"supply": "14", "drain": "9"}, [
        _nested("qty*supply", "PEX"), _nested("qty*drain", "DWV"), _goods("qty", "Stops, trap, supplies", "38.00", P),
        _work("qty", "Set lavatory and faucet", PLUMBER, "0.6", P)]),
    ("WC", "Water closet, roughed and set", "ea", "plumbing", {"drain": "8"}, [
        _goods("qty", "Water closet with seat", "265.00", P), _goods("qty", "Flange, bolts, supply", "27.50", P),
        _nested("qty*drain", "DWV"), _work("qty", "Set water closet", PLUMBER, "0.7", P)]),
    ("TOILET-ROOM", "Toilet room, single user", "room", "plumbing", {"run": "14"}, [
        _nested("qty", "LAV", supply="run"), _nested("qty", "WC"), _goods("qty", "Grab bars and mirror", "212.00", P),
        _work("qty", "Set accessories", CARPENTER, "0.5", P)]),
    ("DEMO-BATH", "Strip a bath to the studs", "sf", "remodeling", {"load": "60"}, [
        _work("qty", "Demolish and carry out", LABORER, "3.2", GC, "sf"), _goods("ceil(qty/load)", "Dumpster, pulled", "420.00", GC)]),
    ("WALL-TILE", "Wall tile on cement board", "sf", "remodeling", {}, [
        _goods("qty/15", "Cement board, 3x5", "17.80", GC, "sheet", "0.10"), _goods("qty/45", "Thinset and grout", "31.00", GC, "bag", "0.05"),
        _work("qty", "Set wall tile", TILER, "7", GC, "sf")]),
    ("BATH-ROUGH", "Bath rough-in: shower, vanity, toilet", "bath", "remodeling", {"supply": "16", "drain": "12"}, [
        _nested("3*qty*supply", "PEX"), _nested("3*qty*drain", "DWV"), _goods("qty", "Shower valve rough", "148.00", P),
        _work("qty", "Set valve and blocking", PLUMBER, "0.4", P), _nested("2*qty", "REC-20A", run="20")]),
    ("BATH", "Bath remodel, whole, by its size", "bath", "remodeling", {"length": "9", "width": "6", "height": "8"}, [
        _nested("qty*length*width", "DEMO-BATH"), _nested("qty", "BATH-ROUGH"),
        _nested("qty*((length+2*width)*(height-1))", "WALL-TILE"), _nested("qty", "WC"),
        _goods("qty*(2*(length+width)*height+length*width)/32", "Board for walls and ceiling", "16.40", GC, "sheet", "0.12"),
        _work("qty*(2*(length+width)*height+length*width)", "Hang, finish and paint", CARPENTER, "28", GC, "sf")]),
]  # fmt: skip
TERMS = {
    "intro": "Thank you for having us look at the bath. Here is what we propose, with the choices we spoke about.",
    "inclusions": "Permit, protection of floors and stairs, daily cleaning, haul-off, one year of workmanship warranty.",
    "exclusions": "Repair of framing that is hidden today; lead or asbestos abatement; glass shower door.",
}


CHOICES = (
    ("Ceramic, 3x6 white", "Wall tile", "Gloss subway tile, white grout", True),
    ("Porcelain, 12x24 stone", "Wall tile", "Rectified, warm gray, narrow joints", False),
    ("Zellige, handmade", "Wall tile", "Each tile its own shade; eight weeks to deliver", False),
    ("Heated floor", "", "Electric mat under the floor tile with its own thermostat", False),
)


def load_library(today: date) -> None:
    """The assemblies, parts before what is built of them."""
    for code, name, unit, trade, parameters, parts in LIBRARY:
        run(
            "assembly.write",
            at(today - timedelta(days=300)),
            code=code,
            name=name,
            unit=unit,
            trade=trade,
            parameters=parameters,
            parts=parts,
        )


def load_estimates(today: date) -> None:
    """A bath that waits for a signature, a fit-out being priced, a service quote."""
    load_library(today)
    homes = list(Customer.objects.filter(sort="residential", sites__isnull=False).distinct().order_by("id")[3:6])
    firms = list(Customer.objects.filter(sort="commercial", sites__isnull=False).distinct().order_by("-id")[:1])
    if homes:
        bath(homes[0], today)
        _quote(homes[1 % len(homes)], today)
    if len(homes) > 2:
        load_selections(homes[2], today)
    if firms:
        _fit_out(firms[0], today)


def _started(who: Customer, title: str, today: date, ago: int, **more: Any) -> str:
    where = who.sites.order_by("id")[0]
    when = at(today - timedelta(days=ago))
    return str(run("estimate.write", when, "pm", customer=who.uid, site=where.uid, title=title, branch="BAL", **more)["uid"])


def bath(who: Customer, today: date, *, send: bool = True) -> str:
    """A bath remodel from one assembly, with tile to choose, a heated floor to add, allowances; sent unless told otherwise."""
    when = at(today - timedelta(days=4))
    e = _started(who, "Hall bath remodel", today, 6)
    options = {
        name: run("estimate.option", when, "pm", estimate=e, name=name, group=group, text=text, usual=usual)["uid"]
        for name, group, text, usual in CHOICES
    }
    run("estimate.assemble", when, "pm", estimate=e, assembly="BATH", quantity="1", parameters={"length": "9", "width": "6"}, phase="10")
    known = Vendor.objects.filter(name="Charm City Tile").first()
    tile = str(known.uid) if known else run("vendor.add", when, name="Charm City Tile")["uid"]
    goods = {"cost_code": GC, "cost_type": "M", "unit": "sf", "quantity": "147", "waste": "0.10", "phase": "20", "vendor": tile}
    lines: list[dict[str, Any]] = [
        {**goods, "description": "Ceramic wall tile", "unit_cost": "3.40", "option": options["Ceramic, 3x6 white"]},
        {**goods, "description": "Porcelain wall tile", "unit_cost": "7.90", "option": options["Porcelain, 12x24 stone"]},
        {**goods, "description": "Zellige wall tile", "unit_cost": "19.50", "option": options["Zellige, handmade"]},
        {"description": "Heat mat and thermostat", "cost_code": E, "cost_type": "M", "unit_cost": "640", "phase": "20",
         "option": options["Heated floor"]},
        {"description": "Lay mat, connect, test", "cost_code": E, "cost_type": "L", "unit": "h", "quantity": "7", "unit_cost": ELECTRICIAN,
         "phase": "20", "option": options["Heated floor"]},
        {"description": "Vanity and top", "cost_code": P, "cost_type": "M", "unit_cost": "1150", "phase": "20", "allowance": True},
        {"description": "Faucet and shower trim", "cost_code": P, "cost_type": "M", "unit_cost": "620", "phase": "20", "allowance": True},
        {"description": "Floor tile", "cost_code": GC, "cost_type": "M", "unit": "sf", "quantity": "54", "unit_cost": "6.50", "phase": "20",
         "allowance": True},
        {"description": "Lay floor tile", "cost_code": GC, "cost_type": "L", "unit": "sf", "quantity": "54", "per_hour": "6",
         "unit_cost": TILER, "phase": "20"},
        {"description": "Set vanity, trim out, final clean", "cost_code": P, "cost_type": "L", "unit": "h", "quantity": "16", "unit_cost": PLUMBER,
         "phase": "30"},
    ]  # fmt: skip
    run("estimate.edit", when, "pm", estimate=e, lines=lines)
    charges = [
        {"name": "Sales tax on materials", "rate": "0.06", "types": "M"}, {"name": "Overhead", "rate": "0.12"},
        {"name": "Profit", "rate": "0.15", "sort": "margin", "compounds": True},
    ]  # fmt: skip
    phases = {"10": "Demolition and rough-in", "20": "Tile and finishes", "30": "Trim and closeout"}
    run("estimate.terms", when, "pm", estimate=e, charges=charges, phases=phases, days=35, **TERMS)
    if send:
        run("proposal.send", when, "pm", estimate=e, name=who.name, email=who.email or "client@example.com")
    return e


def _fit_out(who: Customer, today: date) -> None:
    """Four offices and two toilet rooms, still being priced, with a version frozen before the walk."""
    when = at(today - timedelta(days=2))
    e = _started(who, "Second floor fit-out: power, light, plumbing", today, 9, business_unit="ELP")
    run("estimate.assemble", when, "pm", estimate=e, assembly="PANEL-200", quantity="1", phase="10")
    run(
        "estimate.assemble", when, "pm", estimate=e, assembly="OFFICE", quantity="4", parameters={"length": "16", "width": "12"}, phase="10"
    )
    run("estimate.freeze", when, "pm", estimate=e, reason="before the walk")
    run("estimate.assemble", when, "pm", estimate=e, assembly="TOILET-ROOM", quantity="2", phase="20")
    run("estimate.assemble", when, "pm", estimate=e, assembly="SMOKE", quantity="9", phase="20")
    run("estimate.edit", when, "pm", estimate=e, lines=[
        {"description": "Sawcut and patch slab", "cost_code": GC, "cost_type": "S", "unit": "ls", "unit_cost": "6800", "phase": "10"},
        {"description": "Fire alarm programming", "cost_code": FA, "cost_type": "S", "unit": "ls", "unit_cost": "3400", "phase": "20"}])  # fmt: skip
    _bids(e, today)
    run(
        "estimate.terms",
        when,
        "pm",
        estimate=e,
        crew=4,
        retainage="0.05",
        phases={"10": "Power and light", "20": "Plumbing and fire alarm"},
    )


def _bids(e: str, today: date) -> None:
    """The slab work and the fire alarm out for bid: one bidder left something out, one is yet to answer."""
    from bifocal.core.actor import ActorKind
    from bifocal.core.commands import Call, execute
    from bifocal.core.links import actor_of
    from bifocal.core.models import AccessLink
    from bifocal.projects.bids.models import BidScope
    from bifocal.projects.estimates.models import EstimateLine

    when = at(today - timedelta(days=2))
    lines = EstimateLine.objects.filter(estimate__uid=e, cost_type="S").values_list("uid", flat=True)
    p = run(
        "bid.package", when, "pm", estimate=e, title="Slab and fire alarm", lines=list(lines), due=at(today + timedelta(days=6), 21),
        more=[{"description": "Night work in the lobby", "cost_code": FA, "budget": "900.00"}],
        text="Walk-through Thursday at 8 am, enter by the loading dock.",
    )["uid"]  # fmt: skip
    scope = list(BidScope.objects.filter(package__uid=p).values_list("uid", flat=True))
    for name, who, prices, out in (
        ("Patapsco Concrete & Core", "Lou Mazur", ["6450.00", "3620.00", "1100.00"], ""),
        ("Tidewater Fire & Slab", "Gwen Ash", ["6990.00", "3150.00"], "Work after 6 pm; patching of finishes."),
        ("Old Line Interiors", "Sid Crane", [], ""),
    ):
        vendor = run("vendor.add", when, name=name, is_subcontractor=True)["uid"]
        i = run("bid.invite", when, "pm", package=p, vendor=vendor, name=who, email=f"{who.split()[0].lower()}@example.com")
        if prices:
            actor = actor_of(AccessLink.objects.get(uid=i["link"]))
            assert actor.kind == ActorKind.LINK
            given = [{"scope": s, "amount": a} for s, a in zip(scope, prices, strict=False)]
            bid = {"invitation": i["uid"], "prices": given, "name": who, "exclusions": out, "days": 12}
            execute("bid.give", bid, actor=actor, call=Call.new(occurred_at=at(today - timedelta(days=1))))


def _quote(who: Customer, today: date) -> None:
    """A panel change that bills as one invoice."""
    when = at(today - timedelta(days=1))
    e = _started(who, "Panel change, 200 A", today, 2, becomes="service_quote")
    run("estimate.assemble", when, "pm", estimate=e, assembly="PANEL-200", quantity="1", parameters={"breakers": "18"})
    run("proposal.send", when, "pm", estimate=e, name=who.name, email=who.email or "client@example.com")
