"""Two versions of a protocol as a person reads them: what changed, what is proved, and a file for each effect."""

from pathlib import Path

from tests.builders import PROTOCOL
from tests.test_compare import LOOSER, POORER, other

from oncourse.faces import versions
from oncourse.protocol import Protocol


def told(new: Protocol, into: Path, troubles: int = 0) -> str:
    """Everything said of the difference between the protocol and that version."""
    lines: list[str] = []
    versions.tell(PROTOCOL, new, lines.append, into, troubles)
    return "\n".join(lines)


def test_the_same_version_differs_in_nothing(tmp_path: Path) -> None:
    """One sentence, and no search."""
    assert told(PROTOCOL, tmp_path).endswith("Nothing that decides is written differently.")


def test_a_smaller_amount_is_proved_and_shown(tmp_path: Path) -> None:
    """The proof holds for whole courses, and a course is written that shows the smaller amount."""
    said = told(other(tmp_path / "new", POORER), tmp_path)
    assert "amounts changed" in said
    assert "PROVED: on no course does the new version give, or give more, where the old one does not." in said
    assert "gives less: give became give, 0.5 mg per m² became 0.4 mg per m²" in said
    text = (tmp_path / "difference-1.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Synthetic. On 2026-01-1")


def test_a_looser_limit_is_not_proved(tmp_path: Path) -> None:
    """What is not proved is said as plainly."""
    new = other(tmp_path / "new", LOOSER)
    assert versions.proof(PROTOCOL, new).startswith("NOT PROVED")
