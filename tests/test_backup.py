"""Everything into one file and back: the drill, and every archive that must be refused."""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from kompensasi.backup import database, kept, keys, making, restoring
from kompensasi.backup.archive import MANIFEST, SEAL, BackupError, open_archive
from kompensasi.letters import numbering
from spm_monitor import files
from spm_monitor.models import JournalEntry
from tests.conftest import MONDAY, TODAY, late_order
from tests.sink import Sink
from tests.test_processes import NAME, Place, database_beside, prepared  # noqa: F401

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

Make = Callable[..., Place]
PREPARED, BARE = "prepared", "bare"

LATE = """
import csv
from django.core.management import call_command
def late(number):
    with open("{folder}/orders.csv", "w") as file:
        csv.writer(file).writerows([
            ("nomor", "pelanggan", "layanan", "diterima", "target"),
            (number, "PT Proses", "UJI-ANEKA", "2024-05-06 09:00", "2024-05-13 16:00"),
        ])
    call_command("import_orders", "{folder}/orders.csv")
    call_command("flag_overruns")
"""
LIFE = (
    LATE
    + """
from django.test import Client
from kompensasi.people.models import User
call_command("seed_demo")
User.objects.filter(username="kasi.pjt").update(email="kasi@balai.example")
late("PAGI")
Client().force_login(User.objects.get(username="kepala"))
call_command("send_notices")
late("SIANG")
"""
)
CHECK = """
from hashlib import sha256
from django.core.management import call_command
from django.test import Client
from kompensasi.letters.models import Letter
from kompensasi.people.models import User
call_command("send_notices")
call_command("verify_journal")
web = Client(SERVER_NAME="127.0.0.1")
web.force_login(User.objects.get(username="kepala"))
for letter in Letter.objects.exclude(pdf=""):
    answer = web.get(f"/surat/{letter.pk}.pdf")
    same = sha256(answer.content).hexdigest() == letter.pdf_sha256
    print("surat", letter.number, answer.status_code, same)
"""
GO_ON = (
    LATE
    + """
from django.db import transaction
from django.utils import timezone
from kompensasi.letters.models import Letter, Letterhead
from kompensasi.letters.numbering import take_number
from spm_monitor.models import Customer, Section
from spm_monitor.workdays import to_wib
call_command("restore", "--last-letter", "40")
call_command("restore", "--last-letter", "7")
day = to_wib(timezone.now()).date()
with transaction.atomic():
    letter = Letter.objects.create(
        customer=Customer.objects.first(), section=Section.objects.first(),
        created_at=timezone.now(),
    )
    print(take_number(letter, Letterhead.objects.on(day), day))
    transaction.set_rollback(True)
call_command("verify_journal")
late("BARU")
call_command("send_notices", "--release")
"""
)


def run(place: Place, script: str) -> str:
    """What a script printed that ran in the place."""
    code = script.replace("{folder}", str(place.folder))
    return place.manage("shell", "-v", "0", "-c", code)


@pytest.fixture(scope="module")
def make(prepared, tmp_path_factory, django_db_blocker) -> Iterator[Make]:  # noqa: F811
    """Makes places with a database of their own: bare ones, or made ready by `setup`."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def place(name: str, how: str, **environment: str) -> Place:
            folder = tmp_path_factory.mktemp(name)
            (folder / "data").mkdir()
            if how == PREPARED:
                shutil.copytree(prepared, folder, dirs_exist_ok=True)
            if url := os.environ.get("DATABASE_URL"):
                like = NAME if how == PREPARED else "template1"
                beside = database_beside(url, f"{NAME}_{name}", like=like)
                environment["DATABASE_URL"] = stack.enter_context(beside)
            made = Place(folder, DEMO="1", **environment)
            stack.callback(made.close)
            return made

        yield place


@pytest.fixture(scope="module")
def demo(make) -> Place:
    """The demo with mail: one notice sent, one that waits, and then its backup `a.backup`."""
    with Sink().running() as sink:
        place = make("demo", PREPARED, EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(sink.port))
        assert "terkirim 1, ditunda 0, gagal 0" in run(place, LIFE)
        assert sink.receivers == ["kasi@balai.example"]
    place.before = contents(place)
    said = place.manage("backup", str(archive_of(place)))
    assert said.startswith(f"Cadangan {archive_of(place)}: ")
    return place


def archive_of(place: Place) -> Path:
    return place.folder / "a.backup"


def digests(database: BaseDatabaseWrapper) -> dict[str, tuple[int, str]]:
    """Rows and digest of each table."""
    found = {}
    with database.cursor() as cursor:
        for table in sorted(database.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            rows = cursor.fetchall()
            found[table] = len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def contents(place: Place) -> dict[str, Any]:
    """Everything that a backup must bring back: tables, kept files, keys."""
    data = place.folder / "data"
    paths = [*data.glob("media/**/*"), *data.glob("*_key.txt")]
    kept_files = {str(p.relative_to(data)): p.read_bytes() for p in paths if p.is_file()}
    return {**digests(place.connection), **kept_files}


# --- the drill --------------------------------------------------------------------------------
@pytest.mark.parametrize("target", [BARE, PREPARED])
def test_the_demo_comes_back_whole_and_nobody_is_told_twice(demo, make, target):
    """FAULTS C16 to C18: back up, go on, lose all, restore; nothing lost, nothing sent again."""
    run(demo, f"{LATE}\nlate('SORE-{target}')")
    with Sink().running() as sink:
        mail = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(sink.port)}
        place = make(f"to_{target}", target, **mail)
        said = place.manage("restore", str(archive_of(demo)))
        assert "1 pemberitahuan yang belum terkirim ditahan" in said
        assert "Nomor surat terakhir tahun" in said

        before, after = demo.before, contents(place)
        changed = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
        assert changed == {"notices_notice", "django_session"}
        assert place.query("SELECT count(*) FROM django_session") == [(0,)]  # all sign in again
        for file in (place.folder / "data").glob("db.sqlite3"):
            assert file.stat().st_mode & 0o777 == 0o600
        states = "SELECT state, count(*) FROM notices_notice GROUP BY state ORDER BY state"
        assert place.query(states) == [("held", 1), ("sent", 1)]

        sent, journal, *letters = run(place, CHECK).splitlines()
        assert (sent, sink.mails) == ("terkirim 0, ditunda 0, gagal 0", [])
        assert journal.startswith("Rantai sah s.d. urut ")
        assert len(letters) >= 3
        assert all(line.endswith(" 200 True") for line in letters), letters

        first, ignored, second, number, journal, *rest = run(place, GO_ON).splitlines()
        assert (first, second) == ("Nomor surat berikutnya: 41.", "Nomor surat berikutnya: 41.")
        assert ignored == "--last-letter 7 diabaikan: di sini sudah sampai nomor 40."
        assert number.startswith("B/41/")
        assert journal.startswith("Rantai sah s.d. urut ")
        assert rest[-2:] == ["dilepaskan 1", "terkirim 2, ditunda 0, gagal 0"]
        assert len(sink.mails) == 2
        place.manage("restore", str(archive_of(demo)), ends_with=1)  # not empty any more


def test_a_backup_of_an_older_release_is_migrated(demo, make, tmp_path):
    old = make("old", PREPARED)
    old.take_late_orders("LAMA")
    old.manage("migrate", "-v", "0", "notices", "zero")
    old.manage("backup", str(tmp_path / "old.backup"))
    place = make("newer", BARE)
    said = place.manage("restore", str(tmp_path / "old.backup"))
    assert "2 migrasi diterapkan" in said
    assert place.query("SELECT count(*) FROM notices_notice") == [(0,)]
    assert place.query("SELECT number FROM spm_monitor_order") == [("LAMA",)]


# --- refusals: nothing is changed -------------------------------------------------------------
@pytest.fixture
def here(transactional_db, tmp_path, settings) -> Iterator[None]:
    """The tests' own installation, empty of work; whatever a test asks of it, it stays as it is."""
    settings.DATA_DIR = tmp_path

    def state() -> dict[str, Any]:
        paths = [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix != ".backup"]
        return {**digests(connection), **{str(p): p.read_bytes() for p in paths}}

    before = state(), settings.JOURNAL_KEY, settings.SECRET_KEY
    yield
    assert (state(), settings.JOURNAL_KEY, settings.SECRET_KEY) == before


def refusal(file: Path) -> str:
    with pytest.raises(BackupError) as refused:
        restoring.restore(file, MONDAY)
    return str(refused.value)


def remade(
    demo: Place, to: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]
) -> Path:
    """The demo's archive written anew, well sealed, with its files or manifest changed."""
    with open_archive(archive_of(demo)) as source:
        contents = {name: source._open(name).read() for name in source.files}
        manifest = source.manifest
    change(contents, manifest)
    contents[MANIFEST] = json.dumps(manifest).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    whole = buffer.getvalue()
    to.write_bytes(whole + hashlib.sha256(whole).hexdigest().encode())
    return to


def test_a_remade_archive_without_a_change_would_be_taken(demo, tmp_path):
    """Control of the refusals below: they refuse for what was changed."""
    with open_archive(remade(demo, tmp_path / "b.backup", lambda *_: None)) as archive:
        archive.verify()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.6, 0.999])
def test_a_cut_archive_is_refused(here, demo, tmp_path, share):
    whole = archive_of(demo).read_bytes()
    (tmp_path / "b.backup").write_bytes(whole[: int(len(whole) * share)])
    assert "rusak: isinya tidak sama dengan yang ditulis" in refusal(tmp_path / "b.backup")


def test_no_flipped_byte_goes_unseen(demo, tmp_path):
    whole, file = bytearray(archive_of(demo).read_bytes()), tmp_path / "b.backup"
    step = len(whole) // 60
    for position in [*range(0, len(whole), step), len(whole) - SEAL - 1, len(whole) - 1]:
        whole[position] ^= 1
        file.write_bytes(whole)
        with pytest.raises(BackupError), open_archive(file):
            pass
        whole[position] ^= 1


def first_media(contents: dict[str, bytes]) -> str:
    return next(name for name in contents if name.startswith("media/surat/"))


def lose_a_letter(contents, manifest) -> None:
    del contents[first_media(contents)]


def alter_a_letter(contents, manifest) -> None:
    contents[first_media(contents)] = b"%PDF-1.4 lain"


def leave_the_folder(contents, manifest) -> None:
    for place in (contents, manifest["files"]):
        place["media/../../x.pdf"] = place.pop(first_media(place))


def other_kind(contents, manifest) -> None:
    manifest["database"] = {"sqlite": "postgresql", "postgresql": "sqlite"}[manifest["database"]]


def newer(contents, manifest) -> None:
    manifest["migrations"].append(["cases", "0999_from_the_future"])


def broken_dump(contents, manifest) -> None:
    cut = contents["database"] = contents["database"][: len(contents["database"]) * 6 // 10]
    manifest["files"]["database"]["sha256"] = hashlib.sha256(cut).hexdigest()


def other_key(contents, manifest) -> None:
    manifest["keys"]["JOURNAL_KEY"] = "0" * 64


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lose_a_letter, "ada berkas yang hilang atau berlebih"),
        (alter_a_letter, "tidak sama dengan daftar isinya"),
        (leave_the_folder, "ada nama berkas yang keluar dari tempatnya"),
        (other_kind, "Atur DATABASE_URL"),
        (newer, "cases.0999_from_the_future tidak dikenal di sini"),
        (broken_dump, ""),
        (other_key, "Isi JOURNAL_KEY dengan kunci itu"),
    ],
)
def test_an_archive_that_cannot_be_restored_is_refused(here, demo, tmp_path, change, sentence):
    said = refusal(remade(demo, tmp_path / "b.backup", change))
    assert sentence in said
    assert "ata di sini tidak diubah" in said


def test_the_journals_key_from_elsewhere_must_be_the_one_of_the_backup(here, demo, monkeypatch):
    with monkeypatch.context() as environment:
        environment.setenv("JOURNAL_KEY", "k" * 40)
        environment.setattr(django_settings, "JOURNAL_KEY", "k" * 40)
        assert "JOURNAL_KEY di sini bukan kunci" in refusal(archive_of(demo))


def test_what_is_no_archive_is_refused(here, tmp_path):
    assert "tidak dapat dibaca" in refusal(tmp_path / "none.backup")
    text = b"bukan cadangan" * 100
    (tmp_path / "b.backup").write_bytes(text + hashlib.sha256(text).hexdigest().encode())
    assert "bukan cadangan dari sistem ini" in refusal(tmp_path / "b.backup")


def test_an_installation_with_work_is_refused(transactional_db, demo):
    late_order()
    assert "Tempat ini tidak kosong: sudah ada pesanan" in refusal(archive_of(demo))


def test_an_installation_where_somebody_acted_is_refused(transactional_db, demo):
    JournalEntry.objects.create(
        seq=1, at=MONDAY, actor_id=_anybody(), verb="x", subject="x", subject_id=1
    )
    assert "jurnal sudah mencatat pekerjaan orang" in refusal(archive_of(demo))


def _anybody() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM people_user")
        return cursor.fetchone()[0]


def test_other_kept_files_are_not_mixed_with_those_of_the_backup(here, demo):
    files.keep("surat", b"%PDF-1.4\n%%EOF\n")
    assert "berisi 1 berkas lain" in refusal(archive_of(demo))
    shutil.rmtree(django_settings.MEDIA_ROOT)


def test_a_database_that_fails_leaves_files_and_keys_as_they_were(here, demo, monkeypatch):
    def fails(*_: object) -> None:
        assert any(True for _ in kept.media())
        assert before != django_settings.JOURNAL_KEY
        raise BackupError("gagal")

    before = django_settings.JOURNAL_KEY
    keys._set("JOURNAL_KEY", before)
    keys._set("SECRET_KEY", django_settings.SECRET_KEY)
    monkeypatch.setattr(database, "load", fails)
    assert refusal(archive_of(demo)) == "gagal"
    assert not any(True for _ in kept.media())
    for name in ("journal_key.txt", "secret_key.txt"):
        (Path(django_settings.DATA_DIR) / name).unlink()


@pytest.mark.sqlite_only
def test_a_database_in_use_is_not_waited_for_for_ever(here, demo, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.5)
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert "Hentikan web, worker, dan beat" in refusal(archive_of(demo))
    finally:
        other.close()
        for name in ("journal_key.txt", "secret_key.txt"):
            (Path(django_settings.DATA_DIR) / name).unlink(missing_ok=True)


# --- making -----------------------------------------------------------------------------------
def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(demo, tmp_path):
    assert archive_of(demo).stat().st_mode & 0o777 == 0o600
    (tmp_path / "old.backup").write_text("lama")
    with pytest.raises(CommandError, match="sudah ada"):
        call_command("backup", str(tmp_path / "old.backup"))
    assert (tmp_path / "old.backup").read_text() == "lama"


def test_a_backup_that_fails_leaves_no_file(transactional_db, tmp_path, monkeypatch):
    def fails(*_: object) -> None:
        raise BackupError("gagal")

    monkeypatch.setattr(database, "dump", fails)
    with pytest.raises(CommandError, match="gagal"):
        call_command("backup", str(tmp_path / "a.backup"))
    assert list(tmp_path.glob("*backup*")) == []


def test_keys_that_come_from_elsewhere_stay_there(transactional_db, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JOURNAL_KEY", "k" * 40)
    call_command("backup", str(tmp_path / "a.backup"))
    assert "JOURNAL_KEY berasal dari lingkungan" in capsys.readouterr().out
    with open_archive(tmp_path / "a.backup") as archive:
        assert archive.names("keys") == ["SECRET_KEY"]


def test_an_altered_letter_is_backed_up_but_said(transactional_db, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "wrong_files", lambda: (1, ["surat 1: surat/x.pdf"]))
    with pytest.raises(CommandError, match=r"surat 1: surat/x\.pdf"):
        call_command("backup", str(tmp_path / "a.backup"))
    with open_archive(tmp_path / "a.backup") as archive:
        archive.verify()


@pytest.mark.postgres_only
def test_without_the_programs_of_postgresql_it_says_what_to_install(
    transactional_db, tmp_path, monkeypatch
):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(BackupError, match="Pasang paket postgresql-client"):
        making.make(tmp_path / "a.backup", MONDAY)


# --- numbers ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_skipped_number_is_on_record_and_never_lowers_the_counter():
    assert restoring.skip_letter_numbers(12, MONDAY) == 12
    assert restoring.skip_letter_numbers(5, MONDAY) == 12
    assert numbering.last_sequence(TODAY) == 12
    (entry,) = JournalEntry.objects.filter(verb="letter.numbers_skipped")
    assert (entry.before, entry.after) == ({"last": 0}, {"last": 12})


def test_restore_without_anything_to_do_says_so():
    with pytest.raises(CommandError, match="Sebutkan FILE"):
        call_command("restore")


@pytest.mark.parametrize("number", ["0", "-1", "1000001", "9" * 20, "9" * 5000, "x"])
def test_a_last_letter_that_cannot_be_is_refused(number):
    with pytest.raises(CommandError, match=r"bukan nomor urut dari 1 sampai 1\.000\.000"):
        call_command("restore", f"--last-letter={number}")
