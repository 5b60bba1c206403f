"""What a clinician reads on a terminal: the verdict first, both numbers, the source, the amount, and what next."""

import re
from datetime import datetime
from functools import cache

import pytest
from tests.builders import CASES, CYCLE_1, ENROLLED, LIVER, PROTOCOL, READY, STARTED, Told, course, moments

from oncourse import course as courses
from oncourse.decide import Decision, decide
from oncourse.faces import text
from oncourse.plan import plan
from oncourse.prepare import prepare

COLUMNS = 100
ROWS = 24
VIAL = ("2026-01-05T09:00:00+01:00", "reconstituted: {}")


def decided(*told: Told, at: str | None = None, site: str = "{}") -> Decision:
    """The decision for those events at a moment."""
    return decide(PROTOCOL, course(*told, site=site), None if at is None else datetime.fromisoformat(at))


def lines(*told: Told) -> list[str]:
    """What is printed of a decision, without the notice and the version."""
    return text.decision(decided(*told)).splitlines()[:-2]


@cache
def shown() -> tuple[tuple[str, str, tuple[str, str, str]], ...]:
    """What the suite prints: the name of each case, its verdict, and the decision, plan and sheet."""
    return tuple(
        (f"{moment.path.parent.name}/{moment.path.stem}", decision.verdict, pages(decision))
        for moment in moments()
        for decision in [moment.decision()]
    )


def pages(decision: Decision) -> tuple[str, str, str]:
    return text.decision(decision), text.plan(decision, plan(decision)), text.sheet(prepare(decision))


def test_the_contract_s_hold_is_read_in_ten_seconds() -> None:
    """One verdict, the reason with both numbers, where it is written, the amount, and what next."""
    source = (CASES / "worked/01-contract-patient.yaml").read_bytes()
    decision = decide(PROTOCOL, courses.read(source, "P-001.yaml", PROTOCOL.vocabulary))
    assert text.decision(decision) == (
        "HOLD TODAY'S DOSE                                            P-001   cycle 1 day 8   12-Jan-2026\n"
        "Total bilirubin is 1.7 × ULN; at most 1.5 × ULN before any dose.\n"
        "  liver-hold: written in A34, A47 (reading R3)\n"
        "\n"
        "Until       bilirubin ≤ 1.5 × ULN\n"
        "Dose then   0.89 mg = 3.56 mL from 1 vial (0.5 mg per m² × 1.77 m²)\n"
        "Last dose   1.42 mg; now 0.5 mg per m² on day 8\n"
        "Due         12-Jan-2026\n"
        "Omitted on  19-Jan-2026, if not given before\n"
        "\n"
        "Oncourse advises; it does not prescribe. Clinicians decide.\n"
        f"inotuzumab-ozogamicin {PROTOCOL.version}, {PROTOCOL.sha256[:12]}\n"
    )


def test_a_dose_to_give_says_how_much_at_once() -> None:
    """mg, mL, vials and bag stand in the second line, the reckoning with its source below, then what follows."""
    assert lines(*READY) == [
        "GIVE THE DOSE                                                  T-1   cycle 1 day 1   05-Jan-2026",
        "1.46 mg = 5.84 mL from 2 vials, in a bag of 50 mL in all at 50 mL per hour",
        "  day-1-dose: 0.8 mg per m² × 1.82 m²; written in A08, A13",
        "",
        "Due         05-Jan-2026",
        "Then        cycle 1 day 8 on 12-Jan-2026, 0.91 mg",
        "",
    ]


def test_a_reduced_dose_says_by_how_much_and_why() -> None:
    """The percentage, the dose before and the clause behind the change."""
    toxicity = "toxicity: {term: neuropathy, grade: %d}"
    said = "\n".join(lines(*CYCLE_1, (21, toxicity % 3), (42, toxicity % 0), (42, READY[2][1])))
    assert said.startswith("GIVE A REDUCED DOSE")
    assert "0.6 mg per m² × 1.82 m², 75 % of full; written in" in said
    assert "Last dose   0.91 mg; changed: three quarters of the dose" in said
    assert "Reduced     Interrupted for" in said


def test_a_missing_result_is_asked_for() -> None:
    """What is missing, why, and the dose it stands in the way of."""
    said = lines(*STARTED, (7, "labs: {bilirubin: 0.8 ULN, ast: 1 ULN}"))
    assert said[0].startswith("NEED A RESULT ")
    assert " ".join(said[1:3]) == (
        "ALT: the last is 7 days old; at most 3 days is accepted. Bilirubin, AST and ALT are needed before every dose."
    )
    assert said[3].startswith("  liver-data: written in A34, A47")
    assert "Dose then   0.91 mg = 3.64 mL from 2 vials (0.5 mg per m² × 1.82 m²)" in said


def test_a_question_shows_its_choices() -> None:
    """The default is marked."""
    said = lines(*READY, (1, "pregnancy_test: {result: positive}"))
    assert said[0].startswith("YOUR DECISION ")
    assert "Choose      stop (default), continue" in said


def test_waiting_says_from_when() -> None:
    """The first day and the day it is due, once."""
    said = lines(*STARTED)
    assert said[0].startswith("NOT DUE ")
    assert said[1] == "Cycle 1 day 8 may be given from 11-Jan-2026; it is due on 12-Jan-2026."
    assert not any(line.startswith("Due") for line in said)


@pytest.mark.parametrize(
    ("name", "title"),
    [("03-transplant-two-cycles", "COURSE COMPLETE "), ("18-no-remission-at-cycle-4", "STOP TREATMENT FOR GOOD ")],
)
def test_an_end_names_no_dose(name: str, title: str) -> None:
    """After a stop, or when all is given, no amount stands on the page."""
    source = (CASES / "worked" / f"{name}.yaml").read_bytes()
    said = text.decision(decide(PROTOCOL, courses.read(source, name, PROTOCOL.vocabulary)))
    assert said.startswith(title)
    assert " mg" not in said and "Due" not in said


def test_lateness_is_counted_in_days() -> None:
    """One day, two days."""
    assert "Due         12-Jan-2026, 1 day late" in lines(*STARTED, (8, LIVER))
    assert "Due         12-Jan-2026, 2 days late" in lines(*STARTED, (9, LIVER))


def test_an_override_stays_on_the_page() -> None:
    """With its reason and its name."""
    said = lines(*STARTED, (7, "overrode: {clause: liver-hold, kind: clinical, why: Gilbert, by: Dr A}"))
    assert "Override    liver-hold: Gilbert (Dr A)" in said


def test_everything_fits_a_terminal() -> None:
    """No line of the suite is longer than 100 columns, no decision longer than a screen, and no text has a gap."""
    for name, _, made in shown():
        assert len(made[0].splitlines()) <= ROWS, name
        for page in made:
            assert max(map(len, page.splitlines())) <= COLUMNS, (name, page)
            assert not re.search(r"[{}]|\bNone\b|\n\n\n|\d\.\d*0(?!\d)", page), (name, page)
            assert page.endswith("\n") and not page.startswith("\n"), name


def test_exactly_one_verdict_stands_on_a_page() -> None:
    """A decision begins with the title of its verdict, and has no other in capitals."""
    titles = {verdict: str(said["title"]).upper() for verdict, said in PROTOCOL.words["verdicts"].items()}
    for name, verdict, (page, _, _) in shown():
        own = (titles[verdict], titles["reduced"]) if verdict == "give" else (titles[verdict],)
        assert page.startswith(tuple(f"{title}  " for title in own)), name
        assert sum(page.count(title) for title in titles.values()) == 1, name


def test_what_was_typed_cannot_move_the_cursor() -> None:
    """Control characters of a document are not printed, and a long name does not break the page."""
    source = f"""
oncourse: 1
protocol: inotuzumab-ozogamicin
patient: {{id: "\\e[2J\\nGIVE THE DOSE{"x" * 300}"}}
events: [{{at: 2026-01-05, overrode: {{clause: x, why: "\\u202e\\e[31m"}}}}]
"""
    said = text.decision(decide(PROTOCOL, courses.read(source, "c", PROTOCOL.vocabulary)))
    assert all(line.isprintable() and len(line) <= COLUMNS for line in said.splitlines())
    assert said.startswith("NEED A RESULT ")


def test_a_plan_marks_its_conditions() -> None:
    """Conditions are spelled out once, below the slots that hang on them."""
    decision = decided((0, ENROLLED.replace("not planned", "planned")), *READY[1:])
    said = text.plan(decision, plan(decision))
    assert "\n    1   1   due          05-Jan-2026   1.46\n" in said
    assert "\n    3   1   conditional  23-Feb-2026   1.46   b, a\n" in said
    assert "\na  without CR or CRi by then; 0.91 mg after CR or CRi\n" in said
    assert said.count("only if a third cycle is decided on") == 1


def test_a_plan_ends_with_the_months_of_care() -> None:
    """How long to take care after the last dose given, on the same page."""
    decision = decided(*STARTED)
    said = text.plan(decision, plan(decision))
    assert said.startswith("T-1   05-Jan-2026\nNot due. Cycle 1 day 8")
    assert (
        "\nEffective contraception with partners who can become pregnant until 05-Jun-2026, 5 months after\n"
        "the last dose.\n"
    ) in said


def test_a_worksheet_names_the_drug_and_counts_its_steps() -> None:
    """The drug in full and what it is not, the amount, the premedication and every step with its source."""
    said = text.sheet(prepare(decided(*READY, (0, "premedicated: {antipyretic: '08:30'}"))))
    assert "inotuzumab ozogamicin (Besponsa, anti-CD22; not gemtuzumab ozogamicin)" in said
    assert "\nRecorded    [ ] corticosteroid  [x] antipyretic  [ ] antihistamine\n" in said
    assert re.findall(r"^ ?(\d+)\. ", said, re.MULTILINE) == [str(n) for n in range(1, 12)]
    assert " 3. Swirl gently until dissolved. Never shake. [A20]\n" in said


def test_a_worksheet_of_a_held_dose_prepares_nothing() -> None:
    """It says so, and shows neither an amount nor a step."""
    said = text.sheet(prepare(decided(*STARTED, (7, "labs: {bilirubin: 1.7 ULN, ast: 1 ULN, alt: 1 ULN}"))))
    assert "\nNot for preparation. Hold today's dose. Total bilirubin" in said
    assert "mg =" not in said and "1. " not in said


def test_a_worksheet_shows_what_must_not_be_done_first() -> None:
    """A refusal stands above the amount, the limits that still bind below the steps."""
    said = text.sheet(prepare(decided(*READY, VIAL, at="2026-01-05T13:00:01+01:00")))
    refusal, amount, limit = (said.index(part) for part in ("Discard. Not diluted by 13:00", "1.46 mg =", "End by "))
    assert refusal < amount < limit
    assert "05-Jan-2026 13:00+0100\n" in said
    assert "\nEnd by      17:00\n" in said
