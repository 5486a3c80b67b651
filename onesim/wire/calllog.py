"""The log of calls, a line for each: user, method, shortened arguments, result, milliseconds. Secrets are masked."""

import re
import sys
import threading

from onesim.api.dispatch import METHODS
from onesim.errors import Fault

LONGEST_ARGUMENT, LONGEST_LINE = 60, 400
MASK = "****"
_NAMES = r"\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|PASSPHRASE)\w*"
_SECRET = re.compile(rf'\b({_NAMES}\s*=\s*)("(?:[^"\\]|\\.)*"|[^\s,\]]+)', re.IGNORECASE)
_SECRET_XML = re.compile(rf"<({_NAMES})>.*?</\1>", re.IGNORECASE | re.DOTALL)


def masked(text):
    """A text without the values of attributes with secret names."""
    return _SECRET_XML.sub(rf"<\1>{MASK}</\1>", _SECRET.sub(rf"\g<1>{MASK}", text))


def _argument(value):
    text = masked(value) if isinstance(value, str) else str(value)
    short = text if len(text) <= LONGEST_ARGUMENT else f"{text[:LONGEST_ARGUMENT]}…"
    return repr(short) if isinstance(value, str) else short


def _verdict(answer):
    if answer is None:
        return "not carried out"
    if isinstance(answer, Fault):
        return f"fault {answer.code} {answer.text}"
    succeeded, value, *rest = answer
    if not succeeded:
        return f"{rest[0]:#x} {masked(value)}"
    return f"ok, {len(value)} characters" if isinstance(value, str) else f"ok {value}"


class CallLog:
    """Writes the lines, each as a whole during parallel calls."""

    def __init__(self, stream=sys.stderr):
        self.stream = stream
        self._lock = threading.Lock()

    def write(self, method, params, answer, seconds, fault=""):
        """Logs one call; `fault` is the effect of a fault rule. `answer` is None if it was not carried out."""
        known = METHODS.get(method)
        if known and not known.session:
            user, given, verdict = "-", params, "ok"
        else:
            user, given = (str(params[0]).partition(":")[0] if params else "-"), params[1:]
            verdict = _verdict(answer)
        hidden = known.hidden if known else ()
        arguments = (MASK if at in hidden else _argument(value) for at, value in enumerate(given, 1))
        line = f"{user} {method}({', '.join(arguments)}) -> {verdict}{f' [{fault}]' if fault else ''}"
        with self._lock:
            short = line[:LONGEST_LINE].replace("\n", " ")
            print(f"{short} {seconds * 1000:.1f} ms", file=self.stream, flush=True)
