"""Who may do what: one table of roles, one of what a command lends to those it calls down (decision 4)."""

from __future__ import annotations

from importlib import import_module

COMMAND_MODULES = [
    *(f"bifocal.kernel.{m}.commands" for m in (
        "people", "parties", "documents", "pricebook", "jobs", "ledger", "time", "stock", "purchasing", "billing", "costs")),
    *(f"bifocal.service.{m}.commands" for m in ("visits", "board", "levels", "replan", "capacity", "oncall", "agreements", "booking")),
    "bifocal.projects.schedule.edits", "bifocal.projects.schedule.updates",
    *(f"bifocal.projects.{m}.commands" for m in (
        "register", "contracts", "terms", "schedule", "lookahead", "notices", "risk", "budget", "punch", "dailylogs", "rfis", "submittals",
        "commitments", "changes",
        "subapps", "events", "rentals", "billings", "tickets", "payapps", "rollup", "deadlines", "upward", "forecast", "closeout", "setup",
        "estimates", "bids", "selections")),
    *(f"bifocal.bridges.{m}.commands" for m in ("promotion", "warranty", "imports", "portfolio", "workmix", "loans", "absence", "roster")),
    "bifocal.bridges.warranty.simple", "bifocal.bridges.loans.taking_back", "bifocal.service.booking.online", "bifocal.kernel.parties.pins",
    "bifocal.projects.contracts.damages", "bifocal.projects.notices.settling", "bifocal.projects.ties.commands",
    "bifocal.projects.ties.fragments", "bifocal.projects.notices.asking", "bifocal.service.hours.commands",
    "bifocal.front.commands", "bifocal.front.setup.commands",
]  # fmt: skip

OFFICE = {"owner", "dispatcher", "project_manager", "superintendent", "bookkeeper", "read_only"}

_field = {
    "visit.field", "time.enter", "file.attach", "payment.take", "job.bill", "invoice.send", "punch.resolve", "log.edit",
    "schedule.progress", "lookahead.edit", "equipment.edit", "rfi.edit", "read", "ticket.edit", "callout.answer",
}  # fmt: skip
_plan = {"vehicle.book", "demand.plan"}
_dispatcher = {
    *_plan,
    "read", "call.book", "job.create", "job.edit", "job.hold", "job.cancel", "job.complete", "job.team", "customer.edit",
    "visit.schedule", "visit.dispatch", "visit.field", "people.time_off", "file.attach", "invoice.send", "equipment.edit",
    "time.enter", "document.read", "payment.take", "agreement.sell", "job.reopen",
    "crew.lend", "loan.answer", "terms.edit", "notice.answer", "capacity.edit", "call.book_online",
    "oncall.edit", "callout.manage", "callout.answer", "roster.edit",
}  # fmt: skip
_manager = {
    *_plan, "lookahead.edit",
    "read", "cost.see", "project.create", "project.complete", "project.close", "contract.edit", "schedule.edit",
    "schedule.progress", "crew.book", "budget.edit", "rfi.edit", "rfi.manage", "rfi.respond", "submittal.edit",
    "submittal.manage", "submittal.submit", "submittal.review", "change.edit", "change.send",
    "payapp.edit", "payapp.submit", "payapp.certify",
    "punch.edit", "punch.resolve", "punch.verify", "log.edit", "log.sign", "document.edit", "document.read", "link.revoke",
    "job.promote", "job.edit", "job.hold", "job.team", "job.create", "customer.edit", "file.attach", "time.enter",
    "time.approve", "cost.move", "call.book", "bill.post", "stock.move", "job.reopen",
    "commitment.edit", "commitment.approve", "commitment.bill", "vendor.papers", "forecast.edit", "event.edit", "subapp.review",
    "estimate.edit", "estimate.send", "bid.manage", "selection.edit", "billing.agree", "billing.bill", "billing.measure",
    "deadline.edit", "gc.send",
    "ticket.edit", "rental.edit", "crew.lend", "loan.answer",
}  # fmt: skip
_superintendent = {
    *_plan, "lookahead.edit",
    "read", "log.edit", "log.sign", "punch.edit", "punch.resolve", "punch.verify", "rfi.edit", "schedule.progress",
    "crew.book", "time.enter", "time.approve", "file.attach", "document.read", "submittal.edit", "submittal.submit", "equipment.edit",
    "billing.measure", "ticket.edit", "rental.edit", "loan.answer",
}  # fmt: skip
_bookkeeper = {
    "read", "cost.see", "ledger.read", "invoice.draft", "invoice.post", "invoice.credit", "invoice.send", "payment.take",
    "payment.apply", "payment.bounce", "bank.deposit", "bill.post", "bill.pay", "vendor.edit", "customer.edit",
    "customer.hold", "time.approve", "time.enter", "job.review", "job.bill", "job.close", "job.reopen", "cost.move", "journal.post",
    "period.move", "agreement.earn", "agreement.sell", "payapp.certify", "stock.move", "pricebook.edit", "file.attach",
    "document.read", "customer.override_hold", "job.complete", "import.run", "customer.merge",
    "commitment.bill", "bill.release", "vendor.papers", "wip.post", "billing.bill", "deadline.edit", "gc.send",
}  # fmt: skip
ROLES: dict[str, frozenset[str]] = {
    "owner": frozenset({"*"}),
    "dispatcher": frozenset(_dispatcher),
    "technician": frozenset(_field),
    "project_manager": frozenset(_manager),
    "superintendent": frozenset(_superintendent),
    "bookkeeper": frozenset(_bookkeeper),
    "read_only": frozenset({"read", "document.read"}),
}

_post = {"ledger.post"}
_day = {"people.allocate", "visit.schedule", "job.move", "job.team", "message.send"}
_letter = {"message.send", "file.attach"}
GRANTS: dict[str, frozenset[str]] = {k: frozenset(v) for k, v in {
    **{f"job.{k}": {"job.move", "people.allocate"} for k in ("hold", "complete", "cancel")},
    "job.review": {"job.move"}, "job.reopen": {"job.move"},
    "person.time_off": {"people.allocate"}, "time.approve": _post, "stock.transfer": _post,
    "stock.count": _post, "stock.open": {*_post, "stock.move"}, "goods.receive": _post, "bill.post": {*_post, "stock.move"},
    "bill.pay": _post, "invoice.post": _post, "invoice.credit": _post, "invoice.email": {"file.attach", "message.send"},
    "payment.take": _post, "payment.apply": _post, "credit.apply": _post, "credit.refund": _post,
    "invoice.release": _post, "payment.bounce": _post, "bank.deposit": _post, "bank.card_payout": _post,
    "journal.post": _post, "cost.move": _post,
    "visit.schedule": {"people.allocate", "job.move", "job.team"}, "visit.dispatch": {"job.move"},
    "visit.field": {"time.clock", "stock.use", "ledger.post", "job.move"},
    "job.bill": {"invoice.draft", "invoice.post", "job.move"}, "job.close": {"job.move"},
    "call.book": {"customer.edit", "job.create", "visit.schedule", "job.move"},
    "agreement.sell": {"job.create", "invoice.draft", "invoice.post"}, "agreement.earn": _post, "unbilled.accrue": _post,
    "crew.lend": {"people.allocate", "visit.schedule", "job.move", "job.team", "message.send", "demand.plan"},
    "loan.take_back": {"people.allocate", "visit.schedule", "visit.dispatch", "job.move", "message.send", "demand.plan"},
    "call.book_online": {"call.book", "message.send"},
    "callout.manage": {"message.send"}, "roster.send": {"message.send"}, "callout.answer": _day,
    "day.replan": _day, "person.sick": {*_day, "demand.plan"},
    **{f"schedule.{k}": {"people.allocate"} for k in ("plan", "change", "undo", "redo", "data_date", "accept_update")},
    **{f"notices.{k}": {"message.send"} for k in ("tell", "settle", "remind", "answer")},
    "contract.sign": {"job.move"}, "crew.book": {"people.allocate"}, "crew.split": {"people.allocate"}, "demand.fill": {"people.allocate"},
    **{f"rfi.{k}": _letter for k in ("open", "add_assignee", "forward", "return", "reopen", "close")},
    **{f"submittal.{k}": _letter for k in ("require", "turn_back", "send", "forward", "review", "close")},
    "change.draft": {"document.edit"},
    "change.send": {"message.send", "file.attach"}, "change.approve": {"contract.change", "budget.change", "invoice.draft"},
    "change.agree_part": {"contract.change", "budget.change", "invoice.draft", "file.attach"},
    "change.reverse": {"contract.change", "budget.change", "document.edit"},
    "event.draw": {"budget.edit"}, "event.remind": {"message.send"}, "change.remind": {"message.send"},
    "ticket.sign": {"file.attach"}, "ticket.refuse": {"file.attach"},
    "event.open": {"document.edit"}, "event.ask": {"message.send"}, "event.to_owner": {"change.edit", "document.edit"},
    "event.to_vendor": {"commitment.edit"}, "subapp.invite": {"message.send"}, "subapp.approve": {"commitment.bill", "bill.post"},
    "proposal.send": _letter, **{f"bid.{k}": {"message.send"} for k in ("invite", "addendum", "remind")}, "bid.award": {"commitment.edit"},
    "selection.offer": {"file.attach"}, "selection.send": {"message.send"}, "selection.settle": {"change.edit", "document.edit"},
    "proposal.accept": {"job.create", "job.move", "contract.edit", "budget.edit", "schedule.edit", "commitment.edit", "invoice.draft",
                        "file.attach"},
    "commitment.bill": {"bill.post"}, "commitment.receive": {"bill.post"}, "commitment.release": {"bill.release"}, "bill.release": _post,
    **{f"billing.{k}": {"invoice.draft", "file.attach"} for k in ("draw", "cost", "units", "release")},
    "gcform.keep": {"file.attach"}, "payapp.send_up": _letter, "ourwaiver.give": {"file.attach"}, "ourpaper.keep": {"file.attach"},
    "ourpaper.send": {"message.send"}, "backcharge.accept": _post, "waiverform.keep": {"file.attach"},
    "wip.post": _post, "payapp.submit": {*_post, "file.attach"}, "payapp.certify": _post,
    "project.complete": {"job.move"}, "project.close": {"job.move"},
    "project.create": {"job.create", "schedule.edit", "job.team"},
    "job.promote": {"schedule.edit", "job.team", "contract.edit"},
    "warranty.call": {"job.create", "visit.schedule", "visit.field", "time.enter"},
    "sov.import": {"payapp.edit", *_post}, "company.found": {"users.manage", "settings.edit"},
    "import.run": {*_post, "job.create", "job.move", "budget.edit"}, "import.undo": _post,
    "customer.merge": _post, "customer.unmerge": _post,
}.items()}  # fmt: skip


def load_commands() -> None:
    """Import every command module, so that the registry is complete."""
    for module in COMMAND_MODULES:
        import_module(module)
