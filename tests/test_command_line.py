"""`manage.py` tells an administrator in a sentence what is wrong."""

import subprocess
import sys

import pytest

from tests.test_processes import Place

pytestmark = [pytest.mark.process, pytest.mark.sqlite_only]


def run(place: Place, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], env=place.environment | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", ["check", "setup", "flag_overruns"])
def test_a_wrong_setting_is_told_without_a_traceback(tmp_path, command):
    done = run(Place(tmp_path), command, LOG_LEVEL="loud")
    assert done.returncode == 1
    assert done.stderr.startswith("Pengaturan salah: LOG_LEVEL=LOUD is none of DEBUG")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["flag_overruns", "verify_journal", "import_orders"])
def test_a_place_that_was_never_set_up_says_how(tmp_path, command):
    file = tmp_path / "orders.csv"
    file.write_text("nomor,pelanggan,layanan,diterima\nA,PT,KAL,2026-01-05\n")
    arguments = [str(file)] if command == "import_orders" else []
    done = run(Place(tmp_path), command, *arguments)
    assert done.returncode == 1
    assert done.stderr == "Basis data ini belum disiapkan. Jalankan dahulu: manage.py setup\n"
