"""Follows the instructions in docs/, against a service started by `referrals run`.

A fenced block says after its language what it is: `run` is run, `file=NAME` is saved under that name, and
`shown` is what the block before it prints, with `...` for what differs each time and members left out. The
Python blocks of a page are one program, and the shell blocks share their variables.
"""

import contextlib
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service import health
from service.timers import monitoring
from service.timers.monitoring import Watch
from tests.running import Running, a_place, running

pytestmark = pytest.mark.long

NOTHING_SEEN = Watch(None, None, None, None, 0, 0, 0, 0, None)
ROOT = Path(__file__).parent.parent
PAGES = {page.stem: page for page in (*sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md")}
SAID_FIRST = "calling"
"""The page that the others begin from."""
_BLOCK = re.compile(r"^```(sh|python|json)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    role: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page, each with the number of its first line."""
    words = page.read_text()
    return [
        Block(page, words.count("\n", 0, found.start()) + 2, found[1], found[2] or "", found[3])
        for found in _BLOCK.finditer(words)
    ]


@dataclass
class Reader:
    """A reader who follows a page in order."""

    service: Running
    printed: str = ""
    names: dict[str, Any] = field(default_factory=dict)

    def follow(self, page: Path) -> None:
        for block in blocks_of(page):
            text = block.text.replace("http://127.0.0.1:8080", self.service.url)
            if block.role.startswith("file="):
                (self.service.place / block.role.removeprefix("file=")).write_text(text)
            elif block.language == "python":
                self.run_python(block, text)
            elif block.language == "sh":
                self.printed = self.service.shell(
                    f"touch variables; set -a; source variables\n{text}\nexport -p > variables"
                )
            else:
                self.compare(block, text)

    def run_python(self, block: Block, text: str) -> None:
        # Blank lines before it give a traceback the line numbers of the page.
        program = compile("\n" * (block.line - 1) + text, str(block.page), "exec")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(program, self.names)
        self.printed = printed.getvalue()

    def compare(self, block: Block, text: str) -> None:
        found = json.loads(self.printed[self.printed.index("{") :])
        missing = [f"{where or '/'}: {what}" for where, what in differences(json.loads(text), found)]
        assert not missing, f"{block.page.name}:{block.line} shows what is not so:\n" + "\n".join(missing)


def differences(shown: Any, found: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Name what is shown and not found; what is found may hold more members and items."""
    if shown == "...":
        return
    if isinstance(shown, dict) and isinstance(found, dict):
        for name, member in shown.items():
            if name in found:
                yield from differences(member, found[name], f"{at}/{name}")
            else:
                yield f"{at}/{name}", "is not there"
    elif isinstance(shown, list) and isinstance(found, list):
        rest = iter(found)
        for index, item in enumerate(shown):
            if not any(not list(differences(item, other)) for other in rest):
                yield f"{at}/{index}", f"no item of {len(found)} is like it, in this order"
    elif shown != found:
        yield at, f"is {found!r}"


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    """A service in which the example referral has been submitted, as the pages ask the reader to do."""
    with a_place() as place, running(place) as up:
        _, submit, _ = up.curl_lines
        up.shell(submit)
        yield up


@pytest.fixture
def reader(service: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    before = set(sys.modules)
    monkeypatch.chdir(service.place)
    monkeypatch.syspath_prepend(service.place)
    (service.place / "variables").unlink(missing_ok=True)
    reader = Reader(service)
    for block in blocks_of(PAGES[SAID_FIRST]):
        if block.role.startswith("file="):
            text = block.text.replace("http://127.0.0.1:8080", service.url)
            (service.place / block.role.removeprefix("file=")).write_text(text)
    yield reader
    for name in set(sys.modules) - before:
        if (service.place / f"{name}.py").exists():
            del sys.modules[name]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(page: str, reader: Reader) -> None:
    reader.follow(PAGES[page])


@pytest.mark.parametrize(
    "page", [*PAGES.values(), ROOT / "README.md", ROOT / "CHANGELOG.md"], ids=lambda p: p.stem
)
def test_what_a_page_points_to_is_there(page: Path) -> None:
    gone = [link for link in _LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not gone


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_is_held_to_its_word(page: str) -> None:
    unmarked = [
        f"{block.page.name}:{block.line}"
        for block in blocks_of(PAGES[page])
        if block.role not in {"run", "shown"} and not block.role.startswith("file=")
    ]
    assert not unmarked, "mark it, or write it as text"


def test_the_page_for_operators_knows_every_setting() -> None:
    settings = re.findall(r"REFERRALS_[A-Z_]+[A-Z]", (ROOT / "service" / "config.py").read_text())
    said = PAGES["operating"].read_text()
    assert not [word for word in sorted(settings) if f"`{word}`" not in said]


def test_the_table_of_alarms_knows_every_fault_of_the_clocks() -> None:
    bad = Watch(**dict.fromkeys(asdict(NOTHING_SEEN), 10**6) | {"calendar_days": 0})
    assert set(bad.faults()) == monitoring.ALARMS.keys()
    assert monitoring.ALARMS.keys() <= health.ATTENTION.keys()


def test_a_page_that_shows_something_else_is_found_out() -> None:
    found = {"events": [{"event": "a", "position": 1}, {"event": "b"}], "more": False}
    assert not list(differences({"events": [{"event": "b"}]}, found))
    assert not list(differences({"events": "...", "more": False}, found))
    assert [
        where for where, _ in differences({"events": [{"event": "c"}], "next": "x", "more": True}, found)
    ] == [
        "/events/0",
        "/next",
        "/more",
    ]
