"""The import contracts of pyproject.toml: every module is under one, and a breach is refused by its name.

Each breach is planted in a copy of the service, which is then linted as `make lint` would lint it.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]["contracts"]
BETWEEN = "Imports between packages point down only"
SAME_ORDER = "Files of the same name import in the same order in every package"
CIRCLE = "Modules of one folder do not import in a circle"
PURE = "Rules, states and tables are pure"
NO_SCHEMAS = "Rules, states and tables are no schemas"
NO_REQUEST = "Only the routes know the request"
ROUTES = "Routes are imported by the application alone"
WRITES = "Only the package itself writes the rows of "

UNCOVERED = {"service": "the root: it says what the service is and imports nothing"}
"""Modules that no contract covers, each with its reason."""


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "service", place / "service", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


@pytest.fixture
def planted(copied: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A copy of the service in which a line has been added to a module, or a module has been added."""
    name, line = request.param
    module = copied / name
    before = module.read_text() if module.exists() else None
    module.parent.mkdir(exist_ok=True)
    module.write_text(f"{before or ''}\n{line}\n")
    yield copied
    if before is None:
        module.unlink()
    else:
        module.write_text(before)


def broken(place: Path) -> set[str]:
    """Return the names of the contracts that import-linter finds broken in a copy."""
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "200"},
    )
    found = set(re.findall(r"^(.+) BROKEN\b", linted.stdout, re.MULTILINE))
    assert (linted.returncode != 0) == bool(found), linted.stdout + linted.stderr
    return found


BREACHES = [
    ("checks/states.py", "import sqlalchemy, flask", PURE),
    ("checks/rules.py", "import psycopg", PURE),
    ("document/paths.py", "import sqlalchemy", PURE),
    ("circumstances/consequences.py", "from service import clock", PURE),
    ("timers/ladder.py", "from service import db", PURE),
    ("checks/policies.py", "from service.timers import policy_versions", PURE),
    ("destinations/cas3.py", "from service.http import problems", PURE),
    ("destinations/duty_to_refer.py", "import sqlalchemy", PURE),
    ("checks/kinds/marac.py", "import flask", PURE),
    ("access/four_eyes.py", "import marshmallow", NO_SCHEMAS),
    ("people/rules.py", "from service import fields", NO_SCHEMAS),
    ("referrals/actions/submit.py", "import flask", NO_REQUEST),
    ("timers/sweep.py", "from werkzeug.exceptions import NotFound", NO_REQUEST),
    ("timers/writes/clocks.py", "from service.referrals import queries", BETWEEN),
    ("reports/__init__.py", "", BETWEEN),
    ("utils.py", "", BETWEEN),
    ("checks/helpers.py", "", "Inside checks"),
    ("checks/rules.py", "from service.checks import queries", "Inside checks"),
    ("timers/queries.py", "from service.timers import writes", SAME_ORDER),
    ("people/model.py", "from service.people import writes", SAME_ORDER),
    ("checks/actions/sending.py", "from service.checks.actions import asking", CIRCLE),
    ("checks/actions/deciding.py", "from service.checks.api import checks", ROUTES),
    ("circumstances/views.py", "from service.people import api", ROUTES),
    ("circumstances/actions/concerns.py", "from service.people import writes", WRITES + "people"),
    ("referrals/writes/referrals.py", "from service.checks import writes", WRITES + "checks"),
    ("circumstances/actions/concerns.py", "from service.referrals import writes", WRITES + "referrals"),
    ("checks/writes/clocks.py", "from service.timers import writes", WRITES + "timers"),
    ("timers/sweep.py", "from service.events import writes", WRITES + "events"),
]


@pytest.mark.parametrize(
    ("planted", "contract"),
    [((f"service/{module}", line), contract) for module, line, contract in BREACHES],
    indirect=["planted"],
    ids=[f"{module}: {line}" for module, line, _ in BREACHES],
)
def test_a_breach_is_refused_by_the_contract_it_breaks(planted: Path, contract: str) -> None:
    assert contract in broken(planted)


def test_the_copy_keeps_every_contract(copied: Path) -> None:
    assert broken(copied) == set()


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("service")


def contracts(type_: str, **members: Any) -> Iterator[dict[str, Any]]:
    """Return the contracts of a type that have these members."""
    for contract in CONTRACTS:
        if contract["type"] == type_ and members.items() <= contract.items():
            yield contract


def test_every_module_is_pure_or_has_its_place_in_its_package(graph: grimp.ImportGraph) -> None:
    (purity,) = contracts("forbidden", name=PURE)
    pure = {
        inside
        for expression in purity["source_modules"]
        for module in graph.find_matching_modules(expression)
        for inside in (module, *graph.find_descendants(module))
    }
    placed = {
        inside
        for contract in contracts("layers", exhaustive=True)
        for container in contract["containers"]
        for module in graph.find_children(container)
        # Of a package, the order between packages places what stands at its root; its files need their own.
        for inside in (module, *(graph.find_descendants(module) if container != "service" else ()))
    }
    assert graph.modules - pure - placed == UNCOVERED.keys()


def test_no_folder_escapes_the_contracts_for_want_of_an_init(graph: grimp.ImportGraph) -> None:
    """import-linter does not see the modules of a folder without `__init__.py`, and Python imports them."""
    files = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "service").rglob("*.py")]
    assert {".".join(path.parts).removesuffix(".__init__") for path in files} == graph.modules


def test_no_module_imports_the_package_it_stands_in(graph: grimp.ImportGraph) -> None:
    """An `__init__` gathers what others may use. Inside it would be a way around the order."""
    assert not [
        f"{module} imports {package}"
        for package in graph.modules
        for module in graph.find_modules_that_directly_import(package)
        if module.startswith(f"{package}.")
    ]


def test_every_package_that_writes_is_protected(graph: grimp.ImportGraph) -> None:
    protected = {module for contract in contracts("protected") for module in contract["protected_modules"]}
    assert set(graph.find_matching_modules("service.*.writes")) <= protected


def test_every_package_with_two_layers_keeps_the_common_order(graph: grimp.ImportGraph) -> None:
    (common,) = contracts("layers", name=SAME_ORDER)
    layers = {layer.strip("()") for layer in common["layers"]}
    layered = {
        package
        for package in graph.modules
        if len({child.rpartition(".")[2] for child in graph.find_children(package)} & layers) > 1
    }
    assert layered <= set(common["containers"])


def test_the_page_of_the_architecture_lists_the_packages_in_their_order(graph: grimp.ImportGraph) -> None:
    (between,) = contracts("layers", name=BETWEEN)
    order = [name for layer in between["layers"] for name in re.findall(r"\w+", layer)]
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| (\[.+?\)) \|", page, re.MULTILINE)
    listed = [re.findall(r"`(\w+)`", row) for row in rows]
    packages = {module for module in graph.find_children("service") if graph.find_children(module)}
    assert {f"service.{name}" for names in listed for name in names} == packages
    in_a_row = [names[0] for names in listed if len(names) == 1]
    assert in_a_row == sorted(in_a_row, key=order.index)


def test_the_glossary_is_alphabetical_and_has_no_term_twice() -> None:
    terms = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)[1:]
    assert terms == sorted({term.lower(): term for term in terms}.values(), key=str.lower)
