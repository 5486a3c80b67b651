"""ACL rules: who may do what with which objects."""

from __future__ import annotations

from typing import Any

from ...basics.errors import UNKNOWN, ArgumentError, MissingError, OneError, RefusedError
from ...basics.plan import Order
from ...cloud.directory import ACLS, VDCS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model.about import About
from ...model.acls import Named, read, spelled
from ...model.kind import Kind
from ...model.notes import take_away
from ...model.rules import Rule, present
from ...model.vdcs import giving, restore
from ...model.zones import here
from .ours import note, noted, strike


def _number(cloud: Cloud, named: Named) -> int:
    """The ID of an object that a rule names."""
    return cloud.get(named.kind, named.name, named.kind.owner_of(named.owner, cloud.account)).id


def rule_of(cloud: Cloud, text: str) -> Rule:
    """The rule that a text describes on this cloud."""
    return read(text).rule(lambda named: _number(cloud, named), lambda: here(cloud))


def _find(cloud: Cloud, text: str, owner: str | None) -> Resource | None:
    """Find the rule that a text describes; ``None`` if an object that it names does not exist."""
    try:
        number = present(cloud).get(rule_of(cloud, text))
    except MissingError:
        return None
    return None if number is None else cloud.pool(ACLS).by_id[number]


def _called(cloud: Cloud, resource: Resource) -> str | None:
    """The text of a rule, if it describes that rule."""
    rule = Rule.of(resource)
    text = spelled(cloud, rule)
    try:
        return text if rule_of(cloud, text) == rule else None
    except (ArgumentError, MissingError):
        return None


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    """Raise MissingError for objects that the rule names and that do not exist."""
    for each in read(order.name).named:
        cloud.require(each.kind, each.name, each.kind.owner_of(each.owner, cloud.account), "the rule")


def _create(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
    rule = rule_of(cloud, order.name)
    name = note(cloud, order.desired.managed.partition("/")[0], rule)
    try:
        return cloud.call("one.acl.addrule", *rule.parameters)
    except UNKNOWN:
        raise
    except OneError:
        # No matter who created it, it was not this run.
        take_away(cloud, [name])
        raise


def _in_use(cloud: Cloud, resource: Resource) -> None:
    """Raise RefusedError for the rule of a VDC, which OpenNebula would delete although the VDC lists the object."""
    rule = Rule.of(resource)
    for vdc, _ in giving(cloud, {rule}) if not _is_ours(cloud, resource) else ():
        raise RefusedError(
            f"ACL rule {spelled(cloud, rule)} (ID {resource.id}) is one of {VDCS.describe(vdc.name)}: remove the group "
            "or the object from the VDC."
        )


def _is_ours(cloud: Cloud, resource: Resource) -> bool:
    return Rule.of(resource) in {rule for _, rule in noted(cloud)}


def _remove(cloud: Cloud, resource: Resource) -> None:
    rule = Rule.of(resource)
    # A VDC that gives a group the same has no rule of its own.
    givers = list(giving(cloud, {rule}))
    cloud.call("one.acl.delrule", resource.id)
    for vdc, groups in givers:
        restore(cloud, vdc.id, groups)
    strike(cloud, rule)


def _made_by(cloud: Cloud, source: str) -> list[Resource]:
    made = {rule for said, rule in noted(cloud) if said == source}
    return [each for each in cloud.pool(ACLS) if Rule.of(each) in made]


ACL = Kind.of(
    ACLS,
    about=About(
        rights="the account needs MANAGE on ACL, and MANAGE on its own user to keep the list of the rules it has made.",
        example="'@eole NET+IMAGE/@eole USE+MANAGE'",
        named=(
            "The rule in the syntax of OpenNebula's CLI: a user or group, types of objects and a selection of them, "
            "rights, and a zone, which defaults to this one. ``#`` is one user or object, ``@`` a group, ``%`` a "
            "cluster, ``*`` all; followed by a name or an ID. An object with an owner is that of the account, or "
            "``#alice:dmz1``. Use the ID of an object whose name contains a blank."
        ),
        kept="a rule that existed before",
    ),
    create=_create,
    remove=_remove,
    check=_check,
    check_name=lambda title, name: read(name),
    look=_find,
    called=_called,
    in_the_way=_in_use,
    is_ours=_is_ours,
    made_by=_made_by,
)
