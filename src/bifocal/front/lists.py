"""One way to list anything: find, filter, sort, page by cursor, export. A list says what is its own; this does the rest."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from bifocal.core import search
from bifocal.core.actor import Actor
from bifocal.core.paging import page as cut

SIZE = 50
CHUNK = 500
Rows = QuerySet[Any]


@dataclass(frozen=True)
class Filter:
    """One choice above a list: the options people see, and what each does to the rows."""

    name: str
    label: Any
    options: Callable[[], Sequence[tuple[str, Any]]]
    narrow: Callable[[Rows, str], Rows]


@dataclass(frozen=True)
class Listing:
    """What is a list's own.

    `sorts` maps a name in the address to a column (never null); `columns` are the export's heads and cells, where a cell
    reads what `dress` made of a row; `kinds` are searched in the palette's index, `words` by part of a column.
    """

    name: str
    heading: Any
    template: str
    empty: Any
    rows: Callable[[Actor], Rows]
    columns: Callable[[Actor], Sequence[tuple[str, Callable[[Any], Any]]]]
    sorts: Mapping[str, str]
    first: str = "-new"
    filters: Sequence[Filter] = ()
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    dress: Callable[[list[Any], Actor], list[Any]] = lambda rows, actor: rows
    placeholder: Any = ""
    more: Mapping[str, Any] = field(default_factory=dict)


def kept(request: HttpRequest, *dropped: str) -> str:
    """The address's query without its cursor and the parts named."""
    query: QueryDict = request.GET.copy()
    for name in ("cursor", *dropped):
        query.pop(name, None)
    return query.urlencode()


def chosen(listing: Listing, request: HttpRequest, actor: Actor) -> Rows:
    """The rows that the search and the filters leave, not yet ordered."""
    rows = listing.rows(actor)
    for one in listing.filters:
        value = request.GET.get(one.name, "")
        if value in {key for key, _label in one.options()}:
            rows = one.narrow(rows, value)
    words = request.GET.get("q", "").strip()
    if words and listing.kinds:
        hits = search.find(words, kinds=list(listing.kinds), limit=500)
        return rows.filter(uid__in=[h["uid"] for h in hits])
    for word in words.split() if listing.words else []:
        test = Q()
        for column in listing.words:
            test |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(test)
    return rows


def order(listing: Listing, request: HttpRequest) -> tuple[str, str]:
    """The sort asked for, as it stands in the address and as a column; an unknown one is the list's first."""
    asked = request.GET.get("sort", "")
    name = asked if asked.lstrip("-") in listing.sorts else listing.first
    return name, ("-" if name.startswith("-") else "") + listing.sorts[name.lstrip("-")]


def show(listing: Listing, request: HttpRequest, actor: Actor, *, template: str = "pages/list.html", **also: Any) -> HttpResponseBase:
    """The list as a page, or as CSV where the address says `export=csv`."""
    if request.GET.get("export") == "csv":
        return export(listing, request, actor)
    return render(request, template, {**context(listing, request, actor), **also})


def context(listing: Listing, request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """What the list's template needs: one page of rows and how to go on."""
    rows = chosen(listing, request, actor)
    sort, column = order(listing, request)
    got = cut(rows, order=column, cursor=request.GET.get("cursor", ""), size=SIZE)
    query = kept(request, "export")
    return {
        "list": {
            "name": listing.name,
            "heading": listing.heading,
            "count": rows.count(),
            "rows": listing.dress(got.rows, actor),
            "next": got.next,
            "template": listing.template,
            "empty": listing.empty,
            "sort": sort,
            "query": query,
            "unsorted": kept(request, "export", "sort"),
            "q": request.GET.get("q", ""),
            "placeholder": listing.placeholder,
            "filtered": bool(request.GET.get("q")) or any(request.GET.get(f.name) for f in listing.filters),
            "filters": [
                {"name": f.name, "label": f.label, "options": f.options(), "value": request.GET.get(f.name, "")} for f in listing.filters
            ],
            "tab": request.GET.get("tab", ""),
            **listing.more,
        }
    }


class _Echo:
    def write(self, value: str) -> str:
        return value


def export(listing: Listing, request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    """The filtered list as CSV, chunk by chunk. A cell that a spreadsheet would run as a formula is quoted."""
    columns = listing.columns(actor)
    _name, column = order(listing, request)
    rows = chosen(listing, request, actor).order_by(column, "pk")
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield writer.writerow([head for head, _cell in columns])
        found = rows.iterator(chunk_size=CHUNK)
        while chunk := list(islice(found, CHUNK)):
            for row in listing.dress(chunk, actor):
                yield writer.writerow([_safe(cell(row)) for _head, cell in columns])

    name = {"Content-Disposition": f'attachment; filename="{listing.name}.csv"'}
    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8", headers=name)


def _safe(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in "=+@\t" or (text[:1] == "-" and not text[1:2].isdigit()) else text
