"""The quota calls of users, of groups and of their defaults."""

import copy

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.errors import ActionError, AuthorizationError
from onesim.kinds import group, user
from onesim.rights.access import ADMIN, USE

ONEADMIN_GROUP = 0


def recount_clusters(cloud, quotas, owns):
    """A function that charges a new quota on clusters with the usage of existing VMs; `owns` selects the VMs."""

    def recount(key):
        charges = cloud.kinds["VM"].cluster_charges(cloud, owns) if "VM" in cloud.kinds else ()
        for template in charges:
            if quotas.vm.of_cluster(template.integer("CLUSTER_ID")) == key:
                quotas.add("VM", template)

    return recount


def _set(call, thing, text, owner_name, owns):
    template = generic.parsed(None, text, ActionError)
    for vector in template.vectors("VM"):
        vector[owner_name] = str(thing.oid)
    quotas = copy.deepcopy(thing.quotas)
    clusters = call.cloud.pool("CLUSTER").things
    quotas.set_limits(template, clusters, recount_clusters(call.cloud, quotas, owns))
    thing.quotas = quotas
    call.cloud.update(thing)
    return thing.oid


@method("one.user.quota", "is", kind=user.KIND, operation=ADMIN)
def user_quota(call, oid, text):
    thing = user.reachable(call, oid)
    if oid == user.ONEADMIN:
        raise ActionError("Cannot set quotas for oneadmin user")
    return _set(call, thing, text, "UID", lambda vm: vm.uid == oid)


@method("one.group.quota", "is", kind=group.KIND, operation=ADMIN)
def group_quota(call, oid, text):
    if oid == ONEADMIN_GROUP:
        raise ActionError("Cannot set quotas for oneadmin group")
    if oid >= 0 and call.cloud.find("GROUP", oid) is None:
        raise AuthorizationError("", oid)
    thing = generic.reachable(call, group.KIND, oid, check=lambda: generic.parsed(None, text, ActionError))
    return _set(call, thing, text, "GID", lambda vm: vm.gid == oid)


def _register_defaults(kind, prefix):
    @method(f"one.{prefix}.info", kind=kind, operation=USE, writes=False)
    def info(call):
        return call.cloud.default_quotas[kind.name].xml()

    @method(f"one.{prefix}.update", "s", kind=kind)
    def update(call, text):
        if call.gid != ONEADMIN_GROUP:
            raise AuthorizationError("The default quotas can only be updated by users in the oneadmin group")
        template = generic.parsed(None, text, ActionError)
        limits = template.vectors("VM")
        if len(limits) > 1:
            raise ActionError("Only one default VM quota can be defined")
        if limits and limits[0].get("CLUSTER_IDS"):
            raise ActionError("CLUSTER_IDS attribute is not allowed for default VM quota")
        quotas = call.cloud.default_quotas[kind.name]
        quotas.set_limits(template)  # limits before an invalid one apply until the next start, but are not stored
        call.cloud.keep("default_quotas")
        return quotas.xml()


_register_defaults(user.KIND, "userquota")
_register_defaults(group.KIND, "groupquota")
