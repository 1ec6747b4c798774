"""What can be brought in: one declared table. Each kind has its columns, the names they go by, and what a row must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bifocal.bridges.imports.rules_values import Sort
from bifocal.lib.errors import Invalid

Values = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One field of a kind: the names it goes by in files, how its cells are read."""

    name: str
    aliases: tuple[str, ...]
    sort: Sort = Sort.TEXT
    required: bool = False
    size: int = 200
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    what: str = ""


@dataclass(frozen=True)
class Kind:
    """One sort of thing to bring in. `key` names the fields that identify a row where the file has no id."""

    name: str
    title: str
    right: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rule: Callable[[Values], None] = lambda values: None
    needs_cutover: bool = False
    first: str = ""
    many: bool = False  # several rows may belong to one thing (a project's cost codes)


class LeftOut(Exception):
    """A row that is no error and has nothing to bring in; it is listed with its reason."""


def col(name: str, *aliases: str, sort: Sort = Sort.TEXT, need: bool = False, size: int = 200, what: str = "",
        words: Mapping[str, tuple[str, ...]] | None = None) -> Column:  # fmt: skip
    """A column, short to declare."""
    return Column(name, aliases or (name.replace("_", " "),), sort, need, size, words or {}, what)


def _id(*aliases: str) -> Column:
    names = (*aliases, "id", "external id", "record id")
    return col("id", *names, size=80, what="the other system's own id: makes the import repeatable")


CUSTOMER = (
    col("customer_id", "customer id", "client id", "account id", "customer number", "customer no", size=80),
    col("customer", "customer", "customer name", "client", "client name", "customer full name", "bill to", "sold to", size=160),
)
VENDOR = (col("vendor_id", "vendor id", "supplier id", size=80), col("vendor", "vendor", "vendor name", "supplier", size=160))
JOB = (col("job", "job", "job number", "job no", "job id", "project number", "project id", size=80),)
ADDRESS = (
    col("street", "street", "address", "street address", "address 1", "address line 1", "billing street", "billing address",
        "billing address line 1", "street 1", "bill address 1", size=200),
    col("street2", "street 2", "address 2", "address line 2", "unit", "suite", "billing street 2", "billing address line 2", size=100),
    col("city", "city", "billing city", "town", size=80),
    col("state", "state", "billing state", "province", "st", sort=Sort.STATE),
    col("postcode", "zip", "zip code", "postal code", "postcode", "billing zip", "billing zip code", "billing postal code",
        sort=Sort.POSTCODE, size=12),
)  # fmt: skip
REACH = (
    col("email", "email", "e mail", "email address", "main email", "primary email", "billing email", sort=Sort.EMAIL, size=254),
    col("phone", "phone", "phone number", "main phone", "primary phone", "mobile", "mobile phone", "mobile number", "cell", "cell phone",
        "home number", "home phone", "work phone", sort=Sort.PHONE, size=40),
)  # fmt: skip
PERSON = (
    col("company", "company", "company name", "business name", "organization", size=160),
    col("first_name", "first name", "given name", size=60), col("last_name", "last name", "surname", "family name", size=60),
)  # fmt: skip
SORTS = {
    "residential": ("homeowner", "home", "individual", "person", "house", "res"),
    "commercial": ("business", "company", "comm", "property manager"),
    "contractor": ("general contractor", "gc", "builder", "subcontractor"), "public": ("government", "municipal", "school"),
}  # fmt: skip
COST_TYPES = {
    "L": ("labor", "labour", "lab"), "M": ("material", "materials", "mat"), "E": ("equipment", "equip"),
    "S": ("subcontract", "subcontractor", "sub", "subs"), "O": ("other", "other direct", "permits", "general conditions"),
}  # fmt: skip
ITEM_SORTS = {
    "part": ("material", "inventory", "non inventory", "noninventory", "product", "inventory part", "non inventory part"),
    "labor": ("labour", "hourly", "labor hour"), "flat": ("service", "flat rate", "task", "flat rate service"),
    "other": ("fee", "discount", "other charge"),
}  # fmt: skip
JOB_STATES = {
    "open": ("new", "unscheduled", "upcoming", "needs scheduling", "estimate approved"), "scheduled": ("booked", "assigned"),
    "in_progress": ("started", "active", "dispatched", "working", "on site"),
    "on_hold": ("hold", "paused", "waiting", "pending"), "done": ("complete", "completed", "finished", "requires invoicing"),
}  # fmt: skip


def named(values: Values) -> None:
    """The name from what there is: the name, the company, or first and last name. Raises Invalid."""
    whole = " ".join(p for p in (values.get("first_name"), values.get("last_name")) if p)
    values["name"] = values.get("name") or values.get("company") or whole
    if not values["name"]:
        raise Invalid("there is no name: fill name, company, or first and last name")


def belongs(values: Values) -> None:
    """It must say whose it is. Raises Invalid."""
    if not (values.get("customer_id") or values.get("customer")):
        raise Invalid("it does not say whose it is: fill customer or customer id")


def _contact(values: Values) -> None:
    named(values)
    if not any(values.get(f) for f in ("customer_id", "customer", "vendor")):
        raise Invalid("it does not say whose contact this is: fill customer, customer id or vendor")


def _site(values: Values) -> None:
    belongs(values)
    values["name"] = values.get("name") or values.get("street")
    if not values["name"]:
        raise Invalid("a site needs a name or an address")


def _equipment(values: Values) -> None:
    if not any(values.get(f) for f in ("site_id", "site", "customer_id", "customer")):
        raise Invalid("it does not say where it stands: fill site, site id or customer")
    if values.get("installed_on") and values.get("warranty_until") and values["warranty_until"] < values["installed_on"]:
        raise Invalid("the warranty ends before the unit was installed")


def _item(values: Values) -> None:
    for f in ("cost", "price"):
        if (values.get(f) or 0) < 0:
            raise Invalid(f"the {f} is negative")
    values["code"] = values.get("code") or (values.get("name") or "")[:40]
    if not values["code"]:
        raise Invalid("an item needs a code or a name")


def _open_item(values: Values) -> None:
    if values["open"] == 0:
        raise LeftOut("nothing is open on it")
    total = values.get("total")
    if total is not None and (abs(values["open"]) > abs(total) or (values["open"] < 0) != (total < 0)):
        raise Invalid(f"{values['open']:,.2f} is open of {total:,.2f}: more than it was for")
    if values.get("due") and values.get("date") and values["due"] < values["date"]:
        raise Invalid("it is due before its date")


def _receivable(values: Values) -> None:
    belongs(values)
    _open_item(values)


def _payable(values: Values) -> None:
    if not (values.get("vendor_id") or values.get("vendor")):
        raise Invalid("it does not say whose bill this is: fill vendor or vendor id")
    _open_item(values)


def _retainage(values: Values) -> None:
    values["side"] = values.get("side") or ("payable" if values.get("vendor") or values.get("vendor_id") else "receivable")
    if values["side"] == "receivable":
        belongs(values)
    elif not (values.get("vendor_id") or values.get("vendor")):
        raise Invalid("it does not say who is owed: fill vendor or vendor id")
    if values["amount"] <= 0:
        raise Invalid("retainage held must be above zero")


def _deposit(values: Values) -> None:
    belongs(values)
    if values["amount"] <= 0:
        raise Invalid("a deposit must be above zero")


def _agreement(values: Values) -> None:
    belongs(values)
    if values["price"] <= 0:
        raise Invalid("an agreement's price must be above zero")
    if not 1 <= (values.get("months") or 12) <= 120:
        raise Invalid("an agreement runs for 1 to 120 months")
    if (values.get("deferred") or 0) < 0 or (values.get("deferred") or 0) > values["price"]:
        raise Invalid("what is still deferred must be between zero and the price")


def _project(values: Values) -> None:
    if (values.get("cost") or values.get("budget")) and not values.get("cost_code"):
        raise Invalid("cost or budget without a cost code")
    for f in ("contract_sum", "billed", "retainage", "open"):
        if (values.get(f) or 0) < 0:
            raise Invalid(f"{f.replace('_', ' ')} is negative")


def _trial(values: Values) -> None:
    debit, credit, balance = values.get("debit"), values.get("credit"), values.get("balance")
    if balance is None and debit is None and credit is None:
        raise Invalid("there is neither a debit nor a credit")
    values["amount"] = balance if balance is not None else (debit or 0) - (credit or 0)


_MONEY, _DATE, _COUNT = Sort.MONEY, Sort.DATE, Sort.COUNT
_DUE = col("due", "due date", "due", "payment due", sort=_DATE)
_OPEN = col("open", "open balance", "balance", "open amount", "balance due", "amount due", "amount owed", "remaining", "outstanding",
            sort=_MONEY, need=True, what="what is still open; negative for a credit")  # fmt: skip
_TOTAL = col("total", "amount", "original amount", "invoice total", "bill total", "invoice amount", sort=_MONEY)

KINDS: dict[str, Kind] = {k.name: k for k in (
    Kind("customers", "customers", "customer.edit", (
        _id("customer id", "client id", "j id", "customer number", "customer no", "account number"),
        col("name", "customer", "customer name", "display name", "full name", "client name", "client", "name", size=160), *PERSON, *REACH,
        *ADDRESS, col("sort", "customer type", "type", "category", sort=Sort.CHOICE, words=SORTS),
        col("terms_days", "terms", "terms days", "payment terms", "net", sort=Sort.TERMS, what="days to pay"),
        col("tax_exempt", "tax exempt", "resale number", "exemption number", "resale no", size=60, what="number of the certificate"),
        col("po_required", "po required", sort=Sort.YES_NO)), key=("name",), rule=named),
    Kind("sites", "sites", "customer.edit", (
        _id("site id", "location id", "property id"), *CUSTOMER, col("name", "site", "site name", "location", "location name", "property",
        "property name", size=120), *(
            Column(c.name, tuple(p + a for p in ("", "service ", "property ") for a in c.aliases), c.sort, size=c.size) for c in ADDRESS),
        col("zone", "zone", "territory", size=40), col("tax_code", "tax code", "tax zone", size=20),
        col("access", "access", "gate code", "access notes", "special instructions", size=200)), key=("customer", "name"), rule=_site),
    Kind("contacts", "contacts", "customer.edit", (
        _id("contact id"), *CUSTOMER, col("vendor", "vendor", "vendor name", size=160),
        col("name", "name", "contact", "contact name", "full name", size=120), *PERSON[1:], *REACH,
        col("role", "role", "title", "job title", "position", size=40)), key=("customer", "name"), rule=_contact),
    Kind("equipment", "equipment", "equipment.edit", (
        _id("equipment id", "asset id", "installed equipment id"), *CUSTOMER,
        col("site_id", "site id", "location id", "property id", size=80),
        col("site", "site", "location", "location name", "site name", "address", "property", size=200),
        col("name", "name", "equipment", "equipment name", "description", "asset", "type", need=True, size=120),
        col("make", "make", "manufacturer", "brand", size=80), col("model", "model", "model number", "model no", size=80),
        col("serial", "serial", "serial number", "serial no", size=80),
        col("installed_on", "installed on", "install date", "installed", "installation date", sort=_DATE),
        col("warranty_until", "warranty until", "warranty end", "warranty expiration", "manufacturer warranty end",
            "warranty expires", sort=_DATE)), key=("customer", "site", "name", "serial"), rule=_equipment),
    Kind("vendors", "vendors and subcontractors", "vendor.edit", (
        _id("vendor id", "supplier id"), col("name", "vendor", "vendor name", "supplier", "display name", "full name", size=160),
        *PERSON, *REACH, *ADDRESS,
        col("is_subcontractor", "subcontractor", "is subcontractor", "sub", "track 1099", "1099", sort=Sort.YES_NO),
        col("terms_days", "terms", "terms days", "payment terms", sort=Sort.TERMS),
        col("insurance_until", "insurance until", "insurance expires", "liability insurance expiration", "coi expires", sort=_DATE)),
        key=("name",), rule=named),
    Kind("price_book", "price book", "pricebook.edit", (
        col("code", "code", "item", "item code", "sku", "item number", "item no", "part number", "service code", size=40),
        col("name", "name", "item name", "product service name", "description", "product service", "title", size=160),
        col("sort", "type", "item type", "category type", sort=Sort.CHOICE, words=ITEM_SORTS),
        col("unit", "unit", "unit of measure", "uom", "units", size=12),
        col("cost", "cost", "unit cost", "purchase cost", "buying cost", "our cost", sort=Sort.NUMBER),
        col("price", "price", "sales price", "rate", "unit price", "sales price rate", "amount", sort=_MONEY),
        col("taxable", "taxable", "tax", sort=Sort.YES_NO), col("stocked", "stocked", "track inventory", sort=Sort.YES_NO)),
        key=("code",), rule=_item),
    Kind("jobs", "open jobs", "job.create", (
        _id("job id", "job number", "job no", "number"), *CUSTOMER,
        col("site_id", "site id", "location id", "property id", size=80),
        col("site", "site", "location", "service address", "job address", "address", "street", "property", size=200),
        col("title", "title", "job title", "job name", "description", "summary", "subject", "job type", need=True, size=160),
        col("state", "status", "job status", "state", sort=Sort.CHOICE, words=JOB_STATES),
        col("job_type", "type code", "job type code", size=30),
        col("people", "people", "people needed", "technicians needed", "crew size", sort=_COUNT, what="how many must be there at once"),
        col("customer_po", "po", "customer po", "po number", size=60),
        col("notes", "notes", "instructions", "details", "internal notes", size=4000),
        col("hold_note", "hold reason", "waiting for", size=200)), key=("customer", "title"), rule=belongs),
    Kind("receivables", "open receivables", "invoice.post", (
        _id("invoice id", "transaction id"), *CUSTOMER,
        col("number", "invoice", "invoice number", "invoice no", "num", "no", "number", "doc num", "reference", size=20),
        col("date", "date", "invoice date", "transaction date", "issued date", sort=_DATE), _DUE, _TOTAL, _OPEN, *JOB,
        col("memo", "memo", "description", "memo description", "subject", size=200)),
        key=("customer", "number"), rule=_receivable, needs_cutover=True, first="customer"),
    Kind("payables", "open payables", "bill.post", (
        _id("bill id", "transaction id"), *VENDOR, col("number", "bill", "bill number", "bill no", "num", "no", "reference",
        "vendor invoice number", "invoice number", size=60), col("date", "date", "bill date", "transaction date", sort=_DATE), _DUE, _TOTAL,
        _OPEN, *JOB, col("memo", "memo", "description", size=200)),
        key=("vendor", "number"), rule=_payable, needs_cutover=True, first="vendor"),
    Kind("retainage", "retainage held", "invoice.post", (
        _id("invoice id"), col("side", "side", "receivable or payable", sort=Sort.CHOICE,
        words={"receivable": ("ar", "customer", "owner"), "payable": ("ap", "vendor", "subcontractor")}), *CUSTOMER, *VENDOR,
        col("number", "number", "invoice number", "bill number", "contract", "contract number", "application", size=20), *JOB,
        col("date", "date", "invoice date", sort=_DATE),
        col("amount", "retainage", "retainage held", "retention", "amount", "balance", sort=_MONEY, need=True)),
        key=("customer", "vendor", "number", "job"), rule=_retainage, needs_cutover=True),
    Kind("deposits", "customer deposits", "payment.take", (
        _id("deposit id", "payment id"), *CUSTOMER, col("date", "date", "payment date", "received", sort=_DATE), *JOB,
        col("reference", "reference", "number", "check number", "ref no", "num", size=80),
        col("amount", "amount", "unapplied", "unapplied amount", "credit balance", "deposit", "balance", sort=_MONEY, need=True)),
        key=("customer", "reference", "date", "job"), rule=_deposit, needs_cutover=True),
    Kind("agreements", "service agreements", "agreement.sell", (
        _id("agreement id", "membership id", "contract id", "plan id"), *CUSTOMER, col("site_id", "site id", "location id", size=80),
        col("site", "site", "location", "service address", "address", size=200),
        col("name", "agreement", "agreement name", "membership", "membership type", "plan", "plan name", "name", need=True, size=120),
        col("price", "price", "total", "annual price", "billed", "amount", sort=_MONEY, need=True),
        col("starts", "starts", "start date", "start", "effective date", "from", sort=_DATE, need=True),
        col("months", "months", "duration", "term", "term months", sort=_COUNT),
        col("visits_a_year", "visits a year", "visits", "visits per year", sort=_COUNT),
        col("deferred", "deferred", "still deferred", "deferred revenue", "unearned", "unearned balance", sort=_MONEY)),
        key=("customer", "name", "starts"), rule=_agreement, needs_cutover=True),
    Kind("projects", "projects with cost and billings", "contract.edit", (
        _id("project id", "job id", "project number", "job number", "job no"),
        col("title", "project", "project name", "job name", "job", "title", need=True, size=160), *CUSTOMER,
        col("site", "site", "address", "location", "job address", size=200),
        col("contract_sum", "contract sum", "contract amount", "contract price", "contract value", "revised contract", sort=_MONEY),
        col("starts", "starts", "start date", "start", "contract date", sort=_DATE),
        col("billed", "billed to date", "billed", "gross billed", "total billed", "billings to date", sort=_MONEY),
        col("billed_on", "billed through", "billed to", "period to", "last application date", "application date", "last billed", sort=_DATE,
            what="end of the period of the last application; else the cut-over"),
        col("application", "application", "application no", "application number", "last application", "pay app", "pay app no", sort=_COUNT,
            what="number of the last application: the next one goes on from it"),
        col("retainage", "retainage held", "retainage", "retention", sort=_MONEY),
        col("open", "unpaid", "open receivable", "billed not paid", "open balance", sort=_MONEY),
        col("cost_code", "cost code", "code", "phase code", "csi", size=20),
        col("code_name", "cost code name", "code name", "category", size=100),
        col("cost_type", "cost type", "type", "class", sort=Sort.CHOICE, words=COST_TYPES),
        col("budget", "budget", "original budget", "estimated cost", "estimate", "revised budget", sort=_MONEY),
        col("cost", "cost to date", "actual cost", "cost", "actual", "costs to date", sort=_MONEY)),
        key=("title",), rule=_project, needs_cutover=True, many=True),
    Kind("history", "past work", "job.create", (
        col("id", "job number", "work order", "job no", "number", "id", size=80,
            what="where every row has its own, it makes the import repeatable"),
        col("customer", "customer", "client", "bill to", "owner", "=one customer for all", need=True, size=160),
        col("type", "type", "job type", "business unit", "category"), col("status", "status", "job status", "stage"),
        col("started", "started", "start date", "scheduled", "opened", sort=_DATE),
        col("finished", "finished", "completed", "end date", "closed", sort=_DATE),
        col("value", "revenue", "contract amount", "invoiced", "total", sort=_MONEY),
        col("hours", "hours", "labor hours", sort=Sort.NUMBER),
        col("visits", "visits", "appointments", "trips", sort=_COUNT), col("change_orders", "change orders", "cos", sort=_COUNT),
        col("days", "working days", "duration days", sort=_COUNT)), key=("id",)),
    Kind("trial_balance", "trial balance", "journal.post", (
        col("account", "account", "account number", "account code", "code", "number", "account no", "gl account", "account name",
            need=True, size=120),
        col("name", "name", "description", "title", size=120), col("debit", "debit", "debits", "dr", sort=_MONEY),
        col("credit", "credit", "credits", "cr", sort=_MONEY), col("balance", "balance", "amount", "ending balance", "net", sort=_MONEY)),
        key=("account",), rule=_trial, needs_cutover=True, first="account", many=True),
)}  # fmt: skip


def kind_named(name: str) -> Kind:
    """The kind with this name. Raises Invalid naming all of them."""
    found = KINDS.get(name.replace("-", "_"))
    if found is None:
        raise Invalid(f"There is no import of '{name}'. There is: {', '.join(KINDS)}, and sov for a continuation sheet.", field="kind")
    return found
