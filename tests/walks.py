"""Random courses: edits of the suite's, and walks of a patient who is mostly, not always, treated as advised."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from tests.builders import (
    ALL_LABS,
    ENROLLED,
    FIRST,
    LIVER,
    MEASURED,
    PROTOCOL,
    also,
    course,
    event,
    happened,
    suite,
)

from oncourse.course import Course, write
from oncourse.decide import Decision, decide
from oncourse.quantity import show

slow = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

# For each fact that can be asked for, answers to it; the one that lets things go on comes first.
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "enrolment": (ENROLLED,),
    "disease": ("enrolled: {disease: relapsed}", "enrolled: {disease: other}"),
    "cd22": ("enrolled: {cd22: positive}", "enrolled: {cd22: negative}"),
    "contraindications": ("enrolled: {contraindications: []}", "enrolled: {contraindications: [vod]}"),
    "philadelphia": ("enrolled: {philadelphia: no}", "enrolled: {philadelphia: yes}"),
    "prior_tki": ("enrolled: {prior_tki: yes}", "enrolled: {prior_tki: no}"),
    "childbearing_potential": (
        "enrolled: {childbearing_potential: no}",
        "enrolled: {childbearing_potential: yes}",
    ),
    "pregnancy_test": ("pregnancy_test: {result: negative}", "pregnancy_test: {result: positive}"),
    "transplant": ("replanned: {transplant: not planned}", "replanned: {transplant: planned}"),
    "anc": ("labs: {anc: 5 10*9/L}", "labs: {anc: 0.1 10*9/L}"),
    "platelets": ("labs: {platelets: 300 10*9/L}", "labs: {platelets: 5 10*9/L}"),
    "blasts": ("labs: {blasts: 0 10*9/L}", "labs: {blasts: 11 10*9/L}"),
    "bilirubin": ("labs: {bilirubin: 0.5 ULN}", "labs: {bilirubin: 9 ULN}"),
    "ast": ("labs: {ast: 0.5 ULN}", "labs: {ast: 9 ULN}"),
    "alt": ("labs: {alt: 0.5 ULN}", "labs: {alt: 9 ULN}"),
    "height": ("measured: {height: 170 cm}", "measured: {height: 160 cm}"),
    "weight": ("measured: {weight: 70 kg}", "measured: {weight: 60 kg}"),
    "response": ("response: {status: none}", "response: {status: CR}"),
    "mrd": ("response: {mrd: positive}", "response: {mrd: negative}"),
    "counts_attribution": tuple(f"attested: {{counts_due_to: {cause}}}" for cause in ("disease", "drug", "other")),
    "late_reason": ("held: {reason: logistics}", "held: {reason: toxicity}"),
    "born": ("1961-09-17", "2025-09-17"),
    "sex": ("male", "female"),
}
HAPPENINGS = (
    *chain.from_iterable(texts for fact, texts in ANSWERS.items() if fact not in ("born", "sex", "enrolment")),
    *(f"labs: {{bilirubin: {value} ULN}}" for value in ("1.5", "1.6")),
    *(f"labs: {{ast: {value} ULN, alt: 1 ULN}}" for value in ("2.5", "2.6")),
    *(f"labs: {{anc: {anc} 10*9/L, platelets: {platelets} 10*9/L}}" for anc, platelets in ((1, 50), (0.9, 49))),
    LIVER,
    LIVER,
    ALL_LABS,
    ALL_LABS,
    *(f"toxicity: {{term: neuropathy, grade: {grade}}}" for grade in (1, 2, 3)),
    "toxicity: {term: hepatitis, grade: 3, hepatic: yes}",
    "toxicity: {term: hepatitis, grade: 3, hepatic: yes, related: yes}",
    *(f"vod: {{status: {status}}}" for status in ("suspected", "excluded", "confirmed")),
    *(f"reaction: {{grade: {grade}}}" for grade in (2, 3)),
    *(f"held: {{reason: {reason}}}" for reason in ("toxicity", "counts", "liver")),
    "omitted: {reason: liver}",
    *(f"omitted: {{cycle: {cycle}, day: {day}}}" for cycle in (1, 2) for day in (8, 15)),
    "response: {marrow: stable}",
    "response: {status: CRi, mrd: negative}",
    "transfused: {platelets: yes}",
    "attested: {gilbert: yes}",
    "attested: {transfusion_dependent: yes}",
    *(
        f'judged: {{clause: {clause}, choice: "{choice}"}}'
        for clause, choices in (
            ("long-interruption", ("continue", "stop")),
            ("two-doses", ("two doses", "three doses")),
            ("third-cycle", ("yes", "no")),
            ("remission-lost", ("continue",)),
            ("pregnancy", ("continue",)),
        )
        for choice in choices
    ),
    "overrode: {clause: interruption-reduce, kind: clinical, why: well again}",
    "given: {dose: 0.5 mg}",
    "given: {dose: 0.5 mg, cycle: 2, day: 1}",
    "stopped: {reason: wish}",
)


def edited(start: Course, random: Random, most: int = 3) -> Course:
    """The course with up to so many events dropped, moved, repeated on another day, or put in."""
    events = list(happened(start.events))
    for _ in range(random.randint(0, most)):
        place = random.randrange(len(events)) if events else 0
        days = timedelta(random.choice((-1, 1, 2, 6, 7, 8, 14, 29)))
        what = random.choice(("drop", "move", "repeat", "add"))
        if what == "add" or not events:
            day = (events[place].day if events else FIRST) + timedelta(random.randint(0, 3))
            events.append(event(day, random.choice(HAPPENINGS)))
        elif what == "drop":
            del events[place]
        else:
            moved = replace(events[place], day=events[place].day + days, instant=None)
            events[place : place + (what == "move")] = [moved]
    return replace(start, events=tuple(events))


def walked(random: Random) -> Course:
    """A patient who comes on many days, is given what is advised more often than not, and has all kinds of trouble."""
    sex, born = random.choice(("male", "female")), random.choice(("1961-09-17", "2020-02-29"))
    start = course((0, ENROLLED), (0, MEASURED), born=born, sex=sex)
    now = FIRST
    for _ in range(random.randint(2, 20)):
        walk = random.random()
        if walk < 0.2:
            start = also(start, now, random.choice(HAPPENINGS))
            continue
        start = also(start, now, ALL_LABS)
        decision = decide(PROTOCOL, start, now)
        if decision.choices is not None and walk < 0.8:
            chosen = random.choice(decision.choices.options)
            start = also(start, now, f'judged: {{clause: {decision.choices.clause}, choice: "{chosen}"}}')
            decision = decide(PROTOCOL, start, now)
        if decision.needs and walk < 0.8:
            answers = [random.choice(ANSWERS[need]) for need in decision.needs if need not in ("born", "sex")]
            start = also(start, now, *answers)
            decision = decide(PROTOCOL, start, now)
        if decision.verdict == "give" and decision.dose is not None and walk < 0.9:
            start = also(start, now, f"given: {{dose: {show(decision.dose.mg)} mg}}")
        due = decision.slot["earliest"]
        steps = random.choice((1, 3, 6, 7, 7, 7, 8, 14, 15, 29))
        now = due if isinstance(due, date) and due > now and random.random() < 0.6 else now + timedelta(steps)
    return start


class Asked:
    """A course and a day on which it is looked at; shown as the document that replays it."""

    def __init__(self, course: Course, day: date) -> None:
        self.course, self.day = course, day

    def decision(self) -> Decision:
        """What is decided on that day."""
        return decide(PROTOCOL, self.course, self.day)

    def __repr__(self) -> str:
        return f"--at {self.day}\n{write(self.course)}"


@st.composite
def asked_courses(draw: st.DrawFn) -> Asked:
    """A course of the suite or a walk, edited, looked at during it or soon after."""
    random = draw(st.randoms(use_true_random=False))
    start = walked(random) if random.random() < 0.5 else random.choice(suite())[1]
    course = edited(start, random)
    days = sorted({event.day for event in course.events}) or [FIRST]
    return Asked(course, random.choice(days) + timedelta(random.choice((0, 0, 0, 1, 3, 4, 7, 14, 29))))
