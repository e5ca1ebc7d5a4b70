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
    environ = {"STEPFLOW_PORT": "70000", "STEPFLOW_INSECURE": "perhaps", "STEPFLOW_LOG_FORMAT": "xml"}
    with pytest.raises(InvalidInputError) as refused:
        Settings.read(environ, {"heartbeat": "0", "nosuch": "1"})
    for name in ("STEPFLOW_PORT", "STEPFLOW_INSECURE", "STEPFLOW_LOG_FORMAT", "--heartbeat", "--nosuch"):
        assert name in refused.value.message


@pytest.mark.parametrize(
    "environ",
    [{"STEPFLOW_API_KEY": "with blank"}, {"STEPFLOW_API_KEY": "ü"}, {"STEPFLOW_CORS_ORIGINS": "example.org"},
     {"STEPFLOW_CORS_ORIGINS": "https://example.org/path"}],
)  # fmt: skip
def test_keys_and_origins_have_a_form(environ: dict[str, str]) -> None:
    """What can never match is refused."""
    with pytest.raises(InvalidInputError, match=next(iter(environ))):
        Settings.read(environ)


def test_key_is_not_shown() -> None:
    """Settings can be shown without giving the key away."""
    assert "hush" not in repr(Settings(api_key="hush"))
    assert "port=7837" in repr(DEFAULTS)
