"""The house: imports point one way, no file grows too long, no code names a step's actor."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

BASE = Path(settings.BASE_DIR)
PACKAGES = ("spm_monitor", "kompensasi")
LONGEST = 450

# HOUSE.md: spm_monitor ← people ← sop ← letters, souvenirs, notices ← cases
# ← reports ← kompensasi.
# A room may read those below it; rooms on one floor do not know each other.
FLOORS = {
    "spm_monitor": 0,
    "kompensasi.people": 1,
    "kompensasi.sop": 2,
    "kompensasi.letters": 3,
    "kompensasi.souvenirs": 3,
    "kompensasi.notices": 3,
    "kompensasi.cases": 4,
    "kompensasi.reports": 5,
    "kompensasi": 6,
}
# Modules of the top floor that import no room, which settings and the worker need from below.
GROUND = {"kompensasi.environment"}
SIGNALS = {"django.db.models.signals", "django.dispatch", "django.core.signals"}

# Names that stand in the fixtures; the code learns them from the rows.
ACTORS = ("pj_teknis", "kepala_seksi", "kasi_pjt", "kepala_balai", "petugas", "agenda", "auditor")


def room(module: str) -> str | None:
    """The room a module stands in; None for what is not ours."""
    parts = module.split(".")
    for length in (2, 1):
        if (name := ".".join(parts[:length])) in FLOORS:
            return name
    return None


def looks_up(importer: str, imported: str) -> bool:
    """Whether a room imports one that is not below it."""
    here, there = room(importer), room(imported)
    if here is None or there is None or here == there or imported in GROUND:
        return False
    return FLOORS[there] >= FLOORS[here]


def module_of(path: Path, base: Path) -> str:
    parts = path.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.Module, path: Path, base: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Each import statement with each module it may name, relative ones made whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                package = module_of(path.parent / "__init__.py", base).split(".")
                above = package[: len(package) - node.level + 1]
                origin = ".".join([*above, *([origin] if origin else [])])
            for alias in node.names:  # `from kompensasi import cases` names a room too
                yield node, f"{origin}.{alias.name}"


def inside_functions(tree: ast.Module) -> Iterator[ast.stmt]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node


def faults(path: Path, base: Path = BASE) -> list[str]:
    """What is wrong with a file's imports, a line each."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    here, found = module_of(path, base), []
    for node, module in imports(tree, path, base):
        if looks_up(here, module):
            found.append(f"{here}:{node.lineno} looks up to {module}")
        if any(module == s or module.startswith(f"{s}.") for s in SIGNALS):
            found.append(f"{here}:{node.lineno} uses signals: {module}")
    if path.name != "apps.py":  # ready() imports when the apps are
        found += [
            f"{here}:{node.lineno} imports inside a function" for node in inside_functions(tree)
        ]
    return found


def files(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (BASE / package).rglob("*.py"))


# --- the house as it stands -------------------------------------------------------------------
def test_no_import_looks_up():
    assert [fault for path in files(*PACKAGES) for fault in faults(path)] == []


def test_every_room_has_its_floor():
    rooms = {module_of(path, BASE) for path in (BASE / "kompensasi").glob("*/models*")}
    assert {".".join(name.split(".")[:2]) for name in rooms} <= FLOORS.keys()


def test_ground_stands_on_nothing():
    for module in GROUND:
        path = BASE / Path(*module.split(".")).with_suffix(".py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert [m for _, m in imports(tree, path, BASE) if room(m)] == []


def test_no_file_is_too_long():
    lengths = {
        str(path.relative_to(BASE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files(*PACKAGES)
        if "migrations" not in path.parts
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def names_actors(path: Path) -> list[str]:
    """Post codes that a file writes as names or as whole texts. Words in a sentence are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = [node.value]
        elif isinstance(node, ast.Name):
            words = re.split(r"(?<=[A-Za-z])_of_", node.id.lower())
        elif isinstance(node, ast.Attribute):
            words = [node.attr.lower()]
        elif isinstance(node, ast.keyword):
            words = [node.arg or ""]
        else:
            continue
        found += [f"{path}:{getattr(node, 'lineno', 0)} {w}" for w in words if w in ACTORS]
    return found


def test_no_code_names_a_steps_actor():
    code = [p for p in files(*PACKAGES) if not {"demo", "migrations"} & set(p.parts)]
    assert [line for path in code for line in names_actors(path)] == []


# --- the checkers see what they look for ------------------------------------------------------
@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("spm_monitor/planted.py", "from kompensasi.cases import actions"),
        ("spm_monitor/planted.py", "import kompensasi.people.models"),
        ("spm_monitor/planted.py", "from kompensasi import people"),
        ("spm_monitor/planted.py", "from kompensasi import base_data"),
        ("spm_monitor/management/commands/planted.py", "from kompensasi.sop import models"),
        ("kompensasi/people/planted.py", "from kompensasi.sop.models import Revision"),
        ("kompensasi/people/planted.py", "from ..cases import models"),
        ("kompensasi/people/planted.py", "from .. import context"),
        ("kompensasi/letters/planted.py", "from kompensasi.souvenirs import stock"),
        ("kompensasi/souvenirs/planted.py", "from kompensasi.letters.models import Letter"),
        ("kompensasi/notices/planted.py", "import kompensasi.letters"),
        ("kompensasi/letters/planted.py", "from kompensasi.cases.models import Case"),
        ("kompensasi/cases/planted.py", "from kompensasi.base_data import load"),
        ("kompensasi/cases/planted.py", "from kompensasi.demo.people import PASSWORD"),
        ("kompensasi/cases/planted.py", "if True:\n    from kompensasi import context"),
        ("kompensasi/cases/planted.py", "def late():\n    from spm_monitor import clock"),
        ("kompensasi/cases/planted.py", "class A:\n    def b(self):\n        import os"),
        ("kompensasi/cases/planted.py", "from django.db.models.signals import post_save"),
        ("kompensasi/cases/planted.py", "from django.db.models import signals"),
        ("kompensasi/cases/planted.py", "from django.dispatch import receiver"),
        ("kompensasi/cases/planted.py", "import django.dispatch"),
    ],
)
def test_a_planted_fault_is_found(tmp_path, where, code):
    path = tmp_path / where
    path.parent.mkdir(parents=True)
    path.write_text(f"{code}\n")
    assert len(faults(path, tmp_path)) == 1


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("spm_monitor/planted.py", "from spm_monitor.models import Order"),
        ("spm_monitor/models/planted.py", "from . import orders\nfrom ..workdays import WIB"),
        ("kompensasi/people/planted.py", "from spm_monitor import journal"),
        ("kompensasi/letters/planted.py", "from kompensasi.sop import models"),
        ("kompensasi/cases/planted.py", "from kompensasi.letters import pdf"),
        ("kompensasi/cases/planted.py", "from kompensasi.souvenirs import stock"),
        ("kompensasi/demo/planted.py", "from kompensasi.cases import actions"),
        ("kompensasi/cases/apps.py", "def ready():\n    from kompensasi.cases import checks"),
    ],
)
def test_what_the_house_allows_is_let_be(tmp_path, where, code):
    path = tmp_path / where
    path.parent.mkdir(parents=True)
    path.write_text(f"{code}\n")
    assert faults(path, tmp_path) == []


@pytest.mark.parametrize(
    "code",
    [
        'Post.objects.get(code="kasi_pjt")',
        'ACTOR = {1: "pj_teknis"}',
        "kepala_balai = 1",
        "find(petugas=1)",
        "posts.auditor",
    ],
)
def test_a_planted_actor_is_found(tmp_path, code):
    path = tmp_path / "planted.py"
    path.write_text(f"{code}\n")
    assert len(names_actors(path)) == 1


def test_words_of_a_sentence_name_no_actor(tmp_path):
    path = tmp_path / "planted.py"
    path.write_text('"""The agenda clerk may type a number."""\nA = "Melihat agenda surat"\n')
    assert names_actors(path) == []
