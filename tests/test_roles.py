"""The table of who may do what: whole, and read as it is written."""

from pathlib import Path
from unittest.mock import patch

import pytest
from tests.builders import PROTOCOL

from oncourse import roles
from oncourse.event import CORRECTED, EXPECT
from oncourse.problem import BadInput
from oncourse.roles import PROGRAM, Actor, NotAllowed, table


def test_every_kind_of_event_has_its_row() -> None:
    """And no other kind; a correction has none, for it is measured by what it corrects."""
    assert set(table().events) == set(PROTOCOL.vocabulary.kinds) - {CORRECTED, EXPECT}


def test_what_is_signed_is_no_programs() -> None:
    """A machine answers for nothing."""
    signed = {name for name, kind in PROTOCOL.vocabulary.kinds.items() if kind.signed}
    assert signed
    assert all(PROGRAM not in table().events[name] for name in signed)


def test_every_row_has_somebody() -> None:
    """No act is nobody's, and each role has something to do."""
    rows = [*table().acts.values(), *table().events.values()]
    assert all(rows)
    assert {role for row in rows for role in row} == set(table().roles)


def test_whoever_is_not_named_may_not() -> None:
    """One of several roles is enough; an act that is not in the table is nobody's."""
    nurse, both = Actor("n", "Nurse Brown", ("nurse",)), Actor("b", "B", ("auditor", "pharmacist"))
    table().require("given", nurse)
    table().require("released", both)
    with pytest.raises(NotAllowed, match=r"Nurse Brown may not do this \(released\); ask pharmacist"):
        table().require("released", nurse)
    with pytest.raises(NotAllowed, match="ask nobody"):
        table().require("anything else", both)
    assert not table().allows("read", ())


def test_a_faulty_table_is_told(tmp_path: Path) -> None:
    """A role that is none, and a key too many."""
    (tmp_path / "roles.yaml").write_text("roles: [nurse]\nacts: {read: [king]}\nevents: {}\nmore: 1\n")
    table.cache_clear()
    with patch.object(roles, "FILE", tmp_path / "roles.yaml"), pytest.raises(BadInput) as bad:
        table()
    assert "king is no role; use nurse" in str(bad.value) and "more is not a key" in str(bad.value)
