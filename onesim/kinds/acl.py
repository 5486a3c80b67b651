"""The calls on ACL rules."""

import re

from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing
from onesim.errors import InternalError
from onesim.rights.access import MANAGE, Target, authorize
from onesim.rights.acl_rules import INDIVIDUAL, ZONE

_HEX = re.compile(r"\s*([+-]?)(?:0[xX])?([0-9a-fA-F]+)")
_LONGEST = (1 << 63) - 1


class AclKind(Kind):
    name, title = "ACL", "ACL"
    thing = type("Acl", (Thing,), {})  # rules are no objects of a pool: onesim.acl_rules keeps them


KIND = AclKind()


def _number(text):
    """The hexadecimal number a text starts with; 0 without one."""
    match = _HEX.match(text)
    if not match:
        return 0
    value = min(int(match.group(2), 16), _LONGEST)
    return -value if match.group(1) == "-" else value


def _authorize(call):
    authorize(call, (MANAGE, Target("ACL")))


@method("one.acl.addrule", "ssss", defaults=("",), kind=KIND)
def addrule(call, user, resource, rights, zone):
    """Adds a rule; without a zone it applies to this one."""
    _authorize(call)
    where = _number(zone) if zone else INDIVIDUAL | ZONE
    return call.cloud.acl.add(_number(user), _number(resource), _number(rights), where).oid


@method("one.acl.delrule", "i", kind=KIND)
def delrule(call, oid):
    _authorize(call)
    rule = call.cloud.acl.rules.get(oid)
    if rule is None:
        raise InternalError(f"Rule {oid} does not exist")
    call.cloud.acl.remove(rule)
    return oid


@method("one.acl.info", kind=KIND, writes=False)
def info(call):
    _authorize(call)
    return f"<ACL_POOL>{''.join(rule.xml() for rule in call.cloud.acl.in_order())}</ACL_POOL>"
