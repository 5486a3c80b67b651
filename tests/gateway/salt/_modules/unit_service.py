"""
Salt's ``service`` functions without systemd
============================================

Stands in for systemd in a network namespace: it reads the units that the formula has installed and runs their
commands itself. What it cannot tell is whether systemd starts them in the right order when a machine boots.
"""

import contextlib
import os
import pathlib
import shlex
import signal
import subprocess
import time

UNITS = pathlib.Path("/etc/systemd/system")
#: Which oneshot units have run, and which units are enabled.
STARTED, ENABLED = pathlib.Path("/run/unit-started"), UNITS / "multi-user.target.wants"


def _unit(name):
    return UNITS / f"{name}.service"


def _said(name, key):
    """The values of a key of a unit."""
    lines = _unit(name).read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.partition("=")[0] == key]


def _run(name, key):
    return all(subprocess.run(shlex.split(each), check=False).returncode == 0 for each in _said(name, key))


def _pid(name):
    for path in _said(name, "PIDFile") if available(name) else ():
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int(pathlib.Path(path).read_text(encoding="utf-8"))
    return None


def available(name):
    return _unit(name).exists()


def missing(name):
    return not available(name)


def get_all():
    return sorted(path.stem for path in UNITS.glob("*.service"))


def status(name, sig=None):
    if available(name) and _said(name, "Type") == ["oneshot"]:
        return (STARTED / name).exists()
    pid = _pid(name)
    with contextlib.suppress(FileNotFoundError):
        state = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state != "Z"
    return False


def start(name):
    if not (_run(name, "ExecStartPre") and _run(name, "ExecStart")):
        return False
    if _said(name, "Type") == ["oneshot"]:
        STARTED.mkdir(exist_ok=True)
        (STARTED / name).touch()
    return status(name)


def stop(name):
    (STARTED / name).unlink(missing_ok=True)
    pid = _pid(name)
    if not status(name):
        return True
    if pid is None:
        return _run(name, "ExecStop")
    os.kill(pid, signal.SIGTERM)
    for _ in range(100):
        if not status(name):
            return True
        time.sleep(0.05)
    return False


def restart(name):
    return stop(name) and start(name)


def enabled(name, **kwargs):
    return (ENABLED / f"{name}.service").is_symlink()


def disabled(name, **kwargs):
    return not enabled(name)


def enable(name, **kwargs):
    ENABLED.mkdir(exist_ok=True)
    (ENABLED / f"{name}.service").symlink_to(_unit(name))
    return True


def disable(name, **kwargs):
    (ENABLED / f"{name}.service").unlink(missing_ok=True)
    return True
