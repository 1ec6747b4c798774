"""Write a tree of XML: small builders shared by PMXML and MSPDI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from bifocal.engines.cpm.formats.xml import put


def make(parent: Element, ns: str, name: str, values: Iterable[tuple[str, str]] = ()) -> Element:
    """A new element with text children; empty ones are left out."""
    made = SubElement(parent, ns + name)
    for key, value in values:
        if value != "":
            SubElement(made, ns + key).text = value
    return made


def child(parent: Element, ns: str, name: str, order: Mapping[str, int] | None = None) -> Element:
    """The child of that name, made in the schema's order where it is missing."""
    found = parent.find(ns + name)
    if found is None:
        put(parent, ns, name, " ", dict(order or {}))
        found = parent.find(ns + name)
        assert found is not None
        found.text = None
    return found


def emit(root: Element, ns: str) -> bytes:
    """The document's bytes, UTF-8, its namespace as the default one."""
    if ns:
        register_namespace("", ns[1:-1])
    register_namespace("xsi", "http://www.w3.org/2001/XMLSchema-instance")
    indent(root, "  ")
    text: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return text


def text_of_hours(minutes: float) -> str:
    """Hours as P6 writes them."""
    return f"{minutes / 60:.15g}"


def pt(minutes: float) -> str:
    """A duration as MS Project writes it: PT8H30M0S."""
    sign = "-" if minutes < 0 else ""
    hours, rest = divmod(round(abs(minutes) * 60), 3600)
    return f"{sign}PT{hours}H{rest // 60}M{rest % 60}S"
