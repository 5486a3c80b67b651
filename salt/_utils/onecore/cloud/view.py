"""One run's view of a cloud: each pool is read once, and updated after the run's own write calls."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..basics.errors import (
    AmbiguousError,
    AnswerError,
    AuthenticationError,
    MissingError,
    NoExistsError,
    OneError,
    RefusedError,
    TimedOutError,
    UnreachableError,
)
from ..basics.secrecy import discreet
from ..wire.client import MAKING, is_read
from .announcements import Announcements
from .answers import every_object, one_object, only_object, parsed
from .collection import Collection
from .naming import named
from .pool import Pool
from .resource import Resource

log = discreet(__name__)

#: Up to this number of objects are read one by one; for more, one pool call is cheaper.
FEW = 3
#: Methods that answer with the ID of their object, which has none before.
_NUMBERING = MAKING | {"addrule"}


class Cloud(Announcements):
    """The data of a cloud that one run has read.

    client
        The client for calls.
    sleep
        Called with the seconds of a pause between two polls.

    ``lost`` is the error that broke the connection permanently, or ``None``. ``watch`` is called with each campaign
    that has no other watcher, and the task that changed. ``overdue`` holds the IDs of VMs for which a change has waited
    too long: no other change of the run waits for them again.
    """

    def __init__(self, client: Any, sleep: Callable[[float], None] = time.sleep):
        super().__init__()
        self.client = client
        self.sleep = sleep
        self.watch: Callable[[Any, Any], None] = lambda campaign, task: None
        self.lost: OneError | None = None
        self.overdue: set[int] = set()
        self._subject = ""
        #: Called after each call that follows a write call, since it may have changed the data of other views.
        self.tell: Callable[[], object] = lambda: None
        self._doubtful = False
        self._version: tuple[int, ...] | None = None
        self._pools: dict[str, Pool] = {}
        self._whole: dict[tuple[str, int], tuple[Resource, Resource]] = {}
        self._failed: set[tuple[str, str | None, str]] = set()

    @property
    def account(self) -> str:
        """The account of this run."""
        return self.client.username

    @contextmanager
    def about(self, subject: str) -> Iterator[None]:
        """While the block runs, log entries of calls name ``subject``."""
        before, self._subject = self._subject, subject
        try:
            yield
        finally:
            self._subject = before

    def _log(self, method: str, params: Sequence[Any], answer: Any, seconds: float, failed: bool) -> None:
        """Log one line for each call, for writes at the level of the operator."""
        name = method.rpartition(".")[2]
        # The only method whose first parameter is not the ID, but a word: `one.vm.action poweroff 12`.
        word = f" {params[0]}" if name == "action" else ""
        number = answer if name in _NUMBERING else next(iter(params[1:] if word else params), None)
        place = f" {number}" if type(number) is int else ""
        whose = f" ({self._subject})" if self._subject else ""
        level = logging.DEBUG if is_read(method) else logging.INFO
        log.log(level, "%s%s%s%s: %.0f ms%s", method, word, place, whose, seconds * 1000, ", failed" if failed else "")

    def call(self, method: str, *params: Any) -> Any:
        """Call an API method.

        If a read gets no answer after all attempts of the client, every further call fails at once: hundreds of objects
        must not each wait for a server that is down. A write without an answer does not show whether the server is
        down, nor does an answer that is not OpenNebula's: the next call reads first.
        """
        if self.lost is None and self._doubtful:
            self._ask_version()
        if self.lost is not None:
            raise self.lost.with_traceback(None)
        begun, answer, failed = time.monotonic(), None, True
        try:
            answer = self.client.call(method, *params)
            failed = False
            return answer
        except (UnreachableError, TimedOutError, AuthenticationError, AnswerError) as error:
            final = isinstance(error, AuthenticationError) or (is_read(method) and not isinstance(error, AnswerError))
            self.lost = error if final else None
            self._doubtful = True
            raise
        except OneError as error:
            said = named(str(error), self._known)
            raise type(error)(said, error.code, error.method) from None
        finally:
            self._log(method, params, answer, time.monotonic() - begun, failed)
            if self.client.writes:
                self.tell()

    @property
    def version(self) -> tuple[int, ...]:
        """The release of OpenNebula; one call the first time, none after."""
        if self._version is None:
            said = str(self.call("one.system.version"))
            self._version = tuple(int(word) for word in said.split(".") if word.isdecimal())
        return self._version

    def _known(self, kind: Collection) -> Mapping[int, Resource]:
        """The objects of a kind that have been read, by ID."""
        return self._pools[kind.cli].by_id if kind.cli in self._pools else {}

    def _ask_version(self) -> None:
        try:
            self.client.call("one.system.version")
        except OneError as error:
            self.lost = error
        self._doubtful = False

    # -- reading -------------------------------------------------------------------------------------------------

    def pool(self, kind: Collection) -> Pool:
        """The objects of ``kind``; one call the first time, none after."""
        if kind.cli not in self._pools:
            self._pools[kind.cli] = Pool(kind, self._read_pool(kind, kind.pool, *kind.pool_params))
        return self._pools[kind.cli]

    def find(self, kind: Collection, name: str, owner: str | None = None) -> Resource | None:
        """The object of that key, or ``None``.

        Raises
            AmbiguousError when two objects carry the name.
        """
        found = [each for each in self.pool(kind).named(name, owner) if not self.leaving(kind.cli, each.id)]
        if len(found) > 1:
            found = self._likeliest(kind, owner, found)
        if len(found) > 1:
            found = sorted(found, key=lambda each: each.id)
            ids = ", ".join(str(each.id) for each in found)
            if all(each.is_marked for each in found):
                raise AmbiguousError(
                    f"{kind.describe(name, owner)} exists {len(found)} times (ID {ids}), since several runs created "
                    f"it at the same time: remove the younger one (ID {found[-1].id}), or the one that is not in use, "
                    "and run again."
                )
            others = [each for each in found if each.mark is not None and not each.is_marked]
            whose = "".join(f" ID {each.id} was created for {each.mark.owner}." for each in others if each.mark)
            raise AmbiguousError(
                f"{kind.describe(name, owner)} is ambiguous: the objects with ID {ids} have that name.{whose} "
                "Rename, remove or give away all but one."
            )
        return found[0] if found else None

    def _likeliest(self, kind: Collection, owner: str | None, found: list[Resource]) -> list[Resource]:
        """Of several objects of one name, those whose owner exists, without the duplicates that are to be removed."""
        user = self.find(kind.owners, owner) if kind.owners is not None and owner is not None else None
        found = [each for each in found if user is None or each.uid == user.id] or found
        # A duplicate is removed by the run that created it, or by the next one.
        return [each for each in found if not kind.gives_way(each)] or ([kind.first(found)] if found else [])

    def get(self, kind: Collection, name: str, owner: str | None = None) -> Resource:
        """The object of that key, which must exist."""
        found = self.find(kind, name, owner)
        if found is None:
            raise MissingError(f"{kind.describe(name, owner)} does not exist.")
        return found

    def exists(self, kind: Collection, name: str, owner: str | None = None) -> bool:
        """Whether the object exists, or will exist after the announced changes of a dry run."""
        return self.announced(kind, name, owner) is not None or self.find(kind, name, owner) is not None

    def require(self, kind: Collection, name: str, owner: str | None, why: str) -> None:
        """Raise unless the object exists, or will exist, and this run may use it.

        why
            The place of the reference in the declaration.
        """
        if (kind.cli, owner, name) in self._withheld:
            raise RefusedError(
                f"{why}: {kind.describe(name, owner)} was not created by these states, so nothing that needs it is "
                "created."
            )
        if not self.exists(kind, name, owner):
            raise MissingError(f"{why}: {kind.describe(name, owner)} does not exist.")

    def exclude(self, kind: Collection, name: str, owner: str | None) -> None:
        """Exclude an object with a declared name that these states did not create: nothing in this run may use it."""
        self._withheld.add((kind.cli, owner, name))

    def include(self, kind: Collection, name: str, owner: str | None) -> None:
        """Include an object again that these states turned out to have created."""
        self._withheld.discard((kind.cli, owner, name))

    def note_failure(self, kind: Collection, name: str, owner: str | None) -> None:
        """Note that a change of an object failed."""
        self._failed.add((kind.cli, owner, name))

    def has_failed(self, kind: Collection, name: str, owner: str | None) -> bool:
        """Whether a change of an object failed in this run, so that copies of it would have the old content."""
        return (kind.cli, owner, name) in self._failed

    # -- staying true ----------------------------------------------------------------------------------------------

    def refresh(self, kind: Collection, numbers: Iterable[int], owner: str | None = None) -> None:
        """Read objects again, with as few calls as possible.

        owner
            The owner of all of them, if known: then only the objects of that user are read.
        """
        wanted = set(numbers)
        if len(wanted) > 1 and kind.several is not None:
            self._refresh_several(kind, wanted, *kind.several(wanted))
            return
        if len(wanted) <= FEW:
            for number in wanted:
                self._refresh_one(kind, number)
            return
        params, by_owner = kind.pool_params, False
        if owner is not None and kind.owners is not None and kind.per_owner:
            params, by_owner = (self.get(kind.owners, owner).id, *kind.pool_params[1:]), True
        read = {resource.id: resource for resource in self._read_pool(kind, kind.pool, *params)}
        pool = self.pool(kind)
        for number in wanted - read.keys():
            if by_owner:
                self._refresh_one(kind, number)
            else:
                pool.drop(number)
        for resource in read.values():
            pool.put(resource)

    def reread(self, kind: Collection, owners: Iterable[str | None]) -> None:
        """Read all objects of a kind again, or those of one owner if there is only one; one call."""
        known, every = self._pools.pop(kind.cli, None), set(owners)
        owner = every.pop() if len(every) == 1 else None
        if known is None or owner is None or kind.owners is None:
            self.pool(kind)
            return
        read = list(self._read_pool(kind, kind.pool, self.get(kind.owners, owner).id, *kind.pool_params[1:]))
        for each in [each for each in known if each.owner == owner]:
            known.drop(each.id)
        for each in read:
            known.put(each)
        self._pools[kind.cli] = known

    def _refresh_several(self, kind: Collection, wanted: set[int], method: str, *params: Any) -> None:
        pool = self.pool(kind)
        read = {each.id: each for each in self._read_pool(kind, method, *params) if not kind.gone(each)}
        for number in wanted - read.keys():
            pool.drop(number)
        for resource in read.values():
            pool.put(resource)

    def refresh_owned(self, kind: Collection, uid: int) -> None:
        """Read all objects of a user again, with one call."""
        by_owner = (uid, *kind.pool_params[1:]) if kind.per_owner else kind.pool_params
        read = [each for each in self._read_pool(kind, kind.pool, *by_owner) if each.uid == uid]
        pool = self.pool(kind)
        for each in [each for each in pool if each.uid == uid]:
            pool.drop(each.id)
        for each in read:
            pool.put(each)

    def refresh_known(self, kind: Collection, numbers: Iterable[int]) -> None:
        """Read objects again that a call on another object has changed, if they were read before."""
        if kind.cli in self._pools:
            self.refresh(kind, [number for number in numbers if number in self._pools[kind.cli].by_id])

    def _refresh_one(self, kind: Collection, number: int) -> None:
        pool = self.pool(kind)
        try:
            resource = self.read(kind, number)
        except NoExistsError:
            pool.drop(number)
            return
        if kind.gone(resource):
            pool.drop(number)
        else:
            pool.put(resource)

    def forget_all(self) -> None:
        """Drop the data of all objects; announcements of a dry run stay."""
        self._pools.clear()

    def forget(self, kind: Collection, number: int | None = None) -> None:
        """Drop the data of an object, or of the whole kind."""
        if number is None:
            self._pools.pop(kind.cli, None)
        elif kind.cli in self._pools:
            self._pools[kind.cli].drop(number)

    def numbered(self, kind: Collection, number: str) -> Resource | None:
        """The object with the ID in a text, such as a template's IMAGE_ID; ``None`` if there is none."""
        # Templates are written by users: it may be any text.
        return self.pool(kind).by_id.get(int(number)) if re.fullmatch(r"[0-9]{1,10}", number) else None

    def read(self, kind: Collection, number: int) -> Resource:
        """One object, read again with all its data."""
        if not kind.alone:
            return self._of_all(kind, number)
        method = f"{kind.prefix}.info"
        resource = one_object(self.call(method, number, *kind.info_params), kind, method)
        if resource.id != number:
            raise AnswerError(f"{resource.what} where {kind.title} {number} was asked for.")
        return resource

    def whole(self, kind: Collection, resource: Resource) -> Resource:
        """An object from its pool, completed with the data that pools omit; one call the first time, none after."""
        known, found = self._whole.get((kind.cli, resource.id), (None, resource))
        if known is not resource:
            found = self.read(kind, resource.id)
            self._whole[(kind.cli, resource.id)] = resource, found
        return found

    def read_element(self, method: str, *params: Any) -> Any:
        """The XML element of an answer that contains no objects, such as the usage of objects."""
        return parsed(self.call(method, *params), method)

    def only(self, kind: Collection) -> Resource:
        """The object of a type of which there is only one, to which OpenNebula gives no ID, read again."""
        return only_object(self.call(kind.pool), kind, kind.pool)

    def _of_all(self, kind: Collection, number: int) -> Resource:
        for each in self._read_pool(kind, kind.pool, *kind.pool_params):
            if each.id == number:
                return each
        raise NoExistsError(f"{kind.title} {number} does not exist.", method=kind.pool)

    def past(self, kind: Collection, uid: int, most: int) -> list[Resource]:
        """The last removed objects of a user that the daemon keeps, the youngest first; one call."""
        found = self._read_pool(kind, kind.pool, uid, 0, -most, kind.past)
        return sorted(found, key=lambda each: -each.id)

    def _read_pool(self, kind: Collection, method: str, *params: Any) -> list[Resource]:
        return every_object(self.call(method, *params), kind, method)
