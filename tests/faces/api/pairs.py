"""The four points at which two people must agree: who they are, what each tells, and what anybody sees of it."""

from typing import NamedTuple

import pytest
from tests.faces.api.hospital import Hospital, is_problem
from tests.faces.api.kinds import event

RELEASE, START = "{at: 2026-11-24, released: {}}", "{at: 2026-11-24T09:00:00Z, infusion: {state: started}}"
UNWATCHED = ", ".join(  # neither vial nor premedication has a time here, and an infusion is started all the same
    f"{{at: 2026-11-24, overrode: {{clause: {clause}, kind: other, why: not looked at here}}}}"
    for clause in ("end-by", "premedication")
)
WAIVE = "{at: 2026-11-24, id: alone, overrode: {clause: second-check, kind: logistics, why: nobody else is here}}"


class Pair(NamedTuple):
    """A point, who does the first part and who the second, what the first tells and what is checked; NN is a value."""

    point: str
    first: str
    second: str
    done: str
    value: str

    def begins(self, number: str, id_: str = "one") -> str:
        """What the first person tells."""
        return f"{{at: 2026-11-24, id: {id_}, {self.done.replace('NN', number)}}}"

    def checks(self, number: str, first: str = "one", more: str = "") -> str:
        """What the second person tells."""
        own = self.value.replace("NN", number)
        return f"{{at: 2026-11-24, {more}checked: {{point: {self.point}, first: {first}, {own}}}}}"


ORDER = Pair("order", "adams", "price", "ordered: {dose: NN mg}", "dose: NN mg")
PREPARATION = Pair("preparation", "price", "quinn", "diluted: {volume: NN mL}", "volume: NN mL")
BAG = Pair("bag", "brown", "young", "checked: {point: bag, dose: NN mg}", "dose: NN mg")
PUMP = Pair("pump", "young", "brown", "checked: {point: pump, rate: NN mL/h}", "rate: NN mL/h")
POINTS = (ORDER, PREPARATION, BAG, PUMP)
each_point = pytest.mark.parametrize("pair", POINTS, ids=lambda pair: pair.point)


def watchers(pair: Pair) -> tuple[str, ...]:
    """The two themselves, a colleague, an auditor and a program."""
    return pair.first, pair.second, "clark", "ellis", "lis"


def seen(hospital: Hospital, who: str) -> str:
    """All that somebody is answered, by every route that reads, and by what is refused."""
    course = "/api/courses/P-9"
    paths = [course, *(f"{course}/{part}" for part in ("events", "events?since=4", "decision", "plan", "checks"))]
    answers = [hospital.get(who, path) for path in (*paths, "/api/courses?q=p-9")]
    answers.append(hospital.tell(who, event("labs"), version=1))
    answers += [hospital.tell(who, pair.checks("1", "none")) for pair in POINTS]
    return "\n".join(f"{answer.text} {answer.headers}" for answer in answers)


def state(hospital: Hospital, point: str) -> str | None:
    """How it stands with a point."""
    checks = hospital.get("ellis", "/api/courses/P-9/checks").json()["checks"]
    return next((str(one["state"]) for one in checks if one["point"] == point), None)


def waits(hospital: Hospital, step: str = START) -> set[str]:
    """The points on which nobody, or no two people, have agreed, and a step waits for it."""
    who = "brown" if step == START else "price"
    return {
        name for name in ("order", "preparation", "bag", "pump") if f"the {name}" in refusal(hospital.tell(who, step))
    }


def refusal(answer: object) -> str:
    """Why something was refused."""
    assert is_problem(answer, 422), answer
    return "; ".join(one["what"] for one in answer.json()["problems"])  # type: ignore[attr-defined]
