"""Every expression of a protocol is found, and the limits its names are compared with."""

from fractions import Fraction

from tests.builders import PROTOCOL

from oncourse.prove.trees import every_tree, limits


def test_every_part_of_the_file_that_decides_is_there() -> None:
    """Derived values, clauses, transitions, the permit and the amounts."""
    trees = list(every_tree(PROTOCOL))
    assert PROTOCOL.permit in trees
    assert all(tree in trees for tree in PROTOCOL.derived.values())
    assert all(clause.when in trees for clause in PROTOCOL.clauses if clause.when is not None)
    assert all(tree in trees for move in PROTOCOL.happens for _, tree in move.sets)
    assert all(row.when in trees for row in PROTOCOL.amounts.rows)


def test_limits_are_the_constants_a_name_is_compared_with() -> None:
    """Each once, in rising order."""
    trees = list(every_tree(PROTOCOL))
    assert limits(trees, "ast") == [Fraction(5, 2)]
    assert limits(trees, "interruption_days") == [14, 28]
    assert limits(trees, "weight") == [0]
