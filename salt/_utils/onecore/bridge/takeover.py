"""The functions of modules and runners about existing clouds."""

from __future__ import annotations

import dataclasses
import importlib.util
import platform
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from salt.exceptions import CommandExecutionError

from .. import schema
from ..basics.errors import ArgumentError, OneError
from ..basics.plan import Desired
from ..basics.secrecy import masked, quoted
from ..basics.tables import INDENTED, table
from ..basics.values import YES_NO, Choice
from ..cloud.view import Cloud
from ..engine.report import sentence
from ..kinds.registry import KINDS
from ..kinds.template import TEMPLATE
from ..orchestration import junit
from ..orchestration import users as composite
from ..pillar.labs import labs_of, machines
from ..pillar.layers import users
from ..takeover.audit import COLUMNS as AUDIT
from ..takeover.audit import LINT_COLUMNS as LINT
from ..takeover.audit import audit as holes
from ..takeover.audit import lint as linted
from ..takeover.doctor import COLUMNS as DOCTOR
from ..takeover.doctor import ERROR, MOST, OK, WARNING, Advice, examine
from ..takeover.drift import COLUMNS, DRIFT, FAILURE, NONE, Drift
from ..takeover.drift import drift as by_user_drift
from ..takeover.export import export as written_down
from ..takeover.export import write
from ..takeover.orphans import COLUMNS as ORPHANS
from ..takeover.orphans import orphans as listed
from ..takeover.survey import Filters
from . import pillars, runners
from .commands import command
from .states import configuration, connect, minion_of, without_pillar

#: The configuration with the connection: that of the minion, or of the master.
Module = Mapping[str, Any]
#: The exit statuses of a command.
DATA, TABLE = "data", "table"
FORM = Choice(DATA, TABLE)
OLDEST_SALT = 3006
#: Packages that Salt does not install.
PACKAGES = ("pyone", "lxml")


def export(module: Module, given: Mapping[str, Any]) -> dict[str, Any]:
    """A cloud as files of a pillar; written below ``dir``, or returned.

    given
        The function's arguments.
    """
    filters = Filters(*(words(given[name]) for name in ("user", "group", "kind", "name")))
    unknown = [kind for kind in filters.kinds if kind not in KINDS]
    if unknown:
        raise ArgumentError(f"kind: must be one of {', '.join(KINDS)}, not {quoted(unknown[0])}.")
    force = YES_NO.wanted("force", given["force"])
    # Values that the pillar declares secret must not be exported.
    configuration(pillars.current(module))

    def work(cloud: Cloud) -> dict[str, Any]:
        found = written_down(cloud, faults, filters)
        if given["dir"] is None:
            return {**found.summary, "files": found.files}
        write(found.files, str(given["dir"]), force)
        return found.summary

    return command(module, given["profile"], work)


def drift(module: Module, given: Mapping[str, Any]) -> Any:
    """The differences between the cloud and its pillar; the exit status shows whether there are any."""
    form = FORM.wanted("format", given["format"])
    if given["junit"] is not None:
        junit.library()
    module = pillars.current(module)

    def work(cloud: Cloud) -> Drift:
        config = _faultless(module)
        whose: tuple[str | None, ...] = words(given["user"]) or (None, *users(config))
        reports = {each or "shared": composite.build(cloud, config, each, test=True).reports for each in whose}
        pruned = {} if given["user"] else {"no longer declared": composite.prune(cloud, config, test=True).reports}
        return by_user_drift({**reports, **pruned})

    found = command(module, given["profile"], work, shown=False)
    if given["junit"] is not None:
        junit.write(str(given["junit"]), "opennebula.drift", _cases(found))
    _set_status(module, found.status)
    return masked(_rendered(found, form))


def _rendered(found: Drift, form: str) -> Any:
    if form == DATA:
        return found.data
    lines = table(found.rows, COLUMNS, INDENTED) if found.rows else []
    lines += [f"{each['object']}: {each['error']}" for each in found.failures]
    return "\n".join([*lines, found.summary])


def _cases(found: Drift) -> Iterator[junit.Case]:
    for row in found.rows:
        name = f"{row['object']} {row['part']}".strip()
        yield junit.Case(row["user"], name, failure=f"is {row['found']!r}, declared is {row['declared']!r}")
    for each in found.failures:
        yield junit.Case(each["user"], each["object"], failure=each["error"])
    if not found.status:
        yield junit.Case("opennebula", "drift", said=found.summary)


def orphans(module: Module, given: Mapping[str, Any]) -> Any:
    """Objects that only the pillar or only the cloud has."""
    form = FORM.wanted("format", given["format"])
    module = pillars.current(module)

    def work(cloud: Cloud) -> list[dict[str, Any]]:
        return listed(cloud, *_declared(_faultless(module)))

    rows = command(module, given["profile"], work)
    return _as_table(rows, ORPHANS) if form == TABLE else rows


def _faultless(module: Module) -> dict[str, Any]:
    """The pillar key ``opennebula``; raises ArgumentError with all its errors."""
    return pillars.checked(module)


def _set_status(module: Module, status: int) -> None:
    if status:
        module["__context__"]["retcode"] = status


def faults(config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Path and text of each error of a pillar."""
    return [(fault.path, fault.message) for fault in schema.validate(config)]


def words(value: Any) -> tuple[str, ...]:
    """Names or patterns: a list, or a text with commas; none for nothing."""
    if value is None:
        return ()
    every = value if isinstance(value, (list, tuple)) else str(value).split(",")
    return tuple(filter(None, (str(each).strip() for each in every)))


def audit(module: Module, given: Mapping[str, Any]) -> Any:
    """The isolation problems; the exit status shows whether there are any."""
    form = FORM.wanted("format", given["format"])
    # Including values that the pillar declares secret.
    configuration(module)
    rows = command(module, given["profile"], holes)
    status = DRIFT if rows else NONE
    _set_status(module, status)
    return _as_table(rows, AUDIT) if form == TABLE else {"findings": rows, "retcode": status}


def lint(module: Module, given: Mapping[str, Any]) -> Any:
    """Problems of templates that prevent instantiation."""
    form = FORM.wanted("format", given["format"])
    filters = Filters(users=words(given["owner"]), names=words(given["name"]))

    def work(cloud: Cloud) -> list[dict[str, Any]]:
        return linted(cloud, [each for each in cloud.pool(TEMPLATE) if filters.take(TEMPLATE, each, each.name)])

    rows = command(module, given["profile"], work)
    _set_status(module, DRIFT if rows else NONE)
    return _as_table(rows, LINT) if form == TABLE else rows


def doctor(module: Module, given: Mapping[str, Any]) -> Any:
    """Problems to correct, in the order in which to correct them."""
    form = FORM.wanted("format", given["format"])
    module = pillars.current(module)
    advice = [*_software(), *_pillar(module)]
    try:
        config = _faultless(module)
    except OneError:
        config = {}
    declared, labs = _declared(config)
    try:
        cloud = connect(module, given["profile"])
    except OneError as error:
        if configuration(module):
            advice.append(Advice(ERROR, "connection", sentence(str(error)), "correct opennebula:connection"))
    else:
        advice += examine(cloud, declared, labs)
        advice.append(_events(configuration(module) or {}, given["profile"], cloud.client.endpoint))
    rows = [dataclasses.asdict(each) for each in advice]
    status = FAILURE if any(each.state == ERROR for each in advice) else NONE
    _set_status(module, status)
    return masked(_as_table(rows, DOCTOR) if form == TABLE else {"checks": rows, "retcode": status})


def _software() -> Iterator[Advice]:
    """Whether Salt is new enough, and whether its Python has the other packages."""
    import salt.version

    found, python = salt.version.__version__, f"{platform.python_implementation()} {platform.python_version()}"
    is_old = int(found.split(".")[0]) < OLDEST_SALT
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if is_old:
        yield Advice(ERROR, "software", f"Salt {found} is older than {OLDEST_SALT}", "upgrade Salt")
    if missing:
        cure = f"salt-pip install {' '.join(missing)}, and restart the minion"
        yield Advice(ERROR, "software", f"Salt's own Python has no {' and no '.join(missing)}", cure)
    if not is_old and not missing:
        yield Advice(OK, "software", f"Salt {found}, {python}")


def _pillar(module: Module) -> Iterator[Advice]:
    """Whether there is a pillar, and its errors."""
    minion, config = minion_of(module), configuration(module)
    if not config:
        finding, _, cure = without_pillar(module).partition("; ")
        yield Advice(ERROR, "pillar", finding, cure)
        return
    if composite.declares_nothing(config):
        cure = "describe a user in it, or export what exists with opennebula.export"
        yield Advice(WARNING, "pillar", f"the pillar of {minion} declares neither users nor shared objects yet", cure)
        return
    found = pillars.faults(module)
    yield from (Advice(ERROR, "pillar", fault, f"correct the pillar of {minion}") for fault in found[:MOST])
    if not found:
        count = len(users(config))
        yield Advice(OK, "pillar", f"the pillar of {minion} has {count} user{'' if count == 1 else 's'} and no errors")


def _events(config: Mapping[str, Any], profile: str | None, endpoint: str) -> Advice:
    """Whether OpenNebula's events can be received, which shorten waits."""
    try:
        address = urlsplit(runners.publisher_of(config, profile, endpoint))
        socket.create_connection((address.hostname or "", address.port or 0), timeout=2).close()
    except OSError:
        finding = f"nothing answers at {address.netloc}, where events are published: runs poll every half second"
        return Advice(WARNING, "events", finding, "set HM_MAD in oned.conf to an address that this machine can reach")
    except (OneError, KeyError) as error:
        return Advice(WARNING, "events", sentence(str(error)), "correct opennebula:connection:events")
    return Advice(OK, "events", f"events are published at {address.netloc}")


def _declared(config: Mapping[str, Any]) -> tuple[list[Desired], list[Desired]]:
    """The declared objects, and the VMs of declared labs."""
    declared = [each for user in (None, *users(config)) for each in composite.desired(config, user, {})]
    labs = [machine.desired for user in users(config) for machine in machines(labs_of(config, user))]
    return declared, labs


def _as_table(rows: list[dict[str, Any]], columns: Sequence[str]) -> str:
    return "\n".join(table(rows, columns, INDENTED)) if rows else "Nothing was found."


Command = Callable[[Module, Mapping[str, Any]], Any]


def ask(module: Module, given: Mapping[str, Any], work: Command) -> Any:
    """The execution function of a command of this module; any error becomes a CommandExecutionError.

    module, given
        The file's ``globals()``, and the function's ``locals()``.
    """
    try:
        return work(module, given)
    except OneError as error:
        raise CommandExecutionError(sentence(str(error))) from None


def run(runner: Module, given: Mapping[str, Any], work: Command) -> Any:
    """The runner function of a command of this module."""

    def body() -> Any:
        module = runners.as_minion(runner)
        try:
            found = work(module, given)
        except CommandExecutionError as error:
            raise runners.failed(str(error)) from None
        # salt-run takes its exit status from `retcode` in plain data, or uses 1 for an exception.
        if isinstance(found, str) and module["__context__"].get("retcode", NONE):
            raise runners.failed(found)
        return found if isinstance(found, str) else runners.shown(runner, found)

    return runners.command(given, body)
