"""The context of VMs: compared by variable, and changed for existing VMs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...basics.errors import ActionError
from ...basics.marks import DIGESTS
from ...basics.plan import Change, Order
from ...basics.syntax import canonical, render
from ...basics.variables import Names
from ...cloud.directory import VMS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import context, writers
from ...model.digests import gathered, with_kept
from ...model.fields import REMOVED
from ...model.nodes import Node
from ...model.reading import Reading, plain
from ...model.vectors import Vector
from .changes import known
from .configuration import REPLACED
from .fields import given_by_template
from .waits import settled

#: Variables that OpenNebula adds itself.
_ADDED, _OF_A_NIC = ("DISK_ID", "TARGET", "NETWORK"), re.compile(r"(ETH|PCI)\d+_")


def names(attributes: Mapping[str, Any], vm: Resource | None = None) -> Names:
    """The names of the attributes that a VM has.

    attributes
        Its own, or those of the template from which it will be created.
    """
    made = () if vm is None else vm.element.iterfind("TEMPLATE/*")
    every = {**{each.tag: {} if len(each) else each.text for each in made}, **attributes}
    # The answer to a user input is an attribute of its own.
    return Names.of({name: value for name, value in every.items() if name != "USER_INPUTS"})


class Context(Vector):
    """The context of a VM: each declared variable is compared separately, others are not changed.

    find_names
        Returns the names of the attributes that the VM has or will have.
    """

    looks_at_others = True

    def __init__(self, name: str, find_names: context.FindNames, **options: Any):
        super().__init__(name, **options)
        self.find_names = find_names

    def own_node(self) -> Node:
        return context.VARIABLES

    def wanted(self, value: Any) -> dict[str, str]:
        return context.declared(self.name, value)

    def resolve(self, cloud: Cloud, wanted: dict[str, str], order: Order) -> dict[str, str]:
        return context.arriving(self.name, wanted, lambda: self.find_names(cloud, order))

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        return own_variables(self.name, resource, reading) or None

    def contribute(self, wanted: dict[str, str]) -> dict[str, Any]:
        """Only the digests: the variables are merged with those of the template."""
        return gathered(context.note(name, text) for name, text in wanted.items() if context.is_hidden(name, text))

    def changes(self, resource: Resource | None, wanted: dict[str, str]) -> Iterator[Change]:
        for path, old, new, write in differences(resource, wanted):
            yield self.change(f"{self.name}:{path}", old, new, write)


def own_variables(argument: str, vm: Resource, reading: Reading) -> dict[str, Any]:
    """The context of a VM as declared, without the variables that its template already contains.

    argument
        The name of the argument.
    """
    present: Mapping[str, str] = next(vm.vectors("TEMPLATE/CONTEXT"), {})
    given = given_by_template(reading.cloud, vm).get("CONTEXT")
    known = given if isinstance(given, Mapping) else {}
    found = {}
    for name, text in present.items():
        path = f"{argument}:{name}"
        if not text or _comes_from(known, name, text) or name in _ADDED or _OF_A_NIC.match(name):
            continue
        if name == context.FILES_DS:
            # It contains the paths of the files, and not the images that they came from.
            reading.left[path] = "OpenNebula does not show how it was declared"
        elif name in context.ENCRYPTED:
            reading.left[path] = "OpenNebula encrypts it, so it cannot be exported"
        elif reading.may_say(path, name, text):
            found[name] = plain(text)
    return found


def _comes_from(template: Mapping[str, str], name: str, text: str) -> bool:
    """Whether the context of a template results in this text; references with ``$`` cannot be compared."""
    return name in template and (canonical(template[name]) == canonical(text) or "$" in template[name])


def differences(resource: Resource | None, wanted: Mapping[str, str]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """The differences in the context of a VM: variable, current and declared text for people, and the text to write."""
    present: Mapping[str, str] = {} if resource is None else next(resource.vectors("TEMPLATE/CONTEXT"), {})
    for each in context.forms(wanted):
        differing = [name for name in each if _differs(resource, name, present, wanted[name])]
        if differing:
            writes = [{name: wanted[name] or REMOVED, **context.note(name, wanted[name])} for name in differing]
            old, new = context.readable(each[0], present), context.readable(each[0], wanted)
            yield each[0], old, new, gathered(writes)


def _differs(resource: Resource | None, name: str, present: Mapping[str, str], new: str) -> bool:
    old = present.get(name, "")
    if resource is None:
        return bool(new)
    if not context.is_hidden(name, new):
        return canonical(old) != context.in_vm(new, resource.id)
    # A variable may expand to an empty text; a password exists or not.
    there = bool(old) if name in context.ENCRYPTED else name in present
    return not (there and context.known(resource, name, new))


def merged(template: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, str]:
    """The context of a new VM: that of its template, merged with the declared one; an empty text removes a variable.

    The extra template replaces a vector as a whole, so it also contains the context of the template.
    """
    every = {**(template.get("CONTEXT") or {}), **texts}
    return {name: text for name, text in every.items() if text != ""}


def write_context(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Update the context, of a running VM as well, and store digests of values that cannot be read back."""
    whole = writers.merged(changes)
    yield from tell(cloud, resource, {name: text for name, text in whole.items() if name != DIGESTS})
    digests = with_kept(resource, {DIGESTS: whole[DIGESTS]})
    if digests:
        cloud.call("one.vm.update", resource.id, render(digests), writers.MERGE)


def tell(cloud: Cloud, resource: Resource, texts: Mapping[str, Any]) -> Procedure:
    """Update variables of a context.

    If the driver fails to pass them to the guest, OpenNebula still stores the new context, and the next run would find
    no difference. The old context is therefore restored, so that the next run tries again.
    """
    earlier = known(cloud, resource)
    updated = yield from _updateconf(cloud, resource, texts)
    if updated.error != earlier.error:
        before: Mapping[str, str] = next(earlier.vectors("TEMPLATE/CONTEXT"), {})
        yield from _updateconf(cloud, resource, {name: before.get(name, REMOVED) for name in texts})
        raise ActionError(
            f"context: the guest was not notified of the change, so the old context was restored: {updated.error}"
        )


def _updateconf(cloud: Cloud, resource: Resource, texts: Mapping[str, Any]) -> Procedure:
    if REMOVED in texts.values():
        template, way = _whole(cloud.read(VMS, resource.id), texts), writers.REPLACE
    else:
        template, way = {"CONTEXT": texts}, writers.MERGE
    cloud.call("one.vm.updateconf", resource.id, render(template), way)
    return (yield settled(resource))


def _whole(vm: Resource, texts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a context that ``updateconf`` can remove, without these variables: merging removes no variables."""
    present: dict[str, dict[str, Any]] = {
        name: next(vm.vectors(f"TEMPLATE/{name}"), {}) for name in (*REPLACED, "CONTEXT")
    }
    after = {**present.pop("CONTEXT"), **texts}
    kept = {name: vector for name, vector in present.items() if vector}
    return {**kept, "CONTEXT": {name: text for name, text in after.items() if text != REMOVED}}
