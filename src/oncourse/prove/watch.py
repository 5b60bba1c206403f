"""The claims asked of the real engine: at a moment, over a step, or of two courses that differ in their facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from oncourse.course import Course, history
from oncourse.engine import MEMORY, RECORDS, Engine
from oncourse.evaluate import closure, grounds
from oncourse.event import Event
from oncourse.expression import Node, names_in
from oncourse.fold import fold, hours
from oncourse.protocol import EVENT_NAME
from oncourse.prove.claims import ANYTHING, THEN, Claim, Claims
from oncourse.prove.situation import DEFAULT, NONE, PER_M2, PERMIT, QUESTION, VERDICT, findings_of, needs_of
from oncourse.value import Env, Evaluate, Unknown
from oncourse.weigh import Weighed, weigh


class Look(NamedTuple):
    """One moment: the environment and, at a day's end, what was weighed there."""

    env: Env
    weighed: Weighed | None = None


Pair = Sequence[Look]  # a look, and the other one where a claim speaks of two


class Asked(NamedTuple):
    """A claim made ready for the engine."""

    claim: Claim
    given: Evaluate | None
    holds: Evaluate

    def broken(self, *looks: Look) -> bool:
        """What it supposes surely holds, and what it claims does not."""
        return (self.given is None or self.given(looks) is True) and self.holds(looks) is not True  # type: ignore[arg-type]


def copied(env: Env) -> Env:
    """The same environment, to be moved without touching this one."""
    other = list(env)
    other[RECORDS], other[MEMORY] = env[RECORDS].copy(), env[MEMORY].copy()
    return other


def asked_about(engine: Engine, look: Look) -> list[str]:
    """The facts that are missing at a moment, or that hold the dose."""
    assert look.weighed is not None
    asked: dict[str, None] = {}
    for found in look.weighed.fired:
        if found.act == "need":
            asked |= dict.fromkeys(sorted(found.lacks))
        if found.act == "hold" and found.clause.when is not None:
            made = grounds(
                found.clause.when, True, lambda tree: engine.compiled(tree)(look.env), engine.protocol.derived
            )
            asked |= dict.fromkeys(name for ground in made for name in names_in(ground.atom))
    return list(asked)


class Watch:
    """Claims compiled for one engine, sorted by what they are about."""

    def __init__(self, engine: Engine, claims: Claims, only: Sequence[str] = ()) -> None:
        self.engine = engine
        self.names = Names(engine, claims.gone)
        told = [claim for claim in (*claims.invariants, *claims.claims) if not only or claim.id in only]
        asked = [(claim, self._asked(claim)) for claim in told if not claim.all_known]
        self.moments = [made for claim, made in asked if not (claim.after or claim.worse or claim.learning)]
        self.steps = [made for claim, made in asked if claim.after]
        self.worse = [made for claim, made in asked if claim.worse]
        self.learning = [made for claim, made in asked if claim.learning]
        self.kinds = {kind for made in self.steps for kind in made.claim.after}

    def _asked(self, claim: Claim) -> Asked:
        def compiled(tree: Node) -> Evaluate:
            return closure(tree, self.names)

        return Asked(claim, None if claim.given is None else compiled(claim.given), compiled(claim.holds))

    def look(self, env: Env) -> Look:
        """The moment as it stands, weighed."""
        return Look(env, weigh(self.engine, env))

    def lived(self, env: Env, today: int, events: Sequence[Event]) -> list[Claim]:
        """One day, which moves `env`; the claims about steps that some step of it breaks."""
        if not self.steps:
            for _ in hours(self.engine, env, today, events):
                pass
            return []
        broken: list[Claim] = []
        before, kind = None, ""
        for coming in hours(self.engine, env, today, events):
            broken += self._stepped(before, kind, env)
            wanted = coming in self.kinds or ANYTHING in self.kinds
            before, kind = copied(env) if wanted else None, coming
        return broken + self._stepped(before, kind, env)

    def followed(self, course: Course, day: date) -> tuple[list[Claim], Look]:
        """A whole course lived from its first event to the end of a day: what that day breaks, and how it ends."""
        happened = history(course, day)
        earlier = [event for event in happened if event.day < day]
        env = fold(self.engine, course, earlier, day.toordinal() - 1)
        broken = self.lived(env, day.toordinal(), happened[len(earlier) :])
        look = self.look(env)
        return [*broken, *self.broken(look)], look

    def _stepped(self, before: Env | None, kind: str, env: Env) -> list[Claim]:
        if before is None:
            return []
        looks = Look(before), Look(env)
        return [made.claim for made in self.steps if {kind, ANYTHING} & set(made.claim.after) and made.broken(*looks)]

    def broken(self, look: Look) -> list[Claim]:
        """The claims about one moment that this one breaks."""
        return [made.claim for made in self.moments if made.broken(look)]

    def compared(self, look: Look, other: Look) -> list[Claim]:
        """The claims about two situations that these two break, however they came to differ."""
        return [made.claim for made in (*self.worse, *self.learning) if made.broken(look, other)]

    def worsened(self, look: Look, other: Look, facts: frozenset[str]) -> list[Claim]:
        """The claims that worse results break: `other` differs from `look` by worse values of these facts alone."""
        return [made.claim for made in self.worse if facts <= set(made.claim.worse) and made.broken(look, other)]

    def learned(self, look: Look, other: Look, facts: frozenset[str]) -> list[Claim]:
        """The claims that learning breaks: `other` knows these facts, which `look` lacks."""
        return [made.claim for made in self.learning if not facts & set(made.claim.but) and made.broken(look, other)]


class Names(dict[str, Evaluate]):
    """The names of claims as functions of one or two looks."""

    def __init__(self, engine: Engine, gone: Sequence[str] = ()) -> None:
        super().__init__()
        self.engine = engine
        self.own: Mapping[str, Callable[[Look], Any]] = {
            **dict.fromkeys(gone, lambda _: False),
            VERDICT: lambda look: self._weighed(look).verdict,
            PER_M2: lambda look: _per_m2(engine, look.env),
            PERMIT: lambda look: engine.permit(look.env),
            QUESTION: lambda look: self._question(look, "id"),
            DEFAULT: lambda look: self._question(look, "default"),
            **{name: self._found(clause.id, clause.act) for name, clause in findings_of(engine.protocol).items()},
            **{name: self._found(need, "need") for name, need in needs_of(engine.protocol).items()},
        }

    def __missing__(self, name: str) -> Evaluate:
        place, plain = (1, name.removeprefix(THEN)) if name.startswith(THEN) else (0, name)
        if plain in self.own:
            own = self.own[plain]
            return lambda looks: own(looks[place])
        of = self.engine.lookup[plain]
        place = -1 if plain.startswith(EVENT_NAME) else place  # what an event said is still there after it
        return lambda looks: of(looks[place].env)

    def _weighed(self, look: Look) -> Weighed:
        return look.weighed or weigh(self.engine, look.env)

    def _found(self, name: str, act: str) -> Callable[[Look], bool]:
        return lambda look: any(found.id == name and found.act == act for found in self._weighed(look).fired)

    def _question(self, look: Look, part: str) -> str:
        """Of the question that is asked first, its id or its default."""
        weighed = self._weighed(look)
        asked = [found.clause for found in weighed.fired if found.act == "judge" == weighed.verdict]
        return getattr(asked[0], part) if asked else NONE


def _per_m2(engine: Engine, env: Env) -> object:
    dose = engine.dose(env)
    return Unknown(frozenset()) if dose is None else dose.mg_per_m2
