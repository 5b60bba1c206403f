"""The same pre-dose rules in three engines: the answers first, then the decisions in a CPU second.

Each engine takes the fourteen inputs in its own form and gives twelve truth values and a dose for each m²;
what is made of them is the same for all. Peers write "at most 1.5 times the upper limit" as a product.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from operator import itemgetter
from statistics import median
from typing import Any

import zen
from cel_expr_python import cel
from yardstick import table, timed

from oncourse.evaluate import closure
from oncourse.expression import BOOL, PLAIN, Node, Type, parse
from oncourse.problem import Place
from oncourse.value import Unknown

Given = Mapping[str, Any]
Answer = tuple[str, tuple[str, ...], object]
VOD = ("not reported", "suspected", "confirmed", "excluded")
NUMBERS = ("bilirubin", "bilirubin_uln", "ast", "ast_uln", "alt", "alt_uln", "anc", "platelets", "blasts")
COUNTS = ("toxicity", "cycle", "day")
INPUTS = (*NUMBERS, *COUNTS, "gilbert", "vod")
DOSE = "0.8 if cycle == 1 and day == 1 else 0.5"
STOPS = ("vod-confirmed", "life-threatening", "max-cycles")
REASONS = {
    "bilirubin-over": "bilirubin > 1.5 * bilirubin_uln and not gilbert",
    "ast-over": "ast > 2.5 * ast_uln",
    "alt-over": "alt > 2.5 * alt_uln",
    "both-over": "ast > 2.5 * ast_uln or alt > 2.5 * alt_uln or bilirubin > 3 * bilirubin_uln",
    "anc-low": "day == 1 and cycle >= 2 and anc < 1",
    "platelets-low": "day == 1 and cycle >= 2 and platelets < 50",
    "cytoreduce": "day == 1 and cycle == 1 and blasts > 10",
    "toxicity-hold": "toxicity >= 2",
    "vod-suspected": 'vod == "suspected"',
    "vod-confirmed": 'vod == "confirmed"',
    "life-threatening": "toxicity >= 4",
    "max-cycles": "cycle > 6",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine: how it takes the inputs, and how it answers. `told` are the truth values, None where it fails."""

    name: str
    ready: Callable[[Given], Any]
    told: Callable[[Any], tuple[list[object], object]]


def own() -> Peer:
    """Oncourse's own closures on exact numbers; an input that is missing is unknown, by name."""
    types = dict.fromkeys((*NUMBERS, *COUNTS), PLAIN) | {"gilbert": BOOL, "vod": Type("choice", options=VOD)}
    lookup = {name: itemgetter(place) for place, name in enumerate(INPUTS)}

    def made(text: str) -> Callable[[list[Any]], object]:
        tree = parse(text, Place("rules", 1, 1), types)
        assert isinstance(tree, Node), tree
        return closure(tree, lookup)

    rules, dose = [made(text) for text in REASONS.values()], made(DOSE)

    def ready(given: Given) -> list[Any]:
        missing = {name: Unknown(frozenset((name,))) for name in INPUTS if name not in given}
        exact = {name: Fraction(given[name]) for name in NUMBERS if name in given}
        known = {**given, **exact, **missing}
        return [known[name] for name in INPUTS]

    return Peer("oncourse", ready, lambda env: ([rule(env) for rule in rules], dose(env)))


def zen_jdm() -> Peer:
    """zen-engine: one JDM decision of an expression node; numbers as JSON."""
    texts = {**REASONS, "dose": "cycle == 1 and day == 1 ? 0.8 : 0.5"}
    rules = [{"id": key, "key": key.replace("-", "_"), "value": text} for key, text in texts.items()]
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {
            "id": "rules",
            "name": "rules",
            "type": "expressionNode",
            "position": {"x": 1, "y": 0},
            "content": {"expressions": rules},
        },
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": f"{one}-{other}", "type": "edge", "sourceId": one, "targetId": other}
        for one, other in (("in", "rules"), ("rules", "out"))
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    keys = [key.replace("-", "_") for key in REASONS]

    def told(given: dict[str, object]) -> tuple[list[object], object]:
        try:
            found = decision.evaluate(given)["result"]
        except RuntimeError:
            return [None] * len(keys), None
        return [found[key] for key in keys], found["dose"]

    return Peer("zen-engine", as_numbers, told)


def cel_cpp() -> Peer:
    """The C++ CEL engine by its Python wrapper: one compiled expression for each reason; numbers as doubles."""
    types = dict.fromkeys(NUMBERS, cel.Type.DOUBLE) | dict.fromkeys(COUNTS, cel.Type.INT)
    env = cel.NewEnv(variables={**types, "gilbert": cel.Type.BOOL, "vod": cel.Type.STRING})
    rules = [env.compile(in_cel(text)) for text in REASONS.values()]
    dose = env.compile("cycle == 1 && day == 1 ? 0.8 : 0.5")

    def told(given: dict[str, object]) -> tuple[list[object], object]:
        known = env.Activation(given)
        found = [rule.eval(known).value() for rule in rules]
        return [value if isinstance(value, bool) else None for value in found], dose.eval(known).value()

    return Peer("CEL (C++)", as_numbers, told)


def in_cel(text: str) -> str:
    """A reason in CEL: other signs, and doubles where the values are."""
    signs = text.replace(" and ", " && ").replace(" or ", " || ").replace("not ", "!")
    for number in ("anc < 1", "platelets < 50", "blasts > 10", "> 3 "):
        signs = signs.replace(number, f"{number.rstrip()}.0{' ' if number.endswith(' ') else ''}")
    return signs


def as_numbers(given: Given) -> dict[str, object]:
    """The inputs as JSON would carry them."""
    return {name: float(value) if name in NUMBERS else value for name, value in given.items()}


def answer(told: tuple[list[object], object]) -> Answer:
    """Verdict, reasons and mg/m² from twelve truth values; any that is not known asks first."""
    values, dose = told
    fired = tuple(reason for reason, value in zip(REASONS, values, strict=True) if value is True)
    if any(reason in STOPS for reason in fired):
        return "stop", fired, None
    if any(value is not True and value is not False for value in values):
        return "need", fired, None
    return ("hold", fired, None) if fired else ("give", (), dose)


def truth(given: Given) -> Answer:
    """The same rules once more, by hand and exact: what every engine should say when nothing is missing."""
    at = {name: Fraction(given[name]) for name in NUMBERS}
    first, vod = given["day"] == 1, given["vod"]
    ratios = {name: at[name] / at[f"{name}_uln"] for name in ("bilirubin", "ast", "alt")}
    held = (
        2 * ratios["bilirubin"] > 3 and not given["gilbert"],
        2 * ratios["ast"] > 5,
        2 * ratios["alt"] > 5,
        2 * ratios["ast"] > 5 or 2 * ratios["alt"] > 5 or ratios["bilirubin"] > 3,
        first and given["cycle"] >= 2 and at["anc"] < 1,
        first and given["cycle"] >= 2 and at["platelets"] < 50,
        first and given["cycle"] == 1 and at["blasts"] > 10,
        given["toxicity"] >= 2,
        vod == "suspected",
        vod == "confirmed",
        given["toxicity"] >= 4,
        given["cycle"] > 6,
    )
    return answer((list(held), Fraction(8 if first and given["cycle"] == 1 else 5, 10)))


HEALTHY: Given = {
    "bilirubin": "0.8",
    "bilirubin_uln": "1.2",
    "ast": "30",
    "ast_uln": "40",
    "alt": "30",
    "alt_uln": "45",
    "anc": "1.8",
    "platelets": "85",
    "blasts": "3",
    "toxicity": 1,
    "cycle": 2,
    "day": 1,
    "gilbert": False,
    "vod": "not reported",
}
# An upper limit of normal; bilirubin just under, exactly at and just over 1.5 times it.
BILIRUBIN = (
    ("0.7", "1.04", "1.05", "1.06"),
    ("1.1", "1.64", "1.65", "1.66"),
    ("1.2", "1.79", "1.8", "1.81"),
    ("1.3", "1.94", "1.95", "1.96"),
    ("17", "25.4", "25.5", "25.6"),
)
EDGES = {
    "ast": ("99.9", "100", "100.1"),
    "anc": ("0.999", "1"),
    "platelets": ("49", "50"),
    "blasts": ("10", "10.1"),
    "toxicity": (1, 2, 4),
    "gilbert": (False, True),
    "vod": VOD[:3],
}
SLOTS = ((1, 1), (2, 1), (2, 8), (7, 1))
# What a missing input might have been.
FILLINGS: Mapping[str, tuple[Any, ...]] = {
    **dict.fromkeys(("bilirubin", "ast", "alt", "anc", "platelets", "blasts"), ("0.001", "9999")),
    **dict.fromkeys(("bilirubin_uln", "ast_uln", "alt_uln"), ("0.001", "9999")),
    "toxicity": (0, 4),
    "gilbert": (False, True),
    "vod": VOD,
}


def grid() -> Iterator[tuple[bool, Given]]:
    """Inputs around every limit, and whether the bilirubin stands exactly on its own."""
    for (uln, *values), (cycle, day), others in product(BILIRUBIN, SLOTS, product(*EDGES.values())):
        at = {**HEALTHY, **dict(zip(EDGES, others, strict=True)), "cycle": cycle, "day": day}
        for place, value in enumerate(values):
            yield place == 1, {**at, "bilirubin": value, "bilirubin_uln": uln}


def exact(of: Answer) -> Answer:
    """The answer with its dose as an exact number."""
    verdict, reasons, dose = of
    return verdict, reasons, None if dose is None else Fraction(str(dose))


def on_limits(peers: list[Peer]) -> None:
    """Compare whole answers with the rules written by hand; only the exact limit may differ, and is told."""
    counts = {peer.name: [0, 0] for peer in peers}
    total = [0, 0]
    for at_limit, given in grid():
        right = truth(given)
        total[at_limit] += 1
        for peer in peers:
            counts[peer.name][at_limit] += exact(answer(peer.told(peer.ready(given)))) != right
    head = ("engine", f"beside the limit, of {total[0]:,}", f"exactly at 1.5 × ULN, of {total[1]:,}")
    table("Wrong answers when everything is known", head, ((name, *wrong) for name, wrong in counts.items()))
    assert counts["oncourse"] == [0, 0], "oncourse itself is wrong"
    assert all(wrong[0] == 0 for wrong in counts.values()), "the engines do not carry out the same rules"


def every_limit() -> None:
    """Doubles against exact numbers: bilirubin exactly at its limit, for each upper limit from 0.50 to 1.99."""
    ulns = [Fraction(cents, 100) for cents in range(50, 200)]
    over = sum(float(uln * 3 / 2) > 1.5 * float(uln) for uln in ulns)
    print(f"\nWith doubles, {over} of {len(ulns)} upper limits call a bilirubin of exactly 1.5 × ULN too high.")


def on_missing(peers: list[Peer]) -> None:
    """Leave out one input: what is said, beside what is said for everything it might have been."""
    rows = {peer.name: [0, 0, 0, 0] for peer in peers}
    total = 0
    for given, missing in product(some_patients(), FILLINGS):
        possible = {exact(truth({**given, missing: value})) for value in FILLINGS[missing]}
        left = {name: value for name, value in given.items() if name != missing}
        total += 1
        for peer in peers:
            said = exact(answer(peer.told(peer.ready(left))))
            verdicts = {right[0] for right in possible}
            rows[peer.name][0] += said[0] == "give" and verdicts != {"give"}
            rows[peer.name][1] += said[0] != "need" and len(verdicts) > 1 and said[0] != "give"
            rows[peer.name][2] += said[0] == "need" and len(possible) == 1
            rows[peer.name][3] += len(set.intersection(*(set(right[1]) for right in possible)) - set(said[1])) > 0
    head = ("engine", "wrong dose given", "other wrong verdict", "asked needlessly", "sure reason lost")
    table(f"One input missing, {total:,} times", head, ((name, *row) for name, row in rows.items()))
    assert rows["oncourse"] == [0, 0, 0, 0], "oncourse itself is wrong"


def some_patients() -> list[Given]:
    """Patients with nothing against a dose, with one reason and with two."""
    changes: tuple[Given, ...] = ({}, {"ast": "101"}, {"toxicity": 2}, {"vod": "suspected"}, {"bilirubin": "2"})
    both = ({**one, **other} for one, other in product(changes, changes))
    return [{**HEALTHY, **change, "cycle": cycle, "day": day} for change in both for cycle, day in SLOTS[:3]]


def decided(peer: Peer, ready: Any) -> Answer:
    """One decision."""
    return answer(peer.told(ready))


def rates(peers: list[Peer]) -> None:
    """Decisions in a CPU second on inputs that are ready; the engines take turns, and each turn is a ratio."""
    calls = {peer.name: partial(decided, peer, peer.ready(HEALTHY)) for peer in peers}
    turns = [{name: timed(call, 0.3) for name, call in calls.items()} for _ in range(TURNS)]
    rows = []
    for name in calls:
        rate = median(turn[name].rate for turn in turns)
        ratios = sorted(turn["oncourse"].rate / turn[name].rate for turn in turns)
        spread = f"{median(ratios):.1f} × ({ratios[0]:.1f}-{ratios[-1]:.1f})"
        p50 = median(turn[name].p50 for turn in turns)
        rows.append((name, f"{p50:.1f}", f"{rate:,.0f}", spread, AIMS.get(name, "")))
    head = ("engine", "CPU µs", "a CPU s", "oncourse is", "aim")
    table(f"Twelve reasons and a dose from fourteen inputs, {TURNS} turns", head, rows)


TURNS = 7
AIMS = {"zen-engine": "≥ 5 ×"}


def main() -> None:
    """The answers first: a rate means nothing where they differ."""
    peers = [own(), zen_jdm(), cel_cpp()]
    on_limits(peers)
    every_limit()
    on_missing(peers)
    rates(peers)


if __name__ == "__main__":
    main()
