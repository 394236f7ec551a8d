"""What the environment of an installation may say, and what is answered where it is wrong."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from kombu import Connection

from kompensasi import environment
from kompensasi.backup import keys

NAMES = ("SECRET_KEY", "PUBLIC_URL", "ALLOWED_HOSTS")
KEY = "k" * 40
POSTGRES = "postgres://spm@db:5432/spm"
REDIS = "redis://broker:6379/0"


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


@pytest.fixture
def secret_file(tmp_path, monkeypatch):
    """Names a file with this content as SECRET_KEY_FILE."""

    def write(content: bytes):
        path = tmp_path / "secret"
        path.write_bytes(content)
        monkeypatch.setenv("SECRET_KEY_FILE", str(path))
        return path

    return write


# --- secrets in files -------------------------------------------------------------------------
def test_a_secret_comes_from_its_file(secret_file, tmp_path):
    secret_file(f"{KEY}\n".encode())
    assert environment.secret("SECRET_KEY", tmp_path) == KEY
    assert not environment.secret_file("SECRET_KEY", tmp_path).exists(), "none is made beside it"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"one\ntwo\n", "several lines"),
        (b"\xff\xfe\x00", "is not text"),
    ],
)
def test_a_file_that_holds_no_secret_explains_itself(secret_file, content, said):
    path = secret_file(content)
    with pytest.raises(ImproperlyConfigured, match=said) as refused:
        environment.given("SECRET_KEY")
    assert f"SECRET_KEY_FILE={path}" in str(refused.value)


def test_an_empty_file_may_say_that_there_is_no_password(secret_file):
    secret_file(b"")
    assert environment.given("SECRET_KEY", may_be_empty=True) == ""


def test_a_file_that_is_not_there_explains_itself(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read \\(No such file"):
        environment.given("SECRET_KEY")


def test_a_secret_given_twice_is_refused(secret_file, monkeypatch):
    secret_file(KEY.encode())
    monkeypatch.setenv("SECRET_KEY", KEY)
    with pytest.raises(ImproperlyConfigured, match="both set"):
        environment.given("SECRET_KEY")


def test_a_short_key_in_a_file_is_refused_without_telling_it(secret_file, tmp_path):
    secret_file(b"s3cret")
    with pytest.raises(ImproperlyConfigured, match="too short") as refused:
        environment.secret("SECRET_KEY", tmp_path)
    assert "s3cret" not in str(refused.value)


def test_a_key_from_a_file_has_its_own_keeper_and_stays_out_of_a_backup(secret_file):
    secret_file(KEY.encode())
    added: dict[str, str] = {}

    class Writer:
        add_text = staticmethod(added.__setitem__)

    assert "SECRET_KEY" in keys.add_to(Writer())
    assert "keys/SECRET_KEY" not in added


# --- passwords apart from their URLs ----------------------------------------------------------
@pytest.mark.parametrize("password", ["plain", "a/b@c:d?e#f%20 ü"])
def test_passwords_are_merged_as_they_are(password):
    assert environment.database(POSTGRES, password)["PASSWORD"] == password
    url = environment.broker(REDIS, password)
    assert environment.urlsplit(url).hostname == "broker"
    from_kombu = Connection(url)
    assert (from_kombu.password, from_kombu.hostname) == (password, "broker")
    assert (from_kombu.port, from_kombu.virtual_host) == (6379, "0")


def test_without_a_password_the_urls_stay_as_they_are():
    assert environment.broker("redis://:in-it@broker/0") == "redis://:in-it@broker/0"
    assert environment.database("postgres://spm:in-it@db/spm")["PASSWORD"] == "in-it"


@pytest.mark.parametrize("url", ["postgres://spm:in-it@db/spm", "sqlite:///db.sqlite3"])
def test_a_database_password_that_has_no_place_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_PASSWORD is for a DATABASE_URL"):
        environment.database(url, "another")


@pytest.mark.parametrize("url", ["redis://:in-it@broker/0", "filesystem://localhost//"])
def test_a_broker_password_that_has_no_place_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match=r"^BROKER_PASSWORD is for a BROKER_URL"):
        environment.broker(url, "another")


@pytest.mark.parametrize("password", ["", "another"])
def test_a_database_of_another_kind_is_named_before_its_password(password):
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL is neither sqlite"):
        environment.database("mysql://spm@db/spm", password)


@pytest.mark.parametrize(
    ("url", "said"),
    [("amqp://broker//", "begins with none of"), ("redis:/x", "names no host"),
     ("redis:///0", "names no host")],
)  # fmt: skip
@pytest.mark.parametrize("password", ["", "another"])
def test_a_broker_that_nobody_can_reach_explains_itself(url, said, password):
    with pytest.raises(ImproperlyConfigured, match=f"^BROKER_URL {said}"):
        environment.broker(url, password)


# --- the log, and mail --------------------------------------------------------------------------
def test_the_log_level_is_one_of_pythons(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert environment.log_level() == "DEBUG"
    monkeypatch.setenv("LOG_LEVEL", "loud")
    with pytest.raises(ImproperlyConfigured, match="LOG_LEVEL=LOUD is none of DEBUG, INFO"):
        environment.log_level()


def test_a_trial_mail_says_that_mail_is_off(settings):
    settings.EMAIL_HOST = ""
    with pytest.raises(CommandError, match="EMAIL_HOST kosong"):
        call_command("sendtestemail", "a@balai.example")


# --- the public address -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "kept", "host"),
    [
        ("https://Balai.go.id/", "https://balai.go.id", "balai.go.id"),
        ("https://192.168.1.10:8443", "https://192.168.1.10:8443", "192.168.1.10"),
        ("https://[fd00::1]", "https://[fd00::1]", "[fd00::1]"),
        ("", "http://127.0.0.1:8000", "127.0.0.1"),
    ],
)
def test_the_public_address_names_the_host_that_requests_may_carry(monkeypatch, given, kept, host):
    monkeypatch.setenv("PUBLIC_URL", given)
    url = environment.public_url("http://127.0.0.1:8000")
    assert url == kept
    assert set(environment.hosts(url)) == {host, *environment.LOOPBACK}


def test_other_names_are_added(monkeypatch):
    """Never instead: the container's own health check asks by loopback."""
    monkeypatch.setenv("ALLOWED_HOSTS", "a.example, b.example")
    names = ["a.example", "b.example", "c.example", *environment.LOOPBACK]
    assert environment.hosts("https://c.example") == names


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("kompensasi.go.id", "neither https:// nor http://"),
        ("ftp://kompensasi.go.id", "neither https:// nor http://"),
        ("https://", "names no host"),
        ("https://https://192.168.1.10", "begins twice. ADDRESS in .env is a bare name"),
        ("https://kompensasi.go.id:none", "a port that is none"),
        ("https://go.id/kompensasi", "more than scheme and name"),
        ("https://go.id/?a=1", "more than scheme and name"),
        ("https://admin@go.id", "more than scheme and name"),
    ],
)
def test_a_wrong_public_address_explains_itself(monkeypatch, given, said):
    monkeypatch.setenv("PUBLIC_URL", given)
    with pytest.raises(ImproperlyConfigured, match=said) as refused:
        environment.public_url("")
    assert f"PUBLIC_URL={given}" in str(refused.value)
