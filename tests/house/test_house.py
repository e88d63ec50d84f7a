"""The house itself: maps, floors, locks, words. What a reader is promised at the door is there inside."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from coldchain import cli, errors
from tests.house.helps import helps

ROOT = Path(__file__).parents[2]
SERVICES = ["gateway", "collector", "alerting", "dashboards", "firmware_sim"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_init_is_its_map_and_nothing_else(service):
    tree = ast.parse((ROOT / service / "__init__.py").read_text())
    text = ast.get_docstring(tree) or ""
    assert len(tree.body) == 1, "the map holds no code"
    assert "Never does" in text
    assert "─►" in text or "►" in text, "its part of the drawing"


def map_of(folder):
    return ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""


def mapped():
    """Packages whose map lists their files."""
    every = {
        path.parent for service in [*SERVICES, "coldchain", "bench"] for path in (ROOT / service).rglob("__init__.py")
    }
    return sorted(folder for folder in every if re.search(r"reading\s+order:\s*`", map_of(folder)))


def test_every_service_lists_its_files():
    assert {ROOT / service for service in [*SERVICES, "coldchain"]} <= set(mapped())


@pytest.mark.parametrize("folder", mapped(), ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_map_names_the_files_that_are_there(folder):
    text = map_of(folder)
    named = set(re.findall(r"`([a-z0-9_/]+?)/?`", text))
    there = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    plumbing = {"__init__", "__main__", "__pycache__", "cli", "settings", "app"}
    assert there - named - plumbing == set(), "files that the map does not name"


def test_the_lock_is_hashed_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    packages = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert packages
    assert [each.splitlines()[0] for each in packages if "--hash=" not in each] == []
    for name in ("resolved", "registry"):
        assert f'"{name}"' not in (ROOT / "assets/package-lock.json").read_text()


def test_every_word_of_the_command_has_an_extra_that_exists():
    extras = set(PROJECT["project"]["optional-dependencies"])
    words = {point.name for point in entry_points(group=cli.GROUP)}
    assert words == set(cli.WORDS)
    assert {extra for _, extra in cli.WORDS.values()} <= extras


def test_the_commands_help_loads_no_service():
    code = (
        "import sys; sys.argv = ['coldchain', '--help']; from coldchain import cli; cli.main(); "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'fastapi', 'sqlalchemy', 'influxdb_client', 'gateway'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture(scope="module")
def all_helps():
    return helps()


@pytest.mark.parametrize("word", sorted(cli.WORDS))
def test_every_word_tells_how_it_is_used(word, all_helps):
    done = all_helps[word]
    assert done.code == 0, done.complained
    assert f"Usage: coldchain {word}" in done.said


def test_at_a_terminal_a_word_tells_the_same(all_helps):
    done = subprocess.run(
        [sys.executable, "-m", "coldchain", "gateway", "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout == all_helps["gateway"].said


def test_an_unknown_word_is_an_error_that_lists_the_words():
    done = subprocess.run([sys.executable, "-m", "coldchain", "fridge"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "demo" in done.stderr


def test_the_error_tree_is_drawn_on_its_page():
    drawn = errors.__doc__ or ""
    classes = [
        node.name for node in ast.parse(Path(errors.__file__).read_text()).body if isinstance(node, ast.ClassDef)
    ]
    assert all(name in drawn for name in classes)


def test_an_edge_box_installs_neither_fastapi_nor_the_influx_client():
    needs = " ".join(PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["gateway"])
    assert not re.search("fastapi|influxdb|sqlalchemy", needs)


def test_no_file_names_a_registry_or_this_machine():
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    host = re.compile("py" + r"pi\.org|pythonhosted\.|registry\.npm" + r"js|/ro" + r"ot/|/ho" + r"me/[a-z]+/")
    for name in filter(lambda name: (ROOT / name).exists(), names):
        text = (ROOT / name).read_bytes().decode(errors="replace")
        assert not host.search(text), name
