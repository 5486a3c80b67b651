"""Connection settings: endpoint, credentials, limits of time and size.

Everything is checked before the first call, and each error is one `ConfigurationError` sentence that names the setting
and never shows a secret.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..basics.denial import reason
from ..basics.errors import ConfigurationError, did_you_mean

CREDENTIALS = ("username", "password", "token", "auth_file")
TUNING = ("timeout", "retries", "max_answer", "verify", "ca", "cert")
#: `events` is for `events.listening`, not for the client.
KNOWN = ("endpoint", *CREDENTIALS, *TUNING, "events")
LONGEST_TIMEOUT = 3600
MOST_RETRIES = 10
LARGEST_ANSWER = 4096


@dataclass(frozen=True)
class Settings:
    """Checked settings.

    endpoint, session: as `Client` takes them. timeout: seconds without data from the server before a call fails
    (connecting: at most 10); the whole call may take four times as long. retries: how often a read without an answer is
    repeated; writes never are. max_answer: the largest answer, in MB as it is sent. 20,000 VMs are about 150 MB, and
    take six times as much memory. verify: check the server's TLS certificate; ca: path of a CA bundle to check it with;
    cert: path of a client certificate with its key, or (certificate, key).
    """

    endpoint: str
    session: str = field(repr=False)
    timeout: float = 30
    retries: int = 3
    max_answer: int = 192
    verify: bool = True
    ca: str | None = None
    cert: str | tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "endpoint", _endpoint(self.endpoint))
        object.__setattr__(self, "cert", _certificate(self.cert))
        _check_session(self.session)
        _check_tuning(self)

    @property
    def username(self) -> str:
        """The user name of the session."""
        return self.session.partition(":")[0]

    @classmethod
    def read(cls, mapping: Mapping[str, Any] | None, environ: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings given by `mapping`, completed from the environment.

        mapping: `{endpoint, username + password | token (+ username) | auth_file, timeout, retries, max_answer, verify,
            ca, cert}`. A token is "user:token", or a token with a separate username. None counts as not given.
        environ: ONE_XMLRPC stands in for a missing endpoint; ONE_AUTH (the path of a file holding
            "user:password"), then ~/.one/one_auth, for missing credentials, as for OpenNebula's own tools.
        """
        if not isinstance(mapping, Mapping | None):
            raise ConfigurationError(f"connection must be a dictionary of settings, not {_kind(mapping)}")
        given = {key: value for key, value in (mapping or {}).items() if value is not None}
        for key in given:
            if key not in KNOWN:
                raise ConfigurationError(f"connection: unknown setting '{key}'{did_you_mean(key, KNOWN)}")
        endpoint = given.get("endpoint", environ.get("ONE_XMLRPC"))
        if not endpoint:
            raise ConfigurationError(
                "connection: no endpoint; set it to the address of OpenNebula's XML-RPC API, "
                "for example http://localhost:2633/RPC2, or set ONE_XMLRPC in the environment"
            )
        tuning = {key: given[key] for key in TUNING if key in given}
        return cls(endpoint, _session(given, environ), **tuning)


def _kind(value: Any) -> str:
    return {type(None): "nothing", bool: "a boolean", int: "a number", float: "a number", str: "text"}.get(
        type(value), "a list" if isinstance(value, list | tuple) else f"a {type(value).__name__}"
    )


def _text(value: Any, key: str, hint: str = "") -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"connection:{key} must be text, not {_kind(value)}{hint}")
    if not value.strip():
        raise ConfigurationError(f"connection:{key} is empty")
    if set(value) == {"*"}:
        raise ConfigurationError(f"connection:{key} contains only asterisks: Salt has masked it")
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value):
        raise ConfigurationError(f"connection:{key} contains a line break, a control character or a broken character")
    return value


def _endpoint(value: Any) -> str:
    address = _text(value, "endpoint").strip()
    if "@" in address:
        raise ConfigurationError("connection:endpoint must not hold credentials; use username and password instead")
    try:
        parts = urlsplit(address)
        port_is_valid = parts.port != 0
    except ValueError:
        raise ConfigurationError("connection:endpoint is not a valid URL; check its host and port") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_valid:
        raise ConfigurationError(
            f"connection:endpoint '{address}' is not an http or https URL such as http://localhost:2633/RPC2"
        )
    if parts.query or parts.fragment or re.search(r"\s", address):
        raise ConfigurationError("connection:endpoint must be a plain URL without spaces, '?' and '#'")
    return parts._replace(path="/RPC2").geturl() if parts.path in ("", "/") else address


def _session(given: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    ways = [key for key in ("password", "token", "auth_file") if key in given]
    if len(ways) > 1:
        raise ConfigurationError(f"connection: give one of {' and '.join(ways)}, not both")
    if "password" in given:
        return _joined(given, "password")
    if "token" in given:
        return _token_session(given)
    if "username" in given:
        raise ConfigurationError("connection: username without password, token or auth_file")
    return _from_file(_auth_file(given, environ))


def _joined(given: Mapping[str, Any], secret: str) -> str:
    if "username" not in given:
        raise ConfigurationError(f"connection: {secret} without username")
    username = _text(given["username"], "username", ": put it in quotes")
    if ":" in username:
        raise ConfigurationError("connection:username must not contain ':'")
    return f"{username}:{_text(given[secret], secret, ': put it in quotes')}"


def _token_session(given: Mapping[str, Any]) -> str:
    token = _text(given["token"], "token", ": put it in quotes")
    user, colon, _ = token.partition(":")
    if not colon:
        return _joined(given, "token")
    if given.get("username", user) != user:
        raise ConfigurationError("connection:token begins with another user name than connection:username")
    return token


def _auth_file(given: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str | None, str]:
    """Return the setting with the file of the credentials, and its path."""
    home = environ.get("HOME") or os.path.expanduser("~")
    if "auth_file" in given:
        setting, path = "connection:auth_file", _text(given["auth_file"], "auth_file")
    elif environ.get("ONE_AUTH"):
        setting, path = "ONE_AUTH", environ["ONE_AUTH"]
    else:
        setting, path = None, os.path.join(home, ".one", "one_auth")
    return setting, os.path.join(home, path[2:]) if path.startswith("~/") else path


def _from_file(source: tuple[str | None, str]) -> str:
    setting, path = source
    try:
        with open(path, encoding="utf-8") as stream:
            content = stream.read(65536).strip()
    except (OSError, ValueError) as err:
        if setting is None and isinstance(err, FileNotFoundError | NotADirectoryError):
            raise ConfigurationError(
                "connection: no credentials; set username and password, token or auth_file, or provide ~/.one/one_auth"
            ) from None
        why = reason(err) if isinstance(err, OSError) else "it is not text"
        raise ConfigurationError(f"{setting or 'connection: the file'} '{path}' cannot be read: {why}") from None
    if not re.fullmatch(r"[^:\x00-\x1f\x7f]+:[^\x00-\x1f\x7f]+", content):
        raise ConfigurationError(f"{setting or 'the file'} '{path}' must hold one line user:password and nothing else")
    return content


def _check_session(session: Any) -> None:
    if not isinstance(session, str) or not all(session.partition(":")[::2]):
        raise ConfigurationError("the session must be text of the form user:password")
    _text(session, "password")


def _check_tuning(settings: Settings) -> None:
    timeout, retries = settings.timeout, settings.retries
    if type(timeout) not in (int, float) or not 0 < timeout <= LONGEST_TIMEOUT:
        raise ConfigurationError(f"connection:timeout must be a number of seconds above 0, at most {LONGEST_TIMEOUT}")
    if type(retries) is not int or not 0 <= retries <= MOST_RETRIES:
        raise ConfigurationError(f"connection:retries must be a whole number from 0 to {MOST_RETRIES}")
    if type(settings.max_answer) is not int or not 0 < settings.max_answer <= LARGEST_ANSWER:
        raise ConfigurationError(f"connection:max_answer must be a whole number of MB from 1 to {LARGEST_ANSWER}")
    if type(settings.verify) is not bool:
        raise ConfigurationError(f"connection:verify must be true or false, not {_kind(settings.verify)}")
    if settings.ca is not None:
        _readable(settings.ca, "ca")
        if not settings.verify:
            raise ConfigurationError("connection: verify is false, so ca would never be used; remove one of them")


def _certificate(cert: Any) -> str | tuple[str, ...] | None:
    if cert is None:
        return None
    files = (cert,) if isinstance(cert, str) else cert
    if not isinstance(files, list | tuple) or len(files) not in (1, 2):
        raise ConfigurationError("connection:cert must be the path of a file, or a list of certificate and key")
    for file in files:
        _readable(file, "cert")
    return files[0] if len(files) == 1 else tuple(files)


def _readable(path: Any, key: str) -> None:
    try:
        os.stat(_text(path, key))
        if not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as err:
        raise ConfigurationError(f"connection:{key} '{path}' cannot be read: {reason(err)}") from None
