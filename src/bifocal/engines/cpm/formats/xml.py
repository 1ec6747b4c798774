"""XML read safely: no entities, no document types, bounded in size; and small helpers over elements with one namespace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bifocal.engines.cpm.calendars import moment
from bifocal.engines.cpm.formats.file import BadFile, sensible

MOST_BYTES = 96 * 1024 * 1024  # a tree of it takes some ten times as much memory
DEEPEST = 60


def root_of(data: bytes) -> Element:
    """The document's root. Raises BadFile for what is broken, cut short, or carries entities (an attack, never a schedule)."""
    if len(data) > MOST_BYTES:
        raise BadFile(f"The XML is larger than {MOST_BYTES // 1024 // 1024} MB. Export fewer projects, or as XER.")
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise BadFile("The XML declares a document type or entities, which a schedule never needs. It was not read.") from None
    except (ParseError, ValueError, LookupError) as error:
        raise BadFile(f"The XML is damaged or cut short: {error}. Export it again.") from None
    level = [root]
    for _ in range(DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return root
    raise BadFile(f"The XML is nested more than {DEEPEST} deep, which a schedule never is. It was not read.")


def namespace(root: Element) -> str:
    """'{…}' of the root's tag, or nothing."""
    return root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""


class Node:
    """An element with its document's namespace taken off: `text('Name')`, `each('Task')`."""

    __slots__ = ("element", "ns", "values")

    def __init__(self, element: Element, ns: str) -> None:
        self.element, self.ns = element, ns
        cut = len(ns)
        self.values = {child.tag[cut:]: child.text for child in element if isinstance(child.tag, str)}

    def text(self, name: str) -> str:
        """A child's text, '' where there is none."""
        return (self.values.get(name) or "").strip()

    def flag(self, name: str) -> bool:
        """'1' or 'true'."""
        return self.text(name).lower() in ("1", "true")

    def number(self, name: str, otherwise: float = 0.0) -> float:
        """A child's number. Raises BadFile."""
        text = self.text(name)
        if not text:
            return otherwise
        try:
            value = float(text.replace(",", "."))
            if value != value:
                raise ValueError(text)
        except ValueError:
            raise BadFile(f"'{text}' in element {name} is not a number.", field=name) from None
        if abs(value) >= 1e13:
            raise BadFile(f"'{text}' in element {name} is too large.", field=name)
        return value

    def at(self, name: str) -> int | None:
        """A child's date and time as an instant; None where there is none. Raises BadFile."""
        text = self.text(name)
        return instant(text, name) if text else None

    def child(self, name: str) -> Node | None:
        """The first child of that name."""
        found = self.element.find(self.ns + name)
        return None if found is None else Node(found, self.ns)

    def each(self, name: str) -> Iterator[Node]:
        """Every child of that name."""
        for found in self.element.findall(self.ns + name):
            yield Node(found, self.ns)

    def group(self, outer: str, name: str) -> Iterator[Node]:
        """Every `name` inside the child `outer`."""
        found = self.element.find(self.ns + outer)
        if found is not None:
            yield from Node(found, self.ns).each(name)


def instant(text: str, where: str) -> int:
    """A date and time in ISO form; a zone is dropped: schedules are in local time. Raises BadFile."""
    try:
        return sensible(datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=None))
    except (ValueError, OverflowError):
        raise BadFile(f"'{text}' in element {where} is not a date.", field=where) from None


def iso(t: int | None) -> str:
    """An instant as XML writes it; '' for none."""
    return "" if t is None else f"{moment(t):%Y-%m-%dT%H:%M:%S}"


PERIOD = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?")


def period(text: str, where: str) -> float:
    """'PT8H30M0S' in minutes; MS Project counts work in hours, whole days only in elapsed ones. Raises BadFile."""
    found = PERIOD.fullmatch(text)
    if not found:
        raise BadFile(f"'{text}' in element {where} is not a duration.", field=where)
    sign, years, months, days, hours, minutes, seconds = found.groups()
    total = float(hours or 0) * 60 + float(minutes or 0) + float(seconds or 0) / 60
    total += (int(days or 0) + 30 * int(months or 0) + 365 * int(years or 0)) * 1440
    return -total if sign else total


def whole(minutes: float) -> int:
    """The nearest whole minute, halves up. Raises BadFile for more than a hundred years."""
    if abs(minutes) > 53_000_000:
        raise BadFile(f"A duration of {minutes / 60:g} hours is more than a hundred years: too large.")
    return int(minutes + 0.5) if minutes >= 0 else -int(-minutes + 0.5)


def put(element: Element, ns: str, name: str, value: str, order: dict[str, int] | None = None) -> None:
    """Set a child's text, adding the child in the schema's order where it is missing and there is something to say."""
    child = element.find(ns + name)
    if child is None:
        if value == "":
            return
        child = Element(ns + name)
        rank = (order or {}).get(name, 1 << 30)
        cut = len(ns)
        place = next(
            (i for i, c in enumerate(element) if isinstance(c.tag, str) and (order or {}).get(c.tag[cut:], -1) > rank), len(element)
        )
        element.insert(place, child)
    if (child.text or "") != value:
        child.text = value
