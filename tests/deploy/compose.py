"""docker-compose.yml and the Dockerfile, read as Docker reads them."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
OURS = "kompensasi"  # the image that the Dockerfile makes

Described = dict[str, Any]


def services(variables: Mapping[str, str]) -> dict[str, Described]:
    """Each service with the variables of .env in place."""
    return interpolate(yaml.safe_load(COMPOSE.read_text()), variables)["services"]


def interpolate(value: Any, variables: Mapping[str, str]) -> Any:
    """Compose's `${NAME}`, `${NAME:-default}`, `${NAME:?what to do}` and `$$`."""
    if isinstance(value, dict):
        return {key: interpolate(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolate(inner, variables) for inner in value]
    if not isinstance(value, str):
        return value

    def put(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        given = variables.get(match["name"], "")
        if not given and match["sign"] == ":?":
            raise ValueError(match["word"])
        return given or match["word"] or ""

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?:(?P<sign>:[-?])(?P<word>[^}]*))?\}", put, value)


def words(command: Any) -> list[str]:
    """A command as words, whichever way it is written."""
    return shlex.split(command) if isinstance(command, str) else list(command)


def health_command(service: Described) -> list[str]:
    """What Docker runs to see whether a container is well."""
    kind, *rest = service["healthcheck"]["test"]
    return ["/bin/sh", "-c", rest[0]] if kind == "CMD-SHELL" else rest


def mounts(service: Described) -> dict[str, str]:
    """Path in the container to the volume or folder that is there."""
    pairs = (volume.split(":") for volume in service.get("volumes", ()))
    return {path: source for source, path, *_ in pairs}


def environment_file(text: str) -> dict[str, str]:
    """The variables of an .env file."""
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def blocks(guide: str) -> list[str]:
    """What stands between the fences of a Markdown file."""
    return re.findall(r"^ *```\n(.*?)^ *```", guide, re.DOTALL | re.MULTILINE)


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with its argument on one line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    lines = (line.split(None, 1) for line in text.splitlines() if line.strip())
    return [(name, " ".join(rest.split())) for name, rest in lines]


def copied() -> dict[str, str]:
    """What the Dockerfile copies: path in the tree to path below /app."""
    return dict(argument.split() for name, argument in instructions() if name == "COPY")
