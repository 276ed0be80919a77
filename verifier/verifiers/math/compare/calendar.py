"""Times of day and dates."""

from verifier.verifiers.math.compare.verdict import Verdict, different, equal
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.tree import Apply, Node, Ratio, Symbol, integer


def compare_calendar(reference: Node, answer: Node) -> Verdict:
    """Compare two times of day or two dates. What one side leaves out (am or pm, the year) does not count."""
    left, right = _as_clock(reference), _as_clock(answer)
    if left is None or right is None or left.head != right.head:
        return different("structure", "one of them is a time or a date, the other is not")
    same = _same_date(left, right) if left.head == "date" else _same_time(left, right)
    return equal("structure", f"the same {left.head}") if same else different("structure", f"different {left.head}s")


def _as_clock(node: Node) -> Apply | None:
    match node:
        case Apply("clock" | "date", _):
            return node
        case Ratio((hours, minutes)) if rational(minutes):  # 3:00 is read as a time, so that 3:0 is something else
            return Apply("clock", (hours, minutes, integer(0), Symbol("")))
        case _:
            return None


def _same_date(left: Apply, right: Apply) -> bool:
    years = [rational(side.args[0]) for side in (left, right)]
    return left.args[1:] == right.args[1:] and (years[0] == years[1] or 0 in years)


def _same_time(left: Apply, right: Apply) -> bool:
    (hour, *rest), (other, *others) = left.args, right.args
    hours, other_hours = rational(hour), rational(other)
    if rest[:2] != others[:2] or hours is None or other_hours is None:
        return False
    if hours == other_hours and (rest[2] == others[2] or Symbol("") in (rest[2], others[2])):
        return True
    stated = [side[2] != Symbol("") for side in (rest, others)]
    twelve = hours % 12 == other_hours % 12
    if all(stated):
        return hours == other_hours
    return twelve and any(stated) and max(hours, other_hours) < 24 and _open(left, right)


def _open(left: Apply, right: Apply) -> bool:
    """Whether the side that states no half of the day uses hours that leave it open."""
    side = left if left.args[3] == Symbol("") else right
    hours = rational(side.args[0])
    return hours is not None and 1 <= hours <= 12
