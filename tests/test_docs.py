"""The documents say what the program does: every transcript, table and link is worked out anew and compared.

`python docs/refresh.py` writes what the program says now into every page.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.picture import draw
from docs.refresh import (
    FENCE,
    FOLDER,
    GENERATED,
    PACKAGE,
    PAGES,
    PICTURE,
    ROOT,
    case_folders,
    modules,
    refreshed,
    shown_documents,
)

from oncourse import __version__
from oncourse.faces import cli

FILE = re.compile(r"[\w@.-]+(?:/[\w@.-]+)*\.(?:py|yaml|md|toml|svg|lock)|[\w.-]+(?:/[\w.-]+)*/")
LINK = re.compile(r"\[[^]]*\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
WITH_DOCUMENTS = [page for page in PAGES if shown_documents(page.read_text(encoding="utf-8"))]


def name_of(page: Path) -> str:
    """A page by its path in the repository."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_says_what_the_program_says(page: Path) -> None:
    """Every transcript, generated table and worked example is what comes out now."""
    assert page.read_text(encoding="utf-8") == refreshed(page)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_and_files_that_a_page_names_exist(page: Path) -> None:
    """Every link leads somewhere, and every file named in code type is there."""
    text = page.read_text(encoding="utf-8")
    assert list(broken_links(page, text)) == []
    prose = FENCE.sub("", text)
    named = {word for word in re.findall(r"`([^`\n]+)`", prose) if FILE.fullmatch(word)}
    homes = (ROOT, PACKAGE, FOLDER, FOLDER / "cases", page.parent)
    missing = [word for word in named - set(shown_documents(text)) if not any((home / word).exists() for home in homes)]
    assert missing == []


def broken_links(page: Path, text: str) -> Iterator[str]:
    """The links of a page to a file or heading that is not there."""
    for target, heading in LINK.findall(FENCE.sub("", text)):
        if target.startswith("http"):
            continue
        file = (page.parent / target) if target else page
        if not file.exists() or (heading and heading not in headings(file)):
            yield f"{target}#{heading}"


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    found = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_shows_only_commands_that_exist(page: Path) -> None:
    """Every command that a page names can be given."""
    text = page.read_text(encoding="utf-8")
    code = "\n".join([block for _, block in FENCE.findall(text)] + re.findall(r"`([^`\n]+)`", FENCE.sub("", text)))
    for command, further in re.findall(r"(?<![\w./-])oncourse ([a-z]+)(?: ([a-z]+))?", code):
        known = cli.commands.commands.get(command)
        assert known is not None, command
        assert not further or further in getattr(known, "commands", {further})


@pytest.mark.parametrize("page", WITH_DOCUMENTS, ids=name_of)
def test_what_a_page_shows_as_a_document_is_used_by_it(page: Path) -> None:
    """No document is shown that none of the page's commands reads."""
    text = page.read_text(encoding="utf-8")
    commands = " ".join(re.findall(r"^\$ (.*)$", text, re.MULTILINE))
    assert [name for name in shown_documents(text) if name not in commands] == []


def test_the_readme_opens_with_the_two_commands() -> None:
    """What to type stands within the first dozen lines, and the page is short but for the map, which grows."""
    lines = GENERATED.sub("", (ROOT / "README.md").read_text(encoding="utf-8")).splitlines()
    assert [any(command in line for line in lines[:14]) for command in ("make run", "make test")] == [True, True]
    assert len(lines) <= 140


def test_every_module_is_on_the_map_once() -> None:
    """The map of the house names each module once and nothing else."""
    rows = modules().splitlines()[1:-1]
    named = [row.split()[0] for row in rows]
    there = [str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
    assert sorted(named) == sorted(there)
    assert all(len(row.split(maxsplit=1)) == 2 for row in rows)


def test_every_folder_of_cases_is_explained() -> None:
    """The README of the case suite names each folder."""
    text = (FOLDER / "cases/README.md").read_text(encoding="utf-8")
    assert [path.name for path in case_folders() if f"`{path.name}/`" not in text] == []


def test_every_decision_record_is_listed() -> None:
    """The list of decision records is complete."""
    listed = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    records = [path.name for path in (ROOT / "docs/decisions").glob("0*.md")]
    assert records
    assert [name for name in records if f"({name})" not in listed] == []


def test_the_message_quoted_to_contributors_is_real() -> None:
    """The example of a good message is one that a transcript shows."""
    quoted = re.findall(r"`\w+\.yaml:\d+:\d+: (.*)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(quoted) == 1
    assert quoted[0] in (ROOT / "docs/course-documents.md").read_text(encoding="utf-8")


def test_the_change_log_begins_with_this_version() -> None:
    """The newest entry is the version that runs, told apart in protocol and engine."""
    newest = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    assert newest.startswith(__version__)
    assert re.findall(r"^### (.*)$", newest, re.MULTILINE) == ["Protocol", "Engine"]


def test_the_picture_is_up_to_date_and_legible() -> None:
    """The picture is what the program would draw now, in letters of 12 px or more, for light and dark."""
    drawn = PICTURE.read_text(encoding="utf-8")
    assert drawn == draw()
    assert min(map(int, re.findall(r"font-size: (\d+)px", drawn))) >= 12
    assert "prefers-color-scheme: dark" in drawn


def test_a_changed_answer_is_noticed(tmp_path: Path) -> None:
    """A transcript, a worked example and a generated part that are wrong are each put right."""
    page = tmp_path / "page.md"
    wrong = "```console\n$ oncourse --version\n0\n```\n<!-- answers: conditions -->\n\n| a | b | c |\n| - | - | - |\n"
    wrong += "| `ast > 2.5` | ast 3 | false |\n\n<!-- generated: evidence -->\nnone\n<!-- end -->\n"
    page.write_text(wrong, encoding="utf-8")
    right = refreshed(page)
    assert "oncourse, version" in right
    assert "| `ast > 2.5` | ast 3 | true |" in right
    assert "verified" in right
