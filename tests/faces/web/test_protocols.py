"""The pages of the protocol: all that is followed with its sources and its proof, its versions, its signature."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.builders import CASES, PROTOCOL
from tests.faces.api.hospital import STAFF, Furnished, Hospital, furnished
from tests.faces.web.marked import ids, links, said, tree, under

from oncourse import course as courses
from oncourse.event import EXPECT
from oncourse.faces.web.clauses import places
from oncourse.faces.web.page import text
from oncourse.protocol_file import read_folder
from oncourse.prove.proved import read_proved
from oncourse.record import protocols

PAGES = ("/protocol", "/protocol/sources", "/protocol/proof", "/protocol/diff")
PEOPLE = [name for name, (_, role) in STAFF.items() if role != "program"]
SOURCES: Any = PROTOCOL.sources
WORDS: Any = PROTOCOL.words
READINGS: Any = PROTOCOL.readings
BAR = "notice--protocol"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """A hospital that every test copies."""
    address = str(tmp_path_factory.mktemp("furnished") / "record.db")
    return Furnished("sqlite", address, furnished(address))


@pytest.fixture
def here(once: Furnished, tmp_path: Path) -> Hospital:
    """A hospital whose protocol nobody has signed."""
    return Hospital(once.copy(tmp_path), once.keys)


def page(here: Hospital, path: str, who: str = "adams") -> Any:
    """A page as somebody gets it."""
    answer = here.get(who, path)
    assert answer.status_code == 200, answer.text
    return tree(answer.text)


def sign(here: Hospital, who: str | None, **fields: str) -> Any:
    """Somebody signs the version that they read, if no other is named."""
    return here.ask(who, "POST", "/protocol", data={"sha256": PROTOCOL.sha256} | fields, follow_redirects=False)


def older(here: Hospital, tmp_path: Path, changes: Iterable[tuple[str, str, str]], version: str = "2025.1") -> str:
    """An older version is on record that says something else in places; its hash."""
    folder = tmp_path / version
    shutil.copytree(PROTOCOL.folder, folder, ignore=shutil.ignore_patterns("cases"))
    for name, now, then in (("protocol.yaml", PROTOCOL.version, version), *changes):
        whole = (folder / name).read_text(encoding="utf-8")
        assert now in whole
        (folder / name).write_text(whole.replace(now, then, 1), encoding="utf-8")
    old = read_folder(folder)
    with here.clinic.record.writing() as writer:
        protocols.keep(writer, old, "me", "2025-01-31T23:30:00+00:00")
    return old.sha256


def test_every_clause_is_there_as_it_is_written(here: Hospital) -> None:
    """In the order of the file, with its title, act and conditions, letter by letter."""
    shown = page(here, "/protocol")
    anchors = places(PROTOCOL)
    assert [name for name in ids(shown) if name in set(anchors)] == anchors
    for anchor, clause, raw in zip(anchors, PROTOCOL.clauses, written_clauses(), strict=True):
        item = under(shown, anchor)
        assert WORDS["clauses"][clause.id]["title"] in said(item)
        assert f"{WORDS['acts'][clause.act]} · {clause.id}" in said(item)
        codes = [said(code) for code in item.iter("code")]
        conditions = [raw[key] for key in ("scope", "when", "occasion") if key in raw]
        assert [part for part in conditions if " ".join(part.split()) not in codes] == []
        linked = {link.rpartition("#")[2] for link in links(item)}
        assert {*clause.cites, *clause.readings} <= linked


def written_clauses() -> list[dict[str, str]]:
    """The clauses as texts and lists."""
    file = PROTOCOL.folder / "protocol.yaml"
    found: list[dict[str, str]] = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)["clauses"]
    return found


def test_every_statement_and_every_reading_is_there_whole(here: Hospital) -> None:
    """Each with all that it says, but for signs and zeros that are easily misread."""
    shown = page(here, "/protocol/sources")
    texts = {name: [one["article"], one["label_us"], one["label_eu"]] for name, one in SOURCES["statements"].items()}
    texts |= {name: [one["text"]] for name, one in SOURCES["missing"].items()}
    texts |= {name: [one[key] for key in ("where", "question", "chosen", "why")] for name, one in READINGS.items()}
    assert len(texts) > 100
    for name, parts in texts.items():
        found = said(under(shown, name))
        assert [part for part in parts if part and plain(part) not in found] == [], name


def plain(sentence: str) -> str:
    """A sentence as a page shows it, without what only marks letters."""
    whole = " ".join(sentence.split()).replace("10⁹/L", "10⁹ per L").replace("10⁹", "109")
    return re.sub(r"(\d+)\.0\b", r"\1", whole.replace("1.80", "1.8"))


def test_sources_that_differ_stand_side_by_side(here: Hospital) -> None:
    """Three columns with how sure each label is, and none where all say the same; a silent side says that it is."""
    shown = page(here, "/protocol/sources")
    for name, one in SOURCES["statements"].items():
        columns = under(shown, name).findall("./div[@class='sides']/div")
        assert len(columns) == (0 if one["agree"] == "same" else 3), name
        for column, key in zip(columns, ("article", "label_us", "label_eu"), strict=bool(columns)):
            assert said(column).startswith(text(f"protocol_page.{key}"))
            assert (text("protocol_page.silent") in said(column)) == (not one[key])
    label_us, label_eu = under(shown, "A34").findall("./div[@class='sides']/div")[1:]
    assert said(label_us).endswith("Read in a secondary text only")
    assert said(label_eu).endswith("Text was read")
    assert "the article can be read in two ways" in said(under(shown, "A34"))


def test_what_acts_on_a_statement_is_named_or_why_nothing_does(here: Hospital) -> None:
    """By the title of the clause or the name of the fact, or the reason in words."""
    shown = page(here, "/protocol/sources")
    assert "Clause Liver values; Fact Total bilirubin, AST, ALT; reading R3" in said(under(shown, "A34"))
    silent = [name for name, one in everything().items() if any(isinstance(by, dict) for by in carriers(one))]
    assert silent
    for name in silent:
        (reason,) = (by["nothing"] for by in carriers(everything()[name]) if isinstance(by, dict))
        assert f"Nothing acts on it: {reason}" in said(under(shown, name))


def everything() -> dict[str, Any]:
    """The statements of the article, and those it leaves out."""
    return {**SOURCES["statements"], **SOURCES["missing"]}


def carriers(statement: dict[str, Any]) -> list[Any]:
    """What acts on a statement."""
    found: list[Any] = statement.get("carried_out_by") or statement["used_by"]
    return found


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_to_what_is_there(here: Hospital, path: str) -> None:
    """To a page that can be opened, and on it to the one place that is meant."""
    shown = page(here, path)
    assert [name for name, times in Counter(ids(shown)).items() if times > 1] == []
    there = {one: set(ids(page(here, one))) for one in PAGES}
    inside = [link.partition("#") for link in links(shown) if link.startswith(("#", "/protocol"))]
    assert len(inside) >= 5
    assert [(to, anchor) for to, _, anchor in inside if anchor and anchor not in there[to or path]] == []
    assert {to for to, _, _ in inside} <= {"", *PAGES}


def test_the_sources_of_a_decision_are_found(here: Hospital) -> None:
    """What a day cites leads to the statement."""
    cited = [link for link in links(page(here, "/patients/P-9/days/2026-11-25")) if "#" in link and "protocol" in link]
    assert cited
    there = set(ids(page(here, "/protocol/sources")))
    assert [link for link in cited if link.partition("#")[2] not in there] == []
    assert {link.partition("#")[0] for link in cited} == {"/protocol/sources"}


def test_a_sentence_says_its_limit_and_leaves_a_blank_for_the_patient(here: Hospital) -> None:
    """One sentence for each value, also where the limit stands behind a derived name; two limits are left open."""
    shown = page(here, "/protocol")
    liver = said(under(shown, "liver-hold"))
    assert "Total bilirubin is [value]; at most 1.5 × ULN before any dose. Until: bilirubin at most 1.5 × ULN." in liver
    assert "ALT is [value]; at most 2.5 × ULN before any dose." in liver
    assert "Age is [value]; [bound] [limit] here." in said(under(shown, "not-eligible"))
    counts = said(under(shown, "counts-hold"))
    assert "If not low_anc_baseline: ANC is [value]; at least 1 × 109 per L before a new cycle." in counts


def test_a_name_leads_to_what_it_means_and_nothing_else_does(here: Hospital) -> None:
    """Names in conditions and answers to questions; not the parts of an event, nor words that only look alike."""
    shown = page(here, "/protocol")
    assert "#name-liver_over" in links(under(shown, "liver-hold"))
    assert {"#name-bilirubin_over", "#name-ast"} <= links(under(shown, "name-liver_over"))
    assert "#third-cycle" in links(under(shown, "name-transplant_complete"))
    assert "#name-bilirubin" not in links(under(shown, "name-bilirubin"))
    marrow = under(shown, "name-due_to_disease")
    assert '"disease"' in said(marrow) and "#name-disease" not in links(marrow)
    texts = [said(link) for link in under(shown, "no-remission").iter("a") if (link.get("href") or "")[0] == "#"]
    assert "response-needed" in said(under(shown, "no-remission")) and texts.count("response") == 1


def test_amounts_and_times_are_those_of_the_file(here: Hospital) -> None:
    """What is drawn, hung and timed, as the protocol has it."""
    shown = page(here, "/protocol")
    assert said(under(shown, "amount-vials")) == "One vial 0.9 mg can be drawn."
    assert said(under(shown, "amount-reduction")) == "Percent of full 75 if next_level >= 1 else 100"
    assert "0.8 mg per m² on day 1 without CR or CRi" in said(under(shown, "amount-day-1-dose"))
    assert said(under(shown, "clock-start-by")).startswith("Reconstitution to the start, at most 7 ")
    assert "8 months after the last dose." in said(under(shown, "follow-up-contraception-women"))
    assert "gemtuzumab" in said(under(shown, "signed")) and "Besponsa, anti-CD22." in said(under(shown, "signed"))


def test_the_cases_of_each_clause_are_counted(here: Hospital) -> None:
    """As many courses as expect it when they are read as `oncourse cases` reads them."""
    expected = Counter[str]()
    for file in CASES.rglob("*.yaml"):
        told = courses.read(file.read_bytes(), file.name, PROTOCOL.vocabulary)
        found = (event.fields.get("clauses") or () for event in told.events if event.kind == EXPECT)
        expected.update({clause for one in found for clause in one})
    shown = page(here, "/protocol")
    for anchor, clause in zip(places(PROTOCOL), PROTOCOL.clauses, strict=True):
        assert f"Public cases that expect it: {expected[clause.id]}." in said(under(shown, anchor))
    assert min(expected[clause.id] for clause in PROTOCOL.clauses) > 0


def test_what_is_proved_of_each_clause_is_told(here: Hospital) -> None:
    """Every claim with its result; of a clause those that name it or stand on its statements."""
    shown, claims = page(here, "/protocol/proof"), read_proved(PROTOCOL)
    for claim in claims:
        assert "Proved" in said(under(shown, claim.id))
    assert f"{len(claims)} of {len(claims)} claims are proved" in said(under(shown, "main"))
    liver = said(under(shown, "about-liver-hold")).removeprefix("Liver values ").split(", ")
    assert {claim.id for claim in claims if "liver-hold" in claim.clauses} < set(liver)
    assert {claim.id for claim in claims if "A34" in claim.cites} <= set(liver)
    assert "P20a" not in liver
    assert f"Claims proved: {len(liver)} of {len(liver)}" in said(under(page(here, "/protocol"), "liver-hold"))


def test_the_pages_need_no_solver() -> None:
    """What was proved is read, not proved again."""
    code = "import sys, oncourse.faces.serving, oncourse.faces.web.protocols; sys.exit('z3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("path", PAGES)
def test_whoever_is_signed_in_may_read_it(here: Hospital, path: str) -> None:
    """Every role, and nobody else."""
    assert {who: here.get(who, path).status_code for who in PEOPLE} == dict.fromkeys(PEOPLE, 200)
    assert here.get(None, path, follow_redirects=False).headers["location"] == f"/sign-in?to={path}"


def test_a_page_comes_packed_to_whoever_takes_it_so(here: Hospital) -> None:
    """The same page in a quarter of the bytes, and plain to others."""
    packed = here.get("adams", "/protocol", headers={"Accept-Encoding": "gzip"})
    others = here.get("adams", "/protocol", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in others.headers
    assert packed.text == others.text
    assert int(packed.headers["content-length"]) * 4 < int(others.headers["content-length"])
    assert packed.headers["vary"] == others.headers["vary"] == "Accept-Encoding"


def test_it_is_printed_with_and_without_scripts(here: Hospital) -> None:
    """The button waits for its script; without one, a sentence says how."""
    shown = page(here, "/protocol")
    (button,) = shown.findall(".//button[@data-print]")
    assert "hidden" in button.attrib and said(button) == "Print protocol"
    assert [said(one) for one in shown.iter("noscript")] == ["Print this page with your browser."]


def test_an_administrator_signs_for_the_site(here: Hospital) -> None:
    """By name, at a time on the clocks of the site; the bar that was on every page is gone from all."""
    everywhere = ("/today", "/patients/P-9/days/2026-11-25", *PAGES)
    for path in everywhere:
        assert f"This site has not signed version {PROTOCOL.version}." in here.get("adams", path).text
    assert BAR not in here.get(None, "/sign-in").text
    assert "Not signed by this site." in said(under(page(here, "/protocol"), "signed"))
    here.clinic.settle(0, "{timezone: Europe/Berlin}", "root")
    answer = sign(here, "root")
    assert (answer.status_code, answer.headers["location"]) == (303, "/protocol#signed")
    signed = "Signed for this site by R. Root on 25-Nov-2026 at 10:30."
    for who in ("root", "adams"):
        assert signed in said(under(page(here, "/protocol", who), "signed"))
    assert [path for path in everywhere if BAR in here.get("adams", path).text] == []
    (entry,) = (one for one in here.clinic.record.entries("@protocols") if one.kind == "signed")
    assert (entry.by, entry.said["sha256"], entry.said["name"]) == ("root", PROTOCOL.sha256, "R. Root")
    assert signed in said(under(page(here, "/protocol/diff"), "main"))


def test_a_signature_is_seen_by_every_process(here: Hospital, once: Furnished) -> None:
    """Another service on the same record, which has looked before, shows no bar any more."""
    other = Hospital(here.address, once.keys)
    assert BAR in other.get("adams", "/today").text
    sign(here, "root")
    assert BAR not in other.get("adams", "/today").text


def test_only_an_administrator_signs(here: Hospital) -> None:
    """Nobody else may, nor is asked to; a stranger is asked to sign in."""
    for who in PEOPLE:
        asked = "Sign version" in here.get(who, "/protocol").text
        assert asked == (who == "root")
        if who != "root":
            with here.unchanged():
                assert sign(here, who).status_code == 403
    with here.unchanged():
        assert sign(here, None).status_code == 401


def test_what_is_signed_is_what_was_read(here: Hospital) -> None:
    """A version that came after the page was read is not signed unseen, nor is a form that is only shown again."""
    with here.unchanged():
        answer = sign(here, "root", sha256="0" * 64)
        assert answer.status_code == 409 and "The program follows another version by now." in answer.text
        assert sign(here, "root", _again="yes").status_code == 200
    assert "Sign version" in answer.text


def test_whoever_signs_second_changes_nothing(here: Hospital) -> None:
    """One signature stands, the first."""
    sign(here, "root")
    here.clock.on(minutes=10)
    with here.unchanged():
        assert sign(here, "root").status_code == 303


def test_a_single_version_has_nothing_to_compare(here: Hospital) -> None:
    """It is said so."""
    shown = said(under(page(here, "/protocol/diff"), "main"))
    assert "There is no other version on record" in shown
    assert "25-Nov-2026 Not signed In force" in shown


def test_an_older_version_is_compared_line_by_line(here: Hospital, tmp_path: Path) -> None:
    """Lines in words, not only in colour; clauses added, removed, changed, and those that lean on a changed name."""
    note = "- {clause: no-reescalation, act: note, when: next_level >= 1, cites: [A42]}\n"
    old = older(
        here,
        tmp_path,
        [
            ("protocol.yaml", "ast > 2.5 or alt > 2.5", "ast > 3 or alt > 2.5"),
            ("protocol.yaml", note, note.replace("no-reescalation", "stopped").replace("[A42]", "[A42, A43]")),
            ("protocol.yaml", "when: vod_confirmed, cites: [A33]", "when: vod_confirmed, cites: [A33, A34]"),
            ("words.en.yaml", "Treatment was stopped on record.", "Treatment was stopped."),
        ],
    )
    shown = page(here, f"/protocol/diff?old={old}")
    changes = {said(row.find("th")): said(row.find("td")) for row in under(shown, "changes-of-clauses").iter("tr")}
    assert changes == {
        "Clauses added": "no-reescalation",
        "Clauses removed": "stopped-note",
        "Clauses changed": "vod",
        "Clauses that use a changed name": "liver-hold, long-interruption",
    }
    rows = [said(row) for row in shown.findall(".//table[@class='diff']/tbody/tr")]
    assert "Removed 166 None liver_over: bilirubin_over or ast > 3 or alt > 2.5" in rows
    assert "Added None 166 liver_over: bilirubin_over or ast > 2.5 or alt > 2.5" in rows
    assert "Same 165 165 bilirubin_over: bilirubin > 1.5 and not (gilbert or haemolysis)" in rows
    assert [said(head) for head in shown.findall(".//h2")][-2:] == ["Lines of protocol.yaml", "Lines of words.en.yaml"]
    assert "31-Jan-2025 Not signed Compare version 2025.1" in said(under(shown, "main"))


def test_a_version_with_other_words_has_the_same_clauses(here: Hospital, tmp_path: Path) -> None:
    """Only the lines differ, and it is said that no clause does."""
    old = older(here, tmp_path, [("readings.yaml", "Stop. Cycle 4", "Stop then. Cycle 4")])
    shown = said(under(page(here, f"/protocol/diff?old={old}"), "main"))
    assert "No clause is written differently." in shown
    assert "Stop then. Cycle 4" in shown


def test_a_version_that_can_no_longer_be_read_is_compared_as_text(here: Hospital, tmp_path: Path) -> None:
    """Its lines are shown, and it is said that its clauses are not."""
    texts = {name: (PROTOCOL.folder / name).read_text(encoding="utf-8") for name in protocols.TEXTS}
    texts["protocol.yaml"] = texts["protocol.yaml"].replace("act: stop", "action: stop")
    body = {"id": PROTOCOL.id, "version": "2024.1", "sha256": "e" * 64, "texts": texts}
    with here.clinic.record.writing() as writer:
        draft = protocols.Draft("protocol", body)
        writer.append(
            "@protocols", writer.version("@protocols"), [draft], "me", "2024-01-01T00:00:00+00:00", key="e" * 64
        )
    shown = said(under(page(here, f"/protocol/diff?old={'e' * 64}"), "main"))
    assert "The old file can no longer be read clause by clause." in shown
    assert "{clause: vod, action: stop, when: vod_confirmed, cites: [A33]}" in shown


def test_the_version_in_force_does_not_differ_from_itself(here: Hospital) -> None:
    """It is said so, of its clauses and of its lines."""
    shown = said(under(page(here, f"/protocol/diff?old={PROTOCOL.sha256}"), "main"))
    assert "No clause is written differently. No line differs." in shown


@pytest.mark.parametrize("old", ["0" * 64, "x", "../../etc"])
def test_a_version_that_is_not_on_record_is_not_found(here: Hospital, old: str) -> None:
    """The page says that there is none."""
    assert here.get("adams", f"/protocol/diff?old={old}").status_code == 404
