"""Reports for Jenkins and other CI servers: JUnit XML, a test case for each object."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..basics.denial import reason
from ..basics.errors import ArgumentError, ConfigurationError


@dataclass(frozen=True)
class Case:
    """One result.

    group, name
        Its group (``alice.school``), and its name (``web``).
    seconds
        Its duration.
    failure, skipped
        Why it failed, or was not started; empty otherwise.
    said
        The result, in a sentence.
    """

    group: str
    name: str
    seconds: float = 0.0
    failure: str = ""
    skipped: str = ""
    said: str = ""


def write(path: str, suite: str, cases: Iterable[Case]) -> None:
    """Write a report; an existing file is replaced atomically.

    suite
        The name of the run, for example ``onelab.rebuild``.

    Raises
        ConfigurationError without the package junitparser; ArgumentError if the file cannot be written.
    """
    parser = library()
    report = parser.TestSuite(suite)
    report.add_testcases([_case(parser, case) for case in cases])
    document = parser.JUnitXml(suite)
    document.add_testsuite(report)
    try:
        _replace(path, document)
    except OSError as error:
        raise ArgumentError(f"junit: {path} cannot be written: {reason(error)}.") from None


def library() -> Any:
    """The package that writes the files; imported before the work, so that a missing package is reported early."""
    try:
        import junitparser
    except ImportError:
        raise ConfigurationError("JUnit files need the Python package junitparser where this runs.") from None
    return junitparser


def _case(parser: Any, case: Case) -> Any:
    entry = parser.TestCase(_printable(case.name), _printable(case.group), case.seconds)
    if case.failure:
        entry.result = [parser.Failure(_printable(case.failure))]
    elif case.skipped:
        entry.result = [parser.Skipped(_printable(case.skipped))]
    if case.said:
        entry.system_out = _printable(case.said)
    return entry


def _printable(text: str) -> str:
    """``text`` without characters that XML does not allow."""
    return "".join(each if each in "\n\t" or (each.isprintable() or each.isspace()) else "?" for each in text)


def _replace(path: str, document: Any) -> None:
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".xml")
    os.close(handle)
    try:
        document.write(temporary, pretty=True)
        # Another account reads it, for example that of Jenkins.
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
