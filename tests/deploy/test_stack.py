"""docker-compose.yml at work, each service as a process, from the first secret to a restore.

An administrator makes the secrets as docs/deploy.md says, starts the services, makes the first
account, signs in from another computer over HTTPS and imports orders; beat and the worker open
the case of a late one. Then parts break, and the health checks say so; the product is updated,
backed up, and restored on a second machine that has the same secrets.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.deploy import compose
from tests.deploy.stack import ADDRESS, Stack
from tests.deploy.visitor import SOMEBODY, Visitor, authority_made

pytestmark = [pytest.mark.process, pytest.mark.once, pytest.mark.timeout(600)]

GUIDE = (compose.ROOT / "docs/deploy.md").read_text()
QUICK = "SWEEP_SECONDS=2\nSEND_SECONDS=2\n"
OWN = "gerimis-di-tepi-musi"
MANAGE = ("python", "manage.py")
PRODUCT = ("web", "worker", "beat")
LATE = (
    "nomor,pelanggan,layanan,diterima,target\n"
    "UJI-1,PT Contoh,UJI-ANEKA,2024-05-06 09:00,2024-05-13 16:00\n"
)


@pytest.fixture
def stack(tmp_path) -> Iterator[Stack]:
    """A machine with the files of the repository and the secrets of the guide."""
    make_secrets(tmp_path)
    with Stack(tmp_path, QUICK) as made:
        yield made


def make_secrets(folder: Path) -> None:
    """Run the guide's own lines."""
    (block,) = (block for block in compose.blocks(GUIDE) if "/dev/urandom" in block)
    subprocess.run(["bash", "-e", "-c", block], cwd=folder, check=True)


def query(stack: Stack, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the database, with the password of the secret's file."""
    with closing(
        psycopg2.connect(
            host="127.0.0.1", port=stack.ports["db"], user="spm", dbname="spm",
            password=stack.secret("database_password"),
        )
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        cursor.execute(sql)
        return cursor.fetchall()


def come_up(stack: Stack) -> None:
    """`docker compose up -d`: in the order of depends_on."""
    stack.start("db", "broker")
    for name in ("db", "broker"):
        stack.until(lambda name=name: stack.well(name), f"{name} is well")
    assert "migrasi diterapkan" in stack.run("prepare")
    stack.start(*PRODUCT)
    stack.until(lambda: stack.well("web"), "web is well")
    stack.start("proxy")
    stack.until(lambda: stack.well("proxy") and authority_made(stack), "proxy is well")


def test_an_office_is_put_into_service(stack, tmp_path_factory):
    come_up(stack)
    its_address_is_encrypted(stack)
    administrator = the_first_administrator_signs_in(stack)
    a_late_order_gets_its_case(stack, administrator)
    each_service_says_when_it_is_unwell(stack)
    an_update_loses_nothing(stack)
    what_must_not_go_into_service_is_refused(stack)
    no_secret_is_told(stack)
    it_lives_on_on_another_machine(stack, tmp_path_factory.mktemp("second"))


def its_address_is_encrypted(stack: Stack) -> None:
    with closing(HTTPConnection("127.0.0.1", stack.ports["http"], timeout=10)) as plain:
        plain.request("GET", "/masuk/", headers={"Host": ADDRESS})
        answer = plain.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, f"{stack.url}/masuk/")
    status, page, headers = Visitor(stack).get("/masuk/")
    assert status == 200
    assert "manage.py first_admin" in page
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def the_first_administrator_signs_in(stack: Stack) -> Visitor:
    said = stack.run("web", *MANAGE, "first_admin", "sari", "--name", "Sari Dewi")
    assert f"{stack.url}/masuk/" in said
    password = re.search(r"sekali pakai: (\S+)", said)[1]
    visitor = Visitor(stack)
    status, _, headers = visitor.post("/masuk/", username="sari", password=password)
    assert (status, headers["Location"]) == (302, "/")
    assert all("Secure" in line for line in headers.get_all("Set-Cookie"))
    assert visitor.get("/")[2]["Location"] == "/akun/sandi/"
    words = {"old_password": password, "new_password1": OWN, "new_password2": OWN}
    assert visitor.post("/akun/sandi/", **words)[0] == 302
    assert visitor.get("/pengaturan/")[0] == 200
    told = "SELECT address FROM spm_monitor_journalentry WHERE verb = 'user.password_changed'"
    assert query(stack, told) == [(SOMEBODY,)], "neither the proxy's address nor a claimed one"
    return visitor


def a_late_order_gets_its_case(stack: Stack, administrator: Visitor) -> None:
    (stack.volume("web", "/backups") / "orders.csv").write_text(LATE)
    assert "dibuat 1" in stack.run("web", *MANAGE, "import_orders", "/backups/orders.csv")
    stack.until(
        lambda: query(stack, "SELECT count(*) FROM cases_case") == [(1,)],
        "a case by beat and worker",
    )
    assert "KMP-" in administrator.get("/kasus/")[1]
    stack.until(lambda: administrator.get("/sehat/")[0] == 200, "all is well")


def each_service_says_when_it_is_unwell(stack: Stack) -> None:
    for name in compose.services(stack.dotenv):
        assert name == "prepare" or stack.well(name), name

    stack.stop("db")
    assert not stack.well("db")
    assert not stack.well("web"), "nobody can sign in"
    stack.start("db")
    stack.until(lambda: stack.well("web"), "web is well again, by itself")

    stack.stop("worker")
    assert not stack.well("worker")
    stack.start("worker")
    stack.until(lambda: stack.well("worker"), "worker is well again")

    stack.stop("beat")
    schedule = list(stack.volume("beat", "/data").glob("beat-schedule*"))
    assert schedule
    for file in schedule:
        subprocess.run(["touch", "-d", "11 minutes ago", file], check=True)
    assert not stack.well("beat")
    stack.start("beat")
    stack.until(lambda: stack.well("beat"), "beat is well again")

    stack.stop("broker")
    assert not stack.well("broker")
    assert not stack.well("worker"), "nobody can ask it for anything"
    stack.start("broker")
    stack.until(lambda: stack.well("broker") and stack.well("worker"), "both are well again")

    stack.stop("proxy")
    assert not stack.well("proxy")
    stack.start("proxy")
    stack.until(lambda: stack.well("proxy"), "proxy is well again, with its authority")
    assert Visitor(stack).get("/masuk/")[0] == 200


def an_update_loses_nothing(stack: Stack) -> None:
    counted = (
        "SELECT (SELECT count(*) FROM people_user), (SELECT count(*) FROM cases_case),"
        " (SELECT count(*) FROM spm_monitor_order), (SELECT count(*) FROM sop_revisionstep)"
    )
    before = query(stack, counted)
    assert "sudah mutakhir" in stack.run("prepare")
    assert query(stack, counted) == before
    assert "Rantai sah" in stack.run("web", *MANAGE, "verify_journal")


def what_must_not_go_into_service_is_refused(stack: Stack) -> None:
    assert "kompensasi.E001" in stack.run("prepare", ends_with=1, DEMO="1")
    assert "security.W018" in stack.run("prepare", ends_with=1, DEBUG="1")
    assert "kompensasi.E003" in stack.run("prepare", ends_with=1, PUBLIC_URL="http://10.0.0.1")
    secret = stack.folder / "secrets/journal_key"
    said = stack.run("prepare", ends_with=1, JOURNAL_KEY_FILE=f"{secret}.none")
    assert "JOURNAL_KEY_FILE" in said.splitlines()[-1]


def no_secret_is_told(stack: Stack) -> None:
    names = [path.name for path in (stack.folder / "secrets").iterdir()]
    secrets = {name: stack.secret(name) for name in names if stack.secret(name)}
    assert len(secrets) == 4
    assert min(map(len, secrets.values())) >= 48
    seen = stack.processes()
    for service, process in stack.running.items():
        assert process.pid in seen, service
    for name, secret in secrets.items():
        assert secret not in stack.logs(), name
        assert not [words for words in seen.values() if secret in words], name


def it_lives_on_on_another_machine(stack: Stack, folder: Path) -> None:
    said = stack.run("web", *MANAGE, "backup", "/backups/first.backup")
    assert "JOURNAL_KEY berasal dari lingkungan" in said
    for name in (*PRODUCT, "proxy"):
        stack.stop(name)
    (folder / "backups").mkdir()
    for path in ("secrets", "backups/first.backup"):
        (stack.folder / path).rename(folder / path)
    with Stack(folder, QUICK) as second:
        second.start("db", "broker")
        second.until(lambda: second.well("db"), "the new database is well")
        second.run("prepare")
        assert "Dipulihkan" in second.run("web", *MANAGE, "restore", "/backups/first.backup")
        second.start(*PRODUCT, "proxy")
        second.until(lambda: second.well("web") and authority_made(second), "all is up")
        visitor = Visitor(second)
        assert visitor.post("/masuk/", username="sari", password=OWN)[0] == 302
        assert "KMP-" in visitor.get("/kasus/")[1]
