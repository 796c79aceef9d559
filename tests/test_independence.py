"""Each test stands alone: what several need is in a module of its own, so that none loads another's tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def imported(source: str) -> Iterator[str]:
    """Return the full name of every module, or member of one, that a source imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{each.name}" for each in node.names)


def of_tests(source: str) -> set[str]:
    """Return what a source imports that is, or is in, a module of tests."""
    return {name for name in imported(source) if any(part.startswith("test_") for part in name.split("."))}


def test_no_module_imports_one_of_tests() -> None:
    found = {str(path.relative_to(TESTS)): of_tests(path.read_text()) for path in TESTS.rglob("*.py")}
    assert found
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from tests.oauth.test_tokens import claims",
        "from tests.oauth import test_tokens as tokens",
        "import tests.oauth.test_tokens",
        "from .test_tokens import claims",
        "def later():\n    from tests.oauth.test_tokens import claims",
    ],
)
def test_every_way_to_import_one_is_recognised(source: str) -> None:
    assert of_tests(source)
