"""Settings: from code, the environment and options."""

from __future__ import annotations

import pytest
from stepflow_core import InvalidInputError
from stepflow_server import Settings

DEFAULTS = Settings()


def test_defaults_hold_without_anything() -> None:
    """Nothing given is the defaults; empty variables are nothing."""
    assert Settings.read({}) == DEFAULTS == Settings.read({"STEPFLOW_PORT": "", "STEPFLOW_VAR_X": "1", "PORT": "3"})


def test_environment_and_options() -> None:
    """Options overrule the environment, which overrules the defaults."""
    environ = {"STEPFLOW_PORT": "1", "STEPFLOW_HOST": "localhost", "STEPFLOW_CORS_ORIGINS": "https://a.org, http://b:1"}
    settings = Settings.read(environ, {"port": "2", "host": None, "insecure": "true", "heartbeat": "0.5"})
    assert (settings.port, settings.host, settings.insecure, settings.heartbeat) == (2, "localhost", True, 0.5)
    assert settings.cors_origins == ("https://a.org", "http://b:1")


def test_everything_that_is_wrong_is_told() -> None:
    """Every setting that cannot be used is named as it was given."""
    environ = {
        "STEPFLOW_PORT": "70000",
        "STEPFLOW_INSECURE": "perhaps",
        "STEPFLOW_LOG_FORMAT": "xml",
        "STEPFLOW_API_KEY": "two words",
        "STEPFLOW_CORS_ORIGINS": "a.org, https://b.org, c.org",
        "STEPFLOW_READ_TIMEOUT": "nan",
        "STEPFLOW_MAX_BODY": "9" * 5000,
        "STEPFLOW_MAX_ITEMS": "1e999",
    }
    with pytest.raises(InvalidInputError) as refused:
        Settings.read(environ, {"heartbeat": "0", "prot": "1", "host": "a b"})
    lines = refused.value.message.splitlines()
    assert {line.partition(":")[0] for line in lines} == {*environ, "--heartbeat", "--prot", "--host"}
    assert len(lines) == len(environ) + 3
    assert "did you mean 'port'?" in refused.value.message
    assert "'a.org', 'c.org' are not origins" in refused.value.message
    assert "two words" not in refused.value.message


@pytest.mark.parametrize(
    "environ",
    [{"STEPFLOW_API_KEY": "with blank"}, {"STEPFLOW_API_KEY": "ü"}, {"STEPFLOW_CORS_ORIGINS": "example.org"},
     {"STEPFLOW_CORS_ORIGINS": "https://example.org/path"}, {"STEPFLOW_HOST": "http://localhost"},
     {"STEPFLOW_HOST": "local\x00host"}, {"STEPFLOW_HOST": "[::1]"}, {"STEPFLOW_HOST": "\udc80"},
     {"STEPFLOW_HOST": "a..b"}, {"STEPFLOW_HOST": "a" * 64}],
)  # fmt: skip
def test_keys_origins_and_hosts_have_a_form(environ: dict[str, str]) -> None:
    """What can never match is refused."""
    with pytest.raises(InvalidInputError, match=next(iter(environ))):
        Settings.read(environ)


def test_key_is_not_shown() -> None:
    """Settings can be shown without giving the key away."""
    assert "hush" not in repr(Settings(api_key="hush"))
    assert "port=7837" in repr(DEFAULTS)
