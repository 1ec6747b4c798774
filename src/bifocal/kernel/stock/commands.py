"""Stock: every move, with its posting."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.db import connection

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.jobs.rules import Profile
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Acc, Entry, Line, credit, debit
from bifocal.kernel.people.models import Person
from bifocal.kernel.people.queries import office_of
from bifocal.kernel.pricebook.models import Item
from bifocal.kernel.pricebook.queries import item as item_by_code
from bifocal.kernel.stock.facts import LocationAdded, StockMoved, StockWentNegative
from bifocal.kernel.stock.models import ItemStock, Location, Move
from bifocal.kernel.stock.rules import STOCK_ACCOUNT, OnHand, Place, issue, receive
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import cents


@command("location.add")
def add_location(*, name: str, sort: Place, person: UUID | None = None, branch: str = "", actor: Actor, call: Call) -> Location:
    """Add a warehouse, truck or job-site container."""
    require(actor, "stock.manage")
    if Location.objects.filter(name=name).exists():
        raise Refused(f"There is already a place called {name}.", field="name")
    who: Person | None = Person.objects.find(person, actor) if person else None
    at = who.branch if who and not branch else office_of(actor, branch)
    row = Location.objects.create(name=name, sort=sort, person=who, branch=at)
    record(LocationAdded(name=name), about=row, actor=actor, call=call)
    return row


def _on_hand(item: Item) -> OnHand:
    """The item's stock row, locked (made where there is none)."""
    with connection.cursor() as cur:
        cur.execute("insert into stock_itemstock (item_id, quantity, value) values (%s, 0, 0) on conflict do nothing", [item.pk])
        cur.execute("select quantity, value from stock_itemstock where item_id = %s for update", [item.pk])
        return OnHand(*cur.fetchone())


def _keep(item: Item, now: OnHand) -> None:
    ItemStock.objects.filter(item=item).update(quantity=now.quantity, value=now.value)


def _shift(location: Location, item: Item, by: Decimal) -> Decimal:
    """Change the level in a place; returns the new one."""
    with connection.cursor() as cur:
        cur.execute(
            "insert into stock_stocklevel (location_id, item_id, quantity, least) values (%s, %s, %s, 0)"
            " on conflict (location_id, item_id) do update set quantity = stock_stocklevel.quantity + excluded.quantity"
            " returning quantity",
            [location.pk, item.pk, by],
        )
        quantity: Decimal = cur.fetchone()[0]
    return quantity


def _account(location: Location) -> Acc:
    return STOCK_ACCOUNT[Place(location.sort)]


def stock_line(location: Location, item: Item, amount: Decimal, quantity: Decimal) -> Line:
    """A line on the place's stock account."""
    return Line(
        _account(location), cents(amount), item_id=item.pk, place_kind="location", place_id=location.pk, quantity=quantity,
        branch_id=location.branch_id,
    )  # fmt: skip


def take_in(*, item: Item, location: Location, quantity: Decimal, value: Decimal, actor: Actor, call: Call) -> tuple[Move, list[Line]]:
    """Goods arrive at a value: the move, and the debit lines for whoever posts the paper (bill or receipt)."""
    require(actor, "stock.move")
    now, variance = receive(_on_hand(item), quantity, value)
    _keep(item, now)
    _shift(location, item, quantity)
    move = _move(item, quantity, value, None, location, None, "receive", actor, call)
    lines = [stock_line(location, item, value - variance, quantity)]
    if variance:
        lines.append(debit(Acc.PRICE_VARIANCE, variance, item_id=item.pk))
    return move, lines


def send_back(*, item: Item, location: Location, quantity: Decimal, value: Decimal, actor: Actor, call: Call) -> tuple[Move, list[Line]]:
    """Goods go back to their vendor at the credit's value (posting X2): the move, and the lines for its paper."""
    require(actor, "stock.move")
    have = _on_hand(item)
    _keep(item, OnHand(have.quantity - quantity, have.value - value))
    _shift(location, item, -quantity)
    move = _move(item, quantity, value, location, None, None, "return", actor, call)
    return move, [stock_line(location, item, -value, -quantity)]


def _move(
    item: Item, quantity: Decimal, value: Decimal, source: Location | None, target: Location | None, job: Job | None,
    sort: str, actor: Actor, call: Call,
) -> Move:  # fmt: skip
    move = Move.objects.create(
        item=item, quantity=quantity, value=value, from_location=source, to_location=target, job=job, sort=sort,
        occurred_at=call.occurred_at,
    )  # fmt: skip
    place = " → ".join(str(p) for p in (source, target, job) if p)
    told = StockMoved(item=item.code, quantity=str(quantity), sort=sort, place=place)
    record(told, about=job or move, actor=actor, call=call)
    return move


def use_part(
    *, item: Item, quantity: Decimal, location: Location, job: Job, actor: Actor, call: Call,
    cost_code: CostCode | None = None,
) -> Move:  # fmt: skip
    """A part goes from a place into a job: posting S2. It may take the place below zero; then a count is due."""
    require(actor, "stock.use")
    if quantity <= 0:
        raise Invalid("The quantity must be above zero.", field="quantity")
    now, value = issue(_on_hand(item), quantity, item.cost)
    _keep(item, now)
    left = _shift(location, item, -quantity)
    move = _move(item, quantity, value, location, None, job, "use", actor, call)
    ledger.post(entry_of_use(move, item, location, job, cost_code), actor=actor, call=call)
    if left < 0:
        told = StockWentNegative(item=item.code, place=location.name, quantity=str(left))
        record(told, about=location, actor=actor, call=call)
    return move


def entry_of_use(move: Move, item: Item, location: Location, job: Job, cost_code: CostCode | None) -> Entry:
    """Posting S2 (warranty work: to callback cost). Used by the command and by the bulk loader alike."""
    account = Acc.CALLBACK if job.profile == Profile.WARRANTY else Acc.MATERIALS
    cost = debit(
        account, move.value, job_id=job.pk, cost_code_id=cost_code.pk if cost_code else None, item_id=item.pk,
        quantity=move.quantity, branch_id=job.branch_id, business_unit_id=job.business_unit_id, customer_id=job.customer_id,
    )  # fmt: skip
    lines = (cost, stock_line(location, item, -move.value, -move.quantity))
    day = accounting_day(move.occurred_at, job.branch)
    return Entry("part used", move.subject, day, lines, f"{move.quantity} {item.code} on {job.number}")


@command("stock.transfer")
def transfer_stock(*, item: str, quantity: Decimal, source: UUID, target: UUID, actor: Actor, call: Call) -> Move:
    """Move goods between two of our own places; the value goes along (posting I3)."""
    require(actor, "stock.move")
    what = item_by_code(item)
    a: Location = Location.objects.find(source, actor)
    b: Location = Location.objects.find(target, actor)
    if quantity <= 0:
        raise Invalid("The quantity must be above zero.", field="quantity")
    have = _on_hand(what)
    _, value = issue(have, quantity, what.cost)
    _shift(a, what, -quantity)
    _shift(b, what, quantity)
    move = _move(what, quantity, value, a, b, None, "transfer", actor, call)
    lines = (stock_line(b, what, value, quantity), stock_line(a, what, -value, -quantity))
    entry = Entry("stock transfer", move.subject, accounting_day(call.occurred_at, a.home), lines, f"{quantity} {item}: {a} to {b}")
    ledger.post(entry, actor=actor.within("stock.transfer"), call=call)
    return move


@command("stock.count")
def count_stock(*, item: str, location: UUID, counted: Decimal, actor: Actor, call: Call) -> dict[str, Any]:
    """What is really there: the difference goes to shrinkage (posting I4)."""
    require(actor, "stock.move")
    what = item_by_code(item)
    where: Location = Location.objects.find(location, actor)
    have = _on_hand(what)
    found = where.levels.filter(item=what).first()
    difference = counted - (found.quantity if found else Decimal(0))
    if difference == 0:
        return {"kind": "stock_count", "item": item, "difference": "0"}
    if difference < 0:
        now, value = issue(have, -difference, what.cost)
        value = -value
    else:
        unit = have.value / have.quantity if have.quantity > 0 else what.cost
        value = cents(unit * difference)
        now = OnHand(have.quantity + difference, have.value + value)
    _keep(what, now)
    _shift(where, what, difference)
    move = _move(
        what,
        abs(difference),
        value,
        where if difference < 0 else None,
        where if difference > 0 else None,
        None,
        "count",
        actor,
        call,
    )
    lines = (stock_line(where, what, value, difference), credit(Acc.SHRINK, value, item_id=what.pk))
    entry = Entry("stock count", move.subject, accounting_day(call.occurred_at, where.home), lines, f"{where}: {counted} {item} counted")
    ledger.post(entry, actor=actor.within("stock.count"), call=call)
    return {"kind": "stock_count", "item": item, "difference": str(difference), "uid": str(move.uid)}


@command("stock.open")
def open_stock(
    *, item: str, location: UUID, quantity: Decimal, value: Decimal, sort: Literal["opening"] = "opening",
    actor: Actor, call: Call,
) -> Move:  # fmt: skip
    """Opening stock at cut-over, against retained earnings (posting X5)."""
    require(actor, "stock.manage")
    what = item_by_code(item)
    where: Location = Location.objects.find(location, actor)
    inner = actor.within("stock.open")
    move, lines = take_in(item=what, location=where, quantity=quantity, value=cents(value), actor=inner, call=call)
    equity = credit(Acc.RETAINED_EARNINGS, cents(value))
    entry = Entry("opening stock", move.subject, accounting_day(call.occurred_at, where.home), (*lines, equity))
    ledger.post(entry, actor=inner, call=call)
    return move
