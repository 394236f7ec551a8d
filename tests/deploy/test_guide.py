"""docs/deploy.md fails here when it lies: its commands, services, variables and files exist."""

import re
import subprocess

import pytest
from django.core.management import get_commands, load_command_class

from tests.deploy import compose

GUIDE = (compose.ROOT / "docs/deploy.md").read_text(encoding="utf-8")
VARIABLES = compose.environment_file((compose.ROOT / ".env.example").read_text())
SERVICES = compose.services(VARIABLES)
BLOCKS = "\n".join(compose.blocks(GUIDE))
COMMANDS = re.findall(r"manage\.py (\w+)([^`\n&]*)", GUIDE)
OWN_WORDS = {"exec", "run", "cp", "logs", "ps", "up", "down", "stop", "restart", "build"}


def test_each_command_exists_with_its_options():
    assert {"first_admin", "backup", "restore", "setup", "serve"} <= {name for name, _ in COMMANDS}
    for name, rest in COMMANDS:
        app = get_commands()[name]
        parser = load_command_class(app, name).create_parser("manage.py", name)
        known = {option for action in parser._actions for option in action.option_strings}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, f"{name}{rest}"


def test_each_service_it_speaks_of_is_in_the_compose_file():
    spoken = re.findall(r"docker compose (\w+)([^`\n&]*)", GUIDE)
    assert {word for word, _ in spoken} <= OWN_WORDS
    for word, rest in spoken:
        rest = rest.split("python")[0]
        rest = re.sub(r"--(?:since|tail) \S+", "", rest)
        names = set(re.findall(r"(?<![\w./-])[a-z]+(?=[ :,]|$)", rest))
        assert names <= set(SERVICES), f"docker compose {word}{rest}"


def test_each_volume_and_path_is_that_of_the_compose_file():
    for volume in re.findall(r"kompensasi_(\w+)", GUIDE):
        assert volume in compose.yaml.safe_load(compose.COMPOSE.read_text())["volumes"]
    assert "/data" in compose.mounts(SERVICES["proxy"])
    assert compose.mounts(SERVICES["web"])["/backups"] == "./backups"
    assert compose.mounts(SERVICES["proxy"])["/certs"] == "./certs"


def test_each_secret_is_made_by_its_lines():
    made = set(re.search(r"for name in ([\w ]+);", BLOCKS)[1].split())
    made |= set(re.findall(r": > secrets/(\w+)", BLOCKS))
    assert made == {name for service in SERVICES.values() for name in service.get("secrets", ())}


def test_its_lines_never_replace_a_secret(tmp_path):
    (lines,) = (part for part in compose.blocks(GUIDE) if "/dev/urandom" in part)
    made = []
    for _ in range(2):
        done = subprocess.run(["bash", "-c", lines], cwd=tmp_path, capture_output=True, check=False)
        made.append({path.name: path.read_text() for path in tmp_path.glob("secrets/*")})
    assert done.returncode != 0
    assert made[0] == made[1]
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("secrets/*")} == {0o444}
    assert len(set(made[0].values())) == 5


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z][A-Z_]{2,})`", GUIDE))))
def test_each_variable_is_in_the_example(name):
    assert name in VARIABLES


def test_the_user_of_the_backups_is_the_one_of_the_image():
    owner = re.search(r"install -d -m 700 -o (\d+) backups", BLOCKS)[1]
    assert f"useradd --uid {owner} " in compose.DOCKERFILE.read_text()


def test_where_it_leads_there_is_something():
    for path in re.findall(r"\]\(([^)]+)\)", GUIDE):
        assert (compose.ROOT / "docs" / path).is_file(), path
