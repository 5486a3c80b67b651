"""The cross-checks of VM groups: their rules and roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..kinds.vm.role import VMGROUP, VMGROUP_ROLE
from ..kinds.vmgroup import RULES, contradictions
from .walk import Walk
from .words import did_you_mean


def check_vm_group(group: Mapping[str, Any], where: Callable[..., str], walk: Walk) -> None:
    """Check one VM group.

    where
        Returns the path of the group, or of a key in it.
    """
    policies = {name: role.get("policy", "") for name, role in group.get("roles", {}).items()}
    rules = {each: group.get(each, ()) for each in RULES}
    for each in RULES:
        for number, rule in enumerate(rules[each]):
            if len(set(rule)) < 2:
                walk.fault(where(f"{each}[{number}]"), "a rule needs at least two roles")
    # Without roles it is an existing group that the pillar only refers to.
    for argument, fault in contradictions(policies, rules) if "roles" in group else ():
        walk.fault(where(argument), fault)


def check_role(
    vm: Mapping[str, Any], where: Callable[..., str], walk: Walk, groups: Mapping[str, Any] | None = None
) -> None:
    """Check that a VM has a role in its VM group.

    where
        Returns the path of a key of the VM.
    groups
        The VM groups that are declared for its owner, by name.
    """
    group, role = vm.get(VMGROUP), vm.get(VMGROUP_ROLE)
    if group and not role:
        walk.fault(where(VMGROUP), f"needs {VMGROUP_ROLE}, its role in the VM group")
    roles = ((groups or {}).get(group or "") or {}).get("roles")
    if role and roles is not None and role not in roles:
        walk.fault(where(VMGROUP_ROLE), f"VM group {group} has no role {role}{did_you_mean(role, roles)}")
