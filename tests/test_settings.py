"""Settings: file < environment < flags, unknown keys named, secrets kept."""

from pathlib import Path

import pytest

from verifier.errors import SettingsError
from verifier.settings import load


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "verifier.toml"
    file.write_text('port = 1\nhost = "file"\nworkers = 3\n', encoding="utf-8")
    environ = {"VERIFIER_CONFIG": str(file), "VERIFIER_HOST": "environment", "VERIFIER_PORT": "2"}
    settings, origins = load(None, {"port": 3, "host": None}, environ)
    assert (settings.port, settings.host, settings.workers) == (3, "environment", 3)
    assert origins["port"] == "flag" and origins["host"] == "environment VERIFIER_HOST"
    assert origins["workers"] == f"file {file}" and origins["max_batch"] == "default"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("prot = 1", "prot: unknown key"),
        ("port = ", "verifier.toml"),
        ('port = "x"', "port"),
        ("workers = 0", "workers"),
    ],
)
def test_a_fault_in_the_file_is_named(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "verifier.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load(file, {}, {})
    assert fault in str(raised.value) and str(file) in str(raised.value)


def test_a_fault_in_the_environment_is_named() -> None:
    with pytest.raises(SettingsError, match=r"port.*environment VERIFIER_PORT"):
        load(None, {}, {"VERIFIER_PORT": "eighty"})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml"):
        load(tmp_path / "none.toml", {}, {})


def test_lists_are_written_with_commas_and_an_empty_variable_is_none() -> None:
    settings = load(None, {}, {"VERIFIER_API_KEYS": "a, b", "VERIFIER_PLUGINS": "", "VERIFIER_RUBRICS": "x,y"}).settings
    assert settings.keys() == ("a", "b")
    assert settings.plugins == () and settings.rubrics == (Path("x"), Path("y"))


@pytest.mark.parametrize("keys", [" , ", ","])
def test_keys_that_are_set_but_empty_do_not_open_the_service(keys: str) -> None:
    with pytest.raises(SettingsError, match="api_keys"):
        load(None, {}, {"VERIFIER_API_KEYS": keys})


def test_an_empty_key_is_none(tmp_path: Path) -> None:
    file = tmp_path / "verifier.toml"
    file.write_text('api_keys = [""]', encoding="utf-8")
    with pytest.raises(SettingsError, match="api_keys"):
        load(file, {}, {})
    file.write_text("\n  \n", encoding="utf-8")
    with pytest.raises(SettingsError, match="holds no key"):
        load(None, {}, {"VERIFIER_API_KEYS_FILE": str(file)}).settings.keys()


def test_keys_are_not_shown() -> None:
    assert "s3cr3t" not in str(load(None, {}, {"VERIFIER_API_KEYS": "s3cr3t"}).settings)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(None, {}, {}).settings.port = 1


@pytest.mark.parametrize(
    ("name", "meant"),
    [("VERIFIER_WORKER", "VERIFIER_WORKERS"), ("VERIFIER_MAX_BODY", "VERIFIER_MAX_BODY_MB"), ("VERIFIER_KEYS", "")],
)
def test_an_unknown_variable_is_an_error_that_names_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(None, {}, {name: "4"})
    assert str(raised.value).startswith(f"environment {name}: unknown variable") and meant in str(raised.value)


def test_variables_of_the_client_are_none_of_the_services(tmp_path: Path) -> None:
    load(None, {}, {"VERIFIER_URL": "http://127.0.0.1:9", "VERIFIER_API_KEY": "k"})
