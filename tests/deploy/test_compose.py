"""docker-compose.yml and the Dockerfile, as far as they can be judged without running them."""

import re
import subprocess
import sys

import pytest
import yaml

from tests.deploy import compose

VARIABLES = compose.environment_file((compose.ROOT / ".env.example").read_text())
WHOLE = yaml.safe_load(compose.COMPOSE.read_text())
SERVICES = compose.services(VARIABLES)
ONCE = "prepare"  # runs to its end before the others
NEVER_COPIED = {".env", "secrets", "var", ".git", ".venv", "tests"}


def test_it_follows_the_compose_specification():
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", str(compose.COMPOSE)),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert not [name for name, service in SERVICES.items() if "network_mode" in service]


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_bounded(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert "privileged" not in service
    ours = service["image"] == compose.OURS  # the Dockerfile names its user
    assert ours or name == "proxy" or service["user"] not in ("", "root", "0")


@pytest.mark.parametrize("name", [name for name in SERVICES if name != ONCE])
def test_each_service_is_started_again_and_says_whether_it_is_well(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert compose.health_command(SERVICES[name])


def test_nothing_waits_for_a_service_in_vain():
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other == ONCE else "service_healthy"
            assert how == {"condition": wanted}, f"{name} waits for {other}"
    assert SERVICES[ONCE]["restart"] == "no"


def test_every_secret_is_a_file_and_is_given_to_those_who_read_it():
    for name, given in WHOLE["secrets"].items():
        assert given == {"file": f"./secrets/{name}"}
    for name, service in SERVICES.items():
        text = yaml.safe_dump(service)
        read = set(re.findall(r"/run/secrets/(\w+)", text))
        assert read == set(service.get("secrets", [])), name
        assert read <= set(WHOLE["secrets"]), name


def test_every_volume_is_named():
    used = {place for service in SERVICES.values() for place in compose.mounts(service).values()}
    assert {place for place in used if not place.startswith("./")} == set(WHOLE["volumes"])


def test_a_missing_address_is_asked_for():
    with pytest.raises(ValueError, match="ADDRESS into"):
        compose.services(VARIABLES | {"ADDRESS": ""})


def test_the_example_names_every_variable():
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", compose.COMPOSE.read_text()))
    assert asked <= set(VARIABLES)


def test_pg_dump_is_of_the_databases_version():
    server = re.fullmatch(r"postgres:(\d+)-bookworm", SERVICES["db"]["image"])[1]
    assert f"postgresql-client-{server}" in compose.DOCKERFILE.read_text()


# --- the image --------------------------------------------------------------------------------
def test_what_is_copied_is_in_the_repository():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=compose.ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for source, target in compose.copied().items():
        assert source == target
        assert [path for path in listed if path == source or path.startswith(f"{source}/")], source


def test_what_is_copied_is_all_that_is_sent_to_the_builder():
    lines = (compose.ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert sent == set(compose.copied())
    assert not {path.split("/")[0] for path in sent} & NEVER_COPIED


def test_it_is_installed_as_make_run_does_and_runs_as_nobody_special():
    told = compose.instructions()
    runs = " ".join(argument for name, argument in told if name == "RUN")
    assert ".ci/install run" in runs
    assert "chmod a+rX" in runs, "a repository cloned by root with umask 077 is built too"
    assert [argument for name, argument in told if name == "USER"] == ["spm"]
    assert told[-1] == ("USER", "spm")
    assert not [argument for name, argument in told if name in ("ENV", "ARG") and "KEY" in argument]


def test_every_room_of_the_product_is_copied():
    """A folder that a new version needs must not be missing in containers alone."""
    rooms = {path.parent.name for path in compose.ROOT.glob("*/__init__.py")} - {"tests"}
    assert rooms <= set(compose.copied())
