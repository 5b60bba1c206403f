"""Two versions of a protocol as text: what is written differently, what is proved, and a course for each effect."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from oncourse.course import write
from oncourse.protocol import Protocol
from oncourse.prove.claims import read_claims
from oncourse.prove.compare import Difference, differences, moves_alike, never_more, written
from oncourse.quantity import show

Say = Callable[[str], None]


def tell(old: Protocol, new: Protocol, say: Say, into: Path, troubles: int) -> None:
    """Say what differs; each course found is written into the folder."""
    say(f"old {old.id} {old.version}, {old.sha256[:12]}")
    say(f"new {new.id} {new.version}, {new.sha256[:12]}")
    changed = list(written(old, new))
    for line in changed or ["Nothing that decides is written differently."]:
        say(line)
    if not changed:
        return
    say(proof(old, new))
    number = 0
    for number, found in enumerate(differences(old, new, troubles), start=1):
        say(_told(found, number, into))
    say(f"{number} difference(s) found in courses with at most {troubles} trouble(s) and in the case suite.")


def proof(old: Protocol, new: Protocol) -> str:
    """What the solver says of both: for one decision, and for whole courses if both remember alike."""
    if not never_more(old, new, read_claims(old)):
        return "NOT PROVED that the new version never gives, or gives more, where the old one does not."
    if moves_alike(old, new):
        return "PROVED: on no course does the new version give, or give more, where the old one does not."
    return (
        "PROVED from any one state, though the versions remember differently: the new one never gives, or gives more, "
        "where the old one does not."
    )


def _told(found: Difference, number: int, into: Path) -> str:
    path = into / f"difference-{number}.yaml"
    amounts = (
        f", {_amount(found.old.per_m2)} became {_amount(found.new.per_m2)}"
        if found.old.per_m2 != found.new.per_m2
        else ""
    )
    said = f"The new version {found.kind}: {found.old} became {found.new}{amounts}"
    path.write_text(f"# Synthetic. On {found.day}: {said}.\n{write(found.course)}", encoding="utf-8")
    return f"{said}. See {path} --at {found.day}"


def _amount(per_m2: Fraction | None) -> str:
    return "no amount" if per_m2 is None else f"{show(per_m2)} mg per m²"
