"""The methods that kinds share: info, update, rename, chown, chmod, lock, unlock, delete, pool info."""

from onesim.api.dispatch import method
from onesim.cloud.things import PERMISSION_TAGS
from onesim.errors import ActionError, ApiError, AuthorizationError, InternalError, OneError
from onesim.rights import quotas
from onesim.rights.access import (
    ADMIN,
    CREATE,
    MANAGE,
    MANAGE_NO_LOCK,
    USE,
    USE_NO_LOCK,
    Target,
    Visibility,
    authorize,
    creation,
)
from onesim.text.syntax import ParseError
from onesim.text.templates import Template

NO_CLUSTER, DEFAULT_CLUSTER = -1, 0
MINE_OR_MY_GROUPS_AND_LOWER = -4


def parsed(kind, text, error=InternalError):
    """The template of an object of that kind (None: of no object) from a caller's text.

    An invalid text is refused with `error`.
    """
    try:
        return kind.template(text) if kind else Template.parse(text)
    except ParseError as refusal:
        raise error(str(refusal)) from refusal


def reachable(call, kind, oid, operation=None, check=lambda: None):
    """The object of that number, once the caller is authorized for the method's operation on it.

    A number below zero is authorized for the kind as a whole; `check` may refuse before the object is found not to
    exist.
    """
    operation = call.operation if operation is None else operation
    authorize(call, (operation, Target(kind.name) if oid < 0 else call.cloud.get(kind.name, oid)))
    check()
    return call.cloud.get(kind.name, oid)


def register(kind, prefix, verbs, operation=MANAGE, operations=None):
    """Registers shared methods one.<prefix>.<verb> of a kind.

    `operation` is what they need on the object, `operations` says where one needs another.
    """
    makers = {
        "info": (_info, "ib", (False,), USE_NO_LOCK, False),
        "update": (_update, "isi", (0,), operation, True),
        "rename": (renaming, "is", (), operation, True),
        "chown": (_chown, "iii", (), operation, True),
        "chmod": (_chmod, "iiiiiiiiii", (), operation, True),
        "lock": (_lock, "iib", (False,), MANAGE_NO_LOCK, True),
        "unlock": (_unlock, "i", (), MANAGE_NO_LOCK, True),
        "delete": (_delete, "i", (), operation, True),
    }
    for verb in verbs.split():
        maker, params, defaults, needed, writes = makers[verb]
        needed = (operations or {}).get(verb, needed)
        method(f"one.{prefix}.{verb}", params, defaults=defaults, kind=kind, operation=needed, writes=writes)(
            maker(kind)
        )


def register_pool(kind, name, filtered=True):
    """Registers the pool call of a kind: with filter flag and range, or without parameters."""
    if filtered:

        @method(name, "iii", kind=kind, operation=USE, writes=False)
        def pool_info(call, filter_flag, start, end):
            return pool_xml(call, kind, listed(call, kind, filter_flag, start, end))
    else:

        @method(name, "", kind=kind, operation=USE, writes=False)
        def whole_pool_info(call):
            return pool_xml(call, kind, listed(call, kind, -2, -1, -1))


def listed(call, kind, filter_flag, start, end, keep=lambda thing: True):
    """The objects that a pool call shows, newest first."""
    if filter_flag < MINE_OR_MY_GROUPS_AND_LOWER:
        raise ApiError("Incorrect filter_flag")
    visibility = {False: Visibility(call, kind.name), True: Visibility(call, kind.name, reserved=True)}
    things = [
        thing
        for thing in call.cloud.pool(kind.name)
        if keep(thing) and visibility[thing.reserved].shows(thing, filter_flag) and _in_range(thing.oid, start, end)
    ]
    return things[max(start, 0) : max(start, 0) - end] if end < -1 else things


def _in_range(oid, start, end):
    return end < -1 or start == -1 or (oid >= start and (end == -1 or oid <= end))


def pool_xml(call, kind, things):
    return f"<{kind.pool_tag}>{''.join([thing.xml for thing in things])}</{kind.pool_tag}>"


def authorized_cluster(call, kind, cluster_id):
    """The cluster (or None) of a new object, once the caller may create the object and use the cluster."""
    cluster = None if cluster_id == NO_CLUSTER else call.cloud.get("CLUSTER", cluster_id)
    needs = [(ADMIN, cluster)] if cluster is not None else []
    authorize(call, (CREATE, creation(kind, call)), *needs)
    return cluster


def allocate(call, kind, text, cluster_id=NO_CLUSTER, check=lambda call, template: None):
    """Makes a new object from a template text, in a cluster if the kind lives in one; returns its number.

    `check` may refuse the template after the caller was authorized.
    """
    template = parsed(kind, text)
    cluster = authorized_cluster(call, kind, cluster_id)
    check(call, template)
    oid = kind.created(call, template, cluster)
    if cluster is not None and kind.clustered:
        cluster.members[kind.clustered].add(oid)
        call.cloud.update(cluster)
    return oid


def _info(kind):
    def info(call, oid, decrypt):
        return reachable(call, kind, kind.own_number(call) if oid == -1 else oid).info(call)

    return info


def _update(kind):
    def update(call, oid, text, append):
        update_template(call, updatable(call, kind, oid, append), text, append)
        return oid

    return update


def updatable(call, kind, oid, append):
    """The object of that number, once the caller may change its template with that mode: replace (0) or merge (1)."""

    def check():
        if append not in (0, 1):
            raise ApiError("Wrong update type")

    return reachable(call, kind, oid, check=check)


def parsed_update(kind, text):
    """The template of an update; an invalid text is refused like in the daemon's updates."""
    try:
        return kind.template(text)
    except ParseError as refusal:
        raise InternalError(f"Cannot update template. {refusal}") from refusal


def update_template(call, thing, text, append):
    """Replaces (0) or merges into (1) the template of an object, as the update calls do."""
    kind, old = thing.kind, thing.template
    try:
        thing.template = new_template(call, thing, parsed(kind, text), append)
        kind.updated_template(call.cloud, thing, old)
    except OneError as error:
        thing.template = old
        raise InternalError(f"Cannot update template. {error.text}") from error
    if not thing.template.representable():
        thing.template = old  # what cannot be stored as XML is dropped without a word
        return
    call.cloud.update(thing)
    kind.after_update(call.cloud, thing)


def new_template(call, thing, template, append):
    """The new template of an object; restricted attributes only apply to users who are not administrators."""
    restricted = thing.kind.restricted if not call.is_admin else None
    if restricted and (name := restricted.changed(template, thing.template, bool(append))):
        refusal = (
            "User Template includes a restricted attribute " if append else "Tried to change restricted attribute: "
        )
        raise InternalError(refusal + name)
    thing.kind.before_update(thing, template, append)
    if not append:
        return template
    merged = thing.template.copy()
    merged.merge(template)
    return merged


def renaming(kind):
    """The rename call of a kind."""

    def rename(call, oid, name):
        thing = call.cloud.get(kind.name, oid)
        if thing.name == name:
            return oid
        authorize(call, (call.operation, thing))
        other = kind.namesake(call.cloud, name, thing.uid)
        if other is not None:
            text = f"{kind.title} cannot be renamed to {name} because it collides with {kind.title} {other.oid}"
            raise ActionError(text)
        kind.check_rename(call.cloud, thing, name)
        thing.name = name
        call.cloud.update(thing)
        kind.after_rename(call.cloud, thing)
        return oid

    return rename


def _chown(kind):
    def chown(call, oid, uid, gid):
        change_owner(call, kind, oid, uid, gid)
        return oid

    return chown


def change_owner(call, kind, oid, uid, gid):
    """Gives an object to a user and a group (-1: no change; the daemon takes other negative numbers as they are)."""
    cloud = call.cloud
    user = cloud.get("USER", uid) if uid > -1 else None
    group = cloud.get("GROUP", gid) if gid > -1 else None
    thing = cloud.get(kind.name, oid)
    uid, gid = (-1 if uid == thing.uid else uid), (-1 if gid == thing.gid else gid)
    needs = [(call.operation, thing)]
    needs += [(MANAGE, user)] if uid > -1 else []
    needs += [(USE, group)] if gid > -1 else []
    authorize(call, *needs)
    if uid != -1:
        _check_namesake(cloud, kind, thing, uid)
    old = (thing.uid if uid != -1 else -1, thing.gid if gid != -1 else -1)
    quotas.move(cloud, old, (uid, gid), kind.owned_quota(cloud, thing))
    if uid != -1:
        thing.uid, thing.uname = uid, user.name if user else ""
    if gid != -1:
        thing.gid, thing.gname = gid, group.name if group else ""
    cloud.update(thing)
    kind.after_chown(cloud, thing, uid, gid, call)


def _check_namesake(cloud, kind, thing, uid):
    other = kind.namesake(cloud, thing.name, uid) if kind.names_per_owner else None
    if other is not None:
        raise InternalError(f"user [{uid}] already owns {kind.title} [{other.oid}] with NAME {thing.name}")


def _chmod(kind):
    def chmod(call, oid, *bits):
        change_permissions(call, call.cloud.get(kind.name, oid), bits)
        return oid

    return chmod


def change_permissions(call, thing, bits):
    """Sets nine permission bits (-1: no change), owner, group, other by use, manage, admin."""
    old = [thing.permissions >> shift & 1 for shift in range(8, -1, -1)]
    changed = {tag for tag, bit, was in zip(PERMISSION_TAGS, bits, old, strict=True) if bit not in (was, -1)}
    grants_admin = changed & {"OWNER_A", "GROUP_A", "OTHER_A"}
    authorize(call, (ADMIN if grants_admin else MANAGE, thing))
    effective = [
        bit if tag in changed or tag in ("OWNER_U", "OWNER_M", "GROUP_U", "GROUP_M") else -1
        for tag, bit in zip(PERMISSION_TAGS, bits, strict=True)
    ]
    if any(bit < -1 or bit > 1 for bit in effective):
        raise InternalError("New permission values must be -1, 0 or 1")
    merged = [was if bit == -1 else bit for bit, was in zip(effective, old, strict=True)]
    thing.permissions = int("".join(map(str, merged)), 2)
    call.cloud.update(thing)


def _lock(kind):
    def lock(call, oid, level, test):
        thing = reachable(call, kind, oid, MANAGE_NO_LOCK)
        if level not in (1, 2, 3, 4):
            raise ActionError("Wrong lock level specified")
        if not kind.lockable:
            raise AuthorizationError("Object cannot be locked.")
        if thing.lock and (test or (thing.lock[1] != call.uid and not call.is_admin)):
            raise ActionError(str(thing.lock[2]) if test else "Error trying to lock the resource.")
        thing.lock = (1 if level == 4 else level, call.uid, call.now, call.request_id)
        call.cloud.update(thing)
        return oid

    return lock


def _unlock(kind):
    def unlock(call, oid):
        thing = reachable(call, kind, oid, MANAGE_NO_LOCK)
        owner = thing.lock[1] if thing.lock else -1
        if not call.is_admin and owner != call.uid:
            raise ActionError("Cannot unlock: Lock is owned by another user")
        thing.lock = None
        call.cloud.update(thing)
        return oid

    return unlock


def _delete(kind):
    def delete(call, oid):
        remove(call, kind, oid)
        return oid

    return delete


def remove(call, kind, oid):
    """Deletes an object and the ACL rules that only refer to it."""
    thing = call.cloud.get(kind.name, oid)
    authorize(call, (call.operation, thing))
    try:
        kind.drop(call, thing)
    except OneError as refusal:
        raise ActionError(f"Cannot delete {kind.title}. {refusal.text}") from refusal
    call.cloud.acl.forget_object(kind.name, oid)


def clone(call, kind, oid, name):
    """Creates an object of the caller with the template of another one, under a new name; returns its number."""
    return kind.created(call, cloned_template(call, kind, oid, name), None)


def cloned_template(call, kind, oid, name):
    """The template of an object under a new name, once the caller may clone it."""
    source = call.cloud.get(kind.name, oid)
    template = source.template.copy()
    template.set("NAME", name)
    authorize(call, (CREATE, source), (CREATE, creation(kind, call)))
    return template


def act_as(call, template):
    """Continues the call as the user and group in a template's AS_UID and AS_GID, if the caller may."""
    user, group = _named_in(call, template, "AS_UID", "USER"), _named_in(call, template, "AS_GID", "GROUP")
    if call.uid != 0:
        needs = [(MANAGE, thing) for thing in (user, group) if thing is not None and thing.oid > 0]
        authorize(call, *needs)
    if user is not None and user.oid > 0:
        call.uid, call.uname = user.oid, user.name
    if group is not None and group.oid > 0:
        call.gid, call.gname, call.groups = group.oid, group.name, frozenset({group.oid})


def _named_in(call, template, name, kind_name):
    """The object whose number an attribute contains, which is removed from the template; None without the attribute."""
    oid = template.integer(name)
    if oid is None:
        return None
    template.erase(name)
    return call.cloud.get(kind_name, oid)
