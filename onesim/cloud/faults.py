"""Injected faults: rules for which calls fail, and how.

A rule consists of words: a method (shell wildcards allowed), conditions, one action, all but the first as name=value.

    one.vn.allocate nth=3 drop=after          the third one takes effect, and the connection is dropped
    one.*.info probability=0.1 http=503       one read in ten
    * error=INTERNAL text="disk full"         every call is refused
    network nth=2 fail="no driver"            the second network to be set up ends in ERROR (image: likewise)
    boot times=1 fail                         the next VM does not boot
    vm.shutdown fail="no answer"              no VM can be shut down (others: vm.lifecycle.drivers)

Conditions: nth=N (that one alone), every=N, probability=P (with seed=N the same each time), times=N (no more than so
many). Actions: drop, hang, html, empty, cut, each =before or =after the call takes effect; http=STATUS and error=CODE
(a name or a number of onesim.errors), with when=before or after; delay=MS; fail=TEXT for networks, images and boots.
"""

import fnmatch
import random
import shlex
import threading
import time
from dataclasses import dataclass, field

from onesim import errors

SUBJECTS = {"NET": "network", "IMAGE": "image", "VM": "boot"}
TIMED = ("drop", "hang", "html", "empty", "cut")
ACTIONS = (*TIMED, "http", "error", "delay", "fail")
CONDITIONS = ("nth", "every", "probability", "seed", "times")
MOMENTS = ("before", "after")
LONGEST_LOG = 10_000


class RuleError(ValueError):
    """A rule that is incomplete or contradictory."""


@dataclass
class Rule:
    """One rule; counts the matching calls, and how often it was applied."""

    text: str
    subject: str
    action: str
    value: object
    moment: str = "before"
    message: str = ""
    nth: int = 0
    every: int = 0
    times: int = 0
    probability: float = 1.0
    chance: random.Random = field(default_factory=random.Random)
    seen: int = 0
    struck: int = 0

    @classmethod
    def parse(cls, text):
        """A rule from its words; raises RuleError."""
        try:
            subject, *words = shlex.split(text)
            given = dict(word.partition("=")[::2] for word in words)
        except ValueError as error:
            raise RuleError(f"no fault rule: {text!r}") from error
        actions = [name for name in given if name in ACTIONS]
        unknown = set(given) - {*ACTIONS, *CONDITIONS, "when", "text"}
        if len(actions) != 1 or unknown:
            raise RuleError(
                f"a fault rule has one of {', '.join(ACTIONS)}, and not {', '.join(unknown) or 'more'}: {text!r}"
            )
        try:
            return cls._built(text, subject, actions[0], given)
        except ValueError as error:
            raise RuleError(f"{error}: {text!r}") from error

    @classmethod
    def _built(cls, text, subject, action, given):
        value = given[action]
        moment = given.get("when") or (value if action in TIMED and value else "before")
        if moment not in MOMENTS:
            raise ValueError(f"{moment} is neither before nor after")
        if action in ("http", "delay"):
            value = int(value)
        elif action == "error":
            value = getattr(errors, value.upper(), None) or int(value, 0)
        chance = random.Random(int(given["seed"])) if "seed" in given else random.Random()
        counts = {name: int(given[name]) for name in ("nth", "every", "times") if name in given}
        probability = float(given.get("probability", 1))
        message = given.get("text", "fault on purpose")
        return cls(text, subject, action, value, moment, message, probability=probability, chance=chance, **counts)

    def strikes(self, subject):
        """Whether the rule applies now."""
        if not fnmatch.fnmatchcase(subject, self.subject):
            return False
        self.seen += 1
        if (self.nth and self.seen != self.nth) or (self.every and self.seen % self.every):
            return False
        if (self.times and self.struck >= self.times) or self.chance.random() >= self.probability:
            return False
        self.struck += 1
        return True


class Faults:
    """The active rules, and a log of their actions."""

    def __init__(self):
        self.rules = {}
        self.log = []
        self._next = 0
        self._lock = threading.Lock()

    def add(self, text):
        """Adds a rule; returns its number. Raises RuleError."""
        rule = Rule.parse(text)
        with self._lock:
            self._next += 1
            self.rules[self._next] = rule
            return self._next

    def clear(self, number=None):
        """Removes one rule, or all; returns how many there were."""
        with self._lock:
            found = [number] if number in self.rules else [] if number is not None else list(self.rules)
            for key in found:
                del self.rules[key]
            return len(found)

    def _struck(self, subject, wanted):
        with self._lock:
            rules = [rule for rule in self.rules.values() if wanted(rule) and rule.strikes(subject)]
            for rule in rules:
                self.log.append({"time": time.time(), "subject": subject, "rule": rule.text, "action": rule.action})
            del self.log[:-LONGEST_LOG]
        return rules

    def on_call(self, method):
        """The rules that apply to a call."""
        return self._struck(method, lambda rule: rule.action != "fail") if self.rules else []

    def _failure(self, subject):
        rules = self._struck(subject, lambda rule: rule.action == "fail") if self.rules else []
        return (rules[0].value or rules[0].message) if rules else None

    def creation_failure(self, kind_name):
        """The error text for a network (NET) or image (IMAGE) that is being created; None if it does not fail."""
        return self._failure(SUBJECTS[kind_name])

    def boot_failure(self, vm):
        """The error text for the boot of a VM; None if it does not fail."""
        return self._failure(SUBJECTS["VM"])

    def driver_failure(self, action):
        """The error text for an action of a VM's drivers (save, attachnic, …); None if it does not fail."""
        return self._failure(f"vm.{action}")
