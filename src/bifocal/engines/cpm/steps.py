"""The forward pass in the network's own dialect as steps, one an activity, to be made again and again with other durations or starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bifocal.engines.cpm import msp
from bifocal.engines.cpm.graph import SUMMARY, Arc, Graph, Node, ordered
from bifocal.engines.cpm.msp_summary import join
from bifocal.engines.cpm.p6_forward import forward


@dataclass(frozen=True, slots=True)
class Step:
    """One activity, what computes its early dates once those before it are known, and the links into it and out of it."""

    node: Node
    run: Callable[[], None]
    preds: list[Arc]
    succs: list[Arc]


def steps_of(graph: Graph) -> list[Step]:
    """What carries logic, each after what it waits for. Raises Invalid for loops."""
    if not graph.microsoft:
        return [Step(n, lambda n=n: forward(n), n.preds, n.succs) for n in ordered(graph.logic)]  # type: ignore[misc]
    nodes = [n for n in graph.nodes.values() if n.kind is not SUMMARY and n.act.active]
    tasks = {id(n): msp.task_of(n, graph) for n in nodes}
    join(graph, tasks)
    order = [tasks[id(n)] for n in ordered(nodes, {key: (t.preds, t.succs) for key, t in tasks.items()})]
    return [Step(t.node, msp.step(t, tasks), t.preds, t.succs) for t in order]
