"""DSP cascades: which products are kept out of multiplier cells that take in an adder, too.

Synthesis for some families, Xilinx's 7 series say, makes one cell of a multiplier, the adder behind
it and the register between (`Target.cascade`), and leads such cells from one into the next. That
saves logic, and is slower than what the schedule counts with: a tree of adders becomes a chain of
cells, and a register within the cell answers late. So an adder of the product's own clock leaves
the product alone, and a register within a cell is one outside where the time that it takes is not
there.
"""

from dataclasses import replace

from hydrophone_hdl.hls.graph import WIRING, Kind, Node
from hydrophone_hdl.hls.schedule import Schedule
from hydrophone_hdl.hls.timing import Arrival, arrival


def product_of(schedule: Schedule, node: Node) -> Node | None:
    """The product of the same clock whose bits a node names; None of any other."""
    while node.kind in WIRING and len(node.operands) == 1 and schedule.moves(node.operands[0]):
        (operand,) = node.operands
        if schedule.cycle(operand) != schedule.cycle(node):
            return None
        node = operand
    return node if node.kind is Kind.MULTIPLY else None


def added(schedule: Schedule) -> set[Node]:
    """Products that are added in their own clock, where cells would take that in."""
    found: set[Node] = set()
    if schedule.timing.family.cascade is None:
        return found
    for node in schedule.graph.nodes:
        if node.kind in (Kind.ADD, Kind.SUBTRACT):
            for operand in node.operands:
                if schedule.moves(operand) and schedule.cycle(operand) == schedule.cycle(node):
                    product = product_of(schedule, operand)
                    found |= {product} if product is not None else set()
    return found


def strained(schedule: Schedule) -> set[Node]:
    """What names a product and has no time for a register within the cell."""
    cascade = schedule.timing.family.cascade
    if cascade is None:
        return set()
    limits = _limits(schedule)
    late: set[Node] = set()
    arrivals: dict[Node, Arrival] = {}
    # What within each node's clock comes from a register that may be within a cell.
    sources: dict[Node, set[Node]] = {}
    for node in schedule.graph.nodes:
        cycle, own = schedule.cycle(node), set[Node]()
        operands: list[Arrival] = []
        cost = schedule.cost(node)
        for operand in schedule.operands(node):
            if not schedule.moves(operand):
                operands.append(schedule.arrivals[operand])
            elif schedule.cycle(operand) == cycle:
                operands.append(arrivals[operand])
                own |= sources[operand]
            elif schedule.cycle(operand) == cycle - 1 and product_of(schedule, operand) is not None:
                operands.append((cascade.register_ps, cascade.register_ps))
                own.add(operand)
                if node.kind in (Kind.ADD, Kind.SUBTRACT):
                    # An adder in logic may undercut the cell's.
                    near = max(cascade.adder_ps, cost.delay_ps - cost.ripple_ps)
                    cost = replace(cost, delay_ps=near + cost.ripple_ps)
            else:
                operands.append(schedule.clock.launch)
        usual = schedule.arrivals[node]
        arrivals[node] = arrival(node, cost, operands) if operands and own else usual
        sources[node] = own
        if arrivals[node][1] > limits.get(node, schedule.clock.end):
            late |= own
    return late


def _limits(schedule: Schedule) -> dict[Node, int]:
    """When nodes have to be there that memories and results take in their own clock."""
    limits: dict[Node, int] = {}
    for vertex in (v for group in schedule.graph.groups for v in group):
        for capture in schedule.captures(vertex):
            node = capture.node
            if (
                schedule.moves(node)
                and schedule.cycle(node) == schedule.cycle(vertex) - capture.ahead
            ):
                limits[node] = min(limits.get(node, schedule.clock.end), capture.limit_ps)
    return limits
