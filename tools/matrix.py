"""Run layers of tests on every line of Salt with every installed Python; a table at the end.

    python tools/matrix.py [more arguments for pytest]

Each pair has a virtual environment of its own, ``.venv-<line>-<python>``. Exits with 1 if a layer has failed. With
pyenv, ``pyenv shell 3.10 3.11 3.12`` makes several Pythons available.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
#: Lines of Salt, and the Pythons that they do not support.
LINES = {"3006": ("3.12", "3.13", "3.14"), "3007": ("3.13", "3.14"), "": ()}
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
LAYERS = {
    "unit": ["tests/unit"],
    "functional": ["tests/functional"],
    "integration": ["tests/integration/test_main_job.py"],
}


def main(arguments: list[str]) -> int:
    rows = [row for line, without in LINES.items() for row in _rows(line, without, arguments)]
    print(f"\n{'SALT':8}{'PYTHON':8}" + "".join(f"{layer.upper():13}" for layer in LAYERS))
    for line, python, *outcomes in rows:
        print(f"{line or 'newest':8}{python:8}" + "".join(f"{outcome:13}" for outcome in outcomes).rstrip())
    return int(any("failed" in row for row in rows))


def _rows(line: str, without: tuple[str, ...], arguments: list[str]) -> list[list[str]]:
    """A row for each Python: the result of each layer."""
    rows = []
    for version in PYTHONS:
        interpreter = _interpreter(version)
        if interpreter is None:
            rows.append([line, version, *["no Python"] * len(LAYERS)])
        elif version in without:
            rows.append([line, version, *["unsupported"] * len(LAYERS)])
        else:
            rows.append([line, version, *_outcomes(line, version, interpreter, arguments)])
    return rows


def _interpreter(version: str) -> str | None:
    """The path of a Python that runs; ``None`` if there is none.

    pyenv has a shim on PATH for each Python it ever installed, which fails unless that version is selected.
    """
    for folder in os.get_exec_path():
        path = shutil.which(f"python{version}", path=folder)
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return path
    return None


def _outcomes(line: str, version: str, interpreter: str, arguments: list[str]) -> list[str]:
    venv = f".venv-{line or 'newest'}-{version}"
    lock = f"requirements/lock{f'-{line}' if line else ''}.txt"
    if _run("make", "setup", f"PYTHON={interpreter}", f"venv={venv}", f"lock={lock}"):
        return ["no setup: failed"] * len(LAYERS)
    python = str(ROOT / venv / "bin" / "python")
    return ["failed" if _run(python, "-m", "pytest", *paths, *arguments) else "passed" for paths in LAYERS.values()]


def _run(*command: str) -> int:
    print(f"$ {' '.join(command)}", flush=True)
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
