"""`schedule(network) -> Result`: both passes in the dialect asked for."""

from __future__ import annotations

from bifocal.engines.cpm import floats, msp, spans
from bifocal.engines.cpm.graph import WAITING, Graph, Node, Side, ordered
from bifocal.engines.cpm.model import Dates, Network, Result
from bifocal.engines.cpm.p6_backward import backward
from bifocal.engines.cpm.p6_forward import forward
from bifocal.lib.pauses import undisturbed


def schedule(network: Network) -> Result:
    """Compute every date of a network. Deterministic; nothing stored in the network's source is used but its inputs.

    Raises Invalid, naming the activities, for a loop, a link or calendar that is not there, a calendar without working time
    and a constraint without a date.
    """
    with undisturbed():
        return _schedule(network)


def _schedule(network: Network) -> Result:
    graph = Graph(network)
    if network.dialect == "msp":
        result = msp.compute(graph)
    else:
        _passes(graph)
        result = _result(graph)
    graph.unlink()
    return result


def _passes(graph: Graph) -> None:
    logic = ordered(graph.logic)
    for node in logic:
        forward(node)
    _ends(graph, logic)
    for node in reversed(logic):
        backward(node)
    floats.mark_longest_path(logic)
    spans.levels_of_effort(graph)
    spans.summaries(graph)


def _ends(graph: Graph, logic: list[Node]) -> None:
    """Where each project ends, for the backward pass: its must-finish date, or its latest early finish."""
    for node in logic:
        node.side.finish = max(node.ef, node.side.finish) if node.side.finish else node.ef
    sides = list(graph.sides.values())
    latest = max((s.finish for s in sides), default=0)
    for side in sides:
        side.finish = side.finish or side.start
        end = side.finish if side.options.own_end else latest
        side.end = end if side.must_finish is None else side.must_finish


def _result(graph: Graph) -> Result:
    found = [_dates(node) for node in graph.laid]
    dates = dict(zip(graph.nodes, graph.in_file_order(found), strict=True))
    path = [key for key, d in dates.items() if d.critical and not graph.nodes[key].span]
    path.sort(key=lambda key: dates[key].early_start)  # stable: the file's order where two start together
    return Result(dates, {key: side.finish for key, side in graph.sides.items()}, tuple(path))


def _dates(node: Node) -> Dates:
    slack = floats.total_float(node)
    drivers, late = node.drivers, node.late_arc
    return tuple.__new__(Dates, (  # what Dates(…) does, in half the time
        node.es, node.ef, node.ls, node.lf,
        node.es if node.actual_start is None else node.actual_start,
        node.ef if node.actual_finish is None else node.actual_finish,
        slack, floats.free_float(node), slack is not None and _critical(node, node.side, slack), node.longest,
        (drivers[0].link,) if len(drivers) == 1 else tuple([a.link for a in drivers]),
        node.why_s, node.why_f, node.why_l, late.link if late else None,
    ))  # fmt: skip


def _critical(node: Node, side: Side, slack: int) -> bool:
    """By the project's own definition; a completed activity, which has no float, is never critical."""
    options = side.options
    if options.critical == "longest path":
        return node.longest
    if options.open_ends_critical and node.state == WAITING and not node.succs and not node.span:
        return True
    return slack <= options.critical_float
