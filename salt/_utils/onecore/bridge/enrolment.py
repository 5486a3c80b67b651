"""The interface to Salt for enrolment: a master's keys, and tickets for existing VMs.

Functions take the caller's ``globals()``, where Salt puts ``__opts__``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..basics.errors import ArgumentError, ConfigurationError, RefusedError, SettleError
from ..basics.secrecy import discreet
from ..basics.syntax import render
from ..cloud.campaign import several
from ..cloud.procedure import Procedure
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.vm_states import PENDING
from ..cloud.waiting import settled
from ..enrolment import admission
from ..enrolment.tickets import SHORTEST_SECRET
from ..kinds.registry import KINDS
from ..kinds.vm.enrolment import token
from ..kinds.vm.kind import VM
from ..kinds.vrouter.members import vm_minion_id, vms
from ..model.writers import MERGE
from ..pillar.infrastructure import expand
from .commands import command
from .pillars import checked, current
from .states import learn, looked_up

#: Master option: ``{secret: …}``.
OPTION = "opennebula_enrolment"
#: How long a running guest may take to get its new context, in seconds.
TELLING = 30

log = discreet(__name__)


class MasterKeys:
    """The keys of this master."""

    def __init__(self, opts: Mapping[str, Any]):
        # Imported here, since everything else in this package works without Salt.
        import salt.cache
        import salt.key

        if "keys.cache_driver" not in opts:
            raise ConfigurationError("A master of Salt 3008 or newer is needed to accept minions with a ticket.")
        self._keys = salt.key.get_key(dict(opts))
        self._store = salt.cache.Cache(opts, driver=opts["keys.cache_driver"])

    def of(self, minion_id: str) -> dict[str, list[str]]:
        found = {state: keys.get(minion_id) for state, keys in self._keys.key_str(minion_id).items()}
        return {state: each if isinstance(each, list) else [each] for state, each in found.items() if each}

    def accept(self, minion_id: str, public_key: str) -> None:
        # Like Salt's own wheel.key.gen_accept: whichever key is pending by now, this key is accepted.
        self._store.store("keys", minion_id, {"pub": public_key, "state": "accepted"})

    def remove(self, minion_id: str, states: list[str]) -> None:
        self._keys.delete_key(match_dict={state: [minion_id] for state in states})


def admit(runner: Mapping[str, Any], minion_id: str, public_key: str, claim: str) -> dict[str, Any]:
    """The result for a minion that has presented a ticket."""
    opts = runner["__opts__"]
    try:
        known = admission.checked(minion_id)
        done = admission.admit(_register(opts), MasterKeys(opts), _secret(runner), known, public_key, claim)
    except RefusedError as error:
        log.warning("The minion %s is not accepted: %s.", minion_id, error)
        return {"minion_id": minion_id, "admitted": False, "comment": str(error)}
    log.info("The minion %s %s.", minion_id, done)
    return {"minion_id": minion_id, "admitted": True, "comment": done}


def revoke(runner: Mapping[str, Any], minion_id: str) -> list[str]:
    """The states of the removed keys."""
    opts = runner["__opts__"]
    return admission.revoke(_register(opts), MasterKeys(opts), minion_id)


def listed(runner: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """All minions that have presented a ticket, and the states of their keys."""
    opts = runner["__opts__"]
    keys = MasterKeys(opts)
    return {
        minion_id: {"accepted": entry["accepted"], "issued": entry["issued"], "keys": sorted(keys.of(minion_id))}
        for minion_id, entry in sorted(_register(opts).read().items())
    }


def _register(opts: Mapping[str, Any]) -> admission.Register:
    return admission.Register(os.path.join(opts["pki_dir"], "opennebula_enrolment.json"))


def _secret(runner: Mapping[str, Any]) -> str:
    option = runner["__opts__"].get(OPTION)
    learn(option)
    secret = looked_up(option, {"__opts__": runner["__opts__"]}).get("secret") if isinstance(option, dict) else None
    if not isinstance(secret, str) or len(secret) < SHORTEST_SECRET:
        raise ConfigurationError(f"{OPTION}: secret: must be a text of {SHORTEST_SECRET} characters or more.")
    return secret


def renewed(module: Mapping[str, Any], user: str, profile: str | None) -> list[dict[str, Any]]:
    """Give each existing VM of a user's gateway a new ticket."""
    module = current(module)

    def work(cloud: Cloud) -> list[dict[str, Any]]:
        order = next((each for each in expand(checked(module), user) if "enrolment" in each.values), None)
        if order is None:
            raise ArgumentError(f"The pillar has no gateway:enrol:secret for {user}, so there are no tickets.")
        kind = KINDS[order.kind]
        enrolment = kind.order(order, cloud.account).wanted["enrolment"]
        gateway = cloud.get(kind, order.name, order.owner)
        machines = [gateway] if kind is VM else vms(cloud, gateway)
        renewals = [_renew(cloud, vm, {**enrolment, "minion_id": vm_minion_id(vm, enrolment)}) for vm in machines]
        tasks = several(cloud, renewals)
        for task in tasks:
            if task.failure is not None:
                raise task.failure
        return [task.result for task in tasks]

    return command(module, profile, work)


def _renew(cloud: Cloud, vm: Resource, enrolment: Mapping[str, Any]) -> Procedure:
    # OpenNebula does not change the context of a VM while it boots, or while its guest is being updated.
    if VM.is_busy(vm) and vm.state != PENDING:
        yield from _settled(vm)
    cloud.call("one.vm.updateconf", vm.id, render({"CONTEXT": token(enrolment)}), MERGE)
    yield from _settled(vm)
    return {"vm_id": vm.id, "minion_id": enrolment["minion_id"], "lifetime": enrolment["lifetime"]}


def _settled(vm: Resource) -> Procedure:
    """Wait for a VM for a while; a VM that waits for a host gets its ticket when it boots."""
    with suppress(SettleError):
        yield settled(VM, vm.id, VM.describe(vm.name, vm.owner), TELLING)
