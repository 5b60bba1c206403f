"""A sound event of every kind, as short as it can be, told in course P-9 on the morning of 25 November 2026."""

EVENTS = {
    "enrolled": "{disease: relapsed}",
    "replanned": "{transplant: not planned}",
    "measured": "{weight: 69 kg}",
    "transfused": "{platelets: yes}",
    "labs": "{anc: 1.5 10*9/L}",
    "pregnancy_test": "{result: negative}",
    "response": "{status: none}",
    "attested": "{gilbert: no}",
    "toxicity": "{term: rash, grade: 1}",
    "vod": "{status: suspected}",
    "held": "{reason: liver}",
    "omitted": "{reason: liver}",
    "judged": "{clause: late-reason, choice: logistics}",
    "counselled": "{topics: [fever]}",
    "ordered": "{dose: 0.89 mg}",
    "checked": "{point: bag, label: P-9}",
    "premedicated": "{antipyretic: '09:10'}",
    "reconstituted": "{appearance: clear}",
    "diluted": "{volume: 50 mL}",
    "discarded": "{reason: cloudy}",
    "overrode": "{clause: second-check, kind: logistics, why: nobody else is here}",
    "released": "{}",
    "printed": "{sheet: bag label, copy: 2, why: the first one is torn}",
    "infusion": "{state: paused}",
    "given": "{dose: 0.89 mg}",
    "observed": "{symptoms: [fever]}",
    "watch_ended": "{}",
    "reaction": "{grade: 1}",
    "stopped": "{reason: as the patient wishes}",
}


def event(kind: str, more: str = "") -> str:
    """That event, with more said of it."""
    return f"{{at: 2026-11-24, {more}{kind}: {EVENTS[kind]}}}"


def corrected(wrong: str, kind: str | None) -> str:
    """A correction that puts a sound event of a kind in the place of another, or nothing."""
    right = "null" if kind is None else f"{{{kind}: {EVENTS[kind]}}}"
    return f"{{at: 2026-11-24, corrected: {{event: {wrong}, with: {right}}}}}"
