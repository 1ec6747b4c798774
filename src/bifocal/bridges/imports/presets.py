"""Exports of other programs whose columns are public: what they call things, and where that is documented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bifocal.lib.errors import Invalid


@dataclass(frozen=True)
class Preset:
    """One export of one program, with the page that its columns were taken from."""

    name: str
    kind: str
    title: str
    source: str
    columns: dict[str, str]
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    group: str = ""


_INTUIT = "https://plugin-qbo.intuit.com/qbo-ush/helpcontent/production/119/en_US/QBO_Essentials/Content/Topics/admin/help_admin_import_contacts_which_fields.htm"
_SCHEMAS = "https://schemas.apis.io/schemas"
_QB_PARTY = {
    "name": "Full Name", "company": "Company", "email": "Email", "phone": "Phone", "street": "Street", "city": "City", "state": "State",
    "postcode": "ZIP code",
}  # fmt: skip
_ST_ADDRESS = {
    "street": "address street", "street2": "address unit", "city": "address city", "state": "address state", "postcode": "address zip",
}  # fmt: skip

PRESETS: dict[str, Preset] = {p.name: p for p in (
    Preset("quickbooks-customers", "customers", "QuickBooks Online, customer list", _INTUIT, {**_QB_PARTY, "tax_exempt": "Resale Number"}),
    Preset("quickbooks-vendors", "vendors", "QuickBooks Online, vendor list", _INTUIT, _QB_PARTY),
    Preset("quickbooks-items", "price_book", "QuickBooks Online, products and services",
           "https://plugin-qbo.intuit.com/qbo-ush/helpcontent/production/latest/en_US/QBO_Plus/Content/Topics/admin/"
           "help_admin_import_ps_which_fields.htm (the export calls the name 'Product/Service Name')", {
               "name": "Product/Service Name", "code": "SKU", "sort": "Type", "price": "Sales Price / Rate", "taxable": "Taxable",
               "cost": "Purchase Cost"}),
    Preset("quickbooks-open-invoices", "receivables", "QuickBooks Online, report Open Invoices",
           "https://accurabooks.com/open-customer-invoices-report (grouped by customer); columns are found by their names",
           {"number": "Num", "date": "Date", "due": "Due date", "open": "Open balance"}, group="customer"),
    Preset("quickbooks-customers-desktop", "customers", "QuickBooks Desktop, customers", "http://employee.rpromise.com/allowed-fields/2", {
        "name": "Job or Customer Name", "company": "Company Name", "first_name": "First Name", "last_name": "Last Name", "phone": "Phone",
        "email": "Email", "street": "Billing Address 1", "street2": "Billing Address 2", "terms_days": "Terms", "id": "Account Number",
        "tax_exempt": "Resale Number"}),
    Preset("jobber-clients", "customers", "Jobber, clients",
           "A public importer's preset for the Jobber Clients export (GitHub, April 2026); Jobber's own pages do not list the columns", {
               "id": "J-ID", "name": "Display Name", "company": "Company Name", "first_name": "First Name", "last_name": "Last Name",
               "email": "E-mails", "phone": "Main Phone #s", "street": "Billing Street 1", "city": "Billing City", "state": "Billing State",
               "postcode": "Billing Zip code"}),
    Preset("jobber-properties", "sites", "Jobber, clients: their service properties", "The same file and source as jobber-clients", {
        "customer": "Display Name", "customer_id": "J-ID", "name": "Service Property Name", "street": "Service Street 1",
        "city": "Service City", "state": "Service State", "postcode": "Service Zip code"}),
    Preset("housecall-customers", "customers", "Housecall Pro, customers (CSV or the API's JSON)",
           f"{_SCHEMAS}/housecall-pro/housecall-pro-customer/", {
               "id": "id", "first_name": "first name", "last_name": "last name", "company": "company", "email": "email",
               "phone": "mobile number", "street": "addresses street", "street2": "addresses street line 2", "city": "addresses city",
               "state": "addresses state", "postcode": "addresses zip"}),
    Preset("servicetitan-customers", "customers", "ServiceTitan, customers (the API's JSON)",
           f"{_SCHEMAS}/servicetitan/servicetitan-customer/", {
        "id": "id", "name": "name", "sort": "type", "email": "contacts email", "phone": "contacts phone", **_ST_ADDRESS}),
    Preset("servicetitan-locations", "sites", "ServiceTitan, locations (the API's JSON)",
           f"{_SCHEMAS}/servicetitan/servicetitan-location/", {
        "id": "id", "customer_id": "customer id", "name": "name", "zone": "zone id", **_ST_ADDRESS}),
    Preset("servicetitan-invoices", "receivables", "ServiceTitan, invoices with a balance (the API's JSON)",
           f"{_SCHEMAS}/servicetitan/servicetitan-invoice/", {
               "id": "id", "customer_id": "customer id", "number": "number", "date": "invoice date", "due": "due date", "total": "total",
               "open": "balance"}),
    Preset("buildertrend-cost-catalog", "price_book", "Buildertrend, cost catalog",
           "https://helpcenter.buildertrend.net/en/articles/8219148-data-entry-timelines-and-approval-guidelines (no other export's columns"
           " are public)", {"name": "Catalog Item", "unit": "Unit", "sort": "Cost Type"}),
)}  # fmt: skip


def preset_named(name: str, kind: str) -> dict[str, Any]:
    """A preset as a mapping. Raises Invalid where there is none for this kind."""
    found = PRESETS.get(name)
    if found is None or found.kind != kind:
        fit = ", ".join(p.name for p in PRESETS.values() if p.kind == kind) or "none"
        raise Invalid(f"There is no preset '{name}' for {kind.replace('_', ' ')}. There is: {fit}.", field="preset")
    return {"columns": found.columns, "values": found.values, "group": found.group}
