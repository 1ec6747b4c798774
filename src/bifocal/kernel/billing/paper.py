"""The invoice on paper."""

from __future__ import annotations

from typing import Any

from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.documents.paper import render
from bifocal.lib.money import dollars


def invoice_data(invoice: Invoice) -> dict[str, Any]:
    """What the invoice's template shows: strings only, ready to print."""
    job = invoice.job
    return {
        "number": invoice.number or "Draft",
        "date": f"{invoice.date:%B %-d, %Y}",
        "due": f"{invoice.due:%B %-d, %Y}",
        "customer": invoice.customer.name,
        "customer_address": invoice.customer.address,
        "job": job.number,
        "title": job.title,
        "site": job.site.one_line,
        "po": job.customer_po,
        "memo": invoice.memo,
        "rate": f"{invoice.tax_rate * 100:.3f}".rstrip("0").rstrip("."),
        "lines": [
            {
                "text": li.description,
                "quantity": f"{li.quantity.normalize():f} {li.unit}".strip(),
                "price": dollars(li.price),
                "amount": dollars(li.amount),
                "taxed": "T" if li.tax else "",
            }
            for li in invoice.lines.all()
        ],
        "subtotal": dollars(invoice.subtotal),
        "tax": dollars(invoice.tax),
        "total": dollars(invoice.total),
        "retainage": dollars(invoice.retainage) if invoice.retainage else "",
        "paid": dollars(invoice.paid) if invoice.paid else "",
        "open": dollars(invoice.open_amount),
    }


def invoice_pdf(invoice: Invoice) -> bytes:
    """The invoice as a US letter PDF."""
    return render("invoice", invoice_data(invoice))
